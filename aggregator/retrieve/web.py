"""A feed's URL → its document, if it changed, by one conditional GET and the redirects it leads to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from types import TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode, urlsplit

import aiohttp
from yarl import URL

from aggregator import __version__
from aggregator.config import Config
from aggregator.model import Answer, Document, DocumentState, Retrieval, RetrievalError, Source, SourceState, host_of
from aggregator.model.addresses import joined
from aggregator.retrieve import politeness
from aggregator.retrieve.coding import ACCEPTED, Body
from aggregator.retrieve.guard import BlockedError, socket_factory
from aggregator.retrieve.hosts import Hosts

_LINE = 16 * 1024  # bytes of the status line
_HEADERS = 256
_KEEPALIVE = 1.0  # seconds: for the next feed of the host, not so long that the server has hung up meanwhile
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)

T = TypeVar("T")


class _HeldError(RetrievalError):
    """A host that wants to be left alone until then."""

    def __init__(self, until: int) -> None:
        super().__init__("the host asked to be left alone for now")
        self.until = until


class _DroppedError(aiohttp.ClientError):
    """A connection that broke before an answer."""


async def _never_again(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """aiohttp asks a second time at once when a server hangs up; a server in trouble doesn't need that."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise _DroppedError("the server hung up") from error


@dataclass(frozen=True, slots=True)
class _Response:
    """One answer, read to its end."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class Web:
    """The HTTP client, for as long as the context is entered: one session, no cookies, no proxy, no Referer."""

    def __init__(self, config: Config, clock: Callable[[], int]) -> None:
        self._polling = config.polling
        self._limits = config.limits
        self._clock = clock
        self._held: dict[str, int] = {}
        contact = config.polling.contact or config.site.link
        self._headers = {
            "User-Agent": f"aggregator/{__version__} (+{contact})",
            "Accept": _ACCEPT,
            "Accept-Encoding": ACCEPTED,
        }
        self._hosts = Hosts()

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(
            limit=self._polling.concurrency,
            socket_factory=socket_factory(tuple(self._polling.allow_networks)),
            keepalive_timeout=_KEEPALIVE,
        )
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=self._limits.connect),
            trust_env=False,
            auto_decompress=False,
            max_line_size=_LINE,
            max_field_size=self._limits.headers,
            max_headers=_HEADERS,
            middlewares=(_never_again,),
            headers=self._headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def retrieve(self, source: Source, state: SourceState) -> Retrieval:
        """Asks for the feed once. Whatever goes wrong is told in `errors`, and what was remembered stays."""
        known = state.documents.get("", DocumentState())
        started = time.monotonic()
        answer, size = Answer(), 0
        try:
            response, permanent = await self._follow(state.location or source.key, known)
            answer, size = _answer(response, permanent), len(response.body)
            self._hold(answer)
            document, remembered = _read(response, known)
        except _HeldError as error:
            return Retrieval(held=error.until)
        except RetrievalError as error:
            return Retrieval(errors={"": str(error)}, answer=answer, size=size, seconds=time.monotonic() - started)
        return Retrieval(
            documents=(document,) if document else (),
            states={"": remembered},
            answer=answer,
            size=size,
            seconds=time.monotonic() - started,
        )

    async def get(self, url: str) -> Document:
        """The document at an address that the operator named just now; RetrievalError if it can't be had."""
        response, _ = await self._follow(url, DocumentState())
        if response.status != 200:
            raise RetrievalError(f"answered {response.status}")
        return Document("", response.body, response.headers.get("Content-Type", ""), response.url)

    async def post(self, url: str, form: Sequence[tuple[str, str]]) -> int:
        """The status of the answer to a form; 307 and 308 are followed with it, as WebSub's hubs may ask.

        RetrievalError if there is no answer.
        """
        left = float(self._polling.timeout)
        for _ in range(self._limits.redirects + 1):
            (status, target), seconds = await self._in_turn(url, left, partial(self._submit, url, form))
            left -= seconds
            if status not in {307, 308} or not target:
                return status
            url = _redirected(url, target)
        raise RetrievalError(f"redirected more than {self._limits.redirects} times")

    async def _submit(self, url: str, form: Sequence[tuple[str, str]]) -> tuple[int, str]:
        body, kind = urlencode(form, errors="replace").encode(), {"Content-Type": "application/x-www-form-urlencoded"}
        address = URL(url, encoded=url.isascii())
        async with self._session.post(address, data=body, headers=kind, allow_redirects=False) as response:
            return response.status, response.headers.get("Location", "")

    def _hold(self, answer: Answer) -> None:
        """Leaves a host alone that asked for it: the other feeds of it that wait for their turn ask nothing."""
        until = politeness.hold(answer, self._clock())
        if until:
            self._held[answer.host] = until

    async def _follow(self, url: str, known: DocumentState) -> tuple[_Response, str]:
        """The last answer of a chain of redirects, and where it ended if every step of it was permanent, else ""."""
        permanent = True
        left = float(self._polling.timeout)  # for all steps together; waiting for a host's turn doesn't count
        for hop in range(self._limits.redirects + 1):
            response, seconds = await self._get(url, known, left)
            left -= seconds
            target = response.headers.get("Location", "") if response.status in {301, 302, 303, 307, 308} else ""
            if not target:
                return response, url if hop and permanent else ""
            permanent = permanent and response.status in {301, 308}
            url = _redirected(url, target)
        raise RetrievalError(f"redirected more than {self._limits.redirects} times")

    async def _get(self, url: str, known: DocumentState, left: float) -> tuple[_Response, float]:
        """The answer to one request, and the seconds it took of those that are left."""
        headers = {}
        if known.validators_from == url:
            if known.etag:
                headers["If-None-Match"] = known.etag
            if known.last_modified:
                headers["If-Modified-Since"] = known.last_modified
        return await self._in_turn(url, left, lambda: self._exchange(url, headers))

    async def _in_turn(self, url: str, left: float, ask: Callable[[], Awaitable[T]]) -> tuple[T, float]:
        """What `ask` gives when it is our turn at the URL's host, and the seconds it took of those that are left."""
        host = host_of(url)
        async with self._hosts.turn(host):
            if self._held.get(host, 0) > self._clock():
                raise _HeldError(self._held[host])
            started = time.monotonic()
            try:
                async with asyncio.timeout(left):
                    return await ask(), time.monotonic() - started
            except TimeoutError:
                raise RetrievalError(f"no complete answer within {self._polling.timeout} s") from None
            except (aiohttp.ClientError, OSError, ValueError) as error:
                raise RetrievalError(_reason(error)) from error

    async def _exchange(self, url: str, headers: Mapping[str, str]) -> _Response:
        # As configured: servers exist that know a feed only by its exact spelling. Only what is not ASCII is encoded.
        address = URL(url, encoded=url.isascii())
        async with self._session.get(address, headers=headers, allow_redirects=False) as response:
            if sum(len(name) + len(value) for name, value in response.raw_headers) > self._limits.headers:
                raise RetrievalError(f"more than {self._limits.headers >> 10} KiB of headers")
            body = Body(", ".join(response.headers.getall("Content-Encoding", ())), self._limits.body)
            if response.status == 200:
                async for chunk in response.content.iter_any():
                    if chunk:
                        body.add(chunk)
            return _Response(url, response.status, response.headers, body.whole())


def _redirected(url: str, target: str) -> str:
    try:
        found = joined(url, target)
        parts = urlsplit(found)
    except ValueError:
        raise RetrievalError("redirected to what is no address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise RetrievalError(f"redirected to an address that is not of the web ({found[:100]})")
    return found


def _answer(response: _Response, permanent: str) -> Answer:
    get = response.headers.get
    return Answer(
        status=response.status,
        retry_after=get("Retry-After", ""),
        cache_control=get("Cache-Control", ""),
        expires=get("Expires", ""),
        date=get("Date", ""),
        permanent=permanent,
        host=host_of(response.url),
        link=", ".join(value for name, value in response.headers.items() if name.lower() == "link"),
    )


def _read(response: _Response, known: DocumentState) -> tuple[Document | None, DocumentState]:
    """The document, None if it is the known one, and what to remember; RetrievalError for an unusable status."""
    etag, modified = (_echoable(response.headers.get(name, "")) for name in ("ETag", "Last-Modified"))
    if response.status == 304:
        if not known.body_hash:
            raise RetrievalError("answered 304 (unchanged), but nothing had been read of it")
        # RFC 9111 §4.3.4
        return None, replace(known, etag=etag or known.etag, last_modified=modified or known.last_modified)
    if response.status != 200:
        raise RetrievalError(_STATUS.get(response.status, f"answered {response.status}"))
    digest = blake2b(response.body, digest_size=16).digest()
    state = replace(known, etag=etag, last_modified=modified, validators_from=response.url, body_hash=digest, error="")
    if digest == known.body_hash:
        return None, state
    return Document("", response.body, response.headers.get("Content-Type", ""), response.url), state


def _echoable(validator: str) -> str:
    """A validator, or nothing where its bytes are no UTF-8: those could not be sent back as they came."""
    try:
        validator.encode()
    except UnicodeEncodeError:
        return ""
    return validator


_STATUS = {
    401: "answered 401: it wants a password",
    403: "answered 403: access is forbidden",
    404: "answered 404: not found",
    410: "answered 410: gone for good",
    429: "answered 429: too many requests",
}


def _reason(error: Exception) -> str:
    """What went wrong between here and there, in one line for the operator."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, BlockedError):
            return f"refused: {cause}"
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    if isinstance(error, _DroppedError):
        return str(error)
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "the host's name is not known"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is not valid: {error.certificate_error}"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"can't connect: {error.os_error.strerror or error.os_error}"
    if isinstance(error, aiohttp.ClientPayloadError):
        return "the answer breaks off"
    if isinstance(error, aiohttp.ClientResponseError):  # what it quotes of the answer is left out
        return f"what it answers is not valid HTTP ({error.message.partition(':')[0][:80]})"
    return " ".join(f"{type(error).__name__}: {error}".split())[:200]
