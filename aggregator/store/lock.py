"""One writer: a lock on the database's file keeps a second process out, and tells which one has it."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from aggregator.model import InUseError, StoreError


def acquire(folder: Path) -> int:
    """Take the lock of the database in `folder`; return its handle, which holds it until it is closed.

    InUseError where another process has it, StoreError where the folder can't be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / "aggregator.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError as error:
        raise StoreError(f"{folder}: can't be written to: {error.strerror}") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise InUseError(
            f"{folder}: another aggregator is using it; stop that one, or choose another --data-dir"
        ) from None
    return handle


def holder(folder: Path) -> int:
    """Return the process that writes to the database in `folder`, if one does and Linux tells (proc(5)); else 0.

    Asked without taking the lock: a daemon that starts at this moment would be refused.
    """
    try:
        number = (folder / "aggregator.lock").stat().st_ino
        locks = Path("/proc/locks").read_text("ascii").splitlines()
    except (OSError, ValueError):
        return 0
    for line in locks:  # 1: FLOCK  ADVISORY  WRITE 4711 08:01:1234 0 EOF
        parts = line.split()
        if len(parts) > 5 and parts[1] == "FLOCK" and parts[4].isdecimal() and parts[5].endswith(f":{number}"):
            return int(parts[4])
    return 0
