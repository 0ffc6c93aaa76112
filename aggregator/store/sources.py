"""What is remembered of sources: which are configured, when each is due, and how its visits went."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from aggregator.model import Because, Delivery, DocumentState, Hints, Origin, Source, SourceState, Visit, host_of
from aggregator.store import addresses

_CONFIGURED = ("name", "category", "priority", "enabled", "kind", "withdraw")
_STATE = (
    "next_visit", "reason", "because", "last_visit", "failures", "error", "gone", "location", "moved_to",
    "moved_visits", "gap", "newest", "missed", "hub", "topic", "pushed",
)  # fmt: skip
_ANEW = {"next_visit": 0, "failures": 0, "error": "", "gone": 0, "paused": 0}  # removed and added again: asked for anew
VISITED = "configured AND enabled AND NOT paused"
"""The sources that are visited, those that are gone apart: by the config, and unless the operator paused them."""
_VISIT = (
    "at",
    "outcome",
    "status",
    "entries_new",
    "entries_updated",
    "stories_new",
    "size",
    "seconds",
    "detail",
    "kind",
)
_DOCUMENT = (
    "etag",
    "last_modified",
    "validators_from",
    "body_hash",
    "stamp",
    "entry_hashes",
    "outline",
    "error",
    "waits",
    "reader",
    "held",
    "read_at",
    "plain",
)


def register(database: Database, sources: Sequence[Source]) -> None:
    """Make the table say what the config says. Sources that are no longer configured stay, with all they gave."""
    with database.atomic():
        addresses.follow(database, [source.key for source in sources])
        _register(database, sources)


def _register(database: Database, sources: Sequence[Source]) -> None:
    stored = {
        row[0]: row[1:] for row in database.execute(f"SELECT key, configured, {', '.join(_CONFIGURED)} FROM source")
    }
    configured = {s.key: (1, s.name, s.category, s.priority, int(s.enabled), s.kind, int(s.withdraw)) for s in sources}
    changed = [
        {"key": key, "configured": 1, **dict(zip(_CONFIGURED, row[1:], strict=True))}
        for key, row in configured.items()
        if stored.get(key) != row
    ]
    dropped = [{"key": key, "configured": 0} for key, row in stored.items() if key not in configured and row[0]]
    taken = addresses.first_keys(database)
    fresh = [str(row["key"]) for row in changed if row["key"] not in stored]
    named = {key: {"host": host_of(key), "first_key": addresses.first_key(key, taken)} for key in fresh}
    database.table("source").insert_all({**row, **named[row["key"]]} for row in changed if row["key"] in named)
    _update(database, "source", "key", [row for row in changed if row["key"] in stored])
    again = [row["key"] for row in changed if row["key"] in stored and not stored[row["key"]][0]]
    _update(database, "source", "key", [{"key": key, **_ANEW} for key in again])
    _update(database, "source", "key", dropped)


def _update(database: Database, table: str, key: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = ", ".join(f"{name} = :{name}" for name in rows[0] if name != key)
        database.conn.executemany(f"UPDATE {table} SET {columns} WHERE {key} = :{key}", rows)


def _values(of: object, names: Sequence[str]) -> dict[str, Any]:
    """Return attributes as UTF-8 can carry them: headers and file names in other encodings have lone surrogates."""
    values = {name: getattr(of, name) for name in names}
    return {n: v.encode("utf-8", "replace").decode() if isinstance(v, str) else v for n, v in values.items()}


def due(database: Database, now: int, *, everything: bool = False) -> list[str]:
    """Return the keys of the sources to visit at `now`, the longest due first; with `everything` all."""
    sql = f"SELECT key FROM source WHERE {VISITED}"
    order = "ORDER BY next_visit, id"
    if everything:
        return [row[0] for row in database.execute(f"{sql} {order}")]
    rows = database.execute(f"{sql} AND NOT gone AND next_visit <= ? {order}", [now])
    return [row[0] for row in rows]


def appointments(database: Database, now: int) -> list[tuple[str, int, Because]]:
    """Return the visits to come: key, when and what decided it."""
    sql = f"SELECT key, next_visit, because FROM source WHERE {VISITED} AND NOT gone AND next_visit > ?"
    return [(key, at, Because(because)) for key, at, because in database.execute(sql, [now])]


def appoint(database: Database, changed: Mapping[str, int]) -> None:
    """Change when these sources are visited next."""
    with database.atomic():
        _update(database, "source", "key", [{"key": key, "next_visit": at} for key, at in changed.items()])


def next_due(database: Database) -> int | None:
    """Return the instant of the earliest visit to come; None without sources."""
    sql = f"SELECT min(next_visit) FROM source WHERE {VISITED} AND NOT gone"
    earliest: int | None = database.execute(sql).fetchone()[0]
    return earliest


def overdue(database: Database, now: int) -> tuple[int, int]:
    """Return how many sources are due at `now`, and for how many seconds the one that has waited longest."""
    sql = f"""SELECT count(*), coalesce(min(nullif(next_visit, 0)), 0) FROM source
        WHERE {VISITED} AND NOT gone AND next_visit <= ?"""
    count, earliest = database.execute(sql, [now]).fetchone()
    return count, now - earliest if earliest else 0


def states(database: Database, keys: Sequence[str]) -> dict[str, SourceState]:
    """Return what is remembered of each source."""
    packed = json.dumps(keys)
    documents: dict[int, dict[str, DocumentState]] = {}
    sql = f"""SELECT source, name, {", ".join(_DOCUMENT)} FROM document
        WHERE source IN (SELECT id FROM source WHERE key IN (SELECT value FROM json_each(?)))"""
    for source, name, *values in database.execute(sql, [packed]):
        documents.setdefault(source, {})[name] = _document(values)
    sql = f"""SELECT id, key, hints,
            (SELECT max(lease_until) FROM subscription WHERE subscription.source = source.id AND intent = 'verified'),
            {", ".join(_STATE)} FROM source
        WHERE key IN (SELECT value FROM json_each(?))"""
    return {
        key: SourceState(
            **_state(values),
            lease=lease or 0,
            hints=_hints(hints),
            documents=documents.get(source, {}),
        )
        for source, key, hints, lease, *values in database.execute(sql, [packed])
    }


def _state(values: Sequence[Any]) -> dict[str, Any]:
    fields = dict(zip(_STATE, values, strict=True))
    return {**fields, "gone": bool(fields["gone"]), "because": Because(fields["because"])}


def _document(values: Sequence[Any]) -> DocumentState:
    fields = dict(zip(_DOCUMENT, values, strict=True))
    packed = fields["entry_hashes"]
    fields["plain"] = bool(fields["plain"])
    fields["entry_hashes"] = frozenset(packed[i : i + 8] for i in range(0, len(packed), 8))
    fields["waits"] = bool(fields["waits"])
    return DocumentState(**fields)


def _hints(packed: str) -> Hints:
    if not packed:
        return Hints()
    ttl, hours, days = json.loads(packed)
    return Hints(ttl, frozenset(hours), frozenset(days))


def is_paused(database: Database, key: str) -> bool:
    """Tell whether the operator paused the source while it is configured: nothing is taken of it meanwhile."""
    return database.execute("SELECT 1 FROM source WHERE key = ? AND paused", [key]).fetchone() is not None


def ids(database: Database, keys: Iterable[str]) -> dict[str, int]:
    """Return the row of each source."""
    sql = "SELECT key, id FROM source WHERE key IN (SELECT value FROM json_each(?))"
    return dict(database.execute(sql, [json.dumps(list(keys))]).fetchall())


def remember(database: Database, deliveries: Sequence[Delivery], rows: Mapping[str, int]) -> None:
    """Write the states after the visits. `rows` are the sources' ids; call it in a transaction."""
    states = []
    for delivery in deliveries:
        state = delivery.state
        hints = state.hints
        packed = json.dumps([hints.ttl, sorted(hints.skip_hours), sorted(hints.skip_days)]) if hints != Hints() else ""
        values = _values(state, _STATE)
        values["host"] = host_of(state.location or delivery.source)
        states.append({"id": rows[delivery.source], **values, "gone": int(state.gone), "hints": packed})
    _update(database, "source", "id", states)
    _update(database, "source", "id", [_words(d.feed, d.language, rows[d.source]) for d in deliveries if d.feed])
    for hold in filter(None, (delivery.hold for delivery in deliveries)):
        sql = """UPDATE source SET next_visit = :until, reason = 'Retry-After', because = :because
            WHERE host = :host AND next_visit < :until"""
        database.execute(sql, {"host": hold[0], "until": hold[1], "because": Because.RETRY_AFTER})
    documents = [
        {
            "source": rows[delivery.source],
            "name": name,
            **_values(state, _DOCUMENT),
            "entry_hashes": b"".join(sorted(state.entry_hashes)),
        }
        for delivery in deliveries
        for name, state in delivery.documents.items()
    ]
    if documents:
        database.table("document").insert_all(documents, replace=True)


def _words(feed: Origin, language: str, row: int) -> dict[str, Any]:
    """Return what a feed says of itself, as a row of `source`."""
    return {"id": row, "title": feed.title, "link": feed.link, "feed_id": feed.id, "language": language}


def record(database: Database, visits: Sequence[Visit], rows: Mapping[str, int]) -> None:
    """Write the record of each visit; call it in the same transaction."""
    database.table("visit").insert_all({"source": rows[visit.source], **_values(visit, _VISIT)} for visit in visits)
