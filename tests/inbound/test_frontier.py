"""Which source is visited next, and what is remembered of it read ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aggregator.inbound.frontier import RUNNING, Frontier
from aggregator.model import Source, SourceState


class Store:
    """Gives each key to whoever asks first, until it is released, and counts how many were asked for at a time."""

    def __init__(self, *claimed: str) -> None:
        self.asked: list[int] = []
        self.claimed = set(claimed)

    async def take(self, keys: list[str]) -> Mapping[str, SourceState]:
        await asyncio.sleep(0)
        self.asked.append(len(keys))
        taken = [key for key in keys if key not in self.claimed]
        self.claimed.update(taken)
        return {key: SourceState(error=key) for key in taken}

    async def release(self, keys: list[str]) -> None:
        await asyncio.sleep(0)
        self.claimed.difference_update(keys)

    def lines(self, due: list[Source]) -> Frontier:
        return Frontier(due, self.take, self.release)


def sources(hosts: int, feeds: int) -> list[Source]:
    return [Source(f"http://{host}.example/{feed}") for feed in range(feeds) for host in range(hosts)]


async def visited(frontier: Frontier, running: int = RUNNING, slots: int = 3) -> list[list[str]]:
    """The keys of each turn, of as many slots as there are; in each turn so many visits at most."""
    turns: list[list[str]] = []

    async def slot() -> None:
        while line := await frontier.take():
            turn = [line.popleft().key for _ in range(min(running, len(line)))]
            for key in turn:
                state = frontier.state(key)
                assert state is not None
                assert state.error == key
            await asyncio.sleep(0)
            turns.append(turn)
            frontier.give_back(line)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(frontier.prepare())
        for _ in range(slots):
            group.create_task(slot())
    return turns


async def test_every_source_has_its_turn_once_with_its_own_state() -> None:
    due = sources(100, 25)
    turns = await visited(Store().lines(due))
    assert sorted(key for turn in turns for key in turn) == sorted(source.key for source in due)
    assert max(map(len, turns)) == RUNNING


async def test_a_host_that_is_given_back_early_goes_to_the_end() -> None:
    turns = await visited(Store().lines(sources(2, 3)), running=1, slots=1)
    assert [turn[0][7] for turn in turns] == ["0", "1", "0", "1", "0", "1"]


async def test_states_are_read_many_at_a_time_but_never_all() -> None:
    store = Store()
    frontier = store.lines(sources(1000, 1))
    preparing = asyncio.create_task(frontier.prepare())
    for _ in range(20):
        await asyncio.sleep(0)
    assert store.asked == [64]
    frontier.close()
    await preparing


async def test_without_sources_there_is_nothing_to_wait_for() -> None:
    assert await visited(Store().lines([])) == []


async def test_what_somebody_else_has_claimed_has_no_state() -> None:
    frontier = Store("http://0.example/0").lines(sources(1, 2))
    preparing = asyncio.create_task(frontier.prepare())
    line = await frontier.take()
    assert line is not None
    assert frontier.state("http://0.example/0") is None
    assert frontier.state("http://0.example/1") is not None
    line.clear()
    frontier.give_back(line)
    await preparing


async def test_what_was_claimed_ahead_and_not_begun_is_released() -> None:
    store = Store()
    frontier = store.lines(sources(100, 2))
    preparing = asyncio.create_task(frontier.prepare())
    line = await frontier.take()
    assert line is not None
    begun, rest = line.popleft().key, line[0].key
    assert frontier.state(begun)
    for _ in range(5):  # others are claimed ahead, as many as there may be
        await asyncio.sleep(0)
    assert rest in store.claimed
    frontier.give_back(line)
    for _ in range(5):
        await asyncio.sleep(0)
    assert begun in store.claimed and rest not in store.claimed
    out = await frontier.take()
    assert out is not None and store.claimed.issuperset(source.key for source in out)
    frontier.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert store.claimed == {begun}
    assert all(frontier.state(source.key) is None for source in out)
    out.clear()
    frontier.give_back(out)
    await preparing


async def test_closed_lines_end_when_those_that_are_out_are_back() -> None:
    frontier = Store().lines(sources(200, 2))
    preparing = asyncio.create_task(frontier.prepare())
    line = await frontier.take()
    assert line is not None
    frontier.close()
    line.clear()
    frontier.give_back(line)
    async with asyncio.timeout(10):
        while (line := await frontier.take()) is not None:  # a batch was being read
            line.clear()
            frontier.give_back(line)
        await preparing
    assert len(frontier) == 0
