"""What a new source lists at first: old articles, of which an output may want only a few (`backfill`).

An entry's backlog is its place among them, the newest has 1; whatever comes later has 0, also in another document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlite_utils import Database

from aggregator.model import Delivery
from aggregator.store.matching import Identity


def places(database: Database, dates: Mapping[Identity, int]) -> dict[Identity, int]:
    """Return the backlog of those entries to be inserted whose source is new; `dates` has when each was published.

    Where a large folder comes in parts, a later part counts the earlier ones; what is stored keeps its place.
    """
    sql = "SELECT id FROM source WHERE NOT backlogged AND id IN (SELECT value FROM json_each(?))"
    fresh = {row[0] for row in database.execute(sql, [json.dumps(list({identity[0] for identity in dates}))])}
    if not fresh:
        return {}
    listed: dict[int, list[tuple[int, Identity | None]]] = {source: [] for source in fresh}
    sql = """SELECT source, min(coalesce(nullif(published, 0), seen), seen) FROM entry
        WHERE source IN (SELECT value FROM json_each(?)) ORDER BY +id"""  # by id alone it would go through all there is
    for source, at in database.execute(sql, [json.dumps(list(fresh))]):
        listed[source].append((at, None))
    for identity, at in dates.items():
        if identity[0] in fresh:
            listed[identity[0]].append((at, identity))
    backlog = {}
    for entries in listed.values():
        entries.sort(key=lambda entry: -entry[0])
        backlog.update({identity: place for place, (_, identity) in enumerate(entries, 1) if identity})
    return backlog


def close(database: Database, deliveries: Iterable[Delivery], rows: Mapping[str, int]) -> None:
    """Note that these sources bring what is new from now on, but for those that could not be read yet."""
    read: Sequence[int] = [
        rows[d.source] for d in deliveries if d.visit and not d.more and (d.arrivals or not d.visit.outcome.is_failure)
    ]
    sql = "UPDATE source SET backlogged = 1 WHERE NOT backlogged AND id IN (SELECT value FROM json_each(?))"
    database.execute(sql, [json.dumps(read)])
