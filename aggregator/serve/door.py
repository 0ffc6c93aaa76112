"""The operator's door to a daemon that runs: orders over HTTP on a Unix socket, JSON in and out.

    POST /ORDER  {…}  →  a line of JSON for each thing that happens, then {"done": {…}} or {"failed": [line, …],
                         "status": what the command exits with}
    GET /            →  {"pid": …, "version": …, "phase": …, …}
    GET /metrics …   →  what is private over HTTP

Who hangs up has changed nothing: what was asked for is done all the same. Orders are taken between `begin` and `end`;
before and after it the door says what the daemon is at.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from aiohttp import web

from aggregator import __version__
from aggregator.model import AggregatorError, ConfigError, StoreError
from aggregator.serve import body, unix_socket

log = logging.getLogger(__name__)

Given = Mapping[str, Any]
Tell = Callable[[dict[str, Any]], None]
Show = Callable[[web.Request], Awaitable[web.StreamResponse]]
Order = Callable[[Given, Tell], Awaitable[dict[str, Any]]]
"""Does what it is given, tells what happens meanwhile, and returns what came of it. AggregatorError where it can't."""

STARTING = "starting"
"""The phase in which a client had better wait a moment: an answer has `again`, then."""
_LONGEST = 64 * 1024 * 1024  # bytes of an order: of an import, a story with its copies
_SECONDS = 10.0  # that an order has to come in
_GOODBYE = 2.0  # seconds in which the last answers have to be taken


class _NotYetError(StoreError):
    """The daemon is about to take orders."""


class Door:
    """The server's side, as a context that begins and ends with the socket. Open it with the database's lock held."""

    def __init__(self, folder: Path, facts: Callable[[], dict[str, Any]]) -> None:
        """`facts` is asked how the daemon is, whenever somebody wants to know."""
        self._folder = folder
        self._facts = facts
        self._orders: Mapping[str, Order] = {}
        self._shown: Mapping[str, Show] = {}
        self._under_way: set[asyncio.Task[None]] = set()
        self.phase = STARTING
        """What the daemon is at, in a word or more."""

    async def __aenter__(self) -> Self:
        application = web.Application()
        application.router.add_get("/", self._tell_facts)
        application.router.add_get("/{name}", self._show)
        application.router.add_post("/{order}", self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_GOODBYE)
        await self._runner.setup()
        try:
            await web.SockSite(self._runner, unix_socket.listen(self._folder)).start()
        except BaseException:
            await self._runner.cleanup()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.end(0)
        unix_socket.remove(self._folder)
        await self._runner.cleanup()

    def begin(self, orders: Mapping[str, Order], shown: Mapping[str, Show]) -> None:
        """Take these orders from now on, and show these things."""
        self._orders = orders
        self._shown = shown
        self.phase = "running"

    def close(self) -> None:
        """Take no more orders; those under way go on."""
        self._orders = {}
        self.phase = "stopping"

    async def end(self, patience: float) -> None:
        """Take no more orders, and give those under way `patience` seconds to be carried out."""
        self.close()
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience)
        for task in self._under_way:
            task.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _tell_facts(self, _request: web.Request) -> web.Response:
        return web.json_response({"phase": self.phase, **self._facts()})

    async def _show(self, request: web.Request) -> web.StreamResponse:
        show = self._shown.get(request.match_info["name"])
        return await show(request) if show else web.json_response({"phase": self.phase}, status=404)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        """Answer an order, a line for each thing that happens."""
        happened: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        read = await body.read(request, _LONGEST, _SECONDS)
        task = asyncio.create_task(self._carry_out(request.match_info["order"], read, happened.put_nowait))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        response = web.StreamResponse(headers={"Content-Type": "application/x-ndjson"})
        try:
            await response.prepare(request)
            while True:
                event = await happened.get()
                await response.write(json.dumps(event).encode() + b"\n")
                if "done" in event or "failed" in event:
                    await response.write_eof()
                    break
        except ConnectionError:
            log.info("an operator's command hung up; what it asked for is done all the same")
        return response

    async def _carry_out(self, name: str, read: bytes | int, tell: Tell) -> None:
        try:
            tell({"done": await self._order(name)(_given(read), tell)})
        except _NotYetError as error:
            tell({"failed": [str(error)], "status": 1, "again": True})
        except ConfigError as error:
            tell({"failed": list(error.problems), "status": 2})
        except AggregatorError as error:
            tell({"failed": [str(error)], "status": 1})
        except asyncio.CancelledError:
            tell({"failed": ["the daemon stopped before it was done; what was stored by then stays"], "status": 1})
        except Exception:
            log.exception("%s, asked for by the operator, met a bug", name)
            tell({"failed": ["the daemon met a bug; its log has the traceback"], "status": 1})

    def _order(self, name: str) -> Order:
        if self.phase == STARTING:
            raise _NotYetError("the daemon is starting; ask again in a while")
        if self.phase != "running":
            raise StoreError(f"the daemon is {self.phase}; ask again in a while")
        if name not in self._orders:
            raise StoreError(
                f"the daemon that runs is version {__version__}, which knows no {name}: restart it after an upgrade"
            )
        return self._orders[name]


def _given(read: bytes | int) -> Given:
    try:
        given = json.loads(read) if isinstance(read, bytes) and read else None
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise StoreError("what came through the daemon's socket is no order")
    return given
