"""Which entries have which features (refine/shingles.py): a table for the many, and one for those that came last.

A feature is a hash, so new ones fall anywhere in a table: of a million entries each would change a page of its own, and
a commit of five hundred entries write forty megabytes. New ones go to a small table, and with every so many entries
those in one range of the hashes go over to the large one: many to a page, in pages that are neighbours.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable

from sqlite_utils import Database

Row = tuple[int, int]
"""A feature and an entry."""

_EVERY = 512  # entries that come until a range goes over,
_RANGES = 64  # and how many there are: 33,000 entries are in the small table, a few megabytes of the cache
_WIDTH = 2**32 // _RANGES
_TABLES = ("feature", "feature_fresh")


def entries(database: Database, features: Collection[int]) -> dict[int, list[int]]:
    """Return the entries that have each of these features, in the order in which they came."""
    found = " UNION ".join(
        f"SELECT f.hash, f.entry FROM json_each(:wanted) AS wanted CROSS JOIN {table} AS f ON f.hash = wanted.value"
        for table in _TABLES
    )
    by_feature: dict[int, list[int]] = {}
    for feature, entry in database.execute(f"{found} ORDER BY 1, 2", {"wanted": json.dumps(sorted(features))}):
        by_feature.setdefault(feature, []).append(entry)
    return by_feature


def add(database: Database, rows: Iterable[Row]) -> None:
    """Note features of entries that are stored; call it, as all here, in a transaction."""
    database.conn.executemany("INSERT OR IGNORE INTO feature (hash, entry) VALUES (?, ?)", sorted(rows))


def add_fresh(database: Database, rows: Iterable[Row], came: Collection[int]) -> None:
    """Note features of the entries that came just now, in rows that follow one another."""
    # Sorted as the table is: each page of it is sought once.
    database.conn.executemany("INSERT OR IGNORE INTO feature_fresh (hash, entry) VALUES (?, ?)", sorted(rows))
    for number in range((min(came, default=1) - 1) // _EVERY, max(came, default=0) // _EVERY):
        first = number % _RANGES * _WIDTH - 2**31
        these = [first, first + _WIDTH - 1]
        sql = "INSERT OR IGNORE INTO feature SELECT hash, entry FROM feature_fresh WHERE hash BETWEEN ? AND ?"
        database.execute(sql, these)
        database.execute("DELETE FROM feature_fresh WHERE hash BETWEEN ? AND ?", these)


def remove(database: Database, entry: int, features: Iterable[int]) -> None:
    """Forget that the entry has these features."""
    rows = [(feature, entry) for feature in features]
    for table in _TABLES:
        database.conn.executemany(f"DELETE FROM {table} WHERE hash = ? AND entry = ?", rows)
