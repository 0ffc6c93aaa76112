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
from aggregator.refine.shingles import COMPARED, FRONT, WIDTH, Text, features, hashes, pack, spelled
from aggregator.text import characters

Place = tuple[int, str]
"""A document: its source's row and its name."""

_SHOWN = 40  # words of a passage that are kept to be shown
_MONTH = 30 * 86400
_SERIES = 3  # stories under one headline


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored copy that the arrival may be a copy of. `title` is its headline; `place` says what it came in.

    `published` is what its publisher says (0: nothing), `at` the best that is known of when it came out (0: nothing).
    `recording` is the address of its first enclosure.
    """

    story: int
    title: str
    url: str
    text: str
    place: Place = (0, "")
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
    text, title = spelled(body), headline(entry.title, names)
    hashed = hashes(text)
    return Fingerprint(
        url=urls.canonical(entry.link),
        title=title,
        text=body,
        text_hash=_hash(text) if text else 0,
        words=len(text),
        features=_features(text, title, hashed),
        shingles=pack(hashed if len(body) <= COMPARED else _compared_part(body, text, hashed)),
    )


def features_of(text_: str, heading: str) -> tuple[int, ...]:
    """Make the features of an entry that is stored with this text and headline."""
    return _features(spelled(text_), heading)


def _features(text: Sequence[bytes], title: str, hashed: Sequence[int] | None = None) -> tuple[int, ...]:
    return features(text, (title, pattern(title)), hashed)


def _hash(text: Sequence[bytes]) -> int:
    return int.from_bytes(blake2b(b" ".join(text), digest_size=8).digest(), "big", signed=True) or 1


def _compared_part(body: str, text: Sequence[bytes], hashed: Sequence[int]) -> Sequence[int]:
    """Return the shingles of as much of a long text as is compared; those of its whole words are at hand."""
    part = spelled(body[:COMPARED])
    whole = max(0, len(part) - WIDTH) if part[:-1] == text[: len(part) - 1] else 0
    return [*hashed[:whole], *hashes(part[whole:])]


# ── Whether it is a copy ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class _Rival:
    """A candidate compared with the arrival; `like` says whether their headlines are alike, `why` why they are two."""

    candidate: Candidate
    likeness: Likeness
    like: bool
    why: str


def decide(
    arrival: Fingerprint,
    place: Place,
    candidates: Iterable[Candidate],
    repeated: Callable[[Place], AbstractSet[int]] = lambda _: frozenset(),
    history: Callable[[Place, str], int] = lambda _feed, _title: 0,
    *,
    at: int = 0,
    published: int = 0,
    recording: str = "",
    by_text: bool = True,
    read: Callable[[str, bytes], Text] = Text,
) -> Decision:
    """Decide which story the arrival joins: of those that the rules let it join, the one that shares most with it.

    `at`, `published` and `recording` are the arrival's, as a candidate's. `repeated` gives a place's boilerplate; it
    is asked only where that could turn the scale. `history` says how many stories of a place had the arrival's
    headline, or its pattern. Without `by_text` only the address counts. `read` may remember texts that come again.
    """
    candidates = sorted(candidates, key=lambda c: (c.story, c.url != arrival.url, c.title, c.place, c.text))
    ours = Candidate(0, arrival.title, arrival.url, arrival.text, place, arrival.shingles, at, published, recording)
    address = arrival.url if _is_own_address(arrival.url, candidates) else ""
    same = next((c for c in candidates if address == c.url and _same_address(ours, c)), None) if address else None
    if same or not candidates or not by_text:
        return Decision(same.story, "url", 1.0) if same else Decision()
    rivals = [_compared(ours, c, address, repeated, history, read) for c in candidates]
    best = max(rivals, key=lambda r: (not r.why, r.like and not r.why, r.likeness.ours + r.likeness.theirs))
    start, length = best.likeness.passage
    passage = read(arrival.text, arrival.shingles).excerpt(start, min(length, _SHOWN))
    why = best.why or ("the arrival holds pieces of several stories" if _round_up(best, rivals) else "")
    if why:
        return Decision(0, "new", best.likeness.containment, passage, length, best.candidate.story, why)
    how = "url" if address and address == best.candidate.url else "text"
    also = {r.candidate.story for r in rivals if not r.why and _proves(r.likeness)} - {best.candidate.story}
    return Decision(best.candidate.story, how, best.likeness.containment, passage, length, also=tuple(sorted(also)))


def _proves(likeness: Likeness) -> bool:
    """Tell whether next to all of one text is in the other: what is like the arrival in this way is one story."""
    return likeness.containment >= 0.9 and likeness.shared >= 30


def _is_own_address(url: str, candidates: Iterable[Candidate]) -> bool:
    """Tell whether the address is one article's: no home page, and no feed gives it to several entries."""
    if "/" not in url.removeprefix("//"):
        return False
    places = [candidate.place for candidate in candidates if candidate.url == url]
    return len(set(places)) == len(places)


def _same_address(arrival: Candidate, other: Candidate) -> bool:
    """Tell whether two feeds list one article: one address under one headline, however much of it each of them gives.

    Not within a feed: one that lists two entries with one address and one title means two, open threads or menus. Nor
    under a name that anything may have ("Trailer"), nor much later: the page has something else by then.
    """
    return (
        arrival.place != other.place
        and arrival.title == other.title  # "Link: …" heads a comment on the page
        and " " in arrival.title
        and not (arrival.at and other.at and abs(arrival.at - other.at) > _MONTH)
    )


def _compared(
    arrival: Candidate,
    other: Candidate,
    address: str,
    repeated: Callable[[Place], AbstractSet[int]],
    history: Callable[[Place, str], int],
    read: Callable[[str, bytes], Text],
) -> _Rival:
    ours, theirs = read(arrival.text, arrival.shingles), read(other.text, other.shingles)
    evidence = Evidence(
        ours,
        theirs,
        (arrival.title, other.title),
        compare(ours, theirs),
        same_source=arrival.place == other.place,
        same_address=bool(address) and address == other.url,
        same_date=arrival.published == other.published != 0,
        apart=abs(arrival.at - other.at) if arrival.at and other.at else None,
        recordings=(arrival.recording, other.recording) if arrival.recording and other.recording else None,
    )
    why = refusal(evidence)
    if _may_turn(evidence, why):
        boilerplate = repeated(arrival.place) | repeated(other.place)
        if boilerplate:
            evidence = replace(evidence, likeness=compare(ours, theirs, boilerplate))
            why = refusal(evidence)
    title = arrival.title if evidence.equal else pattern(arrival.title)
    if not why and _is_series(evidence, lambda: history(other.place, title)):
        why = SERIES
    return _Rival(other, evidence.likeness, evidence.like, why)


def _is_series(evidence: Evidence, had: Callable[[], int]) -> bool:
    """Tell whether the other's source puts the arrival's headline over ever new articles, and this may be the next.

    Learned from what it published before. A copy elsewhere is recognised all the same: on the same day, and entire.
    """
    if evidence.same_address or not evidence.patterned or had() < _SERIES:
        return False
    if evidence.same_source:
        return True
    return not (evidence.likeness.mutual >= 0.9 and not evidence.figures.replaced and not evidence.beyond(AGAIN))


def _may_turn(evidence: Evidence, why: str) -> bool:
    """Tell whether leaving out what the sources repeat under every article could turn the scale."""
    likeness = evidence.likeness
    if likeness.shared < SHORT:
        return False
    if evidence.same_source:
        return not why and not evidence.equal
    if not why:
        return likeness.opening < 10 or likeness.mutual < 0.6
    return why == LITTLE and (evidence.like or likeness.opening >= 10)


def _round_up(best: _Rival, rivals: Iterable[_Rival]) -> bool:
    """Tell whether the beginning of another story stands elsewhere in the arrival: a digest is a copy of none."""
    if best.like or best.likeness.ours > 0.6:
        return False
    ours = best.likeness.blocks
    return any(
        b[1] - b[0] >= SHORT and b[2] <= FRONT and all(b[1] <= o[0] or o[1] <= b[0] for o in ours)
        for rival in rivals
        if rival.candidate.story != best.candidate.story
        for b in rival.likeness.blocks
    )
