"""The due sources, a line for each host: which is visited next, with what is remembered of it read ahead.

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
_LOW = 32  # lines that are ready when more are prepared

Line = deque[Source]
States = Callable[[list[str]], Awaitable[Mapping[str, SourceState]]]


class Lines:
    """Gives out lines whose next visits are prepared, as long as any is left. Few states are held, however many lines.

    `prepare` has to run meanwhile.
    """

    def __init__(self, due: Iterable[Source], states: States) -> None:
        """`states` reads what is remembered of the sources with these keys."""
        lines: dict[str, Line] = {}
        for source in due:
            lines.setdefault(host_of(source.key) or source.key, deque()).append(source)
        self._waiting = deque(lines.values())
        self._open = len(lines)
        self._read = states
        self._states: dict[str, SourceState] = {}
        self._ready: asyncio.Queue[Line | None] = asyncio.Queue()
        self._wanted = asyncio.Event()
        self._wanted.set()
        self._end_if_done()

    def __len__(self) -> int:
        """How many lines have something left, those that are out included."""
        return self._open

    async def prepare(self) -> None:
        """Reads states ahead until all lines are done."""
        while self._open:
            if not self._waiting or self._ready.qsize() >= _LOW:
                self._wanted.clear()
                await self._wanted.wait()
                continue
            batch: list[Line] = []
            keys: list[str] = []
            while self._waiting and len(keys) < _AT_ONCE:
                batch.append(self._waiting.popleft())
                keys += (source.key for source in islice(batch[-1], RUNNING))
            self._states.update(await self._read(keys))
            for line in batch:
                self._ready.put_nowait(line)

    async def take(self) -> Line | None:
        """A line that is out until it is given back; None when there is none any more."""
        line = await self._ready.get()
        if line is None:
            self._ready.put_nowait(None)  # for the others who wait
        elif self._ready.qsize() < _LOW:
            self._wanted.set()
        return line

    def give_back(self, line: Line) -> None:
        """Puts the rest of a line to the end."""
        for source in islice(line, RUNNING):
            self.forget(source.key)
        if line:
            self._waiting.append(line)
            self._wanted.set()
        else:
            self._open -= 1
            self._end_if_done()

    def state(self, key: str) -> SourceState | None:
        """What is remembered of a source of a line that is out, once; None where it was to be forgotten."""
        return self._states.pop(key, None)

    def forget(self, key: str) -> None:
        """What was read ahead of this source holds no longer: it is to be left out this time."""
        self._states.pop(key, None)

    def close(self) -> None:
        """Gives out no more lines than are out."""
        self._open -= len(self._waiting) + self._ready.qsize()
        self._waiting.clear()
        while not self._ready.empty():
            self._ready.get_nowait()
        self._end_if_done()

    def _end_if_done(self) -> None:
        if not self._open:
            self._ready.put_nowait(None)
            self._wanted.set()
