"""What is remembered of the editions: what each was made of, and its items as they were written.

A story's revision goes up with everything its items are made of (the schema's triggers see to it), so an item whose
mark holds the story's present revision is as good as written anew.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlite_utils import Database

from aggregator.store import archives, rivers
from aggregator.store.archives import Cut
from aggregator.store.rivers import Repaged


@dataclass(frozen=True, slots=True)
class Mark:
    """A story, or an entry shown as one, as it stands: its revision, and the instant of its last change."""

    number: int
    revision: int
    updated: int


Kept = dict[int, tuple[bytes, bytes | None]]
"""By number: an item's mark and its bytes, None for one that can't be written."""


@dataclass(frozen=True, slots=True)
class Notes:
    """What a publication leaves to be noted: digests by edition, editions that went, and of each output the new items
    by format, the numbers of all that it shows, and its archive pages; and what has become of the rivers' pages."""

    digests: Mapping[str, bytes] = field(default_factory=dict)
    dropped: Sequence[str] = ()
    items: Mapping[str, Mapping[str, Kept]] = field(default_factory=dict)
    shown: Mapping[str, Sequence[int]] = field(default_factory=dict)
    pages: Sequence[Cut] = ()
    rivers: Repaged = field(default_factory=Repaged)


def digests(database: Database) -> dict[str, bytes]:
    """Return the digest of what each edition was last made of."""
    return dict(database.execute("SELECT name, digest FROM edition").fetchall())


def marks(database: Database, stories: Sequence[int]) -> list[Mark]:
    """Return how these stories stand, in their order."""
    sql = "SELECT id, revision, updated FROM story WHERE id IN (SELECT value FROM json_each(?))"
    by_story = {row[0]: Mark(*row) for row in database.execute(sql, [json.dumps(stories)])}
    return [by_story[story] for story in stories if story in by_story]


def copy_marks(database: Database, entries: Sequence[int]) -> list[Mark]:
    """Return how these entries stand, in their order."""
    sql = """SELECT e.id, s.revision,
            max(min(coalesce(nullif(e.published, 0), e.seen), e.seen), coalesce(unpack(e.data) ->> 'updated', 0))
        FROM entry AS e JOIN story AS s ON s.id = e.story WHERE e.id IN (SELECT value FROM json_each(?))"""
    by_entry = {row[0]: Mark(*row) for row in database.execute(sql, [json.dumps(entries)])}
    return [by_entry[entry] for entry in entries if entry in by_entry]


def kept(database: Database, output: str) -> dict[str, Kept]:
    """Return the items of the output that are kept, by format: those that it showed last."""
    by_format: dict[str, Kept] = {}
    sql = "SELECT format, number, mark, body FROM item WHERE output = ?"
    for suffix, number, mark, body in database.execute(sql, [output]):
        by_format.setdefault(suffix, {})[number] = (mark, body)
    return by_format


def note(database: Database, notes: Notes) -> None:
    """Keep what was written, and forget what is shown no longer."""
    with database.atomic():
        dropped = json.dumps(list(notes.dropped))
        database.execute("DELETE FROM edition WHERE name IN (SELECT value FROM json_each(?))", [dropped])
        sql = """DELETE FROM item WHERE (output, format) IN (
            SELECT substr(value, 1, instr(value, '.') - 1), substr(value, instr(value, '.') + 1) FROM json_each(?))"""
        database.execute(sql, [dropped])
        database.table("edition").upsert_all(
            ({"name": name, "digest": value} for name, value in notes.digests.items()), pk="name"
        )
        database.conn.executemany(
            "INSERT OR REPLACE INTO item (output, number, format, mark, body) VALUES (?, ?, ?, ?, ?)",
            (
                (output, number, suffix, mark, body)
                for output, formats in notes.items.items()
                for suffix, items in formats.items()
                for number, (mark, body) in items.items()
            ),
        )
        for output, numbers in notes.shown.items():
            sql = "DELETE FROM item WHERE output = ? AND number NOT IN (SELECT value FROM json_each(?))"
            database.execute(sql, [output, json.dumps(list(numbers))])
        for cut in notes.pages:
            archives.note(database, cut)
        rivers.note(database, notes.rivers)
