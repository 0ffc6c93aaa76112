"""The daemon's HTTP server: opened where the config says, and what a person is told of it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from aggregator import outbound
from aggregator.config import Config
from aggregator.serve.app import Server
from aggregator.serve.listening import listen


@asynccontextmanager
async def serving(server: Server, config: Config, routes: list[web.RouteDef]) -> AsyncIterator[int]:
    """Serve at the config's addresses, with these `routes` beside the server's own; enter with the port.

    StoreError where an address can't be had.
    """
    logger = logging.getLogger("aiohttp.server")
    logger.addFilter(_is_our_error)
    runner = await server.open(routes)
    try:
        sockets = await asyncio.to_thread(listen, config.serve.host, config.serve.port)
        for sock in sockets:
            await web.SockSite(runner, sock).start()
        yield sockets[0].getsockname()[1]
    finally:
        await runner.cleanup()
        logger.removeFilter(_is_our_error)


def announcement(config: Config, data: Path, port: int) -> Iterator[str]:
    """Return the lines which tell a person what is served at the port."""
    first = config.serve.host[0]
    host = f"[{first}]" if ":" in first else first
    yield f"Serving http://{host}:{port}/ and publishing to {data / outbound.FOLDER}"
    yield "Subscribe to:"
    for output in config.outputs:
        for suffix in output.formats:
            yield f"  http://{host}:{port}/{output.name}.{suffix}"


def _is_our_error(record: logging.LogRecord) -> bool:
    """Tell whether it is one of ours: what was no HTTP gets its 400, and port scanners must not fill the log."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)
