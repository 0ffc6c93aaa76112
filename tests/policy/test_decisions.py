"""What is decided from facts and `now` alone: how the daemon is, what is let go."""

from __future__ import annotations

import pytest

from aggregator.policy import health, retention

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


def test_what_is_beyond_what_is_kept_goes_a_slice_at_a_time() -> None:
    assert [retention.beyond(count, 10) for count in (0, 10, 11, 500)] == [0, 0, 1, 490]
    assert [retention.beyond(count, 10, 100) for count in (9, 11, 500)] == [0, 1, 100]
    assert retention.slice_of([("a", 3), ("b", 900), ("c", 1)], 4) == ["a", "b"]
    assert retention.slice_of([("a", 900), ("b", 1)], 4) == ["a"], "a large one is begun, or it would never go"
    assert retention.slice_of([], 4) == []
