"""Atom 1.0: stories → bytes → what feedparser and an XML parser read."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import feedparser
from lxml import etree
from newsroom import CHANNEL, NOON, full, story

from aggregator import render
from aggregator.model import Channel, Copy, Origin, Story

ALSO = '<p>Also at: <a href="https://mirror.example.com/cats">Mirror</a>, <a href="https://blog.example.org/1">Planet</a></p>'
NOTICE = "<p>Texts belong to their authors &amp; publishers.</p>"
ATOM = {"a": "http://www.w3.org/2005/Atom"}


def rendered(channel: Channel, stories: list[Story]) -> bytes:
    return render.render(channel, stories, "atom").body


def read(*stories: Story, channel: Any = CHANNEL) -> Any:
    found = feedparser.parse(io.BytesIO(rendered(channel, stories)), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo
    assert found.version == "atom10"
    return found


def tree(*stories: Story, channel: Any = CHANNEL) -> Any:
    return etree.fromstring(rendered(channel, stories), etree.XMLParser(resolve_entities=False))


def test_the_feed_says_what_it_is() -> None:
    feed = read(full(), story(2)).feed
    assert (feed.title, feed.subtitle) == ("River of science", "All that is new")
    assert (feed.id, feed.language) == ("https://news.example.org/feeds/science", "en")
    assert (feed.author, feed.generator) == ("River of science", "aggregator")
    assert [(x.rel, x.href, x.type) for x in feed.links] == [
        ("self", "https://news.example.org/feeds/science.atom", "application/atom+xml"),
        ("alternate", "https://news.example.org/", "text/html"),
    ]
    assert feed.updated_parsed[:6] == (2026, 1, 2, 13, 0, 0)


def test_an_empty_feed_has_a_fixed_date() -> None:
    assert read().feed.updated == "2005-12-01T00:00:00+00:00"


def test_every_field_survives() -> None:
    (entry,) = read(full()).entries
    assert (entry.title, entry.link) == ("Cats & dogs: 1 < 2", "https://blog.example.org/1")
    assert entry.id == "urn:uuid:00000000-0000-4000-8000-000000000001"
    assert (entry.summary, entry.summary_detail.type) == (full().shown.entry.summary, "text/html")
    assert [(c.value, c.type) for c in entry.content] == [(full().shown.entry.content + ALSO + NOTICE, "text/html")]
    assert [author.name for author in entry.authors] == ["Ann Author", "Bob"]
    assert entry.published_parsed[:6] == (2026, 1, 2, 12, 0, 0)
    assert entry.updated_parsed[:6] == (2026, 1, 2, 13, 0, 0)
    assert [tag.term for tag in entry.tags] == ["pets", "R&D"]
    assert entry.media_thumbnail == [{"url": "https://media.example.org/cat.jpg"}]
    assert entry.title_detail.language == "de-AT"
    assert (entry.rights, entry.rights_detail.type) == ("© 2026 Ann & Bob", "text/plain")


def test_the_source_is_whole() -> None:
    (source,) = (entry.source for entry in read(full()).entries)
    assert (source.id, source.title) == ("tag:blog.example.org,2020:all", "The Blog")
    assert source.updated_parsed[:6] == (2026, 1, 2, 13, 0, 0)
    assert [(x.rel, x.href) for x in source.links] == [
        ("self", "https://blog.example.org/feed.xml"),
        ("alternate", "https://blog.example.org/"),
    ]


def test_a_source_s_id_is_a_uri_in_normal_form_and_always_the_same() -> None:
    def written(origin: Origin) -> Any:
        return tree(replace(story(), shown=Copy(origin, story().shown.entry))).findtext(".//a:source/a:id", None, ATOM)

    assert written(Origin("T", "https://s.example/", "https://s.example/feed", "")) == "https://s.example/feed"
    assert written(Origin("T", "", "", "blog")) == "urn:uuid:" + written(Origin("U", "", "", "blog"))[9:]
    assert written(Origin("T", id="HTTP://S.example")).startswith("urn:uuid:")
    assert written(Origin("Title alone")).startswith("urn:uuid:")
    assert written(Origin()) is None


def test_every_link_keeps_rel_type_length_and_title() -> None:
    """feedgen 1.0 loses them all."""
    (entry,) = tree(full()).iterfind("a:entry", ATOM)
    assert [dict(link.attrib) for link in entry.iterfind("a:link", ATOM)] == [
        {"rel": "alternate", "href": "https://blog.example.org/1"},
        {
            "rel": "enclosure",
            "href": "https://media.example.org/one.mp3",
            "type": "audio/mpeg",
            "length": "1234",
            "title": "Part one",
        },
        {
            "rel": "enclosure",
            "href": "https://media.example.org/two.ogg?x=1&y=2",
            "type": "audio/ogg",
            "title": "Part two",
        },
        {
            "rel": "enclosure",
            "href": "https://media.example.org/three.pdf",
            "type": "application/pdf",
            "length": "99",
        },
        {"rel": "replies", "href": "https://blog.example.org/1#comments"},
        {"rel": "related", "href": "https://mirror.example.com/cats", "title": "Mirror"},
        {"rel": "via", "href": "https://planet.example.net/atom.xml", "title": "Planet"},
    ]


def test_only_media_and_xml_have_a_prefix() -> None:
    prefixes = {prefix for element in tree(full()).iter() for prefix in element.nsmap}
    assert prefixes == {None, "media"}


def test_text_is_text_unless_a_closing_tag_makes_it_look_like_html() -> None:
    root = tree(story(1, title="Why </b> & <i>"), story(2, title="&amp; <b>"), channel=replace(CHANNEL, title="R&D"))
    assert [(e.text, dict(e.attrib)) for e in root.iterfind(".//a:title", ATOM)] == [
        ("R&D", {}),
        ("Why &lt;/b&gt; &amp; &lt;i&gt;", {"type": "html"}),
        ("The Blog", {}),
        ("&amp; <b>", {}),
        ("The Blog", {}),
    ]
    assert b"<title>&#x26;amp; &#x3C;b&#x3E;</title>" in rendered(CHANNEL, [story(title="&amp; <b>")])


def test_there_is_a_content_or_a_summary_with_a_link() -> None:
    def bodies(**fields: str) -> list[tuple[str, str]]:
        (entry,) = tree(story(**fields), channel=replace(CHANNEL, notice="")).iterfind("a:entry", ATOM)
        found = [*entry.iterfind("a:content", ATOM), *entry.iterfind("a:summary", ATOM)]
        assert all(element.get("type") == "html" for element in found)
        return [(etree.QName(element).localname, element.text) for element in found]

    assert bodies(content="<p>c</p>") == [("content", "<p>c</p>")]
    assert bodies(content="<p>c</p>", summary="<p>s</p>") == [("content", "<p>c</p>"), ("summary", "<p>s</p>")]
    assert bodies(content="<p>c</p>", summary="<p>c</p>") == [("content", "<p>c</p>")]
    assert bodies(summary="<p>s</p>") == [("summary", "<p>s</p>")]
    assert bodies(summary="<p>s</p>", link="") == [("content", "<p>s</p>")]
    assert bodies(title="A & B") == [("content", "<p>A &amp; B</p>")]


def test_authors_have_what_is_known_of_them() -> None:
    """Read as XML: feedparser gives Ann's address to Bob, who has none."""
    authors = tree(full()).iterfind("a:entry/a:author", ATOM)
    assert [[part.text for part in author] for author in authors] == [
        ["Ann Author", "ann@example.org", "https://ann.example.org/"],
        ["Bob"],
    ]


def test_there_is_always_an_author() -> None:
    def author(one: Story, channel: Any = CHANNEL) -> Any:
        return tree(one, channel=channel).findtext("a:entry/a:author/a:name", None, ATOM)

    nameless = replace(story(), shown=Copy(Origin(), story().shown.entry))
    assert author(story()) == "The Blog"
    assert author(nameless) == "River of science"
    assert author(nameless, replace(CHANNEL, title="<a@b.example>")) == "science"
    assert author(nameless, replace(CHANNEL, title="", name="\0")) == "Untitled"
    assert author(nameless, replace(CHANNEL, title="<a@b.example>", name="\0")) == "Unknown"


def test_entries_of_one_second_differ_in_updated_but_not_in_the_second() -> None:
    """RFC 4287 allows it, validators warn of it."""
    stories = [replace(story(number), updated=NOON) for number in range(20)]
    updated = [e.text for e in tree(*stories).iterfind("a:entry/a:updated", ATOM)]
    assert len(set(updated)) == 20
    assert {moment[:19] for moment in updated} == {"2026-01-02T12:00:00"}
