"""Strings of strangers → strings that every format can carry: which characters those are is said here alone.

Three sets are left out, each for a reason of its own: by `clean` what XML forbids, by `without_controls` what no text
file means (before it is known what the text is), and by `printable` what a terminal would obey.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable

# What XML 1.0 §2.2 forbids, lone surrogates included; what it discourages and the W3C validator warns of
# (BadCharacters, NotHtml): DEL, C1 controls, noncharacters; and U+FFFD, which only says that something was lost.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff]")
_NONCHARACTERS = re.compile(
    "[" + "".join(f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)) + "]"
)
# Hardly any text has any of these. In UTF-8 that is told in a third of the time: by the bytes that are control
# characters, and by what the others begin or end with.
_CONTROL_BYTES = bytes(code for code in range(128) if _FORBIDDEN.match(chr(code)))
_SIGNS = tuple(
    map(
        re.compile,
        (rb"\xc2[\x80-\x9f]", rb"\xed[\xa0-\xbf]", rb"\xef\xb7[\x90-\xaf]", rb"\xef\xbf\xbd", rb"\xbf[\xbe\xbf]"),
    )
)
# Less than what `clean` takes: what ends lines (U+000B, U+000C, U+0085) is the caller's matter, and so is what tells
# that something was lost. But a byte order mark says nothing in a text.
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
# Elements that part words, by their first letters: what begins with no such one is passed over at once.
_PARTING = (
    r"</?(?:p(?:re)?|d(?:iv|[ldt]|etails)|br|blockquote|[uo]l|li|h(?:[1-6r]|eader|group)|t(?:[rdh]|able|head|body|foot)"
    r"|s(?:ection|ummary)|a(?:rticle|side|ddress|udio)|f(?:igure|igcaption|ooter)|nav|main|caption|video|img)\b[^>]*>"
)
_BLOCK = re.compile(_PARTING)
_ANY_BLOCK = re.compile(_PARTING, re.IGNORECASE)
_TAG = re.compile(r"""<[^>"']*+(?:(?:"[^"]*+"|'[^']*+')[^>"']*+)*+>""")
_MARKS = "‘’“”–—…•"
# What isn't ASCII, with what stands between if that is little: a piece costs as much as thirty characters.
_FOREIGN = re.compile(r"[^\x00-\x7f]++(?:[\x00-\x7f]{1,30}+[^\x00-\x7f]++)*+")
_NO_WORD = re.compile(r"[^\w\x00-\x7f]+")
_SPELLED = bytes(
    code if code > 127 else ord(chr(code).lower()) if re.match(r"\w", chr(code)) else ord(" ") for code in range(256)
)


def clean(value: str) -> str:
    """Leave out the characters that XML 1.0 forbids or discourages; the lines keep their ends (cf. writable.clean)."""
    raw = value.encode("utf-8", "surrogatepass")
    has_controls = len(raw.translate(None, _CONTROL_BYTES)) < len(raw)
    if not has_controls and (value.isascii() or not any(sign.search(raw) for sign in _SIGNS)):
        return value
    return _NONCHARACTERS.sub("", _FORBIDDEN.sub("", value))


def without_controls(value: str) -> tuple[str, int]:
    """Leave out the control characters of a text file that end no line; return the text and how many they were."""
    return _CONTROLS.subn("", value)


def printable(value: str, instead: str = " ") -> str:
    """Write `instead` for every character that a terminal would obey or not show, line ends too: for messages."""
    return value if value.isprintable() else "".join(char if char.isprintable() else instead for char in value)


def line(value: str) -> str:
    """Clean the text and put it on one line, with single spaces between its words: U+00A0 and the like become one.

    `writable.line` is for what is shown, and leaves the spaces that are typography.
    """
    return " ".join(clean(value).split())


def plain(markup: str) -> str:
    """Turn sanitised HTML into its words on one line, to be compared; blocks part words, inline tags don't.

    It goes by the tags that part words, as all of them are known; `writable.text_of` is for any HTML, to be shown.
    """
    return " ".join(html.unescape(_TAG.sub("", _BLOCK.sub(" ", markup))).split())


def parted(markup: str) -> str:
    """Put a space in the place of each block tag of HTML: what is taken out then glues no words together."""
    return _ANY_BLOCK.sub(" ", markup)


def unmarked(value: str) -> str:
    """Put spaces for the marks that most texts have beside ASCII: the same words, which are found much faster then."""
    for mark in _MARKS if not value.isascii() else ():
        value = value.replace(mark, " ")
    return value


def words(value: str) -> list[str]:
    """Return the words in their normal form (NFKC, case folded): what likeness is measured on."""
    return spelled(value).decode().split()


def _parted(normal: str) -> str:
    return _NO_WORD.sub(" ", normal)


def spelled(value: str, parted: Callable[[str], str] = _parted) -> bytes:
    """Return the words() in UTF-8, with spaces between them.

    Most of most texts is ASCII, which a table brings to its normal form; only the rest goes the long way. `parted` puts
    spaces for what parts words in a piece of that, which is in its normal form; the table does that in ASCII.
    """
    value = unmarked(value)
    return (value if value.isascii() else _normal(value, parted)).encode().translate(_SPELLED)


def _normal(value: str, parted: Callable[[str], str]) -> str:
    """Bring what isn't ASCII to its normal form, with the character before, which it may become one with.

    No character of ASCII becomes one with what stands before it: what lies between the pieces stays as it is.
    """
    parts: list[str] = []
    at = 0
    for foreign in _FOREIGN.finditer(value):
        start = max(0, foreign.start() - 1)
        normal = unicodedata.normalize("NFKC", value[start : foreign.end()]).casefold()
        parts += value[at:start], parted(normal)
        at = foreign.end()
    return "".join((*parts, value[at:]))


def language(value: str) -> str:
    """Write a BCP 47 tag in its usual case ("en_us" → "en-US"); "" for what has not the form of one.

    Whether there is such a language is `writable.language`'s question.
    """
    parts = value.strip().replace("_", "-").split("-")
    if not all(re.fullmatch(r"[A-Za-z0-9]{1,8}", part) for part in parts) or not re.fullmatch(
        "[A-Za-z]{2,3}", parts[0]
    ):
        return ""
    tail = (part.upper() if len(part) == 2 else part.title() if len(part) == 4 else part.lower() for part in parts[1:])
    return "-".join((parts[0].lower(), *tail))


def media_type(value: str) -> str:
    """Write a media type (RFC 6838) without parameters: "Audio/MPEG; x" → "audio/mpeg"; "" for what is none."""
    declared = re.match(r"\s*([\w.+-]{1,127}/[\w.+-]{1,127})\s*(?:;|$)", value, re.ASCII)
    return declared[1].lower() if declared else ""


def email(value: str) -> str:
    """Return a plausible mail address without "mailto:", else ""; `writable.email` asks for more."""
    value = line(value).removeprefix("mailto:")
    return value if re.fullmatch(r"[^\s@<>()]{1,64}@[^\s@<>()]{1,255}", value) else ""
