"""All that is stored → records, to be taken in elsewhere (store/importing.py): in an order in which each finds what it
refers to, the same for the same store.

What is made of the rest stays behind: kept items and editions, the indexes of words and likeness; and what hubs have
promised to this address.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from aggregator.store import packing, versions
from aggregator.store.records import ENTRY_MADE, PLAIN, STORY, VERSION, columns, written

_AT_ONCE = 1_000_000  # characters of entries in one record: of a story with more there are several
_ORDER = {  # each as it lies there: nothing is sorted
    "source": "t.id",
    "document": "t.source, t.name",
    "let_go": "t.source, t.document, t.guid",
    "visit": "t.id",
    "incident": "t.id",
    "page": "t.output, t.first",
    "river_page": "t.river, t.story",
    "former_story": "t.id",
}


def records(database: Database) -> Iterator[dict[str, Any]]:
    """Yield a record for all that is stored; that of the end counts those before."""
    count = 0
    for record in _all(database):
        yield record
        count += 1
    yield {"record": "end", "records": count}


def _all(database: Database) -> Iterator[dict[str, Any]]:
    last = dict(database.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    yield {"record": "store", "version": VERSION, "stories": last.get("story", 0), "entries": last.get("entry", 0)}
    yield from _rows(database, "source")
    yield from _stories(database)
    yield from _near(database)
    yield from _versions(database)
    yield from _rulings(database)
    for table in PLAIN[1:]:
        yield from _rows(database, table)


def _rows(database: Database, table: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table as they are, with their source's key; "" for our own line's incidents."""
    names = list(columns(database, table))
    selected = ", ".join(f"coalesce(f.key, '') AS {name}" if name == "source" else f"t.{name}" for name in names)
    joined = "LEFT JOIN source AS f ON f.id = t.source" if "source" in names else ""
    for row in database.execute(f"SELECT {selected} FROM {table} AS t {joined} ORDER BY {_ORDER[table]}"):
        yield {"record": table, **dict(zip(names, map(written, row), strict=True))}


def _stories(database: Database) -> Iterator[dict[str, Any]]:
    names = list(columns(database, "story", STORY))
    for number, *row in database.execute(f"SELECT id, {', '.join(names)} FROM story ORDER BY id"):
        story = {"record": "story", "number": number, **dict(zip(names, map(written, row), strict=True))}
        aliases = database.execute("SELECT urn FROM alias WHERE story = ? ORDER BY urn", [number])
        hidden = database.execute("SELECT since, reason FROM hidden WHERE story = ?", [number]).fetchone()
        story["aliases"] = [urn for (urn,) in aliases]
        story["hidden"] = dict(zip(("since", "reason"), hidden, strict=True)) if hidden else None
        story["ruled"] = bool(database.execute("SELECT 1 FROM ruled WHERE story = ?", [number]).fetchone())
        for entries in _portions(_entries(database, number)):
            yield {**story, "entries": entries}


def _portions(entries: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    """Yield the entries in lists that aren't too long to travel; an empty one where there are none."""
    portion: list[dict[str, Any]] = []
    size = 0
    for entry in entries:
        length = len(entry["text"]) + len(json.dumps(entry["entry"]))
        if portion and size + length > _AT_ONCE:
            yield portion
            portion, size = [], 0
        portion.append(entry)
        size += length
    yield portion


def _entries(database: Database, story: int) -> Iterator[dict[str, Any]]:
    names = list(columns(database, "entry", ENTRY_MADE))
    sql = f"""SELECT e.id, f.key, e.data, e.text, {", ".join(f"e.{name}" for name in names)}
        FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = ? ORDER BY e.id"""
    for number, key, data, text, *row in database.execute(sql, [story]):
        pictures = database.execute("SELECT tail FROM picture WHERE entry = ? ORDER BY tail", [number])
        yield {
            "number": number,
            "source": key,
            **dict(zip(names, map(written, row), strict=True)),
            "entry": json.loads(packing.unpack(data)),
            "text": packing.unpack_text(text, data),
            "pictures": [tail for (tail,) in pictures],
        }


def _near(database: Database) -> Iterator[dict[str, Any]]:
    """Yield which story each entry was nearest to, without being one of its copies."""
    sql = """SELECT f.key, e.document, e.guid, s.urn FROM entry AS e JOIN source AS f ON f.id = e.source
        JOIN story AS s ON s.id = e.nearest WHERE e.nearest <> 0 ORDER BY e.id"""
    for key, document, guid, urn in database.execute(sql):
        yield {"record": "near", "source": key, "document": document, "guid": guid, "nearest": urn}


def _versions(database: Database) -> Iterator[dict[str, Any]]:
    sql = """SELECT v.at, v.data, f.key, e.document, e.guid FROM version AS v JOIN entry AS e ON e.id = v.entry
        JOIN source AS f ON f.id = e.source ORDER BY v.id"""
    for at, data, key, document, guid in database.execute(sql):
        named = {"source": key, "document": document, "guid": guid, "at": at}
        yield {"record": "version", **named, "entry": versions.said(data)}


def _rulings(database: Database) -> Iterator[dict[str, Any]]:
    """Yield what the operator ruled on entries that are stored."""
    named = "SELECT f.key, e.document, e.guid FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.id = ?"

    def name(entry: int) -> dict[str, str] | None:
        row = database.execute(named, [entry]).fetchone()
        return dict(zip(("source", "document", "guid"), row, strict=True)) if row else None

    for what, at, entry, other, entries in database.execute(
        "SELECT what, at, entry, other, entries FROM ruling ORDER BY id"
    ):
        one, two = name(entry), name(other)
        moved = [{**of, "joined": joined} for number, joined in json.loads(entries) if (of := name(number))]
        if one and two:
            yield {"record": "ruling", "what": what, "at": at, "entry": one, "other": two, "entries": moved}
