"""What an operator overrules: an entry taken out of its story, two stories made one. Both last.

An entry stays where the operator put it, since only new entries are ever matched. A story's id stays with the copy that
founded it; the id of one that was merged away leads to the story that took it in, until one of its
copies is split off again.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from aggregator.model import StoreError
from aggregator.store import hiding, ids, likeness

BY_OPERATOR = "operator"


def split(database: Database, entry: int, now: int = 0) -> str:
    """Part the entry from the others of its story, `now`; return the URN of the entry's story from then on.

    Where the entry founded the story that is its present one, and the others get another. What leaves takes the id back
    that it had before the stories were merged. StoreError if it is alone in its story already.
    """
    with database.atomic():
        sql = "SELECT s.id, s.urn FROM entry AS e JOIN story AS s ON s.id = e.story WHERE e.id = ?"
        story, urn = database.execute(sql, [entry]).fetchone()
        sql = "SELECT id FROM entry WHERE story = ? AND id <> ? ORDER BY id"
        others = [row[0] for row in database.execute(sql, [story, entry])]
        if not others:
            raise StoreError("it is the only copy of its story already")
        founded = ids.own(database, [entry])[entry] == urn
        leaving = others if founded else [entry]
        _note(database, "split", entry, others[0], {entry, *leaving}, now)
        new = leave(database, story, leaving)
        (parted,) = database.execute("SELECT id FROM story WHERE urn = ?", [new]).fetchone()
        hiding.leave_visible(database, story, parted, stays=founded)
        _keep(database, story, parted)
        database.execute("UPDATE entry SET joined = ? WHERE id = ?", [BY_OPERATOR, entry])
        likeness.separate(database, [entry, others[0]])
        return str(urn) if founded else new


def leave(database: Database, story: int, leaving: Sequence[int]) -> str:
    """Make a story of these entries of another one, the earliest first; return its URN.

    The ids of stories whose copies have all left with them lead to the new one.
    """
    urn = ids.for_leaving(database, leaving[0])
    sql = """SELECT min(coalesce(nullif(published, 0), seen), seen),
        min(coalesce(json_extract(unpack(data), '$.updated'), 0), seen) FROM entry WHERE id = ?"""
    at, updated = database.execute(sql, [leaving[0]]).fetchone()
    database.execute("DELETE FROM alias WHERE urn = ?", [urn])
    sql = "INSERT INTO story (urn, published, updated) VALUES (?, ?, ?) RETURNING id"
    (new,) = database.execute(sql, [urn, at, max(at, updated)]).fetchone()
    sql = "UPDATE entry SET story = ?, joined = ?, home = CASE home WHEN ? THEN '' ELSE home END WHERE id = ?"
    database.conn.executemany(sql, [(new, BY_OPERATOR, urn, entry) for entry in leaving])
    database.execute(
        """UPDATE alias SET story = :new WHERE story = :story
            AND urn IN (SELECT home FROM entry WHERE story = :new)
            AND urn NOT IN (SELECT home FROM entry WHERE story = :story)""",
        {"new": new, "story": story},
    )
    return urn


def _note(database: Database, what: str, entry: int, other: int, entries: Iterable[int], now: int) -> None:
    """Note a ruling on an entry and another, and how all that it moves had joined before (store/rulings.py)."""
    sql = """INSERT INTO ruling (what, at, entry, other, entries)
        SELECT ?, ?, ?, ?, json_group_array(json_array(id, joined)) FROM (
            SELECT id, joined FROM entry WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id)"""
    database.execute(sql, [what, now, entry, other, json.dumps(list(entries))])


def merge(database: Database, one: int, other: int, now: int = 0) -> str:
    """Make two stories one, `now`, under the id of the one whose first copy came first; return that story's URN.

    StoreError if they are one already.
    """
    if one == other:
        raise StoreError("they are one story already")
    with database.atomic():
        sql = "SELECT story, id FROM entry WHERE story IN (?, ?) ORDER BY id LIMIT 1"
        kept, first = database.execute(sql, [one, other]).fetchone()
        gone = other if kept == one else one
        moved = [row[0] for row in database.execute("SELECT id FROM entry WHERE story = ? ORDER BY id", [gone])]
        _note(database, "merge", moved[0], first, moved, now)
        database.execute("UPDATE entry SET joined = ? WHERE story = ?", [BY_OPERATOR, gone])
        unite(database, kept, gone)
        _keep(database, kept)
        return str(database.execute("SELECT urn FROM story WHERE id = ?", [kept]).fetchone()[0])


def _keep(database: Database, *stories: int) -> None:
    """Note that these were ruled on: they are never let go, or copies that come later would undo it."""
    database.conn.executemany("INSERT OR IGNORE INTO ruled (story) VALUES (?)", [(story,) for story in stories])


def is_ruled(database: Database, stories: Iterable[int]) -> bool:
    """Tell whether the operator put a copy into one of these stories."""
    sql = "SELECT 1 FROM entry WHERE joined = ? AND story IN (SELECT value FROM json_each(?)) LIMIT 1"
    return database.execute(sql, [BY_OPERATOR, json.dumps(list(stories))]).fetchone() is not None


def unite(database: Database, kept: int, gone: int) -> None:
    """Move the copies of a story to another one, to which its id leads from now on; call it in a transaction.

    They remember where they belonged: should they be split off, the id is theirs again.
    """
    (urn,) = database.execute("SELECT urn FROM story WHERE id = ?", [gone]).fetchone()
    hiding.follow(database, kept, gone)
    database.execute("INSERT OR IGNORE INTO ruled SELECT ? FROM ruled WHERE story = ?", [kept, gone])
    sql = "UPDATE entry SET story = ?, home = coalesce(nullif(home, ''), ?) WHERE story = ?"
    database.execute(sql, [kept, urn, gone])
    database.execute("UPDATE alias SET story = ? WHERE story = ?", [kept, gone])
    database.execute("INSERT OR REPLACE INTO alias (urn, story) VALUES (?, ?)", [urn, kept])
    database.execute("DELETE FROM story WHERE id = ?", [gone])
