"""The bytes of a JSON Feed edition, read strictly and taken apart.

A JSON string has no line break in it, so no text that an item carries can look like the bytes between two items.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from aggregator.render.parts import Names, Parts


class JsonLayout:
    """An object whose last member is "items", one a line."""

    def names(self, body: bytes) -> Names:
        """Read an edition strictly; ValueError where it is no JSON Feed, or a name comes twice (RFC 8259 §4)."""
        feed = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
        if not isinstance(feed, dict) or not str(feed.get("version")).startswith("https://jsonfeed.org/version/1"):
            raise ValueError("this is no JSON Feed")
        items = feed.get("items")
        if not feed.get("title") or not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
            raise ValueError("the feed has no title, or no items")
        ids = [item.get("id", "") for item in items]
        if not all(isinstance(name, str) for name in ids):
            raise ValueError("an id is no text")
        return Names(ids, [feed["feed_url"]] if isinstance(feed.get("feed_url"), str) else [])

    def split(self, body: bytes) -> Parts | None:
        """Return the parts of an edition."""
        head, *lines = body.split(b"\n")
        if not head.endswith(b'"items":[') or len(lines) < 3 or lines[-2:] != [b"]}", b""]:
            return None
        items = b"\n".join(lines[:-2]).split(b",\n") if lines[:-2] != [b""] else []
        if not all(item.startswith(b"{") and item.endswith(b"}") and b"\n" not in item for item in items):
            return None
        return Parts(head + b"\n", tuple(items), b"\n]}\n", b",\n")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name comes twice in one object")
    return members


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


JSON = JsonLayout()
