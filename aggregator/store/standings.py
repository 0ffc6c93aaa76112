"""How the sources stand, for whoever looks: the operator, a page, a metric."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from aggregator.model import FailureKind, SourceKind, host_of
from aggregator.store.categories import taken_by
from aggregator.store.sources import VISITED
from aggregator.text import secrets

_NAME = "CASE WHEN name <> '' THEN name ELSE title END"
_STATE = """CASE WHEN NOT enabled OR paused THEN 'paused' WHEN gone THEN 'gone' WHEN failures > 0 THEN 'failing'
    WHEN last_visit = 0 THEN 'pending' ELSE 'ok' END"""
_REASON = "CASE WHEN enabled AND paused THEN 'paused by the operator' ELSE reason END"
_ENTRIES = "(SELECT count(*) FROM entry WHERE entry.source = source.id)"
_SILENT = """coalesce((SELECT min(since) FROM incident
    WHERE incident.source = source.id AND until = 0 AND incident.kind = 'silent'), 0)"""
_LATENCY = """(SELECT avg(seconds) FROM (SELECT seconds FROM visit
    WHERE visit.source = source.id AND (status > 0 OR source.kind <> 'web') ORDER BY at DESC LIMIT 20))"""
_COLUMNS = f"""key, source.kind, {_NAME}, category, {_STATE}, error, {_ENTRIES}, failures, last_visit, next_visit,
    {_REASON}, id, feed_id, link, newest, {_SILENT}, paused"""
_ORDERS = {
    "name": ("shown_name(key, source.kind, name, title)",),
    "state": ("CASE state WHEN 'failing' THEN 0 WHEN 'gone' THEN 1 WHEN 'pending' THEN 2 WHEN 'paused' THEN 3 END",),
    "last": ("nullif(last_visit, 0)",),
    "next": ("CASE WHEN state NOT IN ('gone', 'paused') THEN next_visit END",),
    "entries": (_ENTRIES,),
    "failures": ("failures",),
    "silent": (f"{_SILENT} = 0", "nullif(newest, 0)"),
    "latency": (_LATENCY,),
}
ORDERS = tuple(_ORDERS)
"""What sources can be ordered by."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands, for whoever looks: the operator, a page, a metric. `name` is "" until a feed gave one.

    `newest` is when its newest entry was published, and `silent` since when it is called silent, 0 if it isn't.
    It is `paused` by the operator, while the daemon runs; what the config pauses isn't so.
    """

    key: str
    kind: SourceKind
    name: str
    category: str
    state: str
    error: str
    entries: int
    failures: int
    last_visit: int
    next_visit: int
    reason: str
    id: int = 0
    feed_id: str = ""
    link: str = ""
    newest: int = 0
    silent: int = 0
    paused: bool = False

    @property
    def shown_name(self) -> str:
        """Its name as anybody may see it, also where it has none."""
        return shown_name(self.key, self.kind, self.name)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which sources: in this state, in this category, with these words in the name or the host's; "" for any."""

    state: str = ""
    category: str = ""
    words: str = ""


def shown_name(key: str, kind: str, *names: str) -> str:
    """Return the first of a source's names, as anybody may see it; else a file's, or its address.

    Of an address that is a secret it is the host.
    """
    name = next(filter(None, names), "")
    if name:
        return secrets.shown(name)
    if kind == SourceKind.WEB:
        return host_of(key) if secrets.is_secret(key) else key.partition("://")[2].rstrip("/") or key
    return key.rstrip("/").rpartition("/")[2] or key


def standings(database: Database) -> list[Standing]:
    """Return how every configured source stands, in the order in which they were first configured."""
    return _read(database, f"SELECT {_COLUMNS} FROM source WHERE configured ORDER BY id")


def standing(database: Database, source: int) -> Standing | None:
    """Return how the source in this row stands; None where it isn't configured."""
    return next(iter(_read(database, f"SELECT {_COLUMNS} FROM source WHERE configured AND id = ?", [source])), None)


def listed(
    database: Database, wanted: Wanted, order: str, *, descending: bool = False, skip: int = 0, most: int
) -> list[Standing]:
    """Return how `most` of these sources stand, ordered by one of ORDERS, without the first `skip` of them."""
    _register(database)
    direction = f"{'DESC' if descending else 'ASC'} NULLS LAST"
    order_by = ", ".join(f"{expression} {direction}" for expression in _ORDERS[order])
    condition, values = _condition(wanted)
    rows = database.execute(
        f"""SELECT id FROM (SELECT *, {_STATE} AS state FROM source) AS source WHERE {condition}
        ORDER BY {order_by}, id LIMIT :most OFFSET :skip""",
        {**values, "most": most, "skip": skip},
    )
    ids = [row[0] for row in rows]
    sql = f"SELECT {_COLUMNS} FROM source WHERE id IN (SELECT value FROM json_each(?))"
    by_id = {standing.id: standing for standing in _read(database, sql, [json.dumps(ids)])}
    return [by_id[row] for row in ids]


def latencies(database: Database, sources: Sequence[int]) -> dict[int, float]:
    """Return the mean of the last 20 answers of each source in seconds; of none where there was no answer."""
    sql = f"SELECT id, {_LATENCY} FROM source WHERE id IN (SELECT value FROM json_each(?))"
    rows = database.execute(sql, [json.dumps(list(sources))])
    return {row: seconds for row, seconds in rows if seconds is not None}


def counts(database: Database, wanted: Wanted) -> dict[str, int]:
    """Count these sources by state, whatever state is wanted."""
    _register(database)
    condition, values = _condition(replace(wanted, state=""))
    sql = (
        f"SELECT state, count(*) FROM (SELECT *, {_STATE} AS state FROM source) AS source WHERE {condition} GROUP BY 1"
    )
    return dict(database.execute(sql, values).fetchall())


def _read(database: Database, sql: str, values: Sequence[Any] = ()) -> list[Standing]:
    rows = database.execute(sql, values)
    return [replace(Standing(key, SourceKind(kind), *rest), paused=bool(paused)) for key, kind, *rest, paused in rows]


def _condition(wanted: Wanted) -> tuple[str, dict[str, str]]:
    """Return the condition for a source of which `state` is told, and its values.

    Words are sought in what is shown: who tries one after the other learns nothing of a key.
    """
    conditions = {
        "configured": "",
        "state = :state": wanted.state,
        f"category IN ({taken_by('category')})": wanted.category,
        "(instr(shown_name(key, source.kind, name, title), :words) OR instr(host, :words))": wanted.words.casefold(),
    }
    asked = [condition for condition, value in conditions.items() if value or condition == "configured"]
    values = {"state": wanted.state, "category": json.dumps([wanted.category]), "words": wanted.words.casefold()}
    return " AND ".join(asked), values


def _register(database: Database) -> None:
    """Let SQL name the sources, in small letters: SQLite's own know no letters but ASCII's."""

    def folded(*of: str) -> str:
        return shown_name(*of).casefold()

    database.conn.create_function("shown_name", 4, folded, deterministic=True)


def failing(database: Database) -> int:
    """Count the sources that stand as failing; as cheap as these are few, however many are well."""
    sql = f"SELECT count(*) FROM source WHERE {VISITED} AND NOT gone AND error <> '' AND failures"
    count: int = database.execute(sql).fetchone()[0]
    return count


def failing_by_kind(database: Database) -> dict[FailureKind, int]:
    """Count these by why their last visit failed; what failed before that was noted is of no kind."""
    sql = f"""SELECT coalesce((SELECT v.kind FROM visit AS v WHERE v.source = source.id ORDER BY v.at DESC LIMIT 1), '')
        AS failed, count(*) FROM source WHERE {VISITED} AND NOT gone AND error <> '' AND failures GROUP BY failed"""
    return {FailureKind(kind): count for kind, count in database.execute(sql)}


def pending(database: Database) -> int:
    """Count the sources that were never visited."""
    sql = f"SELECT count(*) FROM source WHERE {VISITED} AND NOT gone AND last_visit = 0"
    count: int = database.execute(sql).fetchone()[0]
    return count


def languages(database: Database) -> list[str]:
    """Return the languages in which the configured sources say they publish, as their first subtags."""
    rows = database.execute("SELECT DISTINCT language FROM source WHERE configured AND language <> ''")
    return sorted({tag.partition("-")[0].lower() for (tag,) in rows})


def names(database: Database, most: int) -> list[tuple[int, str]]:
    """Return the row and the name of each configured source, by name; none at all where there are more than that."""
    sql = "SELECT id, key, kind, name, title FROM source WHERE configured LIMIT ?"
    named = [(row, shown_name(*of)) for row, *of in database.execute(sql, [most + 1])]
    return [] if len(named) > most else sorted(named, key=lambda row: (row[1].casefold(), row[0]))


def name(database: Database, source: int) -> str:
    """Return the name of the source in this row; "" where there is none."""
    row = database.execute("SELECT key, kind, name, title FROM source WHERE id = ?", [source]).fetchone()
    return shown_name(*row) if row else ""


def sites(database: Database) -> dict[str, tuple[str, str]]:
    """Return each source's own title and the address of its site."""
    return {key: (title, link) for key, title, link in database.execute("SELECT key, title, link FROM source")}
