"""The operator's functions, run on the store's own thread while everything goes on, with what follows from them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlite_utils import Database

from aggregator.operate import sources, stories
from aggregator.operate.done import Came, Done
from aggregator.store.database import Writer

log = logging.getLogger(__name__)
P = ParamSpec("P")
T = TypeVar("T")


class Controls:
    """What can be asked of a running aggregator. TroubleError, in one line, where the store can't be written now."""

    def __init__(
        self, store: Writer, hurry: Callable[[], None], publish: Callable[[], None], clock: Callable[[], int]
    ) -> None:
        """`hurry` has the sources that are due visited now, `publish` brings the outputs up to date, both soon."""
        self._store = store
        self._hurry = hurry
        self._publish = publish
        self._clock = clock

    async def visit(self, source: int) -> Done:
        """Have the source in this row visited now."""
        done = await self._perform(sources.visit, source, self._clock())
        if done is Done.VISITED:
            self._hurry()
        return done

    async def pause(self, source: int) -> Done:
        """Have the source left alone until it is resumed."""
        done = await self._perform(sources.pause, source, self._clock())
        if done is Done.PAUSED:
            log.info("source %d: paused by the operator", source)
            self._publish()  # the status feed
        return done

    async def resume(self, source: int) -> Done:
        """Have the source visited again."""
        done = await self._perform(sources.resume, source, self._clock())
        if done is Done.RESUMED:
            log.info("source %d: resumed by the operator", source)
            self._hurry()
            self._publish()
        return done

    async def split(self, story: str, entry: int) -> Came:
        """Part a copy from its story."""
        came = await self._perform(stories.split, story, entry, self._clock())
        if came.done is Done.SPLIT:
            log.info("%s: entry %d was split off by the operator", came.story, entry)
            self._publish()
        return came

    async def merge(self, story: str, other: str) -> Came:
        """Make two stories one."""
        came = await self._perform(stories.merge, story, other, self._clock())
        if came.done is Done.MERGED:
            log.info("%s: another story was merged into it by the operator", came.story)
            self._publish()
        return came

    async def _perform(self, act: Callable[Concatenate[Database, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return await self._store.later(act, *args, **kwargs)
