"""Lets go what policy/retention.py says: entries beyond what is kept, old visits, and the space that they took."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from sqlite_utils import Database

from aggregator.policy import retention as policy
from aggregator.refine import dedupe
from aggregator.refine.dedupe import Place
from aggregator.store import let_go, likeness

_SLICE = 5000  # rows at a time
_FREED = 2000  # pages of the file at a time
_HIDDEN = """(SELECT count(*) FROM hidden AS h CROSS JOIN entry AS e ON e.story = h.story
    WHERE e.source = ?1 AND e.document = ?2)"""  # they stay, or they would come again


def keep(database: Database, places: Iterable[Place], kept: int, most: int | None = None) -> Counter[int]:
    """Let go all but the `kept` newest entries of each of these documents, and the stories that are left without any.

    Of each document at most so many at a time, if a number is given. What it lists still is remembered as let go.
    Return how many entries of each source went; call it in a transaction, when the documents' states are written.
    """
    gone: Counter[int] = Counter()
    places = list(places)
    let_go.forget_unlisted(database, places)
    for source, document in places:
        (count,) = database.execute(
            f"SELECT (SELECT count(*) FROM entry WHERE source = ?1 AND document = ?2) - {_HIDDEN}", [source, document]
        ).fetchone()
        excess = policy.beyond(count, kept, most)
        if not excess:
            continue
        rows = database.execute(
            """SELECT id, story, unpack_text(text, data), heading FROM entry
            WHERE source = ? AND document = ? AND story NOT IN (SELECT story FROM hidden)
            ORDER BY CASE published WHEN 0 THEN seen ELSE min(published, seen) END, id DESC LIMIT ?""",
            [source, document, excess],
        ).fetchall()
        let_go.remember(database, [row[0] for row in rows])
        entries, stories = json.dumps([row[0] for row in rows]), json.dumps([row[1] for row in rows])
        database.execute("DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))", [entries])
        for entry, story, text, heading in rows:
            likeness.forget(database, entry, story, dedupe.features_of(text, heading))
        database.execute(
            """DELETE FROM alias WHERE story IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = alias.story)""",
            [stories],
        )
        database.execute(
            """DELETE FROM story WHERE id IN (SELECT value FROM json_each(?))
            AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = story.id)""",
            [stories],
        )
        gone[source] += len(rows)
    return gone


def sweep(database: Database, kept: int) -> int:
    """Let go what is beyond `kept` in any document, of removed sources too; a slice, so that others can write between.

    Return how many entries went: 0 once there is nothing left to do. A document that has no visits, or brings nothing,
    is never looked at by them.
    """
    sql = "SELECT source, document, count(*) - ? AS beyond FROM entry GROUP BY source, document HAVING beyond > 0"
    with database.atomic():
        found = database.execute(sql, [kept]).fetchall()
        hidden = {row[:2]: database.execute(f"SELECT {_HIDDEN}", row[:2]).fetchone()[0] for row in found}
        excess = [(row[:2], row[2] - hidden[row[:2]]) for row in found if row[2] > hidden[row[:2]]]
        places = policy.slice_of(excess, _SLICE)
        return keep(database, places, kept, _SLICE).total()


def tidy(database: Database, now: int) -> int:
    """Delete old visits a slice at a time, and give free pages of the file back; return how many visits went."""
    gone = 0
    while True:
        with database.atomic():
            cursor = database.execute(
                "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE at < ? ORDER BY at LIMIT ?)",
                [now - policy.KEEP_VISITS, _SLICE],
            )
        gone += cursor.rowcount
        if cursor.rowcount < _SLICE:
            break
    # A script, because execute() takes one step of a statement without columns, and a step frees one page.
    database.conn.executescript(f"PRAGMA incremental_vacuum({_FREED})")
    database.execute("PRAGMA optimize").fetchall()
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return gone
