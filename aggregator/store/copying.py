"""A database → a copy of it in one file, which is put into its place whole, or not at all.

It is read over a connection of the caller's own, as one state: the thread that writes and all readers go on, and no
slice of it has to be made again.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from aggregator.model import StoreError

_PAGES = 1024  # at a time
_IMMEDIATELY = 0.0  # seconds between two of them: nobody waits for us


def read_only(path: Path) -> sqlite3.Connection:
    """Open a database to be read, by whoever closes it; StoreError where it can't be."""
    try:
        return sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10, isolation_level=None)
    except sqlite3.Error as error:
        raise StoreError(f"{path}: can't be read: {error}") from error


def copy(source: sqlite3.Connection, part: Path, named: Path) -> None:
    """Copy all of a database, which errors name so, to the file `part`; StoreError where it can't be."""
    try:
        with closing(sqlite3.connect(part, isolation_level=None)) as target:
            source.backup(target, pages=_PAGES, sleep=_IMMEDIATELY)
            target.execute("PRAGMA journal_mode=DELETE")  # all of it in the one file
    except sqlite3.Error as error:
        raise StoreError(f"{named}: can't be copied: {error}") from error


@contextmanager
def written(target: Path, put: Callable[[Path, Path], None]) -> Iterator[Path]:
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


def place(part: Path, target: Path) -> None:
    """Name the file so, unless another has come there meanwhile."""
    os.link(part, target)


def replace(part: Path, target: Path) -> None:
    """Name the file so, also if another one has the name."""
    part.replace(target)


def give_to_owner(part: Path, like: Path) -> None:
    """Let the one who runs the daemon have the file, when root made it."""
    about = like.stat()
    with suppress(PermissionError):
        os.chown(part, about.st_uid, about.st_gid)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
