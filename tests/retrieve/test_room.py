"""Room for bodies: bounded, given back, and whatever comes there is one that gets to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from world import HOSTS, Reply, World, item, rss

from aggregator.config.schema import Config
from aggregator.config.tables import Polling
from aggregator.model import Source, SourceState
from aggregator.retrieve.room import Room
from aggregator.retrieve.web import Web


async def settled() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_who_finds_none_waits_and_the_first_goes_on_however_full_it_is() -> None:
    room = Room(100)

    async def take(holder: str, size: int) -> None:
        await room.take(holder, size)

    with room.of("first"), room.of("second"), room.of("third"):
        await take("first", 60)
        await take("second", 40)
        waiting = asyncio.create_task(take("third", 1))
        more = asyncio.create_task(take("second", 1))
        await settled()
        assert not waiting.done() and not more.done()
        await take("first", 500)
        assert room.taken == 600
        with room.of("fourth"):
            pass
        await settled()
        assert not more.done()
        assert room.kept_waiting("third") and not room.kept_waiting("first")
        more.cancel()
        waiting.cancel()
        await asyncio.gather(more, waiting, return_exceptions=True)
    assert room.taken == 0


async def test_what_one_gives_back_another_gets() -> None:
    room = Room(100)
    with room.of("second"):
        with room.of("first"):
            await room.take("first", 100)
            waiting = asyncio.create_task(room.take("second", 80))
            opening = asyncio.create_task(room.open())
            await settled()
            assert not waiting.done() and not opening.done()
        await waiting
        await opening
        assert room.taken == 80


async def test_what_is_larger_than_all_the_room_has_its_turn_however_many_small_ones_come() -> None:
    room = Room(100)
    with ExitStack() as others, room.of("large"):
        with room.of("before"):
            await room.take("before", 10)
            waiting = asyncio.create_task(room.take("large", 500))
            await settled()
            others.enter_context(room.of("after"))
            await room.take("after", 10)
            await settled()
            assert not waiting.done()
        await waiting
        assert room.taken == 510


async def test_who_gives_up_waiting_lets_the_next_go_on() -> None:
    room = Room(100)
    with room.of("next"):
        with room.of("large"):
            with room.of("before"):
                await room.take("before", 100)
                large = asyncio.create_task(room.take("large", 500))
                await settled()
                following = asyncio.create_task(room.take("next", 500))
                await settled()
                large.cancel()
                await asyncio.gather(large, return_exceptions=True)
            await settled()
            assert not following.done()
        await following


async def test_who_isn_t_inside_takes_none() -> None:
    room = Room(100)
    await room.take("nobody", 1000)
    assert room.taken == 0


async def test_a_time_limit_stands_still_while_we_keep_it_waiting() -> None:
    room, leaves = Room(1), asyncio.Event()
    stood: list[float | None] = []

    async def first() -> None:
        with room.of("first"):
            await room.take("first", 1)
            await leaves.wait()

    async def look(limit: asyncio.Timeout) -> None:
        stood.append(limit.when())
        leaves.set()

    holding = asyncio.create_task(first())
    await settled()
    with room.of("second"):
        async with asyncio.timeout(30) as limit:
            until = limit.when()
            looking = asyncio.create_task(look(limit))
            await room.take("second", 1, limit)
            assert stood == [None]
            assert until is not None and (limit.when() or 0) > until
    await asyncio.gather(holding, looking)


@given(st.integers(1, 200), st.lists(st.lists(st.integers(0, 150), max_size=5), max_size=8))
def test_whatever_comes_all_get_to_their_end(most: int, bodies: list[list[int]]) -> None:
    async def live() -> None:
        room = Room(most)
        seen = 0

        async def receive(number: int, pieces: list[int]) -> None:
            nonlocal seen
            await room.open()
            with room.of(number):
                for piece in pieces:
                    await room.take(number, piece)
                    seen = max(seen, room.taken)
                    await asyncio.sleep(0)

        await asyncio.wait_for(asyncio.gather(*(receive(n, pieces) for n, pieces in enumerate(bodies))), 10)
        assert room.taken == 0
        assert seen <= most + max((sum(pieces) for pieces in bodies), default=0)

    asyncio.run(live())


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    polling = Polling(allow_networks=["127.0.0.0/8"], contact="ops@site.example", timeout="5s")
    async with Web(Config(polling=polling).settings, lambda: 1_800_000_000, Room(300_000)) as opened:
        yield opened


async def test_bodies_over_http_take_room_until_their_visits_end(web: Web, world: World) -> None:
    """Three of 250 kB where there is room for 300: each is read to its end, one after the other, and none is blamed."""
    body = rss(item(1, "x" * 250_000))
    world.plays("/long", Reply(200, body))
    most = 0

    async def visit(host: str) -> int:
        nonlocal most
        source = Source(world.url("/long", host))
        with web.room.of(source.key):
            found = await web.retrieve(source, SourceState())
            most = max(most, web.room.taken)
            assert not found.errors
            await settled()
            return len(found.documents[0].body)

    assert await asyncio.gather(*map(visit, HOSTS)) == [len(body)] * 3
    assert most < 2 * len(body)
    assert web.room.taken == 0
