"""What a visit asks of the store is looked up, and nothing scanned, whatever SQLite thinks of the tables' sizes.

With 1,700 entries SQLite chose to go through all of them for every address that came, once it had counted them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from sqlite_utils import Database

from aggregator.model import Entry
from aggregator.store import entries
from tests.store.conftest import NOON, A, B, Desk

GROWING = ("entry", "story", "feature", "feature_fresh", "visit", "version", "let_go", "document", "picture")
OF_A_SOURCE = ("entry_identity", "entry_source_published", "visit_source", "document")


def post(n: int) -> Entry:
    """One whose words are its own."""
    text = " ".join(f"word{n}x{i}" for i in range(30))
    return Entry(f"guid-{n}", f"Title {n}", f"https://a.example/{n}", content=f"<p>{text}</p>", published=NOON - n)


def scanned(database: Database, statements: list[str]) -> Iterator[str]:
    """The statements that go through a table that grows, or through an index of it."""
    for statement in dict.fromkeys(statements):
        if not statement.lstrip().upper().startswith(("SELECT", "WITH", "DELETE", "UPDATE")):
            continue
        names = {alias or table for table, alias in re.findall(r"(?:FROM|JOIN)\s+(\w+)(?:\s+AS\s+(\w+))?", statement)
                 if table in GROWING}  # fmt: skip
        for row in database.execute(f"EXPLAIN QUERY PLAN {statement}").fetchall():
            found = re.match(r"SCAN (\w+)", row[3])
            if found and found[1] in {*names, *GROWING}:
                yield f"{row[3]}: {statement}"


@pytest.mark.parametrize("rows", [300, 1700, 20_000, 1_000_000])
def test_a_visit_scans_no_table_that_grows(desk: Desk, rows: int) -> None:
    desk.deliver(A, *(post(n) for n in range(40)))
    statements: list[str] = []

    def pretend(database: Database) -> None:
        """Have SQLite believe that the tables have so many rows."""
        database.execute("ANALYZE").fetchall()
        for row, index, stat in database.execute("SELECT rowid, idx, stat FROM sqlite_stat1").fetchall():
            columns = len(stat.split()) - 1
            first = rows // 200 if index in OF_A_SOURCE else 2
            pretended = " ".join(map(str, (rows, *[first, *[1] * columns][:columns])))
            database.conn.execute("UPDATE sqlite_stat1 SET stat = ? WHERE rowid = ?", [pretended, row])
        database.conn.commit()
        database.execute("ANALYZE sqlite_schema").fetchall()  # has it read them

    def watched(database: Database) -> list[str]:
        """Commit an edit, a new article, a copy of it elsewhere and another guid; which statements scan."""
        edited = Entry(
            "guid-3", "Title 3", "https://a.example/3", content="<p>Quite other words</p>", published=NOON - 3
        )
        renamed = Entry("new-5", *(getattr(post(5), name) for name in ("title", "link")), content=post(5).content)
        listed = (edited, renamed, *(post(n) for n in range(6, 50)))
        deliveries = [desk.delivery(A, *listed, at=NOON + 9), desk.delivery(B, post(48), post(7), at=NOON + 9)]
        database.conn.set_trace_callback(statements.append)
        entries.commit(database, deliveries, 45)
        database.conn.set_trace_callback(None)
        return list(scanned(database, statements))

    desk.writer.now(pretend)
    assert desk.writer.now(watched) == []
    assert len(statements) > 30
