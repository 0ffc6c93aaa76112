"""A text before and after an edit → what went and what came, by words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from difflib import SequenceMatcher

from aggregator.text import grams
from aggregator.text.segments import Kind, Segment

COMPARED = 20_000  # characters: the text of an article, and of a book enough
_TOKEN = re.compile(r"\w+|\s+|[^\w\s]")
_OFTEN = 8  # a word that a long text has more often than that anchors nothing: it would be tried at each of its places
_LONG = 200  # words
_ISLAND = 4  # letters: less that stayed between two changes is read more easily as changed, too


def difference(before: str, after: str) -> tuple[Segment, ...]:
    """Return the text with what went (Kind.GONE) and what came (Kind.COME) marked.

    Without what came it is `before`, and without what went `after`, both cut to COMPARED characters.
    """
    old, new = _tokens(before[:COMPARED]), _tokens(after[:COMPARED])
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    segments = [Segment("".join(old[:head]))]
    segments += _changed(old[head : len(old) - tail], new[head : len(new) - tail])
    segments.append(Segment("".join(old[len(old) - tail :])))
    return _merged(segments)


def _tokens(value: str) -> list[str]:
    """Return the words and what stands between them; of scripts without spaces every character is a word."""
    tokens = _TOKEN.findall(value)
    if not grams.has_any(value):
        return tokens
    return [part for token in tokens for part in (token if grams.has_any(token) else (token,))]


def _common(one: Sequence[str], other: Sequence[str]) -> int:
    """Count the tokens with which both begin."""
    count = 0
    for a, b in zip(one, other, strict=False):
        if a != b:
            break
        count += 1
    return count


def _changed(old: Sequence[str], new: Sequence[str]) -> list[Segment]:
    counts = Counter(new)
    often = {token for token, count in counts.items() if count > _OFTEN} if len(new) > _LONG else set()
    matcher = SequenceMatcher(often.__contains__, old, new, autojunk=False)
    segments = []
    for tag, a0, a1, b0, b1 in matcher.get_opcodes():
        if tag == "equal":
            segments.append(Segment("".join(old[a0:a1])))
        else:
            segments += [Segment("".join(old[a0:a1]), Kind.GONE), Segment("".join(new[b0:b1]), Kind.COME)]
    return segments


def _merged(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Join the changes that only a little parts, so that what went stands before what came."""
    merged: list[Segment] = []
    gone = come = ""
    last = max(
        (at for at, segment in enumerate(segments) if segment.kind is not Kind.PLAIN and segment.text), default=-1
    )
    for at, segment in enumerate(segments):
        if segment.kind is Kind.GONE:
            gone += segment.text
        elif segment.kind is Kind.COME:
            come += segment.text
        elif (gone or come) and at < last and len(segment.text.strip()) < _ISLAND:
            gone, come = gone + segment.text, come + segment.text
        elif segment.text:
            merged += _edit(gone, come)
            gone = come = ""
            merged.append(segment)
    merged += _edit(gone, come)
    return tuple(merged)


def _edit(gone: str, come: str) -> list[Segment]:
    """Return what went and what came; spaces at the end that both have stay."""
    if gone == come:
        return [Segment(gone)] if gone else []
    return [segment for segment in (Segment(gone, Kind.GONE), Segment(come, Kind.COME)) if segment.text]
