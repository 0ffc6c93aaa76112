"""How one source stands, and what it published → its page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar

from aggregator.model import Visit
from aggregator.render.html.cards import From
from aggregator.render.html.charts import Chart, Layer, chart, weekly_words
from aggregator.render.html.figures import counted, date
from aggregator.render.html.river import Day
from aggregator.render.html.site import Site
from aggregator.render.html.sources import OUTCOMES
from aggregator.render.html.templates import Context


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact about a source: what it is, and its value: words, or an instant `at`; `link` is where the words lead."""

    name: str
    words: str = ""
    at: int = 0
    link: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Failures in a row of one cause: the first and the last of them, how many, and the cause in one line."""

    first: int
    last: int
    count: int
    cause: str


@dataclass(frozen=True, slots=True)
class SourcePage(Context):
    """What source.html is given."""

    template: ClassVar[str] = "source.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own."""
    source: From
    """Its name and its mark."""
    state: str
    """How it stands, in a word."""
    paused: bool
    """Whether the operator paused it."""
    said: Sequence[str]
    """How it stands and why, in sentences."""
    facts: Sequence[Fact]
    """What else is known of it."""
    chart: Chart
    """How much it published."""
    visited: str
    """How its visits went, in a sentence."""
    visits: Sequence[Visit]
    """Its last visits, the latest first."""
    outcomes: Mapping[str, str]
    """What the outcome of a visit is called."""
    failures: Sequence[Failure]
    """Why it failed lately, the latest first."""
    days: Sequence[Day]
    """Its newest stories by day, the newest first."""


def said(state: str, failures: int, error: str, silent: int) -> list[str]:
    """Say how a source stands and why. `error` is one line, `silent` since when it is called silent, else 0."""
    cause = f": {error.rstrip('.')}." if error else "."
    words = {
        "ok": ["It is well."],
        "failing": [f"It can’t be fetched{cause}", f"{_times(failures)} so far; it is tried again."],
        "gone": ["It answered that it is gone for good (410), and is not visited any more. What it gave stays."],
        "pending": ["It hasn’t been visited yet."],
        "paused": ["It is paused: nobody visits it. What it gave stays."],
    }[state]
    if state == "ok" and error:  # some files of a folder
        words = [f"It is well, but for some of it{cause}"]
    if silent:
        words = [*words, f"It has published nothing new since {date(silent)}, much longer than is usual with it."]
    return words


def _times(failures: int) -> str:
    return "It failed once" if failures == 1 else f"It failed {failures:,} times in a row"


def weekly(start: int, step: int, counts: Sequence[int]) -> Chart:
    """Return the chart of what it published."""
    return chart("Entries a week", f"{weekly_words(counts)}.", start, step, [Layer("entries", "of-entries", counts)])


def visited(counts: Mapping[str, int], days: int) -> str:
    """Say how the visits of so many days went; `counts` has their number by outcome."""
    if not counts:
        return "It has not been visited."
    told = ", ".join(f"{counts[outcome]:,} {words}" for outcome, words in OUTCOMES.items() if counts.get(outcome))
    return f"{counted(sum(counts.values()), 'visit')} in the last {counted(days, 'day')}: {told}."


def failures(visits: Iterable[Visit], most: int) -> list[Failure]:
    """Return the causes of failed visits, which come the latest first; those of one cause in a row are one."""
    found = []
    for cause, group in groupby(visits, lambda visit: visit.detail):
        same = list(group)
        found.append(Failure(same[-1].at, same[0].at, len(same), cause or "no cause was noted"))
    return found[:most]
