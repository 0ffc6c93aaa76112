"""Makes a table anew in another shape, which ALTER TABLE can't (sqlite.org/lang_altertable.html, section 7)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from sqlite_utils import Database


def rebuild(
    database: Database, table: str, statement: str, values: Mapping[str, str], *, without: Collection[str]
) -> None:
    """Make the table what `statement` creates under the name TABLE_new, and copy its rows; call it in a transaction.

    Columns that both have are copied; `values` has SQL for those that are to hold something else. What lies on the
    table or speaks of it, indexes, triggers and views, is there again afterwards, but for what `without`
    names: the caller makes these. No row's number is ever given again.
    """
    beside = f"""FROM sqlite_schema WHERE sql IS NOT NULL AND name <> '{table}'
        AND (type IN ('trigger', 'view') AND sql LIKE '%{table}%' OR type = 'index' AND tbl_name = '{table}')"""
    dropped = database.execute(f"SELECT type, name, sql {beside} ORDER BY type = 'view'").fetchall()
    for kind, name, _ in dropped:
        database.execute(f"DROP {kind} {name}")
    database.execute(statement)
    new = f"{table}_new"
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({new})")]
    read = ", ".join(values.get(column, column) for column in columns)
    database.execute(f"INSERT INTO {new} ({', '.join(columns)}) SELECT {read} FROM {table}")
    last = database.execute("SELECT seq FROM sqlite_sequence WHERE name = ?", [table]).fetchone()
    database.execute(f"DROP TABLE {table}")
    database.execute(f"ALTER TABLE {new} RENAME TO {table}")
    if last:
        database.execute("DELETE FROM sqlite_sequence WHERE name = ?", [table])
        database.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", [table, last[0]])
    for _, name, sql in reversed(dropped):
        if name not in without:
            database.execute(sql)
