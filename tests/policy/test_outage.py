"""Whose an outage is: since when hosts that were well are lost, one after the other, and nobody answers."""

from __future__ import annotations

import pytest

from aggregator.model import Because, FailureKind, SourceState
from aggregator.policy import outage
from aggregator.policy.outage import Down, Reach


def _hosts(story: str) -> list[Reach]:
    """What became of hosts one after the other: "+" answered, "-" was lost, "x" failed as it did before."""
    return [
        Reach(reached=at) if what == "+" else Reach(reached=1, lost=at, was_well=what == "-")
        for at, what in enumerate(story, 2)
    ]


@pytest.mark.parametrize(
    ("story", "since"),
    [
        ("", 0),
        ("--", 0),
        ("---", 2),
        ("+++---", 5),
        ("---+", 0),  # somebody was reached since
        ("+xxx", 0),  # dead hosts that come up together say nothing
        ("--x-", 2),
        ("---------+", 2),  # a source of our own network answers all the same
        ("--------+", 0),
        ("-+-+-+-+-+-", 0),  # a host of many sites is gone
    ],
)
def test_it_is_down_since_those_that_were_well_are_lost(story: str, since: int) -> None:
    found = outage.judge(_hosts(story), 100, began=1000)
    assert (found.since if found else 0) == since


@pytest.mark.parametrize(("lost", "down"), [(9, False), (10, True)])
def test_where_others_were_reached_in_the_same_round_more_have_to_be_lost(lost: int, down: bool) -> None:
    assert (outage.judge(_hosts("+" * 40 + "-" * lost), 100, began=1) is not None) is down


@pytest.mark.parametrize(("configured", "down"), [(3, True), (4, False)])
def test_nearly_all_that_there_are_need_not_have_been_well(configured: int, down: bool) -> None:
    """A line that comes back for a moment leaves nobody who is well."""
    assert outage.judge(_hosts("xxx"), configured, 1000) == (Down(2, is_sure=True) if down else None)


def test_a_few_are_no_certainty() -> None:
    assert outage.judge(_hosts("---"), 30, 1000) == Down(2, is_sure=False)
    assert outage.judge(_hosts("-" * 10), 30, 1000) == Down(2, is_sure=True)


def test_a_visit_that_began_before_another_was_answered_says_nothing() -> None:
    reach = outage.silent(outage.answered(Reach(), 5), 4, was_well=True)
    assert reach == Reach(reached=5)
    assert outage.silent(reach, 6, was_well=True) == Reach(5, 6, was_well=True)
    assert outage.silent(Reach(5, 6, was_well=True), 7, was_well=False) == Reach(5, 6, was_well=True)
    assert outage.answered(Reach(5, 6, was_well=True), 7) == Reach(7)


def test_what_a_server_alone_can_say_is_never_ours() -> None:
    theirs = {kind for kind in FailureKind if not outage.may_be_ours(kind)}
    assert theirs == {"", "429", "410", "local", "bug", "shortage"}


@pytest.mark.parametrize(
    ("state", "well"),
    [
        (SourceState(), True),
        (SourceState(failures=1), False),
        (SourceState(because=Because.OFFLINE), False),
        (SourceState(because=Because.BACK), False),
    ],
)
def test_who_failed_before_or_waited_for_our_line_is_no_witness(state: SourceState, well: bool) -> None:
    assert outage.is_well(state) is well


def test_witnesses_are_three_other_hosts_that_have_names() -> None:
    hosts = ["a.example", "", "192.0.2.7", "2001:db8::7", "b.example", "c.example", "c.example", "d.example", "e.org"]
    assert outage.witnesses(iter(hosts), {"a.example"}) == ["b.example", "c.example", "d.example"]
    assert outage.witnesses(["192.0.2.7"], set()) == []
