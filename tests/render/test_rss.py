"""RSS 2.0: stories → bytes → what feedparser reads."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from newsroom import CHANNEL, NOON, full, story

from aggregator import render
from aggregator.model import Channel, Enclosure, Origin, Person, Story

ALSO = '<p>Also at: <a href="https://mirror.example.com/cats">Mirror</a>, <a href="https://blog.example.org/1">Planet</a></p>'
NOTICE = "<p>Texts belong to their authors &amp; publishers.</p>"


def rendered(channel: Channel, stories: list[Story]) -> bytes:
    return render.render(channel, stories, "xml").body


def read(*stories: Story, channel: Any = CHANNEL) -> Any:
    found = feedparser.parse(io.BytesIO(rendered(channel, stories)), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo
    assert found.version == "rss20"
    return found


def test_the_channel_says_what_it_is() -> None:
    feed = read(full(), story(2)).feed
    assert (feed.title, feed.link, feed.subtitle) == (
        "River of science",
        "https://news.example.org/",
        "All that is new",
    )
    assert (feed.language, feed.generator) == ("en", "aggregator")
    assert [(x.rel, x.href, x.type) for x in feed.links if x.rel == "self"] == [
        ("self", "https://news.example.org/feeds/science.xml", "application/rss+xml")
    ]
    assert feed.updated == "Fri, 02 Jan 2026 13:00:00 +0000"


def test_an_empty_channel_has_no_date_and_a_channel_without_description_says_its_title() -> None:
    body = rendered(replace(CHANNEL, description=""), [])
    assert b"lastBuildDate" not in body
    assert b"<description>River of science</description>" in body


def test_no_thread_s_locale_is_touched() -> None:
    """feedgen writes a date with setlocale(), which holds for all threads; that it gets none it must be told."""
    called: list[str] = []

    def note(_frame: object, event: str, function: Any) -> None:
        if event == "c_call":
            called.append(function.__name__)

    sys.setprofile(note)
    try:
        body = rendered(CHANNEL, [full(), story(2)])
    finally:
        sys.setprofile(None)
    assert body.count(b"<lastBuildDate>") == 1
    assert called
    assert "setlocale" not in called


def test_every_field_survives() -> None:
    (entry,) = read(full()).entries
    assert (entry.title, entry.link) == ("Cats & dogs: 1 < 2", "https://blog.example.org/1")
    assert (entry.id, entry.guidislink) == ("urn:uuid:00000000-0000-4000-8000-000000000001", False)
    assert entry.summary == full().shown.entry.summary
    assert entry.content[0].value == full().shown.entry.content + ALSO + NOTICE
    assert [author.name for author in entry.authors] == ["Ann Author", "Bob", "Ann Author"]  # the last is iTunes's
    assert entry.published == "Fri, 02 Jan 2026 12:00:00 +0000"
    assert entry.updated == "2026-01-02T13:00:00Z"
    assert [tag.term for tag in entry.tags] == ["pets", "R&D"]
    assert entry.comments == "https://blog.example.org/1#comments"
    assert entry.media_thumbnail == [{"url": "https://media.example.org/cat.jpg"}]
    assert entry.language == "de-AT"
    assert entry.rights == "© 2026 Ann & Bob"
    assert (entry.source.title, entry.source.href) == ("The Blog", "https://blog.example.org/feed.xml")


def test_the_first_file_is_the_enclosure_and_more_are_media_content() -> None:
    (entry,) = read(full()).entries
    assert [(e.href, e.type, e.length) for e in entry.enclosures] == [
        ("https://media.example.org/one.mp3", "audio/mpeg", "1234")
    ]
    assert [found for found in entry.media_content if "medium" not in found] == [
        {"url": "https://media.example.org/two.ogg?x=1&y=2", "type": "audio/ogg", "duration": "62"},
        {"url": "https://media.example.org/three.pdf", "type": "application/pdf", "filesize": "99"},
    ]


@pytest.mark.parametrize(
    ("url", "declared", "type_"),
    [
        ("https://e.example/a.MP3?x=.ogg", "", "audio/mpeg"),
        ("https://e.example/a.unheard", "", "application/octet-stream"),
        ("https://e.example/a", "Audio/OGG; codecs=opus", "audio/ogg"),
        ("https://e.example/a.jpg", "image", "image/jpeg"),
    ],
)
def test_an_enclosure_always_has_a_type_and_a_length(url: str, declared: str, type_: str) -> None:
    (entry,) = read(story(enclosures=(Enclosure(url, declared),))).entries
    assert [(e.type, e.length) for e in entry.enclosures] == [(type_, "0")]


def test_the_other_copies_are_links() -> None:
    (entry,) = read(full()).entries
    assert [(x.rel, x.href, x.title) for x in entry.links if x.rel in ("related", "via")] == [
        ("related", "https://mirror.example.com/cats", "Mirror"),
        ("via", "https://planet.example.net/atom.xml", "Planet"),
    ]


def test_titles_have_hexadecimal_references() -> None:
    body = rendered(replace(CHANNEL, title="R&D <lab>"), [story(title="1 < 2 & 3 > 2 &amp;")])
    assert "<title>R&#x26;D &#x3C;\u2060lab&#x3E;</title>".encode() in body
    assert b"<title>1 &#x3C; 2 &#x26; 3 &#x3E; 2 &#x26;amp;</title>" in body


def test_a_closing_tag_in_a_title_is_no_tag_for_anyone() -> None:
    (entry,) = read(story(title="Why </b> matters")).entries
    assert entry.title == "Why <\u2060/b> matters"


def test_a_lone_body_is_the_description() -> None:
    content, summary, neither = read(story(1, content="<p>c</p>"), story(2, summary="<p>s</p>"), story(3)).entries
    assert (content.summary, summary.summary) == ("<p>c</p>" + NOTICE, "<p>s</p>" + NOTICE)
    assert neither.summary == NOTICE
    assert "content" not in content
    assert b"<item><title>Story 3</title><link>https://blog.example.org/3</link><guid" in rendered(
        replace(CHANNEL, notice=""), [story(3)]
    )


def test_a_summary_that_repeats_the_content_is_left_out() -> None:
    (entry,) = read(story(summary="<p>c</p>", content="<p>c</p>")).entries
    assert (entry.summary, "content" in entry) == ("<p>c</p>" + NOTICE, False)


@pytest.mark.parametrize(
    ("fields", "title"),
    [
        ({"summary": "<p>In&nbsp;short &amp;<br>sweet</p>"}, "In\xa0short & sweet"),
        ({"content": "<p>" + "word " * 40}, "word " * 15 + "word…"),
        ({"content": "<p>" + "語" * 100}, "語" * 80 + "…"),
        ({"content": '<img src="x.png">'}, "https://blog.example.org/1"),
        ({"content": '<p><img src="x.png" alt="Fog &amp;amp; reeds"></p>'}, "Fog &amp; reeds"),
        ({"content": "<p>@<a href='#'>ann</a> of <b>#</b><i>moor</i>:</p><p>H<sub>2</sub>O</p>"}, "@ann of #moor: H2O"),
        ({"link": ""}, "Untitled"),
        ({"title": "\x00 \u2028\ufffd", "link": ""}, "Untitled"),
    ],
)
def test_an_entry_without_title_gets_one(fields: dict[str, str], title: str) -> None:
    (entry,) = read(story(**{"title": "", **fields})).entries
    assert entry.title == title


def test_authors_are_named_by_what_there_is() -> None:
    people = (
        Person("Ann <ann@example.org>"),
        Person("", "bob@example.org"),
        Person("", "", "https://carl.example/"),
        Person("", "not an address"),
    )
    (entry,) = read(story(authors=people)).entries
    assert [author.name for author in entry.authors] == ["Ann", "bob", "https://carl.example/"]


def test_a_source_without_address_is_found_here() -> None:
    nameless = replace(story(), shown=replace(story().shown, source=Origin("Name only")))
    here = "https://news.example.org/feeds/science.xml"
    assert f'<source url="{here}">Name only</source>'.encode() in rendered(CHANNEL, [nameless])


@pytest.mark.parametrize(
    ("instant", "written"),
    [
        (NOON, "Fri, 02 Jan 2026 12:00:00 +0000"),
        (0, "Mon, 01 Jan 1990 00:00:00 +0000"),
        (-(10**18), "Mon, 01 Jan 1990 00:00:00 +0000"),
        (10**18, "Fri, 31 Dec 9999 23:59:59 +0000"),
    ],
)
def test_dates_out_of_any_calendar_are_clamped(instant: int, written: str) -> None:
    (entry,) = read(replace(story(), published=instant, updated=instant)).entries
    assert entry.published == written


@pytest.mark.parametrize(
    ("url", "written"),
    [
        ("https://e.example/a?b=1&c=%20#d", "https://e.example/a?b=1&c=%20#d"),
        (" HTTP://E.example/ä b|c?q=[1]\n", "http://e.example/%C3%A4%20b%7Cc?q=%5B1%5D"),
        ("https://bücher.example/", "https://xn--bcher-kva.example/"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("javascript:alert(1)", None),
        ("/relative", None),
        ("http://", None),
        ("http://[::1/", None),
        ("http://e.example:port/", None),
    ],
)
def test_links_are_web_addresses_in_plain_characters(url: str, written: str | None) -> None:
    (entry,) = read(story(link=url)).entries
    assert entry.get("link") == written


@pytest.mark.parametrize(("given", "written"), [("fr", "fr"), ("pt-BR", "pt-BR"), ("xq", None), ("english", None)])
def test_a_language_that_is_none_is_left_out(given: str, written: str | None) -> None:
    (entry,) = read(story(language=given)).entries
    assert entry.get("language") == written
