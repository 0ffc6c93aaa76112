"""The frontier, as crawlers call it: the due sources in a queue for each host, claimed and their states read ahead.

Of one host one visit is made at a time, so that none takes more than one slot. A host that answers at once is visited
a few times running, over one connection; a slow one goes to the end after each visit.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from itertools import islice

from aggregator.model import Source, SourceState, host_of

RUNNING = 10  # visits to one host, then others get its slot
_AT_ONCE = 64  # states that are read together, at a third of what they take one by one
_LOW = 32  # queues that are ready when more are prepared

HostQueue = deque[Source]
Take = Callable[[list[str]], Awaitable[Mapping[str, SourceState]]]
Release = Callable[[list[str]], Awaitable[None]]


class Frontier:
    """Give out queues whose next visits are prepared, as long as any is left. Few states are held, however many queues.

    `prepare` has to run meanwhile.
    """

    def __init__(self, due: Iterable[Source], take: Take, release: Release) -> None:
        """`take` claims the sources with these keys, as far as it can, and reads their states; `release` undoes it."""
        queues: dict[str, HostQueue] = {}
        for source in due:
            queues.setdefault(host_of(source.key) or source.key, deque()).append(source)
        self._waiting = deque(queues.values())
        self._open = len(queues)
        self._take = take
        self._release = release
        self._states: dict[str, SourceState] = {}
        self._unused: list[str] = []  # claims to be released
        self._ready: asyncio.Queue[HostQueue | None] = asyncio.Queue()
        self._needed = asyncio.Event()
        self._needed.set()
        self._end_if_done()

    def __len__(self) -> int:
        """Count the queues that have something left, those that are out included."""
        return self._open

    async def prepare(self) -> None:
        """Claim sources and read their states ahead, until all queues are done."""
        while self._open:
            if self._unused:
                unused, self._unused = self._unused, []
                await self._release(unused)
                continue
            if not self._waiting or self._ready.qsize() >= _LOW:
                self._needed.clear()
                await self._needed.wait()
                continue
            batch: list[HostQueue] = []
            keys: list[str] = []
            while self._waiting and len(keys) < _AT_ONCE:
                batch.append(self._waiting.popleft())
                keys += (source.key for source in islice(batch[-1], RUNNING))
            self._states.update(await self._take(keys))
            for queue in batch:
                self._ready.put_nowait(queue)

    async def take(self) -> HostQueue | None:
        """Give out a queue, which is out until it is given back; None when there is none any more."""
        queue = await self._ready.get()
        if queue is None:
            self._ready.put_nowait(None)  # for the others who wait
        elif self._ready.qsize() < _LOW:
            self._needed.set()
        return queue

    def give_back(self, queue: HostQueue) -> None:
        """Put the rest of a queue to the end."""
        self._drop([source.key for source in islice(queue, RUNNING)])
        if queue:
            self._waiting.append(queue)
            self._needed.set()
        else:
            self._open -= 1
            self._end_if_done()

    def state(self, key: str) -> SourceState | None:
        """Return what is remembered of a source of a queue that is out, and forget it; None if it wasn't claimed."""
        return self._states.pop(key, None)

    def close(self) -> None:
        """Give out no more queues than are out."""
        self._open -= len(self._waiting) + self._ready.qsize()
        self._waiting.clear()
        while not self._ready.empty():
            self._ready.get_nowait()
        self._drop(list(self._states))
        self._end_if_done()

    def _drop(self, keys: Iterable[str]) -> None:
        """Have what was read ahead of these released: others may want to work on them."""
        self._unused += [key for key in keys if self._states.pop(key, None)]
        if self._unused:
            self._needed.set()

    def _end_if_done(self) -> None:
        if not self._open:
            self._ready.put_nowait(None)
            self._needed.set()
