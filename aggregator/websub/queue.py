"""Pushes that wait to be taken up, within bounds: a hub that pushes faster than we read costs its own source only."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Collection, Iterable
from dataclasses import dataclass

OF_ONE_SOURCE = 8
IN_ALL = 512
_BODIES = 8  # the longest bodies that fit at once


@dataclass(frozen=True, slots=True)
class Push:
    """A body that a hub signed, for the source with this key."""

    key: str
    body: bytes
    content_type: str
    digest: bytes


class Queue:
    """First in, first out; sources whose pushes are put back wait for the others, and held ones until they are free."""

    def __init__(self, longest: int) -> None:
        """`longest` is that of a body, in bytes."""
        self._room = longest * _BODIES
        self._pushes: deque[Push] = deque()
        self._held: set[str] = set()
        self._filled = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._taken = 0

    def put(self, push: Push) -> tuple[str, ...] | None:
        """Take it in; None if there is no room, so that the hub must come again.

        Of one source the oldest gives way; returns the key of what gave way.
        """
        same = [each for each in self._pushes if each.key == push.key]
        if any(each.digest == push.digest for each in same):
            return ()
        dropped = same[:1] if len(same) >= OF_ONE_SOURCE else []
        size = sum(len(each.body) for each in self._pushes) - sum(len(each.body) for each in dropped)
        if size + len(push.body) > self._room or len(self._pushes) - len(dropped) >= IN_ALL:
            return None
        for each in dropped:
            self._pushes.remove(each)
        self._pushes.append(push)
        self._idle.clear()
        self._filled.set()
        return tuple(each.key for each in dropped)

    def put_back(self, push: Push) -> None:
        """Put it back for later: before what came after it of its source, and after the other sources' pushes."""
        own = [each for each in self._pushes if each.key == push.key]
        self._pushes = deque([*(each for each in self._pushes if each.key != push.key), push, *own])
        self._filled.set()

    def hold(self, key: str) -> None:
        """Keep this source's pushes until it is free."""
        self._held.add(key)

    def free(self, keys: Collection[str]) -> None:
        """Give out these sources' pushes again."""
        self._held.difference_update(keys)
        self._filled.set()

    async def get(self) -> Push:
        """Wait for the next of a source that is not held, and return it."""
        while (push := next((each for each in self._pushes if each.key not in self._held), None)) is None:
            self._filled.clear()
            await self._filled.wait()
        self._pushes.remove(push)
        self._taken += 1
        return push

    def done(self) -> None:
        """Note that what `get` gave last has been dealt with."""
        self._taken -= 1
        if not self._taken and not self._pushes:
            self._idle.set()

    async def join(self) -> None:
        """Wait until nothing waits, and what was taken is done."""
        await self._idle.wait()

    @property
    def waiting(self) -> int:
        """How many there are, the one under way among them."""
        return len(self._pushes) + self._taken

    def clear(self) -> Iterable[str]:
        """Take everything out; return the keys of the sources whose it was."""
        keys = {each.key for each in self._pushes}
        self._pushes.clear()
        return keys
