"""The body of a request, within bounds of length and time, whoever sends it."""

from __future__ import annotations

import asyncio

from aiohttp import web
from aiohttp.web import RequestPayloadError

TOO_LONG, TOO_SLOW, BROKEN = 413, 408, 400
"""The statuses to answer, where there is no body to be had."""


async def read(request: web.Request, longest: int, seconds: float) -> bytes | int:
    """Return the body as it came, or the status that says why there is none: its client may be gone by then."""
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > longest:
                    return TOO_LONG
    except TimeoutError:
        return TOO_SLOW
    except (RequestPayloadError, ConnectionError, web.HTTPException):
        return BROKEN
    return bytes(body)
