"""Answers that curl and browsers read, though they are not what the standard says."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_web import FEED, config, now, visit
from world import Reply, World

from aggregator.model import RetrievalError
from aggregator.retrieve import lenient
from aggregator.retrieve.web import Web

LENGTH = len(FEED)
OK = b"HTTP/1.1 200 OK\r\n"


def _raw(*parts: bytes) -> Reply:
    async def write(writer: asyncio.StreamWriter) -> None:
        writer.write(b"".join(parts))
        await writer.drain()

    return Reply(raw=write)


def _sized(*lines: bytes) -> tuple[bytes, ...]:
    return (OK, *(line + b"\r\n" for line in lines), b"\r\n", FEED)


CHUNKED = b"%x\r\n%b\r\n0\r\n\r\n" % (LENGTH, FEED)
READ = {
    "the same length twice": _sized(b"Content-Length: %d" % LENGTH, b"Content-Length: %d" % LENGTH),
    "a list of one length": _sized(b"Content-Length: %d, %d" % (LENGTH, LENGTH)),
    "a blank before the colon": _sized(b"Content-Type : text/xml", b"Content-Length : %d" % LENGTH),
    "a warning among the headers": _sized(b"<br />Warning: in x.php: on line 3", b"Content-Length: %d" % LENGTH),
    "a line that is no header": _sized(b"no header", b"Content-Length: %d" % LENGTH),
    "two status lines": _sized(b"HTTP/1.1 200 OK", b"Content-Length: %d" % LENGTH),
    "bytes after the body": (*_sized(b"Content-Length: %d" % LENGTH), b"<!-- 12 queries -->"),
    "chunks beside a length": (OK, b"Transfer-Encoding: chunked\r\nContent-Length: 7\r\n\r\n", CHUNKED),
    "a length beside chunks": (OK, b"Content-Length: 7\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKED),
    "chunks with bare line feeds": (OK, b"Transfer-Encoding: chunked\r\n\r\n", CHUNKED.replace(b"\r", b"")),
    "identity named as a transfer coding": _sized(b"Transfer-Encoding: identity", b"Content-Length: %d" % LENGTH),
    "an empty length": _sized(b"Content-Length:"),
    "another protocol's name": (b"ICY 200 OK\r\n\r\n", FEED),
    "a version of one digit": (b"HTTP/2 200\r\nContent-Length: %d\r\n\r\n" % LENGTH, FEED),
    "a NUL in a header": _sized(b"X: a\0b", b"Content-Length: %d" % LENGTH),
}


@pytest.mark.parametrize("answer", READ.values(), ids=READ.keys())
async def test_what_browsers_read_is_read(world: World, answer: tuple[bytes, ...]) -> None:
    async with Web(config().settings, now) as web:
        url = world.plays("/feed", _raw(*answer))
        found, state = await visit(web, url)
        assert [document.body for document in found.documents] == [FEED], found.errors
        assert len(world.asked) == 2, "once strictly, once leniently"
        await visit(web, url, state)
        assert len(world.asked) == 3, "the host is known to be careless"
        assert world.asked[2].headers["connection"] == "close", "such a connection is never used again"
        assert world.asked[2].headers["user-agent"] == world.asked[0].headers["user-agent"]


REFUSED = {
    "lengths that differ": _sized(b"Content-Length: 7", b"Content-Length: %d" % LENGTH),
    "no status": (b"<rss>", FEED),
    "a body that breaks off": (OK, b"Content-Length : %d\r\n\r\n" % (LENGTH + 9), FEED),
    "chunks that break off": (OK, b"no header\r\nTransfer-Encoding: chunked\r\n\r\n", CHUNKED[:-5]),
    "chunks that are none": (OK, b"Transfer-Encoding: chunked\r\n\r\n", FEED),
    "headers without end": (OK, b"no header\r\n", b"X: %b\r\n" % (b"y" * 1000) * 80, b"\r\n", FEED),
    "ever so many headers": (OK, b"no header\r\n", b"X: y\r\n" * 5000, b"\r\n", FEED),
    "a body beyond the limit": (OK, b"no header\r\n\r\n", b"x" * (11 << 20)),
}


@pytest.mark.parametrize("answer", REFUSED.values(), ids=REFUSED.keys())
async def test_what_leaves_the_end_open_or_goes_beyond_a_limit_is_refused(
    world: World, answer: tuple[bytes, ...]
) -> None:
    async with Web(config().settings, now) as web:
        found, _ = await visit(web, world.plays("/feed", _raw(*answer)))
    assert found.errors[""] and not found.documents


async def test_the_guard_stands_before_the_lenient_reading_too(world: World) -> None:
    async with Web(config().settings, now) as web:
        url = world.plays("/feed", _raw(*READ["a line that is no header"]))
        await visit(web, url)
    async with Web(config(allow_networks=[]).settings, now) as web:
        web._careless.add("127.0.0.1")
        found, _ = await visit(web, url)
    assert "not a public address" in found.errors[""]


async def test_an_answer_that_never_ends_stops_at_the_time_limit(world: World) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(OK + b"no header\r\nContent-Length: 5000\r\n\r\n")
        while True:
            writer.write(b"<")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with Web(config(timeout="1s").settings, now) as web:
        found, _ = await visit(web, world.plays("/feed", Reply(raw=drip)))
    assert "no complete answer within 1 s" in found.errors[""]


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_head_or_a_failure_in_one_line(raw: bytes) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n"):
        with contextlib.suppress(RetrievalError):
            head = lenient.head_of(start + raw)
            assert all("\n" not in value and "\0" not in value for _, value in head.headers)
            assert lenient.length_of(head) is None or not lenient.is_chunked(head)
