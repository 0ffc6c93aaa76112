"""What hubs have pushed: so that nothing is taken twice, nothing older undoes what is newer, and a hint is followed."""

from __future__ import annotations

import json
from collections.abc import Iterable

from sqlite_utils import Database

from aggregator.model import Because

REMEMBERED = 1000  # bodies of one source


def is_known(database: Database, key: str, digest: bytes) -> bool:
    """Whether this body of the source was taken before."""
    sql = "SELECT 1 FROM push JOIN source ON source.id = push.source WHERE key = ? AND hash = ?"
    return database.execute(sql, [key, digest]).fetchone() is not None


def note(database: Database, key: str, digest: bytes, now: int) -> None:
    """Remembers that the body was taken; beyond REMEMBERED the oldest go."""
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
    """Which of these (guid, instant) are older than what is stored of the feed's entry: a push that came late."""
    sql = """SELECT guid, coalesce(json_extract(data, '$.updated'), json_extract(data, '$.published'), 0) FROM entry
        WHERE source = (SELECT id FROM source WHERE key = ?) AND document = ''
        AND guid IN (SELECT value FROM json_each(?))"""
    dated = dict(dates)
    stored = database.execute(sql, [key, json.dumps(list(dated))])
    return {guid for guid, instant in stored if 0 < dated[guid] < instant}


def make_due(database: Database, key: str, soonest: int, now: int) -> None:
    """A hub says that the source has changed, not how: it is visited as soon as `soonest` seconds after the last visit.

    What its server asked for holds: not so a source whose visits fail, or whose host wants to be left alone.
    """
    database.execute(
        """UPDATE source SET next_visit = max(:now, last_visit + :soonest),
            reason = 'its hub says that it changed', because = :changed
        WHERE key = :key AND next_visit > max(:now, last_visit + :soonest) AND failures = 0 AND because <> :asked
        AND configured AND enabled AND NOT gone""",
        {
            "key": key,
            "now": now,
            "soonest": soonest,
            "changed": Because.HUB_CHANGED,
            "asked": Because.RETRY_AFTER,
        },
    )
