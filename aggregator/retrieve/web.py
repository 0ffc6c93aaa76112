"""A feed's URL → its document, if it changed, by one conditional GET and the redirects it leads to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from types import SimpleNamespace, TracebackType
from typing import Self, TypeVar
from urllib.parse import urlencode

import aiohttp
from yarl import URL

from aggregator import __version__
from aggregator.model import (
    Answer,
    Document,
    DocumentState,
    FailureKind,
    Retrieval,
    RetrievalError,
    Settings,
    Source,
    SourceState,
    host_of,
)
from aggregator.policy import politeness, wishes
from aggregator.retrieve import answers, lenient
from aggregator.retrieve.answers import DroppedError, Response
from aggregator.retrieve.credentials import Credentials
from aggregator.retrieve.decoding import ACCEPTED, Body
from aggregator.retrieve.guard import Sockets
from aggregator.retrieve.names import Resolver
from aggregator.retrieve.room import Room, Take
from aggregator.retrieve.turns import Hosts

_LINE = 16 * 1024  # bytes of the status line
_HEADERS = 256
_AHEAD = 512 * 1024  # bytes of the body that may come while the headers are being read: two readings of asyncio's
_KEEPALIVE = 1.0  # seconds: for the next feed of the host, not so long that the server has hung up meanwhile
_ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})

T = TypeVar("T")


class _HeldError(RetrievalError):
    """A host that is to be left alone until then: it wants so, or is busy with its other feeds."""

    def __init__(self, until: int) -> None:
        super().__init__("the host is to be left alone for now")
        self.until = until


async def _send_once(request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
    """Raise DroppedError where a server hangs up: aiohttp would ask again at once, and add to its trouble."""
    try:
        return await handler(request)
    except aiohttp.ClientConnectorError:
        raise
    except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
        raise DroppedError("the server hung up") from error


async def _note_reuse(_session: aiohttp.ClientSession, context: SimpleNamespace, _params: object) -> None:
    if context.trace_request_ctx is not None:  # a form is not sent again
        context.trace_request_ctx.add("reused")


class Web:
    """The HTTP client, for as long as the context is entered: one session, no cookies, no proxy, no Referer."""

    def __init__(self, settings: Settings, clock: Callable[[], int], room: Room | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._held: dict[str, int] = {}
        self._headers = {
            "User-Agent": f"aggregator/{__version__} (+{settings.contact})",
            "Accept": _ACCEPT,
            "Accept-Encoding": ACCEPTED,
        }
        self._hosts = Hosts()
        self._careless: set[str] = set()  # hosts whose answers have to be read leniently
        self.room = room or Room()
        """For the bodies of who is inside under the source's key (Room.of)."""

    async def __aenter__(self) -> Self:
        self._resolver = resolver = Resolver(self._settings.connect)
        self._sockets = Sockets(self._settings.allow_networks, self._settings.headers + _AHEAD)
        self._lenient = lenient.Client(resolver, self._sockets, self._settings.connect, self._settings.headers)
        connector = aiohttp.TCPConnector(
            limit=self._settings.concurrency,
            resolver=resolver,
            socket_factory=self._sockets,
            keepalive_timeout=_KEEPALIVE,
        )
        tracing = aiohttp.TraceConfig()
        tracing.on_connection_reuseconn.append(_note_reuse)
        self._session = aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, connect=None, sock_connect=self._settings.connect),
            trust_env=False,
            auto_decompress=False,
            max_line_size=_LINE,
            max_field_size=self._settings.headers,
            max_headers=_HEADERS,
            middlewares=(_send_once,),
            headers=self._headers,
            trace_configs=[tracing],
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def retrieve(self, source: Source, state: SourceState) -> Retrieval:
        """Ask for the feed once. Whatever goes wrong is told in `errors`, and what was remembered stays."""
        known = state.documents.get("", DocumentState())
        now = self._clock()
        started = time.monotonic()
        answer, size = Answer(), 0
        states: dict[str, DocumentState] = {}
        conditional = DocumentState() if politeness.is_doubtful(state, known, now) else known
        try:
            credentials, url = Credentials(source.key, source.access), state.location or source.key
            response, permanent = await self._follow(credentials, url, conditional, source.key)
            answer, size = answers.answer_of(response, permanent), len(response.body)
            self._hold(answer)
            states = {"": answers.refused(known, response.url, response.status)}
            document, remembered = answers.read(response, known, now)
        except _HeldError as error:
            return Retrieval(held=error.until)
        except RetrievalError as error:
            if error.kind is FailureKind.CONNECTION and self.room.kept_waiting(source.key):  # it had enough of us
                return Retrieval(held=now + self._settings.timeout)
            return Retrieval(
                states={name: new for name, new in states.items() if new != known},
                errors={"": str(error)},
                answer=answer,
                size=size,
                seconds=time.monotonic() - started,
                kind=error.kind,
            )
        return Retrieval(
            documents=(document,) if document else (),
            states={"": remembered},
            answer=answer,
            size=size,
            seconds=time.monotonic() - started,
        )

    async def resolves(self, host: str) -> bool:
        """Tell whether the host's name can be looked up now. Nothing is asked of the host itself."""
        try:
            return bool(await self._resolver.addresses(host, 80))
        except OSError:
            return False

    async def get(self, url: str) -> Document:
        """Return the document at an address that the operator named just now; RetrievalError if it can't be had."""
        response, _ = await self._follow(Credentials(url), url, DocumentState(), url)
        if response.status != 200:
            raise answers.unusable(response)
        return Document("", response.body, response.headers.get("content-type", ""), response.url)

    async def post(self, url: str, form: Sequence[tuple[str, str]]) -> int:
        """Return the status of the answer to a form; 307 and 308 are followed with it, as WebSub's hubs may ask.

        RetrievalError if there is no answer.
        """
        until = asyncio.get_running_loop().time() + self._settings.timeout
        credentials = Credentials()
        for _ in range(self._settings.redirects + 1):
            status, target = await self._in_turn(url, until, partial(self._submit, url, form, credentials))
            if status not in {307, 308} or not target:
                return status
            url = answers.redirected(url, target)
        raise RetrievalError(f"redirected more than {self._settings.redirects} times")

    async def _submit(
        self, url: str, form: Sequence[tuple[str, str]], credentials: Credentials, _limit: asyncio.Timeout
    ) -> tuple[int, str]:
        address, headers = credentials.request(url)
        body = urlencode(form, errors="replace").encode()
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        async with self._session.post(address, data=body, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers.get("Location", "")

    def _hold(self, answer: Answer) -> None:
        """Leave a host alone that asked for it: the other feeds of it that wait for their turn ask nothing."""
        until = wishes.hold(answer, self._clock())
        if until:
            self._held[answer.host] = until

    async def _follow(self, login: Credentials, url: str, known: DocumentState, holder: str) -> tuple[Response, str]:
        """Return the last answer of a chain of redirects, and where it ended if each step was permanent, else "".

        All steps together have the time limit, waiting for a host included: nobody holds a slot for longer.
        """
        permanent = True
        until = asyncio.get_running_loop().time() + self._settings.timeout
        for hop in range(self._settings.redirects + 1):
            ask = partial(self._ask, url, known, login, holder)
            response = await self._in_turn(url, until, ask, begun=hop > 0)
            target = response.headers.get("location", "") if response.status in _REDIRECTS else ""
            if not target:
                return response, url if hop and permanent else ""
            permanent = permanent and response.status in {301, 308}
            url = answers.redirected(url, target)
        raise RetrievalError(f"redirected more than {self._settings.redirects} times")

    async def _in_turn(
        self, url: str, until: float, ask: Callable[[asyncio.Timeout], Awaitable[T]], *, begun: bool = False
    ) -> T:
        """Return what `ask` gives when it is our turn at the URL's host, before `until` on the loop's clock.

        Where something was asked already (`begun`), it is the source that took the time.
        """
        host = host_of(url)
        has_asked = begun
        try:
            async with asyncio.timeout_at(until) as limit, self._hosts.turn(host):
                if self._held.get(host, 0) > self._clock():
                    raise _HeldError(self._held[host])
                has_asked = True
                return await ask(limit)
        except (aiohttp.ClientError, ValueError) as error:  # the former's time limits are TimeoutErrors, too
            raise answers.failure(error) from error
        except TimeoutError:
            if not has_asked:  # its other feeds took all the time: no failure of this one
                raise _HeldError(self._clock() + self._settings.timeout) from None
            late = f"no complete answer within {self._settings.timeout} s"
            raise RetrievalError(late, FailureKind.TIMEOUT) from None
        except OSError as error:
            raise answers.failure(error) from error

    async def _ask(
        self, url: str, known: DocumentState, credentials: Credentials, holder: str, limit: asyncio.Timeout
    ) -> Response:
        """Return the answer to one request, conditional where there is anything to ask with."""
        address, headers = credentials.request(url)
        take = partial(self.room.take, holder, limit=limit)
        return await self.exchange(url, address, headers | answers.condition(known, url), take)

    async def exchange(self, url: str, address: URL, headers: Mapping[str, str], take: Take) -> Response:
        """Send one request and return its answer, read leniently where it can't be strictly: the only way to a feed."""
        host = address.host or ""
        if host not in self._careless:
            try:
                async with self._request(address, headers) as response:
                    lines = list(response.headers.items())
                    return await self._read(url, response.status, lines, response.content.iter_any(), take)
            except aiohttp.ClientResponseError:
                pass
        head, pieces, close = await self._lenient.get(address, {**self._headers, **headers})
        try:
            answer = await self._read(url, head.status, head.headers, pieces, take)
        finally:
            close()
        self._careless.add(host)
        return answer

    @asynccontextmanager
    async def _request(self, address: URL, headers: Mapping[str, str]) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send one request, once more where the server hung up on a connection that it had kept (RFC 9112 §9.3.1)."""
        reused: set[str] = set()
        ask = partial(self._session.get, address, headers=headers, allow_redirects=False)
        try:
            response = await ask(trace_request_ctx=reused)
        except DroppedError:
            if not reused:
                raise
            response = await ask(trace_request_ctx=reused)
        if response.connection and response.connection.transport:
            self._sockets.answered(response.connection.transport.get_extra_info("socket").fileno())
        async with response:
            yield response

    async def _read(
        self, url: str, status: int, lines: Sequence[tuple[str, str]], pieces: AsyncIterator[bytes], take: Take
    ) -> Response:
        if sum(len(name) + len(value) for name, value in lines) > self._settings.headers:
            raise RetrievalError(f"more than {self._settings.headers >> 10} KiB of headers")
        headers = answers.headers_of(lines)
        body = Body(headers.get("content-encoding", ""), self._settings.body)
        if status == 200:
            async for piece in pieces:
                if piece:
                    await take(body.add(piece))
        return Response(url, status, headers, body.whole())
