"""What is let go: (what there is, what is kept, now) → how many, of what."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

KEEP_VISITS = 30 * 86400
"""Seconds that the record of a visit is kept."""

T = TypeVar("T")


def beyond(count: int, kept: int, most: int | None = None) -> int:
    """Return how many of a document's `count` entries go, oldest first, so that `kept` stay; at once only `most`."""
    excess = max(0, count - kept)
    return excess if most is None else min(excess, most)


def slice_of(excess: Iterable[tuple[T, int]], most: int) -> list[T]:
    """Return the documents to look at in one go, out of (document, entries that go): about `most` entries, and one."""
    places, planned = [], 0
    for place, entries in excess:
        if planned >= most:
            break
        places.append(place)
        planned += entries
    return places
