"""A round over visits of the test's own: what it claims it releases, however it ends, and tells whose turn it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from aggregator.config.schema import Config
from aggregator.config.tables import SourceTable
from aggregator.inbound import Inbound
from aggregator.inbound.claims import PUSHING, Claims
from aggregator.inbound.uplink import Uplink
from aggregator.model import Delivery, FailureKind, Outcome, Source, SourceState, TroubleError, Visit
from aggregator.store import claims, sources
from aggregator.store.database import Writer

NOW = 1_767_355_200
KEYS = [f"http://h{number % 4}.example/{number}" for number in range(12)]
CONFIG = Config(source=[SourceTable(url=key) for key in KEYS])


class Desk:
    """A round's parts: a store, and visits that are counted and end as the test wants."""

    def __init__(self, store: Writer) -> None:
        self.store = store
        self.visited: list[str] = []
        self.freed: list[str] = []
        self.trouble_at = 0
        working = Claims(CONFIG, store, lambda: NOW, self.freed.extend)
        self.inbound = Inbound(
            CONFIG, self.visit, self.resolves, working, store, lambda: NOW, Uplink(store, lambda: NOW)
        )

    async def visit(self, source: Source, state: SourceState, now: int) -> Delivery:
        assert self.claimed()[source.key] == "visit"
        self.visited.append(source.key)
        if len(self.visited) == self.trouble_at:
            raise TroubleError("no memory")
        visit = Visit(source.key, now, Outcome.UNCHANGED, 304)
        return Delivery(source.key, visit, replace(state, last_visit=now, next_visit=now + 900))

    async def resolves(self, _host: str) -> bool:
        return True

    def claimed(self) -> dict[str, str]:
        return self.store.now(lambda database: dict(database.execute("SELECT source, holder FROM claim").fetchall()))

    async def round(self, patience: float = 60) -> list[str]:
        """The keys of the visits that were stored."""
        return [visit.source async for visit in self.inbound.round(await self.inbound.due(), patience)]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Writer(tmp_path)
    store.now(sources.register, CONFIG.sources)
    yield Desk(store)
    store.close()


async def test_each_source_is_claimed_while_it_is_visited_and_no_longer(desk: Desk) -> None:
    assert sorted(await desk.round()) == sorted(desk.visited) == sorted(KEYS)
    assert desk.claimed() == {}
    assert sorted(desk.freed) == sorted(KEYS)


async def test_what_somebody_else_works_on_is_left_for_the_next_round(desk: Desk) -> None:
    desk.store.now(claims.take, KEYS[:3], PUSHING)
    assert sorted(await desk.round()) == sorted(KEYS[3:])
    assert desk.claimed() == dict.fromkeys(KEYS[:3], PUSHING)
    assert not {*desk.freed} & {*KEYS[:3]}
    desk.store.now(claims.end, PUSHING)
    assert sorted(await desk.round()) == sorted(KEYS[:3])


async def test_a_round_without_time_leaves_nothing_claimed(desk: Desk) -> None:
    assert await desk.round(patience=-1) == [] == desk.visited
    assert desk.claimed() == {}
    assert {*desk.freed} == {*KEYS}


async def test_a_round_that_ends_in_our_own_trouble_leaves_nothing_claimed(desk: Desk) -> None:
    desk.trouble_at = 5
    with pytest.raises(TroubleError, match="no memory"):
        await desk.round()
    assert len(desk.visited) < len(KEYS)
    assert desk.claimed() == {}
    assert {*desk.freed} == {*KEYS}


async def test_a_round_that_is_told_to_stop_leaves_nothing_claimed(desk: Desk) -> None:
    desk.inbound.stop()
    assert await desk.round() == [] == desk.visited
    assert desk.claimed() == {}


async def test_hosts_of_removed_sources_say_nothing_of_our_own_connection(desk: Desk) -> None:
    """Thirty that were dead and removed, and one more that fails, were more than were reached, for ever."""
    uplink = desk.inbound._uplink
    for number in range(30):
        uplink.asked(f"http://dead{number}.example/f", f"dead{number}.example")
        uplink.silent(f"dead{number}.example", number + 1, was_well=False)
    uplink.asked("http://gone.example/f", "h1.example")
    healthy = desk.visit

    async def one_fails(source: Source, state: SourceState, now: int) -> Delivery:
        delivery = await healthy(source, state, now)
        if source.key not in KEYS[3::4] or not delivery.visit:
            return delivery
        visit = replace(delivery.visit, outcome=Outcome.FAILED, kind=FailureKind.SERVER, detail="500")
        return replace(delivery, visit=visit, state=replace(delivery.state, failures=1))

    desk.inbound._visit = one_fails
    assert sorted(await desk.round()) == sorted(KEYS)
    assert uplink.hosts.keys() == {f"h{number}.example" for number in range(4)}
    failing = {key for key, state in desk.store.now(sources.states, KEYS).items() if state.failures}
    assert failing == {*KEYS[3::4]}, "it is theirs"


async def test_a_source_that_moves_leaves_its_host(desk: Desk) -> None:
    uplink = desk.inbound._uplink
    uplink.asked(KEYS[0], "old.example")
    uplink.silent("old.example", 1, was_well=False)
    uplink.answered(KEYS[0], "new.example", 2)
    assert uplink.hosts.keys() == {"new.example"}


async def test_a_delivery_that_cannot_be_stored_costs_its_own_source_alone(desk: Desk) -> None:
    healthy = desk.visit

    async def one_is_broken(source: Source, state: SourceState, now: int) -> Delivery:
        delivery = await healthy(source, state, now)
        return replace(delivery, documents={"": None}) if source.key == KEYS[7] else delivery  # type: ignore[dict-item]

    desk.inbound._visit = one_is_broken
    assert sorted(await desk.round()) == sorted(KEYS)
    states = desk.store.now(sources.states, KEYS)
    assert [key for key, state in states.items() if state.failures] == [KEYS[7]]
    assert desk.claimed() == {} and {*desk.freed} == {*KEYS}
