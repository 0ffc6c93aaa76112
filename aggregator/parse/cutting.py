"""A feed's bytes → where its entries stand, so that feedparser need not be given those that it has read before.

All but a few feeds are a head, entries with nothing between them, and closing tags. What an entry of such a document
says depends on its own bytes and on what surrounds it alone: it can be cut out, and what is left is well-formed if
and only if the whole is. Whatever is built in another way has no layout, and is parsed whole.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from itertools import pairwise
from xml.parsers import expat

from feedparser.api import StrictFeedParser

# Of the tokens that begin with "<" those that may hide others, and the tags that matter. An attribute has no "<".
# Each of these takes time in proportion to the document, whatever is in it: what isn't closed goes to the end.
_TOKEN = re.compile(
    rb"<(?:!--(?:.*?-->|.*)|!\[CDATA\[(?:.*?\]\]>|.*)|\?(?:.*?\?>|.*)"
    rb"|(/?)((?:[^\s/>:<]++:)?(item|entry|channel|feed|rss|rdf))(?=[\s/>]))",
    re.DOTALL | re.IGNORECASE,
)
_TAIL = re.compile(rb"(?:\s|</[^<>]*+>|(?><!--.*?-->))*+", re.DOTALL)
_DOCTYPE = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)
_ENTRIES = frozenset({b"item", b"entry"})
_CARRIERS = frozenset({"rss", "channel", "feed", "rdf"})
_LONG = 200  # letters that a prefix can't have here
_DECLARED = re.compile(  # even what stands in another one
    rb"xmlns(?=(:[^\s=\"'<>]{%d})|(?::([^\s=\"'<>]{1,%d}+))?\s*+=\s*+(?:\"([^\"<]*+)\"|'([^'<]*+)'))" % (_LONG, _LONG)
)
_PREFIXES = {uri.lower(): prefix for uri, prefix in StrictFeedParser.namespaces.items()}
_ANY_RSS = "backend.userland.com/rss"  # feedparser takes all that have this in them for one

CUT = b"aggregator-cut"  # a processing instruction
Span = tuple[int, int]
Declaration = tuple[bytes, bytes, bytes]


@dataclass(frozen=True, slots=True)
class Layout:
    """A document's entries: from where to where each stands, and eight bytes' digest of it and what it inherits."""

    body: bytes
    spans: tuple[Span, ...]
    digests: tuple[bytes, ...]

    def without(self, known: Collection[bytes]) -> bytes:
        """Return the document without the entries that have these digests: where the first of them stood is CUT."""
        pieces: list[bytes] = []
        start = 0
        for (first, end), digest in zip(self.spans, self.digests, strict=True):
            if digest in known:
                pieces += [self.body[start:first], b"" if pieces else b"<?" + CUT + b"?>"]
                start = end
        return b"".join((*pieces, self.body[start:]))


def layout(body: bytes, context: str) -> Layout | None:
    """Find the layout of a document in UTF-8; None if it isn't known to be safe to cut.

    `context` is whatever else its entries depend on, such as its address.
    """
    spans = _spans(body)
    if not spans:
        return None
    head, tail = body[: spans[0][0]], body[spans[-1][1] :]
    if _DOCTYPE.search(head) or any(body[end:start].strip() for (_, end), (start, _) in pairwise(spans)):
        return None
    ancestors = _ancestors(head, tail)
    outer, inner = _declarations(head), _declarations(body, spans[0][0])
    if not ancestors or outer is None or inner is None or (inner and not _is_plain({*outer, *inner})):
        return None
    key = blake2b(repr((context, ancestors, outer)).encode("utf-8", "surrogatepass"), digest_size=32).digest()
    view = memoryview(body)
    digests = tuple(blake2b(view[start:end], key=key, digest_size=8).digest() for start, end in spans)
    return Layout(body, spans, digests)


def count(body: bytes) -> int:
    """Count the entries that seem to begin in a document, whatever it is, but for what hides them."""
    names = (token[3].lower() for token in _TOKEN.finditer(body) if token[3] and not token[1])
    return sum(name in _ENTRIES for name in names)


def _spans(body: bytes) -> tuple[Span, ...]:
    """Return where the entries stand; none if they nest, or have in them what surrounds entries."""
    spans: list[Span] = []
    start = -1
    for token in _TOKEN.finditer(body):
        name = token[3]
        if name is None:
            continue
        is_entry = name.lower() in _ENTRIES
        if not is_entry and start < 0:
            continue
        closes = bool(token[1])
        if not is_entry or closes != (start >= 0):
            return ()
        if closes:
            end = body.find(b">", token.end()) + 1
            if body[token.end() : end - 1].strip():
                return ()
            spans.append((start, end))
        start = -1 if closes else token.start()
    return tuple(spans) if start < 0 else ()


def _ancestors(head: bytes, tail: bytes) -> tuple[tuple[str, object], ...]:
    """Return the open tags around the entries with their attributes; none if it is no feed in well-formed XML."""
    if not _TAIL.fullmatch(tail):
        return ()
    stack: list[tuple[str, object]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: stack.append((name, attributes))
    parser.EndElementHandler = lambda _: stack.pop()
    try:
        parser.Parse(head, False)
        ancestors = tuple(stack)
        parser.Parse(tail, True)
    except (expat.ExpatError, ValueError):  # ValueError: an encoding that expat doesn't know
        return ()
    return ancestors if all(name.rpartition(":")[2].lower() in _CARRIERS for name, _ in ancestors) else ()


def _declarations(markup: bytes, start: int = 0) -> list[Declaration] | None:
    """Return the namespaces that are declared from `start` on; None where a prefix is longer than any."""
    found: list[Declaration] = []
    for match in _DECLARED.finditer(markup, start):
        long, *parts = match.groups(b"")
        if long:  # it isn't looked for another: a megabyte of them would take a second
            return None
        found.append((parts[0], parts[1], parts[2]))
    return found


def _is_plain(declarations: Iterable[Declaration]) -> bool:
    """Tell whether each namespace has one prefix, and each prefix one namespace, in the whole document.

    feedparser forgets no declaration: one in an entry holds for all that come after.
    """
    uris: dict[str, str] = {}
    prefixes: dict[str, str] = {}
    for parts in declarations:
        prefix, uri = parts[0].decode("utf-8", "replace"), (parts[1] or parts[2]).decode("utf-8", "replace")
        lower = uri.lower()
        name = "" if _ANY_RSS in lower else _PREFIXES.get(lower, prefix)
        if prefix and prefix != name and prefix in _PREFIXES.values():
            return False
        if any(key and uris.setdefault(key, uri) != uri for key in {prefix, name}):
            return False
        if prefixes.setdefault(uri, name) != name:
            return False
    return True
