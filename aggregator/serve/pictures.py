"""Files beside local articles, pictures first of all → HTTP answers (RFC 9110).

They are sent as they are read: nobody who asks for many large ones makes them all lie in memory.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from aggregator.config import Config
from aggregator.outbound import pictures
from aggregator.serve import representation
from aggregator.serve.cache import Cache
from aggregator.text import local_files

if TYPE_CHECKING:
    from aggregator.retrieve.pictures import Picture

ROUTE = f"/{local_files.FOLDER}/{{key:[0-9a-f]{{16}}}}/{{path:.+}}"
_THREADS = 4  # that a disk may keep waiting
_ASKED = 1000  # addresses of which it is remembered whether they are published,
_FRESH = 5.0  # for so many seconds
_CHUNK = 256 * 1024  # bytes
_NO_MORE = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"  # an SVG may be opened as a page
_HEADERS = {
    "Accept-Ranges": "none",
    "Cache-Control": "public, max-age=3600",
    "Content-Security-Policy": _NO_MORE,
    "X-Content-Type-Options": "nosniff",
    **representation.SHARED,
}


class Pictures:
    """What the sources' folders hold, as far as a stored entry names it; and the copies of what was published."""

    def __init__(self, config: Callable[[], Config], data: Path) -> None:
        self._config = config
        self._data = data
        self._named: Cache[bool] = Cache(_ASKED)
        self._threads = ThreadPoolExecutor(_THREADS, "pictures")

    async def answer(self, request: web.Request) -> web.StreamResponse | None:
        """Answer this GET or HEAD; None where there is no such picture."""
        located = local_files.located(request.rel_url.raw_path.removeprefix(f"/{local_files.FOLDER}/"))
        if located is None:
            return None
        tail = local_files.tail(*located)
        named = await self._named.make(tail, time.monotonic() // _FRESH, partial(pictures.is_named, self._data, tail))
        find = partial(pictures.opened, self._data, self._config(), *located, named=named)
        picture = await asyncio.get_running_loop().run_in_executor(self._threads, find)
        if picture is None:
            return None
        with picture.file:
            return await self._send(request, picture)

    async def _send(self, request: web.Request, picture: Picture) -> web.StreamResponse:
        modified = min(picture.modified // 10**9, int(time.time()) - 1)  # before Date: see representation.dated
        tag = f"{picture.modified:x}-{picture.size:x}"
        headers = {
            **_HEADERS,
            "ETag": f'"{tag}"',
            "Last-Modified": format_datetime(datetime.fromtimestamp(modified, UTC), usegmt=True),
        }
        if _is_known(request, tag, modified):
            return web.Response(status=304, headers=headers)
        headers |= {"Content-Type": picture.content_type, "Content-Length": str(picture.size)}
        if request.method == "HEAD":
            return web.Response(headers=headers)
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        left = picture.size
        loop = asyncio.get_running_loop()
        while left:
            chunk = await loop.run_in_executor(self._threads, picture.file.read, min(left, _CHUNK))
            if not chunk:  # it was cut meanwhile: what was promised can't come
                response.force_close()
                if request.transport is not None:
                    request.transport.abort()
                break
            await response.write(chunk)
            left -= len(chunk)
        return response


def _is_known(request: web.Request, tag: str, modified: int) -> bool:
    """Tell whether the client has the file already; the date counts only without tags (RFC 9110 §13.2.2)."""
    if "If-None-Match" in request.headers:
        return not {"*", tag}.isdisjoint(representation.tags_of(request))
    since = request.if_modified_since
    return since is not None and modified <= since.timestamp()
