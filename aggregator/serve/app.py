"""Which address answers what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web
from jinja2 import Environment, PackageLoader, select_autoescape

from aggregator import outbound, publish
from aggregator.config import Config
from aggregator.model import Channel, StoreError
from aggregator.publish import items, pages, status
from aggregator.serve import sheets
from aggregator.serve.editions import Editions, Offer
from aggregator.serve.pages import Pages, Render
from aggregator.serve.subscriptions import Subscriptions

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]

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
    """The handlers. `config` gives the config in force, which SIGHUP may change; `health` is asked at each request.

    `page` makes an output's HTML page; see Render.
    """

    def __init__(self, config: Callable[[], Config], folder: Path, health: Callable[[], Health], page: Render) -> None:
        self._config = config
        self._health = health
        self._editions = Editions(folder)
        self._pages = Pages(page)
        self._subscriptions = Subscriptions(config, folder.parent)
        self._known: Config | None = None
        self._feeds: dict[str, tuple[str, str]] = {}
        self._templates = Environment(
            loader=PackageLoader("aggregator.serve"),
            autoescape=select_autoescape(default=True),
            trim_blocks=True,
        )

    async def open(self) -> web.AppRunner:
        """A runner that is set up, for aiohttp's sites. Feeds are answered before its router is asked.

        aiohttp's routing takes a fifth of the time of a 304, and nearly all requests are for feeds.
        """
        runner = web.AppRunner(self.application(), access_log=None)
        await runner.setup()
        self._adopt()
        await self._editions.prime()
        server = runner.server
        assert server is not None, "it is set up"
        server.request_handler = self._feeds_before(server.request_handler)
        return runner

    def application(self) -> web.Application:
        """All but the feeds; GET implies HEAD."""
        application = web.Application()
        application.router.add_get("/", self.index)
        application.router.add_get("/healthz", self.healthz)
        application.router.add_get("/subscriptions.opml", self._subscriptions.answer)
        application.router.add_get("/{nothing:.*}", self.nothing)
        return application

    def _feeds_before(self, others: Handler) -> Handler:
        async def handle(request: web.BaseRequest) -> web.StreamResponse:
            if self._config() is not self._known:
                self._adopt()
            feed = self._feeds.get(request.raw_path) or self._feeds.get(request.path)
            if feed is None or request.method not in {"GET", "HEAD"}:
                return await others(request)
            return await self.edition(request, *feed)

        return handle

    def _adopt(self) -> None:
        """The config in force → which files may be served, at which paths."""
        config = self._known = self._config()
        channels = [*(outbound.channel_of(output, config) for output in config.outputs), status.channel(config.site)]
        offers = {
            (channel.name, f"{channel.name}.{suffix}"): Offer(content_type, _links(channel, suffix, config))
            for channel in channels
            for suffix, content_type in publish.FORMATS.items()
        }
        self._feeds = {f"/{name}": (output, name) for output, name in offers}
        self._editions.offer({name: offer for (_, name), offer in offers.items()})
        self._pages.keep({output for output, _ in offers})

    async def edition(self, request: web.BaseRequest, output: str, name: str) -> web.StreamResponse:
        """One output in one format; to a browser that shows it to someone, as a page."""
        if request.headers.get("Sec-Fetch-Dest") == "document":
            stamp = self._editions.stamp(f"{output}.{next(iter(publish.FORMATS))}")
            if stamp is not None:
                try:
                    page = await self._pages.get(output, stamp)
                except StoreError:  # the database is gone, the edition is not
                    return await self._editions.answer(request, name)
                return sheets.answer(*sheets.choose(request, page))
        return await self._editions.answer(request, name)

    async def nothing(self, _request: web.Request) -> web.Response:
        """Any other address."""
        return web.Response(status=404, text="There is no such page or feed here; / lists what there is.\n")

    async def index(self, _request: web.Request) -> web.Response:
        """What there is to subscribe to."""
        config = self._config()
        channels = [outbound.channel_of(output, config) for output in config.outputs]
        page = self._templates.get_template("index.html").render(
            site=config.site, channels=channels, formats=publish.FORMATS, names=pages.NAMES
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


def _links(channel: Channel, suffix: str, config: Config) -> str:
    """The edition's Link header: itself, and the hub where one is told of what is new (WebSub §4)."""
    address = items.address(items.tidy(channel), suffix)
    hub = getattr(getattr(config, "websub", None), "hub", "")
    return (f'<{hub}>; rel="hub", ' if hub else "") + f'<{address}>; rel="self"'
