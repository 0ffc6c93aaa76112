"""Which document is given a process next: small ones first, a heavy one never the last process, and none never."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parsing.places import Places

MEGABYTE = 1024**2


class Desk:
    """Documents that ask for a place, and hold it until they are told to go."""

    def __init__(self, processes: int) -> None:
        self.places = Places(processes)
        self.began: list[str] = []
        self.inside: set[str] = set()
        self._ends: dict[str, asyncio.Event] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def asks(self, name: str, size: int) -> None:
        self._ends[name] = asyncio.Event()
        self._tasks[name] = asyncio.create_task(self._hold(name, size))

    async def _hold(self, name: str, size: int) -> None:
        async with self.places.place(name, size):
            self.began.append(name)
            self.inside.add(name)
            await self._ends[name].wait()
            self.inside.remove(name)

    async def settled(self) -> list[str]:
        """Who has begun, once all who can have."""
        for _ in range(10):
            await asyncio.sleep(0)
        return self.began

    async def ends(self, name: str) -> None:
        self._ends[name].set()
        await self._tasks[name]

    async def hangs_up(self, name: str) -> None:
        self._tasks[name].cancel()
        with suppress(asyncio.CancelledError):
            await self._tasks[name]


async def test_small_ones_go_first_whatever_came_first() -> None:
    desk = Desk(1)
    for name, size in (("first", 10), ("ahead", 10), ("large", 900_000), ("middling", 90_000), ("small", 900)):
        desk.asks(name, size)
        await desk.settled()
    assert await desk.settled() == ["first", "ahead"]
    for name in ("first", "ahead", "small", "middling", "large"):
        await desk.ends(name)
        await desk.settled()
    assert desk.began == ["first", "ahead", "small", "middling", "large"]


@pytest.mark.parametrize(("processes", "at_once"), [(1, 1), (2, 1), (4, 3)])
async def test_one_process_is_always_left_to_small_ones(processes: int, at_once: int) -> None:
    desk = Desk(processes)
    for number in range(6):
        desk.asks(f"heavy {number}", 2 * MEGABYTE)
    assert len(await desk.settled()) == at_once
    desk.asks("small", 10)
    assert (await desk.settled())[-1] == "small"


async def test_none_waits_for_ever_however_many_small_ones_come() -> None:
    """One of a kilobyte goes as if it had come five milliseconds later."""
    desk = Desk(1)
    desk.asks("first", 10)
    desk.asks("ahead", 10)
    desk.asks("waits", 1024)
    under_way = await desk.settled()
    number = 0
    while "waits" not in desk.began:
        desk.asks(f"small {number}", 0)
        await desk.ends(under_way[number])
        await desk.settled()
        number += 1
    assert number > 1
    assert len(desk.inside) == 2


async def test_who_hangs_up_keeps_no_place() -> None:
    desk = Desk(2)
    for name in ("one", "two", "three"):
        desk.asks(name, 10)
    desk.asks("gone", 10)
    desk.asks("waits", 20)
    await desk.settled()
    await desk.hangs_up("gone")
    await desk.ends("one")
    assert await desk.settled() == ["one", "two", "three", "waits"]
    await desk.hangs_up("two")
    desk.asks("next", 10)
    assert (await desk.settled())[-1] == "next"


@given(
    st.integers(1, 4),
    st.lists(st.tuples(st.sampled_from((0, 10, 5000, 3 * MEGABYTE)), st.sampled_from(("ends", "hangs up", "stays")))),
)
def test_all_who_asked_have_their_turn(processes: int, asked: list[tuple[int, str]]) -> None:
    async def live() -> None:
        desk = Desk(processes)
        gone = set()
        for number, (size, what) in enumerate(asked):
            desk.asks(str(number), size)
            await desk.settled()
            assert len(desk.inside) <= processes + 1
            if what == "hangs up":
                await desk.hangs_up(str(number))
                desk.inside.discard(str(number))
                gone.add(str(number))
            elif what == "ends" and desk.inside:
                await desk.ends(min(desk.inside))
        while desk.inside:
            await desk.ends(min(desk.inside))
            await desk.settled()
        assert {*desk.began} | gone == {str(number) for number in range(len(asked))}

    asyncio.run(live())
