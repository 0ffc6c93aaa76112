"""An older version's database → this one's, step by step, after a copy of it was put beside it.

Each step is a transaction: what breaks off leaves the database as the step before made it, and the next start goes on
from there. The copy is for the way back: `aggregator restore` of the version before takes it.
"""

from __future__ import annotations

import logging
import math
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

from sqlite_utils import Database, Migrations

from aggregator import __version__
from aggregator.model import StoreError
from aggregator.store import copying
from aggregator.store.migrations import migrations

log = logging.getLogger(__name__)

Room = Callable[[Path], int]

_STEPS_TAKE = 1.5  # times the database's size: a step that writes all of it anew has it in the log and in the file
_SPARE = 16 * 1024**2  # bytes that are left for all else that writes there
_MIB = 1024**2
_VERSION = r"\d{1,3}\.\d{1,3}\.\d{1,3}(?:(?:a|b|rc|\.post|\.dev)\d+)*"  # what else is named so is the operator's
_STORED = "SELECT (SELECT max(id) FROM entry), (SELECT max(id) FROM visit), (SELECT max(last_visit) FROM source)"


def room(folder: Path) -> int:
    """Return how many bytes can be written in the folder."""
    return shutil.disk_usage(folder).free


def bring_up_to_date(
    database: Database, path: Path, steps: Migrations = migrations, *, free: Room = room
) -> Path | None:
    """Take the steps that the open database at `path` lacks; return the copy made before, None where none was needed.

    StoreError where there is no room for the copy and the steps: nothing was changed then.
    """
    copied = _copied(database, path, free) if steps.pending(database) and _holds_anything(steps, database) else None
    steps.apply(database)
    return copied


def copies(path: Path) -> list[Path]:
    """Return the copies beside the database that upgrades have left, the newest first."""
    found = _named(path, rf"{re.escape(path.name)}\.before-{_VERSION}")
    return sorted(found, key=lambda copy: copy.stat().st_mtime_ns, reverse=True)


def _named(path: Path, pattern: str) -> list[Path]:
    return [found for found in path.parent.iterdir() if re.fullmatch(pattern, found.name)]


def _holds_anything(steps: Migrations, database: Database) -> bool:
    if not steps.applied(database):
        return False
    return database.execute("SELECT 1 FROM source LIMIT 1").fetchone() is not None


def _copied(database: Database, path: Path, free: Room) -> Path | None:
    """Copy the database beside itself, in the place of copies before; return None where one of these is good still.

    That is so after an upgrade that was broken off: what came first is the copy to go back to.
    """
    _remove_leftovers(path)
    with suppress(sqlite3.Error):  # the log of an upgrade that was broken off takes room that the steps can have
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    before = copies(path)
    is_copied = bool(before) and _stored(before[0]) == database.execute(_STORED).fetchone()
    _require_room(database, path, free(path.parent), is_copied=is_copied)
    if is_copied:
        return None
    target = path.with_name(f"{path.name}.before-{__version__}")
    with copying.written(target, copying.replace) as part, closing(copying.read_only(path)) as source:
        copying.copy(source, part, path)
        copying.give_to_owner(part, path)
    for old in copies(path):
        if old != target:
            old.unlink(missing_ok=True)
    log.info("copied the database to %s, before it is brought up to date", target)
    return target


def _remove_leftovers(path: Path) -> None:
    """Remove what copying has left that was killed: whoever opens the database to write has its lock."""
    pattern = rf"\.{re.escape(path.name)}\.before-{_VERSION}\.[a-z0-9_]{{8}}(?:-journal|-wal|-shm)?"
    for left in _named(path, pattern):
        left.unlink(missing_ok=True)
        log.info("removed %s, which copying the database had left when it was broken off", left)


def _require_room(database: Database, path: Path, there: int, *, is_copied: bool) -> None:
    """Raise StoreError unless there is room for the copy, if it is to be made still, and for the steps."""
    (pages,), (size,) = (database.execute(f"PRAGMA {name}").fetchone() for name in ("page_count", "page_size"))
    needed = math.ceil((pages * size * (_STEPS_TAKE + (not is_copied)) + _SPARE) / _MIB)
    if there < needed * _MIB:
        raise StoreError(
            f"{path}: it has to be brought up to date{'' if is_copied else ', and before that copied'}: {needed} MiB"
            f" are needed in {path.parent}, {there // _MIB} MiB are free, {needed - there // _MIB} MiB are missing;"
            " make room, and start again"
        )


def _stored(copy: Path) -> tuple[int, ...] | None:
    """Tell up to where things had been stored when the copy was made; None where it can't be read."""
    try:
        with closing(copying.read_only(copy)) as database:
            found: tuple[int, ...] = database.execute(_STORED).fetchone()
            return found
    except (sqlite3.Error, StoreError):
        return None
