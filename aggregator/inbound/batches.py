"""Deliveries on their way to the store, in groups worth a commit each."""

from __future__ import annotations

import asyncio

from aggregator.model import Delivery

_SECONDS = 0.1  # a commit waits at most this long for company,
_ROWS = 500  # or until it has this many deliveries or entries,
_BYTES = 16 * 1024**2  # or they were read from so many bytes


class Batcher:
    """Where visits put what they bring, and wait while it is full: they go no faster than the store."""

    def __init__(self) -> None:
        self._deliveries: list[Delivery] = []
        self._entries = 0
        self._bytes = 0
        self._ended = False
        self._any = asyncio.Event()
        self._full = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def put(self, delivery: Delivery) -> None:
        """Hand the delivery in, as soon as there is room."""
        while not self._room.is_set():
            await self._room.wait()
        self._deliveries.append(delivery)
        self._entries += len(delivery.arrivals)
        self._bytes += delivery.visit.size if delivery.visit and delivery.arrivals else 0
        self._any.set()
        if max(len(self._deliveries), self._entries) >= _ROWS or self._bytes >= _BYTES:
            self._full.set()
            self._room.clear()

    def end(self) -> None:
        """Say that nothing more will come."""
        self._ended = True
        self._any.set()
        self._full.set()

    async def group(self) -> list[Delivery]:
        """Wait for the next group and return it; it is empty when nothing more comes."""
        await self._any.wait()
        if not self._full.is_set():
            try:
                async with asyncio.timeout(_SECONDS):
                    await self._full.wait()
            except TimeoutError:
                pass
        group, self._deliveries, self._entries, self._bytes = self._deliveries, [], 0, 0
        self._room.set()
        if not self._ended:
            self._any.clear()
            self._full.clear()
        return group
