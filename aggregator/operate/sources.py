"""Visit a source now, pause it, resume it. Sources are named by their rows.

That a source is paused is state, and in the database: the config is the operator's file, and nobody else writes it. It
stays so over restarts and SIGHUP, and when the source's address changes. What is removed from the config and added
again begins anew, and isn't paused.
"""

from __future__ import annotations

from sqlite_utils import Database

from aggregator.model import Because
from aggregator.operate.done import Done
from aggregator.store import claims, incidents

REASON = "asked for by the operator"


def visit(database: Database, source: int, now: int) -> Done:
    """Make the source due at `now`, at whatever hour, unless it can't be visited or is being visited."""
    with database.atomic():
        found = _found(database, source)
        if found is None:
            return Done.NO_SOURCE
        key, enabled, paused, gone = found
        if not enabled:
            return Done.SWITCHED_OFF
        if paused:
            return Done.IS_PAUSED
        if gone:
            return Done.GONE
        if claims.is_taken(database, key):
            return Done.BUSY
        sql = "UPDATE source SET next_visit = min(next_visit, ?), reason = ?, because = ? WHERE id = ?"
        database.execute(sql, [now, REASON, Because.ASKED, source])
        return Done.VISITED


def pause(database: Database, source: int, now: int) -> Done:
    """Have the source left alone until it is resumed; a visit that is under way is stored. Its troubles end."""
    with database.atomic():
        found = _found(database, source)
        if found is None:
            return Done.NO_SOURCE
        key, enabled, paused, _gone = found
        if paused:
            return Done.PAUSED_ALREADY
        if not enabled:
            return Done.SWITCHED_OFF
        database.execute("UPDATE source SET paused = 1 WHERE id = ?", [source])
        incidents.look(database, now, [key])
        return Done.PAUSED


def resume(database: Database, source: int, now: int) -> Done:
    """Have the source visited as before: at once, where it was due meanwhile."""
    with database.atomic():
        found = _found(database, source)
        if found is None:
            return Done.NO_SOURCE
        key, enabled, paused, _gone = found
        if not paused:
            return Done.RUNS_ALREADY if enabled else Done.SWITCHED_OFF
        database.execute("UPDATE source SET paused = 0 WHERE id = ?", [source])
        incidents.look(database, now, [key])
        return Done.RESUMED


def _found(database: Database, source: int) -> tuple[str, bool, bool, bool] | None:
    """Return the source's key, and whether it is enabled, paused, gone; None where it isn't configured."""
    sql = "SELECT key, enabled, paused, gone FROM source WHERE id = ? AND configured"
    row = database.execute(sql, [source]).fetchone()
    return (row[0], bool(row[1]), bool(row[2]), bool(row[3])) if row else None
