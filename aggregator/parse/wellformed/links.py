"""What an entry or a feed links to, its id among it."""

from __future__ import annotations

import re

from aggregator.parse.wellformed import constructs
from aggregator.parse.wellformed.constructs import HTML, Part, joined, mended, with_href
from aggregator.parse.wellformed.reader import Context, Reader

_ESCAPED = re.compile("&([A-Za-z0-9_]+);")


def link(_: Reader, context: Context, part: Part) -> None:
    """Read a link: its attributes, or its text, have the address."""
    raw, text = context.raw, part.bare()
    link = dict(part.attributes)
    link.setdefault("rel", "alternate")
    link.setdefault("type", "application/atom+xml" if link["rel"] == "self" else "text/html")
    link = with_href(link)
    raw.setdefault("links", []).append(link)
    before = raw.get("link")
    if "href" in link:
        link["href"] = joined(part.base, link["href"])
        if link["rel"] == "alternate" and constructs.kind(link["type"]) in HTML:
            before = link["href"]
    else:
        address = mended(joined(part.base, text)) if text else ""
        if context.is_entry:
            address = address.replace("&amp;", "&")
        address = _ESCAPED.sub(r"&\1", address)
        if address or not context.is_entry:
            link["href"] = address
        if address and link["rel"] == "alternate":
            before = address
    if before:
        raw["link"] = before
    else:
        raw.pop("link", None)


def guid(_: Reader, context: Context, part: Part) -> None:
    """Read an id, which is a link, too, unless it says that it is none."""
    is_link = part.attributes.get("ispermalink", "true") == "true"
    context.raw["id"] = value = part.address() if is_link else part.text()
    if is_link:
        context.raw.setdefault("link", value)


def enclosure(_: Reader, context: Context, part: Part) -> None:
    """Read a file that is enclosed."""
    part.bare()
    context.raw.setdefault("links", []).append({**with_href(part.attributes), "rel": "enclosure"})
