"""Pairs that were almost one story: what an operator may want to merge, with the evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.store.copies import ENTRY

LEAST = 0.5  # of the shorter text in the longer; what shares less is no near miss


@dataclass(frozen=True, slots=True)
class Side:
    """One of two articles: its story, and the copy of it that was compared or else came first."""

    story: str
    title: str
    url: str
    source: str
    published: int


@dataclass(frozen=True, slots=True)
class Near:
    """A pair that was not joined, and `why`. `score` is how much of the shorter text is in the longer.

    `passage` is how the longest passage in both begins, `length` how many words it has.
    """

    one: Side
    other: Side
    score: float
    why: str
    passage: str
    length: int


def near(database: Database, story: int = 0, limit: int = 20) -> Iterator[Near]:
    """Yield the pairs that came closest to being one story and are two, the likest first; of one story, or all."""
    sql = """SELECT e.id, n.id, e.score, e.why, e.passage, e.length
        FROM entry AS e JOIN story AS s ON s.id = e.nearest
            JOIN entry AS n ON n.id = (SELECT min(id) FROM entry WHERE entry.story = e.nearest)
        WHERE e.nearest <> 0 AND e.joined = 'new' AND e.score >= :least AND e.story <> e.nearest
            AND :story IN (0, e.story, e.nearest)
        ORDER BY e.score DESC, e.id DESC LIMIT :limit"""
    pairs = database.execute(sql, {"least": LEAST, "story": story, "limit": limit}).fetchall()
    for one, other, score, why, passage, length in pairs:
        yield Near(_side(database, other), _side(database, one), score, why, passage, length)


def _side(database: Database, entry: int) -> Side:
    urn, data, key, name, published = database.execute(
        """SELECT s.urn, unpack(e.data), f.key, CASE f.name WHEN '' THEN f.title ELSE f.name END,
            min(coalesce(nullif(e.published, 0), e.seen), e.seen)
        FROM entry AS e JOIN story AS s ON s.id = e.story JOIN source AS f ON f.id = e.source WHERE e.id = ?""",
        [entry],
    ).fetchone()
    read = ENTRY.validate_json(data)
    return Side(urn, read.title, read.link, name or key, published)
