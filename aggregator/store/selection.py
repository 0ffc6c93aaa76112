"""What is stored → the stories that an output shows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Copy, Reference, Story
from aggregator.refine import text
from aggregator.store import copies
from aggregator.store.copies import ENTRY
from aggregator.store.naming import urn_of

_SOUGHT = 8  # words of a headline that related ones are sought by


@dataclass(frozen=True, slots=True)
class Selection:
    """The rules of an output; empty means any."""

    categories: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


def newest(database: Database, wanted: Selection, limit: int) -> list[int]:
    """The newest stories with a copy from a configured source of these categories and addresses."""
    condition, values = _selected(wanted)
    asked = f"SELECT id FROM story WHERE {condition} ORDER BY published DESC, id LIMIT ?"
    return [row[0] for row in database.execute(asked, [*values, limit])]


def after(database: Database, wanted: Selection, story: int, count: int) -> list[int]:
    """The first so many selected stories that came after this one, in the order in which they came."""
    condition, values = _selected(wanted)
    asked = f"SELECT id FROM story WHERE id > ? AND {condition} ORDER BY id LIMIT ?"
    return [row[0] for row in database.execute(asked, [story, *values, count])]


def within(database: Database, wanted: Selection, first: int, last: int, count: int) -> list[int]:
    """The selected stories from one number to another, at most so many, in the order in which they came."""
    return [story for story in after(database, wanted, first - 1, count) if story <= last]


def newest_copies(database: Database, wanted: Selection, limit: int) -> list[int]:
    """The newest entries from the selected sources."""
    condition, values = _sources(wanted)
    asked = f"""SELECT e.id, min(coalesce(nullif(e.published, 0), e.seen), e.seen) AS at
        FROM entry AS e JOIN source AS f ON f.id = e.source WHERE {condition} ORDER BY at DESC, e.id LIMIT ?"""
    return [row[0] for row in database.execute(asked, [*values, limit])]


def alone(database: Database, entries: Sequence[int]) -> list[Story]:
    """These entries in this order, each as a story of its own."""
    asked = """SELECT id, story, min(coalesce(nullif(published, 0), seen), seen) FROM entry
        WHERE id IN (SELECT value FROM json_each(?))"""
    rows = {row[0]: row[1:] for row in database.execute(asked, [json.dumps(list(entries))])}
    listed = copies.load(database, {story for story, _ in rows.values()})
    found = {stored.id: stored for copies_of in listed.values() for stored in copies_of}
    return [_alone(found[entry], rows[entry][1]) for entry in entries]


def _alone(stored: copies.StoredCopy, at: int) -> Story:
    entry = stored.copy.entry
    urn = urn_of(stored.key, stored.document, entry.guid)
    return Story(urn, at, max(at, entry.updated), stored.copy, (), entry.categories)


def places(database: Database, urns: Sequence[str], wanted: Selection) -> dict[str, int]:
    """Which place each story has among the selected ones, limit or not, from 1 on; none where it isn't selected."""
    condition, values = _selected(wanted)
    found = {}
    for urn in urns:
        asked = f"SELECT published, id FROM story WHERE urn = ? AND {condition}"
        row = database.execute(asked, [urn, *values]).fetchone()
        if row:
            before = f"SELECT count(*) FROM story WHERE (published > ? OR published = ? AND id < ?) AND {condition}"
            found[urn] = 1 + database.execute(before, [row[0], *row, *values]).fetchone()[0]
    return found


def _selected(wanted: Selection) -> tuple[str, list[str]]:
    """The SQL condition for a story of an output, and its values."""
    condition, values = _sources(wanted)
    exists = f"""EXISTS (SELECT 1 FROM entry AS e JOIN source AS f ON f.id = e.source
        WHERE e.story = story.id AND {condition})"""
    return exists, values


def _sources(wanted: Selection) -> tuple[str, list[str]]:
    """The SQL condition for a source (f) of an output, and its values."""
    conditions, values = ["f.configured"], []
    for column, chosen in (("category", wanted.categories), ("key", wanted.keys)):
        if chosen:
            conditions.append(f"f.{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(chosen)))
    return " AND ".join(conditions), values


def stories(database: Database, ids: Sequence[int]) -> list[Story]:
    """These stories in this order, with all their copies from configured sources: first the one to read."""
    listed = copies.load(database, ids)
    asked = "SELECT id, urn, published, updated FROM story WHERE id IN (SELECT value FROM json_each(?))"
    found = {row[0]: row[1:] for row in database.execute(asked, [json.dumps(list(ids))])}
    return [_story(found[story], [stored.copy for stored in listed[story]]) for story in ids]


def _story(row: tuple[str, int, int], copies: Sequence[Copy]) -> Story:
    categories = dict.fromkeys(name for copy in copies for name in copy.entry.categories)
    return Story(*row, copies[0], tuple(copies[1:]), tuple(categories))


def related(database: Database, story: Story, count: int) -> tuple[Reference, ...]:
    """The stories most like this one, by the words of its headline."""
    sought = [word for word in text.words(story.shown.entry.title) if len(word) > 3][:_SOUGHT]
    if not sought or not count:
        return ()
    asked = """SELECT s.urn, e.data FROM (
            SELECT rowid FROM entry_fts WHERE entry_fts MATCH ? ORDER BY rank LIMIT ?
        ) AS hit JOIN entry AS e ON e.id = hit.rowid JOIN story AS s ON s.id = e.story
            JOIN source AS f ON f.id = e.source
        WHERE f.configured"""
    query = " OR ".join(f'"{word}"' for word in sought)
    found: dict[str, Reference] = {}
    for urn, data in database.execute(asked, [query, 5 * count + 10]):
        entry = ENTRY.validate_json(data)
        if urn != story.id and entry.link and entry.title:
            found.setdefault(urn, Reference(entry.title, entry.link))
    return tuple(dict.fromkeys(found.values()))[:count]
