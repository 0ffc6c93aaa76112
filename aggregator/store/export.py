"""Every entry that is stored, for whoever takes them elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlite_utils import Database

from aggregator.store.copies import ENTRY


def entries(database: Database) -> Iterator[dict[str, Any]]:
    """Yield every entry as `export --jsonl` writes it: instants as they are, the rest as delivered."""
    sql = """SELECT f.key, e.document, e.guid, unpack(e.data), e.published, e.seen, s.urn, e.joined, e.score
        FROM entry AS e JOIN source AS f ON f.id = e.source JOIN story AS s ON s.id = e.story ORDER BY e.id"""
    for key, document, guid, data, published, seen, urn, joined, score in database.execute(sql):
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
