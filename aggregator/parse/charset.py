"""Bytes of unknown encoding → text: in come a body and what somebody declared about it, out comes a str.

The order is that of trust: a byte order mark says what it is; text that decodes as UTF-8 is UTF-8, whatever a
header claims; then the declaration; then a guess. Nothing here fails: at worst a letter becomes U+FFFD.
"""

from __future__ import annotations

import codecs
import re

_SAMPLE = 65_536  # bytes that a guess may look at: guessing over 10 MB would take seconds

# UTF-32 first: its little-endian mark begins with that of UTF-16.
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# What the WHATWG says of these labels: pages that declare them mean windows-1252.
_MEANT = {"ascii": "cp1252", "iso8859-1": "cp1252"}

# Codecs of Python that are no charset: they unescape, give half characters, or take quadratic time.
_NO_CHARSET = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"})

# What is found on disks and servers; without this list a short text is taken for EBCDIC or a Mac's.
_GUESSES = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("koi8_r", "koi8_u", "cp866", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949"),
]

_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(body: bytes, declared: str = "") -> str:
    """The text of `body`, without its byte order mark and with \\n as the end of every line."""
    text = _decoded(body, declared).removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # gb18030 can spell a lone surrogate, which nothing later could encode again.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def _decoded(body: bytes, declared: str) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    wide = _wide(body)
    # UTF-16 of plain English is valid UTF-8, every second character a NUL: then UTF-8 has to wait.
    order = (wide, "utf-8", _codec(declared)) if wide else ("utf-8", _codec(declared))
    for encoding in order:
        if encoding and (text := _strict(body, encoding)) is not None:
            return text
    guess = _guess(body)
    return body.decode(guess or "cp1252", "replace")


def _strict(body: bytes, encoding: str) -> str | None:
    try:
        return body.decode(encoding)
    except (ValueError, LookupError):  # LookupError for Python's codecs between bytes: base64, zlib
        return None


def _codec(declared: str) -> str:
    """The name of the codec that a declared charset means, "" for one that is unknown or is no charset."""
    name = declared.strip().strip("\"'")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}", name):
        return ""
    try:
        codec = codecs.lookup(name).name
    except LookupError:
        return ""
    return "" if codec.replace("_", "-") in _NO_CHARSET else _MEANT.get(codec, codec)


def _wide(body: bytes) -> str:
    """The UTF-16 that a body without a mark seems to be in: its NULs are all on one side."""
    sample = body[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # Even Chinese has a space or a full stop in ASCII now and then; English has a NUL in every pair.
    few = max(3, len(sample) // 40)
    if len(body) % 2 or max(even, odd) < few or min(even, odd) * 20 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(body: bytes) -> str:
    """What charset-normalizer takes the body for, "" if it can't tell."""
    from charset_normalizer import from_bytes  # costs 30 ms, and few bodies need it

    sample = body[:_SAMPLE]
    if len(body) > _SAMPLE and (end := sample.rfind(b"\n")) > 0:
        sample = sample[:end]  # not in the middle of a character
    try:
        matches = list(from_bytes(sample, cp_isolation=_GUESSES))
    except Exception:  # noqa: BLE001 - a guess: whatever ails it on hostile bytes, windows-1252 is left
        return ""
    # Its order takes French for Baltic: among those about as tidy, what reads most like a language comes first.
    tidy = [match for match in matches if match.chaos <= matches[0].chaos + 0.1]
    best = max(tidy, key=lambda match: (match.coherence, match.encoding == "cp1252"), default=None)
    return best.encoding if best else ""
