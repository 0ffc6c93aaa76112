"""What is let go: the records of old visits, and the space they took."""

from __future__ import annotations

from sqlite_utils import Database

KEEP_VISITS = 30 * 86400
_SLICE = 5000
_PAGES = 2000


def tidy(database: Database, now: int) -> int:
    """Deletes visits older than KEEP_VISITS a slice at a time, gives free pages back; returns how many went."""
    gone = 0
    while True:
        with database.atomic():
            cursor = database.execute(
                "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE at < ? ORDER BY at LIMIT ?)",
                [now - KEEP_VISITS, _SLICE],
            )
        gone += cursor.rowcount
        if cursor.rowcount < _SLICE:
            break
    database.execute(f"PRAGMA incremental_vacuum({_PAGES})").fetchall()
    database.execute("PRAGMA optimize").fetchall()
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
    return gone
