"""What is told of the sources in numbers, and how their list is put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Entry, Outcome, Source, SourceState, Trouble, Visit
from aggregator.store import incidents, sources, standings, statistics
from aggregator.store.standings import Standing, Wanted

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200  # Fri, 02 Jan 2026 12:00:00 GMT
HOUR, DAY, WEEK = 3600, 86400, 604800
FIRST, SECOND = 1, 2  # the rows of A and B


def visited(desk: Desk, *visits: Visit) -> None:
    """Notes these visits."""

    def record(stored: Database) -> None:
        rows = sources.ids(stored, {visit.source for visit in visits})
        with stored.atomic():
            sources.record(stored, visits, rows)

    desk.writer.now(record)


def visit(at: int = NOON, key: str = A, outcome: Outcome = Outcome.OK, **said: Any) -> Visit:
    return Visit(key, at, outcome, **said)


def article(name: str, published: int = 0, **said: Any) -> Entry:
    return Entry(guid=name, title=f"All about {name}", published=published, **said)


def listed(desk: Desk, order: str = "name", *, descending: bool = False, **wanted: str) -> list[str]:
    """The keys of the sources in the list."""
    found: list[Standing] = desk.ask(standings.listed, Wanted(**wanted), order, descending=descending, skip=0, most=100)
    return [standing.key for standing in found]


# ── Entries a week ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_count_in_the_week_in_which_they_were_published(desk: Desk) -> None:
    """The last week ends with the day of the moment: 27 December to 2 January."""
    last = NOON - 12 * HOUR - 6 * DAY  # its first instant
    desk.deliver(A, article("a", last), article("b", last - 1), article("c", last - WEEK), article("d", NOON))

    series = desk.ask(statistics.weekly, [FIRST, SECOND], NOON, weeks=3)

    assert series[FIRST].values == (0, 2, 2)
    assert series[SECOND].values == (0, 0, 0)
    assert (series[FIRST].start, series[FIRST].step) == (last - 2 * WEEK, WEEK)


def test_an_entry_without_a_date_or_of_the_future_counts_when_it_came(desk: Desk) -> None:
    desk.deliver(A, article("a"), article("b", NOON + 40 * WEEK), at=NOON - WEEK)

    assert desk.ask(statistics.weekly, [FIRST], NOON, weeks=2)[FIRST].values == (2, 0)


def test_what_is_older_than_the_first_week_does_not_count(desk: Desk) -> None:
    desk.deliver(A, article("a", NOON - 27 * WEEK), article("b", NOON - 25 * WEEK))

    values = desk.ask(statistics.weekly, [FIRST], NOON)[FIRST].values
    assert (len(values), sum(values), values[0]) == (statistics.WEEKS, 1, 1)


# ── What visits cost ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_304_saves_as_much_as_came_whole_last(desk: Desk) -> None:
    visited(
        desk,
        visit(NOON, status=200, size=1000),
        visit(NOON + 1, status=200, size=4000),
        *(visit(NOON + 2 + number, outcome=Outcome.UNCHANGED, status=304) for number in range(3)),
        visit(NOON + 9, key=B, outcome=Outcome.UNCHANGED, status=304),
    )

    assert desk.ask(statistics.saved, [FIRST, SECOND]) == {FIRST: (3, 12_000), SECOND: (1, 0)}


def test_latency_is_of_answers_alone(desk: Desk) -> None:
    visited(
        desk,
        *(visit(NOON + number, status=200, seconds=float(number)) for number in (1, 2, 6)),
        visit(NOON + 9, outcome=Outcome.FAILED, seconds=60.0, detail="timed out"),
    )

    told = desk.ask(statistics.visiting, FIRST)

    assert (told.mean, told.median) == (3.0, 2.0)
    assert told.outcomes == {Outcome.OK: 3, Outcome.FAILED: 1}
    assert desk.ask(standings.latencies, [FIRST, SECOND]) == {FIRST: 3.0}


def test_latency_in_the_list_is_of_the_last_20_answers(desk: Desk) -> None:
    visited(desk, visit(NOON, status=200, seconds=900.0))
    visited(desk, *(visit(NOON + 1 + number, status=304, seconds=0.5) for number in range(20)))

    assert desk.ask(standings.latencies, [FIRST]) == {FIRST: 0.5}


def test_a_source_that_never_answered_has_no_latency(desk: Desk) -> None:
    visited(desk, visit(outcome=Outcome.FAILED, seconds=60.0))

    told = desk.ask(statistics.visiting, FIRST)
    assert (told.mean, told.median, told.unchanged, told.saved) == (-1, -1, 0, 0)


def test_a_folder_has_a_latency_though_no_server_answers(desk: Desk) -> None:
    desk.subscribe("articles")
    visited(desk, visit(key="articles", seconds=0.25))

    assert [*desk.ask(standings.latencies, [3]).values()] == [0.25]
    assert desk.ask(statistics.visiting, 3).median == 0.25


def test_visits_come_the_latest_first_and_failures_by_themselves(desk: Desk) -> None:
    known = [
        visit(NOON, status=200, entries_new=3, entries_updated=1, stories_new=2, size=9, seconds=0.5),
        visit(NOON + 1, outcome=Outcome.FAILED, detail="no answer"),
        visit(NOON + 2, outcome=Outcome.GONE, status=410, detail="answered 410"),
        visit(NOON + 3, outcome=Outcome.UNCHANGED, status=304),
    ]
    visited(desk, *known, visit(key=B))

    assert desk.ask(statistics.visits, FIRST, 20) == known[::-1]
    assert desk.ask(statistics.visits, FIRST, 2) == known[:1:-1]
    assert desk.ask(statistics.visits, FIRST, 20, failed=True) == [known[2], known[1]]


# ── What came of all visits ──────────────────────────────────────────────────────────────────────────────────────────


def test_visits_count_in_their_hour(desk: Desk) -> None:
    visited(
        desk, visit(NOON), visit(NOON + HOUR - 1, key=B), visit(NOON - 1, outcome=Outcome.FAILED), visit(NOON - DAY)
    )

    told = desk.ask(statistics.outcomes, NOON + 60, hours=3)

    assert told[Outcome.OK].values == (0, 0, 2)
    assert told[Outcome.FAILED].values == (0, 1, 0)
    assert told[Outcome.GONE].values == (0, 0, 0)
    assert {*told} == {*Outcome}
    assert told[Outcome.OK].start == NOON - 2 * HOUR


def test_the_same_hour_has_the_same_hours(desk: Desk) -> None:
    visited(desk, visit(NOON - 60))

    assert desk.ask(statistics.outcomes, NOON) == desk.ask(statistics.outcomes, NOON + HOUR - 1)
    assert desk.ask(statistics.arrivals, NOON) == desk.ask(statistics.arrivals, NOON + HOUR - 1)


def test_new_stories_and_copies_of_known_ones_are_told_apart(desk: Desk) -> None:
    text = " ".join(f"word{number}" for number in range(100))
    desk.deliver(A, article("x", content=f"<p>{text}</p>"), article("y"), at=NOON - DAY)
    desk.deliver(B, article("x", content=f"<p>{text}</p>", link="https://b.example/x"), article("z"), at=NOON)
    desk.deliver(B, at=NOON + 1, outcome=Outcome.UNCHANGED)

    stories, copies = desk.ask(statistics.arrivals, NOON, days=3)

    assert (stories.values, copies.values) == ((0, 2, 1), (0, 0, 1))


def test_nothing_stored_is_told_as_nothing(desk: Desk) -> None:
    stories, copies = desk.ask(statistics.arrivals, NOON)

    assert stories.values == copies.values == (0,) * statistics.DAYS
    assert all(series.values == (0,) * statistics.HOURS for series in desk.ask(statistics.outcomes, NOON).values())


# ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def many(desk: Desk) -> Desk:
    """A source in each state."""
    desk.subscribe(
        Source("https://ok.example/", name="Zürich"),
        Source("https://failing.example/", name="ärger", category="news"),
        Source("https://gone.example/", name="Gone, too", category="news"),
        Source("https://pending.example/", name="a new one"),
        Source("https://paused.example/", name="Paused", enabled=False),
    )
    states = {
        "https://ok.example/": SourceState(last_visit=NOON, next_visit=NOON + 9, newest=NOON - DAY),
        "https://failing.example/": SourceState(last_visit=NOON + 1, next_visit=NOON + 5, failures=4, error="down"),
        "https://gone.example/": SourceState(last_visit=NOON + 2, failures=1, gone=True, error="answered 410"),
    }
    for key, state in states.items():
        desk.deliver(key, state=state)
    return desk


def test_every_state_is_told_as_it_is_everywhere(many: Desk) -> None:
    stands = {standing.key: standing.state for standing in many.ask(standings.standings)}

    assert many.ask(standings.counts, Wanted()) == {
        "ok": 1, "failing": 1, "gone": 1, "pending": 1, "paused": 1,
    }  # fmt: skip
    for state in stands.values():
        assert listed(many, state=state) == [key for key, its in stands.items() if its == state]


def test_names_are_sorted_whatever_the_letters_case_and_language(many: Desk) -> None:
    hosts = [key.split("//")[1].split(".")[0] for key in listed(many)]

    assert hosts == ["pending", "gone", "paused", "ok", "failing"]


@pytest.mark.parametrize(
    ("order", "descending", "first"),
    [
        ("state", False, "failing"),
        ("state", True, "paused"),
        ("last", True, "gone"),
        ("last", False, "ok"),
        ("next", False, "pending"),
        ("next", True, "ok"),
        ("failures", True, "failing"),
        ("silent", False, "ok"),
    ],
)
def test_a_list_is_sorted_by_what_is_asked_for(many: Desk, order: str, descending: bool, first: str) -> None:
    assert listed(many, order, descending=descending)[0] == f"https://{first}.example/"


def test_entries_and_latency_sort_too_and_who_has_none_is_last(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(B, article("x"), article("y"))
    desk.deliver(A, article("z"))
    visited(desk, visit(key=C, status=200, seconds=2.0), visit(key=A, status=200, seconds=1.0))

    assert listed(desk, "entries", descending=True) == [B, A, C]
    assert listed(desk, "latency") == [A, C, B]
    assert listed(desk, "latency", descending=True) == [C, A, B]


def test_every_order_there_is_can_be_asked_for_both_ways(many: Desk) -> None:
    for order in standings.ORDERS:
        assert {*listed(many, order)} == {*listed(many, order, descending=True)} == {*listed(many)}


def test_the_list_is_of_a_category_and_of_words_in_any_case(many: Desk) -> None:
    assert listed(many, category="news") == ["https://gone.example/", "https://failing.example/"]
    assert listed(many, words="ÄRGER") == ["https://failing.example/"]
    assert listed(many, words="paused.ex") == ["https://paused.example/"]
    assert listed(many, words="100%_") == []
    assert many.ask(standings.counts, Wanted("ok", "news")) == {"failing": 1, "gone": 1}


def test_pages_are_parts_of_one_list(many: Desk) -> None:
    pages = [many.ask(standings.listed, Wanted(), "name", skip=skip, most=2) for skip in (0, 2, 4)]

    assert [standing.key for page in pages for standing in page] == listed(many)


def test_what_is_not_configured_any_more_is_in_no_list(many: Desk) -> None:
    many.subscribe(A)

    assert listed(many) == [A]
    assert many.ask(standings.standing, 3) is None
    assert many.ask(standings.standing, FIRST).key == A
    assert many.ask(standings.standing, 999) is None


def test_silence_is_what_the_status_feed_calls_so(desk: Desk) -> None:
    """The incident, and not a judgement of its own."""
    desk.deliver(A, at=NOON, state=SourceState(last_visit=NOON, next_visit=NOON + 1, newest=NOON - 90 * DAY, gap=DAY))
    assert desk.ask(standings.standing, FIRST).silent == 0
    desk.writer.now(incidents.look, NOON)

    (incident,) = desk.ask(incidents.recent)
    assert incident.trouble is Trouble.SILENT
    assert desk.ask(standings.standing, FIRST).silent == incident.since == NOON - 90 * DAY
    assert listed(desk, "silent")[0] == A


# ── Secrets ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_source_without_a_name_has_its_address_for_one_and_no_key_is_in_it() -> None:
    assert standings.shown_name("https://a.example/feed/", "web") == "a.example/feed"
    assert standings.shown_name("https://me:pass@a.example/feed", "web") == "a.example"
    assert standings.shown_name("https://a.example/feed?token=0123456789abcdef", "web", "", "") == "a.example"
    assert standings.shown_name("https://a.example/?token=0123456789abcdef", "web", "Mine", "Theirs") == "Mine"
    assert standings.shown_name("/home/me/articles/", "files") == "articles"


def test_who_tries_words_learns_nothing_of_a_key(desk: Desk) -> None:
    desk.subscribe("https://a.example/feed?token=0123456789abcdef", "https://me:pass@b.example/")

    assert listed(desk, words="0123") == listed(desk, words="pass") == []
    assert len(listed(desk, words="example")) == 2
