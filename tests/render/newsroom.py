"""Stories to publish: `full()` has everything that a story can have, `story()` little."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from lxml import etree

from aggregator.model import Channel, Copy, Enclosure, Entry, Origin, Person, Story

CHANNEL = Channel(
    name="science",
    title="River of science",
    link="https://news.example.org/",
    base="https://news.example.org/feeds/",
    description="All that is new",
    language="en",
    notice="Texts belong to their authors & publishers.",
)
SOURCE = Origin(
    "The Blog",
    "https://blog.example.org/",
    "https://blog.example.org/feed.xml",
    "tag:blog.example.org,2020:all",
)
PLANET = Origin(
    "Planet",
    "https://planet.example.net/",
    "https://planet.example.net/atom.xml",
    "https://planet.example.net/",
)
MIRROR = Origin("Mirror", "https://mirror.example.com/", "https://mirror.example.com/rss")
NOON = 1_767_355_200  # Fri, 02 Jan 2026 12:00:00 GMT


def story(number: int = 1, **entry: Any) -> Story:
    """A story; keywords are those of its entry."""
    given = {
        "guid": str(number),
        "title": f"Story {number}",
        "link": f"https://blog.example.org/{number}",
    } | entry
    return Story(
        id=f"urn:uuid:00000000-0000-4000-8000-{number:012x}",
        published=NOON - number,
        updated=NOON - number,
        shown=Copy(SOURCE, Entry(**given)),
    )


def full() -> Story:
    plain = story(
        1,
        title="Cats & dogs: 1 < 2",
        summary="<p>In short: <b>cats</b></p>",
        content='<p>At length, with a <a href="https://example.org/?a=1&amp;b=2">link</a> &amp; an <em>em</em></p>',
        authors=(
            Person("Ann Author", "ann@example.org", "https://ann.example.org/"),
            Person("Bob", "", ""),
        ),
        enclosures=(
            Enclosure("https://media.example.org/one.mp3", "audio/mpeg", 1234, "Part one", 61),
            Enclosure("https://media.example.org/two.ogg?x=1&y=2", "", 0, "Part two", 62),
            Enclosure("https://media.example.org/three.pdf", "application/pdf", 99),
        ),
        comments="https://blog.example.org/1#comments",
        image="https://media.example.org/cat.jpg",
        language="de-AT",
        rights="© 2026 Ann & Bob",
    )
    return replace(
        plain,
        published=NOON,
        updated=NOON + 3600,
        others=(
            Copy(MIRROR, Entry("m", title="Cats and dogs", link="https://mirror.example.com/cats")),
            Copy(PLANET, Entry("p", title="Cats & dogs", link="https://blog.example.org/1")),
        ),
        categories=("pets", "R&D"),
    )


def shown(body: bytes, suffix: str) -> list[str]:
    """The ids in an edition, read strictly."""
    if suffix == "json":
        return [item["id"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False))
    return [e.text for e in root.iterfind("channel/item/guid" if suffix == "xml" else "{*}entry/{*}id")]
