"""HTTP's Link header (RFC 8288) and a feed's own links → its WebSub hub, and the topic it has there; an entry's page.

The header ranks above the document (WebSub §4). Both are strangers' text: what doesn't parse is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from aggregator.model import Feed
from aggregator.parse.numbers import text as _text

Raw = Mapping[str, Any]

_LONGEST = 2000  # characters of an address that is worth a request
_MOST = 100  # links of one header
_LINK = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])*,')

_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*)))?')


def header(value: str) -> list[tuple[frozenset[str], str]]:
    """A Link header's links, in order: their relation types in lower case, and their target as it is written.

    Links with an anchor speak of something else than the document, and are left out.
    """
    found: list[tuple[frozenset[str], str]] = []
    at = 0
    while len(found) < _MOST and (target := _TARGET.match(value, at)):
        at = target.end()
        parameters: dict[str, str] = {}
        while part := _PARAMETER.match(value, at):
            at = part.end()
            parameters.setdefault(part[1].lower(), re.sub(r"\\(.)", r"\1", part[2] or "") or part[3] or "")
        if "anchor" not in parameters:
            found.append((frozenset(parameters.get("rel", "").lower().split()), target[1].strip()))
        at = _next(value, at)
    return found


def _next(value: str, at: int) -> int:
    """Where the next link begins: after the next comma outside of quotes."""
    rest = _LINK.match(value, at)
    return rest.end() if rest else len(value)


def advertised(link: str, feed: Feed, base: str) -> tuple[str, str]:
    """Hub and topic, ("", "") without a hub. A feed that doesn't name itself is known by the address it came from."""
    links = header(link)
    hub = _first([target for rels, target in links if "hub" in rels] + [feed.hub], base)
    if not hub:
        return "", ""
    return hub, _first([target for rels, target in links if "self" in rels] + [feed.topic], base) or base


def _first(targets: list[str], base: str) -> str:
    return next(filter(None, (_absolute(target, base) for target in targets if target)), "")


def _absolute(target: str, base: str) -> str:
    """An http or https address without fragment, or ""."""
    try:
        address = urljoin(base, target).partition("#")[0]
        parts = urlsplit(address)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return ""
    return address if sound and len(address) <= _LONGEST and not re.search(r"[\s\x00-\x1f\x7f]", address) else ""


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
        if "alternate" in _text(item.get("rel")).lower().split() and _is_web(address := _text(item.get("href")))
    ]
    own = _text(raw.get("link"))
    pages = [address for address, kind in alternates if kind.startswith(("text/html", "application/xhtml+xml"))]
    documents = [address for address, kind in alternates if not kind.endswith(("json", "xml"))]
    rest = [address for address, _ in alternates]
    found = next(iter([*pages, *documents, *([own] if own else []), *rest]), "")
    return _own_page(found, related(raw, "canonical"))


def _is_web(address: str) -> bool:
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
