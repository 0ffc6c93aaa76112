"""Recognising an article: which story an arrival joins, and why; or why it doesn't join the nearest.

Pure: the store looks stored copies up by a fingerprint's features and its address, and asks `decide`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from hashlib import blake2b

from aggregator.model import Entry, Fingerprint
from aggregator.refine import urls
from aggregator.refine.alignment import Likeness, compare
from aggregator.refine.evidence import AGAIN, LITTLE, SERIES, SHORT, Evidence, refusal
from aggregator.refine.headlines import headline, pattern
from aggregator.refine.shingles import COMPARED, FRONT, Text, features, hashes, pack, words
from aggregator.text import characters

Feed = tuple[int, str]
"""What an entry came in: a source, and a document of it."""

_SHOWN = 40  # words of a passage that are kept to be shown
_MONTH = 30 * 86400
_SERIES = 3  # stories under one headline


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored copy that the arrival may be a copy of. `title` is its headline; `source` says which feed it came in.

    `published` is what its publisher says (0: nothing), `at` the best that is known of when it came out (0: nothing).
    `recording` is the address of its first enclosure.
    """

    story: int
    title: str
    url: str
    text: str
    source: Feed = (0, "")
    shingles: bytes = b""
    at: int = 0
    published: int = 0
    recording: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """The story to join (0: a new one), how (`new`, `url`, `text`), the containment and the longest shared passage.

    `passage` is how that begins, and `length` how many words it has. If the story is 0, `nearest` is the one that came
    closest, and `why` says why it isn't the same. `also` are other stories that the arrival proves to be the same one:
    the lead came first, then a heavy edit, and now the whole.
    """

    story: int = 0
    joined: str = "new"
    score: float = 0.0
    passage: str = ""
    length: int = 0
    nearest: int = 0
    why: str = ""
    also: tuple[int, ...] = ()


def fingerprint(entry: Entry, names: AbstractSet[str] = frozenset()) -> Fingerprint:
    """Make what recognises the entry wherever it appears again. `names` are what its site is called.

    It costs a quarter of a millisecond: workers do it.
    """
    body = characters.plain(entry.content) or characters.plain(entry.summary)
    found, title = words(body), headline(entry.title, names)
    hashed = hashes(found)
    return Fingerprint(
        url=urls.canonical(entry.link),
        title=title,
        text=body,
        text_hash=_hash(found) if found else 0,
        words=len(found),
        features=_features(found, title, hashed),
        shingles=pack(hashed if len(body) <= COMPARED else hashes(words(body[:COMPARED]))),
    )


def features_of(text_: str, heading: str) -> tuple[int, ...]:
    """Make the features of an entry that is stored with this text and headline."""
    return _features(words(text_), heading)


def _features(found: Sequence[str], title: str, hashed: Sequence[int] | None = None) -> tuple[int, ...]:
    return features(found, (title, pattern(title)), hashed)


def _hash(found: Sequence[str]) -> int:
    digest = blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


# ── Whether it is a copy ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Rival:
    """A candidate as it compares with the arrival; `why` is why the arrival is no copy of it, or empty."""

    candidate: Candidate
    likeness: Likeness
    like: bool
    why: str


def decide(
    arrival: Fingerprint,
    source: Feed,
    candidates: Iterable[Candidate],
    repeated: Callable[[Feed], AbstractSet[int]] = lambda _: frozenset(),
    history: Callable[[Feed, str], int] = lambda _feed, _title: 0,
    *,
    at: int = 0,
    published: int = 0,
    recording: str = "",
    by_text: bool = True,
    read: Callable[[str, bytes], Text] = Text,
) -> Decision:
    """Decide which story the arrival joins: of those that the rules let it join, the one that shares most with it.

    `at`, `published` and `recording` are the arrival's, as a candidate's. `repeated` gives the notices of a source; it
    is asked only where they could turn the scale. `history` says how many stories of a source had the arrival's
    headline, or its pattern. Without `by_text` only the address counts. `read` may remember texts that come again.
    """
    candidates = sorted(candidates, key=lambda c: (c.story, c.url != arrival.url, c.title, c.source, c.text))
    ours = Candidate(0, arrival.title, arrival.url, arrival.text, source, arrival.shingles, at, published, recording)
    page = arrival.url if _is_page(arrival.url, candidates) else ""
    listed = next((c for c in candidates if page == c.url and _same_page(ours, c)), None) if page else None
    if listed or not candidates or not by_text:
        return Decision(listed.story, "url", 1.0) if listed else Decision()
    rivals = [_compared(ours, c, page, repeated, history, read) for c in candidates]
    best = max(rivals, key=lambda r: (not r.why, r.like and not r.why, r.likeness.ours + r.likeness.theirs))
    start, length = best.likeness.passage
    passage = read(arrival.text, arrival.shingles).excerpt(start, min(length, _SHOWN))
    why = best.why or ("the arrival holds pieces of several stories" if _round_up(best, rivals) else "")
    if why:
        return Decision(0, "new", best.likeness.containment, passage, length, best.candidate.story, why)
    how = "url" if page and page == best.candidate.url else "text"
    also = {r.candidate.story for r in rivals if not r.why and _proves(r.likeness)} - {best.candidate.story}
    return Decision(best.candidate.story, how, best.likeness.containment, passage, length, also=tuple(sorted(also)))


def _proves(found: Likeness) -> bool:
    """Whether next to all of one text is in the other: what is like the arrival in this way is one story."""
    return found.containment >= 0.9 and found.shared >= 30


def _is_page(url: str, candidates: Iterable[Candidate]) -> bool:
    """Whether the address is of one article: no home page, and no feed gives it to several entries."""
    if "/" not in url.removeprefix("//"):
        return False
    listed = [candidate.source for candidate in candidates if candidate.url == url]
    return len(set(listed)) == len(listed)


def _same_page(arrival: Candidate, other: Candidate) -> bool:
    """Whether two feeds list one page: one address under one headline, however much of it each of them gives.

    Not within a feed: one that lists two entries with one address and one title means two, open threads or menus. Nor
    under a name that anything may have ("Trailer"), nor much later: the page has something else by then.
    """
    return (
        arrival.source != other.source
        and arrival.title == other.title  # "Link: …" heads a comment on the page
        and " " in arrival.title
        and not (arrival.at and other.at and abs(arrival.at - other.at) > _MONTH)
    )


def _compared(
    arrival: Candidate,
    other: Candidate,
    page: str,
    repeated: Callable[[Feed], AbstractSet[int]],
    history: Callable[[Feed, str], int],
    read: Callable[[str, bytes], Text],
) -> _Rival:
    ours, theirs = read(arrival.text, arrival.shingles), read(other.text, other.shingles)
    evidence = Evidence(
        ours,
        theirs,
        (arrival.title, other.title),
        compare(ours, theirs),
        same_source=arrival.source == other.source,
        same_page=bool(page) and page == other.url,
        same_date=arrival.published == other.published != 0,
        apart=abs(arrival.at - other.at) if arrival.at and other.at else None,
        recordings=(arrival.recording, other.recording) if arrival.recording and other.recording else None,
    )
    why = refusal(evidence)
    if _may_turn(evidence, why):
        noticed = repeated(arrival.source) | repeated(other.source)
        if noticed:
            evidence = replace(evidence, found=compare(ours, theirs, noticed))
            why = refusal(evidence)
    told = arrival.title if evidence.equal else pattern(arrival.title)
    if not why and _is_series(evidence, lambda: history(other.source, told)):
        why = SERIES
    return _Rival(other, evidence.found, evidence.like, why)


def _is_series(evidence: Evidence, had: Callable[[], int]) -> bool:
    """Whether the other's source puts the arrival's headline over ever new articles, and this may be the next one.

    Learned from what it published before. A copy elsewhere is recognised all the same: on the same day, and entire.
    """
    if evidence.same_page or not evidence.patterned or had() < _SERIES:
        return False
    if evidence.same_source:
        return True
    return not (evidence.found.mutual >= 0.9 and not evidence.figures.replaced and not evidence.beyond(AGAIN))


def _may_turn(evidence: Evidence, why: str) -> bool:
    """Whether it could turn the scale to leave out what the sources repeat under every article."""
    found = evidence.found
    if found.shared < SHORT:
        return False
    if evidence.same_source:
        return not why and not evidence.equal
    if not why:
        return found.opening < 10 or found.mutual < 0.6
    return why == LITTLE and (evidence.like or found.opening >= 10)


def _round_up(best: _Rival, rivals: Iterable[_Rival]) -> bool:
    """Whether the beginning of another story stands elsewhere in the arrival: a digest is a copy of none."""
    if best.like or best.likeness.ours > 0.6:
        return False
    ours = best.likeness.blocks
    return any(
        b[1] - b[0] >= SHORT and b[2] <= FRONT and all(b[1] <= o[0] or o[1] <= b[0] for o in ours)
        for rival in rivals
        if rival.candidate.story != best.candidate.story
        for b in rival.likeness.blocks
    )
