"""Subscriptions at WebSub hubs: a row each, changed by pure functions within one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, fields, replace

from sqlite_utils import Database

from aggregator.model import Because, HubSubscription, Intent

_COLUMNS = tuple(field.name for field in fields(HubSubscription))
_SELECT = f"""SELECT {", ".join("source.key" if name == "source" else f"subscription.{name}" for name in _COLUMNS)}
    FROM subscription JOIN source ON source.id = subscription.source"""


def held(database: Database) -> list[HubSubscription]:
    """Every subscription, of sources that are configured no longer, too."""
    return [_read(row) for row in database.execute(f"{_SELECT} ORDER BY due, token")]


def find(database: Database, token: str) -> HubSubscription | None:
    """The subscription whose callback ends with this token."""
    row = database.execute(f"{_SELECT} WHERE token = ?", [token]).fetchone()
    return _read(row) if row else None


def _read(row: tuple[str | int, ...]) -> HubSubscription:
    found = HubSubscription(*row)  # type: ignore[arg-type]
    return replace(found, intent=Intent(found.intent))


def advertised(database: Database) -> list[tuple[str, str, str]]:
    """Key, hub and topic of each source that is visited and whose feed names a hub."""
    sql = """SELECT key, hub, topic FROM source
        WHERE hub <> '' AND configured AND enabled AND NOT gone ORDER BY id"""
    return database.execute(sql).fetchall()


def put(database: Database, changed: Iterable[HubSubscription], forgotten: Iterable[str] = ()) -> None:
    """Writes these, and strikes out those with the forgotten tokens.

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
    """What the subscription was and what `decide` made of it: None has it struck out. (None, None) if there is none."""
    before = find(database, token)
    if before is None:
        return None, None
    after = decide(before)
    if after is None:
        put(database, (), [token])
    elif after != before:
        put(database, [after])
    return before, after


def rouse(database: Database, now: int) -> int:
    """Sends those sources back to their own pace whose visits waited for a hub that no longer promises anything.

    Gives back how many. They are due at once, which happens once: the next visit's
    time is their own again.
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
