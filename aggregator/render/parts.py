"""An edition's bytes → its frame and its items, and back: what `render.join` put together, taken apart.

In XML "<" begins markup and nothing else, and a JSON string has no line break in it, so no text that an item carries
can look like the bytes between two items. What was not written as `render.join` writes it isn't taken apart at all.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_ELEMENTS = {"xml": b"item", "atom": b"entry"}
_OPAQUE = re.compile(rb"<!\[CDATA\[|<!--")  # the only places in XML where "<" is text; our editions have none


@dataclass(frozen=True, slots=True)
class Parts:
    """The frame, as what comes before and after the items, and what stands between two of them."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    between: bytes


def split(body: bytes, suffix: str) -> Parts | None:
    """The parts of an edition in this format; `join` of them is `body`. None where it isn't as we write them."""
    if suffix == "json":
        parts = _json(body)
    else:
        element = _ELEMENTS.get(suffix)
        parts = _xml(body, element) if element else None
    return parts if parts is not None and join(parts, parts.items) == body else None


def join(parts: Parts, items: Sequence[bytes]) -> bytes:
    """An edition with this frame around other items."""
    return parts.head + parts.between.join(items) + parts.tail


def _json(body: bytes) -> Parts | None:
    """An object whose last member is "items", one a line."""
    head, *lines = body.split(b"\n")
    if not head.endswith(b'"items":[') or len(lines) < 3 or lines[-2:] != [b"]}", b""]:
        return None
    items = b"\n".join(lines[:-2]).split(b",\n") if lines[:-2] != [b""] else []
    if not all(item.startswith(b"{") and item.endswith(b"}") and b"\n" not in item for item in items):
        return None
    return Parts(head + b"\n", tuple(items), b"\n]}\n", b",\n")


def _xml(body: bytes, element: bytes) -> Parts | None:
    """A feed whose last children are its items; they do not nest."""
    opening, closing = re.compile(rb"<" + element + rb"(?=[\s>/])"), b"</" + element + b">"
    end = b"\n</feed>" if element == b"entry" else b"\n</channel>"
    last = body.rfind(end)
    if last < 0 or _OPAQUE.search(body):
        return None
    first = opening.search(body)
    start = first.start() if first else last
    written = body[start:last]
    items = [item + closing for item in written.removesuffix(closing).split(closing + b"\n")] if written else []
    if not all(len(opening.findall(item)) == item.count(closing) == 1 and opening.match(item) for item in items):
        return None
    return Parts(body[:start], tuple(items), body[last:], b"\n")
