"""Full-text search: the index of the entries' words, and what is found in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.config.query import fault, prepared
from aggregator.model import AggregatorError
from aggregator.store.copies import ENTRY
from aggregator.text import grams

_SHOWN = 100  # characters of a query in a message
Words = tuple[int, str, str, str]
"""An entry, with its title, its authors and its text."""


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a search found, with the words around what was sought."""

    story: str
    title: str
    url: str
    source: str
    published: int
    snippet: str


def index(database: Database, words: Iterable[Words]) -> None:
    """Index new entries by these words; call it in the transaction that inserts them.

    They are at hand: to ask the tables for them would unpack what was packed just now.
    """
    rows = [(entry, *map(grams.cut, texts)) for entry, *texts in words]
    database.conn.executemany("INSERT INTO entry_fts (rowid, title, author, text) VALUES (?, ?, ?, ?)", rows)


def index_these(database: Database, entries: Sequence[int]) -> None:
    """Index these entries, whose words are in the tables alone; call it so, too.

    One statement for all of them: in a trigger each would become a segment of its own, to be merged with the others.
    """
    sql = """INSERT INTO entry_fts (rowid, title, author, text)
        SELECT id, title, author, text FROM entry_cut WHERE id IN (SELECT value FROM json_each(?))"""
    database.execute(sql, [json.dumps(list(entries))])


def search(database: Database, query: str, limit: int = 50) -> list[Hit]:
    """Return the best matches; AggregatorError, with the place, for what is no query."""
    if wrong := fault(query):
        raise AggregatorError(f"{query[:_SHOWN]}: {wrong}")
    sql = """SELECT s.urn, unpack(e.data), f.key, CASE f.name WHEN '' THEN f.title ELSE f.name END,
            min(coalesce(nullif(e.published, 0), e.seen), e.seen), snippet(entry_fts, 2, '', '', '…', 24)
        FROM entry_fts JOIN entry AS e ON e.id = entry_fts.rowid JOIN story AS s ON s.id = e.story
            JOIN source AS f ON f.id = e.source
        WHERE entry_fts MATCH ? AND s.id NOT IN (SELECT story FROM hidden) ORDER BY entry_fts.rank LIMIT ?"""
    hits = []
    for urn, data, key, name, published, snippet in database.execute(sql, [prepared(query), limit]):
        entry = ENTRY.validate_json(data)
        hits.append(Hit(urn, entry.title, entry.link, name or key, published, grams.joined(snippet)))
    return hits


def marked(database: Database, query: str, stories: Sequence[int], start: str, end: str) -> dict[int, tuple[str, str]]:
    """Return of each story that the query finds its title and a passage of it, with `start` and `end` around its words.

    What has none of the words is "". The query is one that `search` takes. The plus has it evaluated once, and not for
    each entry anew: of "a*" that took ten seconds among 7,000.
    """
    sql = "SELECT id FROM entry WHERE story IN (SELECT value FROM json_each(?))"
    entries = [row[0] for row in database.execute(sql, [json.dumps(list(stories))])]
    sql = """SELECT e.story, highlight(entry_fts, 0, :start, :end), snippet(entry_fts, 2, :start, :end, '…', 40)
        FROM entry_fts CROSS JOIN entry AS e ON e.id = entry_fts.rowid CROSS JOIN source AS f ON f.id = e.source
        WHERE entry_fts MATCH :query AND f.configured AND entry_fts.rowid BETWEEN :first AND :last
            AND +entry_fts.rowid IN (SELECT value FROM json_each(:entries))"""
    values = {
        "start": start,
        "end": end,
        "query": prepared(query),
        "entries": json.dumps(entries),
        "first": min(entries, default=0),
        "last": max(entries, default=0),
    }
    found: dict[int, tuple[str, str]] = {}
    for story, title, passage in database.execute(sql, values):
        shown = tuple(grams.joined(text) if start in text else "" for text in (title, passage))
        found[story] = max(found.get(story, ("", "")), (shown[0], shown[1]), key=lambda texts: [*map(bool, texts)])
    return found
