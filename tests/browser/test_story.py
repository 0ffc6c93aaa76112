"""A story: its text, its copies side by side, its versions, in whatever language."""

from __future__ import annotations

from urllib.parse import urlsplit

import made
from chromium import PHONE, WIDE, Browser
from kinds import query
from planet import Planet


def test_a_story_is_opened_from_the_river(site: Planet, browser: Browser) -> None:
    """Its own reading is one click away, its page another."""
    browser.open(site.base + query(category="mirrors"))
    [page] = [
        href for href in browser.hrefs("main article a") if href.partition("#")[0] == site.base + site.story("gulls")
    ][:1]
    browser.open(page)
    title, paragraphs = made.text_of("gulls")

    assert browser.texts("h1") == [title]
    text = " ".join(browser.one("main").text.split())
    assert all(paragraph in text for paragraph in paragraphs)
    assert "https://gulls.example.org/article" in browser.hrefs("main a")
    assert "Not ours." in browser.text  # [site] notice
    assert [urlsplit(href).path for href in browser.hrefs("link[rel=canonical]")] == [urlsplit(page).path]


def test_copies_are_named_and_what_they_share_is_marked_side_by_side(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("gulls"))
    text = browser.text
    for source in ("The Harbour Gazette", "Coast Review", "Copyist"):
        assert source in text
    for guid in ("r-gulls", "c-gulls"):
        assert f"https://{guid}.example.org/article" in browser.hrefs("main a")
    marked = " ".join(browser.run("return [...document.querySelectorAll('main mark')].map(m => m.textContent)"))
    _, paragraphs = made.text_of("gulls")
    _, edited = made.text_of("gulls-edited")

    assert "wait for the fishing boats" in marked  # both have it; what is long is cut in its middle
    assert "first asked passengers" not in marked  # one alone has it
    assert paragraphs[0] == edited[0]
    for summary in browser.all("main summary"):
        browser.enter(summary)
    for size, beside in ((WIDE, True), (PHONE, False)):
        browser.size(size)
        ours, theirs = (it.rect for it in browser.all(".beside > div")[:2])
        assert (ours["y"] == theirs["y"]) == beside
        assert (ours["x"] < theirs["x"]) == beside


def test_an_edit_is_shown_as_what_went_and_what_came(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("fares"))
    went, came = (
        " ".join(browser.run(f"return [...document.querySelectorAll('main {tag}')].map(it => it.textContent)"))
        for tag in ("del", "ins")
    )

    assert browser.texts("h1") == [made.text_of("fares-after")[0]]
    assert "January" in went
    assert "March" in came
    assert "propped up" not in went + came  # what stayed


def test_a_story_is_set_in_its_own_direction_and_language(site: Planet, browser: Browser) -> None:
    for guid, direction in (("ar", "rtl"), ("he", "rtl"), ("ja", "ltr")):
        browser.open(site.base + site.story(guid))
        script = """
            const [h1, body] = ["h1", "body"].map(name => document.querySelector(name));
            return [getComputedStyle(h1).direction, h1.closest("[lang]").lang, getComputedStyle(body).direction];
        """

        assert browser.run(script) == [direction, guid, "ltr"]


def test_nothing_that_a_feed_brings_acts_on_the_page(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("hostile"))

    assert "taken" not in browser.driver.title
    assert browser.texts("h1") == ['Nothing runs & nothing "leaks"']
    assert "stays what it is" in " ".join(browser.one("main").text.split())
    assert browser.all("main iframe, main script, main style, main [style], main [onclick], main [onerror]") == []
    assert not any(href.startswith("javascript:") for href in browser.hrefs("a[href]"))
    assert len(browser.all("#main")) <= 1


def test_a_story_without_title_has_a_heading(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("bare"))

    assert browser.one("h1").text.startswith("A note that has no title")


def test_an_articles_headings_lie_below_the_pages(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("lighthouse"))

    assert len(browser.all("h1")) == 1
    assert [len(browser.all(f"main {tag}")) > 0 for tag in ("table", "pre", "ol", "dl", "blockquote", "figure")] == [
        True
    ] * 6
    wide = "return [...document.querySelectorAll('main pre, main table')].map(e => e.scrollWidth > e.clientWidth)"
    browser.size((360, 740))
    assert browser.run(wide)  # they scroll in their own place: test_no_page_scrolls_sideways


def test_a_picture_beside_a_file_is_shown(site: Planet, browser: Browser) -> None:
    browser.open(site.base + site.story("lake-walk"))
    pictures = "return [...document.querySelectorAll('main img')].map(it => [it.alt, it.complete && it.naturalWidth])"
    browser.run("for (const it of document.querySelectorAll('main img')) it.loading = 'eager'")

    assert browser.driver.execute_async_script(
        f"const done = arguments[0]; Promise.all([...document.images].map(it => it.decode().catch(() => 0))).then("
        f"() => done((() => {{ {pictures} }})()))"
    ) == [["The lake at seven in the morning", 1]]


def test_the_address_of_a_story_ends_in_html_as_well(site: Planet) -> None:
    path = site.story("gulls")

    assert site.page(path.removesuffix(".html")).status == site.page(path).status == 200
