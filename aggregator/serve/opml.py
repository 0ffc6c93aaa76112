"""The subscriptions as OPML, for other readers: made when they are asked for, and at most once a minute."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from aggregator.config import Config
from aggregator.model import Source, StoreError
from aggregator.render import opml
from aggregator.serve import representation
from aggregator.serve.encoding import IDENTITY
from aggregator.store import database, standings
from aggregator.text import secrets

_TYPE = "text/x-opml"  # as the specification's own examples are served
_FRESH = 60.0  # seconds


class Subscriptions:
    """The feeds of the config in force, under the titles that are stored in `folder`."""

    def __init__(self, config: Callable[[], Config], folder: Path) -> None:
        self._config = config
        self._folder = folder
        self._made: representation.Sheet | None = None
        self._of: Config | None = None
        self._until = 0.0
        self._making = asyncio.Lock()

    async def answer(self, request: web.Request) -> web.Response:
        """The document's answer to this GET or HEAD."""
        async with self._making:
            config = self._config()
            if self._made is None or self._of is not config or time.monotonic() > self._until:
                body = await asyncio.to_thread(_document, config, self._folder)
                if self._made is None or self._made.variants[IDENTITY].coded.body != body:
                    self._made = _sheet(body, int(time.time()))
                self._of, self._until = config, time.monotonic() + _FRESH
        return await representation.answer(*representation.choose(request, self._made))


def _sheet(body: bytes, now: int) -> representation.Sheet:
    headers = {"Content-Type": f"{_TYPE}; charset=utf-8", "X-Content-Type-Options": "nosniff", **representation.SHARED}
    return representation.prepare(representation.digest_of(body), body, headers, now)


def _document(config: Config, folder: Path) -> bytes:
    try:
        with database.reading(folder) as stored:
            about = standings.sites(stored)
    except (StoreError, sqlite3.Error):  # nothing is stored yet, or it is busy: the addresses are what matters
        about = {}
    return public(config.site.title, config.sources, about)


def public(title: str, configured: Iterable[Source], about: Mapping[str, tuple[str, str]]) -> bytes:
    """The document for everybody: without folders, files, and feeds whose address holds a password or a key."""
    found = opml.subscriptions((source for source in configured if source.enabled), about)
    shown = [replace(feed, site=secrets.shown(feed.site)) for feed in found if not secrets.is_secret(feed.url)]
    secret = len(found) - len(shown)
    are = "1 subscription is" if secret == 1 else f"{secret} subscriptions are"
    comment = f"{are} left out: the address holds a password or a key" if secret else ""
    return opml.write(title, shown, comment)
