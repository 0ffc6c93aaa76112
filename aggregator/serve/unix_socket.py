"""The Unix socket in the data folder, at both its ends: it is there while a daemon runs, for its operator alone.

Who holds the database's lock may make it, in the place of one that a crash left. The kernel takes paths of about a
hundred bytes only: a longer one is named by the folder's handle, where the machine has /proc.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from aggregator.model import StoreError

NAME = "aggregator.sock"
_LONGEST = 107  # bytes of a path in sockaddr_un, on Linux; BSD has four less
_BACKLOG = 64


def listen(folder: Path) -> socket.socket:
    """Return a socket that listens in `folder`, which its owner alone can speak to; StoreError where there can be none.

    Call it with the database's lock held: what is there is somebody's who has crashed, and is replaced.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with suppress(FileNotFoundError):
            (folder / NAME).unlink()
        with address_of(folder / NAME) as address:
            sock.bind(address)
        (folder / NAME).chmod(0o600)  # nobody can connect before it listens
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError as error:
        sock.close()
        raise StoreError(f"{folder / NAME}: the operator's socket can't be made: {error.strerror or error}") from error
    except BaseException:
        sock.close()
        raise
    return sock


def connect(folder: Path) -> socket.socket | None:
    """Return a connection to the daemon that runs over `folder`; None where none does.

    StoreError where it is somebody else's.
    """
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with address_of(folder / NAME) as address:
            sock.connect(address)
    except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
        sock.close()
        return None
    except OSError as error:
        sock.close()
        if error.errno in {errno.EACCES, errno.EPERM}:
            raise StoreError(
                f"{folder / NAME}: only the user that the daemon runs as may speak to it, and root"
            ) from error
        raise StoreError(f"{folder / NAME}: the daemon can't be spoken to: {error.strerror or error}") from error
    except BaseException:
        sock.close()
        raise
    return sock


def remove(folder: Path) -> None:
    """Take the socket away, before the lock is given back."""
    with suppress(OSError):
        (folder / NAME).unlink()


@contextmanager
def address_of(path: Path) -> Iterator[str]:
    """Give a socket's path as the kernel takes it; StoreError where that can't be."""
    if len(os.fsencode(path)) <= _LONGEST:
        yield str(path)
        return
    if not Path("/proc/self/fd").is_dir():
        raise StoreError(f"{path}: too long for a socket's path; choose a folder of fewer letters")
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{path.name}"
    finally:
        os.close(handle)
