"""What is remembered of sources between two visits, and how they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.model import (
    Because,
    Delivery,
    DocumentState,
    Entry,
    Hints,
    Origin,
    Outcome,
    Source,
    SourceState,
    Visit,
)
from aggregator.store import entries, sources, standings
from aggregator.store.database import Writer

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200


def visited(desk: Desk, key: str, **state: object) -> None:
    """A visit that left the source in this state."""
    desk.deliver(key, state=SourceState(**{"last_visit": NOON, **state}))  # type: ignore[arg-type]


def states(desk: Desk, *keys: str) -> dict[str, SourceState]:
    return desk.ask(sources.states, keys)


# ── Which are due ────────────────────────────────────────────────────────────────────────────────────────────────────


def due(desk: Desk, now: int, *, everything: bool = False) -> list[str]:
    return desk.ask(sources.due, now, everything=everything)


def test_what_was_never_visited_is_due_in_the_config_s_order(desk: Desk) -> None:
    desk.subscribe(C, A, B)

    assert due(desk, 0) == [A, B, C], "as they were first read"
    assert desk.ask(sources.next_due) == 0


def test_the_longest_due_comes_first_and_what_is_not_due_not_at_all(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    for key, at in ((A, NOON + 20), (B, NOON + 10), (C, NOON + 30)):
        visited(desk, key, next_visit=at)

    assert due(desk, NOON + 9) == []
    assert due(desk, NOON + 10) == [B]
    assert due(desk, NOON + 20) == [B, A]
    assert desk.ask(sources.next_due) == NOON + 10


def test_everything_is_all_that_may_be_visited_whether_due_or_not(desk: Desk) -> None:
    visited(desk, A, next_visit=NOON + 20)
    visited(desk, B, next_visit=NOON + 10)

    assert due(desk, NOON, everything=True) == [B, A]


@pytest.mark.parametrize("why", ["paused", "gone", "removed"])
def test_what_is_paused_gone_or_removed_is_never_due(desk: Desk, why: str) -> None:
    if why == "gone":
        visited(desk, A, gone=True)
    desk.subscribe(*([Source(A, enabled=False)] if why == "paused" else [A] if why == "gone" else []), B)

    assert due(desk, NOON * 2) == [B]
    assert set(due(desk, NOON * 2, everything=True)) == ({A, B} if why == "gone" else {B}), "whoever says all means it"


def test_without_sources_nothing_is_due(desk: Desk) -> None:
    desk.subscribe()

    assert due(desk, NOON) == []
    assert desk.ask(sources.next_due) is None


# ── What the config says ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_changed_config_is_taken_over_and_what_was_remembered_stays(desk: Desk) -> None:
    visited(desk, A, next_visit=NOON + 5, failures=3, error="x")
    desk.subscribe(Source(A, name="Ann", category="pets", priority=7), B)

    (standing, _) = desk.ask(standings.standings)
    assert (standing.name, standing.category, standing.failures, standing.next_visit) == ("Ann", "pets", 3, NOON + 5)


def test_the_same_config_again_changes_nothing(desk: Desk) -> None:
    before = desk.rows("SELECT * FROM source")
    desk.subscribe(A, B)

    assert desk.rows("SELECT * FROM source") == before


def test_a_source_that_comes_back_is_remembered_with_all_it_gave(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One"))
    state = states(desk, A)
    desk.subscribe(B)
    assert [standing.key for standing in desk.ask(standings.standings)] == [B]
    desk.subscribe(A, B)

    assert states(desk, A) == state
    assert desk.deliver(A, Entry("1", "One")) == (0, 0, 0)


# ── How they stand ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "enabled", "stands"),
    [
        (None, True, "pending"),
        (SourceState(last_visit=NOON), True, "ok"),
        (SourceState(last_visit=NOON, failures=1, error="no answer"), True, "failing"),
        (SourceState(last_visit=NOON, failures=1, error="answered 410", gone=True), True, "gone"),
        (SourceState(last_visit=NOON, failures=1, error="answered 410", gone=True), False, "paused"),
        (None, False, "paused"),
    ],
)
def test_how_a_source_stands(desk: Desk, state: SourceState | None, enabled: bool, stands: str) -> None:
    if state:
        desk.deliver(A, state=state)
    desk.subscribe(Source(A, enabled=enabled))

    (standing,) = desk.ask(standings.standings)

    assert (standing.key, standing.state) == (A, stands)
    assert (standing.error, standing.failures) == ((state.error, state.failures) if state else ("", 0))


def test_a_standing_counts_entries_and_gives_the_reason_of_the_next_visit(desk: Desk) -> None:
    state = SourceState(last_visit=NOON, next_visit=NOON + 900, reason="min_interval")
    desk.deliver(A, Entry("1", "One"), Entry("2", "Two"), state=state)

    standing, other = desk.ask(standings.standings)

    assert (standing.entries, standing.last_visit, standing.next_visit, standing.reason) == (
        2,
        NOON,
        NOON + 900,
        "min_interval",
    )
    assert other.entries == 0


def test_a_source_is_called_as_configured_else_as_the_feed_calls_itself(desk: Desk) -> None:
    desk.subscribe(Source(A, name="Ann's"), B)
    for key in (A, B):
        desk.deliver(key, feed=Origin("The Blog", "https://blog.example/", key, "urn:blog"))

    assert [standing.name for standing in desk.ask(standings.standings)] == ["Ann's", "The Blog"]
    assert desk.ask(standings.sites)[A] == ("The Blog", "https://blog.example/")


def test_a_visit_that_read_no_feed_leaves_the_feed_s_own_words(desk: Desk) -> None:
    desk.deliver(A, feed=Origin("The Blog", "https://blog.example/", A, "urn:blog"))
    desk.deliver(A)

    assert desk.ask(standings.sites)[A] == ("The Blog", "https://blog.example/")


# ── What was remembered comes back exactly ───────────────────────────────────────────────────────────────────────────

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
_WHOLE = st.integers(0, 2**62)
_DOCUMENTS = st.builds(
    DocumentState,
    etag=_TEXT,
    last_modified=_TEXT,
    validators_from=_TEXT,
    body_hash=st.binary(max_size=16),
    stamp=_TEXT,
    entry_hashes=st.frozensets(st.binary(min_size=8, max_size=8), max_size=4),
    outline=st.binary(max_size=40),
    error=_TEXT,
)
_STATES = st.builds(
    SourceState,
    next_visit=_WHOLE,
    reason=_TEXT,
    because=st.sampled_from(Because),
    last_visit=_WHOLE,
    failures=_WHOLE,
    error=_TEXT,
    gone=st.booleans(),
    location=_TEXT,
    moved_to=_TEXT,
    moved_visits=_WHOLE,
    gap=_WHOLE,
    newest=st.integers(-(2**62), 2**62),
    hints=st.builds(Hints, _WHOLE, st.frozensets(st.integers(0, 23)), st.frozensets(st.integers(0, 6))),
    documents=st.dictionaries(_TEXT, _DOCUMENTS, max_size=3),
)


@pytest.fixture(scope="module")
def _writer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    """One store for all examples: a state is written over the one before it."""
    writer = Writer(tmp_path_factory.mktemp("states"))
    writer.now(sources.register, [Source(A)])
    yield writer
    writer.close()


@settings(deadline=None)
@given(_STATES)
@example(SourceState())
@example(SourceState(documents={"": DocumentState(etag='W/"\t\x80 ü"', last_modified="\0", body_hash=b"\0" * 16)}))
def test_a_state_comes_back_from_the_database_as_it_was(_writer: Writer, state: SourceState) -> None:  # noqa: PT019
    before = _writer.now(sources.states, [A])[A].documents
    delivery = Delivery(A, Visit(A, NOON, Outcome.OK), state, state.documents)
    _writer.now(entries.commit, [delivery])

    found = _writer.now(sources.states, [A])[A]

    assert replace(found, documents={}) == replace(state, documents={})
    assert found.documents == {**before, **state.documents}, "documents that did not change stay as they were"


def test_headers_and_names_in_other_encodings_do_not_keep_a_visit_from_being_stored(desk: Desk) -> None:
    """aiohttp and os.scandir give bytes that are not UTF-8 as lone surrogates: one such file name, in the visit's
    detail, cost its folder every article, and one such ETag its feed."""
    odd = b'"caf\xe9"'.decode("utf-8", "surrogateescape")
    delivery = desk.delivery(A, Entry("1", "One"), state=SourceState(last_visit=NOON, error=odd, reason=odd))
    delivery = replace(
        delivery,
        visit=Visit(A, NOON, Outcome.FAILED, detail=odd),
        documents={"": DocumentState(etag=odd, last_modified=odd)},
    )

    (visit,) = desk.commit(delivery)

    assert visit.entries_new == 1
    assert states(desk, A)[A].documents[""].etag == '"caf?"'
    assert desk.rows("SELECT detail FROM visit") == [('"caf?"',)]


def test_states_are_those_of_the_sources_asked_for(desk: Desk) -> None:
    assert set(states(desk, A, "https://never.example/")) == {A}
    assert states(desk) == {}


def test_each_visit_is_recorded_with_what_it_brought(desk: Desk) -> None:
    delivery = desk.delivery(A, Entry("1", "One"), Entry("2", "Two"))
    visit = Visit(A, NOON, Outcome.MALFORMED, status=200, size=5, seconds=0.25, detail="malformed: x")
    (given_back,) = desk.commit(replace(delivery, visit=visit))

    assert given_back == replace(visit, entries_new=2, stories_new=2)
    columns = "at, outcome, status, entries_new, entries_updated, stories_new, size, seconds, detail"
    assert desk.rows(f"SELECT {columns} FROM visit") == [
        (NOON, "malformed", 200, 2, 0, 2, 5, 0.25, "malformed: x"),
    ]


def test_what_a_source_brought_that_is_not_in_the_table_is_left_out(desk: Desk, tmp_path: Path) -> None:
    assert desk.commit(desk.delivery("https://never.example/", Entry("1", "One"))) == []
    assert desk.rows("SELECT count(*) FROM entry") == [(0,)]
