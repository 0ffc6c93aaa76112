"""A rude loopback web: a server that plays a scenario for each path and keeps what it was asked.

It speaks HTTP/1.1 by hand over sockets, so that it can misbehave in every way a server on the web does.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

HOSTS = ("127.0.0.1", "127.0.0.2", "127.0.0.3")


@dataclass(frozen=True)
class Asked:
    """A request as it came; header names in lower case. `order` counts all requests, `at` is the world's clock then."""

    order: int
    method: str
    target: str
    headers: dict[str, str]
    host: str
    at: int = 0
    body: bytes = b""

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]


@dataclass(frozen=True)
class Reply:
    """What the server answers. `raw`, if given, gets the connection to itself instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    raw: Callable[[asyncio.StreamWriter], Awaitable[None]] | None = None


Script = Callable[[Asked], Reply]


class World:
    """The server, on a thread of its own, for as long as the context is entered."""

    def __init__(self, hosts: Sequence[str] = HOSTS) -> None:
        """`hosts` are the addresses it listens on, all on one port: each is a host of its own to a client."""
        self.asked: list[Asked] = []
        self._hosts = hosts
        self.open = 0
        self.most_open = 0
        self.clock: Callable[[], int] = lambda: int(time.time())
        self._scripts: dict[str, Script] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._connections: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._start(), self._loop).result(10)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def goes_away(self) -> None:
        """Hangs up on everybody, and listens no more."""
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)

    def comes_back(self) -> None:
        """Listens again, where it did."""
        asyncio.run_coroutine_threadsafe(self._start(self.port), self._loop).result(10)

    async def _start(self, port: int = 0) -> None:
        first = await asyncio.start_server(self._connected, self._hosts[0], port)
        self.port = first.sockets[0].getsockname()[1]
        rest = [await asyncio.start_server(self._connected, host, self.port) for host in self._hosts[1:]]
        self._servers = [first, *rest]

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for task in list(self._connections):
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)

    def url(self, path: str, host: str = "") -> str:
        """The address of a path, on the first host unless another is named."""
        return f"http://{host or self._hosts[0]}:{self.port}{path}"

    def plays(self, path: str, *replies: Reply | Script) -> str:
        """Answers requests for the path with these replies in turn, the last one for ever; gives its address."""
        left = list(replies)

        def script(asked: Asked) -> Reply:
            reply = left.pop(0) if len(left) > 1 else left[0]
            return reply(asked) if callable(reply) else reply

        self._scripts[path] = script
        return self.url(path)

    def requests(self, path: str) -> list[Asked]:
        """What was asked of the path, in order."""
        return [asked for asked in self.asked if asked.path == path]

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._connections.add(task)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            self.open -= 1
            self._connections.discard(task)
            writer.close()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        method, target, _ = head[0].split(" ", 2)
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
        body = await reader.readexactly(int(headers.get("content-length", 0)))
        host = writer.get_extra_info("sockname")[0]
        asked = Asked(len(self.asked), method, target, headers, host, self.clock(), body)
        self.asked.append(asked)
        script = self._scripts.get(asked.path, lambda _: Reply(404))
        reply = script(asked)
        if reply.raw:
            await reply.raw(writer)
            return False
        lines = [f"HTTP/1.1 {reply.status} Whatever"]
        named = {"Content-Length": str(len(reply.body))} | reply.headers
        lines += [f"{name}: {value}" for name, value in named.items()]
        writer.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + reply.body)
        await writer.drain()
        return True


def rss(*items: str, title: str = "A feed", channel: str = "") -> bytes:
    """An RSS document of these <item> contents."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    about = f"<title>{title}</title>{channel}"
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{about}{inside}</channel></rss>'.encode()


def item(number: int, words: str = "") -> str:
    """An item's content; its text differs from every other one's."""
    text = words or " ".join(f"word{number}x{index}" for index in range(40))
    return (
        f"<guid>item-{number}</guid><title>Item {number}</title><link>http://site.example/{number}</link>"
        f"<description>{text}</description><pubDate>Sun, 0{1 + number % 9} Nov 2026 08:00:00 GMT</pubDate>"
    )
