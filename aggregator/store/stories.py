"""Arrivals → entries of stories: each is recognised and inserted in one transaction, in batches."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid5

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Arrival, Delivery, Entry, Visit
from aggregator.refine import dedupe
from aggregator.store import sources
from aggregator.store.candidates import Candidates, Identity, Place, Stored, known

_NAMESPACE = UUID("9a1c0c5e-6f0b-5d0e-9a55-6d1b0a3d1f57")
ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)

# The copy to read: of those that are still subscribed to the one of the highest priority, of equals the first.
SHOWN = """(SELECT e.id FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = story.id
        ORDER BY f.configured DESC, f.priority DESC, e.id LIMIT 1)"""


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
        listed: dict[Place, frozenset[bytes]] = {}
        for delivery in deliveries:
            for name, state in delivery.documents.items():
                listed[rows[delivery.source], name] = state.entry_hashes
            if delivery.visit:
                by_instant.setdefault(delivery.visit.at, []).extend((delivery.source, a) for a in delivery.arrivals)
        for now, arrivals in by_instant.items():
            if arrivals:
                counts._store(database, arrivals, rows, listed, now)
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
        self,
        database: Database,
        arrivals: Sequence[tuple[str, Arrival]],
        rows: Mapping[str, int],
        listed: Mapping[Place, frozenset[bytes]],
        now: int,
    ) -> None:
        wanted = {(rows[key], arrival.document, arrival.entry.guid): (key, arrival) for key, arrival in arrivals}
        stored = known(database, list(wanted))
        fresh = {identity: arrival for identity, (_, arrival) in wanted.items() if identity not in stored}
        candidates = Candidates(database, list(fresh.values()))
        stored |= candidates.renamed(fresh, listed)
        for identity in _change(database, {i: wanted[i][1] for i in stored}, stored, now):
            key = wanted[identity][0]
            self.updated[key] = self.updated.get(key, 0) + 1
        new = {identity: pair for identity, pair in wanted.items() if identity not in stored}
        for identity, joined in _insert(database, new, candidates, now):
            key = wanted[identity][0]
            self.new[key] = self.new.get(key, 0) + 1
            if joined == "new":
                self.stories[key] = self.stories.get(key, 0) + 1


# ── Entries that are here already ────────────────────────────────────────────────────────────────────────────────────


def _change(
    database: Database, arrivals: Mapping[Identity, Arrival], stored: Mapping[Identity, Stored], now: int
) -> list[Identity]:
    """Writes the entries that say something else than before; a story is updated where the words are others.

    Gives back those in which more than the guid changed.
    """
    rows, touched, changed = [], [], []
    for identity, arrival in arrivals.items():
        before = stored[identity]
        row = {"id": before.id, "guid": identity[2], **_row(arrival)}
        if row["data"] != before.data or row["hash"] != before.hash:
            rows.append(row)
        if _data(replace(arrival.entry, guid=before.guid)) == before.data:
            continue
        changed.append(identity)
        if (before.heading, before.text_hash, before.words) != (row["heading"], row["text_hash"], row["words"]):
            moment = arrival.entry.updated
            touched.append({"id": before.story, "entry": before.id, "now": moment if 0 < moment <= now else now})
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
        "hash": entry.hash,
        "data": _data(entry),
    }


def _data(entry: Entry) -> str:
    return ENTRY.dump_json(entry, exclude_defaults=True, exclude={"hash"}).decode()


# ── Entries that are new ─────────────────────────────────────────────────────────────────────────────────────────────


def _insert(
    database: Database, fresh: Mapping[Identity, tuple[str, Arrival]], candidates: Candidates, now: int
) -> list[tuple[Identity, str]]:
    """Finds each arrival's story or founds one. The writer is alone, so ids can be given out before the insert."""
    if not fresh:
        return []
    urns = _urns(database, fresh)
    entry_id = _last(database, "entry")
    story_id = _last(database, "story")
    entries, stories, how = [], [], []
    for identity, (_key, arrival) in fresh.items():
        source, document, guid = identity
        entry_id += 1
        urn, returning = urns[identity]
        decision = candidates.decide(arrival, source)
        if decision.joined == "new" and returning:  # its story outlived it: the id is for ever
            decision = dedupe.Decision(returning, "guid", 1.0)
        if decision.joined == "new":
            story_id += 1
            decision = replace(decision, story=story_id)
            published = min(arrival.entry.published or arrival.entry.updated or now, now)
            updated = max(published, min(arrival.entry.updated, now))
            stories.append({"id": story_id, "urn": urn, "published": published, "updated": updated})
        candidates.add(arrival, source, decision.story)
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


def _urns(database: Database, fresh: Mapping[Identity, tuple[str, Arrival]]) -> dict[Identity, tuple[str, int]]:
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
