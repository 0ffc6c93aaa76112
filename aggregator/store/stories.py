"""Arrivals → entries of stories: each is recognised and inserted in one transaction, in batches."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Arrival, Delivery, Entry, Visit
from aggregator.refine import dedupe
from aggregator.store import sources

_NAMESPACE = UUID("9a1c0c5e-6f0b-5d0e-9a55-6d1b0a3d1f57")
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)
_Identity = tuple[int, str, str]

# The copy to read: of those that are still subscribed to the one of the highest priority, of equals the first.
SHOWN = """(SELECT e.id FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = story.id
        ORDER BY f.configured DESC, f.priority DESC, e.id LIMIT 1)"""


@dataclass(frozen=True, slots=True)
class _Stored:
    entry: int
    story: int
    heading: str
    text_hash: int
    words: int
    data: str


def commit(database: Database, deliveries: Sequence[Delivery]) -> list[Visit]:
    """Stores what the visits brought, all or nothing; gives back their records with the counts filled in.

    Only the last of several deliveries of one source in a row is that source's state: a large folder comes in parts.
    """
    with database.atomic():
        rows = sources.ids(database, {delivery.source for delivery in deliveries})
        deliveries = [delivery for delivery in deliveries if delivery.source in rows]
        counts = _Counts.of(database, deliveries, rows)
        visits = [counts.filled(delivery.visit) for delivery in deliveries if delivery.visit]
        sources.remember(database, deliveries, rows)
        sources.record(database, visits, rows)
    return visits


@dataclass(slots=True)
class _Counts:
    """How many entries and stories each source's delivery brought."""

    new: dict[str, int]
    updated: dict[str, int]
    stories: dict[str, int]

    @classmethod
    def of(cls, database: Database, deliveries: Sequence[Delivery], rows: Mapping[str, int]) -> _Counts:
        counts = cls({}, {}, {})
        by_instant: dict[int, list[tuple[str, Arrival]]] = {}
        for delivery in deliveries:
            if delivery.visit:
                by_instant.setdefault(delivery.visit.at, []).extend((delivery.source, a) for a in delivery.arrivals)
        for now, arrivals in by_instant.items():
            if arrivals:
                counts._store(database, arrivals, rows, now)
        return counts

    def filled(self, visit: Visit) -> Visit:
        """The visit with its source's counts, which are taken: a second delivery in the batch has its own visit."""
        return replace(
            visit,
            entries_new=self.new.pop(visit.source, 0),
            entries_updated=self.updated.pop(visit.source, 0),
            stories_new=self.stories.pop(visit.source, 0),
        )

    def _store(
        self, database: Database, arrivals: list[tuple[str, Arrival]], rows: Mapping[str, int], now: int
    ) -> None:
        wanted: dict[_Identity, tuple[str, Arrival]] = {}
        for key, arrival in arrivals:
            wanted[rows[key], arrival.document, arrival.entry.guid] = (key, arrival)
        known = _known(database, wanted)
        for identity in _changed(database, {i: a for i, (_, a) in wanted.items() if i in known}, known, now):
            key = wanted[identity][0]
            self.updated[key] = self.updated.get(key, 0) + 1
        fresh = {i: pair for i, pair in wanted.items() if i not in known}
        for identity, joined in _insert(database, fresh, now):
            key = wanted[identity][0]
            self.new[key] = self.new.get(key, 0) + 1
            if joined == "new":
                self.stories[key] = self.stories.get(key, 0) + 1


def _known(database: Database, identities: Iterable[_Identity]) -> dict[_Identity, _Stored]:
    asked = """SELECT e.source, e.document, e.guid, e.id, e.story, e.heading, e.text_hash, e.words, e.data
        FROM json_each(?) AS wanted JOIN entry AS e ON e.source = wanted.value ->> 0
            AND e.document = wanted.value ->> 1 AND e.guid = wanted.value ->> 2"""
    found = database.execute(asked, [json.dumps(list(identities))])
    return {(row[0], row[1], row[2]): _Stored(*row[3:]) for row in found}


# ── Entries that are here already ────────────────────────────────────────────────────────────────────────────────────


def _changed(
    database: Database, arrivals: Mapping[_Identity, Arrival], known: Mapping[_Identity, _Stored], now: int
) -> list[_Identity]:
    """Writes the entries that say something else than before; a story is updated where the words are others."""
    rows, touched, changed = [], [], []
    for identity, arrival in arrivals.items():
        stored = known[identity]
        row = _row(arrival)
        if row["data"] == stored.data:
            continue
        changed.append(identity)
        rows.append({**row, "id": stored.entry})
        old = (stored.heading, stored.text_hash, stored.words)
        if old != (row["heading"], row["text_hash"], row["words"]):
            moment = arrival.entry.updated
            touched.append({"id": stored.story, "entry": stored.entry, "now": moment if 0 < moment <= now else now})
    if rows:
        columns = ", ".join(f"{name} = :{name}" for name in rows[0] if name != "id")
        database.conn.executemany(f"UPDATE entry SET {columns} WHERE id = :id", rows)
    database.conn.executemany(
        f"UPDATE story SET updated = max(updated, :now) WHERE id = :id AND {SHOWN} = :entry", touched
    )
    return changed


def _row(arrival: Arrival) -> dict[str, Any]:
    entry, fingerprint = arrival.entry, arrival.fingerprint
    return {
        "url": fingerprint.url,
        "heading": fingerprint.title,
        "text_hash": fingerprint.text_hash,
        "words": fingerprint.words,
        "published": entry.published or entry.updated,  # many feeds give no other date
        "title": entry.title,
        "author": ", ".join(person.name for person in entry.authors if person.name),
        "text": fingerprint.text,
        "data": ENTRY.dump_json(entry, exclude_defaults=True).decode(),
    }


# ── Entries that are new ─────────────────────────────────────────────────────────────────────────────────────────────


def _insert(
    database: Database, fresh: Mapping[_Identity, tuple[str, Arrival]], now: int
) -> list[tuple[_Identity, str]]:
    """Finds each arrival's story or founds one. The writer is alone, so ids can be given out before the insert."""
    if not fresh:
        return []
    index = _Candidates(database, [arrival for _, arrival in fresh.values()])
    urns = _urns(database, fresh)
    entry_id = _last(database, "entry")
    story_id = _last(database, "story")
    entries, stories, how = [], [], []
    for identity, (_key, arrival) in fresh.items():
        source, document, guid = identity
        entry_id += 1
        urn, returning = urns[identity]
        decision = index.decide(arrival, source)
        if decision.joined == "new" and returning:  # its story outlived it: the id is for ever
            decision = dedupe.Decision(returning, "guid", 1.0)
        if decision.joined == "new":
            story_id += 1
            decision = replace(decision, story=story_id)
            published = min(arrival.entry.published or arrival.entry.updated or now, now)
            updated = max(published, min(arrival.entry.updated, now))
            stories.append({"id": story_id, "urn": urn, "published": published, "updated": updated})
        index.add(arrival, source, decision.story)
        placed = {"id": entry_id, "source": source, "document": document, "guid": guid, "seen": now}
        joined = {"story": decision.story, "joined": decision.joined, "score": decision.score}
        entries.append({**placed, **joined, **_row(arrival)})
        how.append((identity, decision.joined))
    database.table("story").insert_all(stories)
    database.table("entry").insert_all(entries)
    return how


def _last(database: Database, table: str) -> int:
    found: int = database.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
    return found


def _urns(database: Database, fresh: Mapping[_Identity, tuple[str, Arrival]]) -> dict[_Identity, tuple[str, int]]:
    """The URN that each entry's story would have, and the story that has it already (0: none).

    Made of the source's address, the document and the guid, so that a database built again gives the same ids.
    """
    made = {
        identity: uuid5(_NAMESPACE, "\n".join((key, identity[1], identity[2]))).urn
        for identity, (key, _) in fresh.items()
    }
    asked = "SELECT urn, id FROM story WHERE urn IN (SELECT value FROM json_each(?))"
    taken = dict(database.execute(asked, [json.dumps(list(made.values()))]).fetchall())
    return {identity: (urn, taken.get(urn, 0)) for identity, urn in made.items()}


class _Candidates:
    """What a batch may be copies of: the stored entries it shares an address or a text with, and its own."""

    def __init__(self, database: Database, arrivals: Sequence[Arrival]) -> None:
        self._found: dict[str | int, list[tuple[int, dedupe.Candidate]]] = {}
        urls = json.dumps([a.fingerprint.url for a in arrivals if a.fingerprint.url])
        texts = json.dumps([a.fingerprint.text_hash for a in arrivals if a.fingerprint.text_hash])
        asked = "SELECT source, story, heading, url, text_hash, words FROM entry WHERE "
        for row in database.execute(asked + "url <> '' AND url IN (SELECT value FROM json_each(?))", [urls]):
            self._add(row[3], *row)
        for row in database.execute(
            asked + "text_hash <> 0 AND text_hash IN (SELECT value FROM json_each(?))", [texts]
        ):
            self._add(row[4], *row)

    def _add(self, key: str | int, source: int, story: int, heading: str, url: str, text_hash: int, words: int) -> None:
        candidate = dedupe.Candidate(story, heading, url, text_hash, words, same_source=False)
        self._found.setdefault(key, []).append((source, candidate))

    def add(self, arrival: Arrival, source: int, story: int) -> None:
        """Makes an entry of the batch a candidate for the ones after it."""
        fingerprint = arrival.fingerprint
        for key in (fingerprint.url, fingerprint.text_hash):
            if key:
                url, text_hash, words = fingerprint.url, fingerprint.text_hash, fingerprint.words
                self._add(key, source, story, fingerprint.title, url, text_hash, words)

    def decide(self, arrival: Arrival, source: int) -> dedupe.Decision:
        """Which story the arrival joins."""
        fingerprint = arrival.fingerprint
        found = [
            replace(candidate, same_source=origin == source)
            for key in (fingerprint.url, fingerprint.text_hash)
            if key
            for origin, candidate in self._found.get(key, ())
        ]
        return dedupe.decide(fingerprint, found)
