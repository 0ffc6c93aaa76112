"""What lies in a category: the same in Python and in SQL, and wherever sources or articles are selected."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import Config, OutputTable, SourceTable
from aggregator.model import Entry, Source
from aggregator.model.categories import is_part, tidied, with_wholes
from aggregator.outbound import rivers
from aggregator.store import standings
from aggregator.store.categories import taken_by
from aggregator.store.standings import Wanted

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C, D = (f"https://{name}.example/feed" for name in "abcd")
NAMED = st.lists(st.sampled_from(["news", "local", "n", "0", "!", "new", "ä", "日本"]), max_size=4).map("/".join)
CATEGORIES = st.one_of(NAMED, st.text(max_size=12)).map(tidied)


@given(st.lists(CATEGORIES, max_size=8), st.lists(CATEGORIES, max_size=3))
def test_sql_and_python_take_the_same(categories: list[str], wanted: list[str]) -> None:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE source (category TEXT)")
        database.executemany("INSERT INTO source VALUES (?)", [(category,) for category in categories])
        values = {"wanted": json.dumps(wanted)}
        rows = database.execute(
            f"SELECT DISTINCT category FROM source WHERE category IN ({taken_by('wanted')})", values
        )
        assert {row[0] for row in rows} == {c for c in categories if any(is_part(c, of) for of in wanted)}


@given(st.lists(CATEGORIES, max_size=8))
def test_everything_that_can_be_selected_by_takes_something_and_what_is_there_is_among_it(
    categories: list[str],
) -> None:
    wholes = with_wholes(categories)
    assert set(wholes) >= {category for category in categories if category}
    assert all(any(is_part(category, whole) for category in categories) for whole in wholes)
    assert wholes == sorted(set(wholes))


@given(st.text(max_size=30))
def test_a_category_that_is_tidied_stays_so(category: str) -> None:
    assert tidied(tidied(category)) == tidied(category)


def test_the_config_compares_categories_as_they_are_meant() -> None:
    source = SourceTable(url=A, category=" news / local/ ")
    assert source.category == "news/local"
    assert OutputTable(name="x", categories=["/news", " news /local"]).categories == ["news", "news/local"]


def test_an_output_a_list_and_a_page_s_choices_take_the_parts(desk: Desk) -> None:
    named = {A: "news", B: "news/local", C: "newsletters", D: ""}
    desk.subscribe(*(Source(key, category=category) for key, category in named.items()))
    for key in named:
        desk.deliver(key, Entry("1", f"Of {key}"))

    taken = {story.shown.entry.title for story in desk.select(categories=("news",))}
    assert taken == {f"Of {A}", f"Of {B}"}
    assert {story.shown.entry.title for story in desk.select(categories=("news/local",))} == {f"Of {B}"}
    assert [s.key for s in desk.ask(standings.listed, Wanted(category="news"), "name", most=9)] == [A, B]
    assert sum(desk.ask(standings.counts, Wanted(category="news")).values()) == 2
    config = Config(source=[SourceTable(url=B, category="news/local")])
    assert desk.ask(rivers.choices_of, config).categories == ["news", "news/local"]


def test_a_category_s_sources_are_found_in_an_index(desk: Desk) -> None:
    plan = desk.rows(f"EXPLAIN QUERY PLAN {taken_by('c').replace(':c', chr(39) + '[]' + chr(39))}")
    assert all("SCAN part" not in row[3] for row in plan)
    assert any("source_category" in row[3] for row in plan)
