"""A database of the first released schema is brought up to date by every step there is, and loses nothing.

schemas/first.db.xz was made by the program of that time (schemas/README.md); it is never made anew.
"""

from __future__ import annotations

import lzma
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.config import Polling
from aggregator.model import Answer, Because, Entry, FailureKind, Hints, Source, SourceState, StoreError
from aggregator.policy import politeness
from aggregator.store import database, incidents, overrides, schema, search, standings
from aggregator.store.packing import unpack, unpack_text

if TYPE_CHECKING:
    from tests.store.conftest import Desk

FIRST = Path(__file__).parent / "schemas" / "first.db.xz"
A, B, MOVED = "https://a.example/feed", "https://b.example/feed", "https://a.example/new"
NOON = 1_767_355_200


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with the database as it was."""
    made = tmp_path / "then"
    made.mkdir()
    (made / database.NAME).write_bytes(lzma.decompress(FIRST.read_bytes()))
    return made


@pytest.fixture
def upgraded(desk: Desk, folder: Path) -> Iterator[Desk]:
    made = desk.again(folder)
    yield made
    made.writer.close()


def rows(folder: Path, asked: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / database.NAME)) as stored:
        stored.create_function("words", 2, lambda text, data: unpack_text(text, data) if is_packed(data) else text)
        stored.create_function("said", 1, lambda data: unpack(data) if is_packed(data) else data)
        return stored.execute(asked).fetchall()


def is_packed(data: str | bytes) -> bool:
    return isinstance(data, bytes)


KEPT = {
    "stories": "SELECT id, urn, published, updated FROM story ORDER BY id",
    "aliases": "SELECT urn, story FROM alias ORDER BY urn",
    "entries": """SELECT id, source, document, guid, hash, story, joined, seen, published, title, said(data),
        words(text, data) FROM entry ORDER BY id""",
    "sources": "SELECT id, key, name, priority, configured, title, location, next_visit, backlogged FROM source",
    "documents": "SELECT source, name, etag, stamp, entry_hashes FROM document",
    "visits": "SELECT id, source, at, outcome, status, entries_new, stories_new, size, seconds, detail FROM visit",
    "incidents": "SELECT * FROM incident",
    "words": "SELECT rowid FROM entry_fts WHERE entry_fts MATCH 'badger OR chips OR noon' ORDER BY rowid",
}


def test_the_released_step_is_as_it_was_released() -> None:
    """Databases were made by it: whoever changes it leaves them behind. What is to be changed is a step of its own."""
    text = "\n".join((schema.TOKENS, *schema.FIRST, *schema.FOUND))
    assert blake2b(text.encode(), digest_size=8).hexdigest() == "7e882e7768eab9db"


def test_all_that_was_stored_is_there_under_its_ids(folder: Path, desk: Desk) -> None:
    before = {name: rows(folder, asked) for name, asked in KEPT.items()}
    assert len(before["stories"]) == 5 and len(before["aliases"]) == 1 and len(before["words"]) >= 3
    for _ in range(2):  # the second time there is nothing left to do
        desk.again(folder).writer.close()
        assert {name: rows(folder, asked) for name, asked in KEPT.items()} == before
    assert rows(folder, "PRAGMA integrity_check") == [("ok",)]


def test_what_came_is_recognised_when_it_comes_again(upgraded: Desk) -> None:
    before = {story.shown.entry.title: story.id for story in upgraded.select()}
    gulls = upgraded.rows("SELECT unpack(data) FROM entry WHERE guid = 'a-2'")
    assert upgraded.deliver(B, Entry("b-2", "About gulls", "https://b.example/2", content="<p>Chips.</p>"))[:2] == (
        0,
        0,
    )
    assert upgraded.deliver("articles", Entry("one", "Our one, edited"), document="a.md", at=NOON + 900) == (0, 1, 0)
    assert upgraded.deliver(B, Entry("b-3", "Owls"), at=NOON + 900) == (1, 0, 1)
    after = {story.shown.entry.title: story.id for story in upgraded.select()}
    assert after["Our one, edited"] == before["Our one"]
    assert upgraded.rows("SELECT unpack(data) FROM entry WHERE guid = 'a-2'") == gulls


def test_the_mobile_form_of_a_page_that_is_stored_is_that_page_now(folder: Path, desk: Desk) -> None:
    with closing(sqlite3.connect(folder / database.NAME)) as stored, stored:
        stored.execute("UPDATE entry SET url = '//m.b.example/2?a=%&b' WHERE guid = 'b-2'")
        stored.execute("UPDATE entry SET url = '//m%%%' WHERE guid = 'a-2'")
    desk.again(folder).writer.close()
    assert rows(folder, "SELECT url FROM entry WHERE guid = 'b-2'") == [("//b.example/2?a=%&b=",)]
    assert rows(folder, "SELECT url FROM entry WHERE guid = 'a-2'") == [("//m%%%",)]


def test_what_was_merged_then_can_be_undone_now(upgraded: Desk) -> None:
    ((alias, story),) = upgraded.rows("SELECT urn, story FROM alias")
    ((entry,),) = upgraded.rows("SELECT id FROM entry WHERE guid = 'b-2'")
    assert upgraded.writer.now(overrides.split, entry) == alias
    assert upgraded.rows("SELECT * FROM alias") == []
    assert upgraded.rows(f"SELECT guid FROM entry WHERE story = {story}") == [("a-2",)]


def test_a_source_that_had_moved_then_is_followed_now(upgraded: Desk) -> None:
    before = {story.id for story in upgraded.select()}
    upgraded.subscribe(MOVED, Source(B, priority=1), "articles")
    assert {story.id for story in upgraded.select()} == before
    assert upgraded.ask(incidents.recent)[0].detail == MOVED
    assert MOVED in [standing.key for standing in upgraded.ask(standings.standings)]


@pytest.mark.parametrize("ask", [lambda stored: search.search(stored, "badger"), standings.standings])
def test_whoever_only_reads_is_told_that_it_waits_for_an_upgrade(folder: Path, ask: Callable[..., object]) -> None:
    before = (folder / database.NAME).read_bytes()
    with pytest.raises(StoreError) as raised, database.reading(folder) as stored:
        ask(stored)
    assert "an older aggregator made it" in str(raised.value)
    assert "restart the daemon, or run `aggregator once`" in str(raised.value)
    assert "nothing yet" not in str(raised.value)
    assert (folder / database.NAME).read_bytes() == before


def test_an_upgrade_that_is_broken_off_is_begun_again(folder: Path, desk: Desk) -> None:
    """A step is a transaction: what a crash leaves is the database before it."""
    before = {name: rows(folder, asked) for name, asked in KEPT.items()}
    with closing(sqlite3.connect(folder / database.NAME)) as stored:
        stored.execute("CREATE TABLE blocks (x)")
        stored.execute("CREATE INDEX entry_guid ON blocks (x)")  # what a step wants to make is in its way
    with pytest.raises(StoreError, match="can't be opened: index entry_guid already exists"):
        desk.again(folder)
    assert {name: rows(folder, asked) for name, asked in KEPT.items()} == before
    with closing(sqlite3.connect(folder / database.NAME)) as stored:
        stored.execute("DROP TABLE blocks")
    desk.again(folder).writer.close()
    assert {name: rows(folder, asked) for name, asked in KEPT.items()} == before


_A_DAY, _WEB, _FOLDER = 86400, Source(A), Source("articles", Path("/articles"))
_RHYTHM = SourceState(gap=_A_DAY, newest=NOON)
_PUSHED = SourceState(pushed=NOON, lease=NOON + _A_DAY)
_FAILED = politeness.after_failure(_WEB, SourceState(failures=4), Answer(500), FailureKind.SERVER, "", Polling(), NOON)


@pytest.mark.parametrize(
    "state",
    [
        politeness.after_success(_FOLDER, SourceState(), Answer(), Polling(), NOON),
        politeness.after_success(Source(A, interval=60), SourceState(), Answer(200), Polling(), NOON),
        politeness.after_success(_WEB, SourceState(), Answer(200), Polling(), NOON),
        politeness.after_success(_WEB, SourceState(newest=NOON - 90 * _A_DAY), Answer(200), Polling(), NOON),
        politeness.after_success(_WEB, _RHYTHM, Answer(200), Polling(), NOON),
        politeness.after_success(_WEB, _PUSHED, Answer(200), Polling(), NOON),
        politeness.after_success(_WEB, SourceState(), Answer(200, "99999"), Polling(), NOON),
        politeness.after_success(_WEB, SourceState(), Answer(200, cache_control="max-age=99999"), Polling(), NOON),
        politeness.after_success(_WEB, SourceState(hints=Hints(99999)), Answer(200), Polling(), NOON),
        politeness.after_failure(_WEB, SourceState(), Answer(410), FailureKind.GONE, "", Polling(), NOON),
        politeness.after_failure(_WEB, SourceState(), Answer(429), FailureKind.TOO_MANY, "", Polling(), NOON),
        politeness.after_failure(_WEB, SourceState(), Answer(500), FailureKind.SERVER, "", Polling(), NOON),
        politeness.offline(SourceState(), NOON),
        politeness.postponed(SourceState(), NOON),
        replace(_FAILED, because=Because.FAILURES),
        SourceState(reason="its hub says that it changed", because=Because.HUB_CHANGED),
        SourceState(reason="its hub has fallen silent", because=Because.HUB_SILENT),
        SourceState(reason="interval; held back: 2 drafts", because=Because.INTERVAL),
        SourceState(),
    ],
    ids=lambda state: state.reason or "none",
)
def test_what_was_told_to_people_is_understood_once(folder: Path, desk: Desk, state: SourceState) -> None:
    """SQL read the words: whoever changed one of them let hubs, outages and intervals be mistaken."""
    with closing(sqlite3.connect(folder / database.NAME)) as stored, stored:
        stored.execute("UPDATE source SET reason = ?", [state.reason])
    desk.again(folder).writer.close()
    assert set(rows(folder, "SELECT reason, because FROM source")) == {(state.reason, str(state.because))}
