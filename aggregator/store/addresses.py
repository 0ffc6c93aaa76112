"""A source is the same one when its address has changed: what it gave, its stories' ids and its backlog stay.

The config says where a source is now, and the server said before where it went (a permanent redirect): where the two
agree, or the address is the old one in another spelling, it is the source that was here. In doubt it is a new one.
"""

from __future__ import annotations

import os.path
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlite_utils import Database

from aggregator.model import host_of
from aggregator.store import ids


@dataclass(frozen=True, slots=True)
class _Known:
    """A source that is stored. It was once at its `first_key`; `location` is where its redirect leads that is believed.

    `moves` are that and where redirects led before, or may lead.
    """

    id: int
    key: str
    first_key: str
    location: str
    moves: tuple[str, ...]

    def is_at(self, key: str) -> int:
        """Return how sure it is that it is here now: 3 its server said so, 2 in other words, 1 a spelling, else 0."""
        if key in self.moves:
            return 3
        if any(_normal(move) == _normal(key) for move in self.moves):
            return 2
        return int(_normal(key) in (_normal(self.key), _normal(self.first_key)))

    def places(self) -> set[str]:
        """Return all addresses at which it may be, as they are compared."""
        return {_normal(place) for place in (self.key, self.first_key, *self.moves) if place}


def _normal(key: str) -> str:
    """Return the address without what is written in one way today and in another tomorrow: the scheme, a last slash.

    Of a path the shortest form.
    """
    if not key.startswith(("http://", "https://")):
        return os.path.normpath(key) if key else ""
    try:
        parts = urlsplit(key)
        port = "" if parts.port in {None, 80, 443} else f":{parts.port}"
    except ValueError:
        return key
    user = parts.netloc.rpartition("@")[0]
    query = f"?{parts.query}" if parts.query else ""
    return f"//{user}@{host_of(key)}{port}{parts.path.rstrip('/')}{query}"


def follow(database: Database, configured: Iterable[str]) -> None:
    """Give sources that are configured under another address now that address; call it in a transaction.

    Where that one is a source already (both were configured for a time), what the old one gave becomes its own.
    """
    keys = dict.fromkeys(configured)
    stored = {key for (key,) in database.execute("SELECT key FROM source")}
    by_place: dict[str, list[_Known]] = {}
    for known in _unconfigured(database, keys):
        for place in known.places():
            by_place.setdefault(place, []).append(known)
    matches = [(known.is_at(key), -known.id, key, known) for key in keys for known in by_place.get(_normal(key), ())]
    moved: set[int] = set()
    for _sure, _id, key, known in sorted(matches, key=lambda match: match[:2], reverse=True):
        if known.id in moved:
            continue
        moved.add(known.id)
        if key in stored:
            _hand_over(database, known, key)
        else:
            stored.add(key)
            _readdress(database, known, key)


def _unconfigured(database: Database, configured: Collection[str]) -> list[_Known]:
    """Return the sources that are configured no longer."""
    rows = database.execute("SELECT id, key, first_key, location, moved_to FROM source").fetchall()
    rows = [row for row in rows if row[1] not in configured]
    advised: dict[int, list[str]] = {}  # by the status feed; without what it keeps secret that is no address
    sql = "SELECT source, detail FROM incident WHERE kind = 'moved' AND detail NOT LIKE '%…%'"
    for source, detail in database.execute(sql) if rows else ():
        advised.setdefault(source, []).append(detail)
    return [
        _Known(row, key, first, location, tuple(filter(None, (location, moved_to, *advised.get(row, ())))))
        for row, key, first, location, moved_to in rows
    ]


def _readdress(database: Database, known: _Known, key: str) -> None:
    """Note that the source is at this address from now on: it is visited at once, and whatever was wrong is over."""
    first = "" if key == known.first_key else known.first_key or known.key
    location = "" if _normal(known.location) == _normal(key) else known.location
    database.execute(
        """UPDATE source SET key = :key, first_key = :first, host = :host, location = :location, moved_to = '',
            moved_visits = 0, next_visit = 0, failures = 0, error = '', gone = 0 WHERE id = :id""",
        {"key": key, "first": first, "host": host_of(location or key), "location": location, "id": known.id},
    )


def _hand_over(database: Database, known: _Known, key: str) -> None:
    """Give the source that is at this address what the other one gave.

    What both listed under one guid is one article: both copies stay, the old one as gone.
    """
    from aggregator.store import overrides  # and with it all that compares texts: seldom wanted

    (heir,) = database.execute("SELECT id FROM source WHERE key = ?", [key]).fetchone()
    ids.keep(database, [row[0] for row in database.execute("SELECT id FROM entry WHERE source = ?", [known.id])])
    sql = """SELECT old.id, new.id FROM entry AS old JOIN entry AS new
        ON new.source = ? AND new.document = old.document AND new.guid = old.guid WHERE old.source = ?"""
    both = database.execute(sql, [heir, known.id]).fetchall()
    sql = "UPDATE entry SET guid = guid || '#' || id, gone = 1 WHERE id = ?"
    database.conn.executemany(sql, [(old,) for old, _new in both])
    database.execute("UPDATE entry SET source = ? WHERE source = ?", [heir, known.id])
    database.execute("UPDATE OR IGNORE let_go SET source = ? WHERE source = ?", [heir, known.id])
    for pair in both:
        sql = "SELECT DISTINCT story FROM entry WHERE id IN (?, ?)"
        stories = sorted(row[0] for row in database.execute(sql, pair))
        if len(stories) > 1 and not overrides.is_ruled(database, stories):
            overrides.unite(database, *stories)


def first_keys(database: Database) -> set[str]:
    """Return the addresses of which ids were made by sources that have another address now."""
    return {row[0] for row in database.execute("SELECT first_key FROM source WHERE first_key <> ''")}


def first_key(key: str, taken: Collection[str]) -> str:
    """Return what to make a new source's ids of, where a source that moved has those of its address; else ""."""
    if key not in taken:
        return ""
    number = 2
    while f"{key}#{number}" in taken:
        number += 1
    return f"{key}#{number}"
