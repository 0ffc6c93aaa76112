"""Editions → files, each in one step, and only where the bytes change.

Whatever a power cut undoes, a name stands for one whole file, the old one or the new: its bytes are on the disk before
it gets the name, and the name is before the store hears of it. What was to get a name and didn't is swept out.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from aggregator.model import Edition

_UNNAMED = re.compile(r"\..+\.[a-z0-9_]{8}")  # as tempfile.mkstemp has it


def sweep(public: Path) -> None:
    """Remove what a program that was killed was writing; nobody may be writing there."""
    for folder, _, names in os.walk(public):
        for name in filter(_UNNAMED.fullmatch, names):
            with suppress(OSError):
                Path(folder, name).unlink()


def write_all(folder: Path, editions: Iterable[Edition], written: list[str]) -> None:
    """Put the editions' files in place: a disk writes the one while the next is being made.

    The names of those that change are added to `written`, also where an error keeps the others from it.
    """
    puts: list[tuple[str, Future[bool]]] = []
    try:
        with ThreadPoolExecutor(3) as disks:
            for edition in editions:
                puts.append((edition.name, disks.submit(write, folder, edition)))  # noqa: PERF401  until one fails
    finally:
        names = [name for name, put in puts if put.exception() is None and put.result()]
        written += names
        if names:
            _settle(folder)
    for _, put in puts:
        put.result()


def write(folder: Path, edition: Edition) -> bool:
    """Put the edition's file in place in one step, unless it has these bytes already; tell whether it was written.

    Its time of change is that of its bytes: Last-Modified tells every change, an older story that came late too, and
    no restart. It is in a later second than that of the file before, also if the clock was set back.
    """
    path = folder / edition.name
    replaced = 0
    with suppress(OSError):
        replaced = path.stat().st_mtime_ns
        if path.stat().st_size == len(edition.body) and path.read_bytes() == edition.body:
            return False
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{edition.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(edition.body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        _make_later(Path(temporary), replaced)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _settle(folder: Path) -> None:
    """Have the names in the folder be on the disk; a file system that knows no such thing is as good as it is."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def stamp(path: Path) -> bytes:
    """Return what tells whether somebody else has changed the file, or a disk emptied it; none where it is gone."""
    try:
        status = path.stat()
    except OSError:
        return b""
    return b" %d %d" % (status.st_size, status.st_mtime_ns)


def _make_later(path: Path, before: int) -> None:
    status = path.stat()
    if before and status.st_mtime_ns // 10**9 <= before // 10**9:
        os.utime(path, ns=(status.st_atime_ns, (before // 10**9 + 1) * 10**9))
