"""What takes the room in the database, and what of it would be let go tonight: for whoever looks."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Keep
from aggregator.store import excess
from aggregator.store.excess import Shows
from aggregator.store.rules import AT
from aggregator.store.standings import shown_name

_SAMPLE = 10_000  # entries whose sizes are looked at: of fewer all, of more every so many
_ARTICLES = ("entry", "entry_fts", "feature", "story", "version", "alias", "picture", "paragraph")
_IN_PARTS = ("entry_fts", "feature")
_EVERYTHING = 10**9


@dataclass(frozen=True, slots=True)
class Bounds:
    """What bounds there are: `kept` entries a document, what of each source and of all others (Keep), and the size in
    bytes, None for any. `copies` names the outputs that show every copy.
    """

    kept: int
    keeps: Mapping[str, Keep]
    general: Keep
    size: int | None
    copies: Shows


@dataclass(frozen=True, slots=True)
class OfSource:
    """What a source takes: entries, about how many bytes, when the oldest is of, and how many would go tonight."""

    key: str
    name: str
    configured: bool
    entries: int
    bytes: int
    oldest: int
    going: int


@dataclass(frozen=True, slots=True)
class Storage:
    """What takes the room: bytes in use and free in the file, and by table with its indexes (empty where SQLite can't
    tell); entries and stories, of when the oldest is (0: there is none), and each source, the largest first. `going`
    is how many entries would go tonight by which bound.
    """

    used: int
    free: int
    tables: dict[str, int]
    entries: int
    stories: int
    oldest: int
    going: dict[str, int]
    sources: tuple[OfSource, ...]


def storage(database: Database, bounds: Bounds, now: int) -> Storage:
    """Look at everything, at one moment; nothing is changed."""
    tables = _tables(database)
    used = excess.used(database)
    rows = database.execute(
        f"""SELECT f.id, f.key, f.kind, f.name, f.title, f.configured, count(*), min({AT})
        FROM entry AS e INDEXED BY entry_source_published JOIN source AS f ON f.id = e.source GROUP BY e.source"""
    ).fetchall()
    counts = {row[0]: row[6] for row in rows}
    articles = sum(tables.get(name, 0) for name in _ARTICLES) if tables else used
    sizes = _sizes(database, counts, articles)
    going = _going(database, bounds, now)
    by_source = _by_source(database, {entry for found in going.values() for entry in found})
    listed = [
        OfSource(key, shown_name(key, kind, name, title), bool(configured), count, sizes[row], oldest, by_source[row])
        for row, key, kind, name, title, configured, count, oldest in rows
    ]
    (size,), (free,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_size", "freelist_count"))
    return Storage(
        used=used,
        free=size * free,
        tables=tables,
        entries=sum(counts.values()),
        stories=database.execute("SELECT count(*) FROM story").fetchone()[0],
        oldest=min((row[7] for row in rows), default=0),
        going={bound: len(found) for bound, found in going.items()},
        sources=tuple(sorted(listed, key=lambda source: (-source.bytes, source.key))),
    )


def _tables(database: Database) -> dict[str, int]:
    """Return the bytes of each table with its indexes, the largest first; the full-text index is one."""
    sql = """SELECT coalesce(s.tbl_name, d.name), sum(d.pgsize)
        FROM dbstat AS d LEFT JOIN sqlite_schema AS s ON s.name = d.name WHERE d.aggregate = 1 GROUP BY 1"""
    try:
        found = database.execute(sql).fetchall()
    except sqlite3.OperationalError:  # built without dbstat
        return {}
    sizes: Counter[str] = Counter()
    for name, size in found:
        whole = next((whole for whole in _IN_PARTS if name.startswith(f"{whole}_")), name)
        sizes[whole] += size
    return dict(sizes.most_common())


def _sizes(database: Database, counts: Mapping[int, int], articles: int) -> dict[int, int]:
    """Return about how many of the bytes that all articles take are each source's, by samples of its entries.

    One of which few were met counts for one of the ordinary size, the more the fewer.
    """
    first, last = database.execute("SELECT coalesce(min(id), 0), coalesce(max(id), 0) FROM entry").fetchone()
    step = max(1, (last - first + 1) // _SAMPLE)
    columns = [row[1] for row in database.execute("PRAGMA table_info(entry)")]
    row_size = " + ".join(f"coalesce(length(CAST(e.{name} AS BLOB)), 0)" for name in columns)
    sql = f"""SELECT e.source, count(*), sum({row_size}) FROM json_each(?) AS wanted
        JOIN entry AS e ON e.id = wanted.value GROUP BY 1"""
    met = {
        row: (count, size) for row, count, size in database.execute(sql, [json.dumps([*range(first, last + 1, step)])])
    }
    mean = sum(size for _, size in met.values()) / max(1, sum(count for count, _ in met.values()))
    weights = {}
    for source, count in counts.items():
        seen, size = met.get(source, (0, 0))
        weights[source] = count * (size / seen if seen == count else (size + mean) / (seen + 1))
    total = sum(weights.values())
    return {source: round(articles * weight / total) if total else 0 for source, weight in weights.items()}


def _going(database: Database, bounds: Bounds, now: int) -> dict[str, list[int]]:
    """Return the entries that would go, by the bound that has them go first."""
    kept = excess.of_documents(database, bounds.kept, _EVERYTHING)
    keep = excess.of_sources(database, bounds.keeps, bounds.general, now, bounds.copies, _EVERYTHING)
    before = {*kept, *keep}
    many = excess.to_fit(database, bounds.size) if bounds.size else 0
    room = excess.for_room(database, many, bounds.copies, _EVERYTHING) if many > len(before) else []
    return {
        "kept": kept,
        "keep": list(before - set(kept)),
        "max_size": [entry for entry in room if entry not in before][: max(0, len(room) - len(before))],
    }


def _by_source(database: Database, entries: Collection[int]) -> Counter[int]:
    sql = "SELECT source, count(*) FROM entry WHERE id IN (SELECT value FROM json_each(?)) GROUP BY source"
    return Counter(dict(database.execute(sql, [json.dumps(list(entries))])))
