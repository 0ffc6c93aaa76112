"""The daemon's HTTP server: opened where the config says, and what a person is told of it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from aggregator import outbound
from aggregator.config import Config
from aggregator.serve.app import Server
from aggregator.serve.listening import listen, listening


@asynccontextmanager
async def serving(server: Server, config: Config, routes: list[web.RouteDef]) -> AsyncIterator[str]:
    """Serve at the config's addresses, with these `routes` beside the server's own; enter with the first of them.

    StoreError where an address can't be had.
    """
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_is_our_error)
    try:
        async with _sockets(config) as (sockets, address):  # they are closed after the server that listens at them
            runner = await server.open(routes)
            try:
                for sock in sockets:
                    await web.SockSite(runner, sock).start()
                yield address
            finally:
                await runner.cleanup()
    finally:
        logger.removeFilter(_is_our_error)


@asynccontextmanager
async def _sockets(config: Config) -> AsyncIterator[tuple[list[socket.socket], str]]:
    """Give the sockets to serve at, and the address of the first one."""
    serve = config.serve
    if serve.socket:
        with listening(serve.socket, config.folder) as sock:
            yield [sock], f"unix:{sock.getsockname()}"
        return
    sockets = await asyncio.to_thread(listen, serve.host, serve.port)
    host = f"[{serve.host[0]}]" if ":" in serve.host[0] else serve.host[0]
    yield sockets, f"http://{host}:{sockets[0].getsockname()[1]}/"


def announcement(config: Config, data: Path, address: str) -> Iterator[str]:
    """Return the lines which tell a person what is served at the address: at a socket, what a proxy shows the world."""
    yield f"Serving {address} and publishing to {data / outbound.FOLDER}"
    yield "Subscribe to:"
    base = config.site.link if config.serve.socket else address
    for output in config.outputs:
        for suffix in output.formats:
            yield f"  {base}{output.name}.{suffix}"


def _is_our_error(record: logging.LogRecord) -> bool:
    """Tell whether it is one of ours: what was no HTTP gets its 400, and port scanners must not fill the log."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)
