"""As many visits at a time as leave the event loop time for others: whoever asks the daemon's server for a feed."""

from __future__ import annotations

import asyncio
from collections import deque
from types import TracebackType

_TICK = 0.01  # seconds between two looks at how late the loop is,
_LATE = 0.005  # and what it may be late; beyond, there are fewer visits at a time,
_LEAST = 8  # but always so many: others may be what keeps the machine busy


class Limiter:
    """A semaphore, as a context for each visit, whose width follows how late the loop is. `watch` has to run."""

    def __init__(self, most: int) -> None:
        """Let in at most so many visits at a time, however idle the loop is."""
        self._most = most
        self._least = min(most, _LEAST)
        self._width = float(self._least)
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def watch(self) -> None:
        """Widen and narrow, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _TICK
            await asyncio.sleep(_TICK)
            late = loop.time() - due > _LATE
            self._width = max(self._width * 0.8, self._least) if late else min(self._width + 1, self._most)
            self._admit()

    async def __aenter__(self) -> None:
        if self._inside < int(self._width) and not self._waiting:
            self._inside += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        self._inside -= 1
        self._admit()

    def _admit(self) -> None:
        while self._waiting and self._inside < int(self._width):
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._inside += 1
