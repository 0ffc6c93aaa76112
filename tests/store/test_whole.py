"""All that is stored travels as records, and comes back as it was: into an empty store, or one that has some of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.model import Entry, Person, Source, SourceState, StoreError
from aggregator.store import database, hiding, ids, importing, incidents, overrides, retention, selection, whole
from aggregator.store.records import Checker, RecordError
from tests.store import selections

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://u:secret@c.example/feed"
NOON = 1_767_355_200
LONG = " ".join(f"Badger number {n} digs a tunnel of {n + 7} metres under the old railway." for n in range(12))
OTHER = " ".join(f"Gull number {n} takes {n + 3} chips from a visitor of the pier." for n in range(12))

TEXTS = st.sampled_from([LONG, OTHER, f"{LONG} And one more was seen.", "Short.", "", "波止場の鴎", "a\x7fb \u2028 c"])
ENTRIES = st.builds(
    lambda guid, title, text, at: Entry(
        guid, title, f"https://x.example/{guid}", content=f"<p>{text}</p>", published=at, authors=(Person("Ann"),)
    ),
    st.sampled_from("12345"),
    st.sampled_from(["Badgers", "Gulls", "Noon", "日本", "<&>"]),
    TEXTS,
    st.sampled_from([0, NOON - 90, NOON - 60]),
)
STEPS = st.one_of(
    st.tuples(
        st.just("deliver"), st.sampled_from([A, B, C]), st.lists(ENTRIES, max_size=3, unique_by=lambda e: e.guid)
    ),
    st.tuples(st.sampled_from(["split", "hide", "merge", "let go", "remove"]), st.integers(1, 6), st.integers(1, 6)),
)


def exported(desk: Desk) -> list[dict[str, Any]]:
    return json.loads(json.dumps(desk.ask(lambda stored: list(whole.records(stored)))))  # as from a file


def checked(records: list[Any]) -> None:
    tables = database.blank()
    checker = Checker(tables)
    try:
        for record in records:
            checker.check(record)
        checker.finish()
    finally:
        tables.close()


def imported(desk: Desk, records: list[dict[str, Any]], part: int = 3) -> int:
    """Takes them in, a few at a time; how many entries were new."""
    checked(records)
    numbers = desk.writer.now(importing.is_for_numbers, records[0])
    parts = (records[at : at + part] for at in range(0, len(records), part))
    return sum(desk.writer.now(importing.take, each, numbers=numbers)["entries"] for each in parts)


def let_go(stored: Database, source: int, kept: int) -> None:
    with stored.atomic():
        retention.keep(stored, {(source, "")}, kept)


def act(desk: Desk, step: tuple[Any, ...], at: int) -> None:
    what, one, other = step
    if what == "deliver":
        desk.deliver(one, *other, at=at)
        return
    acts: dict[str, Callable[[Database], object]] = {
        "split": lambda stored: overrides.split(stored, one),
        "merge": lambda stored: overrides.merge(stored, one, other),
        "hide": lambda stored: hiding.hide(stored, [one], at, "" if other > 3 else B),
        "let go": lambda stored: let_go(stored, one, other),
        "remove": lambda stored: None,
    }
    if what == "remove":
        desk.subscribe(A, B) if other > 3 else desk.subscribe(A, B, C)
    with suppress(StoreError, TypeError, IndexError):  # there is no such entry or story
        if what != "hide" or desk.rows(f"SELECT 1 FROM story WHERE id = {one}"):
            desk.writer.now(acts[what])


@settings(max_examples=15)
@given(steps=st.lists(STEPS, max_size=10))
def test_any_store_comes_back_as_it_was(
    fresh_desk: Callable[[], AbstractContextManager[Desk]], steps: list[tuple[Any, ...]]
) -> None:
    with fresh_desk() as there, fresh_desk() as here:
        there.subscribe(A, B, C)
        for number, step in enumerate(steps):
            act(there, step, NOON + 60 * number)
        there.writer.now(incidents.look, NOON + 9000)
        there.writer.now(incidents.look_at_uplink, "no route", NOON + 9000)
        told = exported(there)
        assert "" in {record["source"] for record in told if record["record"] == "incident"}
        imported(here, told)
        assert exported(here) == told
        assert imported(here, told) == 0
        assert exported(here) == told
        wanted = selections.chosen()
        assert here.ask(selection.select, wanted, 99) == there.ask(selection.select, wanted, 99)


@pytest.fixture
def filled(desk: Desk) -> Desk:
    desk.subscribe(Source(A, name="Ann", category="news"), B, C)
    desk.deliver(A, Entry("1", "Badgers", "https://a.example/1", content=f"<p>{LONG}</p>", published=NOON - 90))
    desk.deliver(B, Entry("b", "Badgers", "https://b.example/1", content=f"<p>{LONG}</p>"), at=NOON + 60)
    desk.deliver(A, Entry("2", "Gulls", "https://a.example/2", content=f"<p>{OTHER}</p>"), at=NOON + 120)
    desk.deliver(A, Entry("2", "Gulls again", "https://a.example/2", content="<p>None.</p>"), at=NOON + 180)
    desk.writer.now(hiding.hide, [2], NOON + 200)
    return desk


def test_what_came_recognises_its_copies_and_is_found(filled: Desk, fresh_desk: Any) -> None:
    with fresh_desk() as here:
        imported(here, exported(filled))
        here.subscribe(Source(A, name="Ann", category="news"), B, C)
        copy = Entry("c", "Badgers", "https://c.example/1", content=f"<p>{LONG}</p>")
        assert here.deliver(C, copy, at=NOON + 300) == (1, 0, 0), "it joins by its text"
        assert here.deliver(B, Entry("b", "Badgers", "https://b.example/1", content=f"<p>{LONG}</p>")) == (0, 0, 0)
        assert here.rows("SELECT count(*) FROM entry_fts WHERE entry_fts MATCH 'railway'") == [(3,)]
        assert len(here.select()) == 1, "what is hidden stays so"
        assert here.rows("SELECT count(*) FROM version") == [(1,)]


def test_what_is_here_already_stays_and_the_rest_is_added(filled: Desk, fresh_desk: Any) -> None:
    told = exported(filled)
    with fresh_desk() as here:
        here.deliver(A, Entry("1", "As it is here", "https://a.example/1"), at=NOON + 9)
        here.deliver(A, Entry("9", "Ours alone"), at=NOON + 10)
        assert imported(here, told) == 2
        titles = {title for (title,) in here.rows("SELECT title FROM entry")}
        assert titles == {"As it is here", "Ours alone", "Badgers", "Gulls again"}
        assert here.rows("SELECT seen FROM entry WHERE guid = '1' AND document = ''") == [(NOON + 9,)]
        assert {row[0] for row in here.rows("SELECT id FROM story")} == {1, 2, 3}
        before = exported(here)
        assert imported(here, told) == 0
        assert exported(here) == before


def test_a_source_goes_on_where_it_was_unless_it_was_visited_here(filled: Desk, fresh_desk: Any) -> None:
    filled.commit(
        filled.delivery(A, state=SourceState(last_visit=NOON, next_visit=NOON + 7200, reason="rhythm", gap=77))
    )
    told = exported(filled)
    with fresh_desk() as here:
        here.deliver(B, at=NOON + 99)
        imported(here, told)
        state = {row[0]: row[1:] for row in here.rows("SELECT key, last_visit, next_visit, gap, name FROM source")}
        assert state[A] == (NOON, NOON + 7200, 77, ""), "the name is for the config to say"
        assert state[B][0] == NOON + 99
        assert state[C][0] == 0


def test_an_import_that_was_broken_off_goes_on_with_the_same_numbers(filled: Desk, fresh_desk: Any) -> None:
    told = exported(filled)
    with fresh_desk() as here:
        here.subscribe(Source(A, name="Ann", category="news"), B, C)
        numbers = here.writer.now(importing.is_for_numbers, told[0])
        here.writer.now(importing.take, told[:5], numbers=numbers)
        imported(here, told)
        assert exported(here) == told


def test_what_was_ruled_there_counts_for_stories_that_came_here_before_too(filled: Desk, fresh_desk: Any) -> None:
    filled.writer.now(overrides.merge, 1, 2)
    told = exported(filled)
    merged = next(record for record in told if record["record"] == "story")
    assert merged["hidden"] and merged["aliases"] and merged["ruled"]
    with fresh_desk() as here:
        here.deliver(A, Entry("1", "Badgers", "https://a.example/1", content=f"<p>{LONG}</p>", published=NOON - 90))
        assert len(here.select()) == 1
        revision = here.rows("SELECT revision FROM story WHERE id = 1")
        numbers = here.writer.now(importing.is_for_numbers, told[0])
        here.writer.now(importing.take, told, numbers=numbers, now=NOON + 999)
        assert here.select() == []
        assert here.rows("SELECT story, since FROM hidden") == [(1, NOON + 999)], "it was shown here until now"
        assert here.rows("SELECT revision FROM story WHERE id = 1") > revision, "pages are made anew"
        assert here.rows("SELECT urn FROM alias") == [(urn,) for urn in merged["aliases"]]
        assert here.rows("SELECT story FROM ruled") == [(1,)]
        before = exported(here)
        assert imported(here, told) == 0
        assert exported(here) == before


@pytest.mark.parametrize("visited", [False, True])
def test_a_source_that_moved_there_makes_the_same_ids_where_the_config_knows_its_new_address(
    desk: Desk, fresh_desk: Any, visited: bool
) -> None:
    desk.deliver(A, Entry("1", "Badgers", content=f"<p>{LONG}</p>"))
    desk.writer.now(lambda stored: stored.execute("UPDATE source SET location = ? WHERE key = ?", [C, A]))
    desk.subscribe(B, C)
    assert desk.rows("SELECT first_key FROM source ORDER BY id") == [(A,), ("",)]
    with fresh_desk() as here:
        here.subscribe(B, C)
        if visited:
            here.deliver(C, Entry("9", "Ours alone"), at=NOON + 9)
        imported(here, exported(desk))
        (first,) = here.rows(f"SELECT first_key FROM source WHERE key = '{C}'")
        assert first == ("" if visited else A,), "ids that were given stay"
        if not visited:
            assert here.ask(ids.own, [1]) == desk.ask(ids.own, [1])


SOURCE, STORY = 1, 4


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda told: told.pop(0), "begins with a record of the kind store"),
        (lambda told: told.pop(), "the end is missing"),
        (lambda told: told.pop(SOURCE), "is in no record before"),
        (lambda told: told.pop(STORY), "records came before the end"),
        (lambda told: told.insert(1, told[0]), "begins with a record of the kind store"),
        (lambda told: told.append(told[1]), "after the end"),
        (lambda told: told[0].update(version=9), "of version 9"),
        (lambda told: told[SOURCE].pop("key"), "key is missing"),
        (lambda told: told[SOURCE].update(next_visit="soon"), "next_visit is no integer"),
        (lambda told: told[SOURCE].update(next_visit=2**70), "next_visit is no integer"),
        (lambda told: told[SOURCE].update(title="\ud800"), "title is no text"),
        (lambda told: told[SOURCE].update(record="sauce"), "unknown here"),
        (lambda told: told[STORY].update(entries=7), "entries is no list"),
        (lambda told: told[STORY].update(hidden={"since": "x"}), "since is no number"),
        (lambda told: told[STORY]["entries"][0].update(hash="%"), "hash is no base64"),
        (lambda told: told[STORY]["entries"][0].update(entry={"title": "x"}), "guid: "),
        (lambda told: told[STORY]["entries"][0].update(kind="sheet"), "no known kind"),
        (lambda told: told.__setitem__(2, ["x"]), "no object that says"),
    ],
)
def test_what_cannot_be_stored_is_said_in_a_line(filled: Desk, change: Callable[[Any], Any], said: str) -> None:
    told = exported(filled)
    change(told)
    with pytest.raises(RecordError) as raised:
        checked(told)
    assert said in str(raised.value)
    assert "\n" not in str(raised.value)


def test_every_table_travels_or_is_made_of_what_does() -> None:
    """Whoever adds a table says here what becomes of it."""
    stored = database.blank()
    named = {name for name in stored.table_names() if not name.startswith(("entry_fts", "sqlite_", "_sqlite"))}
    stored.close()
    nested = {"ruled", "ruling", "story", "entry", "alias", "hidden", "picture", "version"}
    made_again = {"feature", "feature_fresh", "paragraph", "edition", "item", "river_change", "total"}
    of_this_address = {"subscription", "push"}
    plain = {"source", "document", "let_go", "visit", "incident", "page", "river_page", "former_story"}
    assert named == plain | nested | made_again | of_this_address
