"""JSON Feed 1.1: stories → bytes → what json reads."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from newsroom import CHANNEL, full, story

from aggregator import render
from aggregator.model import Channel, Copy, Document, Origin, Person, Reference, Story
from aggregator.parse import parse

ALSO = '<p>Also at: <a href="https://mirror.example.com/cats">Mirror</a>, <a href="https://blog.example.org/1">Planet</a></p>'


def rendered(channel: Channel, stories: list[Story]) -> bytes:
    return render.render(channel, stories, "json").body


def test_every_field_survives() -> None:
    assert json.loads(rendered(CHANNEL, [full()])) == {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "River of science",
        "home_page_url": "https://news.example.org/",
        "feed_url": "https://news.example.org/feeds/science.json",
        "description": "All that is new",
        "icon": "https://news.example.org/feeds/icon.png",
        "favicon": "https://news.example.org/feeds/icon.png",
        "language": "en",
        "items": [
            {
                "id": "urn:uuid:00000000-0000-4000-8000-000000000001",
                "url": "https://blog.example.org/1",
                "title": "Cats & dogs: 1 < 2",
                "content_html": full().shown.entry.content
                + ALSO
                + "<p>Texts belong to their authors &amp; publishers.</p>",
                "summary": "In short: cats",
                "image": "https://media.example.org/cat.jpg",
                "date_published": "2026-01-02T12:00:00Z",
                "date_modified": "2026-01-02T13:00:00Z",
                "authors": [{"name": "Ann Author", "url": "https://ann.example.org/"}, {"name": "Bob"}],
                "author": {"name": "Ann Author", "url": "https://ann.example.org/"},
                "tags": ["pets", "R&D"],
                "language": "de-AT",
                "attachments": [
                    {
                        "url": "https://media.example.org/one.mp3",
                        "mime_type": "audio/mpeg",
                        "title": "Part one",
                        "size_in_bytes": 1234,
                        "duration_in_seconds": 61,
                    },
                    {
                        "url": "https://media.example.org/two.ogg?x=1&y=2",
                        "mime_type": "audio/ogg",
                        "title": "Part two",
                        "duration_in_seconds": 62,
                    },
                    {
                        "url": "https://media.example.org/three.pdf",
                        "mime_type": "application/pdf",
                        "size_in_bytes": 99,
                    },
                ],
                "_aggregator": {
                    "about": "https://news.example.org/#json-feed",
                    "source": {
                        "title": "The Blog",
                        "link": "https://blog.example.org/",
                        "feed": "https://blog.example.org/feed.xml",
                        "id": "tag:blog.example.org,2020:all",
                    },
                    "copies": [
                        {
                            "source": "Mirror",
                            "url": "https://mirror.example.com/cats",
                            "title": "Cats and dogs",
                            "feed": "https://mirror.example.com/rss",
                        },
                        {
                            "source": "Planet",
                            "url": "https://blog.example.org/1",
                            "title": "Cats & dogs",
                            "feed": "https://planet.example.net/atom.xml",
                        },
                    ],
                },
                "_comments": {"url": "https://blog.example.org/1#comments"},
                "_rights": {"text": "© 2026 Ann & Bob"},
            }
        ],
    }


def test_every_extension_is_an_object_with_members_named_as_the_specification_asks() -> None:
    told = replace(full(), related=(Reference("Dogs", "https://blog.example.org/dogs"),))
    (item,) = json.loads(rendered(CHANNEL, [told]))["items"]
    extensions = {name: value for name, value in item.items() if name.startswith("_")}
    assert all(isinstance(value, dict) for value in extensions.values())
    assert not [name for value in extensions.values() for name in value if name.startswith("_") or "." in name]
    assert item["_aggregator"]["related"] == [{"title": "Dogs", "url": "https://blog.example.org/dogs"}]
    assert list(item["_aggregator"]) == ["about", "source", "copies", "related"]


def test_what_there_is_nothing_to_say_of_has_no_object() -> None:
    bare = replace(story(), shown=Copy(Origin(), story().shown.entry))
    assert "_aggregator" not in json.loads(rendered(CHANNEL, [bare]))["items"][0]


def test_our_own_reader_reads_what_we_write() -> None:
    (entry,) = parse(Document("", rendered(CHANNEL, [full()]))).entries
    shown = full().shown
    assert (entry.origin, entry.rights, entry.comments) == (shown.source, shown.entry.rights, shown.entry.comments)


def test_it_is_utf8_without_escapes_and_keys_in_one_order() -> None:
    body = rendered(CHANNEL, [story(title="Tränen lügen nicht 漢字"), story(2)])
    assert "Tränen lügen nicht 漢字".encode() in body
    assert list(json.loads(body)["items"][0])[:4] == ["id", "url", "title", "content_html"]
    assert body.count(b"\n") == 4


def test_an_item_has_content_whatever_it_lacks() -> None:
    channel = Channel("n", "T", "https://l.example/", "https://b.example/")

    def item(**fields: Any) -> Any:
        return json.loads(rendered(channel, [story(**fields)]))["items"][0]

    assert item(summary="<p>s</p>")["content_html"] == "<p>s</p>"
    assert "summary" not in item(summary="<p>s</p>")
    assert item(title="A & B")["content_html"] == "<p>A &amp; B</p>"


def test_an_author_s_mail_is_the_url_where_there_is_no_other() -> None:
    body = rendered(CHANNEL, [story(authors=(Person("Ann", "ann@example.org"),))])
    assert json.loads(body)["items"][0]["authors"] == [{"name": "Ann", "url": "mailto:ann@example.org"}]


def test_dates_before_the_web_are_kept() -> None:
    body = rendered(CHANNEL, [replace(story(), published=-(10**9), updated=10**18)])
    item = json.loads(body)["items"][0]
    assert (item["date_published"], item["date_modified"]) == ("1938-04-24T22:13:20Z", "9999-12-31T23:59:59Z")
