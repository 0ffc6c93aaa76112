"""What other readers take besides the feeds: archive pages (RFC 5005), the subscriptions as OPML, and, where it is no
file for everybody, the feed of the sources' states.

They are rendered from the store when they are asked for. That takes a thread, of each kind one at a time: a crowd must
not do so at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from aggregator import outbound
from aggregator.config import Config
from aggregator.outbound import pages
from aggregator.render.formats import FORMATS
from aggregator.serve import representation
from aggregator.serve.cache import Cache
from aggregator.serve.representation import Representation

_ARCHIVES = 32  # whoever follows the links asks for each once
_FRESH = 60.0  # seconds that the subscriptions are kept
_OWN = "private, no-cache"  # the operator's reader asks each time whether it is the same
_FOR_EVER = "public, max-age=31536000, immutable"


class Documents:
    """What `data` holds, as the config in force shows it."""

    def __init__(self, config: Callable[[], Config], data: Path) -> None:
        self._config = config
        self._data = data
        self._archives: Cache[Representation] = Cache(_ARCHIVES)
        self._subscriptions: Cache[Representation] = Cache(1)
        self._status: Cache[Representation] = Cache(len(FORMATS))
        self._last_list: Representation | None = None

    @property
    def made(self) -> int:
        """How many were rendered so far."""
        return self._archives.made + self._subscriptions.made

    def forget(self) -> None:
        """Take note that the config has changed, and with it what all of them say."""
        self._archives.forget()
        self._subscriptions.forget()
        self._status.forget()

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

    async def status(self, suffix: str) -> Representation:
        """Return the feed of the sources' states in a format, for the operator alone.

        StoreError where it can't be read.
        """
        work = partial(self._states, self._config(), suffix)
        return await self._status.make(suffix, pages.stamp(self._data), work)

    def _states(self, config: Config, suffix: str) -> Representation:
        edition = outbound.status_edition(self._data, config, suffix)
        headers = representation.headers(FORMATS[suffix].content_type, shared=False)
        return representation.prepare(
            representation.digest_of(edition.body), edition.body, headers, edition.updated, _OWN
        )

    def _archive(self, config: Config, output: str, first: int, last: int, suffix: str) -> Representation | None:
        edition = outbound.archive(self._data, config, output, first, last, suffix)
        if edition is None:
            return None
        digest = representation.digest_of(edition.body)
        headers = representation.headers(FORMATS[suffix].content_type)
        return representation.prepare(digest, edition.body, headers, edition.updated, _FOR_EVER)

    def _list(self, config: Config) -> Representation:
        body = outbound.subscriptions(self._data, config)
        private = config.serve.private
        digest = representation.digest_of(body) + ("-own" if private else "")  # what goes with it is another thing then
        if self._last_list is None or self._last_list.digest != digest:  # Last-Modified is when it last changed
            headers = representation.headers("text/x-opml", shared=not private)  # as the specification has its examples
            cached = _OWN if private else representation.PUBLIC
            self._last_list = representation.prepare(digest, body, headers, int(time.time()), cached)
        return self._last_list
