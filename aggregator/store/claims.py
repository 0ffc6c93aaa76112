"""Who works on which source: a claim keeps everybody else off it until what came of the work is stored.

It is taken in the transaction that reads the source's state, and released in the one that stores the delivery: nobody
works from a state that somebody else is about to replace. The table is the writer's own and in memory (TEMP): a claim
costs no page of the log, a commit that is rolled back leaves it, and it ends with its process, so that a crash frees
everything. Whoever works on another machine does so for a task of the process that writes, which holds the claim.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from sqlite_utils import Database

from aggregator.model import Delivery, SourceState
from aggregator.store import sources


def prepare(database: Database) -> None:
    """Make the table, when the writer opens its connection."""
    database.execute("CREATE TEMP TABLE claim (source TEXT PRIMARY KEY, holder TEXT NOT NULL) STRICT, WITHOUT ROWID")


def take(database: Database, keys: Sequence[str], holder: str) -> dict[str, SourceState]:
    """Claim those of the sources that nobody has claimed or paused; return what is remembered of each of these."""
    with database.atomic():
        sql = """INSERT INTO temp.claim (source, holder) SELECT value, ? FROM json_each(?)
            WHERE value NOT IN (SELECT key FROM source WHERE paused) ON CONFLICT DO NOTHING RETURNING source"""
        taken = [key for (key,) in database.execute(sql, [holder, json.dumps(keys)]).fetchall()]
        return sources.states(database, taken)


def is_taken(database: Database, key: str) -> bool:
    """Tell whether somebody works on the source."""
    return database.execute("SELECT 1 FROM temp.claim WHERE source = ?", [key]).fetchone() is not None


def settle(database: Database, deliveries: Iterable[Delivery]) -> None:
    """Release what these deliveries came of, where no further part is to come; call it in their transaction."""
    settled = {delivery.source for delivery in deliveries if not delivery.more}
    database.conn.executemany("DELETE FROM temp.claim WHERE source = ?", [(key,) for key in settled])


def release(database: Database, keys: Sequence[str], holder: str) -> None:
    """Release what the holder has claimed of these, and will not work on for now."""
    with database.atomic():
        database.conn.executemany(
            "DELETE FROM temp.claim WHERE source = ? AND holder = ?", [(key, holder) for key in keys]
        )


def end(database: Database, holder: str) -> list[str]:
    """Release all that the holder has claimed; return the keys of these sources."""
    with database.atomic():
        sql = "DELETE FROM temp.claim WHERE holder = ? RETURNING source"
        return [key for (key,) in database.execute(sql, [holder]).fetchall()]
