"""What an edition is made of in every format: a frame, and items between its head and its tail.

A format has a Writer, which gives the bytes, and a Layout, which finds the parts in such bytes again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from aggregator.model import Channel

if TYPE_CHECKING:
    from aggregator.render.items import Item


@dataclass(frozen=True, slots=True)
class Writer:
    """How an edition is written: each item on its own, and the frame, as what comes before and after them."""

    item: Callable[[Channel, Item], bytes]
    frame: Callable[[Channel, int], tuple[bytes, bytes]]
    between: bytes


@dataclass(frozen=True, slots=True)
class Parts:
    """The frame, as what comes before and after the items, and what stands between two of them."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes
    between: bytes


@dataclass(frozen=True, slots=True)
class Names:
    """What an edition calls its items, "" for one without an id, and itself."""

    items: Sequence[str]
    itself: Sequence[str]


class Layout(Protocol):
    """How the bytes of an edition lie."""

    def names(self, body: bytes) -> Names:
        """Read an edition strictly; ValueError or ExpatError where a reader might refuse it."""

    def split(self, body: bytes) -> Parts | None:
        """Return the parts of an edition, None where it isn't as we write them."""


def join(parts: Parts, items: Sequence[bytes]) -> bytes:
    """Return an edition with this frame around other items."""
    return parts.head + parts.between.join(items) + parts.tail
