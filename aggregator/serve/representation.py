"""Bytes that are ready to be sent, and the answer to a request for them (RFC 9110): made once, sent often.

All that doesn't depend on the request is prepared: the headers for 200 and 304, and a coding when it is first wanted.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from hashlib import blake2b

from aiohttp import web
from multidict import CIMultiDict

from aggregator.serve.encoding import CODINGS, IDENTITY, Coded, accepted

MAX_AGE = 300  # seconds that a reader or a cache need not ask again
VARY = "Accept-Encoding, Sec-Fetch-Dest, A-IM"  # what answers at a feed's address depend on, each of them
PUBLIC = f"public, max-age={MAX_AGE}"
PRIVATE = f"private, max-age={MAX_AGE}"  # a page at a feed's address: many shared caches don't look at Vary
# Readers in browsers fetch feeds from other sites (https://fetch.spec.whatwg.org/#http-cors-protocol).
SHARED = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Link, IM, Delta-Base, Date, Retry-After",
}
_PREFLIGHT = {
    "Allow": "GET, HEAD, OPTIONS",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD",
    # "*" is no wildcard to older browsers, and never names Authorization.
    "Access-Control-Allow-Headers": "A-IM, Accept, Authorization, Cache-Control, If-Modified-Since, If-None-Match, *",
    "Access-Control-Max-Age": "86400",
}
_REPEATED = {*SHARED, "Content-Security-Policy", "Link"}
# They send "A-IM: feed" because feedparser does, and take a 226 for an error (rss2email) or for the whole feed.
_UNAWARE = re.compile(r"feedparser|rss2email", re.IGNORECASE)
_TAG = re.compile(r'(?:W/)?"([\x21\x23-\x7e\x80-\xff]*)"')


@dataclass(frozen=True, slots=True)
class Variant:
    """One coding of the bytes. A strong ETag names one sequence of bytes (RFC 9110 §8.8.3): each coding has its own."""

    coding: str
    tag: str
    coded: Coded
    headers: CIMultiDict[str]
    unchanged: CIMultiDict[str]
    """The headers of a 304."""
    modified: int = 0

    async def body(self) -> bytes:
        """Return the bytes in this coding."""
        return await self.coded.get(self.coding)


@dataclass(frozen=True, slots=True)
class Representation:
    """The bytes in every coding. `modified` is in seconds, 0 where nothing is said of it."""

    digest: str
    modified: int
    variants: Mapping[str, Variant]
    named: Mapping[str, Variant]
    """By ETag, as it is written with its quotes."""


def digest_of(body: bytes) -> str:
    """Return what ETags are made of: the same bytes have the same, also after a restart."""
    return blake2b(body, digest_size=12).hexdigest()


def headers(content_type: str, *, shared: bool = True) -> dict[str, str]:
    """Return the headers of what is for readers, if it is `shared` for those in browsers on other sites too.

    `content_type` is without its charset.
    """
    others = SHARED if shared else {}
    return {"Content-Type": f"{content_type}; charset=utf-8", **others, "X-Content-Type-Options": "nosniff"}


def prepare(
    digest: str,
    body: bytes,
    headers: Mapping[str, str],
    modified: int = 0,
    cached: str = PUBLIC,
    vary: str = VARY,
) -> Representation:
    """Return the representation of these bytes. `headers` go with 200; a 304 repeats those not about the bytes."""
    common = {"Cache-Control": cached, "Vary": vary}
    if modified:
        common["Last-Modified"] = _date(modified)
    repeated = {name: value for name, value in headers.items() if name in _REPEATED}
    variants = {}
    coded = Coded(body)
    for coding in CODINGS:
        tag = f'"{digest}"' if coding == IDENTITY else f'"{digest}-{coding}"'
        unchanged = CIMultiDict({"ETag": tag, **common, **repeated})
        full = CIMultiDict({**unchanged, **headers})
        if coding != IDENTITY:
            full["Content-Encoding"] = coding
        variants[coding] = Variant(coding, tag, coded, full, unchanged, modified)
    return Representation(digest, modified, variants, {variant.tag: variant for variant in variants.values()})


def choose(request: web.BaseRequest, current: Representation) -> tuple[Variant | None, bool]:
    """Return the variant that is meant, None where no coding is acceptable, and whether the client has it.

    Among the codings that the client takes, the one that it has is as good as the best: a 304 for it.
    """
    headers = request.headers
    codings = accepted(_field(headers, "Accept-Encoding"))
    if not codings:
        return None, False
    condition = headers.get("If-None-Match")
    if condition is not None:
        exact = current.named.get(condition)
        if exact is not None and exact.coding in codings:
            return exact, True
        tags = tags_of(request)
        for coding in codings:
            if "*" in tags or current.variants[coding].tag[1:-1] in tags:
                return current.variants[coding], True
    elif current.modified and "If-Modified-Since" in headers:  # only without If-None-Match (RFC 9110 §13.2.2)
        since = request.if_modified_since
        if since is not None and current.modified <= since.timestamp():
            return current.variants[codings[0]], True
    return current.variants[codings[0]], False


async def respond(request: web.BaseRequest, current: Representation) -> web.Response:
    """Return the answer to this GET or HEAD: 200, 304, or 406."""
    return await answer(*choose(request, current))


async def answer(variant: Variant | None, known: bool) -> web.Response:
    """Answer 304 or 200; or 406, where every coding was refused."""
    if variant is None:
        return web.Response(
            status=406, text="Accept-Encoding refuses every coding that there is.\n", headers={"Vary": VARY}
        )
    if known:
        return web.Response(status=304, headers=dated(variant.unchanged, variant.modified))
    return web.Response(body=await variant.body(), headers=dated(variant.headers, variant.modified))


def dated(headers: CIMultiDict[str], modified: int) -> CIMultiDict[str]:
    """Return the headers with a Last-Modified that is before Date.

    What changes in this second still must not be a 304 later (RFC 9110 §8.8.2), and a file from a clock that was ahead
    is not of the future.
    """
    now = int(time.time())
    if modified < now:
        return headers
    earlier = headers.copy()
    earlier["Last-Modified"] = _date(now - 1)
    return earlier


def preflight() -> web.Response:
    """Answer OPTIONS: any site's reader may ask, with validators of its own."""
    return web.Response(status=204, headers=_PREFLIGHT)


def tags_of(request: web.BaseRequest) -> list[str]:
    """Return the ETags of If-None-Match without quotes and "W/" (RFC 9110 §13.1.2); "*" stands for any."""
    written = _field(request.headers, "If-None-Match") or ""
    return ["*"] if written.strip() == "*" else _TAG.findall(written)


def takes_deltas(request: web.BaseRequest) -> bool:
    """Tell whether A-IM (RFC 3229 §10.5.3) names "feed", and the client is none that doesn't know what it means."""
    written = _field(request.headers, "A-IM")
    if written is None or _UNAWARE.search(request.headers.get("User-Agent", "")):
        return False
    for part in written.lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() == "feed" and not re.fullmatch(r"\s*q\s*=\s*0(\.0*)?\s*", weight):
            return True
    return False


def _date(instant: int) -> str:
    return format_datetime(datetime.fromtimestamp(instant, UTC), usegmt=True)


def _field(headers: Mapping[str, str], name: str) -> str | None:
    """Return a header that is a list: it may come in several lines."""
    values = headers.getall(name, ())  # type: ignore[attr-defined]
    return None if not values else values[0] if len(values) == 1 else ", ".join(values)
