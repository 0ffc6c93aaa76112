"""A copy of the database in one file, made while it is written to; and the way back.

Only what was verified is put into place, and nothing is overwritten unasked.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from aggregator.model import StoreError
from aggregator.store import copying
from aggregator.store import database as databases
from aggregator.store.lock import acquire


def backup(folder: Path, target: Path, *, force: bool = False) -> int:
    """Copy the database in `folder` to `target`, which its owner alone may read; return its size in bytes.

    StoreError where there is nothing, the copy isn't sound, or `target` is there already (unless `force`).
    """
    path = folder / databases.NAME
    if not path.exists():
        raise StoreError(f"{path}: there is nothing yet")
    if target.exists() and (not force or not target.is_file() or target.samefile(path)):
        raise StoreError(f"{target}: is there already{'' if force else '; --force replaces it'}")
    put = copying.replace if force else copying.place
    with copying.written(target, put) as part, closing(copying.read_only(path)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on it is one state
        copying.copy(source, part, path)
        _verify(part, target)
        return part.stat().st_size


def restore(file: Path, folder: Path, now: int) -> Path | None:
    """Put a backup in the place of the database in `folder`; return where that one is now, None where there was none.

    StoreError where the file is no sound database of ours, or of a newer version; InUseError where one is writing.
    """
    path = folder / databases.NAME
    if not file.is_file():
        raise StoreError(f"{file}: there is no such file")
    if path.exists() and file.samefile(path):
        raise StoreError(f"{file}: that is the database itself")
    handle = acquire(folder)
    try:
        aside: list[Path] = []

        def put(part: Path, place: Path) -> None:
            aside.extend(_set_aside(place, now))
            part.replace(place)

        with copying.written(path, put) as part, closing(copying.read_only(file)) as source:
            copying.copy(source, part, file)
            _verify(part, file)
            copying.give_to_owner(part, path if path.exists() else folder)
        return aside[0] if aside else None
    finally:
        os.close(handle)


def _verify(part: Path, named: Path) -> None:
    """Raise StoreError unless it is a sound database of ours, of this version or an older one."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            databases.refuse_foreign(databases.wrapped(connection), named)
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    except sqlite3.Error as error:
        raise StoreError(f"{named}: is no sound database: {error}") from error
    if wrong != ["ok"]:
        raise StoreError(f"{named}: is damaged: {' '.join(wrong[0].split())}")


def _set_aside(path: Path, now: int) -> list[Path]:
    """Give the database another name beside its own, whole in one file if it can be read at all."""
    if not path.exists():
        return []
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    aside = path.with_name(f"{path.name}.{stamp}")
    number = 1
    while aside.exists():
        number += 1
        aside = path.with_name(f"{path.name}.{stamp}-{number}")
    with suppress(sqlite3.Error), closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size:  # damaged: what is in the log goes with it
        log.replace(Path(f"{aside}-wal"))
    for left in (log, Path(f"{path}-shm")):
        left.unlink(missing_ok=True)
    try:
        os.link(path, aside)  # so that there is a database at every moment
    except OSError:  # a file system without links
        path.replace(aside)
    return [aside]
