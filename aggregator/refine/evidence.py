"""What speaks for two entries being one article, and the rules that weigh it: "" for one, or why they are two.

Text is told from text by how it runs along the other's (shingles), a form from a copy by its figures.
Time counts against likeness: copies of news come within days, and what agrees years later has to agree entirely.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from aggregator.refine import headlines
from aggregator.refine.alignment import Likeness
from aggregator.refine.shingles import FRONT, Text

SHORT = 20  # words: shorter passages are names and idioms, shorter texts can't be told apart
LONG = 60  # words that nobody quotes from the start of another's article without marks
_DATELINE = 8  # words: a wire's story begins with its lead
_BRIEF = 40  # words: what one source says in fewer it may mean anew each time
_ENTIRE = 400  # words that no boilerplate has, and no standing invitation to an open thread
LITTLE = "too little in common"
SERIES = "another of a series"
HOUR = 3600
AGAIN = 36 * HOUR  # within which a wire sends its story again
_DAY = 12 * HOUR  # within which the same form is filled in once
_NEWS = 48 * HOUR  # within which news is copied
_WEEKS = 14 * 24 * HOUR  # within which articles are taken over


@dataclass(frozen=True, slots=True)
class Figures:
    """How the figures of two texts agree: in how many gaps some are `replaced`, how many of `count` are `unlike` any.

    `shared` is how many words the texts share.
    """

    replaced: int = 0
    unlike: int = 0
    count: int = 0
    shared: int = 0

    @property
    def agree(self) -> bool:
        """True if they may be one article's: a dateline apart, and a correction."""
        return self.unlike <= 1 + max(0.15 * self.count, self.shared / 200)


@dataclass(frozen=True)
class Evidence:
    """Two entries side by side. `apart` is how many seconds lie between them, None where that isn't known.

    `same_address` is whether they have one address that is no other's, `same_date` whether the publisher gives both
    one date. `recordings` are the addresses of what is to be heard or seen, where both have some.
    """

    ours: Text
    theirs: Text
    titles: tuple[str, str]
    likeness: Likeness
    same_source: bool
    same_address: bool = False
    same_date: bool = False
    apart: int | None = None
    recordings: tuple[str, str] | None = None

    @cached_property
    def like(self) -> bool:
        return headlines.titles_like(*self.titles)

    @cached_property
    def equal(self) -> bool:
        return self.titles[0] == self.titles[1] != ""

    @cached_property
    def patterned(self) -> bool:
        """True if one headline, or one pattern of it, stands over both."""
        one, other = self.titles
        return self.equal or headlines.pattern(one) == headlines.pattern(other) != ""

    @property
    def shorter(self) -> int:
        return min(self.ours.length, self.theirs.length)

    @cached_property
    def entire(self) -> bool:
        """True if next to all is the same in both, and no figure is another one."""
        likeness = self.likeness
        return likeness.mutual >= 0.9 and likeness.mutual + likeness.verbatim >= 1.96 and not self.figures.replaced

    @cached_property
    def figures(self) -> Figures:
        if not self.likeness.gaps and self.likeness.mutual >= 0.97:
            return Figures()  # nothing is another
        return _figures(self.ours, self.theirs, self.likeness)

    @property
    def daily(self) -> bool:
        """True if about a day lies between them: what comes at its hour."""
        return self.apart is not None and 20 * HOUR <= self.apart <= 28 * HOUR

    def within(self, seconds: int) -> bool:
        """Tell whether they are known to be at most so many seconds apart."""
        return self.apart is not None and self.apart <= seconds

    def beyond(self, seconds: int) -> bool:
        """Tell whether they are known to be more than so many seconds apart."""
        return self.apart is not None and self.apart > seconds


def _figures(ours: Text, theirs: Text, likeness: Likeness) -> Figures:
    replaced = 0
    for a0, a1, b0, b1 in likeness.gaps:
        if a0 < a1 and b0 < b1:
            a, b = ({w for w in part if headlines.is_figure(w)} for part in (ours.words[a0:a1], theirs.words[b0:b1]))
            replaced += bool(a - b and b - a)
    if not likeness.blocks:
        return Figures()
    a0, a1 = min(b[0] for b in likeness.blocks), max(b[1] for b in likeness.blocks)
    b0, b1 = min(b[2] for b in likeness.blocks), max(b[3] for b in likeness.blocks)
    a = {word for at, word in ours.numbers if a0 <= at < a1}
    b = {word for at, word in theirs.numbers if b0 <= at < b1}
    count = min(len(a), len(b))
    return Figures(replaced, count - len(a & b), count, likeness.shared)


# ── The rules ────────────────────────────────────────────────────────────────────────────────────────────────────────


def refusal(e: Evidence) -> str:
    """Say why two entries are two articles; "" if they are one."""
    short = e.shorter < SHORT
    if e.same_source and e.same_address and e.equal and e.same_date:
        return ""  # one document lists it twice
    if e.same_address and e.like and short and not e.same_source and not e.beyond(_NEWS) and _is_telling(e):
        return ""  # one address and one headline, and a mere teaser to compare
    if (e.like or e.same_source) and headlines.serial(*e.titles):
        return SERIES
    if not e.likeness.blocks or (e.likeness.shared < SHORT and not short):
        return LITTLE
    if short and e.same_source and not e.same_address:
        return "too short to tell"  # open threads, menus
    if e.same_source:
        return _within_source(e)
    if short:
        return "" if e.like and e.likeness.mutual >= 0.9 and not e.beyond(_NEWS) else "too short to tell"
    return _between_sources(e) or _later(e)


def _is_telling(e: Evidence) -> bool:
    """Tell whether the headline is more than a word that may stand over anything ("Trailer"), or no text denies it."""
    return " " in e.titles[0] or e.shorter < 5 or e.likeness.containment >= 0.3


def _within_source(e: Evidence) -> str:
    """Weigh two entries of one source, which repeats its words in many: what is one, it sends again within hours."""
    likeness = e.likeness
    if e.like and not e.same_address and headlines.numbered(*e.titles):
        return SERIES
    if e.beyond(AGAIN):
        again = e.equal and e.entire and likeness.shared >= _ENTIRE
        return "" if again else "published at another time in the same source"
    if e.recordings and e.recordings[0] != e.recordings[1]:
        return "another recording"
    if e.daily and e.shorter < 200:
        return "at the same hour of another day"  # an open thread, a show under its boilerplate
    if e.same_address and likeness.mutual >= 0.95 and (e.same_date or e.shorter >= LONG):
        return ""
    if e.shorter < _BRIEF and not e.same_date:
        return "too short to tell"  # "A => B", and the next day "B => A"
    if e.entire and e.shorter >= (LONG if e.equal or (e.like and not e.beyond(_DAY)) else 200):
        return ""
    if e.apart is None or e.same_date:
        return _side_by_side(e)
    return _again(e)


def _side_by_side(e: Evidence) -> str:
    """Weigh two entries of one source that came at once, or of which nobody knows when."""
    if not headlines.titles_same(*e.titles) and not (e.same_date and e.like):
        return "another headline in the same source"
    if e.figures.replaced or not e.figures.agree:
        return "the same words with other figures"
    if len(e.likeness.blocks) > 5 and e.likeness.mutual < 0.9:
        return "different passages among the same words"
    return "" if e.likeness.containment >= 0.7 and e.likeness.mutual >= 0.25 else LITTLE


def _again(e: Evidence) -> str:
    """Weigh whether a wire sends its own story again, lengthened, corrected, under another headline."""
    likeness, like = e.likeness, e.like
    if e.equal and not _side_by_side(e):
        return ""
    if (
        likeness.containment < (0.65 if like else 0.8)
        or likeness.beginning(_DATELINE) < SHORT
        or likeness.shared < _BRIEF
    ):
        return "another headline in the same source" if not like else LITTLE
    if len(likeness.blocks) > 5 and likeness.containment < 0.95:
        return "different passages among the same words"
    if not e.figures.agree or (e.figures.replaced and not (like and e.within(8 * HOUR))):
        return "the same words with other figures"
    if e.shorter < LONG and not e.within(12 * HOUR):
        return "too short to tell"
    return ""


def _between_sources(e: Evidence) -> str:
    """Weigh entries of two sources: under a like headline a part is enough, else the text has to speak for itself."""
    likeness, like = e.likeness, e.like
    if like:
        enough = likeness.mutual >= 0.33 or (likeness.opening >= SHORT and likeness.containment >= 0.25)
        enough = enough or (likeness.containment >= 0.5 and len(likeness.blocks) > 1)
    else:
        most = likeness.opening >= 10 or (likeness.containment >= 0.9 and likeness.shared >= 100)
        enough = likeness.mutual >= 0.7 or (likeness.mutual >= 0.6 and most)
        enough = enough or (likeness.opening >= SHORT and likeness.containment >= 0.5)
    if not enough:
        return LITTLE
    if _is_form(e):
        return "the same words with other figures"
    a0, a1, b0, _ = likeness.largest
    if likeness.mutual >= 0.6 or a1 - a0 < 0.6 * likeness.shared:
        return ""
    if min(a0, b0) > FRONT and likeness.opening < 10:
        return "one passage amid both texts"  # boilerplate, if anything
    if e.ours.quoted(a0) != e.theirs.quoted(b0):  # one passage, and marked as another's
        return "a quotation"
    if like:
        return ""
    if _headed(e.titles[0], e.theirs.words, b0) or _headed(e.titles[1], e.ours.words, a0):
        return "one item among others"
    return "both begin in their own way" if min(a0, b0) > 3 and a1 - a0 < LONG else ""


def _is_form(e: Evidence) -> bool:
    """Tell whether it is a form filled in anew."""
    return e.figures.replaced >= max(2, e.likeness.shared / 75) or not e.figures.agree


def _later(e: Evidence) -> str:
    """Weigh whether a copy comes too late for how much it agrees."""
    likeness = e.likeness
    if e.beyond(_WEEKS):
        same = e.entire and likeness.shared >= LONG and e.like
    elif e.beyond(_NEWS):
        same = (
            (likeness.mutual >= 0.6 or likeness.containment >= 0.9)
            and likeness.shared >= LONG
            and not e.figures.replaced
        )
    elif e.beyond(_DAY):
        same = likeness.containment >= 0.7 and not (e.figures.replaced and e.shorter < 150)
    else:
        return ""
    return "" if same else "too far apart in time for so much in common"


def _headed(title: str, text: Sequence[str], start: int) -> bool:
    """Tell whether the headline stands right before the passage, as in a digest; its end, which sites add, may lack."""
    headline = title.split()
    least = min(3, len(headline))
    return least > 1 and any(
        list(text[start - many : start]) == headline[:many] for many in range(least, min(start, len(headline)) + 1)
    )
