"""Strings of strangers: what is left of them fits into every format."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from aggregator.refine import sanitize
from aggregator.text import characters, writable

anything = st.text(st.characters(categories=None, codec=None), max_size=40)


@given(anything)
@example("".join(map(chr, range(0x100))))
@example("\ud83d\ude00 \ufffe\uffff\U0001fffe\ufdd0\ufffd\x85\x7f")
def test_what_is_clean_goes_into_xml_and_back(value: str) -> None:
    clean = characters.clean(value)
    element = etree.Element("e")
    element.text = clean

    back = etree.fromstring(etree.tostring(element)).text or ""
    assert back == clean.replace("\r\n", "\n").replace("\r", "\n") or back == clean


@pytest.mark.parametrize(
    "character",
    ["\x00", "\x08", "\x0b", "\x0c", "\x1f", "\x7f", "\x85", "\x9f", "\ufdd0", "\ufffd", "\ufffe", "\uffff",
     "\U0001fffe", "\U0010ffff"],
)  # fmt: skip
def test_characters_that_xml_forbids_or_discourages_go(character: str) -> None:
    assert characters.clean(f"a{character}b") == "ab"


def test_halves_of_characters_go() -> None:
    assert characters.clean("a\ud800b\udfffc") == "abc"


@pytest.mark.parametrize("kept", ["\t\n\r", "é", "\u200d", "\u202e", "😀", "\ue000", "\u00a0"])
def test_characters_that_people_write_stay(kept: str) -> None:
    assert characters.clean(kept) == kept


@given(anything)
def test_what_is_written_at_the_edge_lacks_what_what_comes_in_lacks(value: str) -> None:
    """One set of characters: the two differ in how lines end, and in nothing else."""
    assert writable.clean(value) == characters.clean(value.replace("\r\n", "\n").replace("\r", "\n"))


@given(anything)
@example("\x1b[31m\u202e\ud800\u2028\r\n")
def test_a_terminal_gets_nothing_to_obey(value: str) -> None:
    shown = characters.printable(value, "?")

    assert shown.isprintable()
    assert len(shown) == len(value)
    assert characters.printable(shown) == shown


def test_of_a_text_files_characters_those_stay_that_end_lines_or_tell_that_something_was_lost() -> None:
    text = "".join(map(chr, range(0xA0))) + "\u2028\ufeff\ufffd\ufffe"

    assert characters.without_controls(text) == (
        "\t\n\x0b\x0c\r" + "".join(map(chr, range(0x20, 0x7F))) + "\x85\u2028\ufffd",
        61,
    )


@given(anything)
def test_a_line_is_one_line_without_space_around(value: str) -> None:
    line = characters.line(value)

    assert line == line.strip()
    assert len(line.splitlines()) <= 1
    assert characters.line(line) == line


@pytest.mark.parametrize(
    ("markup", "words"),
    [
        ("<p>one</p><p>two</p>", "one two"),
        ("one<br>two<br/>three", "one two three"),
        ("<ul><li>one</li><li>two</li></ul>", "one two"),
        ("<table><tr><td>one</td><td>two</td></tr></table>", "one two"),
        ("in<b>si</b>de", "inside"),
        ('<a href="http://e.org/?a>b">link</a>', "link"),
        ("1 &lt; 2 &amp; &#8364;", "1 < 2 & €"),
        ("&amp;lt;b&amp;gt;", "&lt;b&gt;"),
        ("no markup", "no markup"),
        ("", ""),
    ],
)
def test_plain_text_has_the_words_and_blocks_part_them(markup: str, words: str) -> None:
    assert characters.plain(markup) == words


@given(st.text(max_size=60))
def test_the_plain_text_of_sanitised_markup_has_no_markup(value: str) -> None:
    plain = characters.plain(sanitize.sanitize(f"<p title='{value}'>{value}</p><p>{value}", ""))

    assert plain == " ".join(plain.split())


def test_words_are_alike_whatever_their_case_width_and_form() -> None:
    assert characters.words("Straße ﬁne ＡＢＣ e\u0301te\u0301!") == characters.words("STRASSE fine abc été")


@given(st.text(st.characters(max_codepoint=127)))
def test_words_in_ascii_are_those_beside_other_words(value: str) -> None:
    assert [*characters.words(value), "é"] == characters.words(f"{value} é")


_FORBIDDEN = {
    *range(0x9), 0xB, 0xC, *range(0xE, 0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), *range(0xFDD0, 0xFDF0),
    0xFFFD, *(plane | last for plane in range(0, 0x110000, 0x10000) for last in (0xFFFE, 0xFFFF)),
}  # fmt: skip


def test_every_character_is_forbidden_or_stays() -> None:
    """Also where nothing beside it asks for a closer look."""
    assert {code for code in range(0x110000) if characters.clean(chr(code)) != chr(code)} == _FORBIDDEN


@given(
    anything | st.text(st.sampled_from("a\xa0\x85é\ud7ff\ud800\ufdcf\ufdd0\ufffc\ufffd\U0001ffff\U00020000\U0003bffe"))
)
def test_what_is_clean_lacks_nothing_but_that(value: str) -> None:
    assert characters.clean(value) == "".join(char for char in value if ord(char) not in _FORBIDDEN)


@given(anything)
def test_words_are_those_of_the_whole_text_in_its_normal_form(value: str) -> None:
    assert characters.words(value) == re.findall(r"\w+", unicodedata.normalize("NFKC", value).casefold())


@given(st.text(st.sampled_from("‘’“”–—…•aé\u0301\u0338 =.\ufe0fﬁ_1")))
@example("a…\u0301b’\u0301c")
def test_marks_part_words_and_change_none(value: str) -> None:
    assert characters.words(value) == re.findall(r"\w+", unicodedata.normalize("NFKC", value).casefold())


@given(anything)
def test_words_hold_no_space_nor_punctuation(value: str) -> None:
    for word in characters.words(value):
        assert re.fullmatch(r"\w+", word)


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("en", "en"), ("EN", "en"), ("en_us", "en-US"), ("en-US", "en-US"), ("zh-hant-tw", "zh-Hant-TW"),
        (" de ", "de"), ("es-419", "es-419"), ("", ""), ("english", ""), ("e", ""), ("en-", ""), ("en--us", ""),
        ("en us", ""), ("de,en", ""), ("x-default", ""), ("1234", ""), ("en-verylongone", ""), ("dе", ""),
        ("en\n-US", ""),
    ],
)  # fmt: skip
def test_languages_are_tags_in_their_usual_case_or_nothing(written: str, tag: str) -> None:
    assert characters.language(written) == tag


@pytest.mark.parametrize(
    ("written", "kind"),
    [("audio/mpeg", "audio/mpeg"), (" Audio/MPEG ; x=1", "audio/mpeg"), ("image/svg+xml", "image/svg+xml"), ("mp3", ""),
     ("audio/", ""), ("audio/mp 3", ""), ("a/b/c", ""), ("", ""), ("audio/mpeg\x00", "")],
)  # fmt: skip
def test_media_types_are_such_or_nothing(written: str, kind: str) -> None:
    assert characters.media_type(written) == kind


@pytest.mark.parametrize(
    ("written", "address"),
    [("ann@e.org", "ann@e.org"), (" mailto:ann@e.org\n", "ann@e.org"), ("ann", ""), ("ann@e.org, bob@e.org", ""),
     ("Ann <ann@e.org>", ""), ("@", ""), ("a@b@c", ""), ("", "")],
)  # fmt: skip
def test_mail_addresses_are_plausible_or_nothing(written: str, address: str) -> None:
    assert characters.email(written) == address


@given(anything)
def test_none_of_these_ever_raises(value: str) -> None:
    assert re.fullmatch(r"([a-z]{2,3}(-[A-Za-z0-9]{1,8})*)?", characters.language(value))
    assert re.fullmatch(r"(\S+/\S+)?", characters.media_type(value))
    assert characters.email(value) == "" or "@" in characters.email(value)
