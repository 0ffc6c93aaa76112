"""Questions to what is stored: full-text search, the trail of a story, every entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from aggregator.config.query import fault, prepared
from aggregator.model import AggregatorError
from aggregator.refine import urls
from aggregator.store import copies
from aggregator.store.copies import ENTRY
from aggregator.text import characters, grams

_SHOWN = 100  # characters of a query in a message


@dataclass(frozen=True, slots=True)
class Hit:
    """An entry that a search found, with the words around what was sought."""

    story: str
    title: str
    url: str
    source: str
    published: int
    snippet: str


@dataclass(frozen=True, slots=True)
class Step:
    """One copy on a story's trail: where and when it was seen, and how it joined. `entry` is its row.

    `score` is the containment of its text in what it joined, and `passage` the longest that both share; for a copy
    that founded its story they are of the `nearest` other story at that time, and `why` says why it is not that. It is
    `removed` where its source is configured no longer, and `gone` where its file or its feed is.
    """

    source: str
    document: str
    guid: str
    url: str
    title: str
    seen: int
    published: int
    joined: str
    score: float
    shown: bool
    passage: str = ""
    length: int = 0
    nearest: str = ""
    why: str = ""
    removed: bool = False
    gone: bool = False
    entry: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Trail:
    """A story and all its copies in the order they came. `id` is its row."""

    story: str
    published: int
    updated: int
    steps: tuple[Step, ...]
    id: int = field(default=0, compare=False)


def index(database: Database, after: int) -> None:
    """Has the entries after this row found; call it last in the transaction that inserts them.

    One statement for all of them: FTS5 writes what it holds at the end of every statement, and in a trigger each entry
    would become a segment of its own, to be merged with the others right away.
    """
    database.execute(
        "INSERT INTO entry_fts (rowid, title, author, text) SELECT id, title, author, text FROM entry_cut WHERE id > ?",
        [after],
    )


def search(database: Database, query: str, limit: int = 50) -> list[Hit]:
    """The best matches; AggregatorError, with the place, for what is no query."""
    if wrong := fault(query):
        raise AggregatorError(f"{query[:_SHOWN]}: {wrong}")
    asked = """SELECT s.urn, e.data, f.key, CASE f.name WHEN '' THEN f.title ELSE f.name END,
            min(coalesce(nullif(e.published, 0), e.seen), e.seen), snippet(entry_fts, 2, '', '', '…', 24)
        FROM entry_fts JOIN entry AS e ON e.id = entry_fts.rowid JOIN story AS s ON s.id = e.story
            JOIN source AS f ON f.id = e.source
        WHERE entry_fts MATCH ? ORDER BY entry_fts.rank LIMIT ?"""
    hits = []
    for urn, data, key, name, published, snippet in database.execute(asked, [prepared(query), limit]):
        entry = ENTRY.validate_json(data)
        hits.append(Hit(urn, entry.title, entry.link, name or key, published, grams.joined(snippet)))
    return hits


def trails(database: Database, asked: str) -> list[Trail]:
    """The stories that an id, an entry's URL (as delivered or in another spelling) or a guid names."""
    asked = characters.clean(asked)
    canonical = urls.canonical(asked)
    found = database.execute(
        """SELECT id FROM story WHERE urn IN (:asked, 'urn:uuid:' || :asked)
        UNION SELECT story FROM alias WHERE urn IN (:asked, 'urn:uuid:' || :asked)
        UNION SELECT story FROM entry WHERE url <> '' AND url = :canonical
        UNION SELECT story FROM entry WHERE guid = :asked""",
        {"asked": asked, "canonical": canonical},
    )
    return [_trail(database, row[0]) for row in found.fetchall()]


def _trail(database: Database, story: int) -> Trail:
    urn, published, updated = database.execute(
        "SELECT urn, published, updated FROM story WHERE id = ?", [story]
    ).fetchone()
    shown = next((stored.id for stored in copies.load(database, [story]).get(story, ())), 0)
    rows = database.execute(
        """SELECT e.id, f.key, e.document, e.guid, e.data, e.seen, e.published, e.joined, e.score, e.passage, e.length,
            coalesce(n.urn, ''), e.why, NOT f.configured, e.gone OR f.gone
        FROM entry AS e JOIN source AS f ON f.id = e.source LEFT JOIN story AS n ON n.id = e.nearest
        WHERE e.story = ? ORDER BY e.id""",
        [story],
    )
    steps = []
    for entry, key, document, guid, data, seen, at, joined, score, passage, length, nearest, why, *lost in rows:
        read = ENTRY.validate_json(data)
        about = (key, document, guid, read.link, read.title, seen, at, joined, score, entry == shown)
        steps.append(Step(*about, passage, length, nearest, why, bool(lost[0]), bool(lost[1]), entry))
    return Trail(urn, published, updated, tuple(steps), story)


def entries(database: Database) -> Iterator[dict[str, Any]]:
    """Every entry, as `export --jsonl` writes it: instants as they are, the rest as delivered."""
    asked = """SELECT f.key, e.document, e.guid, e.data, e.published, e.seen, s.urn, e.joined, e.score
        FROM entry AS e JOIN source AS f ON f.id = e.source JOIN story AS s ON s.id = e.story ORDER BY e.id"""
    for key, document, guid, data, published, seen, urn, joined, score in database.execute(asked):
        entry = ENTRY.validate_json(data)
        yield {
            "source": key,
            "document": document,
            "guid": guid,
            "url": entry.link,
            "title": entry.title,
            "published": published or entry.updated,
            "seen": seen,
            "story": urn,
            "joined": joined,
            "score": score,
        }
