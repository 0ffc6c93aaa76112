"""Brings what is published up to date: feeds at once, pages at a pace of their own, and tells the hub."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from sqlite_utils import Database

from aggregator import outbound
from aggregator.config import Config
from aggregator.model import AggregatorError, StoreError
from aggregator.outbound import files
from aggregator.outbound.debounce import Debounce
from aggregator.retrieve.web import Web
from aggregator.store import database, rendered
from aggregator.store.rendered import Notes
from aggregator.websub import requests
from aggregator.websub.publisher import Publisher

log = logging.getLogger(__name__)
Publish = Callable[[Database, Config, Path, int], outbound.Publication]
_PAUSE = 1.0  # seconds at least between two publications, however much comes
_GOODBYE = 10.0  # seconds that the hub may keep the program from ending


class Publishing:
    """Publishes in the background whenever it is asked to, and keeps what went wrong."""

    def __init__(
        self, config: Callable[[], Config], data: Path, store: database.Writer, clock: Callable[[], int]
    ) -> None:
        """`config` returns the one in force; what was published is noted in `store`."""
        self._config = config
        self._data = data
        self._store = store
        self._clock = clock
        self._troubles: dict[str, str] = {}
        self._feeds = Debounce(partial(self._attempt, "feeds", self._publish_feeds), _PAUSE)
        # Pages take longer, and follow at a pace of their own: no feed waits for them.
        self._pages = Debounce(partial(self._attempt, "pages", self._publish_pages), _PAUSE)
        self._under_way = asyncio.Lock()  # held while it publishes feeds, whoever asked for it
        self._publisher = Publisher(self._ping)
        self.published = 0
        """When all feeds were brought up to date last, 0 for not yet."""
        self.took = 0.0
        """Seconds that it took the last time."""
        self._make_pages = partial(outbound.publish_pages, cards=outbound.Cards())

    async def sweep(self) -> None:
        """Remove what a program that was killed left half written, before anything is published."""
        await asyncio.to_thread(files.sweep, self._data / outbound.FOLDER)

    @property
    def trouble(self) -> str:
        """Why the last publication failed, or a part of it; "" while all is well."""
        return "; ".join(filter(None, self._troubles.values()))

    @property
    def waiting(self) -> float:
        """For how many seconds what came has waited to be published in feeds, 0 where nothing does."""
        return self._feeds.waiting

    @property
    def untold(self) -> int:
        """How many topics our hub has still to be told of."""
        return self._publisher.waiting

    def ask(self) -> None:
        """Have feeds and pages brought up to date soon."""
        self._feeds.ask()

    async def settle(self) -> None:
        """Wait until the feeds that were asked for are published."""
        await self._feeds.settle()

    async def close(self, patience: float = _GOODBYE) -> None:
        """Publish what was asked for, and tell the hub, which gets so many seconds for it."""
        await self._feeds.settle()
        await self._pages.settle()
        await self._publisher.close(patience)

    async def publish(self) -> tuple[str, ...]:
        """Bring feeds and pages up to date; return the names of the feeds that changed.

        StoreError where any can't be written.
        """
        written = await self._publish_feeds()
        await self._pages.settle()
        if self.trouble:
            raise StoreError(f"publishing failed; the last editions stay: {self.trouble}")
        return written

    async def publish_feeds(self) -> None:
        """Bring feeds up to date, so that what they show is noted in the store; StoreError where any can't be."""
        await self._publish_feeds()
        if trouble := self._troubles["feeds"]:
            raise StoreError(f"publishing failed; the last editions stay: {trouble}")

    async def _publish_feeds(self) -> tuple[str, ...]:
        async with self._under_way:
            config, began = self._config(), time.monotonic()
            publication = await asyncio.to_thread(self._make, outbound.publish_all, config)
            self._troubles["feeds"] = "; ".join(publication.troubles)
            if config.websub.hub and publication.written:  # now: the files are out, whether they can be noted or not
                self._publisher.announce(config.websub.hub, outbound.topics(config, publication.written))
            await self._note(publication)
            self.took = time.monotonic() - began
            if not publication.troubles:
                self.published = self._clock()
        self._pages.ask()
        return publication.written

    async def _publish_pages(self) -> None:
        """Bring the pages up to date; what is left of many follows after a pause."""
        publication = await asyncio.to_thread(self._make, self._make_pages, self._config())
        self._troubles["pages"] = "; ".join(publication.troubles)
        await self._note(publication)
        if publication.is_partial:
            self._pages.ask()

    async def _note(self, publication: outbound.Publication) -> None:
        if publication.notes != Notes():
            await self._store.later(rendered.note, publication.notes)

    async def _ping(self, hub: str, topic: str) -> None:
        async with Web(self._config().settings, self._clock) as web:
            await requests.ping(web, hub, topic)

    async def _attempt(self, what: str, publish: Callable[[], Awaitable[object]]) -> None:
        before = self._troubles.get(what, "")
        try:
            await publish()
        except AggregatorError as error:
            self._troubles[what] = f"publishing failed: {error}"
            if self._troubles[what] != before:
                log.error("publishing failed; the last editions stay: %s", error)  # noqa: TRY400  no bug
        except Exception as error:
            log.exception("publishing failed; the last editions stay")
            self._troubles[what] = f"publishing failed: {type(error).__name__}: {error}"

    def _make(self, publish: Publish, config: Config) -> outbound.Publication:
        """Publish over a connection of its own, so that neither the visits nor their storing wait for it."""
        path = self._data / database.NAME
        if not path.exists():  # the writer's connection would not notice, and go on for nothing
            raise StoreError(f"{path}: the database was removed while in use; restart the aggregator")
        with database.reading(self._data) as connection:
            return publish(connection, config, self._data, self._clock())
