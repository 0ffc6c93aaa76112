"""Editions → files, each in one step, and only where the bytes change."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from aggregator.model import Edition


def write_all(folder: Path, editions: Sequence[Edition]) -> tuple[str, ...]:
    """Puts the editions' files in place, all at once, since a disk lets each wait; the names of those it wrote."""
    if not editions:
        return ()
    with ThreadPoolExecutor(len(editions)) as disks:
        written = list(disks.map(lambda edition: write(folder, edition), editions))
    return tuple(edition.name for edition, is_new in zip(editions, written, strict=True) if is_new)


def write(folder: Path, edition: Edition) -> bool:
    """Puts the edition's file in place in one step, unless it has these bytes already; whether it was written.

    Its time of change is that of its bytes: Last-Modified tells every change, an older story that came late too, and
    no restart.
    """
    path = folder / edition.name
    with suppress(OSError):
        if path.stat().st_size == len(edition.body) and path.read_bytes() == edition.body:
            return False
    handle, temporary = tempfile.mkstemp(dir=folder, prefix=f".{edition.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(edition.body)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True
