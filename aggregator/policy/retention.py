"""What is let go: (what there is, what is kept, now) → how many, of what."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from math import ceil
from typing import TypeVar

from aggregator.model import Keep

KEEP_VISITS = 30 * 86400
"""Seconds that the record of a visit is kept."""
STEADY = 7 * 86400
"""Seconds that our clock has to have gone on, as visits tell, before anything is too old by it."""
_FULL = 0.95  # of `max_size`: what comes by the next night has room

T = TypeVar("T")


def beyond(count: int, kept: int) -> int:
    """Return how many of a document's `count` entries go, oldest first, so that `kept` stay."""
    return max(0, count - kept)


def is_beyond(count: int, oldest: int, keep: Keep, now: int) -> bool:
    """Tell whether anything goes of a source with so many entries, the `oldest` of that instant."""
    return 0 < (keep.entries or 0) < count or bool(keep.age and oldest < now - keep.age)


def too_old_or_many(instants: Sequence[int], keep: Keep, now: int) -> int:
    """Return how many of a source's entries go, of which these are the instants, the oldest first."""
    many = len(instants) - keep.entries if keep.entries else 0
    return max(many, bisect_left(instants, now - keep.age) if keep.age else 0, 0)


def to_fit(size: int, most: int, entries: int) -> int:
    """Return about how many of so many entries go, which take `size` bytes, so that it is `most` at most again."""
    return ceil((size - _FULL * most) * entries / size) if size > most else 0


def fairly(counts: Mapping[T, int], excess: int) -> dict[T, int]:
    """Return how many go of each source, out of so many, for `excess` to go: whoever has the most gives first.

    After that nobody who gave has less than who has the most, but for one: a source that seldom brings something loses
    nothing to one that never stops.
    """
    left, low, high = sum(counts.values()) - excess, 0, max(counts.values(), default=0)
    while low < high:  # the most that each may have
        share = (low + high + 1) // 2
        low, high = (share, high) if sum(min(count, share) for count in counts.values()) <= left else (low, share - 1)
    gone = {source: count - low for source, count in counts.items() if count > low}
    spared = max(left, 0) - sum(min(count, low) for count in counts.values())
    for source in sorted(gone, key=lambda source: gone[source])[: max(spared, 0)]:
        gone[source] -= 1
    return {source: count for source, count in gone.items() if count}
