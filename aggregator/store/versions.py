"""What edits replaced: the versions that an entry had before, so that nothing is lost and an edit can be shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import compress, decompress

from sqlite_utils import Database

from aggregator.model import Entry
from aggregator.store.copies import ENTRY

MOST = 30  # of one entry: the first one and the latest; a page that changes at every visit would grow for ever


@dataclass(frozen=True, slots=True)
class Version:
    """What an entry said until it was edited `at` this instant."""

    at: int
    entry: Entry


def keep(database: Database, replaced: Sequence[Mapping[str, Any]]) -> None:
    """Store what edits replace, as rows of `entry`, `at` and the `data` before; call it in their transaction."""
    rows = [{**row, "data": compress(row["data"].encode())} for row in replaced]
    database.conn.executemany("INSERT INTO version (entry, at, data) VALUES (:entry, :at, :data)", rows)
    database.conn.executemany(
        """DELETE FROM version WHERE id IN (
            SELECT id FROM version WHERE entry = :entry AND id > (SELECT min(id) FROM version WHERE entry = :entry)
            ORDER BY id DESC LIMIT -1 OFFSET :most)""",
        [{"entry": row["entry"], "most": MOST - 1} for row in replaced],
    )


def of(database: Database, entry: int) -> Iterator[Version]:
    """Yield the versions that an entry had before, the first one first."""
    for at, data in database.execute("SELECT at, data FROM version WHERE entry = ? ORDER BY id", [entry]):
        yield Version(at, ENTRY.validate_json(decompress(data)))


def said(data: bytes) -> Any:
    """Return what is stored of a version, as JSON has it."""
    return json.loads(decompress(data))


def stored(entry: Any) -> bytes:
    """Return a version's entry, as JSON has it, as it is stored."""
    return compress(json.dumps(entry, ensure_ascii=False, separators=(",", ":")).encode())
