"""How two texts run along each other: their common passages, in order, and what they come to.

A copy is not just similar: it *runs along* its original. Shared passages join to blocks over gaps no longer than an
edit. Articles on one event share sentences too, but with other sentences between them: their blocks stay apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from aggregator.refine.shingles import FRONT, WIDTH, Text

_GAP = 8  # words: an edit's size; a sentence that stands between shared ones is longer
Block = tuple[int, int, int, int]
"""(start, end) in the one text and (start, end) in the other, in words."""


def boilerplate(texts: Iterable[Iterable[int]]) -> AbstractSet[int]:
    """Return the shingles that three or more of a source's articles hold: footers, "subscribe"."""
    once: set[int] = set()
    twice: set[int] = set()
    often: set[int] = set()
    for shingles in texts:
        often |= twice.intersection(shingles)
        twice |= once.intersection(shingles)
        once.update(shingles)
    return often


@dataclass(frozen=True, slots=True)
class Likeness:
    """How far two texts run along each other: `blocks`, and the `gaps` within these, between passages.

    `ours` and `theirs` are the parts of the texts that lie in blocks, 0 to 1. `passage` is the longest run of the same
    words, as (start, length) in the one text.
    """

    blocks: tuple[Block, ...] = ()
    gaps: tuple[Block, ...] = ()
    ours: float = 0.0
    theirs: float = 0.0
    passage: tuple[int, int] = (0, 0)

    @property
    def containment(self) -> float:
        """The part in blocks of the text that holds less of its own."""
        return max(self.ours, self.theirs)

    @property
    def mutual(self) -> float:
        """The part in blocks of the text that holds more of its own."""
        return min(self.ours, self.theirs)

    @property
    def shared(self) -> int:
        """The number of words in blocks."""
        return sum(block[1] - block[0] for block in self.blocks)

    @property
    def largest(self) -> Block:
        return max(self.blocks, key=lambda block: block[1] - block[0])

    @property
    def opening(self) -> int:
        """The number of words in the block with which both texts begin; 0 for none."""
        return self.beginning(FRONT)

    def beginning(self, front: int) -> int:
        """Count the words of the longest block that begins within the first `front` words of both texts; 0 for none."""
        return max((b[1] - b[0] for b in self.blocks if b[0] <= front and b[2] <= front), default=0)

    @property
    def verbatim(self) -> float:
        """The part of the shared words that are not within gaps: edits."""
        altered = sum(max(gap[1] - gap[0], gap[3] - gap[2], 0) for gap in self.gaps)
        return 1 - altered / max(1, self.shared)


def compare(one: Text, other: Text, repeated: AbstractSet[int] = frozenset()) -> Likeness:
    """Align two texts by their shingles. Those `repeated` in a source's articles count for nothing."""
    ours, theirs = one.shingles, other.shingles
    where = list(map(other.places.get, ours))
    if repeated:
        where = [None if value in repeated else place for value, place in zip(ours, where, strict=True)]
    passages: list[tuple[int, int, int]] = []
    i, end, last = 0, len(ours), len(theirs)
    for start, j in enumerate(where):
        if j is None or start < i:
            continue
        i = start + 1
        on = j - start  # a shingle that repeats itself has several places: the next one in the run is meant
        while i < end and where[i] is not None and i + on < last and theirs[i + on] == ours[i]:
            i += 1
        passages.append((start, j, i - start + WIDTH - 1))
    return _likeness(passages, _counting(ours, repeated), _counting(theirs, repeated))


def _counting(shingles: Sequence[int], repeated: AbstractSet[int]) -> int:
    """Count the words that no repeated shingle covers."""
    covered = _covered((i, i + WIDTH) for i, value in enumerate(shingles) if value in repeated) if repeated else 0
    return max(1, len(shingles) + WIDTH - 1 - covered)


def _likeness(passages: Sequence[tuple[int, int, int]], ours: int, theirs: int) -> Likeness:
    blocks: list[Block] = []
    gaps: list[Block] = []
    for i, j, length in passages:
        if blocks:
            a0, a1, b0, b1 = blocks[-1]
            if i - a1 <= _GAP and -WIDTH < j - b1 <= _GAP:
                gaps.append((a1, i, b1, j))
                blocks[-1] = (a0, i + length, b0, max(b1, j + length))
                continue
        blocks.append((i, i + length, j, j + length))
    a, b = _covered(block[:2] for block in blocks), _covered(block[2:] for block in blocks)
    start, _, length = max(passages, key=lambda passage: passage[2], default=(0, 0, 0))
    return Likeness(tuple(blocks), tuple(gaps), min(1.0, a / ours), min(1.0, b / theirs), (start, length))


def _covered(spans: Iterable[tuple[int, int]]) -> int:
    """Count the words in spans that may overlap."""
    total = reached = 0
    for start, end in sorted(spans):
        total += max(0, end - max(start, reached))
        reached = max(reached, end)
    return total
