"""Which entries are to go (policy/retention.py decides how many): asked over any connection, beside the writer.

What the operator ruled on stays whatever the bound: hidden, split and merged stories. What an output shows stays, but
for what is beyond `[limits] kept`.
"""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlite_utils import Database

from aggregator.model import Keep
from aggregator.policy import retention as policy
from aggregator.store.rules import AT

log = logging.getLogger(__name__)

RULED = "SELECT story FROM hidden UNION SELECT story FROM ruled"
"""The stories that the operator ruled on."""
Shows = Collection[str]
"""The names of the outputs that show every copy by itself."""
MOST = 20_000
"""Entries that are found at a time."""

_SHOWN = """SELECT number FROM item WHERE output NOT IN (SELECT value FROM json_each(:copies))
    UNION SELECT e.story FROM item JOIN entry AS e ON e.id = item.number
    WHERE output IN (SELECT value FROM json_each(:copies))"""
_OF_SOURCE = f"""SELECT {AT} AS at, e.id FROM entry AS e INDEXED BY entry_source_published WHERE e.source = ?
    ORDER BY 1, e.id DESC"""  # of one instant what was listed first is the newest


def of_documents(database: Database, kept: int, most: int = MOST) -> list[int]:
    """Return what is beyond the `kept` newest entries of any document, of removed sources too; the oldest first."""
    ruled = Counter(
        row[:2]
        for row in database.execute(f"SELECT source, document FROM entry WHERE story IN ({RULED})")  # they don't count
    )
    sql = "SELECT source, document, count(*) AS entries FROM entry GROUP BY source, document HAVING entries > ?"
    found: list[tuple[int, int]] = []
    for source, document, count in database.execute(sql, [kept]).fetchall():
        excess = policy.beyond(count - ruled[source, document], kept)
        found += oldest(database, source, document, excess) if excess else ()
    return _first(found, most)


def oldest(database: Database, source: int, document: str, most: int) -> list[tuple[int, int]]:
    """Return so many of a document's oldest entries, the oldest first, with their instants; none that is ruled on."""
    sql = f"""SELECT {AT} AS at, e.id FROM entry AS e WHERE e.source = ? AND e.document = ?
        AND e.story NOT IN ({RULED}) ORDER BY 1, e.id DESC LIMIT ?"""
    return database.execute(sql, [source, document, most]).fetchall()


def of_sources(
    database: Database, keeps: Mapping[str, Keep], general: Keep, now: int, copies: Shows, most: int = MOST
) -> list[int]:
    """Return what is older than its source's entries are kept, or too many of it; the oldest first.

    `keeps` is what the sources with these keys say, `general` what counts for all the others, removed ones too. By a
    clock that may have jumped ahead nothing is too old: what goes doesn't come back when that is put right.
    """
    keep = {row: keeps.get(key, Keep()).or_else(general) for row, key in database.execute("SELECT id, key FROM source")}
    if not any(each.age or each.entries for each in keep.values()):
        return []
    if any(each.age for each in keep.values()) and not _is_steady(database, now):
        log.warning("nothing is let go by its age: no visit tells that the clock was right a week ago")
        keep = {row: replace(each, age=0) for row, each in keep.items()}
    staying = _staying(database, copies)
    found: list[tuple[int, int]] = []
    sql = f"SELECT e.source, count(*), min({AT}) FROM entry AS e INDEXED BY entry_source_published GROUP BY e.source"
    for source, count, first in database.execute(sql).fetchall():
        if policy.is_beyond(count, first, keep[source], now):
            rows = database.execute(_OF_SOURCE, [source]).fetchall()
            excess = policy.too_old_or_many([at for at, _ in rows], keep[source], now)
            found += [row for row in rows[:excess] if row[1] not in staying]
    return _first(found, most)


def to_fit(database: Database, size: int) -> int:
    """Return about how many entries have to go for no more than `size` bytes to be in use."""
    return policy.to_fit(used(database), size, database.execute("SELECT count(*) FROM entry").fetchone()[0])


def for_room(database: Database, excess: int, copies: Shows, most: int = MOST) -> list[int]:
    """Return so many entries to let go, fairly of all sources, the oldest first; fewer where no more may go."""
    staying = _staying(database, copies)
    counts: Counter[int] = Counter(dict(database.execute("SELECT source, count(*) FROM entry GROUP BY source")))
    sql = "SELECT source, count(*) FROM entry WHERE id IN (SELECT value FROM json_each(?)) GROUP BY source"
    counts.subtract(dict(database.execute(sql, [json.dumps(list(staying))])))
    found: list[tuple[int, int]] = []
    for source, count in policy.fairly(counts, min(excess, counts.total())).items():
        rows = (row for row in database.execute(_OF_SOURCE, [source]) if row[1] not in staying)
        found += [row for row, _ in zip(rows, range(count), strict=False)]
    return _first(found, most)


def used(database: Database) -> int:
    """Return how many bytes of the database's file are in use."""
    size, pages, free = (
        database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_size", "page_count", "freelist_count")
    )
    return int(size * (pages - free))


def _is_steady(database: Database, now: int) -> bool:
    """Tell whether something was visited a week ago or more, and yet lately, or all came since."""
    sql = """SELECT EXISTS (SELECT 1 FROM visit WHERE at BETWEEN ?1 - ?2 AND ?1 - ?3)
        OR coalesce((SELECT seen FROM entry ORDER BY id LIMIT 1) >= ?1 - ?3, 1)"""
    row = database.execute(sql, [now, policy.KEEP_VISITS, policy.STEADY]).fetchone()
    return bool(row[0])


def _staying(database: Database, copies: Shows) -> set[int]:
    """Return the entries of stories that are shown, or ruled on."""
    sql = f"SELECT id FROM entry WHERE story IN ({RULED} UNION {_SHOWN})"
    return {row[0] for row in database.execute(sql, {"copies": json.dumps(list(copies))})}


def _first(found: Iterable[tuple[int, int]], most: int) -> list[int]:
    return [entry for _, entry in sorted(found, key=lambda row: (row[0], -row[1]))[:most]]
