"""Recognising an article: what its fingerprint is, and which story a copy joins, and why.

Pure: the store looks candidates up by the fingerprint's parts and asks `decide`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.model import Entry, Fingerprint
from aggregator.refine import text, urls

_ENOUGH_WORDS = 25  # shorter texts are alike by chance: "Comments", "New episode out now!"
_ALONE_WORDS = 60  # from here on the same words are the same article whatever the headline says


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored copy that an arrival may be a copy of. `same_source` is whether both came in one feed."""

    story: int
    title: str
    url: str
    text_hash: int
    words: int
    same_source: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The story to join (0: a new one), how (`new`, `url`, `text`; the store adds `guid`), how sure from 0 to 1."""

    story: int
    joined: str
    score: float


def fingerprint(entry: Entry) -> Fingerprint:
    """What recognises the entry wherever it appears again."""
    body = text.plain(entry.content) or text.plain(entry.summary)
    found = text.words(body)
    return Fingerprint(
        url=urls.canonical(entry.link),
        title=" ".join(text.words(entry.title)),
        text=body,
        text_hash=_hash(found) if len(found) >= _ENOUGH_WORDS else 0,
        words=len(found),
    )


def _hash(found: list[str]) -> int:
    digest = blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


def decide(arrival: Fingerprint, candidates: Iterable[Candidate], *, by_text: bool = True) -> Decision:
    """The first candidate that is the same article: by address before by text, and the oldest story first."""
    ordered = sorted(candidates, key=lambda candidate: candidate.story)
    for candidate in ordered:
        if arrival.url and arrival.url == candidate.url and _same_page(arrival, candidate):
            return Decision(candidate.story, "url", 1.0)
    for candidate in ordered if by_text else ():
        if arrival.text_hash and arrival.text_hash == candidate.text_hash and _same_words(arrival, candidate):
            return Decision(candidate.story, "text", 1.0)
    return Decision(0, "new", 0.0)


def _same_page(arrival: Fingerprint, candidate: Candidate) -> bool:
    """One address is one article only if the titles say so: blogs of links share addresses with what they link to.

    Where a title is missing the words have to be the same: untitled notes often all link to their author's home.
    """
    if arrival.text_hash and arrival.text_hash == candidate.text_hash:
        return True
    if candidate.same_source:
        return False  # a feed that lists two entries with one address and one title means two: open threads, menus
    return bool(arrival.title and candidate.title) and titles_agree(arrival.title, candidate.title)


def _same_words(arrival: Fingerprint, candidate: Candidate) -> bool:
    """Within one source the same words under two headlines are a template; elsewhere, if they are many, a reprint."""
    if titles_agree(arrival.title, candidate.title):
        return True
    return not candidate.same_source and candidate.words >= _ALONE_WORDS


def titles_agree(one: str, other: str) -> bool:
    """Whether two normal forms can head one article: alike, one missing, or one with its site's name appended."""
    if not one or not other or one == other:
        return True
    short, long = sorted((one.split(), other.split()), key=len)
    return len(short) >= 3 and len(long) - len(short) <= 6 and short in (long[: len(short)], long[-len(short) :])
