"""The timetable: rounds when they are due, hurried ones not lost, failures not the end."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable

import pytest

from aggregator.model import StoreError, TroubleError
from aggregator.schedule import Timetable
from aggregator.tidying import Tidied

NOW = 1_800_000_000


class Rounds:
    """Counts the rounds; each does what `act` does."""

    def __init__(self, act: Callable[[int], Awaitable[int | None]], beat: float = 60) -> None:
        self.count = 0
        self.now = NOW
        self._act = act
        self.timetable = Timetable(self.visit, self.tidy, lambda: self.now, beat)

    async def visit(self) -> int | None:
        self.count += 1
        return await self._act(self.count)

    async def tidy(self) -> None:
        raise AssertionError("not by night")

    async def reach(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.count < count:  # noqa: ASYNC110  nobody could set an event for it
                await asyncio.sleep(0.01)


async def test_what_a_night_leaves_undone_follows_between_two_rounds() -> None:
    left = [Tidied(is_partial=True), Tidied()]

    async def tidy() -> Tidied:
        return left.pop(0)

    timetable = Timetable(tidy, tidy, lambda: NOW)  # type: ignore[arg-type]
    timetable.start()
    timetable.pause()
    await timetable._night()
    assert timetable._scheduler.get_job("tidying on") is not None
    timetable._scheduler.remove_job("tidying on")
    await timetable._night()
    assert timetable._scheduler.get_job("tidying on") is None
    timetable.stop()


async def _later(_count: int) -> int | None:
    return NOW + 3600


async def test_the_first_round_begins_at_once() -> None:
    rounds = Rounds(_later)
    rounds.timetable.start()
    await rounds.reach(1)
    rounds.timetable.stop()


async def test_what_is_overdue_comes_a_second_later_not_in_a_whirl() -> None:
    async def overdue(_count: int) -> int | None:
        return NOW - 100

    rounds = Rounds(overdue)
    rounds.timetable.start()
    await rounds.reach(1)
    started = asyncio.get_running_loop().time()
    await rounds.reach(2)
    assert 0.8 < asyncio.get_running_loop().time() - started < 10
    rounds.timetable.stop()


async def test_hurry_brings_the_next_round_forward() -> None:
    rounds = Rounds(_later)
    rounds.timetable.start()
    await rounds.reach(1)
    rounds.timetable.hurry()
    await rounds.reach(2)
    rounds.timetable.stop()


async def test_hurry_during_a_round_is_not_lost() -> None:
    """What is wanted meanwhile is not what the round under way began with."""
    under_way, go_on = asyncio.Event(), asyncio.Event()

    async def slow(count: int) -> int | None:
        if count == 1:
            under_way.set()
            await go_on.wait()
        return NOW + 3600

    rounds = Rounds(slow)
    rounds.timetable.start()
    await under_way.wait()
    rounds.timetable.hurry()
    rounds.timetable.hurry()
    await asyncio.sleep(0.05)  # the scheduler has had its chance to drop it
    assert rounds.count == 1
    go_on.set()
    await rounds.reach(2)
    rounds.timetable.stop()


async def test_a_round_that_fails_is_not_the_last(caplog: pytest.LogCaptureFixture) -> None:
    async def fails(count: int) -> int | None:
        if count == 1:
            raise ValueError("a bug")
        return NOW

    rounds = Rounds(fails)
    rounds.timetable.start()
    await rounds.reach(1)
    rounds.timetable.hurry()
    await rounds.reach(2)
    rounds.timetable.stop()
    (record,) = [r for r in caplog.records if r.levelno == logging.ERROR and r.name == "aggregator.schedule"]
    assert record.exc_info


@pytest.mark.parametrize("error", [StoreError("public: can't be written to"), sqlite3.OperationalError("disk full")])
async def test_trouble_that_is_no_bug_is_one_line(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    async def fails(_count: int) -> int | None:
        raise error

    rounds = Rounds(fails)
    rounds.timetable.start()
    async with asyncio.timeout(20):
        while not caplog.records:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    rounds.timetable.stop()
    (record,) = [r for r in caplog.records if r.name == "aggregator.schedule"]
    assert str(error) in record.getMessage()
    assert not record.exc_info


async def test_what_our_own_trouble_prevents_is_told_once_whatever_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    """One process ends as it starts, or takes the one along that starts it: that was two lines, by chance."""
    troubles = ["processes can't be started: one ended", "processes can't be started: all ended", "nothing fits: full"]

    async def fails(count: int) -> int | None:
        raise TroubleError(troubles[count - 1])

    def told() -> list[str]:
        return [r.getMessage() for r in caplog.records if r.name == "aggregator.schedule"]

    rounds = Rounds(fails)
    rounds.timetable.start()
    for count in range(1, len(troubles)):
        await rounds.reach(count)
        rounds.timetable.hurry()
    await rounds.reach(len(troubles))
    async with asyncio.timeout(20):
        while len(told()) < 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    rounds.timetable.stop()
    assert told() == [f"the round could not be done: {trouble}" for trouble in (troubles[0], troubles[2])]


async def test_after_pause_nothing_begins() -> None:
    rounds = Rounds(_later)
    rounds.timetable.start()
    await rounds.reach(1)
    rounds.timetable.pause()
    rounds.timetable.hurry()
    await asyncio.sleep(0.1)
    assert rounds.count == 1
    rounds.timetable.stop()


@pytest.mark.parametrize("shift", [-86400, -3600, 7200, 63_072_000])
async def test_a_clock_that_is_set_makes_the_timetable_anew(shift: int) -> None:
    """Whatever was appointed by the hour that it showed before; a drift of seconds is none."""
    rounds = Rounds(_later, beat=0.05)
    rounds.timetable.start()
    await rounds.reach(1)
    await asyncio.sleep(0.3)
    assert rounds.count == 1
    rounds.now += shift
    await rounds.reach(2)
    rounds.timetable.stop()
