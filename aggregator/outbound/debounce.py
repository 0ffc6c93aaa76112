"""Something that is wanted often and done seldom: publishing, while articles keep coming."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_REST = 9  # times as long as a run took, until the next


class Debounce:
    """Runs `act` soon after it is asked for, one run at a time.

    Between two runs are `pause` seconds, or nine times what the last one took, if that is longer. Whatever is asked for
    during a run is a reason for another one. `act` must not raise.
    """

    def __init__(self, act: Callable[[], Awaitable[None]], pause: float) -> None:
        self._act = act
        self._pause = pause
        self._wanted = False
        self._hurry = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._next = float("-inf")
        self._asked = 0.0  # when it was asked for first, since the last run began
        self._under_way: float | None = None  # when that was asked for which is run now

    @property
    def waiting(self) -> float:
        """For how many seconds what isn't done yet has been asked for, 0 if nothing is."""
        first = self._under_way if self._under_way is not None else self._asked if self._wanted else None
        return 0.0 if first is None else asyncio.get_running_loop().time() - first

    def ask(self) -> None:
        """Have it run: at once, if the last run is long enough ago."""
        if not self._wanted:
            self._asked = asyncio.get_running_loop().time()
        self._wanted = True
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def settle(self) -> None:
        """Return when all that was asked for is done, without any further pause."""
        self._hurry.set()
        if self._running is not None:
            await self._running
        self._hurry.clear()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            rest = self._next - loop.time()
            if rest > 0 and not self._hurry.is_set():
                try:
                    async with asyncio.timeout(rest):
                        await self._hurry.wait()
                except TimeoutError:
                    pass
            self._wanted, self._under_way = False, self._asked
            began = loop.time()
            await self._act()
            self._under_way = None
            took = loop.time() - began
            self._next = began + took + max(self._pause, _REST * took)
