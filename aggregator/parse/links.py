"""A feed's and an entry's links, as feedparser has them → the one to its page, and those of a relation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from aggregator.parse.coerce import text as _text

Raw = Mapping[str, Any]


def related(raw: Raw, rel: str) -> str:
    """Return the address of the first link of this relation, from <link> in Atom and <atom:link> in RSS."""
    links = (link for link in raw.get("links") or () if rel in _text(link.get("rel")).lower().split())
    return next(filter(None, (_text(link.get("href")) for link in links)), "")


def page_link(raw: Raw) -> str:
    """Return the first alternate on the web, a page before another document; else what feedparser has for the link."""
    alternates = [
        (address, _text(item.get("type")).lower())
        for item in raw.get("links") or ()
        if "alternate" in _text(item.get("rel")).lower().split() and _can_be_web(address := _text(item.get("href")))
    ]
    own = _text(raw.get("link"))
    pages = [address for address, kind in alternates if kind.startswith(("text/html", "application/xhtml+xml"))]
    documents = [address for address, kind in alternates if not kind.endswith(("json", "xml"))]
    rest = [address for address, _ in alternates]
    link = next(iter([*pages, *documents, *([own] if own else []), *rest]), "")
    return _own_page(link, related(raw, "canonical"))


def _can_be_web(address: str) -> bool:
    """Tell whether an address leads to the web, or is relative to what does."""
    scheme, colon, _ = address.partition(":")
    return bool(address) and (not colon or scheme.lower() in {"http", "https"} or not scheme.isalnum())


def _own_page(link: str, canonical: str) -> str:
    """Choose from an entry's link and its canonical (RFC 6596): the page whose AMP or mobile form the link may be.

    That is a page of the same site: elsewhere is another's copy, and a front page is a template's mistake.
    """
    if not canonical:
        return link
    try:
        parts = urlsplit(canonical)
        ours, theirs = ((urlsplit(address).hostname or "").removeprefix("www.") for address in (link, canonical))
    except ValueError:
        return link
    is_page = parts.scheme in {"http", "https"} and bool(parts.path.strip("/") or parts.query)
    is_here = bool(theirs) and (f".{ours}".endswith(f".{theirs}") or theirs.endswith(f".{ours}"))
    return canonical if is_page and is_here else link
