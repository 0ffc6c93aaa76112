"""Incidents: one for each trouble, however many visits it takes, and never a word of passwords."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Ending, Incident, Outcome, Source, SourceState, Trouble
from aggregator.policy.incidents import Condition, Lasting, begun, ended
from aggregator.store import incidents

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"
NOON = 1_767_355_200
HOUR, DAY = 3600, 86400


def visited(desk: Desk, key: str = A, *, at: int = NOON, **state: Any) -> None:
    """A visit that left the source in this state, and the look after its round."""
    outcome = Outcome.GONE if state.get("gone") else Outcome.FAILED if state.get("failures") else Outcome.OK
    known = {"last_visit": at, "next_visit": at + HOUR, **state}
    desk.deliver(key, at=at, state=SourceState(**known), outcome=outcome)
    desk.writer.now(incidents.look, at, [key])


def failed(desk: Desk, count: int, key: str = A, *, since: int = NOON, error: str = "no answer") -> None:
    """So many failures in a row, an hour apart."""
    for number in range(count):
        visited(desk, key, at=since + number * HOUR, failures=number + 1, error=f"{error}, {number + 1}")


def told(desk: Desk) -> list[Incident]:
    return desk.ask(incidents.recent)


# ── Failing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_third_failure_in_a_row_is_an_incident_since_the_first(desk: Desk) -> None:
    visited(desk, at=NOON - HOUR)
    failed(desk, 2)
    assert told(desk) == []
    failed(desk, 3)

    (incident,) = told(desk)
    assert (incident.trouble, incident.since, incident.opened) == (Trouble.FAILING, NOON, NOON + 2 * HOUR)
    assert (incident.name, incident.address, incident.detail) == ("a.example", A, "no answer, 3")
    assert (incident.until, incident.ending) == (0, None)


def test_a_second_failure_a_day_after_the_first_is_one_too(desk: Desk) -> None:
    visited(desk, failures=1, error="x")
    visited(desk, at=NOON + DAY, failures=2, error="x")

    assert [incident.since for incident in told(desk)] == [NOON]


def test_further_failures_change_nothing(desk: Desk) -> None:
    failed(desk, 3)
    before = told(desk)
    for number in range(4, 20):
        visited(desk, at=NOON + number * HOUR, failures=number, error=f"another error, the {number}th")
        desk.writer.now(incidents.look, NOON + number * HOUR)

    assert told(desk) == before


def test_a_success_ends_it_and_the_next_failures_are_another(desk: Desk) -> None:
    failed(desk, 3)
    visited(desk, at=NOON + 2 * DAY)
    (ended,) = told(desk)
    failed(desk, 3, since=NOON + 3 * DAY)

    assert (ended.until, ended.ending) == (NOON + 2 * DAY, Ending.RECOVERED)
    assert [incident.urn == ended.urn for incident in told(desk)] == [False, True]


def test_one_source_s_trouble_is_nothing_to_another(desk: Desk) -> None:
    failed(desk, 3)
    visited(desk, B)
    failed(desk, 3, B)

    assert {incident.address for incident in told(desk)} == {A, B}


# ── Gone, moved ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_gone_is_told_at_once_and_takes_the_place_of_failing(desk: Desk) -> None:
    failed(desk, 3)
    visited(desk, at=NOON + DAY, failures=4, error="answered 410", gone=True)

    gone, failing = told(desk)
    assert {gone.trouble, failing.trouble} == {Trouble.GONE, Trouble.FAILING}
    assert {gone.ending, failing.ending} == {None, Ending.REPLACED}


def test_a_gone_source_that_was_added_again_and_answers_is_back(desk: Desk) -> None:
    visited(desk, failures=1, error="answered 410", gone=True)
    desk.subscribe(B)
    desk.subscribe(A, B)
    desk.writer.now(incidents.look, NOON + HOUR, [A])
    assert [incident.ending for incident in told(desk)] == [None], "it was not asked yet"
    visited(desk, at=NOON + 2 * HOUR)

    assert [incident.ending for incident in told(desk)] == [Ending.RECOVERED]


def test_a_move_is_told_once_and_a_further_one_again(desk: Desk) -> None:
    for number, place in enumerate(("https://n.example/1", "https://n.example/1", "https://n.example/2")):
        visited(desk, at=NOON + number * HOUR, location=place)

    assert [(i.trouble, i.detail, i.ending) for i in told(desk)] == [
        (Trouble.MOVED, "https://n.example/2", None),
        (Trouble.MOVED, "https://n.example/1", Ending.REPLACED),
    ]


def test_a_redirect_to_where_it_is_configured_is_no_move(desk: Desk) -> None:
    visited(desk, location=A)

    assert told(desk) == []


# ── Silent ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("gap", "days"), [(0, 60), (HOUR, 60), (DAY * 30, 300)])
def test_silence_is_measured_by_the_source_s_own_rhythm_and_told_once(desk: Desk, gap: int, days: int) -> None:
    visited(desk, gap=gap, newest=NOON)
    for day in range(days - 2, days + 5):
        visited(desk, at=NOON + day * DAY, gap=gap, newest=NOON)
        desk.writer.now(incidents.look, NOON + day * DAY + 60)

    (incident,) = told(desk)
    assert (incident.trouble, incident.since) == (Trouble.SILENT, NOON)
    assert (incident.opened - NOON) // DAY == days


def test_it_ends_when_the_source_speaks_and_may_begin_again(desk: Desk) -> None:
    visited(desk, newest=NOON)
    for at in (NOON + 61 * DAY, NOON + 130 * DAY):
        desk.writer.now(incidents.look, at)
        visited(desk, at=at + DAY, newest=at + DAY)

    assert [(i.trouble, i.ending) for i in told(desk)] == [(Trouble.SILENT, Ending.RECOVERED)] * 2


def test_neither_folders_nor_feeds_without_dates_nor_failing_ones_are_called_silent(desk: Desk) -> None:
    desk.subscribe(A, B, "articles")
    visited(desk, A)
    visited(desk, B, newest=NOON, failures=1, error="x")
    visited(desk, "articles", newest=NOON)
    desk.writer.now(incidents.look, NOON + 100)
    desk.writer.now(incidents.look, NOON + 61 * DAY)

    assert {incident.trouble for incident in told(desk)} <= {Trouble.FAILING}


# ── What the operator does ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("how", ["disabled", "removed"])
def test_what_is_not_visited_any_more_has_no_incident_and_goes_on_where_it_was(desk: Desk, how: str) -> None:
    failed(desk, 3)
    (before,) = told(desk)
    desk.subscribe(*([Source(A, enabled=False)] if how == "disabled" else []), B)
    desk.writer.now(incidents.look, NOON + DAY)
    (ended,) = told(desk)
    desk.subscribe(A, B)
    visited(desk, at=NOON + 2 * DAY, failures=4, error="y")

    assert (ended.ending, ended.until) == (Ending.DROPPED, NOON + DAY)
    assert told(desk) == [before]


def test_no_password_and_no_key_is_stored_in_an_incident(desk: Desk) -> None:
    key = "https://ann:hunter2@a.example/feed?token=hunter2"
    desk.subscribe(key)
    failed(desk, 3, key, error=f"{key}: no answer")
    visited(desk, key, at=NOON + DAY, location="https://b.example/?auth=hunter2")

    assert len(told(desk)) == 2
    assert "hunter2" not in repr(told(desk))


def test_old_incidents_are_let_go_after_a_year(desk: Desk) -> None:
    failed(desk, 3)
    visited(desk, at=NOON + DAY)
    desk.writer.now(incidents.look, NOON + 300 * DAY)
    assert len(told(desk)) == 1
    desk.writer.now(incidents.look, NOON + 500 * DAY)

    assert told(desk) == []


def test_the_look_after_a_round_reads_no_source_that_is_well(desk: Desk) -> None:
    plan = desk.rows("EXPLAIN QUERY PLAN SELECT id FROM source WHERE failures > 0 OR gone OR location <> ''")
    assert "source_troubled" in str(plan)


# ── The decision ─────────────────────────────────────────────────────────────────────────────────────────────────────

_CONDITIONS = st.builds(
    Condition,
    id=st.just(1),
    key=st.sampled_from([A, "articles"]),
    name=st.just("A"),
    link=st.just(""),
    wanted=st.booleans(),
    fresh=st.booleans(),
    failures=st.integers(0, 4),
    error=st.just("x"),
    gone=st.booleans(),
    location=st.sampled_from(["", A, B]),
    gap=st.integers(0, 100 * DAY),
    newest=st.integers(0, NOON),
    failing_since=st.integers(0, NOON),
)


@given(st.lists(_CONDITIONS, max_size=8), st.integers(0, 100 * DAY))
def test_a_second_look_at_the_same_finds_nothing_new(seen: list[Condition], step: int) -> None:
    lasting: list[Lasting] = []
    for number, condition in enumerate(seen):
        now = NOON + number * step
        for again in (False, True):
            endings = [ended(condition, incident) for incident in lasting]
            lasting = [i for i, ending in zip(lasting, endings, strict=True) if ending is None]
            found = begun(condition, lasting, now)
            assert not again or not (found or any(endings))
            lasting += [Lasting(0, *beginning) for beginning in found]
        assert len({incident.trouble for incident in lasting}) == len(lasting)
