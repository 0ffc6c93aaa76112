"""Subscriptions at WebSub hubs: a row each, changed by pure functions within one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace

from sqlite_utils import Database

from aggregator.model import Because, HubSubscription, Intent
from aggregator.store.sources import VISITED

_COLUMNS = tuple(field.name for field in fields(HubSubscription))
_SELECT = f"""SELECT {", ".join("source.key" if name == "source" else f"subscription.{name}" for name in _COLUMNS)}
    FROM subscription JOIN source ON source.id = subscription.source"""


def every(database: Database) -> list[HubSubscription]:
    """Return every subscription, of sources that are configured no longer, too."""
    return [_subscription(row) for row in database.execute(f"{_SELECT} ORDER BY due, token")]


def counts(database: Database) -> dict[Intent, int]:
    """Count the subscriptions by how far they are; every intent has its number."""
    found = dict(database.execute("SELECT intent, count(*) FROM subscription GROUP BY intent").fetchall())
    return {intent: found.get(intent, 0) for intent in Intent}


def find(database: Database, token: str) -> HubSubscription | None:
    """Return the subscription whose callback ends with this token."""
    row = database.execute(f"{_SELECT} WHERE token = ?", [token]).fetchone()
    return _subscription(row) if row else None


def _subscription(row: tuple[str | int, ...]) -> HubSubscription:
    stored = HubSubscription(*row)  # type: ignore[arg-type]
    return replace(stored, intent=Intent(stored.intent))


def advertised(database: Database) -> list[tuple[str, str, str]]:
    """Return key, hub and topic of each source that is visited and whose feed names a hub."""
    sql = f"SELECT key, hub, topic FROM source WHERE hub <> '' AND {VISITED} AND NOT gone ORDER BY id"
    return database.execute(sql).fetchall()


def put(database: Database, changed: Iterable[HubSubscription], forgotten: Iterable[str] = ()) -> None:
    """Write these, and strike out those with the forgotten tokens.

    Not those of a source that has another address meanwhile: it is looked after under that one the next time.
    """
    columns = ", ".join("source.id" if name == "source" else f":{name}" for name in _COLUMNS)
    with database.atomic():
        database.conn.executemany("DELETE FROM subscription WHERE token = ?", [(token,) for token in forgotten])
        database.conn.executemany(
            f"""INSERT OR REPLACE INTO subscription ({", ".join(_COLUMNS)})
            SELECT {columns} FROM source WHERE key = :source""",
            [asdict(each) for each in changed],
        )


def change(
    database: Database, token: str, decide: Callable[[HubSubscription], HubSubscription | None]
) -> tuple[HubSubscription | None, HubSubscription | None]:
    """Have `decide` change the subscription with this token: None strikes it out.

    Return what it was and what it is; (None, None) if there is none.
    """
    before = find(database, token)
    if before is None:
        return None, None
    after = decide(before)
    if after is None:
        put(database, (), [token])
    elif after != before:
        put(database, [after])
    return before, after


def resume_polling(database: Database, now: int) -> int:
    """Make due at once the sources whose visits waited for a hub, and which no hub promises to push any more.

    Return how many these are. After this visit they are at their own pace again.
    """
    cursor = database.execute(
        """UPDATE source SET pushed = 0, next_visit = min(next_visit, :now),
            reason = 'its hub has fallen silent', because = :silent
        WHERE pushed AND because = :pushed AND NOT EXISTS (
            SELECT 1 FROM subscription
            WHERE subscription.source = source.id AND intent = 'verified' AND lease_until > :now)""",
        {"now": now, "silent": Because.HUB_SILENT, "pushed": Because.PUSHED},
    )
    return cursor.rowcount
