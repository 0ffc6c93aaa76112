"""The timetable: rounds, and tidying by night. What is due when is the database's to say; the clock only ticks.

It ticks by the monotonic clock. Rounds that were set for an hour of the day stood still for as long as the machine's
clock had been set back, and the night came two years later after one that had been ahead.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

from aggregator.model import AggregatorError

log = logging.getLogger(__name__)

SOONEST = 1  # seconds between two rounds,
LATEST = 60  # and at most: the wall clock, by which visits are due, may be set at any time
_DAY = 86400
_NIGHT = 3 * 3600 + 17 * 60  # seconds after midnight (UTC)


class Timetable:
    """Runs `visit` whenever it says (it returns the instant of its next run) and `tidy` every night, in turn."""

    def __init__(
        self,
        visit: Callable[[], Awaitable[int | None]],
        tidy: Callable[[], Awaitable[None]],
        clock: Callable[[], int],
    ) -> None:
        self._visit = visit
        self._tidy = tidy
        self._clock = clock
        self._hurried = asyncio.Event()
        self._paused = False
        self._told: dict[str, str] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins at once with the first round."""
        self._task = asyncio.create_task(self._run())

    def hurry(self) -> None:
        """Has the next round begin now, or right after the one under way: the config has changed."""
        self._hurried.set()

    def pause(self) -> None:
        """Begins nothing further; what is under way goes on."""
        self._paused = True

    def stop(self) -> None:
        """Ends it. It cancels what still runs: pause and drain first."""
        if self._task is not None:
            self._task.cancel()

    async def _run(self) -> None:
        night = self._night()
        while not self._paused:
            self._hurried.clear()
            due = await self._done("the round", self._visit)
            wait: float = LATEST if due is None else min(max(due - self._clock(), SOONEST), LATEST)
            if not self._paused and self._night() != night:
                night = self._night()
                await self._done("tidying", self._tidy)
            if self._hurried.is_set():
                await asyncio.sleep(SOONEST)
                continue
            try:
                async with asyncio.timeout(wait):
                    await self._hurried.wait()
            except TimeoutError:
                pass

    def _night(self) -> int:
        return (self._clock() - _NIGHT) // _DAY

    async def _done(
        self, name: str, act: Callable[[], Awaitable[int | None]] | Callable[[], Awaitable[None]]
    ) -> int | None:
        """What it returns, None if it failed: that is told, once as long as it stays the same, and not the end."""
        try:
            found = await act()
        except (AggregatorError, sqlite3.Error) as error:  # a full disk, a locked file: no bug of ours
            if self._told.get(name) != str(error):
                log.error("%s could not be done: %s", name, error)  # noqa: TRY400
            self._told[name] = str(error)
            return None
        except Exception:
            log.exception("%s failed", name)
            return None
        if self._told.pop(name, ""):
            log.info("%s can be done again", name)
        return found
