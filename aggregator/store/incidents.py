"""Incidents: which troubles of sources begin and end, noted for the operator.

Looking is cheap: sources that are well are found by no query. What the sources' rows say is all that counts, so a look
that was missed is made good by the next one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid5

from sqlite_utils import Database

from aggregator.model import Ending, Incident, SourceKind, Trouble
from aggregator.policy.incidents import SILENT, Beginning, Condition, Lasting, begun, ended
from aggregator.store import offline
from aggregator.store.sources import VISITED
from aggregator.store.urn import NAMESPACE
from aggregator.text import secrets

_MANY = 200  # sources of which the few in trouble are not sought one by one
KEPT = 400 * 86400  # after its end


# ── In the database ──────────────────────────────────────────────────────────────────────────────────────────────────


def look(database: Database, now: int, keys: Sequence[str] | None = None) -> int:
    """Open and end incidents as these sources are now; return how many did.

    Without `keys` at all sources, for those too that fell silent or are not configured any more: once a night.
    """
    changed = 0
    with database.atomic():
        for each, lasting in _conditions(database, now, keys):
            condition = _with_start(database, each, lasting)
            endings = {incident.id: ended(condition, incident) for incident in lasting}
            going_on = [incident for incident in lasting if endings[incident.id] is None]
            beginnings = begun(condition, going_on, now)
            for incident, ending in endings.items():
                if ending:
                    sql = "UPDATE incident SET until = ?, ending = ?, updated = ? WHERE id = ?"
                    database.execute(sql, [now, str(ending), now, incident])
            for beginning in beginnings:
                _open(database, condition, beginning, now)
            changed += len(beginnings) + sum(ending is not None for ending in endings.values())
        if keys is None:
            database.execute("DELETE FROM incident WHERE until > 0 AND updated < ?", [now - KEPT])
    return changed


def look_at_uplink(database: Database, outage: str, now: int) -> int:
    """Open the one incident of our own line, or end it with an `outage` of ""; return how many did so.

    `outage` is why nobody can be reached. It lasts since somebody was reached for the last time, and is no source's.
    """
    sql = "SELECT count(*) FROM incident WHERE until = 0 AND kind = ?"
    if bool(database.execute(sql, [Trouble.OFFLINE]).fetchone()[0]) == bool(outage):
        return 0
    with database.atomic():
        if outage:
            since = offline.answered_last(database, now) or now
            ours = Condition(0, SourceKind.WEB, "", "", "", True, False, 0, "", False, "", 0, 0, 0)
            _open(database, ours, (Trouble.OFFLINE, since, secrets.shown_in(outage)), now)
        else:
            sql = "UPDATE incident SET until = ?, ending = ?, updated = ? WHERE until = 0 AND kind = ?"
            database.execute(sql, [now, Ending.RECOVERED, now, Trouble.OFFLINE])
    return 1


def recent(database: Database, limit: int = 100) -> list[Incident]:
    """Return the incidents that began or ended last, the latest first."""
    columns = [{"trouble": "kind"}.get(field.name, field.name) for field in fields(Incident)]
    sql = f"SELECT {', '.join(columns)} FROM incident ORDER BY updated DESC, id DESC LIMIT ?"
    return [_incident(dict(zip(columns, row, strict=True))) for row in database.execute(sql, [limit])]


def lasting(database: Database) -> dict[Trouble, int]:
    """Count the incidents that last; every trouble has its number."""
    counts = dict(database.execute("SELECT kind, count(*) FROM incident WHERE until = 0 GROUP BY kind").fetchall())
    return {trouble: counts.get(trouble, 0) for trouble in Trouble}


def _incident(row: dict[str, Any]) -> Incident:
    ending = Ending(row.pop("ending")) if row["ending"] else row.pop("ending") or None
    return Incident(trouble=Trouble(row.pop("kind")), ending=ending, **row)


def _conditions(database: Database, now: int, keys: Sequence[str] | None) -> list[tuple[Condition, list[Lasting]]]:
    """Return the sources in trouble, those that were and, of all, those that may be silent; and what lasts of each."""
    values: list[Any]
    troubled = "SELECT id FROM source WHERE failures > 0 OR gone OR location <> '' OR missed > 0"
    lasts = "SELECT source FROM incident WHERE until = 0"
    if keys is None:
        chosen, values = f"id IN ({troubled}) OR id IN ({lasts}) OR newest BETWEEN 1 AND ?", [now - SILENT]
    elif len(keys) > _MANY:
        chosen, values = f"id IN ({troubled}) OR id IN ({lasts})", []
    else:
        chosen = """key IN (SELECT value FROM json_each(?))
            AND (failures > 0 OR gone OR location <> '' OR missed > 0
                OR EXISTS (SELECT 1 FROM incident WHERE incident.source = source.id AND until = 0))"""
        values = [json.dumps(list(keys))]
    sql = f"""SELECT id, kind, key, CASE name WHEN '' THEN title ELSE name END, link, {VISITED},
        next_visit = 0, failures, error, gone, location, gap, newest, missed FROM source WHERE {chosen}"""
    conditions = [
        Condition(
            row,
            SourceKind(kind),
            key,
            name or _shown_name(kind, key),
            link,
            bool(visited),
            bool(fresh),
            failures,
            error,
            bool(gone),
            *rest,
        )
        for row, kind, key, name, link, visited, fresh, failures, error, gone, *rest in database.execute(sql, values)
    ]
    if keys is not None:
        looked_at = set(keys)
        conditions = [condition for condition in conditions if condition.key in looked_at]
    lasting: dict[int, list[Lasting]] = {}
    sql = """SELECT source, id, kind, since, detail FROM incident
        WHERE until = 0 AND source IN (SELECT value FROM json_each(?))"""
    for source, row, kind, *rest in database.execute(sql, [json.dumps([condition.id for condition in conditions])]):
        lasting.setdefault(source, []).append(Lasting(row, Trouble(kind), *rest))
    return [(condition, lasting.get(condition.id, [])) for condition in conditions]


def _with_start(database: Database, condition: Condition, lasting: Sequence[Lasting]) -> Condition:
    """Fill in when the first visit after the last good one failed, as far as visits are kept, where that counts."""
    trouble = Trouble.GONE if condition.gone else Trouble.FAILING
    if not condition.failures or any(incident.trouble is trouble for incident in lasting):
        return condition
    sql = """SELECT coalesce(min(at), 0) FROM visit WHERE source = :source AND at > (
        SELECT coalesce(max(at), -1) FROM visit WHERE source = :source AND outcome NOT IN ('failed', 'gone'))"""
    return replace(condition, failing_since=database.execute(sql, {"source": condition.id}).fetchone()[0])


def _shown_name(kind: str, key: str) -> str:
    if kind != SourceKind.WEB:
        return key.rstrip("/").rpartition("/")[2] or key
    try:
        return urlsplit(key).hostname or secrets.shown(key)
    except ValueError:
        return secrets.shown(key)


def _open(database: Database, condition: Condition, beginning: Beginning, now: int) -> None:
    """Open an incident, or open one again that had ended and goes on (its source was disabled for a time)."""
    trouble, since, detail = beginning
    which = detail if trouble is Trouble.MOVED else str(since)
    table = {
        "urn": uuid5(NAMESPACE, "\0".join(("incident", condition.key, trouble, which))).urn,
        "source": condition.id,
        "kind": str(trouble),
        "since": since,
        "opened": now,
        "name": condition.name,
        "link": secrets.shown(condition.link),
        "address": secrets.shown(condition.key) if condition.kind is SourceKind.WEB else "",
        "detail": detail,
        "updated": now,
    }
    database.execute(
        f"""INSERT INTO incident ({", ".join(table)}) VALUES ({", ".join(f":{name}" for name in table)})
        ON CONFLICT (urn) DO UPDATE SET until = 0, ending = '', updated = opened""",
        table,
    )
