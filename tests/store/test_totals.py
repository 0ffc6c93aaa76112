"""What is counted for ever: over restarts, and when the records are let go."""

from __future__ import annotations

import lzma
from typing import TYPE_CHECKING

from aggregator.model import Entry, HubSubscription, Intent, Outcome, SourceState, Trouble
from aggregator.policy.retention import KEEP_VISITS
from aggregator.store import hub_subscriptions, incidents, retention, sources, statistics
from aggregator.store.statistics import Total
from tests.store.test_upgrade import FIRST

if TYPE_CHECKING:
    from pathlib import Path

    from tests.store.conftest import Desk

NOON = 1_767_355_200
A = "https://a.example/feed"
B = "https://b.example/feed"


def test_visits_are_counted_also_when_their_records_are_gone(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One"), Entry("2", "Two"))
    desk.deliver(A, outcome=Outcome.FAILED)
    before = desk.ask(statistics.totals)
    assert desk.writer.now(retention.forget_visits, NOON + 2 * KEEP_VISITS) == 2
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]
    desk.deliver(A, Entry("3", "Three"))
    after = desk.ask(statistics.totals)

    assert (before[Outcome.OK], before[Outcome.FAILED]) == (Total(1, 2, 0, 2), Total(1))
    assert (after[Outcome.OK], after[Outcome.FAILED]) == (Total(2, 3, 0, 3), Total(1))
    assert after[Outcome.GONE] == Total(), "every outcome has its series from the first day on"


def test_what_an_older_version_recorded_counts(desk: Desk, tmp_path: Path) -> None:
    made = tmp_path / "then"
    made.mkdir()
    (made / "aggregator.db").write_bytes(lzma.decompress(FIRST.read_bytes()))
    upgraded = desk.again(made)
    try:
        counted = upgraded.rows("SELECT outcome, count(*), sum(entries_new) FROM visit GROUP BY 1 ORDER BY 1")
        totals = upgraded.ask(statistics.totals)
    finally:
        upgraded.writer.close()

    assert counted
    assert {str(outcome): (total.visits, total.entries_new) for outcome, total in totals.items() if total.visits} == {
        outcome: (visits, entries) for outcome, visits, entries in counted
    }


def test_what_is_due_counts_and_how_long_it_has_waited(desk: Desk) -> None:
    assert desk.ask(sources.overdue, NOON) == (2, 0), "who was never visited waits for nothing that was appointed"
    desk.deliver(A, state=SourceState(last_visit=NOON, next_visit=NOON + 60))
    desk.deliver(B, state=SourceState(last_visit=NOON, next_visit=NOON + 90))
    assert desk.ask(sources.overdue, NOON + 59) == (0, 0)
    assert desk.ask(sources.overdue, NOON + 75) == (1, 15)
    assert desk.ask(sources.overdue, NOON + 100) == (2, 40)
    desk.subscribe(B)
    assert desk.ask(sources.overdue, NOON + 100) == (1, 10)


def test_troubles_and_subscriptions_are_counted_by_kind(desk: Desk) -> None:
    assert desk.ask(incidents.lasting) == dict.fromkeys(Trouble, 0)
    gone = SourceState(last_visit=NOON, next_visit=NOON + 60, failures=1, gone=True, error="answered 410")
    desk.deliver(A, state=gone, outcome=Outcome.GONE)
    desk.writer.now(incidents.look, NOON)
    held = HubSubscription("t", A, "https://hub.example/", A, "https://us.example/t", "s", Intent.VERIFIED)
    desk.writer.now(hub_subscriptions.put, [held])

    assert desk.ask(incidents.lasting) == dict.fromkeys(Trouble, 0) | {Trouble.GONE: 1}
    assert desk.ask(hub_subscriptions.counts) == dict.fromkeys(Intent, 0) | {Intent.VERIFIED: 1}
