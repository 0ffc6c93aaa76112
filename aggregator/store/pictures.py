"""Which files beside local articles their entries name: pictures, sound, films. No others of a folder are published."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from sqlite_utils import Database

from aggregator.model import Delivery, DocumentKind
from aggregator.text import local_files

_VISIBLE = "picture AS p JOIN entry AS e ON e.id = p.entry WHERE e.story NOT IN (SELECT story FROM hidden)"


def note(database: Database, deliveries: Iterable[Delivery], rows: Mapping[str, int]) -> None:
    """Note what the articles that arrived name now, of their own source's files; call it when they are stored.

    What is held back isn't stored, and names nothing.
    """
    for delivery in deliveries:
        documents = [arrival.document for arrival in delivery.arrivals if arrival.document and arrival.kind.is_article]
        if documents:
            _note(database, rows[delivery.source], f"{local_files.key(delivery.source)}/", documents)


def _note(database: Database, source: int, start: str, documents: Sequence[str]) -> None:
    entries = """FROM entry WHERE source = :source AND kind <> :feed
        AND document IN (SELECT value FROM json_each(:documents))"""
    values = {"source": source, "documents": json.dumps(documents), "feed": DocumentKind.FEED}
    database.execute(f"DELETE FROM picture WHERE entry IN (SELECT id {entries})", values)
    naming = database.execute(f"SELECT id, unpack(data) {entries}", values)
    pairs = [(tail, id_) for id_, data in naming for tail in local_files.named(data) if tail.startswith(start)]
    database.conn.executemany("INSERT INTO picture (tail, entry) VALUES (?, ?)", pairs)


def is_named(database: Database, tail: str) -> bool:
    """Tell whether an entry that isn't hidden names the file with this KEY/PATH."""
    sql = f"SELECT 1 FROM {_VISIBLE} AND p.tail = ? LIMIT 1"
    return database.execute(sql, [tail]).fetchone() is not None


def all_named(database: Database) -> set[str]:
    """Return the KEY/PATH of each file that an entry names which isn't hidden."""
    return {row[0] for row in database.execute(f"SELECT DISTINCT p.tail FROM {_VISIBLE}")}


def hidden(database: Database) -> set[str]:
    """Return the KEY/PATH of each file that only hidden stories' entries name."""
    sql = """SELECT DISTINCT p.tail FROM hidden AS h JOIN entry AS e ON e.story = h.story
        JOIN picture AS p ON p.entry = e.id"""
    return {tail for (tail,) in database.execute(sql).fetchall() if not is_named(database, tail)}


def shown(database: Database, output: str, numbers: Sequence[int], *, each_copy: bool) -> list[str]:
    """Return the KEY/PATH of each file that an output shows: in these stories, and those that it showed last.

    With `each_copy` the numbers are those of entries.
    """
    if not database.execute("SELECT 1 FROM picture LIMIT 1").fetchone():
        return []
    of_entry = "e.id" if each_copy else "e.story"
    sql = f"""SELECT DISTINCT p.tail FROM {_VISIBLE} AND {of_entry} IN (
        SELECT value FROM json_each(:numbers) UNION SELECT number FROM item WHERE output = :output)"""
    rows = database.execute(sql, {"numbers": json.dumps(list(numbers)), "output": output})
    return [row[0] for row in rows]
