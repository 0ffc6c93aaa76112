"""When an entry under another guid is the one that was listed before, and when one under the same guid isn't."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model import Entry
from aggregator.refine import dedupe
from aggregator.refine.sameness import Comparable, is_another, is_same
from tests.refine.articles import BEES, HARBOUR, TRAM

NOON = 1_775_000_000
DAY = 86400


def said(title: str, body: str, link: str = "https://e.example/ferry", published: int = NOON) -> Comparable:
    mark = dedupe.fingerprint(Entry("g", title=title, link=link, content=f"<p>{body}</p>"))
    return Comparable(title, mark.url, published, mark.text, mark.text_hash, mark.words, mark.shingles)


FERRY = said("Ferry sails again", HARBOUR)


@pytest.mark.parametrize(
    "later",
    [
        FERRY,
        replace(FERRY, published=NOON + DAY),
        said("Ferry sails again", BEES),
        said("FERRY sails: again!", HARBOUR, "https://moved.example/4711"),
    ],
)
def test_a_title_and_two_of_address_text_and_date_make_one_entry(later: Comparable) -> None:
    assert is_same(FERRY, later, own_address=True, churned=False)


@pytest.mark.parametrize(
    "later",
    [
        said("Ferry sails again", BEES, published=NOON + DAY),
        said("Ferry sails again", HARBOUR, "https://e.example/2", NOON + DAY),
        said("Ferry sails again – Elections", HARBOUR),
        said("Ferry sails again", BEES, "https://e.example/2"),
    ],
)
def test_in_doubt_they_are_two(later: Comparable) -> None:
    assert not is_same(FERRY, later, own_address=True, churned=False)


@pytest.mark.parametrize("title", ["Photo of the day", "All systems operational", "Open thread"])
def test_recurring_posts_of_few_words_are_as_many(title: str) -> None:
    days = [said(title, "All is well.", published=NOON + n * DAY) for n in range(2)]

    assert not is_same(*days, own_address=True, churned=False)
    assert not is_same(*days, own_address=False, churned=False)


def test_an_address_of_many_entries_is_no_sign() -> None:
    assert not is_same(FERRY, said("Ferry sails again", BEES), own_address=False, churned=False)


def test_without_dates_the_same_text_at_the_same_address_is_one() -> None:
    one = replace(FERRY, published=0)

    assert is_same(one, one, own_address=True, churned=False)
    assert not is_same(one, replace(said("Ferry sails again", BEES), published=0), own_address=True, churned=False)


def test_a_document_that_makes_all_its_guids_and_dates_anew_means_the_same_entries() -> None:
    assert is_same(FERRY, said("Ferry sails again", BEES, published=NOON + DAY), own_address=True, churned=True)
    assert is_same(FERRY, said("Ferry sails again", HARBOUR, "", NOON + DAY), own_address=False, churned=True)
    assert not is_same(FERRY, said("Another title", HARBOUR, published=NOON + DAY), own_address=True, churned=True)


def test_another_title_address_and_text_under_one_guid_are_another_article() -> None:
    assert is_another(FERRY, said("Bumblebees tell the time", BEES, "https://e.example/bees"))


@pytest.mark.parametrize(
    "later",
    [
        said("Bumblebees tell the time", BEES),
        said("Bumblebees tell the time", HARBOUR, "https://e.example/bees"),
        said("Ferry sails again in May", TRAM, "https://e.example/may"),
        said("", BEES, "https://e.example/bees"),
    ],
)
def test_anything_less_is_an_edit(later: Comparable) -> None:
    assert not is_another(FERRY, later)
