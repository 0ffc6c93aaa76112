"""Gives the room back that was freed in the database's file, a little at a time."""

from __future__ import annotations

from sqlite_utils import Database

_FREED = 250  # pages of the file: a megabyte


def give_back(database: Database) -> bool:
    """Shorten the file by some of its free pages; tell whether more are left."""
    # A script, because execute() takes one step of a statement without columns, and a step frees one page.
    database.conn.executescript(f"PRAGMA incremental_vacuum({_FREED})")
    return bool(database.execute("PRAGMA freelist_count").fetchone()[0])


def settle(database: Database) -> None:
    """Have the planner know what there is now, and write the log into the file as far as nobody reads it."""
    database.execute("PRAGMA optimize").fetchall()
    database.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
