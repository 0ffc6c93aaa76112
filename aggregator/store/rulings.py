"""What the operator ruled, as a list, and undone again: copies split off and stories merged, articles hidden, sources
paused.

What is undone is decided by the rules again, also for what comes later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import StoreError
from aggregator.store import hiding, likeness, overrides
from aggregator.store.copies import ENTRY


@dataclass(frozen=True, slots=True)
class Ruling:
    """One ruling: `what` it is and its `number` among those; `at` is 0 where that isn't known.

    It is about the article with this title and address (for "pause" the source), which is in the story.
    """

    what: str
    number: int
    at: int
    title: str
    url: str
    story: str = ""

    @property
    def name(self) -> str:
        """What it is undone by."""
        return f"{self.what}-{self.number}"


def listed(database: Database) -> list[Ruling]:
    """Return all that hold, the latest first. What was purged with its source is one: `unhide SOURCE` undoes it."""
    found = [*_joined(database), *_hidden(database), *_purged(database), *_paused(database)]
    return sorted(found, key=lambda ruling: -ruling.at)


def _joined(database: Database) -> Iterator[Ruling]:
    sql = """SELECT r.id, r.what, r.at, s.urn, unpack(e.data) FROM ruling AS r
        JOIN entry AS e ON e.id = r.entry JOIN story AS s ON s.id = e.story ORDER BY r.id DESC"""
    for number, what, at, urn, data in database.execute(sql):
        entry = ENTRY.validate_json(data)
        yield Ruling(what, number, at, entry.title, entry.link, urn)


def _hidden(database: Database) -> Iterator[Ruling]:
    sql = """SELECT h.story, h.since, s.urn, unpack(e.data) FROM hidden AS h JOIN story AS s ON s.id = h.story
        JOIN entry AS e ON e.id = (SELECT min(id) FROM entry WHERE entry.story = h.story) WHERE h.reason = ''"""
    for story, since, urn, data in database.execute(sql):
        entry = ENTRY.validate_json(data)
        yield Ruling("hide", story, since, entry.title, entry.link, urn)


def _purged(database: Database) -> Iterator[Ruling]:
    sql = """SELECT f.id, max(h.since), count(*), f.key FROM hidden AS h JOIN source AS f ON f.key = h.reason
        GROUP BY f.id"""
    for source, since, count, key in database.execute(sql):
        yield Ruling("purge", source, since, f"{count} stories", key)


def _paused(database: Database) -> Iterator[Ruling]:
    sql = "SELECT id, key, CASE WHEN name <> '' THEN name ELSE title END FROM source WHERE paused AND configured"
    for source, key, name in database.execute(sql):
        yield Ruling("pause", source, 0, name, key)


def undo_split(database: Database, number: int) -> str:
    """Make one story again of what this ruling parted; return its URN.

    StoreError where there is no such ruling, or an article that it was about isn't stored any more.
    """
    with database.atomic():
        entry, other, joined = _taken(database, "split", number)
        sql = "SELECT story FROM entry WHERE story IN (?, ?) ORDER BY id LIMIT 1"
        stories = [_story(database, entry), _story(database, other)]
        (kept,) = database.execute(sql, stories).fetchone()
        for gone in set(stories) - {kept}:
            overrides.unite(database, kept, gone)
        _restore(database, joined)
        _release(database, [entry, other])
        return _urn(database, kept)


def undo_merge(database: Database, number: int) -> str:
    """Part again what this ruling made one story; return the URN of the one that leaves, "" where they are two already.

    StoreError as above.
    """
    with database.atomic():
        _, other, joined = _taken(database, "merge", number)
        story = _story(database, other)
        leaving = [moved for moved in sorted(joined) if _story(database, moved) == story]
        urn = overrides.leave(database, story, leaving) if leaving else ""
        if leaving:
            hiding.follow(database, _story(database, leaving[0]), story)  # what was hidden stays so
            likeness.separate(database, [leaving[0], other])
        _restore(database, joined)
        _release(database, [*leaving, other])
        return urn


def _taken(database: Database, what: str, number: int) -> tuple[int, int, dict[int, str]]:
    """Take a ruling out; return its two entries, and how each that it moved had joined."""
    sql = "DELETE FROM ruling WHERE id = ? AND what = ? RETURNING entry, other, entries"
    row = database.execute(sql, [number, what]).fetchone()
    if row is None:
        raise StoreError(f"there is no ruling {what}-{number}; `aggregator rulings` lists them")
    if not all(_story(database, entry) for entry in row[:2]):
        raise StoreError(f"{what}-{number} can't be undone: an article that it was about isn't stored any more")
    return row[0], row[1], dict(json.loads(row[2]))


def _restore(database: Database, entries: dict[int, str]) -> None:
    rows = [(joined, entry) for entry, joined in entries.items()]
    database.conn.executemany("UPDATE entry SET joined = ? WHERE id = ?", rows)


def _release(database: Database, entries: Sequence[int]) -> None:
    """Let the stories of these entries go like others when their time comes, unless another ruling is about them."""
    sql = """DELETE FROM ruled WHERE story IN (SELECT story FROM entry WHERE id IN (SELECT value FROM json_each(?)))
        AND story NOT IN (SELECT e.story FROM ruling AS r JOIN entry AS e ON e.id IN (r.entry, r.other))"""
    database.execute(sql, [json.dumps(list(entries))])


def _story(database: Database, entry: int) -> int:
    found = database.execute("SELECT story FROM entry WHERE id = ?", [entry]).fetchone()
    return int(found[0]) if found else 0


def _urn(database: Database, story: int) -> str:
    return str(database.execute("SELECT urn FROM story WHERE id = ?", [story]).fetchone()[0])
