"""Gives the room back that was freed in the database's file, a little at a time."""

from __future__ import annotations

from sqlite_utils import Database

_FREED = 250  # pages of the file: a megabyte
_LOOKED_AT = 400  # rows of an index, for the planner to know it by: of all it takes a third of a second, and more
_MERGED = 64  # pages of the index of words


def give_back(database: Database) -> bool:
    """Shorten the file by some of its free pages; tell whether more can be: none of a file that wasn't made for it.

    That is one that was made anew by `.dump` or `.recover`: its free pages are filled again, and it stays as long.
    """
    before = _free(database)
    # A script, because execute() takes one step of a statement without columns, and a step frees one page.
    database.conn.executescript(f"PRAGMA incremental_vacuum({_FREED})")
    return 0 < _free(database) < before


def forget_words(database: Database, *, begin: bool = False) -> bool:
    """Write some of the index of words anew, without those of entries that went; tell whether more is left.

    Until then it only has it noted that they went, and grows by that. The first call is to `begin` it.
    """
    before = database.conn.total_changes
    with database.atomic():
        sql = "INSERT INTO entry_fts (entry_fts, rank) VALUES ('merge', ?)"
        database.execute(sql, [-_MERGED if begin else _MERGED])
    return database.conn.total_changes - before > 1  # fts5.html#the_merge_command


def settle(database: Database) -> None:
    """Have the planner know what there is now, and write the log into the file as far as nobody reads it."""
    database.execute(f"PRAGMA analysis_limit={_LOOKED_AT}").fetchall()
    database.execute("PRAGMA optimize").fetchall()
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _free(database: Database) -> int:
    count: int = database.execute("PRAGMA freelist_count").fetchone()[0]
    return count
