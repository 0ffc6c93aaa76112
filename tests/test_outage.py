"""When hardly anybody can be reached it is one incident, of our own line, and over within minutes of its return.

Real rounds under a clock that jumps; over a loopback web of thirty hosts, or one that is played where names matter.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from days import DAY, HOUR, START, Days
from world import Asked, Reply, World, item, rss

from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.inbound import Inbound
from aggregator.inbound.claims import Claims
from aggregator.inbound.visit import Visitor
from aggregator.model import (
    Answer,
    DocumentState,
    FailureKind,
    Incident,
    Retrieval,
    Source,
    SourceState,
    Trouble,
    host_of,
)
from aggregator.operate import sources as operated
from aggregator.policy.outage import Reach
from aggregator.store import incidents, standings
from aggregator.store.standings import Standing

MINUTE = 60
HOSTS = [f"127.0.1.{number}" for number in range(1, 31)]
LOGIN = b"<!doctype html><title>Welcome</title><form action=/login><input name=room></form>" + b"<p>guests</p>" * 50


@pytest.fixture
def wide() -> Iterator[World]:
    """A loopback web of thirty hosts."""
    with World(HOSTS) as made:
        yield made


class Life:
    """A daemon's life, a minute at a time, over the same folder and with one start after the other."""

    def __init__(self, days: Days, config: Config) -> None:
        self.days = days
        self.config = config
        self.told: list[Incident] = []
        self.stood: list[Standing] = []

    async def live(self, seconds: int, web: Any = None) -> None:
        """Lives so long, with another web client if one is given."""
        end = self.days.now + seconds
        async with Engine(self.config, self.days._folder / "data", lambda: self.days.now) as rounds:
            if web:
                rounds.inbound = _inbound(rounds, web, self.days)
            while self.days.now < end:
                await rounds.uplink.look((web or rounds._web).resolves)
                while keys := await rounds.inbound.due():
                    await rounds.run(keys)
                self.days.now += MINUTE
            self.told = await rounds.store.later(incidents.recent)
            self.stood = await rounds.store.later(standings.standings)
            self.outage = rounds.uplink.outage


def _inbound(rounds: Engine, web: Any, days: Days) -> Inbound:
    visitor = Visitor(rounds.config.settings, web, rounds._workers)
    claims = Claims(rounds.config, rounds.store, lambda: days.now, lambda _keys: None)
    return Inbound(rounds.config, visitor.visit, web.resolves, claims, rounds.store, lambda: days.now, rounds.uplink)


def _life(tmp_path: Path, wide: World, answer: Callable[[Asked], Reply], polling: str = "") -> Life:
    days = Days(tmp_path, wide)
    wide.plays("/f", answer)
    sources = "".join(f'[[source]]\nurl = "{wide.url("/f", host)}"\n' for host in HOSTS)
    return Life(days, days.config(sources, polling))


def _feed(asked: Asked) -> Reply:
    return Reply(200, rss(item(HOSTS.index(asked.host))))


async def _down(wide: World, life: Life, way: Callable[[Asked], Reply] | None) -> None:
    """Lives four hours while nobody answers: nobody at all, or another one in everybody's place."""
    if way:
        wide.plays("/f", way)
        await life.live(4 * HOUR)
        wide.plays("/f", _feed)
    else:
        wide.goes_away()
        await life.live(4 * HOUR)
        wide.comes_back()


@pytest.mark.parametrize(
    "way",
    [
        None,
        lambda _: Reply(503),
        lambda _: Reply(511),
        lambda _: Reply(403, LOGIN),
        lambda _: Reply(200, LOGIN, {"Content-Type": "text/html"}),
        lambda asked: Reply(302, b"", {"Location": f"http://{HOSTS[0]}:{asked.headers['host'].rpartition(':')[2]}/x"}),
    ],
    ids=["refused", "503", "511", "403", "a login page", "a redirect to nowhere"],
)
async def test_when_nobody_answers_it_is_one_incident_and_over_within_minutes(
    tmp_path: Path, wide: World, way: Callable[[Asked], Reply] | None, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    life = _life(tmp_path, wide, _feed)
    await life.live(2 * HOUR)
    began = life.days.now
    await _down(wide, life, way)
    assert {(each.state, each.failures) for each in life.stood} == {("ok", 0)}, "no back-off grows"
    (incident,) = life.told
    assert incident.trouble is Trouble.OFFLINE and began - HOUR < incident.since <= began
    assert life.outage.startswith("nothing could be reached since 2026-11-23 0")
    back = life.days.now
    await life.live(6 * MINUTE)
    assert all(each.last_visit >= back for each in life.stood), "all are tried again within minutes"
    (incident,) = life.told
    assert back <= incident.until <= back + 6 * MINUTE and not life.outage
    messages = [record.message for record in caplog.records if record.name.endswith("uplink")]
    assert [("seems to be down" in line, "is back" in line) for line in messages] == [(True, False), (False, True)]


async def test_half_behind_one_dead_host_are_failing_and_the_others_never_wait(tmp_path: Path, wide: World) -> None:
    """The connections of fifteen hosts break, each of its own name: a company that has many sites has gone.

    Each second one of those that are due is: where the next few all are, by chance, only a name that is looked up tells
    the company's trouble from ours, and addresses have none.
    """
    life = _life(tmp_path, wide, _feed)
    await life.live(2 * HOUR)
    due = sorted(life.stood, key=lambda each: each.next_visit)
    dead = {host_of(each.key) for each in due[::2]}
    began = life.days.now

    async def drop(writer: Any) -> None:
        writer.close()

    wide.plays("/f", lambda asked: Reply(raw=drop) if asked.host in dead else _feed(asked))
    await life.live(DAY)
    assert {incident.trouble for incident in life.told} == {Trouble.FAILING}
    assert len(life.told) == len(dead) and all(incident.since < began + 2 * HOUR for incident in life.told)
    for each in life.stood:
        host = each.key.partition("//")[2].partition(":")[0]
        assert (each.failures > 3) is (host in dead)
    asked = [asked for asked in wide.asked if asked.at >= began and asked.host in dead]
    assert len(asked) <= len(dead) * 9, "as often as their back-off has it, and once or twice more"


class Played:
    """A client whose hosts answer as `answers` says, by host and hour; names can be looked up by `named`."""

    def __init__(self, days: Days, answers: Callable[[str, int], FailureKind], named: bool = True) -> None:
        self.days, self.answers, self.named = days, answers, named
        self.asked: list[tuple[str, int]] = []

    async def resolves(self, _host: str) -> bool:
        return self.named

    async def retrieve(self, source: Source, state: SourceState) -> Retrieval:
        host = source.key.partition("//")[2].partition("/")[0]
        self.asked.append((host, self.days.now))
        kind = self.answers(host, self.days.now - START)
        if kind:
            return Retrieval(errors={"": f"it met {kind}"}, kind=kind, answer=Answer())
        return Retrieval(states={"": DocumentState()}, answer=Answer(status=304))


def _played(tmp_path: Path, wide: World, hosts: int) -> Life:
    days = Days(tmp_path, wide)
    urls = "".join(f'[[source]]\nurl = "http://h{number}.example/f"\n' for number in range(hosts))
    return Life(days, days.config(urls))


@pytest.mark.parametrize("kind", [FailureKind.DNS, FailureKind.TIMEOUT, FailureKind.TLS, FailureKind.BLOCKED])
@pytest.mark.parametrize("hosts", [4, 12])
async def test_whatever_is_in_the_way_and_however_few_there_are(
    tmp_path: Path, wide: World, kind: FailureKind, hosts: int
) -> None:
    """Also while names are looked up still: a cache knows them, or a portal says the same of all."""
    life = _played(tmp_path, wide, hosts)
    down = range(2 * HOUR, 8 * HOUR)
    web = Played(life.days, lambda _, at: kind if at in down else FailureKind.NONE)
    await life.live(8 * HOUR + 6 * MINUTE, web)
    assert {(each.state, each.failures) for each in life.stood} == {("ok", 0)}
    assert all(each.last_visit >= START + 8 * HOUR for each in life.stood)
    assert [incident.trouble for incident in life.told] == [Trouble.OFFLINE]


async def test_an_outage_goes_on_over_a_restart(tmp_path: Path, wide: World) -> None:
    life = _played(tmp_path, wide, 12)
    web = Played(life.days, lambda _, at: FailureKind.TIMEOUT if at >= 2 * HOUR else FailureKind.NONE)
    await life.live(3 * HOUR, web)
    for _ in range(12):
        await life.live(10 * MINUTE, web)
    assert {(each.state, each.failures) for each in life.stood} == {("ok", 0)}
    assert [(incident.trouble, incident.until) for incident in life.told] == [(Trouble.OFFLINE, 0)]


async def test_a_line_that_comes_back_for_a_moment_is_down_all_the_same(tmp_path: Path, wide: World) -> None:
    life = _played(tmp_path, wide, 12)
    lucky: list[str] = []

    def answers(host: str, at: int) -> FailureKind:
        if 2 * HOUR <= at < 8 * HOUR:
            if at < 4 * HOUR or lucky:
                return FailureKind.TIMEOUT
            lucky.append(host)
        return FailureKind.NONE

    await life.live(8 * HOUR + 6 * MINUTE, Played(life.days, answers))
    assert lucky and {each.failures for each in life.stood} == {0}
    assert {incident.trouble for incident in life.told} == {Trouble.OFFLINE}


async def test_a_source_of_our_own_network_answers_all_the_same(tmp_path: Path, wide: World) -> None:
    life = _played(tmp_path, wide, 20)
    down = range(2 * HOUR, 8 * HOUR)
    web = Played(
        life.days, lambda host, at: FailureKind.TIMEOUT if at in down and host != "h0.example" else FailureKind.NONE
    )
    await life.live(8 * HOUR + 6 * MINUTE, web)
    assert {each.failures for each in life.stood} == {0}
    assert [incident.trouble for incident in life.told] == [Trouble.OFFLINE]
    lost = [each for each in life.stood if "//h0." not in each.key]
    assert all(each.last_visit >= START + 8 * HOUR for each in lost)


async def test_three_dead_sources_that_come_up_together_are_no_outage(tmp_path: Path, wide: World) -> None:
    """They were put off together, came up together, and were taken for one again: for ever, and never failing."""
    life = _played(tmp_path, wide, 10)
    dead = {"h0.example", "h1.example", "h2.example"}
    web = Played(life.days, lambda host, at: FailureKind.TIMEOUT if host in dead else FailureKind.NONE)
    await life.live(DAY, web)
    assert {each.key for each in life.stood if each.failures > 3} == {f"http://{host}/f" for host in dead}
    assert {incident.trouble for incident in life.told} == {Trouble.FAILING}
    assert all(sum(host == each for host, _ in web.asked) < 12 for each in dead)


async def test_while_it_lasts_one_source_is_tried_every_five_minutes_and_each_hourly(
    tmp_path: Path, wide: World
) -> None:
    life = _played(tmp_path, wide, 12)
    web = Played(life.days, lambda _, at: FailureKind.TIMEOUT if at >= 2 * HOUR else FailureKind.NONE)
    await life.live(14 * HOUR, web)
    late = [at for _, at in web.asked if at >= START + 4 * HOUR]
    assert len(late) < 10 * 12 * 2
    assert max(later - at for at, later in itertools.pairwise(late)) <= 6 * MINUTE


async def test_a_visit_that_the_operator_asks_for_shows_that_it_is_over(tmp_path: Path, wide: World) -> None:
    life = _played(tmp_path, wide, 12)
    down = range(2 * HOUR, 8 * HOUR)
    web = Played(life.days, lambda _, at: FailureKind.TIMEOUT if at in down else FailureKind.NONE)
    await life.live(8 * HOUR, web)
    async with Engine(life.config, tmp_path / "data", lambda: life.days.now) as rounds:
        rounds.inbound = _inbound(rounds, web, life.days)
        rounds.uplink.hosts["h3.example"] = Reach(lost=1.0)
        await rounds.store.later(operated.visit, 4, life.days.now)
        await rounds.run(["http://h3.example/f"])
        assert len(await rounds.inbound.due()) == 11


async def test_whoever_stops_waits_for_no_name_server(tmp_path: Path, wide: World) -> None:
    life = _played(tmp_path, wide, 4)

    class Hanging(Played):
        async def resolves(self, _host: str) -> bool:
            raise AssertionError("it was asked")

    async with Engine(life.config, tmp_path / "data", lambda: life.days.now) as rounds:

        def stops(_host: str, _at: int) -> FailureKind:
            rounds.inbound.stop()
            return FailureKind.DNS

        rounds.inbound = _inbound(rounds, Hanging(life.days, stops), life.days)
        await rounds.run(["http://h0.example/f"])
        stood = await rounds.store.later(standings.standings)
    assert {each.failures for each in stood} == {0}


async def test_what_a_server_asks_for_while_others_fail_is_kept(tmp_path: Path, wide: World) -> None:
    life = _life(tmp_path, wide, lambda asked: Reply(503, b"", {"Retry-After": "7200"}))
    await life.live(HOUR)
    assert {each.failures for each in life.stood} == {1}
    assert all(each.next_visit >= START + 7200 for each in life.stood)
    assert life.stood[0].error == "answered 503"
