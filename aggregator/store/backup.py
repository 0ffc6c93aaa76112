"""A copy of the database in one file, made while it is written to; and the way back.

It is read over a connection of the caller's own, as one state: the thread that writes and all readers go on, and no
slice of it has to be made again. Only what was verified is put into place, and nothing is overwritten unasked.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from sqlite_utils import Database

from aggregator.model import StoreError
from aggregator.store import database as databases
from aggregator.store.lock import acquire

_PAGES = 1024  # at a time
_IMMEDIATELY = 0.0  # seconds between two of them: nobody waits for us


def backup(folder: Path, target: Path, *, force: bool = False) -> int:
    """Copy the database in `folder` to `target`, which its owner alone may read; return its size in bytes.

    StoreError where there is nothing, the copy isn't sound, or `target` is there already (unless `force`).
    """
    path = folder / databases.NAME
    if not path.exists():
        raise StoreError(f"{path}: there is nothing yet")
    if target.exists() and (not force or not target.is_file() or target.samefile(path)):
        raise StoreError(f"{target}: is there already{'' if force else '; --force replaces it'}")
    with _written(target, _replace if force else _place) as part, closing(_read_only(path)) as source:
        source.execute("BEGIN")
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # from here on it is one state
        _copy(source, part, path)
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

        with _written(path, put) as part, closing(_read_only(file)) as source:
            _copy(source, part, file)
            _verify(part, file)
            _give_to_owner(part, path if path.exists() else folder)
        return aside[0] if aside else None
    finally:
        os.close(handle)


def _read_only(path: Path) -> sqlite3.Connection:
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: can't be read: {error}") from error


def _copy(source: sqlite3.Connection, part: Path, named: Path) -> None:
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            source.backup(target, pages=_PAGES, sleep=_IMMEDIATELY)
            target.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
    except sqlite3.Error as error:
        raise StoreError(f"{named}: can't be copied: {error}") from error


def _verify(part: Path, named: Path) -> None:
    """Raise StoreError unless it is a sound database of ours, of this version or an older one."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as connection:
            databases.refuse_foreign(Database(connection), named)
            wrong = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
    except sqlite3.Error as error:
        raise StoreError(f"{named}: is no sound database: {error}") from error
    if wrong != ["ok"]:
        raise StoreError(f"{named}: is damaged: {' '.join(wrong[0].split())}")


@contextmanager
def _written(target: Path, put: Callable[[Path, Path], None]) -> Iterator[Path]:
    """Give an empty file beside `target`, 0600, which is put into its place at the end, on the disk by then."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise StoreError(f"{target.parent}: can't be written to: {error.strerror}") from error
    part = Path(name)
    try:
        yield part
        os.fsync(handle)
        try:
            put(part, target)
        except FileExistsError:
            raise StoreError(f"{target}: is there already; --force replaces it") from None
        _sync(target.parent)
    finally:
        os.close(handle)
        for left in (part, Path(f"{part}-journal")):
            left.unlink(missing_ok=True)


def _place(part: Path, target: Path) -> None:
    """Name the file so, unless another has come there meanwhile."""
    os.link(part, target)


def _replace(part: Path, target: Path) -> None:
    part.replace(target)


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


def _give_to_owner(part: Path, like: Path) -> None:
    """Let the one who runs the daemon have the file, when root restores it."""
    about = like.stat()
    with suppress(PermissionError):
        os.chown(part, about.st_uid, about.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
