"""Bytes of unknown encoding → text: in come a body and what somebody declared about it, out comes a str.

The order is that of trust: a byte order mark says what it is; text that decodes as UTF-8, but for a few errors, is
UTF-8, whatever a header claims; then the declarations, by what browsers mean by them (WHATWG's Encoding Standard);
then a guess. Nothing here fails: at worst a letter becomes U+FFFD.
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

# What the WHATWG says of these labels: whoever declares one of them means its superset, by Python's names.
_MEANT = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-16-le",
}
# Labels that browsers know and Python doesn't.
_LABELS = {
    **dict.fromkeys(("x-sjis", "windows-31j", "ms_kanji", "windows-932"), "cp932"),
    **dict.fromkeys(("x-gbk", "gb_2312-80", "csiso58gb231280", "iso-ir-58"), "gb18030"),
    **dict.fromkeys(("ks_c_5601-1989", "ksc5601", "ksc_5601", "windows-949", "iso-ir-149", "csksc56011987"), "cp949"),
    **dict.fromkeys(("x-x-big5", "cn-big5", "csbig5"), "big5hkscs"),
    **dict.fromkeys(("x-euc-jp", "cseucpkdfmtjapanese"), "euc_jp"),
    **dict.fromkeys(("koi", "koi8"), "koi8_r"),
    **dict.fromkeys(("koi8-ru",), "koi8_u"),
    **dict.fromkeys(("windows-874", "dos-874"), "cp874"),
    **dict.fromkeys(("iso-8859-8-i", "logical", "csiso88598i", "iso-8859-8-e", "visual", "csiso88598e"), "iso8859_8"),
    **dict.fromkeys(("sun_eu_greek",), "iso8859_7"),
    **dict.fromkeys(("x-mac-roman", "macintosh", "csmacintosh"), "mac_roman"),
    **dict.fromkeys(("x-mac-cyrillic", "x-mac-ukrainian"), "mac_cyrillic"),
    **dict.fromkeys(("unicode-1-1-utf-8", "unicode11utf8", "unicode20utf8", "x-unicode20utf8"), "utf-8"),
    **dict.fromkeys(("unicode", "ucs-2", "iso-10646-ucs-2", "csunicode", "unicodefeff"), "utf-16-le"),
    **dict.fromkeys(("unicodefffe",), "utf-16-be"),
    **{f"x-cp{number}": f"cp{number}" for number in range(1250, 1259)},
}
_DOUBLE = frozenset({"gb18030", "big5hkscs", "cp932", "cp949", "euc_jp"})  # two bytes that may look like UTF-8
_ASCII = bytes(range(128))

# Codecs of Python that are no charset: they unescape, give half characters, or take quadratic time.
_NO_CHARSET = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7", "undefined"})

# What is found on disks and servers; without this list a short text is taken for EBCDIC or a Mac's.
_GUESSES = [
    *("cp1250", "cp1251", "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp874"),
    *("koi8_r", "koi8_u", "cp866", "iso8859_2", "iso8859_5", "iso8859_7"),
    *("cp932", "euc_jp", "iso2022_jp", "gb18030", "big5", "cp949"),
]

_PARAMETER = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE | re.ASCII)
# A character beyond U+FFFF as two halves of UTF-16, each in UTF-8 (CESU-8): Java and old databases write emoji so.
_HALVES = re.compile(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf][\x80-\xbf]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def decode(body: bytes, *declared: str) -> str:
    """Return the text of `body`, without its byte order mark and with \\n as the end of every line."""
    text = _decoded(body, [codec for label in declared if (codec := _codec(label))]).removeprefix("\ufeff")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    # gb18030 can spell a lone surrogate, which nothing later could encode again.
    return text if text.isascii() else _SURROGATES.sub("\ufffd", text)


def declared_in(content_type: str) -> str:
    """Return the charset that a Content-Type names, "" if it names none."""
    match = _PARAMETER.search(content_type[:500])
    return match[1] if match else ""


def _decoded(body: bytes, declared: list[str]) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(encoding, "replace")
    wide = _wide(body)
    # UTF-16 of plain English is valid UTF-8, every second character a NUL: then UTF-8 has to wait.
    if wide and (text := _read(body, wide)) is not None:
        return text
    text = _read(body, "utf-8")
    if text is None:
        text = _damaged(body, declared)
    elif _is_shifted(body, text, declared):
        text = None
    return text if text is not None else _by_declaration(body, declared)


def _by_declaration(body: bytes, declared: list[str]) -> str:
    for encoding in declared:
        if (text := _read(body, encoding)) is not None:
            return text
    for encoding in declared:  # as browsers do, but for what is plainly something else
        text = _read(body, encoding, "replace") or ""
        if text and text.count("\ufffd") * 10 <= len(body.translate(None, _ASCII)):
            return text
    return body.decode(_guess(body) or "cp1252", "replace")


def _is_shifted(body: bytes, text: str, declared: list[str]) -> bool:
    """Tell whether bytes that are valid UTF-8 are what is declared all the same: ASCII with escapes, or pairs.

    Two Chinese characters in GBK may be two Greek ones in UTF-8; Chinese in UTF-8 has three bytes for each.
    """
    if not declared:
        return False
    if declared[0].startswith(("iso2022", "hz")):
        return (b"\x1b" in body or b"~{" in body) and _read(body, declared[0]) is not None
    pairs = declared[0] in _DOUBLE and not text.isascii() and max(text) < "\u0800"
    return pairs and _read(body, declared[0]) is not None


def _damaged(body: bytes, declared: list[str]) -> str | None:
    """Return the text of what is UTF-8 but for a few errors; None if it is not."""
    body = _HALVES.sub(_joined, body)
    text = body.decode("utf-8", "replace")
    errors = text.count("\ufffd") - body.count(b"\xef\xbf\xbd")
    good = len(text) - len(text.encode("ascii", "ignore")) - text.count("\ufffd")
    if declared and declared[0] != "utf-8" and _read(body, declared[0]) is not None:
        return text if errors * 20 <= good else None
    return text if errors * (1 if "utf-8" in declared else 3) <= good else None


def _joined(halves: re.Match[bytes]) -> bytes:
    return halves[0].decode("utf-8", "surrogatepass").encode("utf-16", "surrogatepass").decode("utf-16").encode()


def _read(body: bytes, encoding: str, errors: str = "strict") -> str | None:
    try:
        return body.decode(encoding, errors)
    except (ValueError, LookupError):  # LookupError for Python's codecs between bytes: base64, zlib
        return None


def _codec(declared: str) -> str:
    """Return the codec that a declared charset means, "" for one that is unknown or is no charset."""
    name = declared.strip().strip("\"'")
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}", name):
        return ""
    try:
        codec = codecs.lookup(_LABELS.get(name.lower(), name)).name
    except LookupError:
        return ""
    return "" if codec.replace("_", "-") in _NO_CHARSET else _MEANT.get(codec, codec)


def _wide(body: bytes) -> str:
    """Return the UTF-16 that a body without a mark seems to be in, "" for none: its NULs are all on one side."""
    sample = body[:_SAMPLE]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    # Even Chinese has a space or a full stop in ASCII now and then; English has a NUL in every pair.
    few = max(3, len(sample) // 40)
    if len(body) % 2 or max(even, odd) < few or min(even, odd) * 20 > max(even, odd):
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


def _guess(body: bytes) -> str:
    """Return what charset-normalizer takes the body for, "" if it can't tell."""
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
