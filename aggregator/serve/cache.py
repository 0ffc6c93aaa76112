"""What is made when it is first asked for, once for all who ask, and kept while its stamp holds."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Container, Hashable
from typing import Generic, TypeVar, overload

from aggregator.model import AggregatorError

T = TypeVar("T")
_Flight = tuple[Hashable, Hashable]  # key and stamp of what is under way


class CrowdError(AggregatorError):
    """So many values are being made or wait for it that no more are taken on."""


class Cache(Generic[T]):
    """At most `size` values by key, and as many as fit into `room` by what `weigh` tells of each (0: any number).

    Beyond that goes what was asked for longest ago; the one that was made last is kept, whatever it takes.

    A stamp is whatever tells one state of what a value is made of from another: a file's, a digest, a minute. `turns`
    says how many values may be made at a time, one unless given; caches may share it. `queue` is how many may be made
    or wait for it, 0 for any number: whoever asks for one after the other hangs up, and they are made all the same.
    What isn't `lasting` when it is asked for again is made anew.
    """

    def __init__(
        self,
        size: int,
        turns: asyncio.Semaphore | None = None,
        queue: int = 0,
        lasting: Callable[[T], bool] = lambda _: True,
        room: int = 0,
        weigh: Callable[[T], int] = lambda _: 0,
    ) -> None:
        self.size = size
        self._room = room
        self._weigh = weigh
        self._taken = 0
        self._queue = queue
        self._lasting = lasting
        self.made = 0
        """How many were made so far."""
        self._turns = turns or asyncio.Semaphore(1)
        self._kept: OrderedDict[Hashable, tuple[Hashable, T]] = OrderedDict()
        self._under_way: dict[_Flight, asyncio.Future[T | None]] = {}

    def get(self, key: Hashable, stamp: Hashable) -> T | None:
        """Return the value that was made under this stamp, None where there is none."""
        kept = self._kept.get(key)
        if kept is None or kept[0] != stamp or not self._lasting(kept[1]):
            return None
        self._kept.move_to_end(key)
        return kept[1]

    def last(self, key: Hashable) -> T | None:
        """Return the value that was made last under whatever stamp, None where there is none."""
        kept = self._kept.get(key)
        return None if kept is None else kept[1]

    @overload
    async def make(self, key: Hashable, stamp: Hashable, work: Callable[[], T]) -> T: ...

    @overload
    async def make(self, key: Hashable, stamp: Hashable, work: Callable[[], T | None]) -> T | None: ...

    async def make(self, key: Hashable, stamp: Hashable, work: Callable[[], T | None]) -> T | None:
        """Return the value of this key and stamp: the one that is kept, or else what `work` gives in a thread.

        Who asks for it before it is done waits for the same value, or the same error; it goes on to its end, also if
        who began it hangs up. None is passed on and not kept. CrowdError where the queue is full.
        """
        kept = self.get(key, stamp)
        if kept is not None:
            return kept
        under_way, flight = self._under_way, (key, stamp)
        task = under_way.get(flight)
        if task is None:
            if self._queue and len(under_way) >= self._queue:
                raise CrowdError("too many are waiting")
            task = under_way[flight] = asyncio.ensure_future(self._run(flight, work, under_way))
            task.add_done_callback(lambda _: under_way.pop(flight))
        return await asyncio.shield(task)

    def keep(self, key: Hashable, stamp: Hashable, value: T | None) -> T | None:
        """Keep a value that the caller made itself, unless it is None; return it."""
        if value is not None:
            self.made += 1
            if key in self._kept:
                self._taken -= self._weigh(self._kept.pop(key)[1])
            self._kept[key] = stamp, value
            self._taken += self._weigh(value)
            while len(self._kept) > self.size or (self._room and self._taken > self._room and len(self._kept) > 1):
                self._taken -= self._weigh(self._kept.popitem(last=False)[1][1])
        return value

    def forget(self, but: Container[Hashable] = ()) -> None:
        """Forget all values but those of these keys, and what is under way: it is no news to who asks from now on."""
        self._kept = OrderedDict((key, kept) for key, kept in self._kept.items() if key in but)
        self._taken = sum(self._weigh(value) for _, value in self._kept.values())
        self._under_way = {}

    async def _run(self, flight: _Flight, work: Callable[[], T | None], under_way: object) -> T | None:
        async with self._turns:
            value = await asyncio.to_thread(work)
        return self.keep(*flight, value) if under_way is self._under_way else value
