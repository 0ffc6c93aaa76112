"""OPML (https://opml.org/spec2.opml) → subscriptions: folders are categories, folders in folders "a/b".

Read are the exports of many readers, so: names in any case, no `type`, a `category` attribute instead of a
folder (newsboat), XML that is not well-formed. A hostile file costs nothing: entities are refused, nothing is
fetched.

With lxml, which feedgen brings. listparser was the other choice: it would be a dependency for these few lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any
from urllib.parse import urlsplit

from lxml import etree

from aggregator.model import ParseError
from aggregator.model.categories import tidied
from aggregator.model.lists import Subscription
from aggregator.text import writable

# An "&" that XML forbids; lxml would drop it and what follows, and make other addresses of addresses with a query.
_AMPERSAND = re.compile(rb"&(?!(?:amp|lt|gt|quot|apos|#\d+|#[xX][0-9A-Fa-f]+);)([A-Za-z]\w*;)?")
_CONTROLS = bytes(32 if code < 32 and code not in (9, 10, 13) else code for code in range(256))
_ENCODING = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\b[^>]{0,200}?\bencoding\s*=\s*[\"'](?!utf-?8)", re.IGNORECASE)
_SAFE = {"resolve_entities": False, "no_network": True, "huge_tree": False, "load_dtd": False}
_HOST = re.compile(
    r"(?://)?(?:[\w-]+\.)+(?!(?:xml|rss|rdf|atom|json|opml|txt|html?|php)(?:[?#]|$))\w[\w-]+(?::\d+)?(?:[/?#]|$)"
)
_LARGEST = 64 * 1024 * 1024
_FEEDS = frozenset({"rss", "atom", "rdf", "feed"})  # types of outlines; "link" and "include" are none


def is_markup(body: bytes) -> bool:
    """Tell whether a file begins as markup does, in UTF-16 too: what doesn't is no OPML."""
    return body[:1024].translate(None, b"\0\xef\xbb\xbf\xfe\xff \t\r\n").startswith(b"<")


def read(body: bytes) -> list[Subscription]:
    """Return the subscriptions in their order, an address once; what is no web address is passed over.

    Raises ParseError for what is no OPML, and for entities.
    """
    if len(body) > _LARGEST:
        raise ParseError(f"OPML of {len(body)} bytes: more than {_LARGEST}")
    # Entities in attributes are replaced whatever resolve_entities says; NULs are those of UTF-16 and UTF-32.
    if b"<!ENTITY" in body.replace(b"\0", b"").upper():
        raise ParseError("OPML that declares entities is refused")
    root = _tree(body.lstrip(b" \t\r\n"))  # a blank line before "<?xml" is no reason to fail
    if root is None or (_name(root) != "opml" and root.find(".//{*}outline") is None):
        raise ParseError("not OPML")
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(declared.iterentities()):  # in an encoding in which we did not see them
        raise ParseError("OPML that declares entities is refused")
    by_url: dict[str, Subscription] = {}
    for subscription in _subscriptions(root):
        by_url.setdefault(subscription.url, subscription)
    return list(by_url.values())


def _tree(body: bytes) -> Any:
    """Return the root element; of what is not well-formed as much as can be understood, None for nothing."""
    try:
        return etree.fromstring(body, etree.XMLParser(**_SAFE))
    except (etree.XMLSyntaxError, ValueError):
        body = _mended(body)
    try:
        return etree.fromstring(body, etree.XMLParser(recover=True, **_SAFE))
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ParseError(f"not OPML: {writable.line(str(error))[:200]}") from error


def fault(body: bytes) -> str:
    """Say where a list breaks, and how; "" if it doesn't.

    That is none: an "&" alone, names that only HTML knows, a control character, letters of windows-1252. What is
    cut off or torn is: nobody knows then how many feeds are missing. FreshRSS took half a list without a word.
    """
    start = body.lstrip(b" \t\r\n")
    mended = _mended(start)
    try:
        etree.fromstring(mended, etree.XMLParser(**_SAFE))
    except etree.XMLSyntaxError as error:
        line, column = error.position
        if b"\0" not in body:
            column = _column(start.split(b"\n")[line - 1 : line], column)
        line += body[: len(body) - len(start)].count(b"\n")
        reason = re.sub(r"(?:, line \d+, column \d+)?(?: \(.*\))?$", "", writable.line(error.msg or "not well-formed"))
        return f"line {line}, column {column}: {reason[:200]}"
    except ValueError as error:
        return f"line 1, column 1: {writable.line(str(error))[:200]}"
    return ""


def _column(line: list[bytes], column: int) -> int:
    """Return the column in the line as it was, for one in the mended line."""
    longer = 0
    for match in _AMPERSAND.finditer(line[0] if line else b""):
        if match.start() + longer >= column - 1:
            break
        longer += len(_reference(match)) - len(match[0])
    return max(1, column - longer)


def _mended(body: bytes) -> bytes:
    """Put right, in place, what other readers write amiss: "&", control characters, letters that are no UTF-8."""
    if b"\0" in body:
        return body
    if not _ENCODING.match(body):
        try:
            body.decode()
        except UnicodeDecodeError:
            body = body.decode("cp1252", "replace").encode()
    return _AMPERSAND.sub(_reference, body.translate(_CONTROLS))


def _reference(match: re.Match[bytes]) -> bytes:
    """Write "&nbsp;", which XML doesn't know, as a number; any other "&" as itself."""
    named = html5.get(match[1].decode()) if match[1] else None
    return "".join(f"&#{ord(char)};" for char in named).encode() if named else b"&amp;" + (match[1] or b"")


def _subscriptions(root: Any) -> Iterator[Subscription]:
    """Yield every outline with a feed's address, under the names of the outlines around it that have none."""
    folders: list[str] = []  # around the element; "" for an outline that is none
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if _name(element) != "outline":
            continue
        if event == "end":
            folders.pop()
            continue
        attributes = {key.lower(): value for key, value in element.attrib.items()}
        name = writable.line(attributes.get("text", "")) or writable.line(attributes.get("title", ""))
        kind = attributes.get("type", "").strip().lower()
        url = address(attributes.get("xmlurl") or (attributes.get("url", "") if kind in _FEEDS else ""))
        site = writable.line(attributes.get("htmlurl", ""))
        if is_meant_for_web(url) and "+" not in kind:  # FreshRSS: "HTML+XPath" is a page to be scraped, and no feed
            category = "/".join(filter(None, folders)) or attributes.get("category", "").partition(",")[0]
            yield Subscription(url, name, tidied(category), site if is_meant_for_web(site) else "")
        folders.append("" if url else name)


def address(written: str) -> str:
    """Give a feed's address, as lists have it, the scheme that it is visited by.

    Without one it is https; feed://a.example/, feeds://a.example/ and feed:https://a.example/ are of browsers that
    once knew feeds by that.
    """
    url = writable.line(written)
    scheme, _, rest = url.partition(":")
    if scheme.lower() in ("feed", "feeds"):
        url = f"http{scheme[4:].lower()}:{rest}" if rest.startswith("//") else rest
    return f"https://{url.removeprefix('//')}" if _HOST.match(url) else url


def is_meant_for_web(url: str) -> bool:
    """Tell whether it is an http or https address; whether it can be visited is for the config to say, aloud."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def _name(element: Any) -> str:
    return element.tag.rpartition("}")[2].lower() if isinstance(element.tag, str) else ""
