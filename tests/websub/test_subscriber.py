"""Being told by hubs, polite ones and others: what is asked of them, what is believed, and what a push changes."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from pathlib import Path

import pytest
from reading import CALLBACK, MEBIBYTE, START, Reader, feed, forms, subscribed, taking
from world import Reply, World, item, rss

from aggregator.policy import leases
from aggregator.store import claims, sources

HOUR, DAY = 3600, 86400


def source(world: World, path: str = "/feed") -> str:
    return f'[[source]]\nurl = "{world.url(path)}"'


@pytest.fixture
def reader(tmp_path: Path, world: World) -> Reader:
    """Reads one feed with one item, whose hub says yes to everything."""
    taking(world)
    world.plays("/feed", Reply(200, feed(world, item(1)), {"ETag": '"one"'}), Reply(304))
    return Reader(tmp_path, world, source(world))


# ── Asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_feed_with_a_hub_is_asked_for_verified_and_renewed(reader: Reader, world: World) -> None:
    async with reader:
        held = await subscribed(reader)
        (form,) = forms(world)
        assert form == {
            "mode": "subscribe",
            "topic": world.url("/feed"),
            "callback": held.callback,
            "secret": held.secret,
            "lease_seconds": "864000",
            "verify": "async",
        }
        assert held.callback == CALLBACK + held.token
        assert len(held.token) >= 32 and len(held.secret) >= 32  # 6 bits each
        assert (held.intent, held.lease_until) == ("verified", START + DAY)
        await reader.round(DAY // 2 - 1)
        assert len(forms(world)) == 1
        await reader.round(DAY // 6 + 1)  # at two thirds at the latest
        assert forms(world) == [form, form]
        assert await reader.verify() == 200
        assert (await reader.held())[0].lease_until == reader.now + DAY


async def test_what_a_hub_verifies_is_echoed_as_text(reader: Reader, world: World) -> None:
    async with reader:
        await reader.round()
        (held,) = await reader.held()
        query = {"mode": "subscribe", "topic": held.topic, "challenge": "<script>1</script>", "lease_seconds": "60"}
        status, text, headers = await reader.get(held.token, **query)
        assert (status, text) == (200, "<script>1</script>")
        assert headers["Content-Type"].startswith("text/plain")
        assert headers["X-Content-Type-Options"] == "nosniff"


async def test_what_was_not_asked_for_is_not_confirmed(reader: Reader, world: World) -> None:
    wrong: list[dict[str, str]] = [
        {"topic": "http://site.example/other"}, {"topic": ""}, {"mode": "unsubscribe"}, {"mode": "publish"},
        {"mode": ""}, {"challenge": ""}, {"challenge": "x" * 2049},
    ]  # fmt: skip
    async with reader:
        await reader.round()
        (held,) = await reader.held()
        right = {"mode": "subscribe", "topic": held.topic, "challenge": "c", "lease_seconds": "60"}
        for changed in wrong:
            assert (await reader.get(held.token, **(right | changed)))[0] == 404, changed
        assert await reader.held() == [held]
        for token in ("a" * 32, "short", "x" * 65, "%2e%2e", held.token[:-1] + "!"):
            assert (await reader.get(token, **right))[0] == 404
            assert await reader.post(token, b"") == 404
        assert (await reader.get(held.token, **right))[0] == 200
        assert (await reader.get(held.token, **right))[0] == 404  # once


async def test_what_comes_a_day_after_it_was_asked_for_is_not_confirmed(reader: Reader, world: World) -> None:
    async with reader:
        await reader.round()
        reader.days.now += DAY + 1
        assert await reader.verify() == 404


@pytest.mark.parametrize(
    ("link", "hub", "topic"),
    [
        ('<{0}/other>; rel="hub"', "/other", "/feed"),
        ('<{0}/other>; rel=hub, <{0}/me>; rel="self"', "/other", "/me"),
        ("</other>;rel='x';rel=hub", "/hub", "/feed"),  # the first rel counts
        ('<ftp://x/>; rel="hub"', "/hub", "/feed"),
    ],
)
async def test_the_header_ranks_above_the_feed(tmp_path: Path, world: World, link: str, hub: str, topic: str) -> None:
    for path in ("/hub", "/other"):
        taking(world, path)
    base = world.url("")
    world.plays("/feed", Reply(200, feed(world, item(1)), {"Link": link.format(base)}))
    async with Reader(tmp_path, world, source(world)) as reader:
        await reader.round()
        (held,) = await reader.held()
        assert (held.hub, held.topic) == (base + hub, base + topic)
        assert len(forms(world, hub)) == 1


async def test_a_json_feed_names_its_hubs(tmp_path: Path, world: World) -> None:
    hub = taking(world)
    hubs = [{"type": "rssCloud", "url": "http://site.example/"}, 7, {"type": "WebSub", "url": hub}]
    named = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": [], "feed_url": world.url("/j")}
    world.plays("/j", Reply(200, json.dumps(named | {"hubs": hubs}).encode()))
    async with Reader(tmp_path, world, source(world, "/j")) as reader:
        await reader.round()
        (held,) = await reader.held()
        assert (held.hub, held.topic) == (hub, world.url("/j"))


async def test_without_a_callback_nothing_is_asked(tmp_path: Path, world: World) -> None:
    taking(world)
    world.plays("/feed", Reply(200, feed(world, item(1))))
    async with Reader(tmp_path, world, source(world), callback="") as reader:
        await reader.round()
        assert forms(world) == []
        assert await reader.held() == []


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(500), "answered 500"),
        (Reply(404, b"<p>" * 100_000), "answered 404"),
        (Reply(302, headers={"Location": "/hub"}), "answered 302"),
        (Reply(308, headers={"Location": "/hub"}), "redirected more than 5 times"),
        (Reply(307, headers={"Location": "file:///etc/passwd"}), "redirected to an address that is not of the web"),
        (Reply(202, headers={"Content-Length": "nonsense"}), "what it answers is not valid HTTP"),
    ],
)
async def test_a_hub_that_refuses_is_asked_less_and_less_and_its_feed_is_read(
    reader: Reader, world: World, reply: Reply, error: str
) -> None:
    hub = world.plays("/hub", reply)
    if "Location" in reply.headers and reply.headers["Location"].startswith("/"):
        reply.headers["Location"] = hub
    async with reader:
        await reader.round()
        assert (await reader.standing()).state == "ok"
        (held,) = await reader.held()
        assert held.error.startswith(error)
        before = len(forms(world))
        for _ in range(12):
            await reader.round(2 * HOUR)
        assert 1 <= len(forms(world)) / before - 1 <= 4
        assert (await reader.standing()).state == "ok"


async def test_a_redirect_that_keeps_the_method_is_followed(reader: Reader, world: World) -> None:
    world.plays("/hub", Reply(307, headers={"Location": taking(world, "/moved")}))
    async with reader:
        await reader.round()
        assert await reader.verify() == 200
    assert forms(world, "/moved") == forms(world)


async def test_a_hub_inside_our_own_network_is_not_asked(tmp_path: Path, world: World) -> None:
    world.plays("/feed", Reply(200, feed(world, item(1), hub="http://10.1.2.3/hub")))
    async with Reader(tmp_path, world, source(world)) as reader:
        await reader.round()
        (held,) = await reader.held()
        assert held.error.startswith("refused: 10.1.2.3 is not a public address")


async def test_a_hub_that_never_verifies_is_asked_ever_more_rarely(reader: Reader, world: World) -> None:
    async with reader:
        await reader.round()
        for _ in range(14 * 4):
            await reader.round(6 * HOUR)
        assert 5 <= len(forms(world)) <= 10
        (held,) = await reader.held()
        assert held.error == "its hub never verified"


@pytest.mark.parametrize(
    ("told", "believed"),
    [("1", 1), ("0", 1), ("-1", DAY), ("soon", DAY), ("", DAY), ("٣", DAY), ("9" * 11, 30 * DAY), ("9" * 5000, DAY)],
)
async def test_what_a_hub_says_of_the_lease_is_bounded(told: str, believed: int) -> None:
    assert leases.granted(told) == believed


async def test_leases_of_a_second_are_not_renewed_every_second(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader, "1")
        for _ in range(10):
            await reader.round(60)
            if (await reader.held())[0].asked_at:
                await reader.verify("1")
        assert len(forms(world)) <= 3


# ── Leaving ──────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_source_that_is_removed_is_unsubscribed(reader: Reader, world: World) -> None:
    async with reader:
        held = await subscribed(reader)
        reader.rounds.reconfigure(reader.config.model_copy(update={"source": []}))
        await reader.rounds.adopt()
        await reader.round()
        assert forms(world)[1] == {
            "mode": "unsubscribe", "topic": held.topic, "callback": held.callback, "verify": "async",
        }  # fmt: skip
        assert await reader.push(feed(world, item(2))) == 410
        assert await reader.verify(mode="subscribe") == 404
        assert await reader.verify(mode="unsubscribe") == 200
        assert await reader.held() == []
        assert await reader.post(held.token, b"") == 404


async def test_a_hub_that_does_not_let_us_go_is_told_three_times(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader, str(30 * DAY))
        reader.rounds.reconfigure(reader.config.model_copy(update={"source": []}))
        await reader.rounds.adopt()
        for _ in range(12):
            await reader.round(6 * HOUR)
        assert [form["mode"] for form in forms(world)] == ["subscribe"] + ["unsubscribe"] * 3
        assert await reader.held() == []


async def test_a_feed_that_moves_to_another_hub_is_followed(tmp_path: Path, world: World) -> None:
    for path in ("/hub", "/new"):
        taking(world, path)
    world.plays("/feed", Reply(200, feed(world, item(1))), Reply(200, feed(world, item(1), hub="/new")))
    async with Reader(tmp_path, world, source(world)) as reader:
        await subscribed(reader)
        await reader.round(HOUR)
        assert [form["mode"] for form in forms(world)] == ["subscribe", "unsubscribe"]
        assert [form["mode"] for form in forms(world, "/new")] == ["subscribe"]
        old, new = sorted(await reader.held(), key=lambda held: held.hub == world.url("/new"))
        assert old.token != new.token and old.secret != new.secret


async def test_a_hub_that_denies_ends_it_and_the_source_is_polled_as_before(reader: Reader, world: World) -> None:
    async with reader:
        held = await subscribed(reader)
        await reader.push(feed(world, item(1), item(2)))
        assert (await reader.standing()).next_visit >= reader.now + DAY
        query = {"mode": "denied", "reason": "no\x1b[31m more"}
        assert (await reader.get(held.token, **query, topic="http://site.example/"))[0] == 404
        assert (await reader.get(held.token, **query, topic=held.topic))[0] == 200
        (ended,) = await reader.held()
        assert (ended.intent, ended.lease_until, ended.error) == ("denied", 0, "denied: no?[31m more")
        await reader.round(60)
        assert (await reader.standing()).next_visit == reader.now
        await reader.round(60)
        assert not (await reader.standing()).reason.startswith("pushed")
        await reader.round(DAY - 600)
        assert len(forms(world)) == 1
        await reader.round(2 * DAY)
        assert len(forms(world)) == 2


# ── Being told ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_is_pushed_is_stored_without_a_request(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader)
        asked = len(world.asked)
        assert await reader.push(feed(world, item(1), item(2))) == 202
        assert len(world.asked) == asked
        assert reader.published == 1
        visits = await reader.rows(
            "SELECT outcome, status, entries_new, entries_updated, detail FROM visit ORDER BY id"
        )
        assert visits == [("ok", 200, 1, 0, ""), ("ok", 0, 1, 0, "pushed by its hub")]
        standing = await reader.standing()
        assert standing.reason == "pushed by its hub; polled every 1 day all the same"
        assert reader.now + DAY <= standing.next_visit <= reader.now + DAY + HOUR

        before = len(world.requests("/feed"))
        await reader.round(standing.next_visit - reader.now)
        (poll,) = world.requests("/feed")[before:]
        assert poll.headers["if-none-match"] == '"one"'  # what was pushed is not what its server gave the tag for


async def test_every_method_of_the_specification_is_taken(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader)
        for number, method in enumerate(("sha1", "sha256", "sha384", "sha512"), 2):
            await reader.push(feed(world, item(number)), method)
            assert (await reader.standing()).entries == number


async def test_what_is_not_signed_by_the_hub_is_ignored(
    reader: Reader, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with reader:
        await subscribed(reader)
        body = feed(world, item(2))
        for signed in ("", "sha256=", "sha256=" + "0" * 64, "md5=" + "0" * 32, "=", "é=é", "sha256=" + "f" * 8000):
            assert await reader.push(body, X_Hub_Signature=signed) == 202
        assert sum("isn't signed" in line.getMessage() for line in caplog.records) == 1
        assert len(await reader.rows("SELECT 1 FROM visit")) == 1
        reader.days.now += HOUR
        await reader.push(body, X_Hub_Signature="")
        assert sum("isn't signed" in line.getMessage() for line in caplog.records) == 2


async def test_a_replay_does_nothing(reader: Reader, world: World) -> None:
    """Neither the same bytes again, nor an older document that was never seen."""

    def dated(words: str, hour: int) -> str:
        stamp = f"<updated xmlns='http://www.w3.org/2005/Atom'>2026-11-02T{hour:02}:00:00Z</updated>"
        return item(2, words * 12) + stamp

    async with reader:
        await subscribed(reader)
        old, new = (feed(world, dated(words, hour)) for words, hour in (("old words ", 9), ("new words ", 12)))
        unseen = feed(world, dated("an older version ", 8))
        for body in (old, new, old, new, unseen):
            await reader.push(body)
        assert [
            row[0] for row in await reader.rows("SELECT unpack_text(text, data) FROM entry WHERE guid LIKE '%item-2'")
        ] == [("new words " * 12).strip()]
        assert len(await reader.rows("SELECT 1 FROM visit WHERE detail LIKE 'pushed%'")) == 3
    async with reader:  # after a restart, too
        await reader.push(old)
        assert len(await reader.rows("SELECT 1 FROM visit WHERE detail LIKE 'pushed%'")) == 3


async def test_what_polling_finds_and_the_hub_did_not_push_ends_the_trust(tmp_path: Path, world: World) -> None:
    taking(world)
    bodies = [feed(world, *(item(n) for n in range(1, last + 1))) for last in range(1, 6)]
    world.plays("/feed", *(Reply(200, bodies[n]) for n in (0, 1, 2, 3)))
    async with Reader(tmp_path, world, source(world)) as reader:
        await subscribed(reader, str(30 * DAY))
        await reader.push(bodies[1])
        await reader.round((await reader.standing()).next_visit - reader.now)
        assert (await reader.standing()).reason.startswith("pushed by its hub")  # it finds what was pushed
        await reader.round((await reader.standing()).next_visit - reader.now)
        assert not (await reader.standing()).reason.startswith("pushed")
        await reader.push(bodies[4])
        await reader.round((await reader.standing()).next_visit - reader.now)
        assert (await reader.standing()).reason.startswith("pushed"), "it found nothing else again"


async def test_a_hub_that_only_says_that_something_changed_has_the_source_visited(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader)
        assert await reader.push(feed(world, item(1), item(2))) == 202  # visits are a day apart now
        for _ in range(3):
            assert await reader.push(b"") == 202
        standing = await reader.standing()
        assert standing.next_visit == START + 900  # as soon as min_interval allows
        assert standing.reason == "its hub says that it changed"
        assert reader.hurried


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"x" * (MEBIBYTE + 1), id="too long"),
        pytest.param(gzip.compress(b"x" * (MEBIBYTE + 1)), id="too long when unzipped"),
        pytest.param(gzip.compress(b"x" * 100)[:-9], id="broken off"),
    ],
)
async def test_what_cant_be_read_has_the_source_visited(tmp_path: Path, world: World, body: bytes) -> None:
    taking(world)
    world.plays("/feed", Reply(200, feed(world, item(1))), Reply(304))
    async with Reader(tmp_path, world, f'[limits]\nbody = "1 MiB"\n{source(world)}') as reader:
        await subscribed(reader)
        await reader.push(feed(world, item(2)))
        assert await reader.push(body) == 202
        assert (await reader.standing()).reason == "its hub says that it changed"
        assert len(await reader.rows("SELECT 1 FROM visit")) == 2


async def test_zipped_pushes_and_wrong_names_of_codings_are_read(reader: Reader, world: World) -> None:
    """Hubs pass on the topic's headers, with a body that they have unzipped: Flask-WebSub does."""
    async with reader:
        await subscribed(reader)
        await reader.push(gzip.compress(feed(world, item(2))), Content_Encoding="gzip")
        await reader.push(feed(world, item(3)), Content_Encoding="gzip")
        assert len(await reader.rows("SELECT 1 FROM entry")) == 3


async def test_a_push_that_is_no_feed_is_recorded_and_fails_nothing(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader)
        before = await reader.standing()
        assert await reader.push(b"<!doctype html><html>Welcome") == 202
        standing = await reader.standing()
        assert (standing.state, standing.failures, standing.next_visit) == ("ok", 0, before.next_visit)
        assert await reader.rows("SELECT outcome, detail FROM visit WHERE status = 0") == [
            ("failed", "pushed by its hub; is not a feed: it is a web page")
        ]


async def test_a_push_says_nothing_of_a_server_that_fails(tmp_path: Path, world: World) -> None:
    taking(world)
    world.plays("/feed", Reply(200, feed(world, item(1))), Reply(503, headers={"Retry-After": "90000"}))
    async with Reader(tmp_path, world, source(world)) as reader:
        await subscribed(reader)
        await reader.round(HOUR)
        before = await reader.standing()
        await reader.push(feed(world, item(2)))
        await reader.push(b"")
        after = await reader.standing()
        assert (after.state, after.next_visit, after.reason) == ("failing", before.next_visit, "Retry-After")
        assert after.entries == 2


async def test_a_push_waits_for_the_visit_under_way(tmp_path: Path, world: World) -> None:
    taking(world)
    free = threading.Event()
    loop = asyncio.get_running_loop()
    asked = asyncio.Event()

    async def late(writer: asyncio.StreamWriter) -> None:
        loop.call_soon_threadsafe(asked.set)
        await asyncio.to_thread(free.wait, 30)
        body = feed(world, item(1), item(2))
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
        await writer.drain()

    world.plays("/feed", Reply(200, feed(world, item(1))), Reply(raw=late))
    async with Reader(tmp_path, world, source(world)) as reader:
        held = await subscribed(reader)
        visiting = asyncio.create_task(reader.round(HOUR))
        await asked.wait()
        assert await reader.rows("SELECT source, holder FROM claim") == [(held.source, "visit")]
        pushing = asyncio.create_task(reader.push(feed(world, item(2), item(3))))
        while not reader.subscriber.waiting:  # noqa: ASYNC110  it has no event for this, and needs none
            await asyncio.sleep(0)
        free.set()
        await visiting
        assert await pushing == 202
        details = [row[0] for row in await reader.rows("SELECT detail FROM visit ORDER BY id")]
        assert details == ["", "", "pushed by its hub"]
        assert (await reader.standing()).entries == 3


async def test_a_push_waits_for_a_visit_that_is_still_to_come(tmp_path: Path, world: World) -> None:
    """Its source is claimed: it stands behind another one of its host, and its state has been read."""
    taking(world)
    free = asyncio.Event()
    asked = asyncio.Event()
    loop = asyncio.get_running_loop()

    async def late(writer: asyncio.StreamWriter) -> None:
        loop.call_soon_threadsafe(asked.set)
        await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(free.wait(), loop))
        writer.write(b"HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n")
        await writer.drain()

    first = world.plays("/first", Reply(200, rss(item(9))), Reply(raw=late))
    url = world.plays("/feed", Reply(200, feed(world, item(1))), Reply(200, feed(world, item(1), item(2))))
    async with Reader(tmp_path, world, f'[[source]]\nurl = "{first}"\n{source(world)}') as reader:
        await subscribed(reader)
        visiting = asyncio.create_task(reader.rounds.run([first, url]))
        await asked.wait()
        pushing = asyncio.create_task(reader.push(feed(world, item(2), item(3))))
        while not reader.subscriber.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        assert await reader.rows("SELECT source FROM claim WHERE holder = 'push'") == []
        free.set()
        await visiting
        assert await pushing == 202
        stored = "SELECT count(*) FROM entry JOIN source ON source.id = entry.source WHERE key = '{}'"
        assert await reader.rows(stored.format(url)) == [(3,)]
        assert await reader.rows("SELECT 1 FROM claim") == []
        await reader.push(feed(world, item(4)))
        assert await reader.rows(stored.format(url)) == [(4,)]


async def test_what_is_being_pushed_is_visited_afterwards(reader: Reader, world: World) -> None:
    async with reader:
        held = await subscribed(reader)
        await reader.rounds.store.later(claims.take, [held.source], "push")
        await reader.round(2 * DAY)
        assert len(world.requests("/feed")) == 1
        assert (await reader.standing()).next_visit < reader.now, "it stays due"
        pushing = asyncio.create_task(reader.push(feed(world, item(2))))
        while not reader.subscriber.waiting:  # noqa: ASYNC110
            await asyncio.sleep(0)
        await reader.rounds.store.later(claims.end, "push")
        reader.subscriber.freed([held.source])
        assert await pushing == 202
        await reader.round()
        assert len(world.requests("/feed")) == 2
        assert await reader.rows("SELECT 1 FROM claim") == []


async def test_a_hub_that_never_rests_does_not_put_off_the_polling(reader: Reader, world: World) -> None:
    async with reader:
        await subscribed(reader, str(30 * DAY))
        for number in range(2, 10):
            reader.days.now += 4 * HOUR
            await reader.push(feed(world, item(number)))
        assert (await reader.standing()).next_visit <= START + DAY + HOUR


@pytest.mark.parametrize("turns", [0, 50])
async def test_what_still_waits_at_the_end_is_fetched_next_time(reader: Reader, world: World, turns: int) -> None:
    async with reader:
        held = await subscribed(reader)
        async with reader.rounds.exchanging:
            pushing = asyncio.create_task(reader.push(feed(world, item(2))))
            while not reader.subscriber.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0)
            for _ in range(turns):  # on its way to the store, or not even that
                await asyncio.sleep(0)
            pushing.cancel()
            await reader.subscriber.__aexit__(None, None, None)
        assert (await reader.rounds.store.later(sources.states, [held.source]))[held.source].next_visit <= START + 900


async def test_tokens_are_nowhere_in_the_log(reader: Reader, world: World, caplog: pytest.LogCaptureFixture) -> None:
    async with reader:
        held = await subscribed(reader)
        await reader.push(feed(world, item(2)))
        await reader.push(feed(world, item(3)), X_Hub_Signature="sha1=0")
    told = "\n".join(line.getMessage() for line in caplog.records)
    assert held.token not in told and held.secret not in told


async def test_a_store_that_cant_be_written_is_told_once_and_is_no_bug(
    reader: Reader, world: World, caplog: pytest.LogCaptureFixture
) -> None:
    async with reader:
        await subscribed(reader)
        await reader.rows("PRAGMA query_only=1")
        for _ in range(2):
            reader.days.now += 61
            await reader.subscriber.tended()
        await reader.rows("PRAGMA query_only=0")
    told = [line for line in caplog.records if "looked after" in line.getMessage()]
    assert [(line.levelname, line.exc_info) for line in told] == [("ERROR", None)]
    assert told[0].getMessage().endswith("nothing can be stored: attempt to write a readonly database")
