"""Two texts → both with what they share marked, as they are written, and where it lies.

Texts are compared by their words in a normal form (alignment.py), which may be longer or shorter than what is written:
"ﬁ" is two letters, "é" may be one or two. So each word keeps the place in the text that it was made of.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aggregator.refine import shingles
from aggregator.refine.alignment import Block, Likeness, compare
from aggregator.refine.shingles import COMPARED, Text
from aggregator.text import characters
from aggregator.text.segments import Kind, Segment, cut

_RUN = re.compile(r"[^ \t\n]+")  # what normalisation never joins over
# What may become one with the character before it, beside marks: Hangul's vowels and finals, halfwidth forms of these
# and of the Japanese marks for voiced sounds.
_JOINING = re.compile("[\u1160-\u11ff\uff9e\uff9f\uffa0-\uffdc]")

Band = tuple[float, float, float, float]
"""Where a passage starts and ends in the one text and in the other, each from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Alongside:
    """Two texts beside each other. `bands` are where they run along each other, `share` is how much of the other's
    words do so, 0 to 1. Texts are cut where they are too long to be compared."""

    ours: tuple[Segment, ...]
    theirs: tuple[Segment, ...]
    bands: tuple[Band, ...]
    share: float


def along(one: str, other: str) -> Alongside:
    """Mark in both texts the passages that they share."""
    one, other = one[:COMPARED], other[:COMPARED]
    likeness = compare(Text(one), Text(other))
    ours, theirs = places(one), places(other)
    passages = list(_passages(likeness))
    return Alongside(
        cut(one, [(ours[a][0], ours[b - 1][1]) for a, b, _, _ in passages if a < b], Kind.SHARED),
        cut(other, [(theirs[a][0], theirs[b - 1][1]) for _, _, a, b in passages if a < b], Kind.SHARED),
        tuple(_band(block, len(ours), len(theirs)) for block in likeness.blocks),
        likeness.theirs,
    )


def _band(block: Block, ours: int, theirs: int) -> Band:
    return block[0] / ours, block[1] / ours, block[2] / theirs, block[3] / theirs


def _passages(likeness: Likeness) -> Iterator[Block]:
    """Yield what is the same word for word: the blocks without their gaps."""
    gaps = list(likeness.gaps)[::-1]
    for first, last, other, other_last in likeness.blocks:
        start, there = first, other
        while gaps and first <= gaps[-1][0] and gaps[-1][1] <= last:
            end, next_start, end_there, next_there = gaps.pop()
            yield start, end, there, end_there
            start, there = next_start, next_there
        yield start, last, there, other_last


def places(value: str) -> Sequence[tuple[int, int]]:
    """Return where each of the text's words (shingles.words) is written: start and end."""
    return [(start, end) for _, start, end in located(value)]


def located(value: str) -> Iterator[tuple[str, int, int]]:
    """Yield the text's words in their normal form, as shingles.words has them, each with where it is written."""
    unmarked = characters.unmarked(value)
    for run in _RUN.finditer(unmarked):
        written = run[0]
        if written.isascii():
            for word, start in shingles.spans(written.lower()):
                yield word, run.start() + start, run.start() + start + len(word)
            continue
        normal, origin = _normalised(written)
        for word, start in shingles.spans(normal):
            yield word, run.start() + origin[start][0], run.start() + origin[start + len(word) - 1][1]


def _normalised(written: str) -> tuple[str, Sequence[tuple[int, int]]]:
    """Return the normal form, and for each character of it where that is written."""
    normal = _normal(written)
    pieces: list[str] = []
    origin: list[tuple[int, int]] = []
    start = 0
    for end in range(1, len(written) + 1):
        if end < len(written) and _joins(written[end]):
            continue
        piece = _normal(written[start:end])
        pieces.append(piece)
        origin += [(start, end)] * len(piece)
        start = end
    if "".join(pieces) != normal:  # no text is known of which that is so
        origin = [(0, len(written))] * len(normal)
    return normal, origin


def _normal(value: str) -> str:
    return unicodedata.normalize("NFKC", value).casefold()


def _joins(character: str) -> bool:
    return unicodedata.category(character).startswith("M") or bool(_JOINING.match(character))
