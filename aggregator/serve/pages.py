"""What is rendered from the store when it is asked for: a browser's page of a feed, archive pages, the subscriptions.

Reading the database and rendering take a thread, of each kind one at a time: a crowd must not do so at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aggregator import outbound
from aggregator.config import Config
from aggregator.render.formats import FORMATS
from aggregator.render.html import templates
from aggregator.serve import representation
from aggregator.serve.cache import Cache
from aggregator.serve.feeds import Stamp
from aggregator.serve.representation import Representation

_FEEDS = 100  # pages of feeds that are kept ready
_ARCHIVES = 32  # whoever follows the links asks for each once
_FRESH = 60.0  # seconds that the subscriptions are kept
_FOR_EVER = "public, max-age=31536000, immutable"


class Pages:
    """What `data` holds, as the config in force shows it."""

    def __init__(self, config: Callable[[], Config], data: Path) -> None:
        self._config = config
        self._data = data
        self._feeds: Cache[Representation] = Cache(_FEEDS)
        self._archives: Cache[Representation] = Cache(_ARCHIVES)
        self._subscriptions: Cache[Representation] = Cache(1)
        self._caches = (self._feeds, self._archives, self._subscriptions)
        self._last_list: Representation | None = None

    @property
    def made(self) -> int:
        """How many were rendered so far."""
        return sum(cache.made for cache in self._caches)

    def forget(self) -> None:
        """Take note that the config has changed, and with it what all of them say."""
        for cache in self._caches:
            cache.forget()

    async def feed(self, output: str, stamp: Stamp) -> Representation:
        """Return an output's page as it is since its edition has this stamp. StoreError where it can't be read."""
        return await self._feeds.make(output, stamp, partial(self._feed, self._config(), output))

    async def archive(self, output: str, first: int, last: int, suffix: str) -> Representation | None:
        """Return what an output showed before (RFC 5005), from one story to another; None where there is no such page.

        It stays what it is. StoreError where it can't be read.
        """
        key = (output, first, last, suffix)
        return await self._archives.make(key, None, partial(self._archive, self._config(), *key))

    async def subscriptions(self) -> Representation:
        """Return what is read here as OPML, read at most once a minute."""
        minute = time.monotonic() // _FRESH
        return await self._subscriptions.make("", minute, partial(self._list, self._config()))

    def _feed(self, config: Config, output: str) -> Representation:
        body = outbound.page(self._data, config, output, int(time.time()))
        digest = f"page-{representation.digest_of(body)}"  # never the feed's, which has the same address
        return representation.prepare(digest, body, templates.headers(), cached=representation.PRIVATE)

    def _archive(self, config: Config, output: str, first: int, last: int, suffix: str) -> Representation | None:
        edition = outbound.archive(self._data, config, output, first, last, suffix)
        if edition is None:
            return None
        digest = representation.digest_of(edition.body)
        headers = representation.headers(FORMATS[suffix].content_type)
        return representation.prepare(digest, edition.body, headers, edition.updated, _FOR_EVER)

    def _list(self, config: Config) -> Representation:
        body = outbound.subscriptions(self._data, config)
        digest = representation.digest_of(body)
        if self._last_list is None or self._last_list.digest != digest:  # Last-Modified is when it last changed
            headers = representation.headers("text/x-opml")  # as the specification's own examples are served
            self._last_list = representation.prepare(digest, body, headers, int(time.time()))
        return self._last_list
