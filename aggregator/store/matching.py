"""Which arrivals are entries that are stored already: under their guid, or under another one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

from sqlite_utils import Database

from aggregator.model import Arrival, Entry
from aggregator.parse.identity import digest
from aggregator.refine import sameness, urls
from aggregator.refine.dedupe import Place
from aggregator.refine.sameness import Comparable

Identity = tuple[int, str, str]
"""An entry: its document, and its guid there."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored, as far as arrivals are compared with it."""

    id: int
    source: int
    document: str
    kind: str
    guid: str
    hash: bytes
    story: int
    url: str
    heading: str
    text_hash: int
    words: int
    published: int
    title: str
    text: str
    data: str

    @property
    def said(self) -> Comparable:
        """What it says, to be compared with what arrives."""
        return Comparable(self.title, self.url, self.published, self.text, self.text_hash, self.words)


_TELLS_NOTHING = 100  # entries with one address or text: a home page that all notes link to, a boilerplate
_CHURNED = 3  # entries that a document lists for its guids to tell that they are made up
_PACKED = {"data": "unpack(e.data)", "text": "unpack_text(e.text, e.data)"}
_COLUMNS = ", ".join(_PACKED.get(name, f"e.{name}") for name in Stored.__slots__)


def dated(entry: Entry) -> int:
    """Return when the publisher says that the entry came out; many feeds give no other date than that of the update."""
    return entry.published or entry.updated


def said(arrival: Arrival) -> Comparable:
    """Return what an arrival says, to be compared with what is stored."""
    entry, article = arrival.entry, arrival.fingerprint
    return Comparable(
        entry.title, article.url, dated(entry), article.text, article.text_hash, article.words, article.shingles
    )


def known(database: Database, identities: Sequence[Identity]) -> dict[Identity, Stored]:
    """Return the entries that are stored under these identities."""
    sql = f"""SELECT {_COLUMNS} FROM json_each(?) AS wanted CROSS JOIN entry AS e ON e.source = wanted.value ->> 0
            AND e.document = wanted.value ->> 1 AND e.guid = wanted.value ->> 2"""
    entries = (Stored(*row) for row in database.execute(sql, [json.dumps(identities)]))
    return {(stored.source, stored.document, stored.guid): stored for stored in entries}


def under_own_guid(arrival: Arrival) -> Arrival:
    """Return the arrival, which came under the guid of another article, under one of its own."""
    entry = arrival.entry
    guid = f"{entry.guid}#{digest(entry.link, entry.title).hex()}"
    return replace(arrival, entry=replace(entry, guid=guid))


def renamed(
    database: Database,
    fresh: Mapping[Identity, Arrival],
    listed: Mapping[Place, AbstractSet[bytes]],
    taken: set[int],
) -> dict[Identity, Stored]:
    """Return the arrivals that are entries of their document under another guid, and those entries.

    `listed` has the hashes of what each document lists now: what is listed still is another entry. `taken` are the
    entries that came under their own guid: these are edited, not gone.
    """
    entries: dict[Identity, Stored] = {}
    for place, arrivals in _by_place(fresh).items():
        if not _has_entries(database, place):
            continue
        now = listed.get(place, frozenset())
        addresses = Counter(arrival.fingerprint.url for arrival in arrivals.values())
        home = _home(database, place)
        churned = len(arrivals) == len(now) >= _CHURNED and len({a.entry.title for a in arrivals.values()}) == len(now)
        for identity, arrival in arrivals.items():
            url, after = arrival.fingerprint.url, said(arrival)
            alike = list(_alike(database, place, arrival))
            is_page = url != home and "/" in url.removeprefix("//") and addresses[url] == 1
            is_page = is_page and sum(stored.url == url for stored in alike) == 1
            for stored in alike:
                if stored.id in taken or stored.hash in now or place not in listed:
                    continue
                if sameness.is_same(stored.said, after, own_address=is_page, churned=churned):
                    taken.add(stored.id)
                    entries[identity] = stored
                    break
    return entries


def _by_place(fresh: Mapping[Identity, Arrival]) -> dict[Place, dict[Identity, Arrival]]:
    by_place: dict[Place, dict[Identity, Arrival]] = {}
    for identity, arrival in fresh.items():
        by_place.setdefault(identity[:2], {})[identity] = arrival
    return by_place


def _has_entries(database: Database, place: Place) -> bool:
    sql = "SELECT 1 FROM entry WHERE source = ? AND document = ? LIMIT 1"
    return database.execute(sql, list(place)).fetchone() is not None


def _home(database: Database, place: Place) -> str:
    """Return the address of the document's own site."""
    (link,) = database.execute("SELECT link FROM source WHERE id = ?", [place[0]]).fetchone()
    return urls.canonical(link)


def _alike(database: Database, place: Place, arrival: Arrival) -> Iterator[Stored]:
    """Yield the entries of the document that have the arrival's address or text, each once."""
    fingerprint, seen = arrival.fingerprint, set()
    for column, nothing, value in (("url", "''", fingerprint.url), ("text_hash", "0", fingerprint.text_hash)):
        if value:
            sql = f"""SELECT {_COLUMNS} FROM entry AS e WHERE {column} <> {nothing} AND {column} = ?
                AND +source = ? AND +document = ? LIMIT ?"""
            for row in database.execute(sql, [value, *place, _TELLS_NOTHING]).fetchall():
                if row[0] not in seen:
                    seen.add(row[0])
                    yield Stored(*row)
