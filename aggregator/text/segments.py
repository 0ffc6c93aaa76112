"""A text in segments, each of one kind: what is marked in it when it is shown, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What a segment is: as it stands, in both of two texts, in the earlier one alone, in the later one alone."""

    PLAIN = "plain"
    SHARED = "shared"
    GONE = "gone"
    COME = "come"


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text, as it is written."""

    text: str
    kind: Kind = Kind.PLAIN


_LAST_WORD = re.compile(r"\s*\S*\Z")
_FIRST_WORD = re.compile(r"\S*\s*")
ELLIPSIS = "…"
_LOOKED_AT = 40  # characters in which the end of a word is looked for


def cut(value: str, spans: Iterable[tuple[int, int]], kind: Kind) -> tuple[Segment, ...]:
    """Cut a text into what lies in `spans`, which is of this kind, and what doesn't. Spans may overlap."""
    segments = []
    reached = marked = 0
    for start, end in _joined(value, spans):
        if start > reached:
            segments.append(Segment(value[reached:start]))
        segments.append(Segment(value[start:end], kind))
        reached = marked = end
    if reached < len(value) or not marked:
        segments.append(Segment(value[reached:]))
    return tuple(segment for segment in segments if segment.text)


def _joined(value: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the spans in order, those as one that touch or have nothing but spaces between them."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(span for span in spans if span[0] < span[1]):
        if joined and (start <= joined[-1][1] or value[joined[-1][1] : start].isspace()):
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def abridged(segments: Sequence[Segment], most: int, around: int) -> tuple[Segment, ...]:
    """Return the segments with about `around` characters at each end of what goes on for longer, and `most` in all.

    "…" stands for what is left out. What is plain before the first mark and after the last has one end, at the mark;
    what went or came is whole.
    """
    shown: list[Segment] = []
    left = most
    for number, segment in enumerate(segments):
        if left <= 0:
            shown.append(Segment(f" {ELLIPSIS}"))
            break
        text = segment.text
        if segment.kind is Kind.PLAIN:
            before, after = (around if number else 0), (around if number + 1 < len(segments) else 0)
            text = _without_middle(text, before, after) if number or after else text
        elif segment.kind is Kind.SHARED:
            text = _without_middle(text, around, around)
        if len(text) > left:
            text = f"{_beginning(text, left)} {ELLIPSIS}"
            left = 0
            shown.append(Segment(text, segment.kind))
            break
        left -= len(text)
        shown.append(Segment(text, segment.kind))
    return tuple(shown)


def _without_middle(text: str, before: int, after: int) -> str:
    if len(text) <= before + after + _LOOKED_AT:
        return text
    start = f"{_beginning(text, before)} {ELLIPSIS}" if before else ELLIPSIS
    return f"{start} {_end(text, after)}" if after else start


def _beginning(text: str, length: int) -> str:
    """Return so many characters, or less, so that the last word is whole."""
    found = _LAST_WORD.search(text, max(0, length - _LOOKED_AT), length)
    whole = text[: found.start()] if found and text[length : length + 1].strip() else text[:length]
    return whole if len(whole) > length - _LOOKED_AT else text[:length]


def _end(text: str, length: int) -> str:
    """Return so many characters of the end, or less, so that the first word is whole."""
    tail = text[-length:]
    found = _FIRST_WORD.match(tail)
    whole = tail[found.end() :] if found and text[-length - 1].strip() else tail
    return whole if len(whole) > length - _LOOKED_AT else tail
