"""What hubs have pushed: so that nothing is taken twice and nothing older undoes what is newer.

A push that is no document, only says that something changed, makes its source due.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from aggregator.model import Because
from aggregator.store.sources import VISITED

REMEMBERED = 1000  # bodies of one source


def is_known(database: Database, key: str, digest: bytes) -> bool:
    """Tell whether this body of the source was taken before."""
    sql = "SELECT 1 FROM push JOIN source ON source.id = push.source WHERE key = ? AND hash = ?"
    return database.execute(sql, [key, digest]).fetchone() is not None


def note(database: Database, key: str, digest: bytes, now: int) -> None:
    """Remember that the body was taken; beyond REMEMBERED the oldest go."""
    with database.atomic():
        database.execute(
            "INSERT OR REPLACE INTO push (source, hash, at) SELECT id, ?, ? FROM source WHERE key = ?",
            [digest, now, key],
        )
        database.execute(
            """DELETE FROM push WHERE source = (SELECT id FROM source WHERE key = :key) AND hash IN (
                SELECT hash FROM push WHERE source = (SELECT id FROM source WHERE key = :key)
                ORDER BY at DESC, hash LIMIT -1 OFFSET :most)""",
            {"key": key, "most": REMEMBERED},
        )


def outdated(database: Database, key: str, dates: Iterable[tuple[str, int]]) -> set[str]:
    """Return the guids whose instant is before that of what is stored of the feed's entry: the push came late."""
    sql = """SELECT guid, coalesce(unpack(data) ->> 'updated', unpack(data) ->> 'published', 0) FROM entry
        WHERE source = (SELECT id FROM source WHERE key = ?) AND document = ''
        AND guid IN (SELECT value FROM json_each(?))"""
    dated = dict(dates)
    stored = database.execute(sql, [key, json.dumps(list(dated))])
    return {guid for guid, instant in stored if 0 < dated[guid] < instant}


def make_due(database: Database, key: str, soonest: int, now: int) -> None:
    """Make the source due `soonest` seconds after its last visit: a hub says that it has changed, not how.

    What its server wants goes before: not a source whose visits fail, or whose host wants to be left alone.
    """
    database.execute(
        f"""UPDATE source SET next_visit = max(:now, last_visit + :soonest),
            reason = 'its hub says that it changed', because = :changed
        WHERE key = :key AND next_visit > max(:now, last_visit + :soonest) AND failures = 0 AND because <> :retry_after
        AND {VISITED} AND NOT gone""",
        {
            "key": key,
            "now": now,
            "soonest": soonest,
            "changed": Because.HUB_CHANGED,
            "retry_after": Because.RETRY_AFTER,
        },
    )
