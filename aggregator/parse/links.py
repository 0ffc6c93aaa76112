"""HTTP's Link header (RFC 8288) and a feed's own links → its WebSub hub, and the topic it has there; an entry's page.

The header ranks above the document (WebSub §4). Both are strangers' text: what doesn't parse is passed over.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aggregator.parse.coerce import text as _text

Raw = Mapping[str, Any]


# A feed's and an entry's links, as feedparser has them.


def related(raw: Raw, rel: str) -> str:
    """The address of the first link of this kind, from <link> in Atom and <atom:link> in RSS."""
    found = (link for link in raw.get("links") or () if rel in _text(link.get("rel")).lower().split())
    return next(filter(None, (_text(link.get("href")) for link in found)), "")


def page(raw: Raw) -> str:
    """The first alternate on the web, a page before another document; else what feedparser takes for the link."""
    alternates = [
        (address, _text(item.get("type")).lower())
        for item in raw.get("links") or ()
        if "alternate" in _text(item.get("rel")).lower().split() and _can_be_web(address := _text(item.get("href")))
    ]
    own = _text(raw.get("link"))
    pages = [address for address, kind in alternates if kind.startswith(("text/html", "application/xhtml+xml"))]
    documents = [address for address, kind in alternates if not kind.endswith(("json", "xml"))]
    rest = [address for address, _ in alternates]
    found = next(iter([*pages, *documents, *([own] if own else []), *rest]), "")
    return _own_page(found, related(raw, "canonical"))


def _can_be_web(address: str) -> bool:
    """Whether an address leads to the web, or is relative to what does."""
    scheme, colon, _ = address.partition(":")
    return bool(address) and (not colon or scheme.lower() in {"http", "https"} or not scheme.isalnum())


def _own_page(link: str, canonical: str) -> str:
    """Of an entry's link and what it calls canonical (RFC 6596): the page whose AMP or mobile form the link may be.

    That is a page of the same site: elsewhere is another's copy, and a front page is a template's mistake.
    """
    try:
        parts = urlsplit(canonical)
        ours, theirs = ((urlsplit(address).hostname or "").removeprefix("www.") for address in (link, canonical))
    except ValueError:
        return link
    is_page = parts.scheme in {"http", "https"} and bool(parts.path.strip("/") or parts.query)
    is_here = bool(theirs) and (f".{ours}".endswith(f".{theirs}") or theirs.endswith(f".{ours}"))
    return canonical if is_page and is_here else link
