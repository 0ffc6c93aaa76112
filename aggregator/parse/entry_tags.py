"""What a document's tags tell of its entries: bytes → how many begin, and whether the last breaks off."""

from __future__ import annotations

import re
from collections.abc import Iterator

# Of the tokens that begin with "<" those that may hide others, and the tags that matter. An attribute has no "<".
# Each of these takes time in proportion to the document, whatever is in it: what isn't closed goes to the end.
_TOKEN = re.compile(
    rb"<(?:!--(?:.*?-->|.*)|!\[CDATA\[(?:.*?\]\]>|.*)|\?(?:.*?\?>|.*)"
    rb"|(/?)(?:[^\s/>:<]++:)?(item|entry|channel|feed|rss|rdf)(?=[\s/>]))",
    re.DOTALL | re.IGNORECASE,
)
_ENTRIES = frozenset({b"item", b"entry"})


def count(body: bytes) -> int:
    """Count the entries that seem to begin in a document."""
    return sum(not closes and name in _ENTRIES for closes, name in _tags(body))


def within_entry(body: bytes) -> bool:
    """Tell whether the last entry that begins in the document has no end, nor has what surrounds it."""
    opened = False
    for closes, name in _tags(body):
        opened = not closes and name in _ENTRIES
    return opened


def _tags(body: bytes) -> Iterator[tuple[bool, bytes]]:
    for token in _TOKEN.finditer(body):
        if token[2]:
            yield bool(token[1]), token[2].lower()
