"""Which copies are one article, and which only look like it."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Entry, Fingerprint
from aggregator.refine import dedupe
from aggregator.refine.dedupe import Candidate, Decision

LONG = " ".join(f"word{n}" for n in range(80))  # an article
SHORT = " ".join(f"word{n}" for n in range(30))  # enough to tell apart, not enough to ignore the headline
TINY = "New episode out now"


def printed(title: str = "", link: str = "", text: str = "") -> Fingerprint:
    return dedupe.fingerprint(Entry("g", title=title, link=link, content=f"<p>{text}</p>"))


def stored(print_: Fingerprint, story: int = 1, *, same_source: bool = False) -> Candidate:
    return Candidate(story, print_.title, print_.url, print_.text_hash, print_.words, same_source)


def decided(arrival: Fingerprint, *candidates: Candidate) -> tuple[int, str]:
    decision = dedupe.decide(arrival, candidates)
    assert decision.score == (0.0 if decision.joined == "new" else 1.0), "exact likeness is sure or none"
    return decision.story, decision.joined


NEW = (0, "new")


# ── By address ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_address_and_one_title_are_one_article() -> None:
    here = printed("Cats sleep all day", "https://www.e.org/cats/?utm_source=rss", TINY)
    there = printed("CATS sleep — all day!", "http://e.org/cats", "An excerpt […]")

    assert decided(here, stored(there, 7)) == (7, "url")


def test_one_address_under_two_titles_is_two_articles_as_in_blogs_of_links() -> None:
    link_blog = printed("Read this thing about cats", "https://e.org/cats", "I liked it")
    original = printed("Why do they sleep?", "https://e.org/cats", LONG)

    assert decided(link_blog, stored(original)) == NEW


def test_one_address_under_two_titles_is_one_article_if_the_words_are_the_same() -> None:
    corrected = printed("Cats sleep all night", "https://e.org/cats", SHORT)
    original = printed("Dogs sleep all day", "https://e.org/cats", SHORT)

    assert decided(corrected, stored(original, 3, same_source=True)) == (3, "url")


@pytest.mark.parametrize("same_source", [True, False])
def test_untitled_notes_that_link_to_one_home_page_are_as_many_articles(same_source: bool) -> None:
    one = printed("", "https://ann.example.org/", "Had coffee")
    other = printed("", "https://ann.example.org/", "Had tea")

    assert decided(one, stored(other, same_source=same_source)) == NEW


def test_an_untitled_copy_joins_by_address_only_with_the_same_words() -> None:
    titled = printed("Coffee", "https://ann.example.org/1", SHORT)
    untitled = printed("", "https://ann.example.org/1", SHORT)

    assert decided(untitled, stored(titled, 2)) == (2, "url")
    assert decided(printed("", "https://ann.example.org/1", LONG), stored(titled, 2)) == NEW


def test_entries_without_an_address_have_none_in_common() -> None:
    assert decided(printed("Comments", "", TINY), stored(printed("Comments", "", TINY))) == NEW


def test_fragments_tell_articles_apart() -> None:
    assert (
        decided(printed("Now", "https://e.org/now.html#2"), stored(printed("Now", "https://e.org/now.html#1"))) == NEW
    )


# ── By words ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_reprint_elsewhere_is_the_same_article_whatever_its_headline() -> None:
    wire = printed("Cats sleep all day, study finds", "https://wire.example/1", LONG)
    paper = printed("Lazy animals", "https://paper.example/2", LONG)

    assert decided(paper, stored(wire, 4)) == (4, "text")


def test_the_same_words_under_another_title_in_the_same_source_are_a_template() -> None:
    monday = printed("Weather for Monday", "https://e.org/mon", LONG)
    tuesday = printed("Weather for Tuesday", "https://e.org/tue", LONG)

    assert decided(tuesday, stored(monday, same_source=True)) == NEW


def test_few_same_words_need_the_same_title() -> None:
    one = printed("Weather for Monday", "https://one.example/", SHORT)

    assert decided(printed("Weather for Tuesday", "https://two.example/", SHORT), stored(one)) == NEW
    assert decided(printed("Weather for Monday", "https://two.example/", SHORT), stored(one, 5)) == (5, "text")


def test_very_few_same_words_say_nothing() -> None:
    one = printed("Podcast", "https://one.example/", TINY)

    assert one.text_hash == 0
    assert decided(printed("Podcast", "https://two.example/", TINY), stored(one)) == NEW


@pytest.mark.parametrize(("words", "told"), [(24, False), (25, True)])
def test_from_twenty_five_words_on_a_text_tells(words: int, told: bool) -> None:
    assert bool(printed(text=" ".join(LONG.split()[:words])).text_hash) is told


@pytest.mark.parametrize(("words", "joined"), [(59, "new"), (60, "text")])
def test_from_sixty_words_on_a_text_tells_without_its_title(words: int, joined: str) -> None:
    text = " ".join(LONG.split()[:words])

    assert decided(printed("One", "", text), stored(printed("Two", "", text)))[1] == joined


def test_markup_case_and_spacing_make_no_other_text() -> None:
    plain = dedupe.fingerprint(Entry("g", content=f"<p>{LONG}</p>"))
    marked = dedupe.fingerprint(Entry("g", content=f"<div><b>{LONG.upper()}</b>\n\n <img alt='x' src='y'></div>"))

    assert (plain.text_hash, plain.words) == (marked.text_hash, marked.words) == (plain.text_hash, 80)


def test_the_summary_is_the_text_where_there_is_no_content() -> None:
    assert dedupe.fingerprint(Entry("g", summary="<p>in short</p>")).text == "in short"
    assert dedupe.fingerprint(Entry("g", summary="<p>in short</p>", content="<p>at length</p>")).text == "at length"


# ── Which of several ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_address_goes_before_words_and_the_oldest_story_first() -> None:
    arrival = printed("Cats", "https://e.org/cats", LONG)
    by_words = printed("Cats", "https://mirror.example/", LONG)
    by_address = printed("Cats", "https://e.org/cats", TINY)

    assert decided(arrival, stored(by_words, 1), stored(by_address, 3), stored(by_address, 2)) == (2, "url")
    assert decided(arrival, stored(by_words, 9), stored(by_words, 8)) == (8, "text")


def test_without_candidates_it_is_new() -> None:
    assert dedupe.decide(printed("Cats", "https://e.org/cats", LONG), []) == Decision(0, "new", 0.0)


# ── Titles ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("cats sleep all day", "cats sleep all day", True),
        ("cats sleep all day", "cats sleep all day the example times", True),
        ("cats sleep all day", "example cats sleep all day", True),
        ("cats sleep all day", "", True),
        ("", "", True),
        ("cats sleep all day", "cats sleep all night", False),
        ("cats sleep", "cats sleep again", False),
        ("weekly news", "weekly news 17 may", False),
        ("cats sleep all day", "why cats sleep all day long", False),
        ("cats sleep all day", "cats sleep all day " + "and more " * 4, False),
    ],
)
def test_titles_agree_if_alike_or_one_missing_or_with_a_site_s_name(one: str, other: str, agree: bool) -> None:
    assert dedupe.titles_agree(one, other) is agree
    assert dedupe.titles_agree(other, one) is agree


_TITLES = st.lists(st.sampled_from(["cats", "sleep", "all", "day", "e"]), max_size=8).map(" ".join)
_PRINTS = st.builds(
    Fingerprint,
    url=st.sampled_from(["", "//e.org/1", "//e.org/2"]),
    title=_TITLES,
    text=st.just(""),
    text_hash=st.sampled_from([0, 1, 2]),
    words=st.integers(0, 100),
)


@given(_TITLES, _TITLES)
def test_titles_agree_both_ways(one: str, other: str) -> None:
    assert dedupe.titles_agree(one, other) is dedupe.titles_agree(other, one)


@given(_PRINTS, st.lists(st.tuples(_PRINTS, st.integers(1, 5), st.booleans()), max_size=6), st.randoms())
def test_a_decision_joins_what_shares_address_or_text_whatever_the_order(
    arrival: Fingerprint, listed: list[tuple[Fingerprint, int, bool]], chance: Random
) -> None:
    candidates = [stored(print_, story, same_source=same) for print_, story, same in listed]
    decision = dedupe.decide(arrival, candidates)
    chance.shuffle(candidates)

    assert dedupe.decide(arrival, candidates) == decision
    shared = {c.story for c in candidates if c.url == arrival.url != "" or c.text_hash == arrival.text_hash != 0}
    assert decision.story in shared | {0}
    assert (decision.story == 0) == (decision.joined == "new")


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=200))
def test_fingerprints_are_made_of_anything_and_always_the_same(title: str, link: str, content: str) -> None:
    entry = Entry("g", title=title, link=link, content=content)
    found = dedupe.fingerprint(entry)

    assert dedupe.fingerprint(replace(entry, guid="h")) == found
    assert -(2**63) <= found.text_hash < 2**63, "SQLite's integers"
