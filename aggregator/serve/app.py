"""Which address answers what."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from aggregator import outbound, publish
from aggregator.config import Config
from aggregator.serve.editions import Editions

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src https: http:; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon is: one line of what is wrong, "" if nothing; when a round last ended (0: not yet)."""

    trouble: str
    last_round: int
    sources: int
    failing: int


class Door:
    """The handlers. `config` gives the config in force, which SIGHUP may change; `health` is asked at each request."""

    def __init__(self, config: Callable[[], Config], folder: Path, health: Callable[[], Health]) -> None:
        self._config = config
        self._health = health
        self._editions = Editions(folder)
        self._templates = Environment(
            loader=PackageLoader("aggregator.serve"),
            autoescape=select_autoescape(default=True),
            trim_blocks=True,
        )

    def application(self, more: Iterable[web.RouteDef] = ()) -> web.Application:
        """For aiohttp's runner, with `more` routes before our own; GET implies HEAD."""
        application = web.Application()
        application.router.add_routes(more)
        application.router.add_get("/", self.index)
        application.router.add_get("/healthz", self.healthz)
        application.router.add_get("/{output}.{suffix}", self.edition)
        application.router.add_get("/{nothing:.*}", self.nothing)
        return application

    async def edition(self, request: web.Request) -> web.Response:
        """One output in one format."""
        output, suffix = request.match_info["output"], request.match_info["suffix"]
        made = publish.FORMATS.get(suffix)
        config = self._config()
        table = next((table for table in config.outputs if table.name == output), None)
        if made is None or table is None:
            return await self.nothing(request)
        links = outbound.links_of(outbound.channel_of(table, config), suffix)
        return await self._editions.answer(request, f"{output}.{suffix}", made.content_type, links)

    async def nothing(self, _request: web.Request) -> web.Response:
        """Any other address."""
        return web.Response(status=404, text="There is no such page or feed here; / lists what there is.\n")

    async def index(self, _request: web.Request) -> web.Response:
        """What there is to subscribe to."""
        config = self._config()
        channels = [outbound.channel_of(output, config) for output in config.outputs]
        names = {"xml": "RSS", "atom": "Atom", "json": "JSON Feed"}
        page = self._templates.get_template("index.html").render(
            site=config.site, channels=channels, formats=publish.FORMATS, names=names
        )
        return web.Response(text=page, content_type="text/html", headers=_HEADERS)

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while visits end and feeds are published, else 503 and why."""
        health = self._health()
        return web.json_response(
            {
                "status": "failing" if health.trouble else "ok",
                "trouble": health.trouble or None,
                "last_round": health.last_round or None,
                "sources": health.sources,
                "sources_failing": health.failing,
            },
            status=503 if health.trouble else 200,
            headers={"Cache-Control": "no-store"},
        )
