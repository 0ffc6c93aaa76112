"""Items are kept: what has not changed is not written again, and what has changed always is."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlite_utils import Database

from aggregator import outbound
from aggregator.config import Config, OutputTable, Site
from aggregator.model import (
    Arrival,
    Delivery,
    Document,
    DocumentState,
    Entry,
    Feed,
    Origin,
    Outcome,
    Source,
    SourceState,
    Visit,
)
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.render.formats import FORMATS
from aggregator.store import database, overrides, rendered, sources
from aggregator.store import entries as stories

NOON = 1_767_355_200
A, B = "https://a.example/feed", "https://b.example/feed"


class Newsroom:
    """A store, and what is published of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = database.Writer(folder)
        self.config = Config()
        self.subscribe(Source(A), Source(B))

    def subscribe(self, *listed: Source) -> None:
        self.store.now(sources.register, listed)

    def deliver(self, key: str, *entries: Entry, feed: Origin | None = None, document: str = "") -> None:
        arrivals: tuple[Arrival, ...] = refine(
            Feed(entries=tuple(identify(entries))), Document(document, b"", base=key), NOON
        )
        state = DocumentState(entry_hashes=frozenset(arrival.entry.hash for arrival in arrivals))
        visit = Visit(key, NOON, Outcome.OK)
        made = Delivery(key, visit, SourceState(last_visit=NOON), {document: state}, feed, "", arrivals)
        self.store.now(stories.commit, [made])

    def publish(self) -> set[str]:
        """Publishes; which items were written, by the name of their file's output and their story's number."""
        made = self.store.now(outbound.publish_all, self.config, self.folder, NOON)
        assert not made.troubles
        self.store.now(rendered.note, made.notes)
        items = made.notes.items.items()
        return {f"{output}/{number}" for output, formats in items for kept in formats.values() for number in kept}

    def items(self, name: str = "feed") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads((self.folder / "public" / f"{name}.json").read_text())["items"]
        return found

    def bytes(self) -> dict[str, bytes]:
        paths = sorted((self.folder / "public").iterdir())
        return {path.name: path.read_bytes() for path in paths if path.suffix[1:] in FORMATS}

    def ask(self, asked: str) -> list[Any]:
        def rows(stored: Database) -> list[Any]:
            return stored.execute(asked).fetchall()

        return self.store.now(rows)


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Newsroom]:
    made = Newsroom(tmp_path)
    yield made
    made.store.close()


def entry(number: int, words: str = "", **more: Any) -> Entry:
    return Entry(
        str(number),
        f"Title of article number {number}",
        f"https://a.example/{number}",
        content=f"<p>{words or 'Something quite different'} happened in place {number}.</p>",
        published=NOON - number,
        **more,
    )


def test_one_new_story_is_one_new_item(room: Newsroom) -> None:
    room.deliver(A, entry(3), entry(2))
    assert room.publish() == {"feed/1", "feed/2"}
    assert room.publish() == set()

    room.deliver(A, entry(1))
    assert room.publish() == {"feed/3"}
    assert [item["url"][-1] for item in room.items()] == ["1", "2", "3"]


def test_what_was_put_together_is_what_is_made_in_one_go(room: Newsroom) -> None:
    for number in (3, 1, 2):
        room.deliver(A, entry(number))
        room.publish()
    step_by_step = room.bytes()

    room.store.now(rendered.note, rendered.Notes(dropped=["feed.xml", "feed.atom", "feed.json"]))
    shutil.rmtree(room.folder / "public")
    assert room.publish() == {"feed/1", "feed/2", "feed/3"}
    assert room.bytes() == step_by_step


def test_items_are_kept_by_the_database_over_a_restart(room: Newsroom) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    room.store.close()
    room.store = database.Writer(room.folder)
    room.deliver(A, entry(3))
    assert room.publish() == {"feed/3"}


@pytest.mark.parametrize("missing", ["feed.xml", "feed.atom", "feed.json"])
def test_a_file_that_went_is_put_together_of_what_is_kept(room: Newsroom, missing: str) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    before = room.bytes()
    (room.folder / "public" / missing).unlink()
    assert room.publish() == set()
    assert room.bytes() == before


def changes() -> dict[str, Any]:
    """Whatever changes what a reader sees of story 1, and nothing of story 2."""
    plain = "<p>" + " ".join(f"word{n}" for n in range(60)) + "</p>"
    return {
        "an edit": lambda room: room.deliver(A, entry(1, "Another thing")),
        "another date": lambda room: room.deliver(A, replace(entry(1), updated=NOON + 5)),
        "another copy": lambda room: room.deliver(B, replace(entry(1), guid="x")),
        "another copy's priority": lambda room: (
            room.deliver(B, replace(entry(1), guid="x")),
            room.publish(),
            room.subscribe(Source(A), Source(B, priority=5)),
        ),
        "a copy's source that is configured no longer": lambda room: (
            room.deliver(B, replace(entry(1), guid="x")),
            room.publish(),
            room.subscribe(Source(A)),
        ),
        "a split": lambda room: (
            room.deliver(B, replace(entry(1), guid="x")),
            room.publish(),
            room.store.now(overrides.split, room.ask("SELECT max(id) FROM entry")[0][0]),
        ),
        "a merge": lambda room: (
            room.deliver(B, replace(entry(9, plain), guid="x")),
            room.publish(),
            room.store.now(overrides.merge, 1, 3),
        ),
    }


@pytest.mark.parametrize("what", list(changes()))
def test_what_changes_a_story_changes_its_item_alone(room: Newsroom, what: str) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    changes()[what](room)
    written = room.publish()
    assert "feed/1" in written
    assert "feed/2" not in written
    kept = room.bytes()
    room.store.now(rendered.note, rendered.Notes(dropped=list(kept)))
    room.publish()
    assert room.bytes() == kept


@pytest.mark.parametrize(
    "change",
    [
        lambda room: room.subscribe(Source(A, name="The A"), Source(B)),
        lambda room: room.deliver(A, feed=Origin("The A", "https://a.example/", A, "tag:a")),
        lambda room: room.subscribe(Source(f"{A}/"), Source(B)),
        lambda room: setattr(room, "config", Config(site=Site(notice="All rights reserved"))),
    ],
    ids=["a source's name", "a feed's title", "a source's address", "the notice"],
)
def test_what_changes_every_item_changes_every_item(room: Newsroom, change: Any) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    change(room)
    assert room.publish() == {"feed/1", "feed/2"}


def test_a_visit_that_brings_nothing_changes_no_item(room: Newsroom) -> None:
    room.deliver(A, entry(1), feed=Origin("The A", "https://a.example/", A, "tag:a"))
    room.publish()
    room.deliver(A, entry(1), feed=Origin("The A", "https://a.example/", A, "tag:a"))
    assert room.publish() == set()


def test_a_paragraph_that_turns_out_to_be_a_notice_leaves_the_items_it_was_in(room: Newsroom) -> None:
    notice = "<p>Please read our terms before you copy anything from this site.</p>"
    for number in (1, 2):
        text = entry(number)
        room.deliver(A, replace(text, content=text.content + notice), document=f"{number}.txt")
    room.publish()
    assert "terms" in room.items()[0]["content_html"]
    third = entry(3)
    room.deliver(A, replace(third, content=third.content + notice), document="3.txt")
    room.publish()
    assert not any("terms" in item["content_html"] for item in room.items())


def test_what_is_shown_no_longer_is_kept_no_longer(room: Newsroom) -> None:
    room.config = Config(output=[OutputTable(name="short", limit=2), OutputTable(name="other")])
    room.deliver(A, entry(3), entry(2))
    room.publish()
    room.deliver(A, entry(1))
    room.publish()
    assert room.ask("SELECT output, count(*) FROM item GROUP BY output") == [("other", 9), ("short", 6)]
    room.config = Config(output=[OutputTable(name="short", limit=2)])
    room.publish()
    assert room.ask("SELECT DISTINCT output FROM item") == [("short",)]


def test_an_item_that_went_bad_on_the_disk_is_written_anew(room: Newsroom) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    before = room.ask("SELECT body FROM item WHERE format = 'xml' AND number = 1")
    room.ask("UPDATE item SET body = X'3C6974656D3E' WHERE format = 'xml' AND number = 1")  # <item>
    room.deliver(A, entry(3))
    room.publish()
    assert [item["url"][-1] for item in room.items()] == ["1", "2", "3"]
    assert room.bytes()["feed.xml"].count(b"<item>") == 3
    assert room.ask("SELECT body FROM item WHERE format = 'xml' AND number = 1") == before


def test_an_item_that_a_disk_spoilt_and_can_be_read_all_the_same_is_written_anew(room: Newsroom) -> None:
    room.deliver(A, entry(1), entry(2))
    room.publish()
    spoil = "UPDATE item SET body = CAST(replace(CAST(body AS TEXT), 'http', 'hxxp') AS BLOB) WHERE number = 1"
    assert room.ask("SELECT count(*) FROM item WHERE number = 1 AND instr(body, 'http') > 0") == [(3,)]
    room.ask(spoil)
    room.deliver(A, entry(3))
    room.publish()
    assert not any(b"hxxp" in body for body in room.bytes().values())


def test_a_disk_that_fills_up_on_the_way_is_told_beside_what_was_written(room: Newsroom) -> None:
    room.config = Config(output=[OutputTable(name="one"), OutputTable(name="two")])
    room.deliver(A, entry(1))
    (room.folder / "public" / "two.atom").mkdir(parents=True)  # a file can't take its place
    made = room.store.now(outbound.publish_all, room.config, room.folder, NOON)
    assert made.written == ("one.xml", "one.atom", "one.json", "two.xml", "two.json")
    assert "can't be written to" in made.troubles[0]
    assert {name.partition(".")[0] for name in made.notes.digests} == {"one"}  # pages wait for a disk with room


def test_an_output_that_meets_a_bug_keeps_its_files_and_the_others_are_published(room: Newsroom) -> None:
    room.config = Config(output=[OutputTable(name="one", match="article"), OutputTable(name="two")])
    room.deliver(A, entry(1))
    room.publish()
    before = room.bytes()
    room.deliver(A, entry(2))
    room.ask("DROP TABLE entry_fts")
    made = room.store.now(outbound.publish_all, room.config, room.folder, NOON)
    after = room.bytes()
    assert [line.partition(":")[0] for line in made.troubles] == ["one"]
    assert {name for name in after if after[name] != before[name]} == {"two.xml", "two.atom", "two.json"}


def test_a_number_is_never_given_again(room: Newsroom) -> None:
    """A story that was merged away leaves its number; another story's item must not be taken for the new one's."""
    room.deliver(A, entry(1), entry(2))
    room.publish()
    room.store.now(overrides.merge, 1, 2)
    room.deliver(A, entry(3))
    room.publish()
    assert sorted(item["title"][-1] for item in room.items()) == ["1", "3"]
    assert room.ask("SELECT id FROM story ORDER BY id") == [(1,), (3,)]
