"""What an edit changed: with what went it is the text before, with what came the text after."""

from __future__ import annotations

import time

from hypothesis import given
from hypothesis import strategies as st

from aggregator.refine.difference import COMPARED, difference
from aggregator.text.segments import Kind, Segment, abridged

WORDS = st.lists(st.sampled_from(["the", "cat", "sat", "on", "a", "mat", ".", ",", "東京", "é"]), max_size=40)
TEXTS = st.one_of(st.text(max_size=60), WORDS.map(" ".join), WORDS.map("".join))
G, C = Kind.GONE, Kind.COME


def without(segments: tuple[Segment, ...], kind: Kind) -> str:
    return "".join(segment.text for segment in segments if segment.kind is not kind)


@given(TEXTS, TEXTS)
def test_both_texts_are_in_it(before: str, after: str) -> None:
    segments = difference(before, after)

    assert without(segments, Kind.COME) == before
    assert without(segments, Kind.GONE) == after
    assert all(segment.text for segment in segments)


def test_words_are_marked_and_the_rest_stays() -> None:
    assert difference("It costs 3 euros, she said.", "It costs 4 euros, she said on Friday.") == (
        Segment("It costs "),
        Segment("3", G),
        Segment("4", C),
        Segment(" euros, she said"),
        Segment(" on Friday", C),
        Segment("."),
    )


def test_changes_that_only_a_little_parts_are_one() -> None:
    assert difference("Begin one of two end", "Begin three of four end") == (
        Segment("Begin "),
        Segment("one of two", G),
        Segment("three of four", C),
        Segment(" end"),
    )


def test_what_is_the_same_is_one_segment() -> None:
    assert difference("The same.", "The same.") == (Segment("The same."),)
    assert difference("", "") == ()
    assert difference("", "New") == (Segment("New", C),)


def test_scripts_without_spaces_are_compared_by_characters() -> None:
    assert Segment("二十七", G) in difference("東京都は二十七日に発表した", "東京都は三日に発表した")


def test_texts_of_any_kind_and_length_take_no_long_time() -> None:
    """Words that come again and again would each be tried at all their places."""
    few = " ".join("abcdefghij"[number * number % 7] for number in range(40_000))
    many = " ".join(f"w{number * 7919 % 500}" for number in range(20_000))
    other = " ".join(f"w{number * 104_729 % 500}" for number in range(20_000))
    start = time.process_time()

    for before, after in ((few, few[::-1]), (many, other), (few, many)):
        assert without(difference(before, after), Kind.COME) == before[:COMPARED]

    assert time.process_time() - start < 5


def test_unchanged_runs_are_abridged() -> None:
    text = " ".join(f"word{number}" for number in range(1000))
    shown = abridged(difference(f"{text} old {text}", f"{text} new {text}"), 4000, 100)

    assert [segment.kind for segment in shown] == [Kind.PLAIN, G, C, Kind.PLAIN]
    assert shown[0].text.startswith("… ") and shown[-1].text.endswith(" …")
    assert len(without(shown, G)) < 300
