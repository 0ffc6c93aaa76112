"""Recognising an article: which story an arrival joins, and why; or why it doesn't join the nearest.

Pure: the store looks stored copies up by a fingerprint's features and its address, and asks `decide`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from hashlib import blake2b

from aggregator.model import Entry, Fingerprint
from aggregator.refine import text, urls
from aggregator.refine.shingles import COMPARED, FRONT, Likeness, Text, compare, features, hashes, pack, words

Feed = tuple[int, str]
"""What an entry came in: a source, and a document of it."""

_SHORT = 20  # words: shorter passages are names, idioms and notices, shorter texts can't be told apart
_LONG = 60  # words that nobody quotes from the start of another's article without marks

_LITTLE = "too little in common"

_SITE = re.compile(r"^(.{8,}\S)\s+(?:[|–—-]|::|//|»|·)\s+\S+(?:\s+\S+){0,4}$")
_UPDATED = re.compile(r"^(?:updated?|corrected|correction)(?: \d{1,2})? | (?:updated?|corrected)$")
_SHOWN = 40  # words of a passage that are kept to be shown
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stored copy that the arrival may be a copy of. `title` is its headline; `source` says which feed it came in."""

    story: int
    title: str
    url: str
    text: str
    source: Feed = (0, "")
    shingles: bytes = b""


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


def fingerprint(entry: Entry) -> Fingerprint:
    """What recognises the entry wherever it appears again. It costs a quarter of a millisecond: workers do it."""
    body = text.plain(entry.content) or text.plain(entry.summary)
    found, title = words(body), headline(entry.title)
    hashed = hashes(found)
    return Fingerprint(
        url=urls.canonical(entry.link),
        title=title,
        text=body,
        text_hash=_hash(found) if found else 0,
        words=len(found),
        features=features(found, title, hashed),
        shingles=pack(hashed if len(body) <= COMPARED else hashes(words(body[:COMPARED]))),
    )


def _hash(found: Sequence[str]) -> int:
    digest = blake2b(" ".join(found).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True) or 1


# ── What titles and figures say ──────────────────────────────────────────────────────────────────────────────────────


def headline(title: str) -> str:
    """The title's normal form, without what copies put around it: "UPDATE 1-", "(updated)", "| The Site"."""
    found = _SITE.match(title)
    return _UPDATED.sub("", " ".join(words(found[1] if found else title)))


def titles_like(one: str, other: str) -> bool:
    """Whether two headlines can stand over one article: most words of the shorter are in the longer."""
    a, b = set(one.split()), set(other.split())
    return bool(a and b) and (one == other or len(a & b) >= max(2, 0.6 * min(len(a), len(b))))


def titles_same(one: str, other: str) -> bool:
    """Whether a source would put both over one article: one is the other, or a part of two words or more."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (short == long or (" " in short and f" {short} " in f" {long} "))


def titles_clash(one: str, other: str) -> bool:
    """Whether they tell two of a series apart, #12 and #13, v1.2 and v1.3: the first word that differs is a number."""
    a, b = one.split(), other.split()
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), -1)
    return same >= 0 and _number(a[same]) and _number(b[same]) and (same > 0 or a[1:2] == b[1:2])


def _number(word: str) -> bool:
    return not word.isalpha() and any(character.isdigit() for character in word)


def _another_day(one: str, other: str) -> bool:
    """Whether two headlines differ by names of days and months only: a template that is filled in every day."""
    a, b = set(one.split()), set(other.split())
    return bool(a - b) and bool(b - a) and (a ^ b) <= {*_DAYS, *_MONTHS}


def _refilled(one: Text, other: Text, found: Likeness) -> bool:
    """Whether figures are replaced where the words stay: a form filled in anew. A copy keeps its figures."""
    gaps = [gap for gap in found.gaps if gap[0] < gap[1] and gap[2] < gap[3]]
    enough = max(2, found.shared / 75)
    if len(gaps) < enough:
        return False  # for most texts: their words are not asked for
    changed = 0
    for a0, a1, b0, b1 in gaps:
        a, b = ({word for word in part if _number(word)} for part in (one.words[a0:a1], other.words[b0:b1]))
        changed += bool(a - b and b - a)
    return changed >= enough


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
    *,
    by_text: bool = True,
    read: Callable[[str, bytes], Text] = Text,
) -> Decision:
    """Which story the arrival joins: of those that the rules let it join, the one that shares most with it.

    `repeated` gives the notices of a source; it is asked only where they could turn the scale. Without `by_text` only
    the address counts. `read` may remember texts that are compared again.
    """
    candidates = sorted(candidates, key=lambda c: (c.story, c.url != arrival.url, c.title, c.source, c.text))
    page = next((c for c in candidates if _same_page(arrival, source, c)), None)
    if page or not candidates or not by_text:
        return Decision(page.story, "url", 1.0) if page else Decision()
    ours = read(arrival.text, arrival.shingles)
    rivals = [_compared(arrival, source, (ours, read(c.text, c.shingles)), c, repeated) for c in candidates]
    best = max(rivals, key=lambda r: (not r.why, r.like and not r.why, r.likeness.ours + r.likeness.theirs))
    start, length = best.likeness.passage
    passage = ours.excerpt(start, min(length, _SHOWN))
    why = best.why or ("the arrival holds pieces of several stories" if _round_up(best, rivals) else "")
    if why:
        return Decision(0, "new", best.likeness.containment, passage, length, best.candidate.story, why)
    how = "url" if arrival.url and arrival.url == best.candidate.url else "text"
    also = {r.candidate.story for r in rivals if not r.why and _proves(r.likeness)} - {best.candidate.story}
    return Decision(best.candidate.story, how, best.likeness.containment, passage, length, also=tuple(sorted(also)))


def _proves(found: Likeness) -> bool:
    """Whether next to all of one text is in the other: what is like the arrival in this way is one story."""
    return found.containment >= 0.9 and found.shared >= 30


def _same_page(arrival: Fingerprint, source: Feed, candidate: Candidate) -> bool:
    """Whether two feeds list one page: one address under one headline, however much of it each of them gives.

    Not within a feed: one that lists two entries with one address and one title means two, open threads or menus.
    """
    return (
        bool(arrival.url)
        and arrival.url == candidate.url
        and source != candidate.source
        and arrival.title == candidate.title != ""  # "Link: …" heads a comment on the page
    )


def _compared(
    arrival: Fingerprint,
    source: Feed,
    texts: tuple[Text, Text],
    candidate: Candidate,
    repeated: Callable[[Feed], AbstractSet[int]],
) -> _Rival:
    ours, theirs = texts
    titles = (arrival.title, candidate.title)
    same_page = bool(arrival.url) and arrival.url == candidate.url
    same_source = source == candidate.source
    found = compare(ours, theirs)
    why = _refusal(ours, theirs, titles, found, same_page, same_source)
    like = titles_like(*titles)
    weak = found.opening < 10 or found.mutual < 0.6
    if (
        not same_source
        and found.shared >= _SHORT
        and (weak if not why else why == _LITTLE and (like or found.opening >= 10))
    ):
        noticed = repeated(source) | repeated(candidate.source)
        if noticed:
            found = compare(ours, theirs, noticed)
            why = _refusal(ours, theirs, titles, found, same_page, same_source)
    return _Rival(candidate, found, like, why)


def _round_up(best: _Rival, rivals: Iterable[_Rival]) -> bool:
    """Whether the beginning of another story stands elsewhere in the arrival: a digest is a copy of none."""
    if best.like or best.likeness.ours > 0.6:
        return False
    ours = best.likeness.blocks
    return any(
        b[1] - b[0] >= _SHORT and b[2] <= FRONT and all(b[1] <= o[0] or o[1] <= b[0] for o in ours)
        for rival in rivals
        if rival.candidate.story != best.candidate.story
        for b in rival.likeness.blocks
    )


def _refusal(
    ours: Text, theirs: Text, titles: tuple[str, str], found: Likeness, same_page: bool, same_source: bool
) -> str:
    """Why the arrival is no copy of the candidate; "" if it is one."""
    like = titles_like(*titles)
    short = min(ours.length, theirs.length) < _SHORT
    if same_page and like and short and not same_source:
        return ""  # one address and one headline, and a mere teaser to compare
    if (like or same_source) and titles_clash(*titles):
        return "another of a series"
    if not found.blocks or (found.shared < _SHORT and not short):
        return _LITTLE
    if _refilled(ours, theirs, found):
        return "the same words with other figures"
    if short and same_source and not same_page:
        return "too short to tell"  # open threads, menus
    if same_source:
        return _here(titles, same_page, ours.length, found)
    if short:
        return "" if like and found.mutual >= 0.9 else "too short to tell"
    return _elsewhere(ours, theirs, titles, found)


def _here(titles: tuple[str, str], same_page: bool, length: int, found: Likeness) -> str:
    """Within one source: it repeats its own words in many articles, and seldom changes a headline."""
    if _another_day(*titles):
        return "another of a series"
    if found.mutual >= 0.95 and (same_page or length >= (_LONG if titles_like(*titles) else 200)):
        return ""
    if not titles_same(*titles):
        return "another headline in the same source"
    return "" if found.containment >= 0.7 and found.mutual >= 0.25 else _LITTLE


def _elsewhere(ours: Text, theirs: Text, titles: tuple[str, str], found: Likeness) -> str:
    """Between sources: under a like headline a part is enough, under another one the text has to speak for itself."""
    like = titles_like(*titles)
    if like:
        enough = found.mutual >= 0.33 or (found.opening >= _SHORT and found.containment >= 0.25)
        enough = enough or (found.containment >= 0.5 and len(found.blocks) > 1)
    else:
        enough = found.mutual >= 0.7 or (found.mutual >= 0.6 and found.opening >= 10)
        enough = enough or (found.opening >= _SHORT and found.containment >= 0.5)
    if not enough:
        return _LITTLE
    a0, a1, b0, _ = found.largest
    if found.mutual >= 0.6 or a1 - a0 < 0.6 * found.shared:
        return ""
    if min(a0, b0) > FRONT and found.opening < 10:
        return "one passage amid both texts"  # a notice, if anything
    if ours.quoted(a0) != theirs.quoted(b0):  # one passage, and marked as another's
        return "a quotation"
    if like:
        return ""
    if _headed(titles[0], theirs.words, b0) or _headed(titles[1], ours.words, a0):
        return "one item among others"
    return "both begin in their own way" if min(a0, b0) > 3 and a1 - a0 < _LONG else ""


def _headed(title: str, found: Sequence[str], start: int) -> bool:
    """Whether the headline stands right before the passage, as in a digest."""
    wanted = title.split()
    return len(wanted) > 1 and start >= len(wanted) and list(found[start - len(wanted) : start]) == wanted
