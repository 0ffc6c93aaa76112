"""How all sources stand, and what came of the visits to them → the page that lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from aggregator.render.html.cards import From
from aggregator.render.html.charts import Chart, Layer, chart
from aggregator.render.html.figures import counted
from aggregator.render.html.listing import Listing
from aggregator.render.html.site import Site
from aggregator.render.html.templates import Context

if TYPE_CHECKING:
    from markupsafe import Markup

OUTCOMES = {"ok": "changed", "unchanged": "unchanged", "malformed": "malformed", "failed": "failed", "gone": "gone"}
"""How a visit ended, by its outcome's value, as a page says it."""
_HEADINGS = (
    ("name", "Source"),
    ("state", "State"),
    ("entries", "Entries"),
    ("silent", "Newest entry"),
    ("last", "Last visit"),
    ("next", "Next visit"),
    ("latency", "Latency"),
    ("", "Saved"),
    ("failures", "Failures"),
)
_NUMBERS = frozenset({"Latency", "Saved", "Failures"})
_SORTED = {
    "name": "Name",
    "state": "State",
    "last": "Last visit",
    "next": "Next visit",
    "entries": "Number of entries",
    "failures": "Failures in a row",
    "silent": "Longest silence",
    "latency": "Latency",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A source in the list. Instants are 0, `latency` is negative, and `saved` 0 where there is none.

    `error` is why it failed last, `reason` why it is visited next when it is, `silent` since when it is called silent,
    and `spark` shows how much it publishes.
    """

    source: From
    category: str
    state: str
    error: str
    failures: int
    entries: int
    spark: Markup
    newest: int
    silent: int
    last: int
    next: int
    reason: str
    latency: float
    saved: int


@dataclass(frozen=True, slots=True)
class Heading:
    """A column: its heading, whether it holds numbers, and the address of the list sorted by it, "" for none.

    `sorted` is aria-sort's word for how the list is sorted by it now, "" where it isn't.
    """

    words: str
    is_number: bool
    link: str
    sorted: str


@dataclass(frozen=True, slots=True)
class Sources(Context):
    """What sources.html is given."""

    template: ClassVar[str] = "sources.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own."""
    asked: Listing
    """What the visitor asked for."""
    states: Sequence[tuple[str, int, str]]
    """The states with the number of sources in each, and the address of the list of these; the first is "", of all."""
    found: int
    """How many sources are in the list, on all its pages."""
    first: int
    """Which of them is the first on this page, from 1 on."""
    headings: Sequence[Heading]
    """The columns."""
    rows: Sequence[Row]
    """The sources on this page."""
    charts: Sequence[Chart]
    """What came of all visits."""
    categories: Sequence[str]
    """The categories that a visitor may choose from."""
    orders: Mapping[str, str]
    """What a visitor may sort by, with its name."""
    newer: str
    """The address of the page before, "" for none."""
    older: str
    """The address of the page after this one, "" for none."""


def headings(asked: Listing) -> list[Heading]:
    """Return the columns of the list."""
    way = "descending" if asked.descending else "ascending"
    return [
        Heading(words, words in _NUMBERS, asked.sorted_by(sort) if sort else "", way if sort == asked.by else "")
        for sort, words in _HEADINGS
    ]


def orders() -> Mapping[str, str]:
    """Return what a visitor may sort by."""
    return _SORTED


def states(asked: Listing, counts: Mapping[str, int]) -> list[tuple[str, int, str]]:
    """Return the states that there are, with the number of sources in each, the worst first."""
    from aggregator.render.html.listing import STATES

    found = [(state, counts[state], asked.with_(state=state, page="")) for state in STATES if counts.get(state)]
    return [("", sum(counts.values()), asked.with_(state="", page="")), *found]


def outcomes(start: int, step: int, counts: Mapping[str, Sequence[int]]) -> Chart:
    """Return the chart of visits by outcome; outcomes that never came are left out, but for the ordinary ones."""
    layers = [
        Layer(words, f"of-{outcome}", counts[outcome])
        for outcome, words in OUTCOMES.items()
        if outcome in counts and (outcome in {"ok", "unchanged", "failed"} or any(counts[outcome]))
    ]
    told = ", ".join(f"{layer.total:,} {layer.name}" for layer in layers if layer.total)
    length = max((len(layer.values) for layer in layers), default=0)
    words = f"{counted(sum(layer.total for layer in layers), 'visit')} in {counted(length, 'hour')}"
    return chart("Visits by outcome an hour", f"{words}: {told}." if told else f"{words}.", start, step, layers)


def stories(start: int, step: int, counts: Sequence[int]) -> Chart:
    """Return the chart of new stories."""
    total, length = sum(counts), len(counts)
    words = f"{counted(total, 'new story', 'new stories')} in {counted(length, 'day')}, {counts[-1]:,} today."
    return chart("New stories a day", words, start, step, [Layer("new stories", "of-stories", counts)])


def copies(start: int, step: int, counts: Sequence[int]) -> Chart:
    """Return the chart of the copies that were recognised as stories known already."""
    total, length = sum(counts), len(counts)
    words = (
        f"{counted(total, 'article was', 'articles were')} recognised as known already in {counted(length, 'day')}, "
        f"{counts[-1]:,} today."
    )
    return chart("Copies recognised a day", words, start, step, [Layer("copies", "of-copies", counts)])
