"""The river: reading it day by day, filtering, searching, going back in time."""

from __future__ import annotations

import time

import made
import pytest
from chromium import Browser
from kinds import query
from planet import Planet
from selenium.webdriver.support.select import Select

STORY = "main article"
TITLE = "main article :is(h2, h3) a"
PAGE = "main article a.at"


def test_stories_come_by_day_with_what_tells_whether_to_read_them(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}?category=news&source={site.number('Gazette')}")
    gulls, fares = browser.all(STORY)

    for story, name, day in ((gulls, "gulls", 1), (fares, "fares-after", 3)):
        title, (first, *_) = made.text_of(name)
        told = story.text
        assert title in told
        assert "The Harbour Gazette" in told
        assert first[:60] in " ".join(told.split())
        moment = story.find_element("css selector", "time").get_attribute("datetime") or ""
        assert moment.startswith(time.strftime("%Y-%m-%dT", time.gmtime(made.at(site.now, day, 0))))
    assert "Coast Review" in gulls.text  # also at
    assert "birds" in gulls.text  # a category
    assert _instants(browser) == sorted(_instants(browser), reverse=True)


def test_days_are_headings(site: Planet, browser: Browser) -> None:
    """Each once, from the newest on; a story lies under its own."""
    browser.open(site.base + query(category="notes"))
    script = """
        let day = null, found = [];
        for (const element of document.querySelectorAll("main h2, main article")) {
            if (element.matches("article")) found.push([day, element.querySelector("time").dateTime.slice(0, 10)]);
            else day = (element.querySelector("time") || {dateTime: day}).dateTime;
        }
        return found;
    """
    pairs = browser.run(script)

    assert len(pairs) > 10
    assert all(heading and heading[:10] == day for heading, day in pairs)
    days = list(dict.fromkeys(day for _, day in pairs))
    assert days == sorted({day for _, day in pairs}, reverse=True)


def test_a_right_to_left_story_is_set_so_in_the_river(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}abroad/")

    for language, direction in (("ar", "rtl"), ("he", "rtl"), ("ja", "ltr"), ("de", "ltr")):
        heading = made.text_of(language)[0]
        link = browser.link(heading)
        script = "return [getComputedStyle(arguments[0]).direction, arguments[0].closest('[lang]').lang]"
        assert browser.run(script, link) == [direction, language]


@pytest.mark.parametrize(
    ("chosen", "titles"),
    [
        ({"category": "mirrors"}, {made.text_of("gulls")[0]}),
        ({"language": "he"}, {made.text_of("he")[0]}),
        ({"source": "Coast Review"}, {made.text_of("gulls")[0]}),
        ({"category": "own", "since": "-6", "until": "-4"}, {"A walk around the lake", "The mill turns again"}),
    ],
    ids=["category", "language", "source", "period"],
)
def test_filters_are_a_form(site: Planet, browser: Browser, chosen: dict[str, str], titles: set[str]) -> None:
    """As a reader fills it in. The address then says what was chosen, and nothing of what wasn't; so does the form."""
    browser.open(site.base)
    _unfold(browser)
    for name, value in chosen.items():
        field = browser.one(f"[name={name}]")
        if name in {"since", "until"}:
            browser.run("arguments[0].value = arguments[1]", field, _day(site, int(value)))
        elif name == "source":
            Select(field).select_by_visible_text(value)
        else:
            Select(field).select_by_visible_text(value)
    browser.follow(browser.one("form:has([name=category]) button"))

    assert set(browser.texts(TITLE)) == titles
    assert all(f"{name}=" in browser.path for name in chosen)
    for name, value in chosen.items():
        expected = _day(site, int(value)) if name in {"since", "until"} else value
        field = browser.one(f"[name={name}]")
        shown = Select(field).first_selected_option.text if name == "source" else field.get_attribute("value")
        assert shown == expected


def test_what_is_searched_for_is_marked(site: Planet, browser: Browser) -> None:
    browser.open(site.base)
    field = browser.one("input[name=q]")
    field.send_keys("notebooks foggy")
    browser.follow(field)

    assert made.text_of("gulls")[0] in browser.texts(TITLE)
    assert {word.casefold() for word in browser.texts("main article mark")} >= {"notebooks", "foggy"}
    assert browser.one("input[name=q]").get_attribute("value") == "notebooks foggy"


@pytest.mark.parametrize(("language", "word"), [("ja", "連絡船"), ("zh", "渡轮"), ("ko", "갈매기가"), ("ar", "نوارس")])
def test_words_of_any_script_are_found(site: Planet, browser: Browser, language: str, word: str) -> None:
    browser.open(site.base + query(q=word))

    assert made.text_of(language)[0] in browser.texts(TITLE)
    assert any(word in marked for marked in browser.texts("main article mark"))


def test_a_search_that_is_no_query_says_where_and_keeps_what_was_typed(site: Planet, browser: Browser) -> None:
    browser.open(site.base + query(q='gulls AND ("open'))

    assert browser.one("input[name=q]").get_attribute("value") == 'gulls AND ("open'
    assert browser.all(STORY) == []
    assert "quer" in browser.one("main").text.casefold()


def test_nothing_found_says_so_and_leads_back(site: Planet, browser: Browser) -> None:
    browser.open(site.base + query(q="xyzzyxyzzy", category="news"))

    assert browser.all(STORY) == []
    assert "xyzzyxyzzy" in browser.one("main").text or "xyzzyxyzzy" in (
        browser.one("input[name=q]").get_attribute("value") or ""
    )
    assert site.base in [href.partition("?")[0] for href in browser.hrefs("main a")]


@pytest.mark.parametrize("start", ["", "?category=notes"])
def test_older_stories_follow_without_a_gap_and_the_way_leads_back(site: Planet, browser: Browser, start: str) -> None:
    browser.open(site.base + start)
    pages, seen = 0, []
    while True:
        stories = browser.hrefs(PAGE)
        assert stories
        seen += stories
        pages += 1
        older = browser.all("a[rel~=next]")
        if not older or pages == 5:
            break
        browser.follow(older[0])
    assert len(seen) == len(set(seen))
    if start:
        assert len(seen) == made.NOTES
    assert pages > 1
    if browser.all("a[rel~=prev]"):
        browser.follow(browser.one("a[rel~=prev]"))
        assert set(browser.hrefs(PAGE)) <= set(seen)


def test_where_to_subscribe_is_where_one_looks(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}news/")

    feeds = browser.hrefs("a[href]")
    alternates = browser.hrefs("link[rel~=alternate]")
    for suffix in ("xml", "atom", "json"):
        assert any(href.endswith(f"news.{suffix}") for href in feeds)
        assert any(href.endswith(f"news.{suffix}") for href in alternates)
    assert any(href.endswith("subscriptions.opml") for href in feeds)


def test_a_feeds_address_is_the_river_with_the_subscription_open(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}news.xml")

    assert browser.all(STORY)
    assert "news.xml" in browser.one("header, main").text or "news.xml" in browser.one("body").text


def _instants(browser: Browser) -> list[str]:
    script = "return [...document.querySelectorAll('main article')].map(story => story.querySelector('time').dateTime)"
    return browser.run(script)  # type: ignore[no-any-return]


def _unfold(browser: Browser) -> None:
    """Opens what of the form is folded away."""
    browser.run("for (const it of document.querySelectorAll('details')) it.open = true")


def _day(site: Planet, days: int) -> str:
    return time.strftime("%Y-%m-%d", time.gmtime(made.at(site.now, -days, 12)))
