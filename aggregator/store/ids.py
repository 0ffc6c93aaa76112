"""Which story's id is whose: every entry has one that it founds a story under, for ever and wherever it moves."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.store import former
from aggregator.store.matching import Identity
from aggregator.store.urn import substitute, urn_of

FIRST_KEY = "coalesce(nullif(f.first_key, ''), f.key)"
"""Of a source f: the address that its stories' ids are made of."""


@dataclass(frozen=True, slots=True)
class Name:
    """The id of the story that an entry would found, and the story that has it already, or took it in (0: none).

    It is `given` where it isn't the one that is made of the entry's place and guid, which another entry has.
    """

    urn: str
    story: int = 0
    given: bool = False


def names(database: Database, identities: Iterable[Identity], back: Collection[Identity] = ()) -> dict[Identity, Name]:
    """Return the ids for entries that are new, where no entry that is stored has the same.

    A story without the entry that founded it goes on with it when that comes back: its id is for ever. But not with
    another article that came to the place which that one has left. Nor does a new one get the id of a story that was
    let go, but for those that are `back`: these are what they were.
    """
    fresh = list(identities)
    keys = _first_keys(database, {identity[0] for identity in fresh})
    urns = {identity: urn_of(keys[identity[0]], *identity[1:]) for identity in fresh}
    taken, stories = _taken(database, urns.values()), _stories(database, urns.values())
    fresh_urns = {urn for identity, urn in urns.items() if identity not in back}
    taken |= former.former(database, fresh_urns - stories.keys())
    return {
        identity: _free_name(database, urn) if urn in taken else Name(urn, stories.get(urn, 0))
        for identity, urn in urns.items()
    }


def _free_name(database: Database, urn: str) -> Name:
    while _taken(database, [urn]) or former.former(database, [urn]):
        urn = substitute(urn)
    return Name(urn, _stories(database, [urn]).get(urn, 0), given=True)


def _first_keys(database: Database, sources: Iterable[int]) -> dict[int, str]:
    sql = f"SELECT f.id, {FIRST_KEY} FROM source AS f WHERE f.id IN (SELECT value FROM json_each(?))"
    return dict(database.execute(sql, [json.dumps(list(sources))]).fetchall())


def _taken(database: Database, urns: Iterable[str]) -> set[str]:
    """Return those of these ids that an entry has which moved."""
    sql = "SELECT urn FROM entry WHERE urn <> '' AND urn IN (SELECT value FROM json_each(?))"
    return {row[0] for row in database.execute(sql, [json.dumps(list(urns))])}


def _stories(database: Database, urns: Iterable[str]) -> dict[str, int]:
    """Return the stories that have these ids, or took in those that had them."""
    sql = """SELECT urn, id FROM story WHERE urn IN (SELECT value FROM json_each(:urns))
        UNION ALL SELECT urn, story FROM alias WHERE urn IN (SELECT value FROM json_each(:urns))"""
    return dict(database.execute(sql, {"urns": json.dumps(list(urns))}).fetchall())


def own(database: Database, entries: Iterable[int]) -> dict[int, str]:
    """Return the id that each of these entries has."""
    sql = f"""SELECT e.id, e.urn, {FIRST_KEY}, e.document, e.guid FROM entry AS e JOIN source AS f ON f.id = e.source
        WHERE e.id IN (SELECT value FROM json_each(?))"""
    rows = database.execute(sql, [json.dumps(list(entries))])
    return {entry: urn or urn_of(*place) for entry, urn, *place in rows}


def keep(database: Database, entries: Iterable[int]) -> None:
    """Have these entries keep their ids; call it before their source, document or guid becomes another."""
    rows = [(urn, entry) for entry, urn in own(database, entries).items()]
    database.conn.executemany("UPDATE entry SET urn = ? WHERE id = ? AND urn = ''", rows)


def for_leaving(database: Database, entry: int) -> str:
    """Return the id for the story that this entry is split off into.

    That which its story had before it was merged into its present one, else the entry's own, each unless a story has
    it now; else one that nothing has.
    """
    (home,) = database.execute("SELECT home FROM entry WHERE id = ?", [entry]).fetchone()
    urn = own(database, [entry])[entry]
    for candidate in filter(None, (home, urn)):
        if not database.execute("SELECT 1 FROM story WHERE urn = ?", [candidate]).fetchone():
            return str(candidate)
    while urn in _taken(database, [urn]) or urn in _stories(database, [urn]):
        urn = substitute(urn)
    return urn
