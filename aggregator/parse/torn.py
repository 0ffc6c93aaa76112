"""Whether a document of XML breaks off in the middle of an entry: bytes → yes or no."""

from __future__ import annotations

import re

# What isn't closed goes to the end, and an attribute has no "<": this takes time in proportion to the document.
_TAG = re.compile(
    rb"<(?:!--(?:.*?-->|.*)|!\[CDATA\[(?:.*?\]\]>|.*)"
    rb"|(/?)(?:[^\s/>:<]++:)?(item|entry|channel|feed|rss|rdf)(?=[\s/>]))",
    re.DOTALL | re.IGNORECASE,
)
_ENTRIES = frozenset({b"item", b"entry"})


def within_entry(body: bytes) -> bool:
    """Tell whether the last entry that begins in the document has no end, nor has what surrounds it."""
    opened = False
    for tag in _TAG.finditer(body):
        if tag[2]:
            opened = not tag[1] and tag[2].lower() in _ENTRIES
    return opened
