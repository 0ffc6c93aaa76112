"""One connection to a host at a time, with a rest after each, however many feeds it has."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_LONGEST_REST = 5.0
_REMEMBERED = 1000  # hosts that rest: redirects can lead to ever new ones, for years


class Hosts:
    """Turns at hosts. After each a host rests as long as it took to answer, so that we are at most half its load."""

    def __init__(self) -> None:
        self._locks: dict[str, asyncio.Lock] = {}
        self._users: Counter[str] = Counter()
        self._rested: dict[str, float] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait for the host to be free and rested; inside, it is ours."""
        self._users[host] += 1
        try:
            async with self._locks.setdefault(host, asyncio.Lock()):
                await asyncio.sleep(self._rested.pop(host, 0.0) - time.monotonic())
                started = time.monotonic()
                try:
                    yield
                finally:
                    ended = time.monotonic()
                    self._rested[host] = ended + min(ended - started, _LONGEST_REST)
        finally:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host], self._locks[host]
            self._forget_the_rested()

    def _forget_the_rested(self) -> None:
        if len(self._rested) > _REMEMBERED:
            now = time.monotonic()
            self._rested = {host: until for host, until in self._rested.items() if until > now}
