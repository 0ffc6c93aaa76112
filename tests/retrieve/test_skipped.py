"""skipHours and skipDays when a visit happens: it was planned for another hour, and the machine slept, or cron came."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing

import pytest
from days import DAY, HOUR, START, Days
from house import SERVED, House, until
from hypothesis import given
from hypothesis import strategies as st
from world import Reply, World, item, rss

from aggregator.engine import Engine
from aggregator.model import Because, Hints, SourceState
from aggregator.policy import politeness, wishes

NIGHT = frozenset(range(6))


@pytest.fixture
def days(tmp_path, world: World) -> Days:  # type: ignore[no-untyped-def]
    return Days(tmp_path, world)


def _hints(hours: frozenset[int] = frozenset(), weekdays: frozenset[int] = frozenset()) -> Hints:
    return Hints(0, hours, weekdays)


@pytest.mark.parametrize(
    ("hints", "now", "until", "reason"),
    [
        (_hints(NIGHT), START + 3 * HOUR + 17, START + 6 * HOUR, "the feed's skipHours"),
        (_hints(NIGHT), START + 6 * HOUR - 1, START + 6 * HOUR, "the feed's skipHours"),
        (_hints(weekdays=frozenset({0, 1})), START + 5, START + 2 * DAY, "the feed's skipDays"),
        (_hints(NIGHT, frozenset({0})), START + 23 * HOUR, START + DAY + 6 * HOUR, "the feed's skipDays"),
    ],
)
def test_a_feed_that_may_not_be_asked_is_put_off_and_says_why(hints: Hints, now: int, until: int, reason: str) -> None:
    state = SourceState(next_visit=START, last_visit=START - DAY, failures=2, error="answered 500", hints=hints)
    put_off = politeness.asleep(state, now)
    assert put_off is not None
    assert (put_off.next_visit, put_off.because, put_off.reason) == (until, Because.SKIPPED, reason)
    assert (put_off.failures, put_off.error, put_off.last_visit) == (2, "answered 500", START - DAY), (
        "no visit was made"
    )


@pytest.mark.parametrize(
    ("hints", "now"),
    [
        (Hints(), START),
        (_hints(NIGHT), START + 6 * HOUR),
        (_hints(weekdays=frozenset({5, 6})), START),
        (_hints(frozenset(range(24))), START),  # nobody means that: it would never be asked again
        (_hints(weekdays=frozenset(range(7))), START + DAY),
    ],
)
def test_a_feed_that_may_be_asked_is_asked(hints: Hints, now: int) -> None:
    assert politeness.asleep(SourceState(hints=hints), now) is None


@given(
    st.frozensets(st.integers(0, 23), max_size=23),
    st.frozensets(st.integers(0, 6), max_size=6),
    st.integers(START, START + 14 * DAY),
)
def test_it_is_put_off_to_the_first_moment_there_is(hours: frozenset[int], weekdays: frozenset[int], now: int) -> None:
    hints = _hints(hours, weekdays)
    put_off = politeness.asleep(SourceState(hints=hints), now)
    at = put_off.next_visit if put_off else now
    assert not wishes.skipped_by(at, hints)
    assert all(wishes.skipped_by(instant, hints) for instant in range(now, at, 900))
    assert politeness.asleep(SourceState(hints=hints), at) is None


def _sleeper(hours: range, number: int = 1) -> bytes:
    listed = "".join(f"<hour>{hour % 24}</hour>" for hour in hours)
    return rss(*map(item, range(number)), channel=f"<skipHours>{listed}</skipHours>")


async def test_a_machine_that_slept_into_a_skipped_hour_waits_for_its_end(days: Days, world: World) -> None:
    config = days.config(f'[[source]]\nurl = "{world.plays("/f", Reply(200, _sleeper(range(8, 12))))}"\n')
    days.now = START + 6 * HOUR
    async with Engine(config, days._folder / "data", lambda: days.now) as rounds:
        await rounds.run(await rounds.inbound.due())
        days.now = START + DAY + 9 * HOUR  # it was due at 7 the day before
        keys = await rounds.inbound.due()
        assert len(keys) == 1
        assert (await rounds.run(keys)).visited == 0
        assert await rounds.inbound.due() == []
        assert len(world.asked) == 1
        days.now = START + DAY + 12 * HOUR
        assert (await rounds.run(await rounds.inbound.due())).visited == 1
    assert len(world.asked) == 2


def _make_due(house: House) -> None:
    with closing(sqlite3.connect(house.data / "aggregator.db")) as stored, stored:
        stored.execute("UPDATE source SET next_visit = 1")


def _furnish(house: House, world: World) -> None:
    now = time.gmtime().tm_hour
    house.write(f'{SERVED}[[source]]\nurl = "{world.plays("/f", Reply(200, _sleeper(range(now, now + 4))))}"\n')
    house.run("once")
    assert len(world.asked) == 1
    _make_due(house)


def test_once_from_cron_does_not_ask_in_a_skipped_hour_and_an_operator_s_wish_does(house: House, world: World) -> None:
    _furnish(house, world)
    assert house.json("once")["visited"] == 0
    assert len(world.asked) == 1
    (told,) = house.json("sources")
    assert (told["state"], told["reason"], told["failures"]) == ("ok", "the feed's skipHours", 0)
    assert told["next_visit"] > time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    assert house.json("once", "--all")["visited"] == 1
    assert len(world.asked) == 2


def test_the_daemon_does_not_ask_in_a_skipped_hour(house: House, world: World) -> None:
    _furnish(house, world)
    with house.daemon() as running:
        until(
            lambda: running.get("/healthz").status == 200 and house.json("sources")[0]["reason"].endswith("skipHours")
        )
        assert running.stop() == 0
    assert len(world.asked) == 1
