"""What an arrival may be a copy of: the stored entries that share its address or its text, and those of its batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlite_utils import Database

from aggregator.model import Arrival
from aggregator.refine import dedupe

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


class Candidates:
    """The candidates of a batch of arrivals that are under no known identity."""

    def __init__(self, database: Database, arrivals: Sequence[Arrival], *, by_text: bool = True) -> None:
        self._by_text = by_text
        self._stored: dict[str | int, list[Stored]] = {}
        self._candidates: dict[str | int, list[tuple[Place, dedupe.Candidate]]] = {}
        for key in {key for arrival in arrivals for key in _keys(arrival)}:
            column, nothing = ("url", "''") if isinstance(key, str) else ("text_hash", "0")
            asked = f"SELECT {_COLUMNS} FROM entry AS e WHERE {column} <> {nothing} AND {column} = ? LIMIT ?"
            for row in database.execute(asked, [key, _TELLS_NOTHING]):
                found = Stored(*row)
                self._stored.setdefault(key, []).append(found)
                candidate = dedupe.Candidate(found.story, found.heading, found.url, found.text_hash, found.words)
                self._candidates.setdefault(key, []).append(((found.source, found.document), candidate))

    def renamed(
        self, fresh: Mapping[Identity, Arrival], listed: Mapping[Place, frozenset[bytes]], taken: set[int]
    ) -> dict[Identity, Stored]:
        """The arrivals that are entries of their document under another guid, and those entries.

        Some sources make guids up at every visit. An entry that its document lists no more, and a new one with its
        title and its address or else its text, are one. `listed` has the hashes of what each document lists now, and
        `taken` the entries that came under their own guid: these are edited, not gone.
        """
        found: dict[Identity, Stored] = {}
        for identity, arrival in fresh.items():
            place = identity[:2]
            for stored in (stored for key in _keys(arrival) for stored in self._stored.get(key, ())):
                gone = (stored.source, stored.document) == place and stored.hash not in listed.get(
                    place, (stored.hash,)
                )
                if gone and stored.heading == arrival.fingerprint.title and stored.id not in taken:
                    taken.add(stored.id)
                    found[identity] = stored
                    break
        return found

    def decide(self, arrival: Arrival, source: int) -> dedupe.Decision:
        """Which story the arrival joins."""
        place = (source, arrival.document)
        shared = (self._candidates.get(key, ()) for key in _keys(arrival))
        found = [pair for pairs in shared if len(pairs) < _TELLS_NOTHING for pair in pairs]
        marked = [replace(c, same_source=at == place) for at, c in found]
        return dedupe.decide(arrival.fingerprint, marked, by_text=self._by_text)

    def add(self, arrival: Arrival, source: int, story: int) -> None:
        """Makes an entry of the batch a candidate for the ones after it."""
        mark = arrival.fingerprint
        for key in _keys(arrival):
            candidate = dedupe.Candidate(story, mark.title, mark.url, mark.text_hash, mark.words)
            found = self._candidates.setdefault(key, [])
            if len(found) < _TELLS_NOTHING:
                found.append(((source, arrival.document), candidate))


def _keys(arrival: Arrival) -> list[str | int]:
    return [key for key in (arrival.fingerprint.url, arrival.fingerprint.text_hash) if key]
