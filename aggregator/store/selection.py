"""What is stored → the stories that an output shows, and where its editions stand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from aggregator.model import Copy, Reference, Story
from aggregator.refine import text
from aggregator.store import copies
from aggregator.store.copies import ENTRY
from aggregator.store.naming import urn_of

_SOUGHT = 8  # words of a headline that related ones are sought by


def select(database: Database, *, categories: Sequence[str], keys: Sequence[str], limit: int) -> list[Story]:
    """The newest stories with a copy from a configured source of these categories and addresses; empty means any."""
    condition, values = _selected(categories, keys)
    asked = f"SELECT id FROM story WHERE {condition} ORDER BY published DESC, id LIMIT ?"
    found = [row[0] for row in database.execute(asked, [*values, limit])]
    return stories(database, found)


def select_copies(database: Database, *, categories: Sequence[str], keys: Sequence[str], limit: int) -> list[Story]:
    """The newest entries, each as a story of its own: for an output that shows every copy."""
    wanted, values = _sources(categories, keys)
    asked = f"""SELECT e.story, e.id, min(coalesce(nullif(e.published, 0), e.seen), e.seen) AS at
        FROM entry AS e JOIN source AS f ON f.id = e.source WHERE {wanted} ORDER BY at DESC, e.id LIMIT ?"""
    rows = database.execute(asked, [*values, limit]).fetchall()
    found = {
        stored.id: stored for listed in copies.load(database, {row[0] for row in rows}).values() for stored in listed
    }
    return [_alone(found[entry], at) for _story, entry, at in rows]


def _alone(stored: copies.StoredCopy, at: int) -> Story:
    entry = stored.copy.entry
    urn = urn_of(stored.key, stored.document, entry.guid)
    return Story(urn, at, max(at, entry.updated), stored.copy, (), entry.categories)


def places(
    database: Database, urns: Sequence[str], *, categories: Sequence[str], keys: Sequence[str]
) -> dict[str, int]:
    """Which place each story has among the selected ones, limit or not, from 1 on; none where it isn't selected."""
    condition, values = _selected(categories, keys)
    found = {}
    for urn in urns:
        asked = f"SELECT published, id FROM story WHERE urn = ? AND {condition}"
        row = database.execute(asked, [urn, *values]).fetchone()
        if row:
            before = f"SELECT count(*) FROM story WHERE (published > ? OR published = ? AND id < ?) AND {condition}"
            found[urn] = 1 + database.execute(before, [row[0], *row, *values]).fetchone()[0]
    return found


def _selected(categories: Sequence[str], keys: Sequence[str]) -> tuple[str, list[str]]:
    """The SQL condition for a story of an output, and its values."""
    wanted, values = _sources(categories, keys)
    condition = f"""EXISTS (SELECT 1 FROM entry AS e JOIN source AS f ON f.id = e.source
        WHERE e.story = story.id AND {wanted})"""
    return condition, values


def _sources(categories: Sequence[str], keys: Sequence[str]) -> tuple[str, list[str]]:
    """The SQL condition for a source (f) of an output, and its values."""
    wanted, values = ["f.configured"], []
    for column, chosen in (("category", categories), ("key", keys)):
        if chosen:
            wanted.append(f"f.{column} IN (SELECT value FROM json_each(?))")
            values.append(json.dumps(list(chosen)))
    return " AND ".join(wanted), values


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


def digests(database: Database) -> dict[str, bytes]:
    """What each edition was last made of."""
    return dict(database.execute("SELECT name, digest FROM edition").fetchall())


def note_editions(database: Database, made: Mapping[str, bytes], dropped: Sequence[str] = ()) -> None:
    """Keeps what each edition was made of, and forgets those that are gone."""
    with database.atomic():
        database.execute("DELETE FROM edition WHERE name IN (SELECT value FROM json_each(?))", [json.dumps(dropped)])
        database.table("edition").upsert_all(
            ({"name": name, "digest": value} for name, value in made.items()), pk="name"
        )
