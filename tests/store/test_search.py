"""Questions: full-text search, the trail of a story, and every entry."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from aggregator.model import AggregatorError, Entry, Person, Source
from aggregator.store import entries, export, search, trails
from aggregator.store.database import Writer, reading

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"
NOON = 1_767_355_200
CATS = Entry(
    "1",
    "Cats sleep all day",
    "https://e.org/cats?a=1&utm_source=x",
    content="<p>They <b>purr</b> &amp; dream of Zürich.</p>",
    authors=(Person("Ann Author"),),
    published=NOON - 60,
)


def found(desk: Desk, query: str) -> list[str]:
    return [hit.title for hit in desk.ask(search.search, query)]


# ── Search ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "query",
    ["cats", "CATS", "purr", "Zürich", "zurich", "author", "cats purr", '"sleep all day"', "dre*", "cats NOT dogs",
     "cats OR dogs", "title: cats", "text: purr", "NEAR(purr dream)"],
)  # fmt: skip
def test_words_of_title_author_and_text_find_an_entry(desk: Desk, query: str) -> None:
    desk.deliver(A, CATS)

    assert found(desk, query) == ["Cats sleep all day"]


@pytest.mark.parametrize("query", ["dogs", "cats dogs", "cat", "title: purr", '"day sleep"', "b", "amp"])
def test_what_is_not_there_is_not_found(desk: Desk, query: str) -> None:
    desk.deliver(A, CATS)

    assert found(desk, query) == []


@pytest.mark.parametrize("query", ["it's", "a-b", "C++", "what?", "purr)", "50%", "cats AND", "e.org/cats"])
def test_what_is_no_query_is_told_with_its_place(desk: Desk, query: str) -> None:
    desk.deliver(A, CATS)

    with pytest.raises(AggregatorError, match=r"at character \d"):
        found(desk, query)


def test_an_edited_entry_is_found_by_its_new_words_and_not_by_the_old_ones(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(A, replace(CATS, title="Dogs bark", content="<p>Woof</p>", authors=()), at=NOON + 1)

    assert found(desk, "dogs") == found(desk, "woof") == ["Dogs bark"]
    assert found(desk, "cats") == found(desk, "purr") == found(desk, "author") == []


def test_the_index_holds_what_the_entries_say_whatever_became_of_them(desk: Desk) -> None:
    dogs, birds = Entry("2", "Dogs bark", "https://e.org/dogs"), Entry("3", "Birds sing", "https://e.org/birds")
    desk.subscribe(A, B)
    desk.commit(desk.delivery(A, CATS, dogs, birds), desk.delivery(B, replace(CATS, guid="b")))
    desk.deliver(A, replace(CATS, title="Kittens sleep"), replace(dogs, rights="Ours"), replace(birds, guid="4"))
    desk.writer.now(entries.commit, [desk.delivery(A, Entry("5", "Fish swim"), at=NOON + 60)], 3)

    told = "INSERT INTO entry_fts (entry_fts, rank) VALUES ('integrity-check', 1)"  # compares it with the entries
    desk.writer.now(lambda database: database.execute(told))
    titles = {title for (title,) in desk.rows("SELECT title FROM entry")}
    assert len(titles) == 4
    assert {hit for word in ("cats", "kittens", "dogs", "birds", "fish") for hit in found(desk, word)} == titles


def test_a_hit_tells_story_source_date_and_the_words_around(desk: Desk) -> None:
    desk.subscribe(Source(A, name="Ann's"))
    desk.deliver(A, CATS)
    (story,) = desk.select()

    assert desk.ask(search.search, "purr") == [
        search.Hit(story.id, CATS.title, CATS.link, "Ann's", NOON - 60, "They purr & dream of Zürich.")
    ]


@pytest.mark.parametrize(
    ("published", "updated", "told"),
    [(NOON - 9, NOON, NOON - 9), (0, NOON - 5, NOON - 5), (0, 0, NOON), (NOON + 9, 0, NOON)],
)
def test_a_hit_is_dated_even_where_the_entry_is_not(desk: Desk, published: int, updated: int, told: int) -> None:
    desk.deliver(A, replace(CATS, published=published, updated=updated))

    (hit,) = desk.ask(search.search, "cats")
    assert hit.published == told


def test_no_more_hits_than_the_limit(desk: Desk) -> None:
    desk.deliver(A, *(Entry(str(n), f"Cats {n}") for n in range(60)))

    assert len(desk.ask(search.search, "cats")) == 50
    assert len(desk.ask(search.search, "cats", 3)) == 3


_PIECES = """ " ' * ( ) : - + ^ { } , AND OR NOT NEAR NEAR(a title text: rowid cats é % ; -- \\ 💩 ... """
_SYNTAX = st.lists(
    st.sampled_from([*_PIECES.split(), " ", "\0", "\ud800", "\n", ", 5)"]) | st.text(max_size=4), max_size=8
).map("".join)  # fmt: skip


@pytest.fixture(scope="module")
def _cats(fresh_desk: Callable[[], AbstractContextManager[Desk]]) -> Iterator[Writer]:
    """A store with one article for all examples, whose guid no example is."""
    with fresh_desk() as desk:
        desk.deliver(A, replace(CATS, guid="tag:a.example,2026:the-cats"))
        yield desk.writer


@settings(deadline=None)
@given(_SYNTAX)
@example("")
@example('"')
@example("\0")
@example("\ud800")
@example("(" * 2000)
@example("cats " * 5000)
def test_a_query_whatever_its_syntax_is_answered_or_told(_cats: Writer, query: str) -> None:  # noqa: PT019
    with suppress(AggregatorError):
        assert len(_cats.now(search.search, query)) <= 1
    assert _cats.now(trails.trails, query) == []


def test_a_query_is_evaluated_once_for_all_that_it_marks(desk: Desk) -> None:
    """Where SQLite asks FTS5 for one entry after the other, the beginning of a word takes ten seconds."""
    desk.deliver(A, *(Entry(f"{n}", f"Cats {n}") for n in range(3)))
    asked: list[str] = []

    def plan(database: Database) -> list[str]:
        stories = [row[0] for row in database.execute("SELECT id FROM story ORDER BY id")]
        database.conn.set_trace_callback(asked.append)
        try:
            assert search.marked(database, "ca*", stories, "[", "]")[stories[0]][0] == "[Cats] 0"
        finally:
            database.conn.set_trace_callback(None)
        sql = next(sql for sql in asked if " MATCH " in sql)
        return [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {sql}") if "entry_fts" in row[3]]

    (scan,) = desk.ask(plan)
    assert ":" in scan, scan
    assert "=" not in scan, scan


# ── Trails ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_trail_has_every_copy_in_the_order_they_came_and_how_each_joined(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(B, replace(CATS, guid="b", link="http://www.e.org/cats?a=1", published=0), at=NOON + 5)
    (story,) = desk.select()

    (trail,) = desk.ask(trails.trails, story.id)

    assert (trail.story, trail.published, trail.updated) == (story.id, story.published, story.updated)
    assert trail.steps == (
        trails.Step(A, "", "1", CATS.link, CATS.title, NOON, NOON - 60, "new", 0.0, True),
        trails.Step(B, "", "b", "http://www.e.org/cats?a=1", CATS.title, NOON + 5, 0, "url", 1.0, False),
    )


def test_a_trail_shows_the_copy_that_is_read(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(B, CATS, at=NOON + 5)
    desk.subscribe(A, Source(B, priority=1))

    (trail,) = desk.ask(trails.trails, CATS.link)
    assert [(step.source, step.shown) for step in trail.steps] == [(A, False), (B, True)]


def test_a_story_is_found_by_id_address_and_guid_in_any_spelling(desk: Desk) -> None:
    desk.deliver(A, CATS, Entry("tag:e.org,2026:2", "Dogs"))
    cats = next(story for story in desk.select() if story.shown.entry.guid == "1")

    for asked in (
        cats.id,
        cats.id.removeprefix("urn:uuid:"),
        CATS.link,
        "http://WWW.e.org/cats/?utm_medium=y&a=1",
        "1",
    ):
        assert [trail.story for trail in desk.ask(trails.trails, asked)] == [cats.id], asked
    assert desk.ask(trails.trails, "tag:e.org,2026:2")[0].story != cats.id
    assert desk.ask(trails.trails, "https://e.org/dogs") == desk.ask(trails.trails, "") == []


# ── Every entry ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_entry_is_listed_as_delivered_with_its_story(desk: Desk) -> None:
    desk.subscribe(A, "articles")
    desk.deliver(A, CATS)
    desk.deliver("articles", replace(CATS, guid="x", published=0, updated=NOON - 5), document="a/b.xml", at=NOON + 5)
    (story,) = desk.select()

    first, second = desk.ask(lambda stored: list(export.entries(stored)))

    assert first == {
        "source": A,
        "document": "",
        "guid": "1",
        "url": CATS.link,
        "title": CATS.title,
        "published": NOON - 60,
        "seen": NOON,
        "story": story.id,
        "joined": "new",
        "score": 0.0,
    }
    assert (second["source"], second["document"], second["published"]) == ("articles", "a/b.xml", NOON - 5)
    assert (second["story"], second["joined"], second["score"]) == (story.id, "url", 1.0)


def test_an_empty_store_answers_every_question(desk: Desk) -> None:
    with reading(desk.folder) as stored:
        assert search.search(stored, "cats") == []
        assert trails.trails(stored, "cats") == []
        assert list(export.entries(stored)) == []
