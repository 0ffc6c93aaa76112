"""What is let go: old visits and the space they took, nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlite_utils import Database

from aggregator.model import Entry
from aggregator.store import retention, sources

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"
NOON = 1_767_355_200


def fill(desk: Desk, visits: int, at: int) -> None:
    """Many visits of one instant, with details that take space."""

    def act(stored: Database) -> None:
        with stored.atomic():
            stored.conn.executemany(
                "INSERT INTO visit VALUES (NULL, 1, ?, 'failed', 0, 0, 0, 0, 0, 0.0, ?)",
                ((at, "x" * 300) for _ in range(visits)),
            )

    desk.writer.now(act)


def test_visits_older_than_thirty_days_go_and_the_younger_stay(desk: Desk) -> None:
    for at in (NOON - retention.KEEP_VISITS - 1, NOON - retention.KEEP_VISITS, NOON):
        desk.deliver(A, at=at)

    assert desk.writer.now(retention.tidy, NOON) == 1
    assert desk.rows("SELECT at FROM visit") == [(NOON - retention.KEEP_VISITS,), (NOON,)]


def test_entries_stories_and_what_is_remembered_stay_however_old(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One", published=NOON - 1), at=NOON)
    before = desk.select(), desk.ask(sources.states, [A, B])
    desk.writer.now(retention.tidy, NOON + 10 * 365 * 86400)

    assert (desk.select(), desk.ask(sources.states, [A, B])) == before
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_many_visits_go_in_slices_all_of_them(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * retention.KEEP_VISITS)

    assert desk.writer.now(retention.tidy, NOON) == 12_000
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_the_space_is_given_back(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * retention.KEEP_VISITS)
    (full,) = desk.rows("PRAGMA page_count")[0]
    desk.writer.now(retention.tidy, NOON)

    (left,) = desk.rows("PRAGMA page_count")[0]
    (free,) = desk.rows("PRAGMA freelist_count")[0]
    assert full > 1000
    assert left < full / 2
    assert free == 0


def test_with_nothing_to_let_go_nothing_goes(desk: Desk) -> None:
    assert desk.writer.now(retention.tidy, NOON) == 0
