"""Archive pages (RFC 5005): whoever follows the links gets every story, and a page stays what it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from test_kept_items import A, Newsroom, entry

from aggregator import outbound
from aggregator.config.schema import Config
from aggregator.config.tables import Limits, OutputTable
from aggregator.model import Source

ATOM = "{http://www.w3.org/2005/Atom}"
HISTORY = "{http://purl.org/syndication/history/1.0}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    made.config = Config(output=[OutputTable(name="feed", limit=50)])
    yield made
    made.store.close()


def page(room: Newsroom, name: str, suffix: str) -> bytes:
    """The archive page of this name, as whoever follows the link gets it."""
    output, _, numbers = name.partition("/")
    first, last = map(int, numbers.split("-"))
    found = outbound.archive(room.folder, room.config, output, first, last, suffix)
    assert found is not None
    return found.body


def older(body: bytes, suffix: str) -> str:
    """The name of the page that this one links to."""
    if suffix == "json":
        return json.loads(body).get("next_url", "").removeprefix("http://localhost:8000/").removesuffix(".json")
    root = etree.fromstring(body)
    found = [link.get("href") for link in root.iter(f"{ATOM}link") if link.get("rel") == "prev-archive"]
    assert len(found) <= 1
    return "".join(found).removeprefix("http://localhost:8000/").removesuffix(f".{suffix}")


def ids(body: bytes, suffix: str) -> list[str]:
    if suffix == "json":
        return [item["id"] for item in json.loads(body)["items"]]
    root = etree.fromstring(body)
    return [e.text or "" for e in root.iterfind("channel/item/guid" if suffix == "xml" else f"{ATOM}entry/{ATOM}id")]


def walk(room: Newsroom, suffix: str = "atom") -> dict[str, bytes]:
    """The feed and all pages that its links lead to, by name."""
    body = (room.folder / "public" / f"feed.{suffix}").read_bytes()
    found = {"feed": body}
    while name := older(body, suffix):
        assert name not in found
        found[name] = body = page(room, name, suffix)
    return found


def stored(room: Newsroom) -> set[str]:
    return {row[0] for row in room.ask("SELECT urn FROM story")}


@pytest.mark.parametrize("suffix", ["xml", "atom", "json"])
def test_following_the_links_finds_every_story(room: Newsroom, suffix: str) -> None:
    for part in range(5):
        room.deliver(A, *(entry(1000 - n) for n in range(part * 67, part * 67 + 67)))
        room.publish()
    pages = walk(room, suffix)
    assert {id_ for body in pages.values() for id_ in ids(body, suffix)} == stored(room)
    assert len(stored(room)) == 335
    assert list(pages) == ["feed", "feed/201-300", "feed/101-200", "feed/1-100"]


def test_a_feed_that_has_everything_links_to_no_archive(room: Newsroom) -> None:
    room.deliver(A, *(entry(n) for n in range(49)))
    room.publish()
    assert list(walk(room)) == ["feed"]


def test_old_articles_that_came_late_are_in_a_page_at_once(room: Newsroom) -> None:
    room.deliver(A, *(entry(n) for n in range(100)))
    room.publish()
    assert list(walk(room)) == ["feed", "feed/1-100"]
    room.deliver(A, *(entry(n) for n in range(1000, 1007)))
    room.publish()
    assert list(walk(room)) == ["feed", "feed/101-107", "feed/1-100"]


def test_a_page_stays_what_it_was(room: Newsroom) -> None:
    before: dict[str, bytes] = {}
    for part in range(6):
        room.deliver(A, *(entry(part * 100 + n) for n in range(45)))  # each batch older than the last
        room.publish()
        pages = walk(room)
        del pages["feed"]
        before |= pages
    assert len(before) > 4
    assert {name: page(room, name, "atom") for name in before} == before


def test_an_archive_page_says_what_it_is(room: Newsroom) -> None:
    room.deliver(A, *(entry(n) for n in range(250)))
    room.publish()
    body = page(room, "feed/101-200", "atom")
    root = etree.fromstring(body)
    links = {link.get("rel"): link.get("href") for link in root.findall(f"{ATOM}link")}
    assert root.find(f"{HISTORY}archive") is not None
    assert links["current"] == "http://localhost:8000/feed.atom"
    assert links["self"] == "http://localhost:8000/feed/101-200.atom"
    feed = etree.fromstring((room.folder / "public" / "feed.atom").read_bytes())
    assert feed.find(f"{HISTORY}archive") is None
    assert root.findtext(f"{ATOM}id") == feed.findtext(f"{ATOM}id")
    rss = etree.fromstring(page(room, "feed/101-200", "xml"))
    assert rss.find(f"channel/{HISTORY}archive") is not None


@pytest.mark.parametrize(
    ("name", "first", "last", "suffix"),
    [
        ("feed", 2, 100, "xml"),
        ("feed", 1, 101, "xml"),
        ("feed", 101, 100, "xml"),
        ("feed", 0, 100, "xml"),
        ("feed", 1, 100, "html"),
        ("none", 1, 100, "xml"),
        ("feed", -5, 2**70, "xml"),
    ],
)
def test_what_is_no_page_is_none(room: Newsroom, name: str, first: int, last: int, suffix: str) -> None:
    room.deliver(A, *(entry(n) for n in range(150)))
    room.publish()
    assert outbound.archive(room.folder, room.config, name, first, last, suffix) is None


def test_other_rules_cut_other_pages(room: Newsroom) -> None:
    room.deliver(A, *(entry(n) for n in range(250)))
    room.publish()
    room.subscribe(Source(A, category="pets"))
    room.config = Config(output=[OutputTable(name="feed", limit=50, categories=["pets"])])
    room.publish()
    assert {id_ for body in walk(room).values() for id_ in ids(body, "atom")} == stored(room)
    assert room.ask("SELECT count(DISTINCT rules) FROM page") == [(1,)]


@settings(max_examples=15)
@given(st.lists(st.tuples(st.integers(1, 70), st.booleans()), min_size=1, max_size=8))
def test_nothing_is_lost_however_the_stories_come(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[int, bool]]
) -> None:
    room = Newsroom(tmp_path_factory.mktemp("room"))
    room.config = Config(output=[OutputTable(name="feed", limit=20)])
    number = 0
    try:
        for size, newer in batches:
            room.deliver(A, *(entry(-n if newer else n) for n in range(number, number + size)))
            number += size
            room.publish()
        assert {id_ for body in walk(room, "json").values() for id_ in ids(body, "json")} == stored(room)
    finally:
        room.store.close()


def test_what_did_not_fit_into_the_feed_is_in_a_page(room: Newsroom) -> None:
    """Though there are fewer than the limit, and all of them would be shown."""
    room.config = Config(
        limits=Limits.model_validate({"output": "20 kB"}), output=[OutputTable(name="feed", limit=500)]
    )
    room.deliver(A, *(entry(n) for n in range(130)))
    room.publish()
    assert room.bytes()["feed.xml"].count(b"<item>") < 100
    found = {name: ids(body, "xml") for name, body in walk(room, "xml").items()}
    assert {id_ for listed in found.values() for id_ in listed} == stored(room)
    before = room.bytes()
    room.publish()
    assert room.bytes() == before
