"""Subscribing in this process: real rounds, a real door on loopback, a clock that jumps. The test is the hub."""

from __future__ import annotations

import io
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs

import aiohttp
from aiohttp import web
from days import START, Days
from world import Reply, World, rss

from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.model import HubSubscription
from aggregator.retrieve.web import Web
from aggregator.serve.websub import Callback
from aggregator.store import hub_subscriptions, standings
from aggregator.store.standings import Standing
from aggregator.websub.signature import sign
from aggregator.websub.subscriber import Subscriber

CALLBACK = "http://reader.example/websub/"
MEBIBYTE = 1024 * 1024


def feed(world: World, *items: str, path: str = "/feed", hub: str = "/hub") -> bytes:
    """An RSS document that names its hub and itself."""
    links = "".join(
        f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="{rel}" href="{href}"/>'
        for rel, href in (("hub", world.url(hub) if hub.startswith("/") else hub), ("self", world.url(path)))
    )
    return rss(*items, channel=links)


class Reader:
    """One installation with [websub] callback, as a context."""

    def __init__(self, folder: Path, world: World, text: str, polling: str = "", callback: str = CALLBACK) -> None:
        self.days = Days(folder, world)
        self.config: Config = self.days.config(f'{text}\n[websub]\ncallback = "{callback}"', polling)
        self._folder = folder / "data"
        self.hurried = 0
        self.published = 0

    @property
    def now(self) -> int:
        return self.days.now

    async def __aenter__(self) -> Self:
        self._stack = await AsyncExitStack().__aenter__()
        self.rounds = await self._stack.enter_async_context(Engine(self.config, self._folder, lambda: self.days.now))
        self.subscriber = await self._stack.enter_async_context(
            Subscriber(
                store=self.rounds.store,
                config=lambda: self.rounds.config,
                web=lambda: Web(self.rounds.config.settings, lambda: self.days.now),
                pushed=self.rounds.pushed,
                arrived=self._arrived,
                hurry=self._hurry,
                clock=lambda: self.days.now,
            )
        )
        self.rounds.watch_claims(self.subscriber.freed)
        application = web.Application()
        application.router.add_routes(Callback(self.subscriber, lambda: self.rounds.config.limits.body).routes())
        runner = web.AppRunner(application, access_log=None, auto_decompress=False)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self._base = f"http://127.0.0.1:{runner.addresses[0][1]}/websub/"
        self._http = await self._stack.enter_async_context(aiohttp.ClientSession())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    async def _arrived(self) -> None:
        self.published += 1

    def _hurry(self) -> None:
        self.hurried += 1

    async def round(self, later: int = 0) -> None:
        """What a daemon does when it wakes up so many seconds later."""
        self.days.now += later
        keys = await self.rounds.inbound.due()
        if keys:
            await self.rounds.run(keys)
            await self.rounds.publishing.settle()
        await self.subscriber.tend_now()

    async def held(self) -> list[HubSubscription]:
        return await self.rounds.store.later(hub_subscriptions.every)

    async def standing(self) -> Standing:
        (found,) = await self.rounds.store.later(standings.standings)
        return found

    async def rows(self, query: str) -> list[Any]:
        return await self.rounds.store.later(lambda database: database.execute(query).fetchall())

    async def get(self, token: str, **query: str) -> tuple[int, str, dict[str, str]]:
        """What a hub gets that comes to verify; "hub." stands before each name."""
        named = {f"hub.{name}": value for name, value in query.items()}
        async with self._http.get(self._base + token, params=named) as answer:
            return answer.status, await answer.text(), dict(answer.headers)

    async def verify(self, lease: str = "86400", mode: str = "subscribe") -> int:
        """A hub verifies the one subscription there is."""
        (held,) = await self.held()
        query = {"mode": mode, "topic": held.topic, "challenge": "why not", "lease_seconds": lease}
        return (await self.get(held.token, **query))[0]

    async def post(self, token: str, body: bytes, **headers: str) -> int:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self._http.post(self._base + token, data=io.BytesIO(body), headers=named) as answer:
            return answer.status

    async def push(self, body: bytes, method: str = "sha256", **headers: str) -> int:
        """A hub pushes, signed, for the one subscription there is; returns when it has been taken up."""
        (held,) = await self.held()
        signed = {"X_Hub_Signature": sign(body, held.secret, method), "Content_Type": "application/rss+xml"}
        status = await self.post(held.token, body, **(signed | headers))
        await self.subscriber.settled()
        return status


async def subscribed(reader: Reader, lease: str = "86400") -> HubSubscription:
    """Visits, asks and has it verified."""
    await reader.round()
    assert await reader.verify(lease) == 200
    (held,) = await reader.held()
    return held


def forms(world: World, path: str = "/hub") -> list[dict[str, str]]:
    """What the hub was asked, names without "hub."."""
    return [
        {name.removeprefix("hub."): value[0] for name, value in parse_qs(asked.body.decode()).items()}
        for asked in world.requests(path)
    ]


def taking(world: World, path: str = "/hub") -> str:
    """A hub that says yes to everything."""
    return world.plays(path, Reply(202))


__all__ = ["CALLBACK", "MEBIBYTE", "START", "Reader", "feed", "forms", "subscribed", "taking"]
