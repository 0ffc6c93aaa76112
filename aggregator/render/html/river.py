"""Stories → the page that shows them by day, the newest first: a whole output, or what a visitor asked for of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import ClassVar

from aggregator.render.html import templates
from aggregator.render.html.cards import Card
from aggregator.render.html.filters import Filter
from aggregator.render.html.site import Offer, Site
from aggregator.render.html.templates import Context
from aggregator.text import writable


@dataclass(frozen=True, slots=True)
class Day:
    """A day's stories. `date` is as in 2026-11-27, `name` for people."""

    date: str
    name: str
    cards: Sequence[Card]


@dataclass(frozen=True, slots=True)
class Choices:
    """What a visitor may choose from. Sources are rows with names; where there are too many there are none."""

    categories: Sequence[str] = ()
    languages: Sequence[str] = ()
    sources: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class River(Context):
    """What river.html is given."""

    template: ClassVar[str] = "river.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own: "" or "../"."""
    home: str
    """The address of the river's first page, from here."""
    offer: Offer | None
    """The output that it shows; None for all that there is."""
    days: Sequence[Day]
    """The stories by day."""
    newer: str = ""
    """The address of the page with newer stories, from here; "" for none."""
    older: str = ""
    """The address of the page with older stories, from here; "" for none."""
    asked: Filter = field(default_factory=Filter)
    """What the visitor asked for."""
    choices: Choices | None = None
    """What a visitor may choose from; None where this page offers no choice."""
    chosen: Sequence[tuple[str, str]] = ()
    """What the visitor chose, in words, each with the address of the page without it."""
    problem: str = ""
    """Why what is searched for is no query; "" if all is well."""
    plain: str = ""
    """The address at which the same words are searched for as they stand, if they are no query."""
    is_feed: bool = False
    """Whether it stands at the address of a feed, which a browser shows so."""
    is_first: bool = True
    """Whether it is the river's first page."""


def days(cards: Iterable[Card]) -> list[Day]:
    """Return the cards by day (UTC), in their order."""
    by_day = groupby(cards, lambda card: writable.moment(card.published).date())
    return [
        Day(date.isoformat(), templates.day(group[0].published), group) for date, found in by_day if (group := [*found])
    ]
