"""What an output selects, the newest first: on a walk through all that is stored, or among what its rules leave.

A walk ends as soon as there are enough, so it is long only where hardly anything is selected. Then an index tells what
few there are to be looked at.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice

from sqlite_utils import Database

from aggregator.store.conditions import Selection
from aggregator.store.rules import AT, of_its_copies

Row = tuple[int, int, int]
"""What is shown (a story's or an entry's id), its story, and the source through which it came first (0: not asked)."""

_FEW = 2000  # entries that are rather looked at one by one than found on a walk through all
_LOOK = 1000  # rows after which it is looked whether only few sources have a share left, and after twice as many


def rows(
    database: Database, selection: Selection, *, each_copy: bool = False, most: int = _FEW, look: int = _LOOK
) -> Iterator[Row]:
    """Yield the selected stories, or with `each_copy` the copies: the newest first, of one instant the first stored.

    They are the same whatever number of entries counts as few, `most`, and after how many rows it is looked for them.
    """
    among = _copies if each_copy else _stories
    found = few(database, selection, most)
    if found is None and selection.per_source:
        return _fair(database, selection, among, most, look)
    return _with_a_share(among(database, selection, found), selection, Counter())


def few(database: Database, selection: Selection, most: int = _FEW) -> list[int] | None:
    """Return all entries that words, languages or sources leave to be looked at, where these are few; else None.

    In 100,000 stories a walk that finds hardly any takes 50 ms, and through a hundred hits half of one.
    """
    for query in selection.hits():
        entries = _at_most(database, query, selection.values(), most)
        if entries is not None:
            return entries
    return None


def _at_most(database: Database, query: str, values: dict[str, object], most: int) -> list[int] | None:
    entries = [row[0] for row in database.execute(f"{query} LIMIT {most + 1}", values)]
    return entries if len(entries) <= most else None


def _stories(database: Database, selection: Selection, found: list[int] | None) -> Iterator[Row]:
    values = selection.values()
    source = "0"
    if selection.per_source:
        source = f"({of_its_copies('e.source', selection.of_copy())} ORDER BY e.id LIMIT 1)"
    table = "story AS s INDEXED BY story_published"
    if found is not None:
        values["few"] = json.dumps(found)
        table = """(SELECT DISTINCT story FROM entry WHERE id IN (SELECT value FROM json_each(:few))) AS wanted
            CROSS JOIN story AS s ON s.id = wanted.story"""
    sql = f"""SELECT s.id, s.id, {source} FROM {table}
        WHERE {selection.of_story()} ORDER BY s.published DESC, s.id"""
    yield from database.execute(sql, values)


def _copies(database: Database, selection: Selection, found: list[int] | None) -> Iterator[Row]:
    values = selection.values()
    table = "entry AS e INDEXED BY entry_at CROSS JOIN source AS f ON f.id = e.source"
    if found is not None:
        values["few"] = json.dumps(found)
        table = """(SELECT value FROM json_each(:few)) AS wanted CROSS JOIN entry AS e ON e.id = wanted.value
            CROSS JOIN source AS f ON f.id = e.source"""
    sql = f"""SELECT e.id, e.story, e.source FROM {table}
        WHERE {selection.of_lone_copy()} ORDER BY {AT} DESC, e.id"""
    yield from database.execute(sql, values)


_Among = Callable[[Database, Selection, list[int] | None], Iterator[Row]]


def _with_a_share(walked: Iterator[Row], selection: Selection, shown: Counter[int]) -> Iterator[Row]:
    """Yield those whose source hasn't had its share yet; `shown` counts what each has had."""
    share = selection.per_source
    for row in walked:
        if not share or shown[row[2]] < share:
            shown[row[2]] += 1
            yield row


def _fair(database: Database, selection: Selection, among: _Among, most: int, look: int) -> Iterator[Row]:
    """Walk until all but few entries are from sources that have had their share, and look at these few alone."""
    shown: Counter[int] = Counter()
    passed: set[int] = set()
    left: list[int] | None = None
    walked = among(database, selection, None)
    while left is None:
        part = list(islice(walked, look))
        yield from _with_a_share(iter(part), selection, shown)
        if len(part) < look:
            return
        passed.update(row[0] for row in part)
        look = len(passed)
        left = _left(database, selection, [source for source in shown if shown[source] >= selection.per_source], most)
    rest = (row for row in among(database, selection, left) if row[0] not in passed)
    yield from _with_a_share(rest, selection, shown)


def _left(database: Database, selection: Selection, had: list[int], most: int) -> list[int] | None:
    """Return the entries from all sources but those that had their share, where these are few."""
    query = f"""SELECT e.id FROM source AS f CROSS JOIN entry AS e ON e.source = f.id
        WHERE {selection.of_source()} AND f.id NOT IN (SELECT value FROM json_each(:had))"""
    return _at_most(database, query, {**selection.values(), "had": json.dumps(had)}, most)
