"""What headlines say: which are one, which are alike, and which tell two articles of a series apart.

A headline is compared in a normal form: its words (NFKC, case folded), without what copies put around it, which are a
wire's marks ("UPDATE 1-", "(corrected)") and the name of the site. A name is what the source's own title or host says,
or what most of its headlines end with; never just what stands behind a dash: "The Morning Brief – Elections".
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache

from aggregator.model import host_of
from aggregator.refine.shingles import words
from aggregator.text import characters

_PART = re.compile(r"\s+(?:[|–—-]|::|//|»|«|·|•|:)\s+|\s*\|\s*|:\s+")
_RESENT = re.compile(
    r"^(?:updated?|corrected|correction|rpt|repeat|refiled?|amended)(?: \d{1,2})? "
    r"| (?:updated?|corrected|correction|amended)(?: \d{1,2})?$"
)
_OFTEN = 5  # headlines from which a document tells what it ends them with
_DAYS = "monday tuesday wednesday thursday friday saturday sunday mon tue wed thu fri sat sun"
_MONTHS = (
    "january february march april may june july august september october november december"
    " jan feb mar apr jun jul aug sep sept oct nov dec"
    " januar februar märz mai juni juli oktober dezember"
    " janvier février mars avril juin juillet août septembre octobre novembre décembre"
    " enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"
)
_NUMBERS = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred half quarter"
)
_ORDINALS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth final"
    " erste zweite dritte vierte fünfte premier première deuxième troisième quatrième primera segunda tercera"
)
# Figures that are written in two ways: "4" and "four", "1st" and "first", "Jan" and "January".
_VALUES = (
    {word: str(value) for value, word in enumerate(_NUMBERS.split()[:20], 1)}
    | {f"{value}{end}": str(value) for value in range(1, 32) for end in ("st", "nd", "rd", "th")}
    | {word: str(value) for value, word in enumerate(_ORDINALS.split()[:12], 1)}
    | {month: month[:3] for month in _MONTHS.split()[:25]}
)
_ROMAN = "ii iii iv vi vii viii ix xi xii xiii xiv xv xvi"
_STAGES = frozenset(
    ("alpha", "beta", "rc", "candidate", "final", "preview", "snapshot", "nightly", "milestone", "patch", "hotfix")
)
_PARTS = frozenset(
    ("part", "parts", "episode", "ep", "chapter", "volume", "vol", "issue", "edition", "season", "series", "day",
     "week", "month", "year", "teil", "folge", "kapitel", "partie", "épisode", "parte", "capítulo", "puntata")
)  # fmt: skip
_FIGURES = frozenset(f"{_DAYS} {_MONTHS} {_NUMBERS} {_ORDINALS} {_ROMAN}".split()) | _STAGES
_YEAR = re.compile(r"(?:1[89]|20)\d\d")
_VERSION = re.compile(r"v?\d+(?:[a-z]{1,6}\d*)?|\d+(?:st|nd|rd|th|e|er|º|ª)")


# ── The normal form ──────────────────────────────────────────────────────────────────────────────────────────────────


def headline(title: str, names: Iterable[str] = ()) -> str:
    """Return the title's normal form, without a wire's marks and a site's name; `names` are those of site_names()."""
    kept = _without(title, frozenset(names)) if names else title
    return _RESENT.sub("", " ".join(words(kept)))


def site_names(titles: Iterable[str], addresses: Iterable[str], headlines: Sequence[str] = ()) -> frozenset[str]:
    """Return what a source is called: by its titles and their parts, its hosts, and what its headlines end with."""
    names = {_squeezed(part) for title in titles for part in (title, *_PART.split(title))}
    names |= {name for address in addresses for name in _hosts(host_of(address))}
    if len(headlines) >= _OFTEN:
        ends = Counter(_squeezed(parts[-1]) for title in headlines if len(parts := _PART.split(title)) > 1)
        names |= {end for end, count in ends.most_common(1) if count > len(headlines) / 2}
    return frozenset(names) - {""}


def _hosts(host: str) -> Iterable[str]:
    """Return a host's names: "www.the-herald.co.uk" as it is, without "www.", and without each part of its end."""
    labels = host.removeprefix("www.").split(".")
    yield _squeezed(host)
    yield _squeezed(".".join(labels))
    yield from (_squeezed(".".join(labels[:at])) for at in range(1, len(labels)))


def _squeezed(name: str) -> str:
    return "".join(characters.words(name)).removeprefix("the")


def _without(title: str, names: frozenset[str]) -> str:
    """Return the title without a name that it ends or begins with; one that is nothing but a name stays."""
    separators = [match.span() for match in _PART.finditer(title)]
    for start, end in separators:
        if title[:start].strip() and _squeezed(title[end:]) in names:
            return _without(title[:start], names)
    for start, end in separators[:1]:
        if title[end:].strip() and _squeezed(title[:start]) in names:
            return title[end:]
    return title


# ── Two headlines ────────────────────────────────────────────────────────────────────────────────────────────────────


def titles_like(one: str, other: str) -> bool:
    """Tell whether two headlines can stand over one article: most words of the shorter are in the longer."""
    a, b = set(one.split()), set(other.split())
    return bool(a and b) and (one == other or len(a & b) >= max(2, 0.6 * min(len(a), len(b))))


def titles_same(one: str, other: str) -> bool:
    """Tell whether a source would put both over one article: one is the other, or a part of two words or more."""
    short, long = sorted((one, other), key=len)
    return bool(short) and (short == long or (" " in short and f" {short} " in f" {long} "))


def is_figure(word: str) -> bool:
    """Tell whether a word counts or dates: digits, numbers and ordinals in words, days, months, stages of a version."""
    return word in _FIGURES or (not word.isalpha() and any(character.isdigit() for character in word))


def serial(one: str, other: str) -> bool:
    """Tell whether two headlines are of two articles in a series: alike, and each has a figure that the other lacks.

    #12 and #13, v1.2 and v1.2.1, "beta 1" and "rc 1", the fourth and the fifth, March and April, wherever it stands.
    """
    a, b = _figures(one), _figures(other)
    if not (a - b and b - a):
        return False
    mine, theirs = _others(one), _others(other)
    return len(mine & theirs) >= 0.6 * len(mine | theirs) or _parted_by_figures(one.split(), other.split())


def _parted_by_figures(one: Sequence[str], other: Sequence[str]) -> bool:
    """Tell whether the first words that differ are figures: "Changeset 12 - roads", "Changeset 13 - rivers"."""
    same = next((i for i, (x, y) in enumerate(zip(one, other, strict=False)) if x != y), -1)
    return (
        same >= 0 and _is_numbering(one[same]) and _is_numbering(other[same]) and (same > 0 or one[1:2] == other[1:2])
    )


def numbered(one: str, other: str) -> bool:
    """Tell whether only one of two like headlines says which of a series it is: a year, a part, a version's stage."""
    a, b = _figures(one), _figures(other)
    if bool(a - b) == bool(b - a):
        return False
    numbers = {word for run in (a - b) + (b - a) for word in run.split()}
    words_ = set(one.split()) ^ set(other.split())
    return bool((numbers | words_) & _STAGES or words_ & _PARTS or any(_YEAR.fullmatch(word) for word in numbers))


@lru_cache(4096)
def _figures(title: str) -> Counter[str]:
    """Return the figures of a headline, each run of them as one: "8 5 beta 1" is a version, and so is "8 5"."""
    runs: list[list[str]] = [[]]
    for word in title.split():
        if _is_numbering(word):
            runs[-1].append(_VALUES.get(word) or (word.removeprefix("v") if word[1:].isdigit() else word))
        elif runs[-1]:
            runs.append([])
    return Counter(" ".join(run) for run in runs if run)


def _others(title: str) -> set[str]:
    return {word for word in title.split() if not _is_numbering(word)}


def _is_numbering(word: str) -> bool:
    return is_figure(word) or _VERSION.fullmatch(word) is not None


def pattern(title: str) -> str:
    """Return the headline with "#" for every run of figures, as a series has it over each article; "" if none."""
    parts: list[str] = []
    for word in title.split():
        if not _is_numbering(word):
            parts.append(word)
        elif parts[-1:] != ["#"]:
            parts.append("#")
    return " ".join(parts) if "#" in parts and len(parts) > 2 else ""
