"""Which ids stories had that were let go: their addresses say so, and no other story is ever given one.

Eight bytes are kept of each, as a row's number: the article itself took a thousand times as much.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from uuid import UUID

from sqlite_utils import Database


def note(database: Database, urns: Iterable[str]) -> None:
    """Note that the stories with these ids are no more; call it in the transaction in which they go."""
    database.conn.executemany("INSERT OR IGNORE INTO former_story (id) VALUES (?)", [(_number(urn),) for urn in urns])


def former(database: Database, urns: Iterable[str]) -> set[str]:
    """Return those of these ids that a story had which was let go."""
    numbers = {_number(urn): urn for urn in urns}
    sql = "SELECT id FROM former_story WHERE id IN (SELECT value FROM json_each(?))"
    return {numbers[row[0]] for row in database.execute(sql, [json.dumps(list(numbers))])}


def _number(urn: str) -> int:
    try:
        digest = UUID(urn).bytes
    except ValueError:  # no id of ours
        return 0
    return int.from_bytes(digest[:8], "big", signed=True)
