"""HTTP's Link header (RFC 8288) and a feed's own links → its WebSub hub, and the topic it has there.

The header ranks above the document (WebSub §4). Both are strangers' text: what doesn't parse is passed over.
"""

from __future__ import annotations

import re
from urllib.parse import urljoin

from aggregator.model import Feed
from aggregator.text.addresses import is_web

_LONGEST = 2000  # characters of an address that is worth a request
_MOST = 100  # links of one header
_LINK = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^",])*,')
_TARGET = re.compile(r"[\s,]*<([^<>]*)>")
_PARAMETER = re.compile(r'\s*;\s*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s";,]*)))?')


def header(value: str) -> list[tuple[frozenset[str], str]]:
    """Return a Link header's links, in order: their relation types in lower case, and their target as it is written.

    Links with an anchor speak of something else than the document, and are left out.
    """
    links: list[tuple[frozenset[str], str]] = []
    at = 0
    while len(links) < _MOST and (target := _TARGET.match(value, at)):
        at = target.end()
        parameters: dict[str, str] = {}
        while part := _PARAMETER.match(value, at):
            at = part.end()
            parameters.setdefault(part[1].lower(), re.sub(r"\\(.)", r"\1", part[2] or "") or part[3] or "")
        if "anchor" not in parameters:
            links.append((frozenset(parameters.get("rel", "").lower().split()), target[1].strip()))
        at = _next(value, at)
    return links


def _next(value: str, at: int) -> int:
    """Return where the next link begins: after the next comma outside of quotes."""
    rest = _LINK.match(value, at)
    return rest.end() if rest else len(value)


def advertised(link: str, feed: Feed, base: str) -> tuple[str, str]:
    """Return hub and topic, ("", "") without a hub. A feed that doesn't name itself has the address it came from."""
    links = header(link)
    hub = _first([target for rels, target in links if "hub" in rels] + [feed.hub], base)
    if not hub:
        return "", ""
    return hub, _first([target for rels, target in links if "self" in rels] + [feed.topic], base) or base


def _first(targets: list[str], base: str) -> str:
    return next(filter(None, (_absolute(target, base) for target in targets if target)), "")


def _absolute(target: str, base: str) -> str:
    """Return an http or https address without fragment, or ""."""
    try:
        address = urljoin(base, target).partition("#")[0]
    except ValueError:
        return ""
    sound = is_web(address) and not re.search(r"[\s\x00-\x1f\x7f]", address)
    return address if sound and len(address) <= _LONGEST else ""
