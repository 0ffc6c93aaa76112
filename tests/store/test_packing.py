"""Entries as they lie in the file: nothing of them is lost, and they take little room."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from house import House
from hypothesis import given
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.model import Entry
from aggregator.store import packing
from aggregator.store.rebuilding import rebuild

if TYPE_CHECKING:
    from tests.store.conftest import Desk

_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(_TEXTS, st.one_of(st.just(""), _TEXTS), st.integers(1, 400))
def test_what_is_packed_is_there_again(content: str, more: str, times: int) -> None:
    """Texts that stand in the entry, that don't, and that are longer than what deflate looks back at."""
    data, text = json.dumps({"content": content * times}), content * times + more
    packed = packing.pack(data, text)
    assert packing.unpack(packed[0]) == data
    assert packing.unpack_text(packed[1], packed[0]) == text


def test_a_text_that_stands_in_its_entry_takes_next_to_nothing() -> None:
    words = " ".join(f"word{number * 7919 % 1000}" for number in range(800))
    data, text = packing.pack(json.dumps({"content": f"<p>{words}</p>"}), words)
    assert len(text) < len(words) / 50 < len(data)


def test_an_edit_is_found_by_its_new_words_alone(desk: Desk) -> None:
    place = "https://a.example/feed"
    desk.deliver(place, Entry("1", "One", content="<p>badgers at noon</p>"))
    desk.deliver(place, Entry("1", "One", content="<p>otters at dusk</p>"))
    found = [desk.rows(f"SELECT rowid FROM entry_fts WHERE entry_fts MATCH '{word}'") for word in ("badgers", "otters")]
    assert found == [[], [(1,)]]
    desk.writer.now(
        lambda stored: stored.execute("INSERT INTO entry_fts (entry_fts, rank) VALUES ('integrity-check', 1)")
    )


def test_a_table_that_is_made_anew_keeps_all_that_lies_on_it() -> None:
    with closing(Database(memory=True)) as database:
        for statement in (
            "CREATE TABLE thing (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT, size TEXT, late TEXT DEFAULT 'x')",
            "CREATE INDEX thing_name ON thing (name)",
            "CREATE TABLE log (name TEXT)",
            "CREATE VIEW thing_named AS SELECT id FROM thing WHERE name <> ''",
            "CREATE TRIGGER thing_came AFTER INSERT ON thing BEGIN INSERT INTO log VALUES (NEW.name); END",
            "CREATE TRIGGER thing_went AFTER DELETE ON thing BEGIN INSERT INTO log VALUES (OLD.name); END",
            "CREATE TRIGGER log_went AFTER DELETE ON log BEGIN UPDATE thing SET late = 'y'; END",
            "INSERT INTO thing (name, size) VALUES ('a', '1'), ('b', '2'), ('c', '3')",
            "DELETE FROM thing WHERE name = 'c'",
        ):
            database.execute(statement)
        logged = database.execute("SELECT * FROM log").fetchall()
        new = "CREATE TABLE thing_new (id INTEGER PRIMARY KEY AUTOINCREMENT, late TEXT, name TEXT, size INTEGER) STRICT"
        with database.atomic():
            rebuild(database, "thing", new, {"size": "size * 10"}, without=("thing_went",))
        assert database.execute("SELECT * FROM thing").fetchall() == [(1, "x", "a", 10), (2, "x", "b", 20)]
        assert database.execute("SELECT * FROM log").fetchall() == logged, "nothing came and nothing went"
        names = {row[0] for row in database.execute("SELECT name FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'")}
        assert names == {"thing", "log", "thing_name", "thing_named", "thing_came", "log_went"}
        database.execute("INSERT INTO thing (name) VALUES ('d')")
        assert database.execute("SELECT max(id) FROM thing").fetchone() == (4,), "3 was given before"


@pytest.mark.long
def test_an_entry_of_the_corpus_takes_five_kilobytes(house: House, unpacked: Path) -> None:
    """All that the database holds counts: indexes, kept items, room that is free; 11.3 kB before they were packed."""
    feeds = sorted(path for path in (unpacked / "feeds").iterdir())
    house.write("\n".join(f"[[source]]\npath = {json.dumps(str(path))}" for path in feeds))
    stored = house.json("once")["entries_new"]
    size = (house.data / "aggregator.db").stat().st_size
    assert stored > 4000
    assert size / stored <= 5000
