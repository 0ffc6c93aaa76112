"""What an operator overrules: an entry taken out of its story, two stories made one. Both last.

An entry stays where a ruling put it, since only new entries are ever matched; the id of a story that was merged away
leads to the one that took it in.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import uuid5

from sqlite_utils import Database

from aggregator.model import StoreError
from aggregator.store import features
from aggregator.store.naming import NAMESPACE, urn_of

BY_OPERATOR = "operator"


def split(database: Database, entry: int) -> str:
    """Gives the entry a story of its own; that story's URN. StoreError if it is alone in its story already."""
    with database.atomic():
        row = database.execute(
            """SELECT e.story, f.key, e.document, e.guid, e.seen, e.published FROM entry AS e
            JOIN source AS f ON f.id = e.source WHERE e.id = ?""",
            [entry],
        ).fetchone()
        story, key, document, guid, seen, published = row
        (copies,) = database.execute("SELECT count(*) FROM entry WHERE story = ?", [story]).fetchone()
        if copies < 2:
            raise StoreError("it is the only copy of its story already")
        urn = urn_of(key, document, guid)
        while story_of(database, urn):  # the founding copy leaves: the id stays with the others, for ever
            urn = uuid5(NAMESPACE, urn).urn
        at = min(published or seen, seen)
        (new,) = database.execute(
            "INSERT INTO story (urn, published, updated) VALUES (?, ?, ?) RETURNING id", [urn, at, at]
        ).fetchone()
        database.execute("UPDATE entry SET story = ?, joined = ? WHERE id = ?", [new, BY_OPERATOR, entry])
        (next_copy,) = database.execute("SELECT min(id) FROM entry WHERE story = ?", [story]).fetchone()
        features.separate(database, [entry, next_copy])
        return str(urn)


def merge(database: Database, one: int, other: int) -> str:
    """Makes two stories one, under the id of the older; that story's URN. StoreError if they are one already."""
    if one == other:
        raise StoreError("they are one story already")
    kept, gone = sorted((one, other))
    with database.atomic():
        database.execute("UPDATE entry SET joined = ? WHERE story = ?", [BY_OPERATOR, gone])
        unite(database, kept, gone)
        return str(database.execute("SELECT urn FROM story WHERE id = ?", [kept]).fetchone()[0])


def is_ruled(database: Database, stories: Iterable[int]) -> bool:
    """Whether the operator put a copy into one of these stories."""
    asked = "SELECT 1 FROM entry WHERE joined = ? AND story IN (SELECT value FROM json_each(?)) LIMIT 1"
    return database.execute(asked, [BY_OPERATOR, json.dumps(list(stories))]).fetchone() is not None


def unite(database: Database, kept: int, gone: int) -> None:
    """Moves the copies of a story to another one, to which its id leads from now on; call it in a transaction."""
    (urn,) = database.execute("SELECT urn FROM story WHERE id = ?", [gone]).fetchone()
    database.execute("UPDATE entry SET story = ? WHERE story = ?", [kept, gone])
    database.execute("UPDATE alias SET story = ? WHERE story = ?", [kept, gone])
    database.execute("INSERT OR REPLACE INTO alias (urn, story) VALUES (?, ?)", [urn, kept])
    database.execute("DELETE FROM story WHERE id = ?", [gone])


def story_of(database: Database, urn: str) -> int:
    """The story that has this id, or took in the one that had it; 0 for none."""
    row = database.execute(
        "SELECT id FROM story WHERE urn = :urn UNION ALL SELECT story FROM alias WHERE urn = :urn", {"urn": urn}
    ).fetchone()
    return int(row[0]) if row else 0
