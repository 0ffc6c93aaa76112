"""What is told of the sources in numbers: what they published, how their visits went, and what came of them all.

Spans end with the hour or the day of `now`, so that whoever asks twice within it sees the same ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from statistics import median

from sqlite_utils import Database

from aggregator.model import Outcome, Visit
from aggregator.store.rules import AT

HOUR, DAY, WEEK = 3600, 86400, 7 * 86400
WEEKS, HOURS, DAYS = 26, 48, 30
_LATELY = 100  # answers of which the middle one is told


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers of equal spans of time, the earliest first: `start` is when the first one begins, `step` its seconds."""

    start: int
    step: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Visiting:
    """A source's visits, as far as they are kept: how many ended how; of its last 100 answers the mean and the middle
    seconds, -1 where there was none; how many said that nothing has changed (304), and about how many bytes that saved.
    """

    outcomes: dict[Outcome, int]
    mean: float
    median: float
    unchanged: int
    saved: int


@dataclass(frozen=True, slots=True)
class Total:
    """What came of all visits that ended in one way, since the database was made. `size` is in bytes."""

    visits: int = 0
    entries_new: int = 0
    entries_updated: int = 0
    stories_new: int = 0
    size: int = 0
    seconds: float = 0.0


# ── Of a source ──────────────────────────────────────────────────────────────────────────────────────────────────────


def weekly(database: Database, sources: Sequence[int], now: int, weeks: int = WEEKS) -> dict[int, Series]:
    """Return how many entries each source published a week; the last one ends with the day of `now`."""
    start = _end(now, DAY) - weeks * WEEK
    sql = f"""SELECT e.source, ({AT} - :start) / {WEEK}, count(*)
        FROM json_each(:sources) AS wanted
        CROSS JOIN entry AS e INDEXED BY entry_source_published ON e.source = wanted.value
        WHERE {AT} >= :start AND {AT} < :end GROUP BY 1, 2"""
    values = {"sources": json.dumps(list(sources)), "start": start, "end": start + weeks * WEEK}
    found: dict[int, list[tuple[int, int]]] = {}
    for source, week, count in database.execute(sql, values):
        found.setdefault(source, []).append((week, count))
    return {source: _series(start, WEEK, weeks, found.get(source, ())) for source in sources}


def saved(database: Database, sources: Sequence[int]) -> dict[int, tuple[int, int]]:
    """Return of each source how many of its visits were answered 304, and about how many bytes that saved.

    What wasn't sent is taken to be as large as what its server sent whole last.
    """
    sql = """SELECT wanted.value, (SELECT count(*) FROM visit WHERE source = wanted.value AND status = 304), coalesce(
            (SELECT size FROM visit WHERE source = wanted.value AND status = 200 ORDER BY at DESC LIMIT 1), 0)
        FROM json_each(?) AS wanted"""
    return {row: (count, count * size) for row, count, size in database.execute(sql, [json.dumps(list(sources))])}


def visiting(database: Database, source: int) -> Visiting:
    """Return how the visits to a source went."""
    sql = "SELECT outcome, count(*) FROM visit WHERE source = ? GROUP BY 1 ORDER BY 2 DESC"
    outcomes = {Outcome(outcome): count for outcome, count in database.execute(sql, [source])}
    sql = """SELECT seconds FROM visit WHERE source = :source
            AND (status > 0 OR (SELECT kind FROM source WHERE id = :source) <> 'web') ORDER BY at DESC LIMIT :most"""
    seconds = [row[0] for row in database.execute(sql, {"source": source, "most": _LATELY})]
    mean, middle = (sum(seconds) / len(seconds), median(seconds)) if seconds else (-1.0, -1.0)
    return Visiting(outcomes, mean, middle, *saved(database, [source])[source])


def visits(database: Database, source: int, most: int, *, failed: bool = False) -> list[Visit]:
    """Return the last visits to a source, the latest first; only those that `failed`, if that is asked for."""
    which = "AND outcome IN ('failed', 'gone')" if failed else ""
    sql = f"""SELECT (SELECT key FROM source WHERE id = visit.source), at, outcome, status, entries_new,
            entries_updated, stories_new, size, seconds, detail
        FROM visit WHERE source = ? {which} ORDER BY at DESC, id DESC LIMIT ?"""
    rows = database.execute(sql, [source, most])
    return [Visit(key, at, Outcome(outcome), *rest) for key, at, outcome, *rest in rows]


# ── Of all ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def outcomes(database: Database, now: int, hours: int = HOURS) -> dict[Outcome, Series]:
    """Return how many visits ended how in each hour, up to that of `now`; every outcome has its series."""
    start = _end(now, HOUR) - hours * HOUR
    sums = ", ".join(f"coalesce(sum(outcome = '{outcome}'), 0)" for outcome in Outcome)
    counts = _each(database, f"SELECT {sums} FROM visit INDEXED BY visit_at WHERE", start, HOUR, hours)
    return dict(zip(Outcome, (Series(start, HOUR, values) for values in counts), strict=True))


def arrivals(database: Database, now: int, days: int = DAYS) -> tuple[Series, Series]:
    """Return how many new stories came on each day, up to that of `now`, and how many copies of known ones."""
    start = _end(now, DAY) - days * DAY
    sums = "coalesce(sum(stories_new), 0), coalesce(sum(max(0, entries_new - stories_new)), 0)"
    sql = f"SELECT {sums} FROM visit INDEXED BY visit_news WHERE entries_new > 0 AND"
    stories, copies = _each(database, sql, start, DAY, days)
    return Series(start, DAY, stories), Series(start, DAY, copies)


def totals(database: Database) -> dict[Outcome, Total]:
    """Return what came of all visits ever, by how they ended: it never goes back, whatever is let go."""
    rows = database.execute(f"SELECT outcome, {', '.join(field.name for field in fields(Total))} FROM total")
    return dict.fromkeys(Outcome, Total()) | {Outcome(outcome): Total(*rest) for outcome, *rest in rows}


def _each(database: Database, sql: str, start: int, step: int, length: int) -> list[tuple[int, ...]]:
    """Return each column of a query's one row for each span of time. Grouping all in one takes three times as long."""
    sql = f"{sql} at >= ? AND at < ?"
    spans = range(start, start + step * length, step)
    return list(zip(*(database.execute(sql, [at, at + step]).fetchone() for at in spans), strict=True))


def _end(now: int, step: int) -> int:
    """Return where the span of `now` ends."""
    return (now // step + 1) * step


def _series(start: int, step: int, length: int, found: Iterable[tuple[int, int]]) -> Series:
    values = dict(found)
    return Series(start, step, tuple(values.get(place, 0) for place in range(length)))
