"""One conditional GET and the redirects it leads to, against a server that is as rude as the web."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import errno
import gzip
import socket
import zlib
from collections.abc import AsyncIterator
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import brotli
import pytest
from world import HOSTS, Asked, Reply, World, item, rss

from aggregator.config.schema import Config
from aggregator.config.tables import Limits, Polling
from aggregator.model import DocumentState, FailureKind, Retrieval, Source, SourceState
from aggregator.retrieve import answers
from aggregator.retrieve.names import Resolver
from aggregator.retrieve.web import Web

FEED = rss(item(1), item(2))
GZIP_BOMB = gzip.compress(b"\0" * (64 * 1024 * 1024))


def now() -> int:
    return 1_800_000_000


def config(**polling: Any) -> Config:
    return Config(polling=Polling(**{"allow_networks": ["127.0.0.0/8"], "contact": "ops@site.example", **polling}))


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    async with Web(config().settings, now) as opened:
        yield opened


async def visit(web: Web, url: str, state: SourceState | None = None) -> tuple[Retrieval, SourceState]:
    """One retrieval, and the state it leaves for the next one."""
    state = state or SourceState()
    retrieval = await web.retrieve(Source(url), state)
    return retrieval, replace(state, documents={**state.documents, **retrieval.states})


async def test_the_first_request_is_plain_and_the_next_echoes_both_validators_byte_for_byte(
    web: Web, world: World
) -> None:
    given = {"ETag": 'W/"a,b;c"', "Last-Modified": "Sunday, 06-Nov-94 08:49:37 GMT"}
    url = world.plays("/feed", Reply(200, FEED, given), Reply(304, headers={"ETag": '"second"'}), Reply(304))
    first, state = await visit(web, url)
    assert first.documents[0].body == FEED
    second, state = await visit(web, url, state)
    assert second.documents == () and second.errors == {}
    _, state = await visit(web, url, state)
    headers = [asked.headers for asked in world.requests("/feed")]
    assert "if-none-match" not in headers[0] and "if-modified-since" not in headers[0]
    assert headers[1]["if-none-match"] == given["ETag"]
    assert headers[1]["if-modified-since"] == given["Last-Modified"]
    assert headers[2]["if-none-match"] == '"second"', "a 304 renews the validators it carries (RFC 9111 §4.3.4)"
    assert headers[2]["if-modified-since"] == given["Last-Modified"]


async def test_the_same_bytes_are_no_document_and_renew_or_drop_the_validators(web: Web, world: World) -> None:
    url = world.plays("/feed", Reply(200, FEED, {"ETag": '"1"'}), Reply(200, FEED, {"ETag": '"2"'}), Reply(200, FEED))
    _, state = await visit(web, url)
    again, state = await visit(web, url, state)
    assert again.documents == () and again.answer.status == 200
    assert state.documents[""].etag == '"2"'
    _, state = await visit(web, url, state)
    assert state.documents[""].etag == "", "a 200 without validators leaves none"


async def test_what_is_remembered_survives_an_error(web: Web, world: World) -> None:
    url = world.plays("/feed", Reply(200, FEED, {"ETag": '"1"'}), Reply(500), Reply(304))
    _, state = await visit(web, url)
    failed, state = await visit(web, url, state)
    assert "500" in failed.errors[""]
    await visit(web, url, state)
    assert world.requests("/feed")[2].headers["if-none-match"] == '"1"'


async def test_validators_go_only_to_the_address_that_gave_them(web: Web, world: World) -> None:
    world.plays("/new", Reply(200, FEED, {"ETag": '"new"'}))
    url = world.plays("/old", Reply(302, headers={"Location": "/new", "ETag": '"old"'}))
    _, state = await visit(web, url)
    await visit(web, url, state)
    assert [asked.headers.get("if-none-match") for asked in world.requests("/old")] == [None, None]
    assert [asked.headers.get("if-none-match") for asked in world.requests("/new")] == [None, '"new"']


async def test_the_request_says_who_asks_and_nothing_else(web: Web, world: World) -> None:
    url = world.plays("/feed", Reply(200, FEED, {"Set-Cookie": "a=b"}), Reply(302, headers={"Location": "/feed"}))
    await visit(web, url + "?q=a%2Fb&utm_source=x#part")
    await visit(web, url)
    asked = world.requests("/feed")[0]
    assert asked.method == "GET"
    assert asked.target == "/feed?q=a%2Fb&utm_source=x"
    assert asked.headers["user-agent"].startswith("aggregator/")
    assert "ops@site.example" in asked.headers["user-agent"]
    assert "application/rss+xml" in asked.headers["accept"] and "gzip" in asked.headers["accept-encoding"]
    for request in world.asked:
        assert not {"cookie", "referer", "a-im", "range"} & set(request.headers)


async def test_the_address_goes_out_exactly_as_it_is_configured(web: Web, world: World) -> None:
    spelled = "/a%2fb/%7Euser/;x=(1)/feed%20one?b=2&a=1&&c="
    world.plays(spelled.partition("?")[0], Reply(200, FEED))
    await visit(web, world.url(spelled))
    assert world.asked[0].target == spelled


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_followed_and_only_permanent_ones_are_called_so(
    web: Web, world: World, status: int
) -> None:
    target = world.plays("/new", Reply(200, FEED))
    url = world.plays("/old", Reply(status, headers={"Location": "/new"}))
    found, _ = await visit(web, url)
    assert found.documents[0].body == FEED and found.documents[0].base == target
    assert found.answer.permanent == (target if status in {301, 308} else "")


async def test_one_temporary_step_makes_the_chain_temporary(web: Web, world: World) -> None:
    world.plays("/c", Reply(200, FEED))
    world.plays("/b", Reply(302, headers={"Location": "/c"}))
    url = world.plays("/a", Reply(301, headers={"Location": "/b"}))
    found, _ = await visit(web, url)
    assert found.answer.permanent == "" and found.documents


async def test_the_sixth_redirect_is_not_followed(web: Web, world: World) -> None:
    for number in range(1, 10):
        world.plays(f"/{number}", Reply(301, headers={"Location": f"/{number + 1}"}))
    found, _ = await visit(web, world.url("/1"))
    assert "redirected more than 5 times" in found.errors[""]
    assert len(world.asked) == 6


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/", "javascript:1", "http://[::1"])
async def test_a_redirect_off_the_web_is_refused(web: Web, world: World, target: str) -> None:
    url = world.plays("/old", Reply(302, headers={"Location": target}))
    found, _ = await visit(web, url)
    assert "redirected to" in found.errors[""]


async def test_credentials_are_not_carried_to_another_host(web: Web, world: World) -> None:
    world.plays("/new", Reply(200, FEED))
    world.plays("/old", Reply(302, headers={"Location": world.url("/new", HOSTS[1])}))
    await visit(web, world.url("/old").replace("//", "//me:secret@"))
    assert world.requests("/old")[0].headers["authorization"].startswith("Basic ")
    assert "authorization" not in world.requests("/new")[0].headers


@pytest.mark.parametrize(
    ("coding", "pack"),
    [
        ("gzip", gzip.compress),
        ("gzip", lambda body: gzip.compress(body[:50]) + gzip.compress(body[50:]) + b"\0\0"),
        ("x-gzip", gzip.compress),
        ("deflate", zlib.compress),
        ("deflate", lambda body: zlib.compress(body)[2:-4]),
        ("br", brotli.compress),
        ("identity", bytes),
        ("", bytes),
        ("UTF-8", bytes),  # what names no coding means that there is none
        ("none", bytes),
        ("aws-chunked", bytes),
        ("gzip,aws-chunked", gzip.compress),
        ("gzip, identity", gzip.compress),
        ("", gzip.compress),  # not told of
        ("binary", gzip.compress),
        ("gzip", bytes),  # told of, and not done
        ("deflate", bytes),
        ("br, gzip", lambda body: gzip.compress(brotli.compress(body))),
        ("gzip, gzip", lambda body: gzip.compress(gzip.compress(body))),
        ("gzip", lambda body: gzip.compress(gzip.compress(body))),  # done once more than is told
    ],
)
async def test_bodies_are_decoded(web: Web, world: World, coding: str, pack: Any) -> None:
    url = world.plays("/feed", Reply(200, pack(FEED), {"Content-Encoding": coding} if coding else {}))
    found, _ = await visit(web, url)
    assert found.documents[0].body == FEED


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, GZIP_BOMB, {"Content-Encoding": "gzip"}),
        Reply(200, brotli.compress(b"\0" * (64 * 1024 * 1024)), {"Content-Encoding": "br"}),
        Reply(200, b"x" * (config().limits.body + 1)),
        Reply(200, GZIP_BOMB),
        Reply(200, gzip.compress(GZIP_BOMB), {"Content-Encoding": "gzip"}),
        Reply(200, gzip.compress(gzip.compress(bytes(9 * 1024 * 1024)) * 400)),
    ],
    ids=["gzip bomb", "brotli bomb", "plain", "undeclared", "twice", "many members"],
)
async def test_a_body_is_read_no_further_than_its_limit(web: Web, world: World, reply: Reply) -> None:
    found, _ = await visit(web, world.plays("/feed", reply))
    assert found.errors[""] == "larger than 10 MiB"


async def test_more_than_two_content_codings_are_refused(web: Web, world: World) -> None:
    body = gzip.compress(gzip.compress(gzip.compress(FEED)))
    found, _ = await visit(web, world.plays("/feed", Reply(200, body, {"Content-Encoding": "gzip, gzip, gzip"})))
    assert "more than 2 content codings" in found.errors[""]
    found, _ = await visit(web, world.plays("/feed", Reply(200, b"x", {"Content-Encoding": "zstd"})))
    assert "was not asked for" in found.errors[""]
    found, _ = await visit(web, world.plays("/feed", Reply(200, b"plain", {"Content-Encoding": "gzip"})))
    assert found.errors[""] == "its content coding is broken"


async def test_empty_blocks_without_end_stop_at_the_limit_on_the_wire(web: Web, world: World) -> None:
    """They decode to nothing, so that counting what comes out never ends."""

    async def blocks(writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nConnection: close\r\n\r\n"
        packer = zlib.compressobj(wbits=31)
        writer.write(head + packer.compress(b"") + packer.flush(zlib.Z_SYNC_FLUSH))
        for _ in range(1000):
            writer.write(b"\0\0\0\xff\xff" * 13107)
            await writer.drain()

    found, _ = await visit(web, world.plays("/feed", Reply(raw=blocks)))
    assert found.errors[""] == "larger than 10 MiB"


async def test_a_flood_of_headers_is_refused(web: Web, world: World) -> None:
    for number, flood in enumerate(({f"X-{n}": "y" * 8000 for n in range(9)}, {f"X-{n}": "y" for n in range(2000)})):
        found, _ = await visit(web, world.plays(f"/{number}", Reply(200, FEED, flood)))
        assert found.errors[""] and not found.documents
    found, _ = await visit(web, world.plays("/long", Reply(200, FEED, {"Content-Security-Policy": "y" * 20000})))
    assert found.documents, "long headers are usual"


async def test_interim_answers_without_end_stop_at_the_limit_of_headers(world: World) -> None:
    async def interim(writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 100)
            await writer.drain()

    async with Web(config().settings, now) as web:
        found, _ = await visit(web, world.plays("/feed", Reply(raw=interim)))
    assert found.errors[""] == "refused: headers or interim answers without end"


async def test_a_dripping_server_costs_no_more_than_the_time_limit(world: World) -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with Web(config(timeout="1s").settings, now) as web:
        found, _ = await visit(web, world.plays("/feed", Reply(raw=drip)))
    assert found.errors[""] == "no complete answer within 1 s"


async def test_a_server_that_hangs_up_is_a_failure_and_not_asked_again(web: Web, world: World) -> None:
    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    found, _ = await visit(web, world.plays("/feed", Reply(raw=hang_up)))
    assert found.errors[""]
    assert len(world.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 406, 410, 429, 451, 500, 502, 503, 999])
async def test_an_unusable_status_is_told(web: Web, world: World, status: int) -> None:
    found, _ = await visit(web, world.plays("/feed", Reply(status, FEED)))
    assert str(status) in found.errors[""] and found.answer.status == status


async def test_private_addresses_are_refused_also_behind_names_and_redirects(world: World) -> None:
    world.plays("/feed", Reply(200, FEED))
    port = world.port
    async with Web(Config(polling=Polling(allow_networks=["127.0.0.2/32"])).settings, now) as web:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "169.254.169.254"):
            found, _ = await visit(web, f"http://{host}:{port}/feed")
            assert "is not a public address" in found.errors[""], host
        for host in ("2130706433", "0x7f.1", "0177.0.0.1", "127.1"):
            found, _ = await visit(web, f"http://{host}:{port}/feed")
            assert found.errors[""], host
        world.plays("/away", Reply(302, headers={"Location": world.url("/feed")}))
        found, _ = await visit(web, world.url("/away", HOSTS[1]))
        assert "is not a public address" in found.errors[""]
    assert [asked.path for asked in world.asked] == ["/away"]


async def test_one_host_has_one_connection_at_a_time_and_another_host_does_not_wait(web: Web, world: World) -> None:
    for number in range(6):
        world.plays(f"/{number}", Reply(200, FEED))
    await asyncio.gather(*(visit(web, world.url(f"/{number}")) for number in range(6)))
    assert world.most_open == 1
    assert len(world.asked) == 6


async def test_a_feed_that_answers_later_is_unaffected_by_state_of_another(web: Web, world: World) -> None:
    url = world.plays("/feed", Reply(200, FEED, {"ETag": '"1"'}))
    elsewhere = SourceState(documents={"": DocumentState(etag='"x"', validators_from="http://other.example/")})
    await visit(web, url, elsewhere)
    assert "if-none-match" not in world.asked[0].headers


async def test_a_connection_that_was_kept_and_is_closed_is_tried_once_more_and_a_fresh_one_is_not(world: World) -> None:
    """RFC 9112 §9.3.1: the server's patience may end while the next request is on its way."""

    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    other = world.plays("/b", Reply(raw=hang_up), Reply(200, FEED))
    first = world.plays("/a", Reply(200, FEED))
    async with Web(config().settings, now) as web:
        await visit(web, first)
        found, _ = await visit(web, other)
        assert found.documents and len(world.requests("/b")) == 2
    world.plays("/b", Reply(raw=hang_up))
    async with Web(config().settings, now) as web:
        found, _ = await visit(web, other)
        assert found.errors[""] == "the server hung up" and len(world.requests("/b")) == 3


@pytest.mark.parametrize("status", [400, 406, 412])
async def test_a_server_that_refuses_conditions_is_asked_without_from_then_on(
    web: Web, world: World, status: int
) -> None:
    def answer(asked: Asked) -> Reply:
        return Reply(status) if "if-none-match" in asked.headers else Reply(200, FEED, {"ETag": '"1"'})

    url = world.plays("/feed", answer)
    _, state = await visit(web, url)
    failed, state = await visit(web, url, state)
    assert str(status) in failed.errors[""]
    for _ in range(3):
        well, state = await visit(web, url, state)
        assert not well.errors


async def test_user_and_password_stay_with_their_origin_through_redirects_in_utf8(web: Web, world: World) -> None:
    away = world.url("/x", HOSTS[1])
    world.plays("/x", Reply(302, headers={"Location": world.url("/back")}))
    world.plays("/here", Reply(301, headers={"Location": world.url("/away")}))
    world.plays("/away", Reply(302, headers={"Location": away}))
    world.plays("/back", Reply(200, FEED))
    await visit(web, world.url("/here").replace("//", "//us%3Aer:пароль%20é@"))
    sent = [base64.b64decode(a.headers.get("authorization", "").partition(" ")[2]).decode() for a in world.asked]
    assert sent == ["us:er:пароль é", "us:er:пароль é", "", "us:er:пароль é"]


async def test_a_moved_feed_gets_the_password_of_the_configured_address(web: Web, world: World) -> None:
    world.plays("/new", Reply(200, FEED))
    source = Source(world.url("/old").replace("//", "//me:secret@"))
    await web.retrieve(source, SourceState(location=world.url("/new")))
    assert world.asked[0].path == "/new" and world.asked[0].headers["authorization"].startswith("Basic ")


async def test_a_redirect_with_blanks_or_raw_bytes_is_followed(web: Web, world: World) -> None:
    async def latin(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /caf\xe9 bar.xml\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    world.plays("/caf%E9%20bar.xml", Reply(200, FEED))
    found, _ = await visit(web, world.plays("/old", Reply(raw=latin)))
    assert found.documents[0].body == FEED


async def test_a_feed_that_waits_for_its_host_longer_than_the_limit_is_put_off_and_has_not_failed(world: World) -> None:
    async def never(writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    world.plays("/slow", Reply(raw=never))
    async with Web(config(timeout="1s").settings, now) as web:
        first = asyncio.create_task(visit(web, world.url("/slow")))
        await asyncio.sleep(0)
        second = await asyncio.wait_for(visit(web, world.url("/slow")), 5)
        assert "no complete answer" in (await first)[0].errors[""]
        assert second[0].held and not second[0].errors


async def test_a_name_server_that_is_silent_holds_nobody_up() -> None:
    """A look-up can't be ended, only left behind; who asks again waits for the same one."""
    names = Resolver(0.2)
    waiting: Future[Any] = Future()
    names._under_way[("dead.example", 0)] = waiting
    for _ in range(3):
        with pytest.raises(socket.gaierror) as raised:
            await names.addresses("dead.example", 80)
        told = answers.failure(raised.value)
        assert told.kind is FailureKind.DNS and "for now" in str(told)
    assert (await names.addresses("127.0.0.1", 81))[0][4] == ("127.0.0.1", 81)
    answer = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0))]
    asyncio.get_running_loop().call_later(0.05, waiting.set_result, answer)
    assert (await names.resolve("dead.example", 80))[0]["host"] == "192.0.2.1"


ENDLESS = {
    "fields as long as they may be": (b"HTTP/1.1 200 OK\r\n", b"X: " + b"y" * 60_000 + b"\r\n"),
    "many fields": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
    "one field": (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 60_000),
    "interim answers": (b"", b"HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" * 1000),
}


@pytest.mark.parametrize(("start", "piece"), ENDLESS.values(), ids=ENDLESS.keys())
async def test_what_comes_before_an_answer_without_end_is_dropped_at_the_limit(
    world: World, start: bytes, piece: bytes
) -> None:
    sent = 0

    async def flood(writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 65536)
        writer.write(start)
        while sent < 50_000_000:
            writer.write(piece)
            await writer.drain()
            sent += len(piece)

    async with Web(config().settings, now) as web:
        found, _ = await visit(web, world.plays("/feed", Reply(raw=flood)))
    assert found.errors[""]
    assert sent < 3_000_000 and len(world.asked) <= 2, "strictly, then leniently"


async def test_a_long_body_and_the_next_answer_over_the_same_connection_are_no_flood(web: Web, world: World) -> None:
    long = rss(*(item(number, "word " * 20_000) for number in range(40)))
    for path in ("/a", "/b", "/c"):
        found, _ = await visit(web, world.plays(path, Reply(200, long)))
        assert found.documents[0].body == long


@pytest.mark.parametrize("careless", [False, True])
async def test_a_connection_that_nobody_takes_is_told_as_such_and_may_be_our_own_line(careless: bool) -> None:
    limits = Limits(connect="1s")
    with socket.socket() as deaf, contextlib.ExitStack() as callers:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen(0)
        for _ in range(4):  # the queue is full then
            caller = callers.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(deaf.getsockname())
        async with Web(config().model_copy(update={"limits": limits}).settings, now) as web:
            if careless:
                web._careless.add("127.0.0.1")
            found, _ = await visit(web, f"http://127.0.0.1:{deaf.getsockname()[1]}/f")
    assert found.errors[""] == "can't connect: nobody answers" and found.kind is FailureKind.TIMEOUT


ANSWERS = [
    (400, "4xx"), (401, "4xx"), (403, "4xx"), (404, "4xx"), (407, "login"), (408, "timeout"), (410, "410"),
    (429, "429"), (500, "5xx"), (503, "5xx"), (511, "login"), (304, "invalid"), (999, "5xx"),
]  # fmt: skip


@pytest.mark.parametrize(("status", "kind"), ANSWERS)
async def test_what_kind_of_failure_an_answer_is(web: Web, world: World, status: int, kind: str) -> None:
    found, _ = await visit(web, world.plays("/f", Reply(status)))
    assert (found.kind, bool(found.errors)) == (kind, True)


async def test_what_kind_of_failure_no_answer_is(web: Web, world: World) -> None:
    async def drop(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def half(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        await writer.drain()
        writer.close()

    plain = await asyncio.start_server(lambda _, writer: half(writer), "127.0.0.1", 0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and doesn't listen
        kinds = {
            f"http://127.0.0.1:{taken.getsockname()[1]}/f": "connection",
            world.plays("/drop", Reply(raw=drop)): "connection",
            world.plays("/half", Reply(raw=half)): "connection",
            "http://no-such-name.invalid/f": "dns",
            "http://192.168.7.7/f": "blocked",
            f"https://127.0.0.1:{plain.sockets[0].getsockname()[1]}/f": "tls",
            world.plays("/loop", Reply(302, b"", {"Location": "/loop"})): "invalid",
        }
        async with plain:
            found = {url: (await visit(web, url))[0].kind for url in kinds}
    assert found == kinds


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOMEM])
def test_what_this_machine_lacks_is_a_kind_of_its_own(number: int) -> None:
    assert answers.failure(OSError(number, "x")).kind is FailureKind.SHORTAGE
