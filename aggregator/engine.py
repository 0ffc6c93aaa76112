"""A round, whole: inbound, then outbound. What `once` does once and the daemon for ever."""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Callable, Collection
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator.config import Config
from aggregator.inbound import Inbound
from aggregator.inbound.claims import Claims, Freed
from aggregator.inbound.push import Pushes
from aggregator.inbound.summary import Summary, brought
from aggregator.inbound.uplink import Uplink
from aggregator.inbound.visit import Visitor
from aggregator.model import Outcome, Settings, TroubleError, Visit
from aggregator.parsing.pool import Workers
from aggregator.policy import politeness
from aggregator.publishing import Publishing
from aggregator.retrieve.web import Web
from aggregator.store import database, hiding, incidents, sources
from aggregator.tidying import Tidied, Tidying

log = logging.getLogger(__name__)
_NIGHT = 30.0  # seconds of tidying, in which no round begins
news = log.getChild("news")  # visits that brought something, and all is well: a command sums them up instead


def _log(visit: Visit) -> None:
    """Tell of a visit that failed, or brought something; the others are told to who looks for a mistake."""
    remark = visit.detail if visit.outcome is not Outcome.UNCHANGED else ""
    has_news = visit.entries_new or visit.entries_updated or visit.recovered or remark
    level = logging.WARNING if visit.outcome.is_failure else logging.INFO if has_news else logging.DEBUG
    fields = {
        "source": visit.source,
        "outcome": visit.outcome.value,
        "status": visit.status,
        "new": visit.entries_new,
        "updated": visit.entries_updated,
        "recovered": visit.recovered or None,
    }
    teller = log if visit.detail else news
    teller.log(level, "%s: %s", visit.source, brought(visit) or visit.outcome.value, extra=fields)


class Engine:
    """The open parts of both flows, as a context: the store, the HTTP client, the workers."""

    def __init__(
        self,
        config: Config,
        data: Path,
        clock: Callable[[], int] = lambda: int(time.time()),
        held: int | None = None,
        web: Callable[[Settings, Callable[[], int]], Web] = Web,
    ) -> None:
        """Open the store in `data` and make it know the config's sources; StoreError where it can't.

        `held` is the database's lock, where the caller has it. `web` makes the HTTP client.
        """
        self.config = config
        self._make_web = web
        self._data = data
        self._clock = clock
        self.store = database.Writer(data, held)
        self.store.now(sources.register, config.sources)
        self.store.now(hiding.withdraw, clock())
        self.uplink = Uplink(self.store, clock)
        self._troubled = False  # whether we had trouble of our own: nothing is asked of anybody before it is over
        self._pending: Config | None = None
        self.publishing = Publishing(lambda: self.config, data, self.store, clock)
        self.exchanging = asyncio.Lock()  # held while the parts are; whoever uses them outside of a round takes it
        self._watchers: list[Freed] = []

    async def __aenter__(self) -> Self:
        await self.publishing.sweep()
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.publishing.close()
        await self._close()
        self.store.close()

    async def _open(self) -> None:
        self._workers = Workers(self.config.polling.workers, self.config.settings.bounds, self._data)
        self._web = await self._make_web(self.config.settings, self._clock).__aenter__()
        claims = Claims(self.config, self.store, self._clock, self._freed)
        visitor = Visitor(self.config.settings, self._web, self._workers)
        self.inbound = Inbound(
            self.config, visitor.visit, self._web.resolves, claims, self.store, self._clock, self.uplink, self._web.room
        )
        self._pushes = Pushes(self.config, visitor, claims, self.store, self._clock)
        await self.inbound.mend()
        await self._reschedule()

    async def _reschedule(self) -> None:
        """Have an interval that was shortened count from now."""
        now, known, polling = self._clock(), self.config.by_key, self.config.settings
        next_visits = {
            key: at
            for key, next_visit, because in await self.store.later(sources.appointments, now)
            if (at := politeness.reappointed(known[key], next_visit, because, polling, now)) != next_visit
        }
        if next_visits:
            await self.store.later(sources.appoint, next_visits)

    async def _close(self) -> None:
        await self._web.__aexit__(None, None, None)
        await self._workers.close()

    def watch_claims(self, freed: Freed) -> None:
        """Have `freed` called with the keys of sources that were worked on, when others may."""
        self._watchers.append(freed)

    def _freed(self, keys: Collection[str]) -> None:
        for freed in self._watchers:
            freed(keys)

    async def pushed(self, key: str, body: bytes, content_type: str) -> list[Visit] | None:
        """Take up what a source's hub pushed (`Pushes.take_up`), at any time.

        A claim keeps others off the source. What has to stay as it is meanwhile, too, are the web client and the
        processes, which belong to no source: they are exchanged only while nobody is in here.
        """
        async with self.exchanging:
            return await self._pushes.take_up(key, body, content_type)

    def reconfigure(self, config: Config) -> None:
        """Have `adopt` put this config in force before the next round; the one under way ends under the old."""
        self._pending = config

    async def adopt(self) -> None:
        """Put the config that `reconfigure` left in force, between two rounds."""
        config = self._pending
        if config is None:
            return
        async with self.exchanging:
            await self.store.later(sources.register, config.sources)  # where it can't, all stays as it is for now
            await self.store.later(hiding.withdraw, self._clock())
            self.config = config
            if self._pending is config:
                self._pending = None
            await self._close()
            await self._open()
        await self.store.later(incidents.look, self._clock())
        self.publishing.ask()

    async def run(
        self, keys: list[str], watch: Callable[[Visit], None] = lambda _visit: None, patience: float = math.inf
    ) -> Summary:
        """Visit these sources, telling `watch` of each; begin no visit after `patience` seconds.

        What comes is published meanwhile and in the end, at the pace of `publishing`.
        """

        def watch_and_ask(visit: Visit) -> None:
            watch(visit)
            if visit.entries_new or visit.entries_updated:
                self.publishing.ask()

        summary = await self._visit(keys, watch_and_ask, patience)
        self.publishing.ask()
        return summary

    async def once(
        self, keys: list[str], watch: Callable[[Visit], None] = lambda _visit: None, *, any_hour: bool = False
    ) -> Summary:
        """Make a round on its own, publish in the end; whoever wishes it may have feeds asked `any_hour`.

        StoreError where that can't be done, or not for every output.
        """
        started = time.monotonic()
        summary = await self._visit(keys, watch, math.inf, any_hour=any_hour)
        await self.publishing.publish()
        summary.seconds = time.monotonic() - started
        return summary

    async def _visit(
        self, keys: list[str], watch: Callable[[Visit], None], patience: float, *, any_hour: bool = False
    ) -> Summary:
        started = time.monotonic()
        summary = Summary()
        if self._troubled:
            await self.store.later(database.try_to_write, self._data)
            await self._workers.started()
            self._troubled = False
        try:
            async for visit in self.inbound.round(keys, patience, any_hour=any_hour):
                summary.add(visit)
                _log(visit)
                watch(visit)
        except TroubleError:
            self._troubled = True
            raise
        await self.uplink.note()
        await self.store.later(incidents.look, self._clock(), keys)
        summary.seconds = time.monotonic() - started
        return summary

    async def look_for_uplink(self) -> None:
        """Have what waits for our own connection tried as soon as a name can be looked up again."""
        await self.uplink.look(self._web.resolves)

    async def tidy(self, patience: float = _NIGHT) -> Tidied:
        """Let go what is kept no longer, and look for sources that fell silent; begin nothing after so many seconds.

        StoreError where feeds can't be published first: what they show stays, and that is known only from then on,
        after an import or where an output is new.
        """
        await self.publishing.publish_feeds()
        work = Tidying(self.config, self._data, self.store, self._clock(), patience, self.publishing.ask)
        tidied = await work.tidy()
        log.info("tidied: %d old visits, %d old entries let go", tidied.visits, tidied.entries)
        if tidied.trouble:
            log.warning("%s", tidied.trouble)
        if await self.store.later(incidents.look, self._clock()):
            self.publishing.ask()
        return tidied
