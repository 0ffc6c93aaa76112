"""Something that is wanted often and done seldom: publishing, while articles keep coming."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

_SHARE = 9


class Debounce:
    """Runs `act` soon after it is asked for: one run at a time, and `pause` seconds between two, or longer if it takes
    long: it gets a tenth of the time.

    Whatever is asked for during a run is a reason for another one. `act` must not raise.
    """

    def __init__(self, act: Callable[[], Awaitable[None]], pause: float) -> None:
        self._act = act
        self._pause = pause
        self._wanted = False
        self._hurry = asyncio.Event()
        self._running: asyncio.Task[None] | None = None
        self._next = float("-inf")

    def ask(self) -> None:
        """Has it done: at once, if the last run is long enough ago."""
        self._wanted = True
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._run())

    async def settle(self) -> None:
        """Returns when all that was asked for is done, without any further pause."""
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
            self._wanted = False
            began = loop.time()
            await self._act()
            took = loop.time() - began
            self._next = began + took + max(self._pause, _SHARE * took)
