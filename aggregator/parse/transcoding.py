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
_WIDE = re.compile(r"utf-?(?:16|32)|ucs|iso-10646|unicode", re.IGNORECASE)
_ENCODING = re.compile(rb"\s*<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"']([\w.:-]+)")
_DECLARATION = re.compile(r"(<\?xml\b[^>]{0,200}?)\s+encoding\s*=\s*(?:\"[^\"]*\"|'[^']*')")


def readable(document: Document) -> tuple[bytes, str]:
    """Return the body in UTF-8, and its content type that says so.

    feedparser takes what is declared wrongly or not at all for windows-1252: Cyrillic feeds come out as "Ïðèâåò".
    """
    body, kind = document.body, document.content_type
    inside = _ENCODING.match(body)
    labels = [label for label in (charset.declared_in(kind), inside[1].decode("ascii") if inside else "") if label]
    if _is_utf_8(body, labels):
        return _HALVES.sub(_joined, body), kind
    # A feed in a wide encoding has a NUL in its first characters, whatever a header says of others.
    wide = b"\0" in body[:4] or body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    declared = [label for label in labels if not _WIDE.match(label)] or ["utf-8"]  # which XML is, unless it says so
    text = charset.decode(body) if wide else charset.decode(body, *declared)
    text = _DECLARATION.sub(r"\1", text, count=1)
    body = _HALVES.sub(_joined, text.encode("utf-8", "replace"))
    return body, f"{kind.partition(';')[0] or 'application/xml'}; charset=utf-8"


def _is_utf_8(body: bytes, labels: list[str]) -> bool:
    """Tell whether a body is what it says it is, and what feedparser takes it for: UTF-8, which nearly all are."""
    if any(label.lower() not in {"utf-8", "utf8"} for label in labels) or b"\0" in body[:4]:
        return False
    try:
        body.decode()
    except ValueError:
        return False
    return bool(labels) or body.isascii()


def _joined(match: re.Match[bytes]) -> bytes:
    """Join halves, "&#55357;&#56832;" → "&#128512;"; one that is alone says nothing."""
    halves = (int(f"0{half.decode()}", 16 if half[:1] in b"xX" else 10) for half in re.findall(rb"&#(\w+);", match[0]))
    text = "".join(map(chr, halves)).encode("utf-16", "surrogatepass").decode("utf-16", "ignore")
    return "".join(f"&#{ord(character)};" for character in text).encode()
