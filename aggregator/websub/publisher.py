"""Tells the hub which editions have changed: in the background, and a few times more where it can't be reached."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aggregator.model import RetrievalError

log = logging.getLogger(__name__)

RETRIES = (60.0, 300.0, 1800.0)
"""Seconds before a ping that failed is repeated, and then given up: the next change brings the next one."""


class Publisher:
    """Pings on their way. Topics that change again meanwhile are pinged once."""

    def __init__(self, ping: Callable[[str, str], Awaitable[None]], retries: Sequence[float] = RETRIES) -> None:
        """`ping(hub, topic)` raises RetrievalError where the hub doesn't take it."""
        self._ping = ping
        self._retries = retries
        self._waiting: dict[tuple[str, str], None] = {}
        self._task: asyncio.Task[None] | None = None
        self._failing: set[str] = set()

    @property
    def waiting(self) -> int:
        """How many topics wait, those that are tried again among them."""
        return len(self._waiting)

    def announce(self, hub: str, topics: Iterable[str]) -> None:
        """Have the hub told of these topics soon; return at once, and never fail."""
        self._waiting |= dict.fromkeys((hub, topic) for topic in topics)
        if self._waiting and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._ping_all())

    async def settled(self) -> None:
        """Wait until everything is told or given up."""
        if self._task:
            await asyncio.wait({self._task})

    async def close(self, patience: float) -> None:
        """Give what is under way so many seconds, without waiting for repetitions."""
        self._retries = ()
        if self._task and not self._task.done():
            await asyncio.wait({self._task}, timeout=0.0 if self._failing else patience)
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _ping_all(self) -> None:
        attempt = 0
        while self._waiting:
            taken, self._waiting = list(self._waiting), {}
            failed = [each for each in taken if not await self._try_to_ping(*each)]
            if not failed:
                attempt = 0
                continue
            if attempt >= len(self._retries):
                return
            self._waiting = dict.fromkeys(failed) | self._waiting
            await asyncio.sleep(self._retries[attempt])
            attempt += 1

    async def _try_to_ping(self, hub: str, topic: str) -> bool:
        try:
            await self._ping(hub, topic)
        except RetrievalError as error:
            if hub not in self._failing:  # said once, until it is well again
                log.warning("the hub %s can't be told of changes: %s", hub, error)
            self._failing.add(hub)
            return False
        except Exception:
            log.exception("telling the hub %s met a bug", hub)
            return True
        if hub in self._failing:
            self._failing.discard(hub)
            log.info("the hub %s can be told of changes again", hub)
        return True
