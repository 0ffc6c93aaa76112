"""What is decided from facts and `now` alone: how the daemon is, what is let go."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Keep
from aggregator.policy import health, retention

NOW = 1_767_355_200
WELL = {"trouble": "", "outage": "", "ticked": 1000.0, "last_round": 7, "sources": 3, "failing": 1}


@pytest.mark.parametrize(
    ("facts", "later", "trouble"),
    [
        ({}, 60, ""),
        ({}, health.STALE, ""),
        ({}, health.STALE + 1, "no round has ended lately"),
        ({"outage": "no route"}, 60, "our own connection seems to be down: no route"),
        ({"outage": "no route"}, health.STALE + 1, "our own connection seems to be down: no route"),
        ({"trouble": "the disk is full", "outage": "no route"}, health.STALE + 1, "the disk is full"),
    ],
)
def test_the_worst_that_is_known_is_what_is_said(facts: dict[str, str], later: float, trouble: str) -> None:
    told = health.judge(health.Facts(**WELL | facts), 1000 + later)  # type: ignore[arg-type]
    assert (told.trouble, told.last_round, told.sources, told.failing) == (trouble, 7, 3, 1)


def test_of_a_document_what_is_beyond_what_is_kept_goes() -> None:
    assert [retention.beyond(count, 10) for count in (0, 10, 11, 500)] == [0, 0, 1, 490]


@pytest.mark.parametrize(
    ("keep", "gone"),
    [
        (Keep(0, 0), 0),
        (Keep(0, 3), 1),
        (Keep(0, 4), 0),
        (Keep(25, 0), 2),
        (Keep(20, 0), 2),
        (Keep(19, 0), 3),
        (Keep(25, 1), 3),
        (Keep(5, 3), 4),
    ],
)
def test_of_a_source_what_is_too_old_goes_and_what_is_too_many(keep: Keep, gone: int) -> None:
    instants = [NOW - 40, NOW - 30, NOW - 20, NOW - 10]
    assert retention.too_old_or_many(instants, keep, NOW) == gone
    assert retention.is_beyond(len(instants), instants[0], keep, NOW) == (gone > 0)


@given(st.dictionaries(st.integers(0, 30), st.integers(0, 200), max_size=20), st.integers(0, 5000))
def test_where_the_room_ends_whoever_has_the_most_gives_first(counts: dict[int, int], excess: int) -> None:
    gone = retention.fairly(counts, min(excess, sum(counts.values())))
    left = {source: count - gone.get(source, 0) for source, count in counts.items()}
    assert sum(gone.values()) == min(excess, sum(counts.values()))
    assert all(count >= 0 for count in left.values())
    assert all(count > 0 for count in gone.values())
    most = max(left.values(), default=0)
    assert all(most - left[source] <= 1 for source in gone), "nobody gave who has less than others now"


def test_as_many_go_as_take_the_room_with_some_to_spare() -> None:
    assert retention.to_fit(1000, 1000, 50) == 0
    assert retention.to_fit(1001, 1000, 1001) == 51
    assert retention.to_fit(2_000, 1_000, 100) == 53
