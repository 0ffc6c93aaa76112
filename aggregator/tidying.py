"""The night's work on the store: what is kept no longer goes, and the file gets smaller.

It is done in turns on the writer's thread, so that whoever stores or orders something waits for one turn at most; what
has to be looked for is looked for beside it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from sqlite_utils import Database

from aggregator.config import Config
from aggregator.store import archives, excess, retention, space
from aggregator.store.database import Writer, reading

log = logging.getLogger(__name__)
T = TypeVar("T")
_TURN = 0.02  # seconds
_MANY = 0.1  # of all: an index of words that knows these to be gone is worth writing anew
_TIMES = 4  # that it is looked whether all fits: each time comes closer


@dataclass(frozen=True, slots=True)
class Tidied:
    """What came of it: entries and visits that went, whether there is more to do, and what can't be done, a line."""

    entries: int = 0
    visits: int = 0
    is_partial: bool = False
    trouble: str = ""


class Tidying:
    """One night's work."""

    def __init__(
        self, config: Config, data: Path, store: Writer, now: int, patience: float, after: Callable[[], None]
    ) -> None:
        """Begin nothing more after `patience` seconds; call `after` whenever entries went."""
        self._config = config
        self._data = data
        self._store = store
        self._now = now
        self._end = time.monotonic() + patience
        self._after = after
        self._copies = [output.name for output in config.outputs if not output.dedupe]
        self._entries = 0

    async def tidy(self) -> Tidied:
        """Do it."""
        visits = 0
        while (count := await self._store.later(retention.forget_visits, self._now)) and not self._is_late():
            visits += count
        keeps = {key: source.keep for key, source in self._config.by_key.items()}
        beyond_kept = partial(excess.of_documents, kept=self._config.limits.kept)
        of_sources = partial(
            excess.of_sources, keeps=keeps, general=self._config.keep, now=self._now, copies=self._copies
        )
        while await self._let_go(await self._found(beyond_kept), lasting=False):
            pass
        while await self._let_go(await self._found(of_sources), lasting=True):
            pass
        if self._entries > _MANY * await self._found(_count):
            await self._forget_words()
        trouble = await self._fit()
        await self._give_back()
        await self._store.later(archives.forget_empty)
        await self._store.later(space.settle)
        return Tidied(self._entries, visits, self._is_late(), trouble)

    async def _fit(self) -> str:
        """Have the database fit into `max_size`; return why it can't, "" where it does or there is no such bound."""
        size = self._config.storage.max_size
        if size is None:
            return ""
        for_room = partial(excess.for_room, copies=self._copies)
        for _ in range(_TIMES):
            left = many = await self._found(partial(excess.to_fit, size=size))
            while left and (
                gone := await self._let_go(await self._found(partial(for_room, excess=left)), lasting=True)
            ):
                left = max(0, left - gone)
            if left == many:
                break
            await self._forget_words()
        used = await self._found(excess.used)
        if used <= size or self._is_late():
            return ""
        return (
            f"the database holds {used / 1e6:.1f} MB, more than [storage] max_size, and all that may go is gone: what"
            " is shown, hidden, split or merged stays; raise max_size, or lower an output's limit"
        )

    async def _found(self, ask: Callable[[Database], T]) -> T:
        """Ask over a connection of its own."""

        def read() -> T:
            with reading(self._data) as database:
                return ask(database)

        return await asyncio.to_thread(read)

    async def _let_go(self, entries: Sequence[int], *, lasting: bool) -> int:
        """Let these entries go, and have it published; return how many went."""
        gone = 0
        while entries and not self._is_late():
            ends = time.monotonic() + _TURN
            is_over = partial(_is_past, ends)
            looked, went = await self._store.later(retention.sweep, entries, is_over, lasting=lasting)
            entries, gone = entries[looked:], gone + went
        self._entries += gone
        if gone:
            self._after()
        return gone

    async def _forget_words(self) -> None:
        begin = True
        while await self._store.later(space.forget_words, begin=begin) and not self._is_late():
            begin = False

    async def _give_back(self) -> None:
        while await self._store.later(space.give_back) and not self._is_late():
            pass

    def _is_late(self) -> bool:
        return time.monotonic() >= self._end


def _count(database: Database) -> int:
    count: int = database.execute("SELECT count(*) FROM entry").fetchone()[0]
    return count


def _is_past(instant: float) -> bool:
    return time.monotonic() >= instant
