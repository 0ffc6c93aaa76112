"""A feed's bytes → bytes that feedparser reads right."""

from __future__ import annotations

import codecs
import re

from aggregator.model import Document
from aggregator.parse import charset

# Characters beyond U+FFFF written as two halves of UTF-16, as some programs do with emoji: feedparser fails on them.
_HALF = (rb"&#(?:x0*d[89a-f][0-9a-f]{2}|0*(?:5529[6-9]|55[3-9]\d\d|56\d{3}|57[0-2]\d\d|573[0-3]\d"
         rb"|5734[0-3]));")  # fmt: skip
_HALVES = re.compile(_HALF + b"(?:" + _HALF + b")*", re.IGNORECASE)  # what begins with letters alone is found fast
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_ENCODING = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION = re.compile(r"(<\?xml\b[^>]{0,200}?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def readable(document: Document) -> tuple[bytes, str]:
    """The body and its content type, in UTF-8 where what is declared, or nothing, doesn't tell the encoding.

    feedparser takes all that for windows-1252: Cyrillic feeds without a declaration come out as "Ïðèâåò".
    """
    body, kind = document.body, document.content_type
    found = _CHARSET.search(kind.encode("ascii", "ignore")) or _ENCODING.match(body)
    declared = found[1].decode("ascii", "ignore") if found else "utf-8"
    wide = b"\0" in body[:4] or body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        # A feed in a wide encoding has a NUL in its first characters, whatever a header says of others.
        if not wide and not declared.lower().startswith(("utf-16", "utf16", "utf-32", "utf32", "ucs", "iso-10646")):
            body.decode(declared)
            return _HALVES.sub(_joined, body), kind
    except (LookupError, ValueError):
        pass
    text = body.decode("utf-8", "replace")
    if wide or text.count("\ufffd") * 20 > len(body.translate(None, bytes(range(128)))):
        text = charset.decode(body)  # not just a few broken characters in UTF-8
    text = _DECLARATION.sub(r"\1", text, count=1)
    body = _HALVES.sub(_joined, text.encode("utf-8", "replace"))
    return body, f"{kind.partition(';')[0]}; charset=utf-8" if kind else ""


def _joined(found: re.Match[bytes]) -> bytes:
    """ "&#55357;&#56832;" → "&#128512;"; a half that is alone says nothing."""
    halves = (int(f"0{half.decode()}", 16 if half[:1] in b"xX" else 10) for half in re.findall(rb"&#(\w+);", found[0]))
    text = "".join(map(chr, halves)).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return "".join(f"&#{ord(character)};" for character in text).encode()
