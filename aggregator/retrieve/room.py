"""How many bytes of bodies are here at a time: those that come, and those that wait to be parsed and stored.

Sixty bodies of ten megabytes at once took 1.8 GB. A body takes room as it grows, and where there is none it isn't read
on. The one that began first is always read on, however full it is: so there is always one that gets to its end and
gives its room back, and none waits for ever.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager

from aggregator.parsing import allocator

MOST = 32 * 1024**2  # bytes

Take = Callable[[int], Awaitable[None]]
"""Takes room for so many more bytes of a body, as soon as there is any."""


class Room:
    """Room for so many bytes, and for one body at least, however long that is."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._inside: set[Hashable] = set()
        self._taken: dict[Hashable, int] = {}  # in the order in which they began
        self._waited: set[Hashable] = set()
        self._freed = asyncio.Event()

    @property
    def taken(self) -> int:
        """How many bytes are here."""
        return sum(self._taken.values())

    @contextmanager
    def of(self, holder: Hashable) -> Iterator[None]:
        """Give back at the end all that this holder took inside; nobody else may be called so meanwhile."""
        self._inside.add(holder)
        try:
            yield
        finally:
            self._inside.discard(holder)
            self._waited.discard(holder)
            size = self._taken.pop(holder, None)
            if size is not None:
                self._freed.set()
                if size >= allocator.LARGE:
                    allocator.give_back()

    async def open(self) -> None:
        """Wait until there is any room: who begins nothing before that keeps no server waiting."""
        while self.taken >= self._most:
            await self._until_freed()

    async def take(self, holder: Hashable, size: int, limit: asyncio.Timeout | None = None) -> None:
        """Take room for so many more bytes, as soon as there is any or it is our turn; meanwhile `limit` stands still.

        Outside of its `of` a holder takes none.
        """
        if holder not in self._inside or not size:
            return
        self._taken.setdefault(holder, 0)  # where it waits, it is its turn once those that began before have ended
        if not self._is_free(holder, size):
            self._waited.add(holder)
            with _stopped(limit):
                while not self._is_free(holder, size):
                    await self._until_freed()
        self._taken[holder] += size

    def kept_waiting(self, holder: Hashable) -> bool:
        """Tell whether the holder had to wait: that it then came to no end may be our own doing."""
        return holder in self._waited

    def _is_free(self, holder: Hashable, size: int) -> bool:
        return next(iter(self._taken)) == holder or self.taken + size <= self._most

    async def _until_freed(self) -> None:
        self._freed.clear()
        await self._freed.wait()


@contextmanager
def _stopped(limit: asyncio.Timeout | None) -> Iterator[None]:
    """Stop the clock of a time limit that isn't over yet."""
    until = limit.when() if limit and not limit.expired() else None
    if limit is None or until is None:
        yield
        return
    loop = asyncio.get_running_loop()
    began = loop.time()
    limit.reschedule(None)
    yield
    limit.reschedule(until + loop.time() - began)
