"""What is decided from facts and `now` alone: how the daemon is, whose an outage is, what is let go."""

from __future__ import annotations

import pytest

from aggregator.policy import health, outage, retention
from aggregator.policy.outage import Verdict

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


@pytest.mark.parametrize(
    ("answered", "unreached", "hosts", "verdict"),
    [
        (0, 0, set(), Verdict.THEIRS),
        (5, 0, set(), Verdict.THEIRS),
        (0, 1, {"a"}, Verdict.UNSURE),
        (0, 40, {"a", "b"}, Verdict.UNSURE),
        (0, 3, {"a", "b", "c"}, Verdict.OURS),
        (1, 9, {"a", "b", "c"}, Verdict.OURS),
        (1, 8, {"a", "b", "c"}, Verdict.THEIRS),
    ],
)
def test_an_outage_is_ours_where_nearly_nobody_is_reached(
    answered: int, unreached: int, hosts: set[str], verdict: Verdict
) -> None:
    assert outage.judge(answered, unreached, hosts) is verdict


def test_witnesses_are_three_other_hosts_that_have_names() -> None:
    hosts = [
        "a.example",
        "",
        "192.0.2.7",
        "2001:db8::7",
        "b.example",
        "c.example",
        "c.example",
        "d.example",
        "e.org",
    ]
    assert outage.witnesses(iter(hosts), {"a.example"}) == ["b.example", "c.example", "d.example"]
    assert outage.witnesses(["192.0.2.7"], set()) == []


def test_what_is_beyond_what_is_kept_goes_a_slice_at_a_time() -> None:
    assert [retention.beyond(count, 10) for count in (0, 10, 11, 500)] == [0, 0, 1, 490]
    assert [retention.beyond(count, 10, 100) for count in (9, 11, 500)] == [0, 1, 100]
    assert retention.slice_of([("a", 3), ("b", 900), ("c", 1)], 4) == ["a", "b"]
    assert retention.slice_of([("a", 900), ("b", 1)], 4) == ["a"], "a large one is begun, or it would never go"
    assert retention.slice_of([], 4) == []
