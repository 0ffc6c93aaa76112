"""Which arrivals are entries that are stored already: under their guid, or under another one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Arrival

Place = tuple[int, str]
"""A document: its source's row and its name."""
Identity = tuple[int, str, str]
"""An entry: its document, and its guid there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored, as far as arrivals are compared with it."""

    id: int
    source: int
    document: str
    guid: str
    hash: bytes
    story: int
    url: str
    heading: str
    text_hash: int
    words: int
    data: str


_TELLS_NOTHING = 100  # entries with one address or text: a home page that all notes link to, a boilerplate
_COLUMNS = ", ".join(f"e.{name}" for name in Stored.__slots__)


def known(database: Database, identities: Sequence[Identity]) -> dict[Identity, Stored]:
    """The entries that are stored under these identities."""
    asked = f"""SELECT {_COLUMNS} FROM json_each(?) AS wanted JOIN entry AS e ON e.source = wanted.value ->> 0
            AND e.document = wanted.value ->> 1 AND e.guid = wanted.value ->> 2"""
    found = (Stored(*row) for row in database.execute(asked, [json.dumps(identities)]))
    return {(stored.source, stored.document, stored.guid): stored for stored in found}


def renamed(
    database: Database,
    fresh: Mapping[Identity, Arrival],
    listed: Mapping[Place, frozenset[bytes]],
    taken: set[int],
) -> dict[Identity, Stored]:
    """The arrivals that are entries of their document under another guid, and those entries.

    Some sources make guids up at every visit. An entry that its document lists no more, and a new one with its title
    and its address or else its text, are one. `listed` has the hashes of what each document lists now, and `taken` the
    entries that came under their own guid: these are edited, not gone.
    """
    found: dict[Identity, Stored] = {}
    begun = {place for place in {identity[:2] for identity in fresh} if _has_entries(database, place)}
    for identity, arrival in fresh.items():
        place, mark = identity[:2], arrival.fingerprint
        if place not in begun:
            continue
        for stored in _alike(database, place, arrival):
            gone = stored.hash not in listed.get(place, (stored.hash,))
            if gone and stored.heading == mark.title and stored.id not in taken:
                taken.add(stored.id)
                found[identity] = stored
                break
    return found


def _has_entries(database: Database, place: Place) -> bool:
    asked = "SELECT 1 FROM entry WHERE source = ? AND document = ? LIMIT 1"
    return database.execute(asked, list(place)).fetchone() is not None


def _alike(database: Database, place: Place, arrival: Arrival) -> Iterator[Stored]:
    """The entries of the document that have the arrival's address or text."""
    mark = arrival.fingerprint
    for column, nothing, value in (("url", "''", mark.url), ("text_hash", "0", mark.text_hash)):
        if value:
            asked = f"""SELECT {_COLUMNS} FROM entry AS e WHERE {column} <> {nothing} AND {column} = ?
                AND +source = ? AND +document = ? LIMIT ?"""
            yield from (Stored(*row) for row in database.execute(asked, [value, *place, _TELLS_NOTHING]))
