"""Which address answers what."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TypeVar

from aiohttp import web

from aggregator import outbound
from aggregator.config import STATUS, Config
from aggregator.model import StoreError
from aggregator.policy.health import Health
from aggregator.render.formats import FORMATS
from aggregator.render.html import templates
from aggregator.serve import representation
from aggregator.serve.documents import Documents
from aggregator.serve.feeds import Editions, Offer
from aggregator.serve.gate import Gate, Handler
from aggregator.serve.operator import Operator
from aggregator.serve.pictures import ROUTE, Pictures
from aggregator.serve.site import Site
from aggregator.text import secrets

_STATUS = rf"/{STATUS}.{{suffix:{'|'.join(FORMATS)}}}"
_ARCHIVE = r"/{output}/{first:\d{1,15}}-{last:\d{1,15}}.{suffix}"
PATIENCE = 5.0  # seconds that readers get to end in; aiohttp waits twice
IDLE = 75.0  # seconds; aiohttp waits for an hour. Proxies hang up after 60 of their own
R = TypeVar("R", bound=web.BaseRequest)


class Server:
    """The handlers. `config` gives the config in force, which SIGHUP may change; `health` is asked at each request.

    Without an `operator` nobody can change anything.
    """

    def __init__(
        self, config: Callable[[], Config], data: Path, health: Callable[[], Health], operator: Operator | None = None
    ) -> None:
        self._config = config
        self._health = health
        self._editions = Editions(data / outbound.FOLDER)
        self._documents = Documents(config, data)
        self._operator = operator
        self._gate = Gate(config, operator)
        self._site = Site(config, data, operator)
        self._pictures = Pictures(config, data)
        self._icons = {icon.name: _icon(icon) for icon in templates.icons()}
        self._known: Config | None = None
        self._feeds: dict[str, tuple[str, str]] = {}

    async def open(self, more: Iterable[web.RouteDef] = (), idle: float = IDLE) -> web.AppRunner:
        """Return a runner that is set up for aiohttp's sites, with `more` routes. Feeds are answered before its router.

        Who has sent no whole request for `idle` seconds is hung up on.

        Bodies stay as they come: hubs sign them so, and nobody is to unpack them before they are known to be a hub's.
        aiohttp's routing takes a fifth of the time of a 304, and nearly all requests are for feeds.
        """
        runner = web.AppRunner(
            self.application(more),
            access_log=None,
            auto_decompress=False,
            shutdown_timeout=PATIENCE / 2,
            keepalive_timeout=idle,
        )
        await runner.setup()
        self._adopt()
        await self._editions.prime()
        server = runner.server
        if server is not None and hasattr(server, "request_handler"):  # else the application does, after its routing
            server.request_handler = partial(self._feeds_first, others=server.request_handler)
        return runner

    def application(self, more: Iterable[web.RouteDef] = ()) -> web.Application:
        """Return all there is to ask for, with `more` routes before our own; GET implies HEAD."""
        application = web.Application(middlewares=[self._feeds_in_application])
        application.router.add_routes(more)
        application.router.add_get("/healthz", self.healthz)
        application.router.add_get("/subscriptions.opml", self._gate.file(self.subscriptions))
        application.router.add_get(_STATUS, self._gate.file(self.status))
        application.router.add_get(_ARCHIVE, self.archive)
        application.router.add_get("/favicon.ico", self.icon)
        application.router.add_get("/icon.png", self.icon)
        application.router.add_get(ROUTE, self.picture)
        for shared in ("/subscriptions.opml", _ARCHIVE):
            application.router.add_options(shared, self.options)
        if self._operator:
            application.router.add_routes(self._operator.routes())
        application.router.add_routes(self._site.routes())
        application.router.add_get("/{nothing:.*}", self._site.nothing)
        return application

    def shown(self) -> Mapping[str, Handler]:
        """Return, by name, what the operator's door shows of it: what may be private, for programs."""
        return {"subscriptions.opml": self.subscriptions} | {f"{STATUS}.{suffix}": self.status for suffix in FORMATS}

    async def _feeds_first(
        self, request: R, others: Callable[[R], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """Answer with a feed, if one is asked for; else with what the others say."""
        if self._config() is not self._known:
            self._adopt()
        feed = self._feeds.get(request.raw_path) or self._feeds.get(request.path)
        if feed is not None and request.method == "OPTIONS":
            return representation.preflight()
        if feed is None or request.method not in {"GET", "HEAD"}:
            return await others(request)
        return await self.edition(request, *feed)

    @web.middleware
    async def _feeds_in_application(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        return await self._feeds_first(request, handler)

    def _adopt(self) -> None:
        """Work out of the config in force which files may be served, at which paths."""
        config = self._known = self._config()
        offered = [(outbound.channel_of(output, config), tuple(output.formats)) for output in config.outputs]
        if not config.serve.private:
            offered.append((outbound.status_channel(config), tuple(FORMATS)))
        offers = {
            (channel.name, f"{channel.name}.{suffix}"): Offer(format_.content_type, outbound.links_of(channel, suffix))
            for channel, suffixes in offered
            for suffix, format_ in FORMATS.items()
            if suffix in suffixes
        }
        self._feeds = {f"/{name}": (output, name) for output, name in offers}
        self._editions.offer({name: offer for (_, name), offer in offers.items()})
        self._documents.forget()
        self._site.forget()

    async def edition(self, request: web.BaseRequest, output: str, name: str) -> web.StreamResponse:
        """Answer with one output in one format; to a browser that shows it to someone, with its page."""
        if request.headers.get("Sec-Fetch-Dest") == "document" and self._editions.stamp(name) is not None:
            page = await self._site.feed(request, output)
            if page.status in {200, 304} and "Refresh" not in page.headers:  # the database is gone, the edition is not
                return page
        return await self._editions.answer(request, name)

    async def archive(self, request: web.Request) -> web.StreamResponse:
        """Answer with what an output showed before."""
        match = request.match_info
        try:
            page = await self._documents.archive(
                match["output"], int(match["first"]), int(match["last"]), match["suffix"]
            )
        except StoreError:  # the page is not gone, and nobody should believe so
            return _unreadable("What was published before can't be read at the moment.\n")
        return await representation.respond(request, page) if page else await self._site.nothing(request)

    async def subscriptions(self, request: web.Request) -> web.StreamResponse:
        """Answer with what is read here, for other readers."""
        return await representation.respond(request, await self._documents.subscriptions())

    async def status(self, request: web.Request) -> web.StreamResponse:
        """Answer the operator with the feed of the sources' states, where it is no file for everybody."""
        if request.headers.get("Sec-Fetch-Dest") == "document":
            return await self._site.status(request)
        try:
            shown = await self._documents.status(request.path.rpartition(".")[2])
        except StoreError:
            return _unreadable("How the sources are can't be read at the moment.\n")
        return await representation.respond(request, shown)

    async def options(self, _request: web.Request) -> web.Response:
        """Answer what another site's reader in a browser asks before it asks for a feed."""
        return representation.preflight()

    async def icon(self, request: web.Request) -> web.StreamResponse:
        """Answer with what readers and browsers show beside the title: the operator's own, or ours."""
        if configured := self._config().site.icon:
            return web.Response(
                status=302, headers={"Location": configured, "Cache-Control": f"max-age={representation.MAX_AGE}"}
            )
        return await representation.respond(request, self._icons[request.path.lstrip("/")])

    async def picture(self, request: web.Request) -> web.StreamResponse:
        """Answer with a picture that lies beside a local article."""
        return await self._pictures.answer(request) or await self._site.nothing(request)

    async def healthz(self, request: web.Request) -> web.Response:
        """Answer 200 while visits end and feeds are published, else 503 and, to those who may know, why."""
        health = self._health()
        told = {
            "trouble": secrets.shown_in(health.trouble) or None,
            "last_round": health.last_round or None,
            "sources": health.sources,
            "sources_failing": health.failing,
        }
        return web.json_response(
            {"status": "failing" if health.trouble else "ok", **(told if self._gate.lets_in(request) else {})},
            status=503 if health.trouble else 200,
            headers={"Cache-Control": "no-store"},
        )


def _unreadable(said: str) -> web.Response:
    return web.Response(status=503, text=said, headers={"Retry-After": "300", "Cache-Control": "no-store"})


def _icon(icon: templates.Asset) -> representation.Representation:
    """Return one of the package's pictures, which feeds in other places show too."""
    headers = {"Content-Type": icon.content_type, "X-Content-Type-Options": "nosniff", **representation.SHARED}
    return representation.prepare(
        representation.digest_of(icon.body), icon.body, headers, cached="public, max-age=86400"
    )
