"""How the processes that parse are started, and what keeps two of them from one pipe: a lock that needs no /dev/shm.

multiprocessing's own locks are named semaphores, which live in /dev/shm: containers have it read-only, small or not at
all. A pipe with one byte in it does the same: who has read the byte has the lock.
"""

from __future__ import annotations

import os
import select
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from typing import Any, Self


class PipeLock:
    """A lock between processes and their threads; who has it may take it again. It goes to a process as it starts.

    A process that is killed while it has it keeps it, as with semaphores: pebble takes it before it kills one.
    """

    def __init__(self, reader: Connection, writer: Connection) -> None:
        """Take both ends of a pipe; the lock is free."""
        self._reader = reader
        self._writer = writer
        os.set_blocking(reader.fileno(), False)
        self._owner, self._times = 0, 0
        self._give_back()

    def __getstate__(self) -> tuple[Connection, Connection]:
        return self._reader, self._writer

    def __setstate__(self, state: tuple[Connection, Connection]) -> None:
        self._reader, self._writer = state
        self._owner, self._times = 0, 0

    def acquire(self, block: bool = True, timeout: float | None = None) -> bool:  # noqa: FBT001, FBT002, RUF100
        """Take it within `timeout` seconds (None: whenever it is free), or at once without `block`; tell whether."""
        thread = threading.get_ident()
        if self._owner != thread:
            if not self._take(timeout if block else 0):
                return False
            self._owner = thread
        self._times += 1
        return True

    def release(self) -> None:
        """Give it back, as often as it was taken."""
        if self._owner != threading.get_ident():
            raise RuntimeError("only who has a lock can give it back")
        self._times -= 1
        if not self._times:
            self._owner = 0
            self._give_back()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _take(self, timeout: float | None) -> bool:
        """Read the byte; another one may be quicker, then there is the next."""
        until = None if timeout is None else time.monotonic() + timeout
        poll = select.poll()
        poll.register(self._reader, select.POLLIN)
        while True:
            try:
                if os.read(self._reader.fileno(), 1):
                    return True
                raise EOFError("nobody has the other end of the lock any more")
            except BlockingIOError:
                left = None if until is None else max(until - time.monotonic(), 0) * 1000
                if not poll.poll(left) and left is not None:
                    return False

    def _give_back(self) -> None:
        os.write(self._writer.fileno(), b".")


class Context(ForkServerContext):
    """Never forks this process, which has threads and a database open; its locks are pipes."""

    def RLock(self) -> Any:  # noqa: N802  multiprocessing's name
        """Return a lock for pebble's channel, which is all that asks for one."""
        return PipeLock(*self.Pipe(duplex=False))
