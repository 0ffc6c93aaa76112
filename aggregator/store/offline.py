"""Sources that wait for our own connection: which these are, and when they are tried again."""

from __future__ import annotations

import json
from collections.abc import Collection

from sqlite_utils import Database

from aggregator.model import Because
from aggregator.policy import politeness
from aggregator.store.sources import VISITED

_WAITING = f"{VISITED} AND NOT gone AND because = '{Because.OFFLINE}'"


def hosts(database: Database) -> frozenset[str]:
    """Return the hosts of the sources that wait: while there are any, nobody has been reached since."""
    return frozenset(host for (host,) in database.execute(f"SELECT DISTINCT host FROM source WHERE {_WAITING}"))


def answered_last(database: Database, now: int) -> int:
    """Return when a source on the web was reached for the last time; 0 for never."""
    row = database.execute(
        """SELECT at FROM visit JOIN source ON source.id = visit.source
        WHERE at <= ? AND outcome NOT IN ('failed', 'gone') AND source.kind = 'web' ORDER BY at DESC LIMIT 1""",
        [now],
    ).fetchone()
    return int(row[0]) if row else 0


def try_one(database: Database, at: int) -> None:
    """Have the one of them that is due first visited at this instant at the latest: if it answers, all are due."""
    with database.atomic():
        database.execute(
            f"""UPDATE source SET next_visit = min(next_visit, ?)
            WHERE id = (SELECT id FROM source WHERE {_WAITING} ORDER BY next_visit, id LIMIT 1)""",
            [at],
        )


def forgive(database: Database, keys: Collection[str], until: int) -> None:
    """Take back the one failure of sources that were well, and have them wait: it was our own, as is known since."""
    with database.atomic():
        database.execute(
            """UPDATE source SET failures = 0, error = '', next_visit = ?, because = ?, reason = ?
            WHERE failures = 1 AND NOT gone AND key IN (SELECT value FROM json_each(?))""",
            [until, Because.OFFLINE, politeness.OFFLINE, json.dumps(list(keys))],
        )


def hasten(database: Database, now: int) -> int:
    """Make all of them due at once: our connection is back. Return how many these are."""
    with database.atomic():
        return database.execute(
            f"""UPDATE source SET next_visit = min(next_visit, ?), because = '{Because.BACK}', reason = ?
            WHERE because = '{Because.OFFLINE}'""",
            [now, politeness.BACK],
        ).rowcount
