"""Which source is visited next, and what is remembered of it read ahead."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from aggregator.inbound.frontier import RUNNING, Lines
from aggregator.model import Source, SourceState


class Store:
    """Answers with a state for each key, and counts how often it was asked for how many."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    async def states(self, keys: list[str]) -> Mapping[str, SourceState]:
        await asyncio.sleep(0)
        self.asked.append(len(keys))
        return {key: SourceState(error=key) for key in keys}


def sources(hosts: int, feeds: int) -> list[Source]:
    return [Source(f"http://{host}.example/{feed}") for feed in range(feeds) for host in range(hosts)]


async def visited(lines: Lines, running: int = RUNNING, slots: int = 3) -> list[list[str]]:
    """The keys of each turn, of as many slots as there are; in each turn so many visits at most."""
    turns: list[list[str]] = []

    async def slot() -> None:
        while line := await lines.take():
            turn = [line.popleft().key for _ in range(min(running, len(line)))]
            for key in turn:
                state = lines.state(key)
                assert state is not None
                assert state.error == key
            await asyncio.sleep(0)
            turns.append(turn)
            lines.give_back(line)

    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(lines.prepare())
        for _ in range(slots):
            group.create_task(slot())
    return turns


async def test_every_source_has_its_turn_once_with_its_own_state() -> None:
    due = sources(100, 25)
    turns = await visited(Lines(due, Store().states))
    assert sorted(key for turn in turns for key in turn) == sorted(source.key for source in due)
    assert max(map(len, turns)) == RUNNING


async def test_a_host_that_is_given_back_early_goes_to_the_end() -> None:
    turns = await visited(Lines(sources(2, 3), Store().states), running=1, slots=1)
    assert [turn[0][7] for turn in turns] == ["0", "1", "0", "1", "0", "1"]


async def test_states_are_read_many_at_a_time_but_never_all() -> None:
    store = Store()
    lines = Lines(sources(1000, 1), store.states)
    preparing = asyncio.create_task(lines.prepare())
    for _ in range(20):
        await asyncio.sleep(0)
    assert store.asked == [64]
    lines.close()
    await preparing


async def test_without_sources_there_is_nothing_to_wait_for() -> None:
    assert await visited(Lines([], Store().states)) == []


async def test_what_is_to_be_forgotten_has_no_state() -> None:
    lines = Lines(sources(1, 2), Store().states)
    preparing = asyncio.create_task(lines.prepare())
    line = await lines.take()
    assert line is not None
    lines.forget("http://0.example/0")
    assert lines.state("http://0.example/0") is None
    assert lines.state("http://0.example/1") is not None
    line.clear()
    lines.give_back(line)
    await preparing


async def test_closed_lines_end_when_those_that_are_out_are_back() -> None:
    lines = Lines(sources(200, 2), Store().states)
    preparing = asyncio.create_task(lines.prepare())
    line = await lines.take()
    assert line is not None
    lines.close()
    line.clear()
    lines.give_back(line)
    async with asyncio.timeout(10):
        while (line := await lines.take()) is not None:  # a batch was being read
            line.clear()
            lines.give_back(line)
        await preparing
    assert len(lines) == 0
