"""Texts as they are remembered and compared."""

from __future__ import annotations

import subprocess
import sys
import unicodedata
from hashlib import blake2b
from zlib import crc32

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator.refine.alignment import boilerplate, compare
from aggregator.refine.shingles import Text, features, hashes, pack, spans, spelled, words
from aggregator.text import characters
from tests.refine.articles import BEES, COMET, FOOTER, HARBOUR, TRAM, edited, first, republished
from tests.refine.unspaced import PIECES

LETTERS = st.lists(st.sampled_from("abcdef"), max_size=60).map(" ".join)
ARTICLES = [HARBOUR, BEES, TRAM, COMET]


def found(one: str, other: str, *repeated: str) -> tuple[float, float]:
    """The part of each that is in the other."""
    likeness = compare(Text(one), Text(other), boilerplate(Text(value).shingles for value in repeated))
    return likeness.ours, likeness.theirs


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Cats, sleep — all DAY!", ["cats", "sleep", "all", "day"]),
        ("ﬁne Straße ＡＢＣ", ["fine", "strasse", "abc"]),
        ("it's v1.2", ["it", "s", "v1", "2"]),
        ("", []),
        ("…!?💩", []),
        ("東京都で雨", ["東京都で", "京都で雨", "都で雨", "で雨", "雨"]),
        ("iPhoneを買う", ["iphone", "を買う", "買う", "う"]),
        ("한국어 기사", ["한국어", "기사"]),
    ],
)
def test_words_are_in_their_normal_form_and_characters_stand_for_them_without_spaces(
    value: str, expected: list[str]
) -> None:
    assert words(value) == expected


def test_thai_words_keep_their_vowel_signs() -> None:
    assert words("ผึ้ง")[0] == "ผึ้ง"


ANYTHING = st.text(st.characters(categories=None, codec=None), max_size=60)
_PIECES = ("plain words ", "e\u0301", "漢字", "ｶﾞ", "ไทย", *"aZ9_ .=<é\u0301ﬁΩİ가ß—’\ud800\u3000\x85")
PROSE = st.lists(st.sampled_from(_PIECES), max_size=60).map("".join)


@given(PROSE | ANYTHING)
@example(f"é{'x' * 30}é{'x' * 31}é")
@example("=\u0338")
def test_words_are_those_of_the_whole_text_in_its_normal_form(value: str) -> None:
    """Only what isn't ASCII is brought to it, piece by piece."""
    normal = unicodedata.normalize("NFKC", characters.unmarked(value)).casefold()

    assert words(value) == [word for word, _ in spans(normal)]
    assert [word.decode() for word in spelled(value)] == words(value)


@given(PROSE)
def test_shingles_are_the_hashes_of_five_words_in_a_row(value: str) -> None:
    found = words(value)

    assert hashes(spelled(value)) == [crc32(" ".join(found[i : i + 5]).encode()) for i in range(len(found) - 4)]


# ── What is indexed ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", ARTICLES)
def test_a_copy_meets_its_original_in_the_index(body: str) -> None:
    original = set(features(spelled(body), ["one headline"]))

    for copy in (
        edited(body),
        first(body, 40),
        first(body, 60),
        first(body, 100),
        republished(body),
        f"{body} {FOOTER}",
    ):
        assert original & set(features(spelled(copy), ["another headline"]))


def test_other_articles_don_t_meet() -> None:
    for at, body in enumerate(ARTICLES):
        for other in ARTICLES[at + 1 :]:
            assert not set(features(spelled(body), ["one headline"])) & set(
                features(spelled(other), ["another headline"])
            )


def test_a_headline_of_two_words_is_a_feature_and_one_of_one_word_is_none() -> None:
    body = spelled(HARBOUR)

    assert set(features(body, ["the ferry"])) - set(features(body, [""])) == set(features([], ["the ferry"]))
    assert features(body, ["ferry"]) == features(body, [""])
    assert features([], [""]) == features(spelled("four words don't do"), [""])[1:] == ()


def test_there_are_few_features_however_long_the_text() -> None:
    assert len(set(features(spelled(HARBOUR * 200), ["the headline"]))) <= 17


@given(st.lists(st.integers(0, 30).map(str) | st.text("abé", min_size=1), max_size=400), st.booleans())
def test_features_are_the_lowest_of_each_first_part(words_: list[str], doubled: bool) -> None:
    found = [word.encode() for word in (words_ * 2 if doubled else words_)]
    shingles = [b" ".join(found[i : i + 5]) for i in range(len(found) - 4)]
    texts = {crc32(shingle): shingle for shingle in shingles}
    parts = (sorted({crc32(shingle) for shingle in shingles[:end]})[:4] for end in (40, 100, 250, len(shingles)))
    chosen = {blake2b(texts[value], digest_size=4).digest() for part in parts for value in part}

    assert {value.to_bytes(4, "big", signed=True) for value in features(found, [""])} == chosen


def test_features_are_the_same_in_every_process() -> None:
    asked = """from aggregator.refine.shingles import features, spelled
print(features(spelled("a b c d e f"), ["a headline"]))"""
    told = {
        subprocess.run(
            [sys.executable, "-c", asked], env={"PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert told == {f"{features(spelled('a b c d e f'), ['a headline'])}\n".encode()}


# ── How two texts run along each other ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [*ARTICLES, *(piece.text for piece in PIECES)])
def test_a_text_is_all_in_itself(body: str) -> None:
    text = Text(body)
    likeness = compare(text, text)

    assert (likeness.ours, likeness.theirs) == (1.0, 1.0)
    assert likeness.passage[1] == likeness.shared == len(text.words)
    assert likeness.gaps == ()


def test_an_excerpt_is_all_in_the_whole_and_the_whole_in_part_in_the_excerpt() -> None:
    ours, theirs = found(first(HARBOUR, 60), HARBOUR)

    assert ours == 1.0
    assert theirs == pytest.approx(60 / len(words(HARBOUR)), abs=0.02)


def test_an_edit_is_a_gap_within_a_block_and_a_new_sentence_parts_two_blocks() -> None:
    original = Text(HARBOUR)
    changed = compare(original, Text(HARBOUR.replace("a fishing boat", "an old trawler")))
    between = "Nobody had asked the people who live there, though many of them had offered to help with it. The board"
    parted = compare(original, Text(HARBOUR.replace("The board", between)))

    assert (len(changed.blocks), len(changed.gaps)) == (1, 1)
    assert (len(parted.blocks), len(parted.gaps)) == (2, 0)
    (gap,) = changed.gaps
    assert original.words[gap[0] : gap[1]] == ["a", "fishing", "boat"]


def test_the_opening_is_the_block_with_which_both_begin() -> None:
    whole = Text(HARBOUR)

    assert compare(Text(f"ISLAND — {first(HARBOUR, 50)}"), whole).opening == 50
    assert compare(Text(f"{BEES} {first(HARBOUR, 50)}"), whole).opening == 0
    assert compare(Text(BEES), whole).opening == 0


def test_paragraphs_in_another_order_are_in_both_but_in_blocks_apart() -> None:
    half = HARBOUR.index("The pontoon")
    likeness = compare(Text(HARBOUR), Text(f"{HARBOUR[half:]} {HARBOUR[:half]}"))

    assert likeness.mutual > 0.98
    assert len(likeness.blocks) == 2


def test_what_three_of_a_source_s_articles_hold_counts_for_nothing() -> None:
    one, other = f"{BEES} {FOOTER}", f"{TRAM} {FOOTER}"

    assert min(found(one, other)) > 0.1
    assert max(found(one, other, one, other, f"{COMET} {FOOTER}")) == 0.0
    assert min(found(one, other, one, other)) > 0.1, "two may be two versions of one"
    assert found(f"{BEES} {FOOTER}", BEES, one, other, f"{COMET} {FOOTER}")[0] > 0.95, "nor in the text's length"


def test_nothing_but_notices_is_no_likeness() -> None:
    assert found(FOOTER, FOOTER, FOOTER, FOOTER, FOOTER) == (0.0, 0.0)


def test_a_passage_is_shown_as_it_is_written() -> None:
    text = Text("  “Ｔhe ferry,”  she said: it's back!\nAt last, 京都で雨.")

    assert text.excerpt(0, 3) == "The ferry,” she"
    assert text.excerpt(4, 3) == "it's back"
    assert text.excerpt(0, 1000).startswith("The ferry")
    assert text.excerpt(500, 3) == ""


@pytest.mark.parametrize(
    "marked", ['so "the boat', "so “the boat", "so «the boat", "so « the boat", "so „the boat", "so 'the boat"]
)
def test_a_quotation_begins_with_a_mark(marked: str) -> None:
    assert Text(marked).quoted(1)
    assert not Text(marked).quoted(0)
    assert not Text("so” the boat").quoted(1)


@given(st.text(max_size=200) | LETTERS)
def test_a_text_whose_shingles_are_at_hand_is_the_same_as_one_that_is_taken_apart(value: str) -> None:
    whole, packed = Text(value), Text(value, pack(hashes(spelled(value))))

    assert list(packed.shingles) == list(whole.shingles)
    assert packed.length == whole.length == len(whole.words)
    assert packed.places == whole.places


@given(LETTERS, LETTERS, LETTERS)
def test_likeness_is_never_more_than_all_and_lies_where_the_words_are_the_same(
    one: str, other: str, third: str
) -> None:
    a, b = Text(one), Text(other)
    likeness = compare(a, b, boilerplate(Text(value).shingles for value in (one, other, third)))
    start, length = likeness.passage

    assert 0.0 <= likeness.mutual <= likeness.containment <= 1.0
    assert " ".join(a.words[start : start + length]) in other
    for a0, a1, b0, b1 in likeness.blocks:
        assert 0 <= a0 < a1 <= len(a.words)
        assert 0 <= b0 < b1 <= len(b.words)
        assert (a.words[a0], b.words[b1 - 1]) == (b.words[b0], a.words[a1 - 1])


@given(st.text(max_size=200), st.integers(0, 80), st.integers(0, 80))
def test_any_text_can_be_looked_at_anywhere(value: str, start: int, length: int) -> None:
    text = Text(value)
    text.excerpt(start, length)

    assert all(text.quoted(at) in (True, False) for at in range(len(text.words)))
    assert compare(text, text).containment in (0.0, 1.0)
