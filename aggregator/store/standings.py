"""How the sources stand, for whoever looks: the operator, a page, a metric."""

from __future__ import annotations

from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import SourceKind
from aggregator.text import secrets


@dataclass(frozen=True, slots=True)
class Standing:
    """How a source stands, for whoever looks: the operator, a page, a metric. `name` is "" until a feed gave one."""

    key: str
    kind: SourceKind
    name: str
    category: str
    state: str
    error: str
    entries: int
    failures: int
    last_visit: int
    next_visit: int
    reason: str


def standings(database: Database) -> list[Standing]:
    """Return how every configured source stands, in the order in which they were first configured."""
    sql = """SELECT key, kind, CASE name WHEN '' THEN title ELSE name END AS name, category,
            CASE WHEN NOT enabled THEN 'paused' WHEN gone THEN 'gone' WHEN failures > 0 THEN 'failing'
                 WHEN last_visit = 0 THEN 'pending' ELSE 'ok' END AS state,
            error, (SELECT count(*) FROM entry WHERE entry.source = source.id) AS entries,
            failures, last_visit, next_visit, reason
        FROM source WHERE configured ORDER BY id"""
    return [Standing(key, SourceKind(kind), *rest) for key, kind, *rest in database.execute(sql)]


def failing(database: Database) -> int:
    """Count the sources that stand as failing; as cheap as these are few, however many are well."""
    sql = "SELECT count(*) FROM source WHERE configured AND enabled AND NOT gone AND error <> '' AND failures"
    count: int = database.execute(sql).fetchone()[0]
    return count


def pending(database: Database) -> int:
    """Count the sources that were never visited."""
    sql = "SELECT count(*) FROM source WHERE configured AND enabled AND NOT gone AND last_visit = 0"
    count: int = database.execute(sql).fetchone()[0]
    return count


def languages(database: Database) -> list[str]:
    """Return the languages in which the configured sources say they publish, as their first subtags."""
    rows = database.execute("SELECT DISTINCT language FROM source WHERE configured AND language <> ''")
    return sorted({tag.partition("-")[0].lower() for (tag,) in rows})


def names(database: Database, most: int) -> list[tuple[int, str]]:
    """Return the row and the name of each configured source, by name; none at all where there are more than that."""
    sql = """SELECT id, CASE WHEN name <> '' THEN name WHEN title <> '' THEN title ELSE key END
        FROM source WHERE configured LIMIT ?"""
    named = [(row, secrets.shown(name)) for row, name in database.execute(sql, [most + 1])]
    return [] if len(named) > most else sorted(named, key=lambda row: (row[1].casefold(), row[0]))


def name(database: Database, source: int) -> str:
    """Return the name of the source in this row; "" where there is none."""
    sql = "SELECT CASE WHEN name <> '' THEN name WHEN title <> '' THEN title ELSE key END FROM source WHERE id = ?"
    row = database.execute(sql, [source]).fetchone()
    return secrets.shown(row[0]) if row else ""


def sites(database: Database) -> dict[str, tuple[str, str]]:
    """Return each source's own title and the address of its site."""
    return {key: (title, link) for key, title, link in database.execute("SELECT key, title, link FROM source")}
