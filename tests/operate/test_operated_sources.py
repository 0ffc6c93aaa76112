"""What the operator does to sources: visited now, paused, resumed; and what a pause outlasts."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from days import HOUR, START, Days
from house import House
from websub.reading import Reader, feed, subscribed
from world import Reply, World, item, rss

from aggregator.engine import Engine
from aggregator.inbound.claims import PUSHING, VISITING
from aggregator.model import Because, Entry, Hints, Outcome, Source, SourceState
from aggregator.operate import Controls, Done
from aggregator.operate import sources as operate
from aggregator.policy import politeness
from aggregator.store import claims, hub_subscriptions, incidents, pushes, sources, standings, trails
from aggregator.store.database import Writer

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200
FAILED = SourceState(last_visit=NOON, next_visit=NOON + 900, failures=3, error="no answer")


def waits(desk: Desk, key: str = A, **state: object) -> int:
    """A source that was visited and waits for its next visit; its row."""
    given = {"last_visit": NOON, "next_visit": NOON + 900, "reason": "min_interval", "because": Because.MIN_INTERVAL}
    desk.deliver(key, state=SourceState(**{**given, **state}))  # type: ignore[arg-type]
    return desk.ask(sources.ids, [key])[key]


def due(desk: Desk, now: int = NOON, *, everything: bool = False) -> list[str]:
    return desk.ask(sources.due, now, everything=everything)


# ── Visit ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_that_waits_is_due_at_once_and_says_why(desk: Desk) -> None:
    desk.subscribe(A)
    row = waits(desk)
    assert due(desk) == []

    assert desk.writer.now(operate.visit, row, NOON) is Done.VISITED

    assert due(desk) == [A]
    (standing,) = desk.ask(standings.standings)
    assert (standing.next_visit, standing.reason) == (NOON, "asked for by the operator")


def test_asked_twice_it_is_due_once(desk: Desk) -> None:
    desk.subscribe(A)
    row = waits(desk)
    assert {desk.writer.now(operate.visit, row, NOON + late) for late in (0, 5)} == {Done.VISITED}
    assert desk.rows("SELECT next_visit FROM source WHERE last_visit") == [(NOON,)]


@pytest.mark.parametrize("holder", [VISITING, PUSHING])
def test_a_source_on_which_somebody_works_is_left_to_them(desk: Desk, holder: str) -> None:
    desk.subscribe(A)
    row = waits(desk)
    desk.writer.now(claims.take, [A], holder)

    assert desk.writer.now(operate.visit, row, NOON) is Done.BUSY

    assert due(desk) == []


@pytest.mark.parametrize("act", [operate.visit, operate.pause, operate.resume])
def test_what_cant_be_done_is_said_and_changes_nothing(desk: Desk, act: object) -> None:
    desk.subscribe(A, B, Source(C, enabled=False))
    row = waits(desk, A, gone=True, failures=1, error="410")
    desk.subscribe(A, Source(C, enabled=False))  # B was removed
    rows = desk.ask(sources.ids, [A, B, C])
    before = desk.rows("SELECT * FROM source")

    said = {key: desk.writer.now(act, rows[key], NOON) for key in (B, C)}  # type: ignore[arg-type]
    assert said == {B: Done.NO_SOURCE, C: Done.SWITCHED_OFF}
    assert desk.writer.now(act, 4711, NOON) is Done.NO_SOURCE  # type: ignore[arg-type]
    if act is operate.visit:
        assert desk.writer.now(operate.visit, row, NOON) is Done.GONE
    assert desk.rows("SELECT * FROM source") == before


def test_every_outcome_has_its_line() -> None:
    lines = [done.said for done in Done]
    assert len(set(lines)) == len(lines)
    assert all(line.endswith(".") and "\n" not in line for line in lines)


def test_the_operator_s_visit_is_made_at_an_hour_that_the_feed_skips(desk: Desk) -> None:
    asleep = SourceState(hints=Hints(skip_hours=frozenset(range(24)) - {(NOON // 3600 + 3) % 24}))
    assert politeness.asleep(asleep, NOON)
    assert politeness.asleep(replace(asleep, because=Because.ASKED), NOON) is None


async def test_it_is_visited_by_a_round_and_waits_as_before_afterwards(tmp_path: Path, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))))
    days = Days(tmp_path, world)
    hurried: list[int] = []
    async with Engine(days.config(f'[[source]]\nurl = "{url}"'), tmp_path / "data", lambda: days.now) as rounds:
        await rounds.run(await rounds.inbound.due())
        assert await rounds.inbound.due() == []
        controls = Controls(rounds.store, lambda: hurried.append(1), rounds.publishing.ask, lambda: days.now)

        assert await controls.visit(1) is Done.VISITED

        assert hurried == [1]
        assert (await rounds.run(await rounds.inbound.due())).entries_new == 1
        (standing,) = await rounds.store.later(standings.standings)
    assert standing.next_visit > days.now
    assert standing.reason != operate.REASON
    assert len(world.requests("/feed")) == 2


# ── Pause and resume ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_paused_source_is_never_due_until_it_is_resumed(desk: Desk) -> None:
    desk.subscribe(A, B)
    row = waits(desk)
    waits(desk, B)
    assert desk.writer.now(operate.pause, row, NOON) is Done.PAUSED
    assert due(desk, NOON * 2) == [B] == due(desk, everything=True)
    assert [key for key, *_ in desk.ask(sources.appointments, NOON)] == [B]
    assert desk.writer.now(operate.visit, row, NOON) is Done.IS_PAUSED
    assert desk.writer.now(operate.pause, row, NOON) is Done.PAUSED_ALREADY

    assert desk.writer.now(operate.resume, row, NOON) is Done.RESUMED

    assert due(desk, NOON + 900) == [A, B]
    assert due(desk, NOON) == [], "what was appointed before the pause stands"
    assert desk.writer.now(operate.resume, row, NOON) is Done.RUNS_ALREADY


def test_it_stands_as_paused_and_counts_as_neither_failing_nor_pending(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.deliver(A, Entry("1", "One", "https://a.example/1"), state=FAILED)
    rows = desk.ask(sources.ids, [A, B])
    assert (desk.ask(standings.failing), desk.ask(standings.pending)) == (1, 1)
    for row in rows.values():
        desk.writer.now(operate.pause, row, NOON)

    found = desk.ask(standings.standings)
    assert [(each.state, each.paused, each.reason) for each in found] == [
        ("paused", True, "paused by the operator")
    ] * 2
    assert (desk.ask(standings.failing), desk.ask(standings.pending)) == (0, 0)
    assert desk.ask(sources.next_due) is None
    ((step,),) = [trail.steps for trail in desk.ask(trails.trails, "https://a.example/1")]
    assert step.paused


def test_it_lasts_over_restarts_and_new_configs_but_not_over_removal(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.writer.now(operate.pause, desk.ask(sources.ids, [A])[A], NOON)

    def paused() -> list[str]:
        return [each.key for each in desk.ask(standings.standings) if each.paused]

    desk.subscribe(A, B)
    assert paused() == [A]
    desk.subscribe(Source(A, name="Ann", category="pets"), B)
    assert paused() == [A]
    desk.subscribe(Source(A, enabled=False), B)
    desk.subscribe(A, B)
    assert paused() == [A]
    desk.subscribe(A.replace("https", "http"), B)  # another spelling of its address
    assert paused() == [A.replace("https", "http")]
    desk.subscribe(B)
    desk.subscribe(A.replace("https", "http"), B)
    assert paused() == [], "whoever adds it again wants it"


def test_a_visit_that_is_under_way_is_stored_and_the_pause_stays(desk: Desk) -> None:
    desk.subscribe(A)
    row = waits(desk)
    desk.writer.now(claims.take, [A], VISITING)
    assert desk.writer.now(operate.pause, row, NOON) is Done.PAUSED

    assert desk.deliver(A, Entry("1", "One")) == (1, 0, 1)

    assert desk.ask(sources.is_paused, A)
    assert desk.writer.now(claims.take, [A], VISITING) == {}, "also where it was due before"


def test_its_troubles_end_with_the_pause_and_go_on_after_it(desk: Desk) -> None:
    desk.subscribe(A)
    desk.deliver(A, state=FAILED, outcome=Outcome.FAILED)
    desk.writer.now(incidents.look, NOON, [A])
    row = desk.ask(sources.ids, [A])[A]
    assert [incident.until for incident in desk.ask(incidents.recent)] == [0]

    desk.writer.now(operate.pause, row, NOON + 60)
    assert [incident.until for incident in desk.ask(incidents.recent)] == [NOON + 60]
    desk.writer.now(incidents.look, NOON + 90)
    assert [incident.until for incident in desk.ask(incidents.recent)] == [NOON + 60]
    desk.writer.now(operate.resume, row, NOON + 120)
    assert [incident.until for incident in desk.ask(incidents.recent)] == [0]


def test_a_hub_doesnt_make_a_paused_source_due_and_isnt_asked_to_push_for_it(desk: Desk) -> None:
    desk.subscribe(A)
    row = waits(desk, hub="https://hub.example/", topic=A)
    assert desk.ask(hub_subscriptions.advertised)
    desk.writer.now(operate.pause, row, NOON)

    desk.writer.now(pushes.make_due, A, 60, NOON)

    assert desk.ask(hub_subscriptions.advertised) == []
    assert desk.rows("SELECT next_visit FROM source WHERE last_visit") == [(NOON + 900,)]


async def test_a_push_for_a_paused_source_is_not_taken(tmp_path: Path, world: World) -> None:
    world.plays("/hub", Reply(202))
    world.plays("/feed", Reply(body=feed(world, item(1))))
    async with Reader(tmp_path, world, f'[[source]]\nurl = "{world.url("/feed")}"') as reader:
        await subscribed(reader)
        await reader.rounds.store.later(operate.pause, 1, reader.now)

        assert await reader.push(feed(world, item(1), item(2))) == 202

        assert (await reader.standing()).entries == 1
        assert reader.subscriber.waiting == 0, "nor does it wait"
        await reader.rounds.store.later(operate.resume, 1, reader.now)
        assert await reader.push(feed(world, item(1), item(2), item(3))) == 202
        assert (await reader.standing()).entries == 3


def test_sources_and_explain_say_so(house: House) -> None:
    (house.folder / "a.md").write_text("# An article\n\nWith a text of a few words.\n")
    house.write('[[source]]\npath = "a.md"\n[[source]]\npath = "b.md"\nenabled = false\n')
    house.run("once")
    writer = Writer(house.data)
    assert writer.now(operate.pause, 1, START) is Done.PAUSED
    writer.close()

    one, two = house.json("sources")
    assert (one["state"], one["reason"], one["next_visit"]) == ("paused", "paused by the operator", None)
    assert (two["state"], two["reason"]) == ("paused", "enabled = false in the config")
    assert "its source is paused" in house.run("explain", "a.md").stdout
    assert house.json("once", "--all")["visited"] == 0
    assert house.json("sources")[0]["state"] == "paused", "a start takes nothing back"


def test_a_pause_is_for_as_long_as_it_takes(desk: Desk) -> None:
    """Nothing becomes due while it lasts, whatever the clock says."""
    desk.subscribe(A)
    row = waits(desk)
    desk.writer.now(operate.pause, row, NOON)
    assert desk.ask(sources.due, NOON + 400 * 24 * HOUR) == []
