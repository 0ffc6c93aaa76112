"""One connection to a host at a time, with a rest after each, however many feeds it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LONGEST_REST = 5.0


class Hosts:
    """Turns at hosts. After each a host rests as long as it took to answer, so that we are at most half its load."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._rested: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Waits for the host to be free and rested; the host is ours inside."""
        lock = self._locks.setdefault(host, asyncio.Lock())
        async with lock:
            await asyncio.sleep(self._rested.pop(host, 0.0) - time.monotonic())
            started = time.monotonic()
            try:
                yield
            finally:
                ended = time.monotonic()
                self._rested[host] = ended + min(ended - started, _LONGEST_REST)
        if not lock.locked() and self._rested.get(host, 0.0) < time.monotonic():
            self._locks.pop(host, None)
