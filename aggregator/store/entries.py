"""Arrivals → entries of stories: each is recognised and inserted in one transaction, in batches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlite_utils import Database

from aggregator.model import Arrival, Delivery, DocumentKind, Visit
from aggregator.refine import dedupe, edits
from aggregator.refine.dedupe import Place
from aggregator.store import (
    backfill,
    boilerplate,
    claims,
    copies,
    files,
    hiding,
    ids,
    let_go,
    likeness,
    overrides,
    pictures,
    retention,
    search,
    sources,
    versions,
)
from aggregator.store.arrivals import Pending, once_each, split_reused_guids
from aggregator.store.copies import ENTRY
from aggregator.store.let_go import LetGo
from aggregator.store.matching import Identity, Stored, dated, known, renamed, said
from aggregator.store.row import names_of, of_arrival, of_decision, written

_Fate = tuple[int, str]
"""A delivery's number, and "new" (with a story), "joined" or "updated" for one of its entries, or "apart" for one that
came under another's guid."""


def commit(
    database: Database, deliveries: Sequence[Delivery], kept: int = 2000, *, by_text: bool = True
) -> list[Visit]:
    """Store what the visits brought, all or nothing; return their records with the counts filled in.

    With that the claims on their sources end (store/claims.py). `by_text` is whether likeness joins. Of each document
    at most `kept` entries stay, the newest ones. Deliveries of sources unknown here are passed over.
    """
    with database.atomic():
        claims.settle(database, deliveries)
        rows = sources.ids(database, {delivery.source for delivery in deliveries})
        deliveries = files.settle(database, [each for each in deliveries if each.source in rows], rows)
        fates: Counter[_Fate] = Counter()
        for batch in once_each(deliveries):
            fates.update(_store(database, batch, rows, kept, by_text=by_text))
        files.note(database, deliveries, rows)
        pictures.note(database, deliveries, rows)
        hiding.settle(database, deliveries, rows)
        sources.remember(database, deliveries, rows)
        grown = {(rows[d.source], a.document) for d in deliveries for a in d.arrivals}
        dropped = retention.keep(database, grown, kept)
        visits = [
            _with_counts(d.visit, index, fates, dropped[rows[d.source]]) if d.arrivals else d.visit
            for index, d in enumerate(deliveries)
            if d.visit
        ]
        backfill.close(database, deliveries, rows)
        sources.record(database, visits, rows)
    return visits


def _with_counts(visit: Visit, delivery: int, fates: Mapping[_Fate, int], dropped: int) -> Visit:
    """Return the visit with what became of the entries it brought."""
    notes = [
        visit.detail,
        f"{dropped} old entries let go" if dropped and fates[delivery, "new"] else "",
        "gives new articles the guid of old ones: both are kept" if fates[delivery, "apart"] else "",
    ]
    return replace(
        visit,
        entries_new=fates[delivery, "new"] + fates[delivery, "joined"],
        entries_updated=fates[delivery, "updated"],
        stories_new=fates[delivery, "new"],
        detail="; ".join(filter(None, notes)),
    )


def _store(
    database: Database, deliveries: Mapping[int, Delivery], rows: Mapping[str, int], kept: int, *, by_text: bool
) -> list[_Fate]:
    """Change and insert the arrivals; return for each that made a difference its delivery's number, and which."""
    pending: dict[Identity, Pending] = {}
    listed: dict[Place, frozenset[bytes]] = {}
    for number, delivery in deliveries.items():
        if delivery.visit is None:
            continue
        row = rows[delivery.source]
        listed |= {(row, name): state.entry_hashes for name, state in delivery.documents.items()}
        for arrival in delivery.arrivals:
            identity = (row, arrival.document, arrival.entry.guid)
            pending[identity] = Pending(arrival, number, delivery.source, delivery.visit.at)
    if not pending:
        return []
    pending, stored, gone, apart = _recognised(database, pending)
    fresh = {identity: each.arrival for identity, each in pending.items() if identity not in {*stored, *gone}}
    again = renamed(database, fresh, listed, {before.id for before in stored.values()})
    ids.keep(database, [before.id for before in again.values()])
    stored |= again
    fresh = {identity: arrival for identity, arrival in fresh.items() if identity not in stored}
    gone |= let_go.renamed(database, fresh, listed)
    back = let_go.take_back(database, {identity: pending[identity].arrival for identity in gone}, gone, kept)
    new = {identity: each for identity, each in pending.items() if identity not in {*stored, *gone}}
    new |= {each: replace(pending[each], seen=gone[each].seen, backlog=gone[each].backlog, back=True) for each in back}
    changed = _change(database, pending, stored)  # first: nothing is a copy of what an entry said before
    index = likeness.Index(database, [each.arrival for each in new.values()], by_text=by_text)
    return [
        *((pending[identity].delivery, "updated") for identity in changed),
        *((pending[identity].delivery, how) for identity, how in _insert(database, new, index)),
        *((pending[identity].delivery, "apart") for identity in apart),
    ]


def _recognised(
    database: Database, pending: Mapping[Identity, Pending]
) -> tuple[dict[Identity, Pending], dict[Identity, Stored], dict[Identity, LetGo], set[Identity]]:
    """Return the arrivals; those stored under their guid; those that were let go; and which came under another's guid.

    These have a guid of their own here.
    """
    stored = known(database, list(pending))
    gone = let_go.known(database, pending.keys() - stored)
    kept, apart = split_reused_guids(pending, {identity: before.said for identity, before in (stored | gone).items()})
    if not apart:
        return dict(pending), stored, gone, set()
    stored = {identity: stored[identity] for identity in kept if identity in stored} | known(database, list(apart))
    gone = {identity: gone[identity] for identity in kept if identity in gone}
    return kept | apart, stored, gone | let_go.known(database, apart.keys() - stored), set(apart)


# ── Entries that are here already ────────────────────────────────────────────────────────────────────────────────────


def _change(
    database: Database, pending: Mapping[Identity, Pending], stored: Mapping[Identity, Stored]
) -> list[Identity]:
    """Write the entries that say something else than before; a story is updated where the words are others.

    Return those in which more than the guid changed.
    """
    rows, touched, changed, replaced = [], [], [], []
    for identity, before in stored.items():
        arrival, now = pending[identity].arrival, pending[identity].seen
        data = written(arrival.entry)
        if (data, arrival.entry.hash, arrival.kind) != (before.data, before.hash, before.kind):
            rows.append({"id": before.id, "guid": identity[2], **of_arrival(arrival)})
            _recount(database, before, arrival)
        if written(replace(arrival.entry, guid=before.guid)) == before.data:
            continue
        changed.append(identity)
        fingerprint, after = arrival.fingerprint, said(arrival)
        if (before.text, before.heading) != (fingerprint.text, fingerprint.title):
            old = dedupe.features_of(before.text, before.heading)
            likeness.replace(database, before.id, before.story, old, fingerprint.features)
        if (before.text, before.title) != (after.text, after.title):
            replaced.append({"entry": before.id, "at": now, "data": before.data})
        if edits.is_substantive((before.title, before.text), (after.title, after.text)):
            moment = arrival.entry.updated
            touched.append({"id": before.story, "entry": before.id, "now": moment if 0 < moment <= now else now})
    versions.keep(database, replaced)
    if rows:
        columns = ", ".join(f"{name} = :{name}" for name in rows[0] if name != "id")
        database.conn.executemany(f"UPDATE entry SET {columns} WHERE id = :id", rows)
    shown = {story: listed[0].id for story, listed in copies.load(database, {row["id"] for row in touched}).items()}
    seen = [row for row in touched if shown.get(row["id"]) == row["entry"]]
    database.conn.executemany("UPDATE story SET updated = max(updated, :now) WHERE id = :id", seen)
    return changed


def _recount(database: Database, before: Stored, arrival: Arrival) -> None:
    """Count the paragraphs of a plain text as it is now in place of those that it had."""
    if before.kind == DocumentKind.TEXT:
        boilerplate.count(database, before.source, ENTRY.validate_json(before.data).content, -1)
    if arrival.kind is DocumentKind.TEXT:
        boilerplate.count(database, before.source, arrival.entry.content)


# ── Entries that are new ─────────────────────────────────────────────────────────────────────────────────────────────


def _insert(database: Database, fresh: Mapping[Identity, Pending], index: likeness.Index) -> list[tuple[Identity, str]]:
    """Find each arrival's story, or found one; the writer is alone, so ids can be given out before the insert.

    Return for each whether it is "new", with its story, or "joined" one.
    """
    names = ids.names(database, fresh, {identity for identity, pending in fresh.items() if pending.back})
    places = backfill.places(database, {identity: _date(pending) for identity, pending in fresh.items()})
    entry_id, story_id = _last(database, "entry"), _last(database, "story")
    entries, stories, words, how = [], [], [], []
    united: set[tuple[int, int]] = set()
    for identity, pending in fresh.items():
        source, document, guid = identity
        arrival, now = pending.arrival, pending.seen
        entry_id += 1
        name = names[identity]
        backlogged = places.get(identity, pending.backlog)
        at = likeness.came_out(arrival.entry, now, backlogged)
        decision = index.decide(arrival, source, at)
        if decision.joined == "new" and name.story:  # its story outlived it: the id is for ever
            decision = dedupe.Decision(name.story, "guid", 1.0)
        story, founded = decision.story, decision.joined == "new"
        if founded:
            story = story_id = story_id + 1
            published = _date(pending)
            updated = max(published, min(arrival.entry.updated or published, now))
            stories.append({"id": story, "urn": name.urn, "published": published, "updated": updated})
        index.add(arrival, source, entry_id, story, at, founded=founded)
        united |= {(story, other) for other in decision.also}
        placed = {"id": entry_id, "source": source, "document": document, "guid": guid, "seen": now}
        placed |= {"backlog": backlogged, "urn": name.urn if name.given else ""}
        entries.append({**placed, **of_decision(decision, story), **of_arrival(arrival)})
        words.append((entry_id, arrival.entry.title, names_of(arrival.entry), arrival.fingerprint.text))
        if arrival.kind is DocumentKind.TEXT:
            boilerplate.count(database, source, arrival.entry.content)
        how.append((identity, "new" if founded else "joined"))
    _insert_all(database, "story", stories)
    _insert_all(database, "entry", entries)
    index.write()
    search.index(database, words)
    _unite(database, united)
    return how


def _insert_all(database: Database, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        marks = ", ".join(f":{name}" for name in rows[0])
        database.conn.executemany(f"INSERT INTO {table} ({', '.join(rows[0])}) VALUES ({marks})", rows)


def _date(pending: Pending) -> int:
    return min(dated(pending.arrival.entry) or pending.seen, pending.seen)


def _unite(database: Database, pairs: Iterable[tuple[int, int]]) -> None:
    """Make each pair of stories one, under the older's id, whatever became of them by the pairs before.

    Not where the operator has ruled on one of them: that lasts.
    """
    now: dict[int, int] = {}
    for pair in sorted(pairs):
        kept, gone = sorted(_followed(now, story) for story in pair)
        if kept != gone and not overrides.is_ruled(database, (kept, gone)):
            overrides.unite(database, kept, gone)
            now[gone] = kept


def _followed(now: Mapping[int, int], story: int) -> int:
    while story in now:
        story = now[story]
    return story


def _last(database: Database, table: str) -> int:
    """Return the highest number that was ever given in the table."""
    row = database.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]).fetchone()
    return int(row[0]) if row else 0
