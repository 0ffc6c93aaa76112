"""What readers are known to make of an item: no stranger's link, every word, a name, a picture, a length."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import feedparser
import pytest
from lxml import etree
from newsroom import CHANNEL, SOURCE, story

from aggregator import render
from aggregator.model import Copy, Enclosure, Entry, Origin, Person, Reference, Story
from aggregator.render import items
from aggregator.render.html.cards import card
from aggregator.render.html.site import Site

NS = {
    "a": "http://www.w3.org/2005/Atom",
    "dc": "http://purl.org/dc/elements/1.1/",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
}
EPISODE = {
    "image": "https://blog.example.org/1.jpg",
    "picture": (640, 480),
    "enclosures": (Enclosure("https://media.example.org/1.mp3", "audio/mpeg", 9, "", 3723),),
}


def written(told: Story, suffix: str) -> Any:
    body = render.render(CHANNEL, [told], suffix).body
    return json.loads(body)["items"][0] if suffix == "json" else etree.fromstring(body)


def test_without_a_link_of_its_own_an_article_has_nobody_else_s() -> None:
    entry = Entry("1", "T", content="<p>x</p>", attribution=Reference("Paper", "https://paper.example.org/"))
    entry = replace(entry, related=(Reference("Other", "https://other.example.org/"),))
    copy = Copy(Origin("Mirror", "https://mirror.example.org/"), Entry("2", "T", "https://mirror.example.org/1"))
    told = replace(story(), shown=Copy(SOURCE, entry), others=(copy,))
    atom = written(told, "atom").find("a:entry", NS)
    assert [link.get("rel") for link in atom.iterfind(".//a:link", NS)] == ["self"]  # the source's own, in <source>
    rss = written(told, "xml").find("channel/item")
    assert rss.find("link") is None and rss.find("a:link", NS) is None
    assert "url" not in written(told, "json")
    for suffix in ("xml", "atom"):
        read = feedparser.parse(render.render(CHANNEL, [told], suffix).body)
        assert read.entries[0].get("link", told.id) == told.id  # feedparser gives Atom's id for it


def test_the_last_alternate_link_below_an_entry_is_its_own() -> None:
    entry = written(story(), "atom").find("a:entry", NS)
    links = [link.get("href") for link in entry.iterfind(".//a:link[@rel='alternate']", NS)]
    assert links[-1] == "https://blog.example.org/1"
    assert [child.get("href") for child in entry.findall("a:link[@rel='alternate']", NS)] == links[-1:]


@pytest.mark.parametrize(
    "title",
    ["std::vector<T> and <dialog>", "<markup>", "a </b> c", "<!doctype> or <?php", "if a<b and c>d", "<straße> <漢字>"],
)
def test_a_tag_in_a_headline_is_no_tag_to_anyone(title: str) -> None:
    body = render.render(CHANNEL, [story(1, title=title)], "xml").body
    parsed = etree.fromstring(body).findtext("channel/item/title")
    assert parsed.replace("\u2060", "") == title
    assert etree.HTML(f"<body>{parsed}</body>").xpath("string()").replace("\u2060", "") == title  # innerHTML = title
    assert feedparser.parse(body).entries[0].title.replace("\u2060", "") == title


def test_a_source_stands_for_an_author_and_a_folder_is_one() -> None:
    told = replace(story(), shown=Copy(Origin("Our folder"), story().shown.entry))
    item = written(told, "xml").find("channel/item")
    assert item.findtext("dc:creator", None, NS) == "Our folder"
    assert (item.findtext("source"), item.find("source").get("url")) == (
        "Our folder",
        "https://news.example.org/feeds/science.xml",
    )
    assert written(told, "atom").findtext("a:entry/a:author/a:name", None, NS) == "Our folder"
    signed = story(1, authors=(Person("Ann"), Person("Bob")))
    assert [found.text for found in written(signed, "xml").iterfind("channel/item/dc:creator", NS)] == ["Ann", "Bob"]
    assert written(signed, "json")["author"] == {"name": "Ann"}


def test_an_episode_has_a_length_and_a_picture_its_size() -> None:
    item = written(story(1, authors=(Person("Ann"),), **EPISODE), "xml").find("channel/item")
    assert item.findtext("itunes:duration", None, NS) == "3723"
    assert item.findtext("itunes:author", None, NS) == "Ann"
    assert item.find("itunes:image", NS).get("href") == EPISODE["image"]
    entry = written(story(1, **EPISODE), "atom").find("a:entry", NS)
    for found in (item, entry):
        content = dict(found.find("media:content", NS).attrib)
        assert content == {"url": EPISODE["image"], "medium": "image", "width": "640", "height": "480"}
        assert found.find("media:thumbnail", NS).get("width") == "640"
    plain = written(story(1, image="https://blog.example.org/1.jpg"), "xml").find("channel/item")
    assert plain.find("itunes:image", NS) is None  # no podcast
    assert dict(plain.find("media:thumbnail", NS).attrib) == {"url": "https://blog.example.org/1.jpg"}


def test_comments_are_passed_on() -> None:
    item = written(story(1, replies=3, replies_feed="https://blog.example.org/1/feed"), "xml").find("channel/item")
    assert item.findtext("slash:comments", None, NS) == "3"
    assert item.findtext("wfw:commentRss", None, NS) == "https://blog.example.org/1/feed"


@pytest.mark.parametrize(
    ("own", "shown"),
    [("", "https://in.example.org/icon.png"), ("https://cdn.example.org/i.png", "https://cdn.example.org/i.png")],
)
def test_every_format_names_an_icon(own: str, shown: str) -> None:
    channel = replace(CHANNEL, icon=own, base="https://in.example.org/")
    rss, atom = (etree.fromstring(render.render(channel, [], suffix).body) for suffix in ("xml", "atom"))
    assert rss.findtext("channel/image/url") == shown
    assert rss.findtext("channel/image/title") == rss.findtext("channel/title")
    assert (atom.findtext("a:icon", None, NS), atom.findtext("a:logo", None, NS)) == (shown, shown)
    told = json.loads(render.render(channel, [], "json").body)
    assert (told["icon"], told["favicon"]) == (shown, shown)


@pytest.mark.parametrize(
    ("title", "content", "language", "opened"),
    [
        ("مرحبا", "<p>مرحبا بالعالم</p>", "ar", '<div dir="rtl" lang="ar">'),
        ("שלום", "<p>שלום עולם, said IBM</p>", "", '<div dir="rtl">'),
        ("Hello", "<p>Hello, said in Arabic مرحبا</p>", "ar", ""),
        ("漢字", "<p>漢字</p>", "ja", ""),
    ],
)
def test_what_is_written_from_the_right_is_set_so(title: str, content: str, language: str, opened: str) -> None:
    told = story(1, title=title, content=content, language=language)
    item = items.item(items.tidy(CHANNEL), told)
    assert item.content.startswith(f"{opened}{content}{'</div>' if opened else ''}")
    assert (card(Site("", "https://news.example.org/"), told).direction == "rtl") == bool(opened)
