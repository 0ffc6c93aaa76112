"""Our own trouble: the line, the clock and the disk fail, and no source is blamed for it."""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from days import DAY, HOUR, START, Days
from house import SERVED, House, until
from world import Reply, World, item, rss

from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.inbound import Inbound
from aggregator.inbound.claims import Claims
from aggregator.inbound.visit import Visitor
from aggregator.model import (
    Answer,
    Because,
    DocumentState,
    Ending,
    FailureKind,
    Retrieval,
    Source,
    SourceState,
    Trouble,
    TroubleError,
)  # fmt: skip
from aggregator.policy import politeness
from aggregator.store import database, incidents, standings
from aggregator.store.database import Writer, try_to_write

POLLING = Config().settings
A = Source("https://a.example/f")
FEED = rss(item(1))


@pytest.fixture
def days(tmp_path: Path, world: World) -> Days:
    return Days(tmp_path, world)


class Offline:
    """A client whose line is down from `since` to `until`; else each feed is as it was."""

    def __init__(self, clock: Callable[[], int], since: int, until: int) -> None:
        self._clock = clock
        self._down = range(since, until)
        self.asked = 0

    async def resolves(self, _host: str) -> bool:
        return self._clock() not in self._down

    async def retrieve(self, _source: Source, _state: SourceState) -> Retrieval:
        self.asked += 1
        if self._clock() in self._down:
            return Retrieval(errors={"": "the host's name can't be looked up for now"}, kind=FailureKind.DNS)
        return Retrieval(states={"": DocumentState()}, answer=Answer(status=304))


def _inbound(rounds: Engine, web: Any, days: Days) -> Inbound:
    """The inward flow of these rounds, with another web client."""
    visitor = Visitor(rounds.config.settings, web, rounds._workers)
    claims = Claims(rounds.config, rounds.store, lambda: days.now, lambda _keys: None)
    return Inbound(rounds.config, visitor.visit, web.resolves, claims, rounds.store, lambda: days.now, rounds.uplink)


@pytest.mark.parametrize("hosts", [1, 2, 5])
async def test_six_hours_offline_are_one_incident_of_nobody_and_over_at_once(
    days: Days, hosts: int, caplog: pytest.LogCaptureFixture
) -> None:
    """miniflux #2150: every feed backs off to a day. With a single source nobody can tell whose trouble it is."""
    text = "".join(f'[[source]]\nurl = "http://h{n}.example/f"\ninterval = "15m"\n' for n in range(hosts))
    config = days.config(text)
    ends = START + 7 * HOUR
    async with Engine(config, days._folder / "data", lambda: days.now) as rounds:
        web = Offline(lambda: days.now, START + HOUR, ends)
        rounds.inbound = _inbound(rounds, web, days)
        while days.now < ends + HOUR:
            await rounds.uplink.look(web.resolves)
            if keys := await rounds.inbound.due():
                await rounds.run(keys)
            days.now += 60
        stood = await rounds.store.later(standings.standings)
        told = await rounds.store.later(incidents.recent)
    if hosts == 1:
        assert [incident.trouble for incident in told] == [Trouble.FAILING]
        return
    assert {standing.state for standing in stood} == {"ok"}
    assert all(standing.last_visit >= ends + HOUR - 1500 for standing in stood)
    (incident,) = told
    assert (incident.trouble, incident.ending) == (Trouble.OFFLINE, Ending.RECOVERED)
    assert abs(incident.since - (START + HOUR)) <= 1500 and 0 <= incident.until - ends <= 120
    assert len([line for line in caplog.messages if "seems to be down" in line]) == 1
    assert web.asked < hosts * (60 + 24)


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("can't start new thread")])
async def test_a_machine_without_memory_or_threads_is_no_source_s_fault(days: Days, error: Exception) -> None:
    config = days.config("".join(f'[[source]]\nurl = "http://h{n}.example/f"\n' for n in range(3)))

    class Starved:
        async def resolves(self, _host: str) -> bool:
            return True

        async def retrieve(self, _source: Source, _state: SourceState) -> Retrieval:
            raise error

    async with Engine(config, days._folder / "data", lambda: days.now) as rounds:
        rounds.inbound = _inbound(rounds, Starved(), days)
        with pytest.raises(TroubleError, match=r"no visits can be made: (there is no memory|can't start new thread)"):
            await rounds.run(await rounds.inbound.due())
        stood = await rounds.store.later(standings.standings)
    assert {(standing.state, standing.failures, standing.error) for standing in stood} == {("pending", 0, "")}


def test_a_visit_that_our_line_kept_from_being_made_is_no_failure() -> None:
    state = SourceState(last_visit=START)
    waits = []
    now = START + HOUR
    for _ in range(5):
        after = politeness.offline(state, now)
        waits.append(after.next_visit - now)
        assert (after.failures, after.last_visit, after.error) == (0, START, "")
        now = after.next_visit
    assert waits == [HOUR] * 5


@pytest.mark.parametrize("ahead", [DAY * 30, DAY * 700])
async def test_a_clock_that_was_ahead_leaves_no_appointment_behind(days: Days, world: World, ahead: int) -> None:
    config = days.config(f'[[source]]\nurl = "{world.plays("/f", Reply(200, FEED))}"')
    days.now += ahead
    await days.live(60, config)
    days.now = START
    await days.live(60, config)
    assert len(world.asked) == 1, "it was asked just now, whatever the clock said"
    (standing,) = await days.live(26 * HOUR, config)
    assert len(world.asked) >= 2 and standing.last_visit <= days.now < standing.next_visit <= days.now + 26 * HOUR


async def test_what_is_due_in_a_week_by_a_server_s_wish_is_no_mistake_of_the_clock(days: Days, world: World) -> None:
    url = world.plays("/f", Reply(200, FEED, {"Cache-Control": "max-age=604800"}))
    await days.live(6 * DAY, days.config(f'[[source]]\nurl = "{url}"'))
    assert len(world.asked) == 1


@pytest.mark.parametrize(
    ("because", "interval", "soon"),
    [
        (Because.INTERVAL, 60, True),
        (Because.RHYTHM, 0, True),
        (Because.RETRY_AFTER, 60, False),
        (Because.FRESH, 60, False),
        (Because.FAILURES, 60, False),
    ],
)
def test_a_shorter_interval_counts_from_now_and_no_server_s_wish_is_shortened(
    because: Because, interval: int, soon: bool
) -> None:
    late = START + 7 * DAY
    source = Source("https://a.example/f", interval=interval)
    at = politeness.reappointed(source, late, because, POLLING, START)
    assert at == (START + (interval or POLLING.max_interval) if soon else late)
    assert politeness.reappointed(source, START + 30, because, POLLING, START) == START + 30, "never later"


def test_a_full_disk_is_found_by_a_small_write(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "data")
    writer.now(try_to_write, tmp_path / "data")
    with pytest.raises(TroubleError, match="nothing can be stored: "):
        writer.now(try_to_write, tmp_path / "away")
    writer.now(lambda database: database.execute("PRAGMA query_only=1"))
    with pytest.raises(TroubleError, match="nothing can be stored: "):
        writer.now(try_to_write, tmp_path / "data")
    writer.now(lambda database: database.execute("PRAGMA query_only=0"))
    writer.close()


def test_a_mistake_of_ours_is_no_trouble_of_the_disk() -> None:
    connection = sqlite3.connect(":memory:")
    with pytest.raises(sqlite3.OperationalError) as raised:
        connection.execute("SELECT nonsense")
    assert not database.is_unusable(raised.value)
    connection.close()


def test_while_nothing_can_be_stored_nobody_is_asked_again_and_healthz_says_so(house: House, world: World) -> None:
    house.write(SERVED)
    with house.daemon() as running:
        until(lambda: json.loads(running.get("/healthz").body)["last_round"])  # all is published and noted by then
        locked = sqlite3.connect(house.data / "aggregator.db", isolation_level=None)
        locked.execute("BEGIN IMMEDIATE")
        house.write(f'{SERVED}[[source]]\nurl = "{world.plays("/f", Reply(200, FEED))}"\n')
        running.send(1)
        until(lambda: running.get("/healthz").status == 503)
        locked.rollback()
        locked.close()
        running.send(1)
        running.logged("the round can be done again")
        until(lambda: world.asked)
        assert running.stop() == 0
        assert len([line for line in running.log if "could not be done" in line]) == 1
    assert not sources_failed(house)


def sources_failed(house: House) -> list[Any]:
    return [source for source in house.json("sources") if source["failures"]]


def test_a_reader_that_has_stopped_reading_gets_five_seconds(house: House, world: World) -> None:
    long = " ".join(f"w{number}" for number in range(60_000))
    house.write(
        f'{SERVED}[[source]]\nurl = "{world.plays("/f", Reply(200, rss(*(item(n, long) for n in range(12)))))}"\n'
    )
    house.run("once")
    with house.daemon() as running, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        reader.connect(("127.0.0.1", running.port))
        reader.sendall(b"GET /feed.xml HTTP/1.1\r\nHost: x\r\n\r\n")
        assert reader.recv(10)
        began = time.monotonic()
        assert running.stop() == 0
        assert time.monotonic() - began < 9


def test_one_bad_file_of_a_folder_is_named_and_the_rest_is_well(house: House) -> None:
    (house.folder / "articles").mkdir()
    (house.folder / "articles/good.md").write_text("# Good\n\nAll of it.\n")
    (house.folder / "articles/bad.json").write_text("{")
    house.write(f'{SERVED}[[source]]\npath = "articles"\n')
    for _ in range(3):
        house.run("once", "--all")
        (told,) = house.json("sources")
        assert told["state"] == "ok" and "bad.json" in told["error"] and not told["failures"]
        assert told["entries"] == 1


def test_a_long_name_of_the_temporary_folder_is_no_obstacle(house: House, world: World, tmp_path: Path) -> None:
    long = tmp_path / ("x" * 120)
    long.mkdir()
    house.write(f'{SERVED}[[source]]\nurl = "{world.plays("/f", Reply(200, FEED))}"\n')
    house.run("once", TMPDIR=str(long))
    assert len(house.entries()) == 1


def test_a_second_signal_a_moment_later_ends_at_once(house: House, world: World) -> None:
    import asyncio

    async def never(_writer: Any) -> None:
        await asyncio.sleep(60)

    house.write(f'{SERVED}[[source]]\nurl = "{world.plays("/slow", Reply(raw=never))}"\n')
    with house.daemon() as running:
        until(lambda: world.asked)
        running.send(15)
        time.sleep(0.6)
        began = time.monotonic()
        assert running.stop(15) == 128 + 15
        assert time.monotonic() - began < 3


def test_silent_since_it_was_first_seen_it_is_asked_more_and_more_seldom() -> None:
    for arrived in ([], [0, 0, 0], [START - 4000 * DAY], [START, START]):
        state, now, waits = SourceState(), START, []
        for visit in range(60):
            state = politeness.after_success(A, state, Answer(status=200), POLLING, now, arrived if not visit else [])
            waits.append(state.next_visit - now)
            now = state.next_visit
        assert waits[-1] > HOUR


@pytest.mark.parametrize(("failures", "wait"), [(0, 30), (2, 30), (6, HOUR)])
def test_a_short_retry_after_is_believed_a_few_times(failures: int, wait: int) -> None:
    answer = Answer(status=429, retry_after="30")
    after = politeness.after_failure(
        A, SourceState(failures=failures), answer, FailureKind.TOO_MANY, "429", POLLING, START
    )
    assert wait <= after.next_visit - START
    assert (after.next_visit - START < 60) is (wait == 30)


def test_a_local_path_that_is_away_is_looked_at_every_minute() -> None:
    source = Source("articles", Path("/articles"))
    after = politeness.after_failure(
        source, SourceState(failures=9), Answer(), FailureKind.LOCAL, "away", POLLING, START
    )
    assert after.next_visit - START <= 75


@pytest.mark.parametrize(
    ("status", "failures", "asked"), [(404, 0, True), (410, 0, True), (500, 0, False), (500, 2, True)]
)
def test_a_move_that_was_taken_back_leads_to_the_configured_address(status: int, failures: int, asked: bool) -> None:
    state = SourceState(location="https://new.example/f", failures=failures)
    kind = {404: FailureKind.REFUSED, 410: FailureKind.GONE, 500: FailureKind.SERVER}[status]
    after = politeness.after_failure(A, state, Answer(status=status), kind, "x", POLLING, START)
    assert (after.location == "") is asked
    assert not after.gone


async def test_304_for_ever_is_doubted_after_a_week_and_then_seldom(days: Days, world: World) -> None:
    def answer(asked: Any) -> Reply:
        if "if-none-match" in asked.headers:
            return Reply(304)
        return Reply(200, rss(item(1), *([item(2)] if asked.at > START + 2 * DAY else [])), {"ETag": '"1"'})

    url = world.plays("/f", answer)
    await days.live(12 * DAY, days.config(f'[[source]]\nurl = "{url}"\ninterval = "6h"'), rounds_at_most=100)
    plain = [(asked.at - START) // DAY for asked in world.asked if "if-none-match" not in asked.headers]
    assert plain[0] == 0 and len(plain) == 2 and 8 <= plain[1] <= 9


async def test_all_means_those_that_are_gone_too(days: Days, world: World) -> None:
    url = world.plays("/f", Reply(410), Reply(200, FEED))
    config = days.config(f'[[source]]\nurl = "{url}"')
    (standing,) = await days.live(DAY, config)
    assert standing.state == "gone"
    async with Engine(config, days._folder / "data", lambda: days.now) as rounds:
        await rounds.once(await rounds.inbound.due(everything=True))
        (standing,) = await rounds.store.later(standings.standings)
    assert standing.state == "ok"
