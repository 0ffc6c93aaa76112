"""HTML pages, made when they are asked for, and once for all who ask until something is stored.

Reading the database and rendering take a thread, of each kind one page at a time: a crowd must not do so at once, and
who asks for much keeps only those waiting who ask for much, too (`Line`). A page that comes out as it was keeps its
ETag and its encoded bytes, whatever was stored meanwhile.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from aiohttp import web

from aggregator.config import Config
from aggregator.outbound import pages
from aggregator.outbound.pages import Page, Read
from aggregator.render.html import templates
from aggregator.serve import representation
from aggregator.serve.cache import Cache, CrowdError
from aggregator.serve.operator import HEADERS, Operator, private_headers
from aggregator.serve.representation import Representation

_PUBLIC = "public, max-age=60"
_MOMENT = 5.0  # seconds
_ROOM = 8 * 1024**2  # bytes of the pages that wait for each other, before they are encoded
_NEVER = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Line:
    """Pages that wait for each other alone: so many are `kept`, so many at a time may wait, 0 for any number, and each
    may keep the others waiting for so many `seconds`."""

    kept: int
    queue: int
    seconds: float


RIVERS = Line(100, 0, 30.0)
"""The first pages of rivers, which most people ask for: as many as there are outputs."""
SINGLE = Line(100, 200, 30.0)
"""All else that has an address for ever: whoever follows all links asks for each once."""
ASKED = Line(50, 20, 5.0)
"""What visitors ask for in words of their own: it can take any time, and each is another one."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A page, made at this instant of the clock."""

    page: Page
    shown: Representation
    at: float

    def is_lasting(self, now: float) -> bool:
        """Tell whether it is the same as long as nothing is stored: a trouble is for a moment, as many as ask."""
        return self.page.status != 503 or now - self.at < _MOMENT


class Pages:
    """The pages of what `data` holds, as the config in force shows it."""

    def __init__(
        self,
        config: Callable[[], Config],
        data: Path,
        operator: Operator | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Pages for an `operator` who is signed in have his forms, and nobody keeps them. `clock` is in seconds."""
        self._clock = clock
        self._config = config
        self._data = data
        self._operator = operator
        self._vary = f"{representation.VARY}, Cookie" if operator else representation.VARY
        self._caches: dict[Line, Cache[_Made]] = {
            line: Cache(
                line.kept,
                queue=line.queue,
                lasting=lambda made: made.is_lasting(clock()),
                room=_ROOM,
                weigh=lambda made: len(made.page.body),
            )
            for line in (RIVERS, SINGLE, ASKED)
        }
        self._turn = asyncio.Semaphore(1)

    @property
    def made(self) -> int:
        """How many were rendered so far."""
        return sum(cache.made for cache in self._caches.values())

    def forget(self) -> None:
        """Take note that the config has changed, and with it what all of them say."""
        for cache in self._caches.values():
            cache.forget()

    async def answer(
        self,
        request: web.BaseRequest,
        key: Hashable,
        up: str,
        read: Read,
        cached: str = _PUBLIC,
        stamp: Hashable = None,
        line: Line = SINGLE,
        *,
        own: bool = False,
    ) -> web.StreamResponse:
        """Answer with the page that `read` makes; `key` names it, and `up` is the way from it to the site's address.

        It is made anew when something was stored; or, with a `stamp`, when that is another one. It waits in its `line`.
        What is the operator's `own` nobody keeps.
        """
        signed = self._operator.page(request) if self._operator else {}
        if signed or own:
            return await self._private(up, read, signed)
        config = self._config()
        work = partial(self._make, config, key, up, read, cached, line)
        try:
            made = await self._caches[line].make((key, up), stamp or pages.stamp(self._data), work)
        except CrowdError:
            busy = pages.busy(config, up)
            shown = representation.prepare("", busy.body, templates.headers(images=config.site.images), vary=self._vary)
            return await respond(request, busy, shown, up)
        return await respond(request, made.page, made.shown, up)

    async def _private(self, up: str, read: Read, signed: Mapping[str, str]) -> web.StreamResponse:
        config = self._config()
        async with self._turn:
            page = await asyncio.to_thread(pages.answer, self._data, config, up, read, signed)
        if page.moved:
            return web.Response(status=301, headers={"Location": up + page.moved, **HEADERS})
        headers = private_headers(config)
        if page.refresh:
            headers |= {"Refresh": str(page.refresh)}
        return web.Response(status=page.status, body=page.body, headers=headers)

    def _make(self, config: Config, key: Hashable, up: str, read: Read, cached: str, line: Line) -> _Made:
        page = pages.answer(self._data, config, up, read, seconds=line.seconds)
        digest = f"page-{representation.digest_of(page.body)}"  # never the feed's, which may have the same address
        last = self._caches[line].last((key, up))
        if last is not None and last.shown.digest == digest:
            return _Made(page, last.shown, self._clock())
        headers = templates.headers(images=config.site.images)
        shown = representation.prepare(digest, page.body, headers, cached=cached, vary=self._vary)
        return _Made(page, shown, self._clock())


async def respond(request: web.BaseRequest, page: Page, shown: Representation, up: str = "") -> web.StreamResponse:
    """Answer with a page: 200 or 304, where it is now, or that it isn't there or isn't ready."""
    if page.moved:
        return web.Response(status=301, headers={"Location": up + page.moved, "Cache-Control": _PUBLIC})
    if page.status == 200 and not page.refresh:
        return await representation.respond(request, shown)
    if page.status in {404, 410} and "text/html" not in request.headers.get("Accept", ""):
        said = (
            "There is no such page or feed here; / lists what there is."
            if page.status == 404
            else "It is here no longer."
        )
        return web.Response(status=page.status, text=f"{said}\n")
    headers = dict(shown.variants["identity"].headers) | _NEVER
    del headers["ETag"]
    if page.refresh:
        headers |= {"Refresh": str(page.refresh)}
    if page.status == 503:
        headers |= {"Retry-After": str(page.refresh or 300)}
    return web.Response(status=page.status, body=page.body, headers=headers)
