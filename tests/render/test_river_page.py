"""A river's page: stories by day, what is told of each, where to subscribe, and what to do where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html
from newsroom import CHANNEL, MIRROR, NOON, full, story
from strangers import STORY

from aggregator.model import Copy, Entry, Person
from aggregator.render.html.cards import END, START, Hit, card, marked
from aggregator.render.html.filters import Filter, position, position_of
from aggregator.render.html.river import Choices, River, days
from aggregator.render.html.site import HUES, Site, hue, offer_of
from aggregator.text import local_files

OFFER = offer_of("Science", CHANNEL, ["xml", "atom", "json"])
SITE = Site("News", CHANNEL.base, "All of it", "en", outputs=(OFFER, offer_of("Other", CHANNEL, ["xml"])))


def page(*stories: Any, site: Site = SITE, **more: Any) -> Any:
    given = {"up": "", "home": "./", "offer": OFFER} | more
    return html.document_fromstring(River(site, days=days(card(site, told) for told in stories), **given).render())


def said(element: Any) -> str:
    return " ".join(element.text_content().split())


def test_stories_stand_under_their_days() -> None:
    tree = page(story(1), story(2), replace(story(3), published=NOON - 86400))
    assert [said(found) for found in tree.iterfind(".//section/h2/time")] == [
        "Friday, 2 January 2026",
        "Thursday, 1 January 2026",
    ]
    first, second = tree.findall(".//section[@class='day']")
    assert (len(first.findall("article")), len(second.findall("article"))) == (2, 1)
    assert first.find("h2/time").get("datetime") == "2026-01-02"


def test_a_card_has_all_that_there_is_to_tell() -> None:
    told = card(SITE, full(), 700)
    assert (told.title, told.link, told.local) == ("Cats & dogs: 1 < 2", "https://blog.example.org/1", False)
    assert told.beginning == "In short: cats"
    assert told.source.name == "The Blog" and told.source.letter == "T" and 0 <= told.source.hue < HUES
    assert (told.minutes, told.language, told.direction) == (3, "de-AT", "ltr")
    assert told.authors[0] == "Ann Author"
    assert [also.source.name for also in told.also] == ["Mirror", "Planet"]
    article = page(full()).find(".//article")
    assert "Also at Mirror, Planet" in said(article)
    assert article.find("h3/a").get("href") == "https://blog.example.org/1"
    assert article.find(".//time").get("datetime") == "2026-01-02T12:00:00Z"


def test_a_story_without_an_address_opens_on_its_own_page() -> None:
    told = story(1, link="")
    name = told.id.removeprefix("urn:uuid:")
    assert page(told, up="../").find(".//article/h3/a").get("href") == f"../story/{name}"
    static = replace(SITE, story_suffix=".html")
    assert page(told, site=static).find(".//article/h3/a").get("href") == f"story/{name}.html"


def test_its_picture_is_the_entrys_or_the_first_of_the_text_that_is_no_ornament() -> None:
    text = (
        '<img src="https://a.example/pixel.gif" width="1" height="1"><p>x</p>'
        '<img src="https://a.example/lake.jpg" alt="A lake &amp; a boat" width="800" height="600">'
    )
    found = card(SITE, story(1, content=text)).picture
    assert found is not None
    assert (found.url, found.alt, found.width) == ("https://a.example/lake.jpg", "A lake & a boat", 800)
    named = card(SITE, story(1, content=text, image="https://a.example/lake.jpg", picture=(640, 480))).picture
    assert named is not None
    assert (named.alt, named.width) == ("A lake & a boat", 640)
    assert card(replace(SITE, images=False), story(1, content=text)).picture is None
    shown = page(story(1, content=text)).find(".//article/img")
    assert (shown.get("loading"), shown.get("alt")) == ("lazy", "A lake & a boat")


def test_a_picture_that_lies_beside_the_article_is_the_sites_own() -> None:
    told = story(1, content=f'<p><img src="{local_files.ROOT}0123456789abcdef/trip/lake.png" alt="A lake"></p>')
    for site in (SITE, replace(SITE, images=False)):
        shown = page(told, site=site, up="../").find(".//article/img")
        assert (shown.get("src"), shown.get("alt")) == ("../pictures/0123456789abcdef/trip/lake.png", "A lake")


def test_a_story_without_an_id_has_no_address_and_is_refused() -> None:
    with pytest.raises(ValueError, match="without an id"):
        card(SITE, replace(story(1), id=" "))


def test_copies_through_one_source_are_named_once() -> None:
    copies = tuple(Copy(MIRROR, Entry(str(n), link=f"https://m.example/{n}"), source_id=7) for n in range(3))
    assert len(card(SITE, replace(story(1), others=copies)).also) == 1


def test_titles_and_names_are_text() -> None:
    lure = '"><script>alert(1)</script>'
    made = River(replace(SITE, title=lure), "", "./", None, days([card(SITE, story(1, title=lure))])).render()
    assert made.count(b"<script") == 1  # our own
    assert made.count(b"&lt;script&gt;") >= 3


def test_what_a_stranger_calls_himself_takes_no_more_room_than_a_name() -> None:
    """It is on a page a hundred times: feeds may have names of 2,000 characters, and addresses of 8,000."""
    name = "L" * 2000
    entry = replace(story(1).shown.entry, title="", content="", summary="", link=f"https://e.example/{'x' * 5000}")
    entry = replace(entry, authors=(Person(name),))
    origin = replace(MIRROR, title=name)
    copies = tuple(Copy(origin, Entry(str(n), link=f"https://m.example/{n}"), source_id=n) for n in range(9, 20))
    told = replace(story(1), shown=Copy(origin, entry, source_id=8), others=copies, categories=(name, f"{name}2"))
    made = card(SITE, told)
    shown = (made.title, made.source.name, *made.authors, *made.categories, *(also.source.name for also in made.also))
    assert max(map(len, map(str, shown))) <= 401
    assert sum(map(len, map(str, shown))) < 1200


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"the {START}river{END} rose", "the <mark>river</mark> rose"),
        (f"{START}<b>{END} & {START}x", "<mark>&lt;b&gt;</mark> &amp; <mark>x</mark>"),
        (f"{END}no start{END}", "no start"),
    ],
)
def test_what_a_search_found_is_marked_and_all_else_is_text(text: str, shown: str) -> None:
    assert str(marked(text)) == shown


@given(st.text(alphabet=st.sampled_from(f"{START}{END}<&a\ue000 漢")))
def test_marks_are_always_balanced(text: str) -> None:
    made = str(marked(text))
    assert made.count("<mark>") == made.count("</mark>") == text.count(START)
    assert "<" not in made.replace("<mark>", "").replace("</mark>", "")


def test_a_hit_stands_in_place_of_the_beginning() -> None:
    found = card(SITE, story(1, content="<p>Something else</p>"), hit=Hit("", f"… {START}boats{END} to …"))
    assert (str(found.title), str(found.beginning)) == ("Story 1", "… <mark>boats</mark> to …")


@given(STORY)
def test_whatever_a_story_holds_its_page_is_whole(told: Any) -> None:
    if not told.id.strip():
        return
    try:
        made = card(SITE, told)
    except ValueError:
        return
    tree = html.document_fromstring(River(SITE, "", "./", OFFER, days([made])).render())
    assert len(tree.findall(".//article")) == 1
    assert not tree.findall(".//article//script")


def test_where_to_subscribe_is_told_with_each_address() -> None:
    tree = page(story(1))
    addresses = [said(found) for found in tree.xpath("//code[@class='address']")]
    assert addresses == [f"https://news.example.org/feeds/science.{suffix}" for suffix in ("xml", "atom", "json")]
    buttons = tree.xpath("//button[@data-copy]")
    assert [found.get("data-copy") for found in buttons] == addresses
    assert all(found.get("hidden") is not None for found in buttons)  # until a script can do what they say
    assert [found.get("href") for found in tree.xpath("//link[@rel='alternate']")] == [
        "science.xml",
        "science.atom",
        "science.json",
    ]
    assert "copy its address into your feed reader" in said(page(story(1), is_feed=True))


def test_what_a_visitor_chose_can_be_taken_back_and_is_in_the_form() -> None:
    asked = Filter(q="<river>", category="world")
    choices = Choices(["science", "world"], ["de", "en"], [(7, "The Blog")])
    tree = page(asked=asked, choices=choices, chosen=[("“<river>”", "?category=world")], is_first=True)
    assert tree.find(".//ul[@class='chosen']/li/a").get("href") == "?category=world"
    assert tree.xpath("//form[@class='filter']//input[@name='q']/@value") == ["<river>"]
    assert tree.xpath("//select[@name='category']/option[@selected]/text()") == ["world"]
    assert "Nothing was found" in said(tree)


def test_what_has_no_words_to_seek_is_searched_for_in_no_other_way() -> None:
    tree = page(asked=Filter(q="!!!"), problem='unexpected "!" at character 1')
    assert not tree.xpath("//section[@class='message']//a")
    assert "Write it anew: several words" in tree.xpath("string(//section[@class='message'])")


def test_what_is_no_query_is_told_with_what_to_do() -> None:
    tree = page(asked=Filter(q="what's"), problem='unexpected "\'" at character 5', plain="?q=%22what%22")
    assert "This is no query" in said(tree) and "at character 5" in said(tree)
    assert tree.xpath("//section[@class='message']//a/@href") == ["?q=%22what%22"]


@given(
    st.dictionaries(
        st.sampled_from(["q", "category", "source", "language", "since", "until", "before", "x"]), st.text()
    )
)
def test_whatever_a_query_string_says_is_a_filter_that_writes_itself(query: dict[str, str]) -> None:
    asked = Filter.of(query)
    written = dict(part.split("=", 1) for part in asked.with_().lstrip("?").split("&") if part)
    assert {*written} <= {"q", "category", "source", "language", "since", "until", "before"}
    assert Filter.of({field: getattr(asked, field) for field in written}) == asked
    first, last = asked.instants
    assert first is None or last is None or isinstance(last - first, int)


@pytest.mark.parametrize(
    "written", ["", "1", "1.", ".1", "x.1", "1.x", "1.0", "1.-1", "1.5.6", "²5.1", "9" * 30 + ".1"]
)
def test_what_is_no_position_is_none(written: str) -> None:
    assert position_of(written) is None


@given(st.integers(-(10**12), 10**12), st.integers(1, 10**12))
def test_a_position_is_read_as_it_was_written(published: int, number: int) -> None:
    assert position_of(position(published, number)) == (published, number)


def test_a_mark_has_the_same_colour_for_ever() -> None:
    assert hue("https://blog.example.org/feed.xml") == hue("https://blog.example.org/feed.xml")
    assert len({hue(f"https://{n}.example/feed") for n in range(500)}) == HUES
