"""Which of the documents that wait is given a process next: the small ones first, and none waits for ever.

A document goes as if it had come later by so many seconds for each megabyte of it: beside whatever comes, its time
comes. The heavy ones, which are large or took long the last time, never have all processes: a feed that takes one for
its twenty seconds keeps nobody else waiting.
"""

from __future__ import annotations

import asyncio
import heapq
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from itertools import count

from aggregator.parsing.allocator import LARGE

_LATER = 5.0 / 1024**2  # seconds a byte
_LONG = 2.0  # seconds after which a document is heavy, as a large one is,
_REMEMBERED = 1000  # and how many of those are known the next time
_AHEAD = 1  # documents that lie ready, so that no process waits for the next one

_Waiting = list[tuple[float, int, asyncio.Future[None]]]


class Places:
    """As many documents at a time as there are processes, and one that lies ready."""

    def __init__(self, processes: int) -> None:
        self._free = processes + _AHEAD
        self._heavy_free = max(processes - 1, 1)
        self._light: _Waiting = []
        self._heavy: _Waiting = []
        self._number = count()
        self._slow: OrderedDict[Hashable, None] = OrderedDict()

    @asynccontextmanager
    async def place(self, name: Hashable, size: int) -> AsyncIterator[None]:
        """Wait for a place for the document of this name and so many bytes; inside, it has one."""
        loop = asyncio.get_running_loop()
        is_heavy = size >= LARGE or name in self._slow
        turn = loop.create_future()
        heapq.heappush(
            self._heavy if is_heavy else self._light, (loop.time() + size * _LATER, next(self._number), turn)
        )
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(is_heavy=is_heavy)
            raise
        began = loop.time()
        try:
            yield
        finally:
            self._note(name, is_slow=loop.time() - began > _LONG)
            self._leave(is_heavy=is_heavy)

    def _note(self, name: Hashable, *, is_slow: bool) -> None:
        self._slow.pop(name, None)
        if is_slow:
            self._slow[name] = None
            if len(self._slow) > _REMEMBERED:
                self._slow.popitem(last=False)

    def _leave(self, *, is_heavy: bool) -> None:
        self._free += 1
        self._heavy_free += is_heavy
        self._admit()

    def _admit(self) -> None:
        while self._free:
            candidates = [waiting for waiting in (self._light, self._heavy if self._heavy_free else []) if waiting]
            if not candidates:
                return
            waiting = min(candidates, key=lambda each: each[0][:2])
            _, _, turn = heapq.heappop(waiting)
            if not turn.done():  # nobody waits for it any more
                turn.set_result(None)
                self._free -= 1
                self._heavy_free -= waiting is self._heavy
