"""What /readyz looks at: which facts make a check fail, and that nothing else does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.policy import readiness
from aggregator.policy.readiness import LATELY, Room, Running, checks

GB = 10**9
WELL = Running(last_round=7, since_round=60.0, published=7, took=1.0)
ROOM = Room(100 * GB, 50 * GB, 1000)


def failing(
    states: dict[str, int] | None = None,
    unreadable: str = "",
    missing: tuple[str, ...] = (),
    room: Room = ROOM,
    running: Running | None = WELL,
) -> dict[str, str]:
    """The checks that fail, and what they say."""
    return {check.name: check.said for check in checks(states, unreadable, missing, room, running) if not check.ok}


def test_all_is_well() -> None:
    assert failing({"ok": 3, "failing": 1}) == {}
    names = [check.name for check in checks({}, "", (), ROOM, WELL)]
    assert names == ["store", "rounds", "network", "publishing", "outputs", "sources", "disk"]


def test_without_a_daemon_only_what_anybody_can_see_is_looked_at() -> None:
    assert [check.name for check in checks({}, "", (), ROOM, None)] == ["store", "outputs", "sources", "disk"]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"last_round": 0}, {"rounds": "the first round has not ended yet"}),
        ({"since_round": float(LATELY)}, {}),
        ({"since_round": LATELY + 60.0}, {"rounds": "the last one ended 16 minutes ago"}),
        ({"trouble": "the disk is full"}, {"rounds": "the disk is full"}),
        ({"outage": "no route"}, {"network": "our own connection seems to be down: no route"}),
        ({"unpublished": "feed: no"}, {"publishing": "feed: no"}),
        ({"waiting": float(LATELY)}, {}),
        ({"waiting": LATELY + 1.0}, {"publishing": "what came has waited for 15 minutes"}),
        ({"waiting": LATELY + 1.0, "took": 120.0}, {}),
        ({"waiting": 2401.0, "took": 120.0}, {"publishing": "what came has waited for 40 minutes"}),
    ],
)
def test_what_a_daemon_knows_of_itself(facts: dict[str, float], said: dict[str, str]) -> None:
    assert failing(running=replace(WELL, **facts)) == said  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("states", "fails"),
    [
        ({}, False),
        ({"failing": 1, "ok": 1}, False),
        ({"failing": 2, "ok": 1, "gone": 5, "paused": 5, "pending": 5}, True),
        ({"failing": 1}, True),
        ({"pending": 9, "gone": 1}, False),
    ],
)
def test_of_the_sources_that_are_visited_half_may_fail(states: dict[str, int], fails: bool) -> None:
    assert ("sources" in failing(states)) is fails


def test_the_share_is_told_also_while_it_is_small() -> None:
    assert "3 of 300 fail (1%)" in [check.said for check in checks({"failing": 3, "ok": 297}, "", (), ROOM, None)]


@pytest.mark.parametrize(
    ("room", "fails"),
    [
        (Room(100 * GB, 2 * GB), False),
        (Room(100 * GB, GB - 1), True),
        (Room(20_000 * GB, 2 * GB), False),
        (Room(20_000 * GB, GB), True),
        (Room(GB, 70 * 2**20), False),
        (Room(GB, 60 * 2**20), True),
        (Room(0, 0), True),
        (Room(100 * GB, 50 * GB, 0), True),
        (Room(100 * GB, 50 * GB, 1), False),
        (Room(100 * GB, 50 * GB, None), False),
    ],
)
def test_the_disk_must_not_be_full(room: Room, fails: bool) -> None:
    assert ("disk" in failing(room=room)) is fails


def test_every_edition_has_its_file() -> None:
    missing = tuple(f"a.{number}" for number in range(5))
    assert failing(missing=missing) == {"outputs": "not published yet: a.0, a.1, a.2 and 2 more"}


def test_the_store_can_be_read() -> None:
    assert failing(None, "it is gone") == {"store": "it is gone"}
    assert readiness.Running() == Running("", "", "")
