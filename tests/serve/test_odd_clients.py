"""Slow and odd clients over a real daemon: they cost themselves, and nobody else notices."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiohttp import web
from house import DEADLINE, SERVED, House, Running, until

from aggregator.config import parse
from aggregator.policy.health import Health
from aggregator.serve.app import Server

SLOW = 200
TOKEN = "a token of the operator's"
SECRET = "what only the config and the database say"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A daemon with an article and an operator, its first round done."""
    house = House(tmp_path_factory.mktemp("served"))
    (house.folder / "a.md").write_text(f"# An article\n\nWith a text. <!-- {SECRET} -->\n", "utf-8")
    house.write(f'{SERVED}admin_token = "{TOKEN}"\n[[source]]\npath = "a.md"\n# {SECRET}\n')
    with house.daemon() as running:
        until(lambda: running.get("/feed.json").text.count('"id"') == 1)
        yield running


def connected(served: Running) -> socket.socket:
    return socket.create_connection(("127.0.0.1", served.port), timeout=DEADLINE)


def said(served: Running, sent: bytes) -> bytes:
    """All that is answered to these bytes, until it hangs up or nothing more comes of them."""
    with connected(served) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(sent)
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionError):
            while chunk := sock.recv(65536):
                answer += chunk
        return answer


def statuses(answer: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3}) ", answer, re.MULTILINE)]


def is_well(served: Running) -> None:
    assert served.get("/").status == 200
    assert served.process.poll() is None
    noise = [line for line in served.log if re.search(r"ERROR|CRITICAL|Traceback|Error:", line)]
    assert noise == []


def posted(*headers: bytes, path: bytes = b"/sign-in") -> bytes:
    """The head of a form that is sent with these headers."""
    kind = b"Content-Type: application/x-www-form-urlencoded"
    return b"\r\n".join((b"POST " + path + b" HTTP/1.1", b"Host: x", kind, *headers, b"\r\n"))


def got(*headers: bytes, path: bytes = b"/") -> bytes:
    return b"\r\n".join((b"GET " + path + b" HTTP/1.1", b"Host: x", *headers, b"\r\n"))


BEGINNINGS = {
    "says nothing": b"",
    "trickles a request": b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "trickles a body": posted(b"Content-Length: 4000") + b"token=",
    "trickles chunks": posted(b"Transfer-Encoding: chunked") + b"1\r\nt\r\n",
    "trickles a push": posted(b"Content-Length: 9999", path=b"/websub/aaaaaaaaaaaaaaaaaaaaaaaa") + b"<",
    "doesn't read": got(path=b"/feed.json") * 200,
}


@pytest.mark.parametrize("how", BEGINNINGS)
def test_two_hundred_slow_clients_keep_nobody_waiting(served: Running, how: str) -> None:
    """While all of them are there fifty requests are answered: if one waited for them, it would wait for ever."""
    ended = threading.Event()
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(connected(served)) for _ in range(SLOW)]
        for sock in slow:
            sock.setblocking(False)

        def trickle() -> None:
            """Each sends what it begins with, and a byte after the other."""
            rest = dict.fromkeys(slow, BEGINNINGS[how])
            while not ended.wait(0.05):
                for sock, left in rest.items():
                    if left or how.startswith("trickles"):
                        with contextlib.suppress(OSError):
                            sent = sock.send(left or b"a")
                            rest[sock] = left[sent:]

        thread = threading.Thread(target=trickle)
        thread.start()
        try:
            answered = [served.get(path).status for path in ("/", "/feed.xml", "/healthz", "/sign-in", "/nothing") * 10]
        finally:
            ended.set()
            thread.join()
    assert answered == [200, 200, 200, 200, 404] * 10
    is_well(served)


async def test_who_sends_no_whole_request_is_hung_up_on_in_the_end(tmp_path: Path) -> None:
    """Also if it sends a byte now and then; aiohttp waits for an hour. Who asks for something long gets it."""
    config = parse('[[source]]\npath = "a.md"\n', tmp_path / "aggregator.toml")
    runner = await Server(lambda: config, tmp_path, lambda: Health("", 0, 1, 0)).open(idle=0.4)
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    try:
        silent = await asyncio.open_connection("127.0.0.1", port)
        begun = await asyncio.open_connection("127.0.0.1", port)
        begun[1].write(b"GET / HTTP/1.1\r\nHost: ")
        used = await asyncio.open_connection("127.0.0.1", port)
        used[1].write(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await used[0].readline()).startswith(b"HTTP/1.1 200")
        trickling = asyncio.create_task(_trickle(begun[1]))
        for reader, _ in (silent, begun, used):
            async with asyncio.timeout(DEADLINE):
                await reader.read()
        trickling.cancel()
        for _, writer in (silent, begun, used):
            writer.close()
    finally:
        await runner.cleanup()


async def _trickle(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"x")
        await asyncio.sleep(0.02)


NOT_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
    "nothing": b"\r\n\r\n\r\n",
    "zeros": b"\0" * 5000,
    "SSH": b"SSH-2.0-OpenSSH_9.6\r\n",
    "SMTP": b"EHLO x\r\nMAIL FROM:<a@b>\r\n",
    "a method alone": b"GET\r\n\r\n",
    "no path": b"GET HTTP/1.1\r\nHost: x\r\n\r\n",
    "a wrong version": b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    "no version": b"GET / FTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a header line of 100 kB": b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    "a request line of 100 kB": b"GET /" + b"y" * 100_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    "ten thousand headers": b"GET / HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 10_000 + b"\r\n",
    "a header without a name": b"GET / HTTP/1.1\r\nHost: x\r\n: y\r\n\r\n",
    "a header with a zero": b"GET / HTTP/1.1\r\nHost: x\r\nX: a\0b\r\n\r\n",
    "a bare return": b"GET / HTTP/1.1\rHost: x\r\r",
    "a negative length": posted(b"Content-Length: -1"),
    "a length in words": posted(b"Content-Length: many"),
    "an endless length": posted(b"Content-Length: " + b"9" * 400),
    "two lengths": posted(b"Content-Length: 1", b"Content-Length: 2") + b"ab",
    "a length and chunks": posted(b"Content-Length: 4", b"Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "chunks of no size": posted(b"Transfer-Encoding: chunked") + b"zz\r\nab\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("what", NOT_HTTP)
def test_what_is_no_request_is_answered_400_or_hung_up_on(served: Running, what: str) -> None:
    assert set(statuses(said(served, NOT_HTTP[what]))) <= {400, 403, 415}
    is_well(served)


ODD = {
    "a chunk that is too long": posted(b"Transfer-Encoding: chunked") + b"ffffffff\r\n" + b"a" * 20_000,
    "a body that ends early": posted(b"Content-Length: 100") + b"token=",
    "a packed body": posted(b"Content-Encoding: gzip", b"Content-Length: 4") + b"\x1f\x8b\x08\0",
    "an upgrade": got(b"Connection: upgrade", b"Upgrade: websocket", b"Sec-WebSocket-Key: x"),
    "a tunnel": b"CONNECT example.org:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "another site": b"GET http://example.org/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
    "every address": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "a method of its own": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "an odd host": b"GET / HTTP/1.1\r\nHost: [::\r\n\r\n",
    "an old version": b"GET / HTTP/1.0\r\n\r\n",
    "odd cookies": got(b'Cookie: aggregator-operator=\xff; =; ;;; a="\\', b"Cookie: b"),
    "a range": got(b"Range: bytes=-9999999999,,5-1", path=b"/feed.xml"),
    "odd conditions": got(b"If-Modified-Since: \xff", b'If-None-Match: W/W/"""'),
    "a thousand at once": got(path=b"/healthz") * 1000,
}


@pytest.mark.parametrize("what", ODD)
def test_odd_requests_are_answered_as_far_as_they_go(served: Running, what: str) -> None:
    found = statuses(said(served, ODD[what]))
    assert set(found) <= {200, 204, 304, 400, 403, 404, 405, 413, 501}, found
    assert len(found) == 1000 * (what == "a thousand at once") or len(found) <= 1
    is_well(served)


WAYS = (
    *("../", "%2e%2e/", "%2e%2e%2f", "..%2f", "..%5c", "....//", "%252e%252e%252f", "/etc/", "//etc/", "%00"),
    *("%c0%ae%c0%ae/", "./", ";/", "~/", "%", "%zz", "\\..\\", "C:%5c", "file:///"),
)
ROUTES = (
    *("/", "/feed/", "/feed/2026-01-01-", "/story/", "/source/", "/source/1/", "/pictures/x/", "/websub/", "/feed."),
    *("/sign-in/", "/style-", "/story/00000000-0000-4000-8000-000000000000/"),
)


@pytest.mark.parametrize("route", ROUTES)
def test_no_path_leads_out_of_the_house(served: Running, route: str) -> None:
    for way in WAYS:
        for end in ("aggregator.toml", "data/aggregator.db", "etc/passwd", ""):
            for depth in (1, 3):
                path = f"{route}{way * depth}{end}".encode()
                answer = said(served, b"GET " + path + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                assert set(statuses(answer)) <= {400, 404} or _is_known(path), (path, answer[:300])
                assert SECRET.encode() not in answer and b"root:" not in answer and b"SQLite format" not in answer
    is_well(served)


def _is_known(path: bytes) -> bool:
    """Whether it is another way to write an address at which there is something: "/./" and the like."""
    from urllib.parse import unquote

    import yarl

    found = yarl.URL("http://x" + unquote(path.decode()), encoded=False).path if path.isascii() else ""
    return found in {"/", "/feed/", "/sources", "/source/1"}


LONG = {
    "a name": "/" + "a" * 7000,
    "folders": "/" + "a/" * 3500,
    "a story": "/story/" + "a" * 5000,
    "a source": "/source/" + "9" * 5000,
    "a search": "/?q=" + "x" * 7900,
    "names": "/?" + "&".join(f"a{n}=" for n in range(1200)),
    "brackets": "/?q=" + "(" * 4000,
    "quotes": "/?q=" + "%22" * 2000,
    "a filter": "/?source=" + "9" * 4000,
    "the same again": "/?" + "q=a&" * 1500,
    "a day": "/?since=" + "9" * 5000,
    "a position": "/?before=" + "9" * 3000 + "." + "9" * 3000,
    "what is no text": "/?q=%00%ff%fe&category=%00",
}


@pytest.mark.parametrize("what", LONG)
def test_long_and_odd_questions_are_answered(served: Running, what: str) -> None:
    assert served.get(LONG[what], Accept="text/html").status in {200, 404}
    is_well(served)
