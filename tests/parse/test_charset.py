"""Every encoding that people's files are in comes out as the same text; nothing ever fails."""

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.parse.charset import decode

ENGLISH = "A plain line, and another one.\nMore of it."
RUSSIAN = "Сегодня мы открыли новую библиотеку, и многие пришли посмотреть на книги.\nЗавтра будет концерт."
FRENCH = "L'été dernier, nous avons déjà visité le château où naquit le poète; c'était très agréable."
POLISH = "Zażółć gęślą jaźń, powiedział nauczyciel, a uczniowie zapisali to zdanie w swoich zeszytach."
JAPANESE = "今日は天気がとても良いので、みんなで公園へ散歩に行きました。花がたくさん咲いていました。"


@pytest.mark.parametrize(("mark", "encoding"), [
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
])  # fmt: skip
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN, "", "x"])
def test_a_mark_says_what_it_is_and_goes(mark, encoding, text):
    assert decode(mark + text.encode(encoding), "koi8-r") == text


def test_utf8_wins_over_a_wrong_declaration():
    assert decode(FRENCH.encode(), "iso-8859-1") == FRENCH


@pytest.mark.parametrize(("text", "encoding"), [
    (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (FRENCH, "iso-8859-1"), (POLISH, "iso-8859-2"),
    (JAPANESE, "shift_jis"), (JAPANESE, "euc-jp"), (ENGLISH, "utf-16-be"),
])  # fmt: skip
def test_what_is_declared_is_believed(text, encoding):
    assert decode(text.encode(encoding), encoding) == text


def test_latin1_means_windows_1252():
    assert decode(b"\x93quoted\x94 \x80", "latin1") == "“quoted” €"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [ENGLISH, RUSSIAN, POLISH])
def test_utf16_without_a_mark(text, encoding):
    assert decode(text.encode(encoding)) == text


@pytest.mark.parametrize(("text", "encoding"), [
    (RUSSIAN, "windows-1251"), (RUSSIAN, "koi8-r"), (FRENCH, "windows-1252"), (POLISH, "windows-1250"),
    (JAPANESE, "shift_jis"), ("Café", "windows-1252"), ("“Plain” English – it’s easy", "windows-1252"),
])  # fmt: skip
def test_without_a_declaration_it_is_guessed(text, encoding):
    assert decode(text.encode(encoding)) == text


def test_a_guess_looks_at_the_beginning_but_decodes_all():
    assert decode((RUSSIAN + "\n").encode("windows-1251") * 2000) == (RUSSIAN + "\n") * 2000


def test_lines_end_in_newlines():
    assert decode(b"a\r\nb\rc\nd\r\r\n") == "a\nb\nc\nd\n\n"


@pytest.mark.parametrize("declared", [
    "unicode_escape", "raw-unicode-escape", "punycode", "idna", "utf-7", "undefined", "base64", "zlib",
    "rot13", "x" * 99,
    "no-such", "utf-8\0", "../x", "é", "\ud800", "", " ", "'utf-8'", "mbcs", "utf_8_sig", "utf-16", "string.x",
])  # fmt: skip
def test_a_hostile_declaration_does_no_harm(declared):
    assert decode(ENGLISH.encode(), declared) == ENGLISH
    assert decode(b"+AGE- \\N \\ud800 \xe9\xff", declared).encode()


@given(st.binary(max_size=300), st.sampled_from(["", "utf-16", "gb18030", "big5", "shift_jis", "utf-32", "cp037"]))
def test_any_bytes_give_text(body, declared):
    text = decode(body, declared)
    assert "\r" not in text
    text.encode()


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0")))
def test_utf8_comes_back_as_it_was(text):
    assert decode(text.encode()) == text.removeprefix("\ufeff")
