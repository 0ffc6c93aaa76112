"""Two texts beside each other: every character stays, and what is marked is in both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.refine import shingles
from aggregator.refine.passages import along, located, places
from aggregator.refine.shingles import COMPARED
from aggregator.text.segments import Kind, abridged

LEAD = "The water mill at the bend of the river has turned since 1712, and it was turning on Friday"
# What normalisation makes longer or shorter: ligatures, composed and decomposed letters, Hangul, halfwidth forms, ...
ODD = st.sampled_from(
    ["ﬁ", "é", "e\u0301", "ß", "İ", "㏂", "½", "한", "\u1112\u1161\u11ab", "ｶﾞ", "ﾡￂ", "ក្រុម", "ภาษาไทย", "東京都", "’",
     "—", "\u3000", "\u00a0", "\u0301", "Ω", "Ϊ́", "\u0cc6\u0cd5", "ﷺ", "x", "X", "1", " ", "\n", "."]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=80), st.lists(ODD, max_size=40).map("".join))


def shared(segments: tuple[object, ...]) -> list[str]:
    return [segment.text for segment in segments if segment.kind is Kind.SHARED]  # type: ignore[attr-defined]


def written(segments: tuple[object, ...]) -> str:
    return "".join(segment.text for segment in segments)  # type: ignore[attr-defined]


@given(TEXTS, TEXTS, TEXTS)
def test_every_character_stays(one: str, middle: str, other: str) -> None:
    beside = along(f"{one} {LEAD} {middle}", f"{other} {LEAD}")

    assert written(beside.ours) == f"{one} {LEAD} {middle}"
    assert written(beside.theirs) == f"{other} {LEAD}"
    assert any(LEAD[10:-10] in text for text in shared(beside.ours))


@given(TEXTS)
def test_words_are_those_that_are_compared_and_lie_in_order_in_the_text(value: str) -> None:
    words = list(located(value))

    assert [word for word, _, _ in words] == shingles.words(value)
    assert all(0 <= start < end <= len(value) for _, start, end in words)
    assert [start for _, start, _ in words] == sorted(start for _, start, _ in words)


@given(st.lists(st.sampled_from("abc"), max_size=60), st.lists(st.sampled_from("abc"), max_size=60))
def test_texts_that_repeat_themselves_lose_nothing(one: list[str], other: list[str]) -> None:
    beside = along(" ".join(one), " ".join(other))

    assert written(beside.ours) == " ".join(one)
    assert written(beside.theirs) == " ".join(other)


def test_what_is_shared_is_marked_as_it_is_written_in_each() -> None:
    one = f"Bend, Friday. {LEAD}. Nobody else came."
    other = f"{LEAD.upper()}! Everybody left."
    beside = along(one, other)

    assert shared(beside.ours) == [LEAD]
    assert shared(beside.theirs) == [LEAD.upper()]
    assert beside.share == pytest.approx(19 / 21)
    assert beside.bands == ((2 / 24, 21 / 24, 0.0, 19 / 21),)


def test_an_edit_within_a_passage_is_not_marked() -> None:
    beside = along(LEAD, LEAD.replace("since 1712", "from the year 1715"))

    assert shared(beside.ours) == [LEAD.partition(" since")[0], LEAD.partition("1712, ")[2]]
    assert shared(beside.theirs) == shared(beside.ours)
    assert len(beside.bands) == 1


def test_scripts_without_spaces_are_marked_by_characters() -> None:
    text = "東京都は二十七日、新しい図書館の計画を発表した"
    beside = along(f"速報です。{text}。", f"{text}。以上")

    assert shared(beside.ours) == [text]
    assert shared(beside.theirs) == [text]


def test_texts_with_nothing_in_common_have_nothing_marked() -> None:
    beside = along("One thing.", "Another matter altogether, with more words in it.")

    assert shared(beside.ours) == shared(beside.theirs) == []
    assert (beside.bands, beside.share) == ((), 0.0)
    assert along("", "").ours == ()


def test_the_longest_text_is_cut_and_costs_no_more_than_a_text_of_its_length() -> None:
    text = " ".join(f"word{number % 997}" for number in range(20_000))
    beside = along(text, text)

    assert written(beside.ours) == text[:COMPARED]
    assert len(places(text[:COMPARED])) == len(shingles.words(text[:COMPARED]))


def test_long_runs_that_are_a_text_s_own_are_abridged() -> None:
    own = " ".join(f"own{number}" for number in range(500))
    beside = along(f"{own} {LEAD} {own}", LEAD)
    shown = abridged(beside.ours, 3000, 100)

    assert shown[0].text.startswith("… own") and len(shown[0].text) <= 110
    assert shown[1].text == LEAD
    assert shown[2].text.endswith(" …") and len(shown[2].text) <= 110


def test_long_passages_are_abridged_at_the_same_place_in_both() -> None:
    text = " ".join(f"word{number}" for number in range(400))
    beside = along(f"One. {text}", f"Another! {text} More.")
    ours, theirs = abridged(beside.ours, 3000, 100), abridged(beside.theirs, 3000, 100)

    assert ours[1] == theirs[1]
    assert ours[1].text.startswith("word0 ") and " … " in ours[1].text and ours[1].text.endswith("word399")


@given(TEXTS, st.integers(1, 60), st.integers(1, 30))
def test_what_is_abridged_is_as_long_as_it_may_be(value: str, most: int, around: int) -> None:
    shown = abridged(along(f"{value} {LEAD}", LEAD).ours, most, around)

    assert len(written(shown)) <= most + 10 * len(shown)
