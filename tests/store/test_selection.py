"""Which stories an output shows, in which order, and with which of their copies."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.model import Entry, Origin, Source
from aggregator.store import export, rendered, search, selection
from aggregator.store.rendered import Notes
from aggregator.store.selection import Selection

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200


def entry(number: int, published: int = 0, **more: object) -> Entry:
    given = {
        "title": f"Title number {number}",
        "link": f"https://e.org/{number}",
        "published": published or NOON - number,
    }
    return Entry(str(number), **(given | more))  # type: ignore[arg-type]


def titles(desk: Desk, **chosen: object) -> list[str]:
    return [story.shown.entry.title.rpartition(" ")[2] for story in desk.select(**chosen)]  # type: ignore[arg-type]


def test_the_newest_come_first_and_no_more_than_the_limit(desk: Desk) -> None:
    desk.deliver(A, entry(3), entry(1), entry(5))
    desk.deliver(B, entry(2), entry(4))

    assert titles(desk) == ["1", "2", "3", "4", "5"]
    assert titles(desk, limit=2) == ["1", "2"]


def test_of_one_instant_the_first_stored_comes_first_and_every_time(desk: Desk) -> None:
    desk.deliver(A, *(entry(n, NOON) for n in (3, 1, 2)))

    assert titles(desk) == titles(desk) == ["3", "1", "2"]


def test_an_output_of_categories_has_the_stories_with_a_copy_from_such_a_source(desk: Desk) -> None:
    desk.subscribe(Source(A, category="pets"), Source(B, category="news"), C)
    desk.deliver(A, entry(1), entry(2))
    desk.deliver(B, entry(2), entry(3))
    desk.deliver(C, entry(4))

    assert titles(desk, categories=("pets",)) == ["1", "2"]
    assert titles(desk, categories=("news",)) == ["2", "3"]
    assert titles(desk, categories=("pets", "news")) == ["1", "2", "3"]
    assert titles(desk, categories=("none",)) == []
    assert titles(desk, categories=("Pets",)) == []
    assert titles(desk) == ["1", "2", "3", "4"]


def test_an_output_of_sources_has_the_stories_with_a_copy_from_these(desk: Desk) -> None:
    desk.deliver(A, entry(1), entry(2))
    desk.deliver(B, entry(2), entry(3))

    assert titles(desk, keys=(A,)) == ["1", "2"]
    assert titles(desk, keys=(A, B)) == ["1", "2", "3"]
    assert titles(desk, keys=(C,)) == []


def test_an_output_of_both_wants_one_source_that_is_both(desk: Desk) -> None:
    desk.subscribe(Source(A, category="pets"), Source(B, category="news"))
    desk.deliver(A, entry(1))
    desk.deliver(B, entry(1))

    assert titles(desk, categories=("pets",), keys=(B,)) == []
    assert titles(desk, categories=("pets",), keys=(A,)) == ["1"]


def test_the_entries_of_a_removed_source_leave_the_outputs_and_stay_stored(desk: Desk) -> None:
    desk.deliver(A, entry(1), entry(2))
    desk.deliver(B, entry(2), entry(3))
    desk.subscribe(B)

    assert titles(desk) == ["2", "3"]
    (shared, _) = desk.select()
    assert (shared.shown.source.feed, shared.others) == (B, ()), "A's copy is not read any more, though it came first"
    assert len(desk.ask(lambda stored: list(export.entries(stored)))) == 4
    assert [hit.source for hit in desk.ask(search.search, '"number 1"')] == [A]
    desk.subscribe(A, B)
    assert titles(desk) == ["1", "2", "3"]


def test_the_entries_of_a_paused_source_stay_in_the_outputs(desk: Desk) -> None:
    desk.deliver(A, entry(1))
    desk.subscribe(Source(A, enabled=False))

    assert titles(desk) == ["1"]


def test_a_story_has_the_categories_of_all_its_copies_each_of_them_once(desk: Desk) -> None:
    desk.deliver(A, entry(1, categories=("a", "b")))
    desk.deliver(B, entry(1, categories=("b", "c")))

    (story,) = desk.select()
    assert story.categories == ("a", "b", "c")


# ── What the source of a copy is called ──────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("source", "feed", "shown"),
    [
        (Source(A), None, Origin("", "", A, "")),  # a host is nobody who wrote an article
        (Source(A), Origin("The Blog", "https://b.org/", A, "urn:b"), Origin("The Blog", "https://b.org/", A, "urn:b")),
        (Source(A, name="Ann"), Origin("The Blog", "https://b.org/", A), Origin("Ann", "https://b.org/", A, "")),
        (Source("articles"), None, Origin("articles", "", "", "")),
        (Source("/srv/articles/"), None, Origin("articles", "", "", "")),
        (Source("articles", name="Ours"), None, Origin("Ours", "", "", "")),
    ],
)
def test_a_copy_names_its_source(desk: Desk, source: Source, feed: Origin | None, shown: Origin) -> None:
    desk.subscribe(source)
    desk.deliver(source.key, entry(1), feed=feed)

    (story,) = desk.select()
    assert story.shown.source == shown


def test_a_feed_in_a_folder_is_the_source_of_its_entries_unless_the_folder_has_a_name(desk: Desk) -> None:
    planet = Origin("Planet", "https://p.org/", "", "urn:p")
    desk.subscribe("articles")
    desk.deliver("articles", entry(1, origin=planet), document="p.xml")
    (unnamed,) = desk.select()
    desk.subscribe(Source("articles", name="Ours"))
    (named,) = desk.select()

    assert (unnamed.shown.source, named.shown.source.title) == (planet, "Ours")


# ── Places, and where editions stand ─────────────────────────────────────────────────────────────────────────────────


def test_a_story_s_place_is_the_one_it_has_in_the_output_limit_or_not(desk: Desk) -> None:
    desk.subscribe(Source(A, category="pets"), B)
    desk.deliver(A, entry(1), entry(3), entry(4, NOON - 3))
    desk.deliver(B, entry(2))
    found = {story.id: place for place, story in enumerate(desk.select(), 1)}

    assert desk.ask(selection.fates, Selection(), [*found, "urn:uuid:none"]) == found
    pets = [story.id for story in desk.select(categories=("pets",))]
    fates = desk.ask(selection.fates, Selection(categories=("pets",)), list(found))
    assert fates == dict.fromkeys(found, "categories") | {id_: place for place, id_ in enumerate(pets, 1)}


def test_what_editions_were_made_of_is_kept(desk: Desk) -> None:
    desk.writer.now(rendered.note, Notes({"feed.xml": b"1", "feed.atom": b"2"}))
    desk.writer.now(rendered.note, Notes({"feed.xml": b"3"}))

    assert desk.ask(rendered.digests) == {"feed.xml": b"3", "feed.atom": b"2"}


def test_stories_come_in_the_order_that_was_asked_for(desk: Desk) -> None:
    desk.deliver(A, entry(1), entry(2), replace(entry(3), content="<p>x</p>"))

    found = desk.ask(selection.stories, [3, 1])
    assert [story.shown.entry.guid for story in found] == ["3", "1"]


# ── What is to be read also ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "language", "is_like"),
    [
        ("Volcano erupts beneath glacier again", "", True),
        ("Glacier volcano erupts", "", True),  # two thirds and more of the shorter one
        ("Volcano erupts while tourists watch from harbour", "", False),  # two of four would be half
        ("Volcano", "", False),  # all of it, and only one word
        ("Beneath the glacier", "", False),
        ("Volcano erupts beneath glacier", "is", False),
        ("Volcano erupts beneath glacier", "en-GB", True),
        ("Council elects mayor", "en", False),
    ],
)
def test_what_is_to_be_read_also_is_like_it_and_in_its_language(
    desk: Desk, other: str, language: str, is_like: bool
) -> None:
    desk.deliver(A, entry(1, title=other, language=language, content="<p>Some other words.</p>"))
    desk.deliver(B, entry(2, title="Volcano erupts under glacier", link="https://e.org/x", language="en-US"))
    story = next(found for found in desk.select() if found.shown.entry.guid == "2")

    told = desk.ask(selection.related, story, 3)
    assert [(reference.title, reference.url) for reference in told] == [(other, "https://e.org/1")] * is_like
    assert desk.ask(selection.related, story, 0) == ()
