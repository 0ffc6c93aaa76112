"""What the list of sources is asked for ⇄ its address."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.render.html import listing
from aggregator.render.html.listing import Listing
from aggregator.store import standings

values = st.one_of(st.sampled_from([*listing.STATES, *listing.SORTS, "asc", "desc", "2", "007"]), st.text(max_size=300))
queries = st.dictionaries(st.sampled_from(["state", "category", "q", "sort", "order", "page", "else"]), values)


@given(queries)
def test_any_query_string_means_something_that_has_an_address(query: dict[str, str]) -> None:
    asked = Listing.of(query)

    assert Listing.of(dict(parse_qsl(asked.with_()[1:]))) == asked
    assert asked.by in listing.SORTS
    assert asked.number >= 1


@given(queries, st.sampled_from(listing.SORTS))
def test_a_heading_sorts_by_it_and_then_the_other_way_round(query: dict[str, str], sort: str) -> None:
    asked = Listing.of(query)
    once = Listing.of(dict(parse_qsl(asked.sorted_by(sort)[1:])))
    twice = Listing.of(dict(parse_qsl(once.sorted_by(sort)[1:])))

    assert once.by == twice.by == sort
    assert once.descending != twice.descending
    assert once.number == twice.number == 1
    if asked.by == sort:
        assert once.descending != asked.descending


@pytest.mark.parametrize("page", ["0", "1", "-1", "1.5", "²", "x", "1234567", ""])
def test_what_is_no_later_page_is_the_first(page: str) -> None:
    assert Listing.of({"page": page}) == Listing()


def test_what_is_the_default_is_not_in_the_address() -> None:
    assert Listing.of({"sort": "name", "order": "asc", "state": "sleepy"}).with_() == "?"
    assert Listing.of({"sort": "entries", "order": "desc"}).with_() == "?sort=entries"


def test_the_store_knows_every_order_and_state() -> None:
    assert {*listing.SORTS} == {*standings.ORDERS}
