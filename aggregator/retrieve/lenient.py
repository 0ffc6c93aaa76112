"""One GET whose answer is read as curl and browsers read it, where the strict reading refused it.

llhttp, in aiohttp, takes no answer that could be read in two ways: a length twice, a blank before a colon, a line
that is no header (a warning of PHP's), bytes after the body, chunks beside a length. Between proxies that is an attack
(RFC 9112 §11.2); at the end of the line, over a connection that is used once, it is a feed with a careless server. All
limits hold here as there, and the socket is the guard's. What leaves the end of the body open is refused here, too.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from functools import partial

from yarl import URL

from aggregator.model import FailureKind, RetrievalError
from aggregator.retrieve.guard import Sockets
from aggregator.retrieve.names import Resolver

_STEP = 65536
_MAX_HEADERS = 256
_STATUS = re.compile(rb"\s*(?:HTTP|ICY)(?:/?[0-9.]+)?\s+([1-5][0-9]{2})(?![0-9])", re.IGNORECASE)
_CHUNK = re.compile(rb"\s*([0-9A-Fa-f]{1,8})\s*(?:;.*)?$", re.DOTALL)
_INVALID = "what it answers is not valid HTTP"


@dataclass(frozen=True, slots=True)
class Head:
    """Status and headers, in order and as received."""

    status: int
    headers: tuple[tuple[str, str], ...]

    def all(self, name: str) -> list[str]:
        """Return the values of a header, by its name in lower case."""
        return [value for key, value in self.headers if key.lower() == name]


def head_of(raw: bytes) -> Head:
    """Return what the bytes before the empty line say; pass over lines that are no header.

    RetrievalError if the first line is no status: what follows would be guesswork.
    """
    lines = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n").lstrip(b"\n").split(b"\n")
    status = _STATUS.match(lines[0])
    if not status:
        raise RetrievalError(f"{_INVALID} (no status)")
    headers: list[tuple[str, str]] = []
    for line in lines[1:]:
        name, colon, value = line.partition(b":")
        if line[:1] in b" \t" and line.strip() and headers:  # folded (RFC 9112 §5.2)
            headers[-1] = (headers[-1][0], f"{headers[-1][1]} {_text(line)}".strip())
        elif colon and name.strip() and not re.search(rb"[\s<>]", name.strip()):
            headers.append((_text(name), _text(value)))
    if len(headers) > _MAX_HEADERS:
        raise RetrievalError(f"more than {_MAX_HEADERS} headers")
    return Head(int(status[1]), tuple(headers))


def _text(raw: bytes) -> str:
    return raw.replace(b"\0", b"").strip().decode("utf-8", "surrogateescape")


def length_of(head: Head) -> int | None:
    """Return how many bytes the body has; None for chunks and for as far as the connection goes.

    RetrievalError for lengths that differ: nobody knows then where the feed ends (RFC 9110 §8.6).
    """
    if is_chunked(head):
        return None
    lengths = {part.strip().lstrip("+") for value in head.all("content-length") for part in value.split(",")} - {""}
    if len(lengths) > 1:
        raise RetrievalError(f"{_INVALID} (lengths that differ)")
    length = lengths.pop() if lengths else ""
    return int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None


def is_chunked(head: Head) -> bool:
    """Tell whether the body comes in chunks: that overrides a length (RFC 9112 §6.3)."""
    return "chunked" in ", ".join(head.all("transfer-encoding")).lower()


async def body_of(head: Head, reader: asyncio.StreamReader, rest: bytes) -> AsyncIterator[bytes]:
    """Yield the body in pieces; `rest` is what came of it with the head. RetrievalError if it breaks off."""
    if is_chunked(head):
        async for piece in _chunks(_Lines(reader, rest)):
            yield piece
        return
    left = length_of(head)
    piece = rest
    while left is None or left > 0:
        piece = piece or await reader.read(_STEP)
        if not piece:
            if left is None:
                return
            raise RetrievalError("the answer breaks off", FailureKind.CONNECTION)
        if left is not None:
            piece = piece[:left]
            left -= len(piece)
        yield piece
        piece = b""


class _Lines:
    """Bytes that are read ahead, by line or by number."""

    def __init__(self, reader: asyncio.StreamReader, rest: bytes) -> None:
        self._reader = reader
        self._rest = rest

    async def more(self) -> None:
        """Wait for further bytes; RetrievalError at the end."""
        data = await self._reader.read(_STEP)
        if not data:
            raise RetrievalError("the answer breaks off", FailureKind.CONNECTION)
        self._rest += data

    async def line(self) -> bytes:
        """Return the next line without its end."""
        while b"\n" not in self._rest:
            if len(self._rest) > _STEP:
                raise RetrievalError(f"{_INVALID} (a chunk's size)")
            await self.more()
        line, _, self._rest = self._rest.partition(b"\n")
        return line.rstrip(b"\r")

    async def some(self, most: int) -> bytes:
        """Return at least one of the next bytes, at most so many."""
        if not self._rest:
            await self.more()
        piece, self._rest = self._rest[:most], self._rest[most:]
        return piece


async def _chunks(lines: _Lines) -> AsyncIterator[bytes]:
    while True:
        line = await lines.line()
        if not line.strip():  # the end of the chunk before
            continue
        size = _CHUNK.fullmatch(line)
        if not size:
            raise RetrievalError(f"{_INVALID} (a chunk's size)")
        left = int(size[1], 16)
        if not left:
            return
        while left:
            piece = await lines.some(left)
            left -= len(piece)
            yield piece


def _close(writer: asyncio.StreamWriter) -> None:
    writer.transport.abort()


class Client:
    """Makes the connections: looked up, guarded, used once. One for as long as the web client is open."""

    def __init__(self, resolver: Resolver, sockets: Sockets, connect: float, most: int) -> None:
        """`connect` is in seconds, `most` the bytes of all headers together."""
        self._resolver = resolver
        self._sockets = sockets
        self._connect_timeout = connect
        self._most = most
        self._context: ssl.SSLContext | None = None

    async def get(self, url: URL, headers: Mapping[str, str]) -> tuple[Head, AsyncIterator[bytes], Callable[[], None]]:
        """Return the answer's head and body, and what closes the connection; OSError where there is none."""
        reader, writer = await self._connect(url)
        try:
            lines = [f"GET {url.raw_path_qs} HTTP/1.1", f"Host: {url.host_port_subcomponent}", "Connection: close"]
            lines += [f"{name}: {value}" for name, value in headers.items()]
            writer.write("\r\n".join((*lines, "", "")).encode("utf-8", "surrogateescape"))
            head, rest = await self._head(reader)
        except BaseException:
            writer.transport.abort()
            raise
        return head, body_of(head, reader, rest), partial(_close, writer)  # a writer that is let go closes, too

    async def _head(self, reader: asyncio.StreamReader) -> tuple[Head, bytes]:
        raw, taken = b"", 0
        while True:
            data = await reader.read(_STEP // 4)
            if not data:
                if raw:
                    head_of(raw)
                raise RetrievalError("the server hung up", FailureKind.CONNECTION)
            raw += data
            while end := re.search(rb"(?<=[^\r\n])\r?\n\r?\n", raw):
                taken += end.end()
                head = head_of(raw[: end.start()])
                raw = raw[end.end() :]
                if taken > self._most:
                    break
                if head.status >= 200:
                    return head, raw
            if taken + len(raw) > self._most:
                raise RetrievalError(f"more than {self._most >> 10} KiB of headers")

    async def _connect(self, url: URL) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        host = url.raw_host or ""
        infos = await self._resolver.addresses(host, url.port or 80)
        failure: Exception = OSError("the name has no address")
        for info in infos:
            sock = self._sockets(info)
            self._sockets.answered(sock.fileno())  # what comes is counted here
            try:
                async with asyncio.timeout(self._connect_timeout):
                    await asyncio.get_running_loop().sock_connect(sock, info[4])
                    if url.scheme != "https":
                        return await asyncio.open_connection(sock=sock)
                    self._context = self._context or ssl.create_default_context()
                    return await asyncio.open_connection(sock=sock, ssl=self._context, server_hostname=host)
            except TimeoutError:
                sock.close()
                failure = RetrievalError("can't connect: nobody answers", FailureKind.TIMEOUT)
            except OSError as error:
                sock.close()
                failure = error
            except BaseException:
                sock.close()
                raise
        raise failure
