"""Which address answers with which page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from aggregator import outbound
from aggregator.config import STATUS, Config
from aggregator.outbound import pages
from aggregator.render.html import templates
from aggregator.render.html.filters import Filter
from aggregator.render.html.listing import Listing
from aggregator.serve import representation
from aggregator.serve.gate import Gate
from aggregator.serve.operator import Operator
from aggregator.serve.pages import ASKED, RIVERS, SINGLE, Pages, respond

_FOR_EVER = "public, max-age=31536000, immutable"
_HOUR, _MINUTE = 3600, 60
_MANY = 2000  # sources: of more the list takes a while, and something is stored all the time


class Site:
    """The handlers of all pages."""

    def __init__(self, config: Callable[[], Config], data: Path, operator: Operator | None = None) -> None:
        self._config = config
        self._pages = Pages(config, data, operator)
        self._gate = Gate(config, operator)
        self._cards = outbound.Cards()
        self._assets = {f"/{asset.name}": _representation(asset) for asset in templates.assets()}

    @property
    def made(self) -> int:
        """How many pages were rendered so far."""
        return self._pages.made

    def forget(self) -> None:
        """Take note that the config has changed."""
        self._pages.forget()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes. `/NAME/` is any output's: they come after all others."""
        return [
            *(web.get(path, self.asset) for path in self._assets),
            web.get("/", self.river),
            web.get("/sources", self._gate.page(self.sources)),
            web.get(r"/source/{number:\d{1,15}}", self._gate.page(self.source)),
            web.get(f"/{STATUS}/", self._gate.page(self.status)),
            web.get(r"/{page:\d{4}-\d\d-\d\d-\d{1,15}}.html", self.older),
            web.get(r"/{output}/{page:\d{4}-\d\d-\d\d-\d{1,15}}.html", self.older),
            web.get("/story/{name:[0-9a-f-]{36}}", self.story),
            web.get("/story/{name:[0-9a-f-]{36}}.html", self.story),
            web.get("/{output}/", self.river),
        ]

    async def river(self, request: web.Request) -> web.StreamResponse:
        """Answer with the newest stories of all, or of an output; or with what the query string asks for."""
        name = request.match_info.get("output", "")
        up, now = "../" if name else "", int(time.time())
        asked = Filter.of(request.query)
        own = self._gate.is_closed and bool(asked.source)  # one source after the other would tell which there are
        if own and not self._gate.lets_in(request):
            asked, own = replace(asked, source=""), False
        if asked != Filter():
            read = pages.asked(self._config(), self._cards, name, asked, now, up)
            return await self._pages.answer(request, (name, asked), up, read, line=ASKED, own=own)
        read = pages.newest(self._config(), self._cards, name, now, up)
        return await self._pages.answer(request, (name,), up, read, line=RIVERS if self._is_river(name) else SINGLE)

    def _is_river(self, name: str) -> bool:
        return not name or any(output.name == name for output in self._config().outputs)

    async def older(self, request: web.Request) -> web.StreamResponse:
        """Answer with a page of older stories."""
        name, page = request.match_info.get("output", ""), request.match_info["page"]
        read = pages.older(self._config(), self._cards, name, page, int(time.time()))
        return await self._pages.answer(request, (name, page), "../" if name else "", read)

    async def story(self, request: web.Request) -> web.StreamResponse:
        """Answer with a story's page, or where that is now."""
        name = request.match_info["name"]
        return await self._pages.answer(request, ("story", name), "../", pages.story(self._config(), name))

    async def sources(self, request: web.Request) -> web.StreamResponse:
        """Answer with how the sources stand; the charts on it end with the hour."""
        asked, now = Listing.of(request.query), int(time.time())
        read = pages.sources(self._config(), asked, now)
        stamp = now // _MINUTE if len(self._config().sources) > _MANY else None
        line = SINGLE if asked == Listing() else ASKED
        key = ("sources", asked, now // _HOUR)
        own = self._gate.is_closed
        return await self._pages.answer(request, key, "", read, stamp=stamp, line=line, own=own)

    async def source(self, request: web.Request) -> web.StreamResponse:
        """Answer with how one source stands, and its newest stories."""
        number, now = int(request.match_info["number"]), int(time.time())
        read = pages.source(self._config(), self._cards, number, now)
        own = self._gate.is_closed
        return await self._pages.answer(request, ("source", number, now // _HOUR), "../", read, own=own)

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Answer with what there is to know of the sources' troubles, at an address of its own or at the feed's."""
        is_feed = not request.path.endswith("/")
        up = "" if is_feed else "../"
        read = pages.newest(self._config(), self._cards, STATUS, int(time.time()), up, is_feed=is_feed)
        return await self._pages.answer(request, (STATUS, is_feed), up, read, own=self._gate.is_closed)

    async def feed(self, request: web.BaseRequest, output: str) -> web.StreamResponse:
        """Answer with an output's page at the address of its feed: private, many shared caches don't look at Vary."""
        read = pages.newest(self._config(), self._cards, output, int(time.time()), "", is_feed=True)
        return await self._pages.answer(request, (output, "feed"), "", read, representation.PRIVATE, line=RIVERS)

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Answer with what all pages need: under its name it is the same for ever."""
        return await representation.respond(request, self._assets[request.path])

    async def nothing(self, request: web.Request) -> web.StreamResponse:
        """Answer any other address: 404, with a page for people and a line for programs."""
        up = "../" * min(request.path.count("/") - 1, 50)
        page = pages.not_found(self._config(), up)
        shown = representation.prepare("", page.body, templates.headers())
        return await respond(request, page, shown)


def _representation(asset: templates.Asset) -> representation.Representation:
    headers = {"Content-Type": asset.content_type, "X-Content-Type-Options": "nosniff"}
    return representation.prepare(representation.digest_of(asset.body), asset.body, headers, cached=_FOR_EVER)
