"""What was let go of a document that still lists it: when it is read again, for an edit or an upgrade, it is no news.

An article without a date would come back as today's (miniflux #4075). As much is remembered as the document lists.
What went for a lasting reason, its age or the room that there is, stays away for as long; the rest comes back where
more is kept.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Arrival
from aggregator.refine import sameness
from aggregator.refine.dedupe import Place
from aggregator.refine.sameness import Comparable
from aggregator.store.matching import Identity, said

_HASH = 8  # bytes of each entry in a document's `entry_hashes`
_SAID = ("title", "url", "published", "text_hash", "words")
_COLUMNS = ", ".join(("source", "document", "guid", "hash", "seen", "backlog", *_SAID))


@dataclass(frozen=True, slots=True)
class LetGo:
    """An entry that is stored no more: under which guid and hash it is remembered, when it came, and what it said."""

    guid: str
    hash: bytes
    seen: int
    backlog: int
    lasting: int
    said: Comparable


def remember(database: Database, entries: Sequence[int], *, lasting: bool = False) -> None:
    """Note the entries, which are about to go, as far as they are listed; call it in the same transaction."""
    sql = f"SELECT {_COLUMNS} FROM entry WHERE id IN (SELECT value FROM json_each(?))"
    rows = database.execute(sql, [json.dumps(entries)]).fetchall()
    listed = {place: _listed(database, place) for place in {(row[0], row[1]) for row in rows}}
    _note(database, [(*row, int(lasting)) for row in rows if row[3] in listed[row[0], row[1]]])


def forget_unlisted(database: Database, places: Iterable[Place]) -> None:
    """Forget what these documents list no more."""
    for place in places:
        rows = database.execute("SELECT guid, hash FROM let_go WHERE source = ? AND document = ?", list(place))
        noted = rows.fetchall()
        listed = _listed(database, place) if noted else frozenset()
        _forget(database, [(*place, guid) for guid, digest in noted if digest not in listed])


def known(database: Database, identities: Collection[Identity]) -> dict[Identity, LetGo]:
    """Return those of these identities that were let go."""
    sql = f"""SELECT g.source, g.document, g.guid, hash, seen, backlog, lasting, {", ".join(_SAID)}
        FROM json_each(?) AS wanted CROSS JOIN let_go AS g ON g.source = wanted.value ->> 0
        AND g.document = wanted.value ->> 1 AND g.guid = wanted.value ->> 2"""
    rows = database.execute(sql, [json.dumps(list(identities))]) if identities else ()
    return {(source, document, guid): _let_go(guid, *row) for source, document, guid, *row in rows}


def renamed(
    database: Database, fresh: Mapping[Identity, Arrival], listed: Mapping[Place, AbstractSet[bytes]]
) -> dict[Identity, LetGo]:
    """Return the arrivals that are what was let go of their document under another guid, and is listed no more."""
    entries: dict[Identity, LetGo] = {}
    columns = ", ".join(("guid", "hash", "seen", "backlog", "lasting", *_SAID))
    for place in {identity[:2] for identity in fresh}:
        sql = f"SELECT {columns} FROM let_go WHERE source = ? AND document = ?"
        rows = [_let_go(*row) for row in database.execute(sql, list(place))]
        rows = [each for each in rows if each.hash not in listed.get(place, frozenset())]
        if not rows:
            continue
        arrivals = {identity: arrival for identity, arrival in fresh.items() if identity[:2] == place}
        addresses = Counter(each.said.url for each in rows) + Counter(a.fingerprint.url for a in arrivals.values())
        for identity, arrival in arrivals.items():
            after = said(arrival)
            is_page = addresses[after.url] == 2
            same = (each for each in rows if sameness.is_same(each.said, after, own_address=is_page, churned=False))
            if each := next(same, None):
                rows.remove(each)
                entries[identity] = each
    return entries


def take_back(
    database: Database, came: Mapping[Identity, Arrival], noted: Mapping[Identity, LetGo], kept: int
) -> set[Identity]:
    """Return what came again and has room, now that more is kept; the rest stays let go, as it is listed now."""
    _forget(database, [(*identity[:2], noted[identity].guid) for identity in came])
    full = {place for place in {identity[:2] for identity in came} if _stored(database, place) >= kept}
    back = {identity for identity in came if not noted[identity].lasting and identity[:2] not in full}
    stays = []
    for identity in came.keys() - back:
        before, after = noted[identity], said(came[identity])
        values = (getattr(after, name) for name in _SAID)
        stays.append((*identity, came[identity].entry.hash, before.seen, before.backlog, *values, before.lasting))
    _note(database, stays)
    return back


def _let_go(guid: str, digest: bytes, seen: int, backlog: int, lasting: int, *values: object) -> LetGo:
    title, url, published, text_hash, words = values
    return LetGo(guid, digest, seen, backlog, lasting, Comparable(title, url, published, "", text_hash, words))  # type: ignore[arg-type]


def _listed(database: Database, place: Place) -> frozenset[bytes]:
    """Return the hashes of all that the document lists."""
    sql = "SELECT entry_hashes FROM document WHERE source = ? AND name = ?"
    (packed,) = database.execute(sql, list(place)).fetchone() or (b"",)
    return frozenset(packed[i : i + _HASH] for i in range(0, len(packed), _HASH))


def _stored(database: Database, place: Place) -> int:
    sql = "SELECT count(*) FROM entry WHERE source = ? AND document = ?"
    return int(database.execute(sql, list(place)).fetchone()[0])


def _note(database: Database, rows: Sequence[Sequence[object]]) -> None:
    values = ", ".join("?" * (7 + len(_SAID)))
    database.conn.executemany(f"INSERT OR REPLACE INTO let_go ({_COLUMNS}, lasting) VALUES ({values})", rows)


def _forget(database: Database, identities: Sequence[Identity]) -> None:
    sql = "DELETE FROM let_go WHERE source = ? AND document = ? AND guid = ?"
    database.conn.executemany(sql, identities)
