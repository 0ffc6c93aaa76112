"""Servers that lie, drip, flood and hang up: from the first byte of an answer to the last of its body."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import brotli
from cases import FAILING, OK, Case, answer, asked_once, endless, feed, head, raw
from world import Reply

MIB = 1024 * 1024
TOO_LARGE = "larger than 10 MiB"
NO_HTTP = "is not valid HTTP"
LONG_HEAD = "more than 64 KiB of headers"
BREAKS_OFF = "the answer breaks off"
TOO_SLOW = "no complete answer within"
_ENDLESS = head("Transfer-Encoding: chunked")


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%s\r\n" % (len(data), data)


def _chunked(*pieces: bytes, end: bytes = b"0\r\n\r\n") -> Reply:
    return raw(_ENDLESS, *map(_chunk, pieces), end)


def _empty_blocks() -> Reply:
    packer = zlib.compressobj(wbits=31)
    start = packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH)
    return endless(head("Content-Encoding: gzip") + start, b"\0\0\0\xff\xff" * 13107)


def _empty_brotli() -> Reply:
    # An empty metadata block (RFC 7932 §9.2): six bits, byte-aligned.
    return endless(head("Content-Encoding: br") + b"\x0c", b"\x06" * 65536)


_MEMBER = gzip.compress(b"")

WIRE = (
    Case("garbage instead of http", FAILING, NO_HTTP, plays=raw(bytes(range(256)) * 20)),
    Case("http 0.9", FAILING, NO_HTTP, plays=raw(feed("http 0.9"))),
    # What browsers read is read leniently, over a connection of its own.
    Case("a version that is none", OK, entries=2, plays=raw(b"HTTP/9.9.9 200 OK\r\n\r\n" + feed("version"))),
    Case("icy", OK, entries=2, plays=raw(b"ICY 200 OK\r\n\r\n" + feed("icy"))),
    Case("a status that is no number", FAILING, NO_HTTP, plays=raw(b"HTTP/1.1 abc OK\r\n\r\n" + feed("status"))),
    Case("a status that is negative", FAILING, NO_HTTP, plays=raw(b"HTTP/1.1 -200 OK\r\n\r\n" + feed("status"))),
    Case("a status of a thousand digits", FAILING, NO_HTTP, plays=raw(b"HTTP/1.1 " + b"2" * 1000 + b" OK\r\n\r\n")),
    Case("a status line bomb", FAILING, LONG_HEAD, plays=endless(b"HTTP/1.1 200 ", b"O" * 65536)),
    Case("a header bomb", FAILING, LONG_HEAD, plays=endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 65536)),
    Case("a flood of headers", FAILING, LONG_HEAD, plays=endless(b"HTTP/1.1 200 OK\r\n", b"X-A: y\r\n" * 8192)),
    Case(
        "many long headers",
        FAILING,
        LONG_HEAD,
        plays=answer(feed("long headers"), **{f"X_{n}": "y" * 9000 for n in range(9)}),
    ),
    Case("a header without a colon", OK, entries=2, plays=raw(b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n" + feed("colon"))),
    Case("a header with a nul", OK, entries=2, plays=raw(b"HTTP/1.1 200 OK\r\nX: a\0b\r\n\r\n" + feed("nul"))),
    Case("a folded header", OK, entries=2, plays=raw(b"HTTP/1.1 200 OK\r\nX: a\r\n b\r\n\r\n" + feed("fold"))),
    Case(
        "headers that are not ascii",
        OK,
        entries=2,
        plays=raw(head('ETag: "\xff\xfe"', "Last-Modified: \xe9t\xe9", "Retry-After: \xb2") + feed("not ascii")),
    ),
    Case(
        "numbers that are none in headers",
        OK,
        entries=2,
        plays=answer(
            feed("numbers"),
            Cache_Control="max-age=" + "9" * 400,
            Retry_After="9" * 400,
            Expires="Thu, 99 Foo 99999 99:99:99 GMT",
            Date="-1",
        ),
    ),
    Case("wrong length short", OK, entries=0, plays=raw(head("Content-Length: 50") + feed("short length"))),
    Case("wrong length long", FAILING, BREAKS_OFF, plays=raw(head("Content-Length: 999999") + feed("long length"))),
    Case("a negative length", OK, entries=2, plays=raw(head("Content-Length: -1") + feed("negative length"))),
    Case(
        "two lengths",
        FAILING,
        NO_HTTP,
        plays=raw(head("Content-Length: 10", "Content-Length: 99") + feed("two lengths")),
    ),
    Case(
        "a length of a terabyte",
        FAILING,
        BREAKS_OFF,
        plays=raw(head("Content-Length: 1099511627776") + feed("terabyte")),
    ),
    Case(
        "a length and chunks",
        OK,
        entries=2,
        plays=raw(head("Content-Length: 5", "Transfer-Encoding: chunked"), _chunk(feed("both")), b"0\r\n\r\n"),
    ),
    Case("chunks that are well", OK, entries=2, plays=_chunked(feed("chunks")[:100], feed("chunks")[100:])),
    Case("chunks of a byte", OK, entries=2, plays=_chunked(*(bytes([b]) for b in feed("small chunks")))),
    # What is wrong comes in one packet with the headers. Of what comes later aiohttp may say that it broke off, or
    # nothing: then the time limit of the visit ends it.
    Case("a chunk size that is none", FAILING, NO_HTTP, plays=raw(_ENDLESS + b"zz\r\n" + feed("size"))),
    Case("a chunk size of 1000 digits", FAILING, NO_HTTP, plays=raw(_ENDLESS + b"f" * 1000 + b"\r\n" + feed("size"))),
    Case(
        "a trailer bomb",
        OK,
        entries=2,
        plays=endless(_ENDLESS + _chunk(feed("trailer")) + b"0\r\n" + b"X-A: y\r\n" * 2000, b"X-A: y\r\n" * 8192),
    ),
    Case("chunks without an end", FAILING, BREAKS_OFF, plays=raw(_ENDLESS, _chunk(feed("no end")))),
    Case("endless chunks", FAILING, TOO_LARGE, plays=endless(_ENDLESS, _chunk(b" " * 65536))),
    Case("an endless body", FAILING, TOO_LARGE, plays=endless(head("Connection: close"), b" " * 65536)),
    Case("closed before an answer", FAILING, "the server hung up", plays=raw(), check=asked_once),
    Case("closed in the head", FAILING, plays=raw(b"HTTP/1.1 200 OK\r\nContent-"), check=asked_once),
    Case("reset before an answer", FAILING, plays=raw(then="reset"), check=asked_once),
    Case("reset in the body", FAILING, BREAKS_OFF, plays=raw(head("Content-Length: 9999"), b"<rss>", then="reset")),
    Case("204", FAILING, "answered 204", plays=raw(head(status="204 No Content"))),
    Case("206", FAILING, "answered 206", plays=answer(feed("206"), status=206, Content_Range="bytes 0-9/10")),
    Case("304 to a first request", FAILING, "answered 304", plays=raw(head(status="304 Not Modified"))),
    Case("401", FAILING, "answered 401", plays=answer(b"", status=401, WWW_Authenticate="Basic")),
    Case("500 with a feed", FAILING, "answered 500", plays=answer(feed("500"), status=500)),
    Case("999", FAILING, "answered 999", plays=answer(feed("999"), status=999)),
    Case("101", FAILING, plays=raw(b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + b"x" * 99)),
    Case("200 without a body", FAILING, "is not a feed: it is empty", plays=answer(b"")),
    Case("cookies", OK, entries=2, plays=answer(feed("cookies"), Set_Cookie="a=b; Path=/", Refresh="0; url=/trap")),
)

CODINGS = (
    Case("a gzip bomb", FAILING, TOO_LARGE, plays=answer(gzip.compress(bytes(200 * MIB)), Content_Encoding="gzip")),
    Case(
        "a deflate bomb", FAILING, TOO_LARGE, plays=answer(zlib.compress(bytes(200 * MIB)), Content_Encoding="deflate")
    ),
    Case("a brotli bomb", FAILING, TOO_LARGE, plays=answer(brotli.compress(bytes(200 * MIB)), Content_Encoding="br")),
    Case(
        "nested gzip",
        OK,
        entries=2,
        plays=answer(gzip.compress(gzip.compress(feed("nested"))), Content_Encoding="gzip, gzip"),
    ),
    Case(
        "gzip in gzip undeclared",
        FAILING,
        TOO_LARGE,
        plays=answer(gzip.compress(gzip.compress(bytes(50 * MIB))), Content_Encoding="gzip"),
    ),
    Case(
        "codings in two headers",
        FAILING,
        "coding is broken",
        plays=raw(head("Content-Encoding: gzip", "Content-Encoding: br") + gzip.compress(feed("two headers"))),
    ),
    Case(
        "many codings",
        FAILING,
        "more than 2 content codings",
        plays=answer(feed("many"), Content_Encoding=", ".join(["gzip"] * 500)),
    ),
    Case("zstd", FAILING, "was not asked for", plays=answer(b"\x28\xb5\x2f\xfd\0", Content_Encoding="zstd")),
    Case("compress", FAILING, "is not a feed", plays=answer(b"\x1f\x9d", Content_Encoding="compress")),
    Case("a coding that is none", OK, entries=2, plays=answer(feed("none"), Content_Encoding="\t;x")),
    Case("gzip that is none", OK, entries=2, plays=answer(feed("no gzip"), Content_Encoding="gzip")),
    Case("brotli that is none", FAILING, "coding is broken", plays=answer(b"\xff" * 999, Content_Encoding="br")),
    Case(
        "gzip cut short",
        FAILING,
        "its content coding breaks off",
        plays=answer(gzip.compress(feed("cut gzip", count=50))[:-200], Content_Encoding="gzip"),
    ),
    Case(
        "brotli cut short",
        FAILING,
        "its content coding breaks off",
        plays=answer(brotli.compress(feed("cut brotli", count=50))[:-200], Content_Encoding="br"),
    ),
    Case("gzip of nothing", FAILING, "is not a feed: it is empty", plays=answer(b"", Content_Encoding="gzip")),
    Case(
        "gzip with rubbish behind",
        OK,
        entries=2,
        plays=answer(gzip.compress(feed("rubbish")) + b"rubbish", Content_Encoding="gzip"),
    ),
    Case(
        "gzip without saying so",
        OK,
        entries=2,
        plays=answer(gzip.compress(feed("unsaid gzip"))),
    ),
    Case(
        "gzip in members",
        OK,
        entries=2,
        plays=answer(
            b"".join(gzip.compress(feed("members")[n : n + 50]) for n in range(0, len(feed("members")), 50)),
            Content_Encoding="gzip",
        ),
    ),
    Case("a flood of gzip members", FAILING, plays=endless(head("Content-Encoding: gzip"), _MEMBER * 3000)),
    Case("a flood of empty blocks", FAILING, TOO_LARGE, plays=_empty_blocks()),
    Case("a flood of empty brotli blocks", FAILING, plays=_empty_brotli()),
    Case(
        "a gzip header without end",
        FAILING,
        TOO_LARGE,
        plays=endless(head("Content-Encoding: gzip") + b"\x1f\x8b\x08\x08\0\0\0\0\0\0", b"x" * 65536),
    ),
)


async def _slow_redirect(writer: asyncio.StreamWriter) -> None:
    """Each step takes less than the time limit, and two of them more."""
    await asyncio.sleep(2.5)
    writer.write(head("Location: /redirects-that-take-their-time/next", "Content-Length: 0", status="302 Found"))
    await writer.drain()


_SLOW = Reply(raw=_slow_redirect)

SLOW = (
    Case("accepted and forgotten", FAILING, TOO_SLOW, plays=raw(then="hold"), check=asked_once),
    Case("a head that drips", FAILING, TOO_SLOW, plays=endless(b"HTTP/1.1 200 OK\r\nX: ", b"y", 0.05)),
    Case("a head that stops", FAILING, TOO_SLOW, plays=raw(b"HTTP/1.1 200 OK\r\nX: y\r\n", then="hold")),
    Case("a body that drips", FAILING, TOO_SLOW, plays=endless(head("Content-Length: 99999"), b" ", 0.05)),
    Case("chunks that drip", FAILING, TOO_SLOW, plays=endless(_ENDLESS, _chunk(b" "), 0.05)),
    Case("gzip that drips", FAILING, TOO_SLOW, plays=endless(head("Content-Encoding: gzip"), _MEMBER, 0.05)),
    Case("a body that stops", FAILING, TOO_SLOW, plays=raw(head("Content-Length: 9999"), b"<rss>", then="hold")),
    Case("an error that drips", FAILING, "answered 500", plays=endless(head(status="500 Oh"), b" ", 0.05)),
    Case(
        "interim answers for ever",
        FAILING,
        "interim answers without end",
        plays=endless(b"", b"HTTP/1.1 103 Hints\r\nLink: </>\r\n\r\n" * 99),
    ),
    Case("a chunk extension bomb", FAILING, TOO_SLOW, plays=endless(_ENDLESS + b"1;", b"x" * 65536)),
    Case(
        "continues for ever",
        FAILING,
        "interim answers without end",
        plays=endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
    ),
    Case("redirects that take their time", FAILING, TOO_SLOW, plays=_SLOW, also={"next": _SLOW}),
    Case(
        "held after the whole body",
        OK,
        entries=2,
        plays=raw(head(f"Content-Length: {len(feed('held'))}") + feed("held"), then="hold"),
    ),
)
