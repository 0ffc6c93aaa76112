"""Edition files on disk → HTTP answers: strong validators, gzip made once a change, 304 where nothing is new."""

from __future__ import annotations

import asyncio
import gzip
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b
from pathlib import Path

from aiohttp import web

_MAX_AGE = 300  # seconds that a reader or a cache need not ask again
_GZIP = "-gzip"  # a strong ETag names one sequence of bytes (RFC 9110 §8.8.3), so each coding has its own


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file ready to be sent; `stamp` tells whether the file is still this one."""

    stamp: tuple[int, int, int]
    body: bytes
    compressed: bytes
    tag: str
    modified: datetime


class Editions:
    """The files of one folder, each read again only when it was replaced."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prepared: dict[str, _Prepared] = {}

    async def answer(self, request: web.Request, name: str, content_type: str, links: str = "") -> web.Response:
        """The file's answer, with `links` as Link header, to this GET or HEAD; HTTPNotFound before it is published."""
        prepared = await self._get(name)
        headers = {
            "Cache-Control": f"public, max-age={_MAX_AGE}",
            "Last-Modified": format_datetime(prepared.modified, usegmt=True),
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if links:
            headers["Link"] = links
        zipped = "gzip" in _accepted(request.headers.get("Accept-Encoding", ""))
        headers["ETag"] = f'"{prepared.tag}{_GZIP if zipped else ""}"'
        if _is_known(request, prepared):
            return web.Response(status=304, headers=headers)
        if zipped:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = f"{content_type}; charset=utf-8"
        return web.Response(body=prepared.compressed if zipped else prepared.body, headers=headers)

    async def _get(self, name: str) -> _Prepared:
        path = self._folder / name
        try:
            about = path.stat()
        except OSError:
            raise web.HTTPNotFound(text="This feed has not been published yet.\n") from None
        stamp = (about.st_mtime_ns, about.st_size, about.st_ino)
        found = self._prepared.get(name)
        if found is None or found.stamp != stamp:
            found = await asyncio.to_thread(_prepare, path, stamp)
            self._prepared[name] = found
        return found


def _prepare(path: Path, stamp: tuple[int, int, int]) -> _Prepared:
    body = path.read_bytes()
    tag = blake2b(body, digest_size=12).hexdigest()
    return _Prepared(stamp, body, gzip.compress(body, 6, mtime=0), tag, datetime.fromtimestamp(stamp[0] // 10**9, UTC))


def _accepted(header: str) -> set[str]:
    """The content codings that Accept-Encoding takes (RFC 9110 §12.5.3), those with q=0 left out."""
    found = set()
    for part in header.split(","):
        coding, _, weight = part.partition(";")
        refused = weight.replace(" ", "").lower() in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
        if not refused:
            found.add(coding.strip().lower())
    return found


def _is_known(request: web.Request, prepared: _Prepared) -> bool:
    """Whether the client has these bytes: If-None-Match, else If-Modified-Since (RFC 9110 §13.2.2)."""
    tags = request.if_none_match
    if tags is not None:
        return any(tag.value == "*" or tag.value.removesuffix(_GZIP) == prepared.tag for tag in tags)
    since = request.if_modified_since
    return since is not None and prepared.modified <= since
