"""What a folder of plain texts repeats: a paragraph that three of its articles have is the site's, not the article's.

It is dropped where an article is shown, not where it is stored: what repeats is known only later.
"""

from __future__ import annotations

import json
import re
from hashlib import blake2b

from sqlite_utils import Database

from aggregator.text import characters

_OFTEN = 3  # articles of a source
_PARAGRAPH = re.compile(r"<p>.*?</p>", re.DOTALL)


def count(database: Database, source: int, content: str, by: int = 1) -> None:
    """Count an article's paragraphs in, or with `by` -1 out."""
    rows = [{"source": source, "hash": value, "by": by} for value in set(map(_hash, _PARAGRAPH.findall(content)))]
    database.conn.executemany(
        """INSERT INTO paragraph (source, hash, articles) VALUES (:source, :hash, :by)
        ON CONFLICT DO UPDATE SET articles = articles + :by""",
        rows,
    )


def forget(database: Database, source: int, content: str) -> None:
    """Count an article out that is let go, but where a paragraph is the site's: what is shown of others stays so."""
    rows = [(source, value) for value in set(map(_hash, _PARAGRAPH.findall(content)))]
    of_article = f"source = ? AND hash = ? AND articles < {_OFTEN}"
    database.conn.executemany(f"UPDATE paragraph SET articles = articles - 1 WHERE {of_article}", rows)
    database.conn.executemany("DELETE FROM paragraph WHERE source = ? AND hash = ? AND articles <= 0", rows)


def without(database: Database, source: int, content: str) -> str:
    """Return the content of an article of this source without the boilerplate; one of nothing else stays whole."""
    hashes = {_hash(paragraph) for paragraph in _PARAGRAPH.findall(content)}
    sql = """SELECT hash FROM paragraph
        WHERE source = ? AND articles >= ? AND hash IN (SELECT value FROM json_each(?))"""
    often = {row[0] for row in database.execute(sql, [source, _OFTEN, json.dumps(list(hashes))])}
    return (
        _PARAGRAPH.sub(lambda paragraph: "" if _hash(paragraph[0]) in often else paragraph[0], content).strip()
        or content
    )


def _hash(paragraph: str) -> int:
    words = " ".join(characters.words(characters.plain(paragraph)))
    return int.from_bytes(blake2b(words.encode(), digest_size=7).digest(), "big")
