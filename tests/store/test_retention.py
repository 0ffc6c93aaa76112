"""What is let go: old visits and the space they took, and what is beyond `kept`, which is no news when it returns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlite_utils import Database

from aggregator.model import Entry
from aggregator.policy.retention import KEEP_VISITS
from aggregator.store import entries, retention, sources

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
    for at in (NOON - KEEP_VISITS - 1, NOON - KEEP_VISITS, NOON):
        desk.deliver(A, at=at)

    assert desk.writer.now(retention.tidy, NOON) == 1
    assert desk.rows("SELECT at FROM visit") == [(NOON - KEEP_VISITS,), (NOON,)]


def test_entries_stories_and_what_is_remembered_stay_however_old(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One", published=NOON - 1), at=NOON)
    before = desk.select(), desk.ask(sources.states, [A, B])
    desk.writer.now(retention.tidy, NOON + 10 * 365 * 86400)

    assert (desk.select(), desk.ask(sources.states, [A, B])) == before
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_many_visits_go_in_slices_all_of_them(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * KEEP_VISITS)

    assert desk.writer.now(retention.tidy, NOON) == 12_000
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_the_space_is_given_back(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * KEEP_VISITS)
    (full,) = desk.rows("PRAGMA page_count")[0]
    desk.writer.now(retention.tidy, NOON)

    (left,) = desk.rows("PRAGMA page_count")[0]
    (free,) = desk.rows("PRAGMA freelist_count")[0]
    assert full > 1000
    assert left < full / 2
    assert free == 0


def test_with_nothing_to_let_go_nothing_goes(desk: Desk) -> None:
    assert desk.writer.now(retention.tidy, NOON) == 0


# ── Beyond `kept` ────────────────────────────────────────────────────────────────────────────────────────────────────

LISTED = [
    Entry(f"g-{n}", f"Ferry {n}", f"https://a.example/{n}", content=f"<p>{' '.join(f'pier{n}{i}' for i in range(30))}")
    for n in range(8, 0, -1)
]


def visit(desk: Desk, listed: list[Entry], days: int = 0, kept: int = 3) -> None:
    delivery = desk.delivery(A, *listed, at=NOON + days * 86400)
    desk.writer.now(entries.commit, [delivery], kept)


def shown(desk: Desk) -> list[str]:
    return [story.shown.entry.title for story in desk.select()]


def remembered(desk: Desk) -> set[str]:
    return {guid for (guid,) in desk.rows("SELECT guid FROM let_go")}


def edited(entry: Entry) -> Entry:
    return replace(entry, content=f"{entry.content}<p>There was a storm, and none went that night at all.</p>")


@pytest.mark.parametrize(
    "again",
    [
        LISTED,  # as after an upgrade that reads better
        [*LISTED[:-2], *map(edited, LISTED[-2:])],
        [*LISTED[:-2], *(replace(entry, guid=f"{entry.guid}?session=2") for entry in LISTED[-2:])],
        [*LISTED[:-1], replace(LISTED[-1], updated=NOON + 86400)],
    ],
    ids=["the same", "edited", "under other guids", "with a date of update"],
)
def test_what_was_let_go_and_is_listed_still_is_no_news_when_it_is_read_again(desk: Desk, again: list[Entry]) -> None:
    visit(desk, LISTED)
    before = shown(desk)
    assert len(before) == 3
    for days in (1, 2):
        visit(desk, again, days)
        assert shown(desk) == before
    assert len(remembered(desk)) == 5


def test_another_article_under_a_guid_that_was_let_go_is_news(desk: Desk) -> None:
    visit(desk, LISTED)
    gone = min(remembered(desk))
    other = Entry(
        gone, "Tram to the harbour", "https://a.example/tram", content="<p>Rails are laid along the quay.</p>"
    )
    visit(desk, [other, *(entry for entry in LISTED if entry.guid != gone)], 1)
    assert "Tram to the harbour" in shown(desk)


def test_as_much_is_remembered_as_is_listed(desk: Desk) -> None:
    visit(desk, LISTED)
    left = [entry for entry in LISTED if entry.guid not in sorted(remembered(desk))[:4]]
    visit(desk, [*left, Entry("g-9", "Ferry 9", "https://a.example/9")], 1)
    visit(desk, [Entry("g-10", "Ferry 10", "https://a.example/10")], 2)
    assert remembered(desk) == set()


def test_where_more_is_kept_now_what_comes_again_has_its_old_place(desk: Desk) -> None:
    visit(desk, LISTED)
    before, gone = shown(desk), remembered(desk)
    visit(desk, [Entry("g-9", "Ferry 9", "https://a.example/9"), *LISTED], 1, kept=3)
    visit(desk, [*LISTED[:-2], *map(edited, LISTED[-2:])], 5, kept=100)
    back = [entry.title for entry in LISTED[-2:] if entry.guid in gone]
    seen = dict(desk.rows("SELECT title, seen FROM entry"))
    assert back and {seen[title] for title in back} == {NOON}
    assert shown(desk)[0] == "Ferry 9" and before[0] in shown(desk)
    assert not remembered(desk) & {entry.guid for entry in LISTED[-2:]}


def test_at_night_it_goes_from_sources_that_bring_nothing_and_from_those_that_were_removed(desk: Desk) -> None:
    for key in (A, B):
        desk.deliver(key, *(replace(entry, published=NOON - n) for n, entry in enumerate(LISTED)), document="")
    desk.subscribe(B)
    assert desk.writer.now(retention.sweep, 2) == 12
    assert desk.writer.now(retention.sweep, 2) == 0
    assert desk.rows("SELECT count(*) FROM entry") == [(4,)]
    assert desk.rows("SELECT count(*) FROM story") == [(2,)]
    assert {title for (title,) in desk.rows("SELECT title FROM entry")} == {"Ferry 8", "Ferry 7"}
    assert len(remembered(desk)) == 6  # of each source


def test_a_night_s_work_is_done_in_slices(desk: Desk) -> None:
    many = [Entry(f"n-{n}", f"Note {n}", published=NOON - n) for n in range(6000)]
    visit(desk, many, kept=10_000)
    first = desk.writer.now(retention.sweep, 10)
    assert 0 < first < 5990
    assert first + desk.writer.now(retention.sweep, 10) == 5990
