"""Store → values → the HTML pages that the server answers with; each is for a thread of its own.

What can't be read is a page, too: one that says what is the matter. The static site (site.py) is made of the same
values, and so of the same bytes.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from sqlite_utils import Database

from aggregator.config import STATUS, Config
from aggregator.model import StoreError
from aggregator.outbound import rivers, stories
from aggregator.outbound.cards import Cards
from aggregator.outbound.outputs import site_of, status_channel
from aggregator.outbound.sources import list_page, source_page
from aggregator.render import status
from aggregator.render.formats import FORMATS
from aggregator.render.html import message, river
from aggregator.render.html.cards import card
from aggregator.render.html.filters import Filter
from aggregator.render.html.listing import Listing
from aggregator.render.html.message import Message
from aggregator.render.html.river import River
from aggregator.render.html.site import offer_of
from aggregator.render.html.templates import Context
from aggregator.store import former, incidents, standings
from aggregator.store.database import NAME, bound, files, is_behind, is_over, reading

log = logging.getLogger(__name__)
_NOBODY: Mapping[str, str] = MappingProxyType({})
_PATIENCE = 30.0  # seconds that a page may take
_SOON = 5  # seconds after which a page that waits for something asks again


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it is answered: in `refresh` seconds the browser asks again, 0 for never; `moved` is where it is now,
    an address from the site's own."""

    body: bytes = b""
    status: int = 200
    refresh: int = 0
    moved: str = ""


def stamp(data: Path) -> tuple[tuple[int, int], ...]:
    """Return what changes whenever something is stored: what a page was made of is the same while this is."""
    return tuple(map(_stamp, files(data)))


def _stamp(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except OSError:
        return 0, 0
    return (status.st_mtime_ns, status.st_size) if status.st_size else (0, 0)  # who only reads makes an empty log


Read = Callable[[Database], Context | Page | None]
"""What makes a page of an open store; None where there is no such page."""


def answer(
    data: Path, config: Config, up: str, read: Read, operator: Mapping[str, str] = _NOBODY, seconds: float = _PATIENCE
) -> Page:
    """Return the page that `read` gives, at an address from which the way to the site's own is `up`; or what is wrong.

    `operator` is what the page has of an operator who is signed in (`Context.render`). What is asked of the database
    may take so many seconds: a few prefixes ("a* OR b* …") that a stranger types would take half a minute among 100,000
    articles. A bug is logged with its traceback, and is no answer but to say so.
    """
    site = replace(site_of(config), **operator)  # type: ignore[arg-type]
    try:
        with reading(data) as database:
            bound(database, seconds)
            made = read(database)
            if isinstance(made, Page):
                return made
            return Page(made.render(operator)) if made else Page(message.not_found(site, up).render(), 404)
    except (StoreError, sqlite3.Error) as error:
        if is_over(error):
            return Page(message.too_long(site, up).render(), 503)
        if not (data / NAME).exists():
            return Page(message.first_start(site, up, _count(config)).render(), 503, _SOON)
        if is_behind(data):
            return Page(message.upgrading(site, up).render(), 503, _SOON)
        log.warning("a page can't be shown: %s", error)
        return Page(message.troubled(site, up).render(), 503)


def busy(config: Config, up: str) -> Page:
    """Return the page for the time in which too many ask for too much."""
    return Page(message.busy(site_of(config), up).render(), 503)


def not_found(config: Config, up: str) -> Page:
    """Return the page for an address at which there is nothing."""
    return Page(message.not_found(site_of(config), up).render(), 404)


def newest(config: Config, cards: Cards, name: str, now: int, up: str, *, is_feed: bool = False) -> Read:
    """Return what makes the first page of the river `name`; `is_feed` at the address of its feed."""

    def read(database: Database) -> Context | Page | None:
        if name == STATUS:
            return _status(database, config, up, is_feed=is_feed)
        course = _course(config, name, now)
        if course is None:
            return None
        begins, choices = rivers.behind_first(database, course), rivers.choices_of(database, config)
        page = rivers.first_page(database, config, course, up, begins, choices=choices, cards=cards, is_feed=is_feed)
        if not page.days and not is_feed and (waiting := _first_start(database, config, up)):
            return Page(waiting.render(), 200, _SOON * bool(config.sources))
        return page

    return read


def older(config: Config, cards: Cards, name: str, page: str, now: int) -> Read:
    """Return what makes a page with older stories."""

    def read(database: Database) -> Context | None:
        course = _course(config, name, now)
        place = rivers.place_of(database, course, page) if course else None
        return rivers.older_page(database, config, course, place, cards) if course and place else None

    return read


def asked(config: Config, cards: Cards, name: str, asked: Filter, now: int, up: str) -> Read:
    """Return what makes the page with what a visitor asks for."""

    def read(database: Database) -> Context | None:
        course = _course(config, name, now)
        return rivers.asked_page(database, config, course, asked, up, cards) if course else None

    return read


def story(config: Config, name: str) -> Read:
    """Return what makes the page of the story with this name, or says where it is now."""

    def read(database: Database) -> Context | Page | None:
        urn = f"urn:uuid:{name}"
        found = stories.find(database, urn)
        if found is not None and found.story != urn:
            return Page(moved=site_of(config).story(found.story))
        if found is not None and found.hidden:
            return Page(message.withdrawn(site_of(config), "../").render(), 410)
        if found is None and former.former(database, [urn]):
            return Page(message.let_go(site_of(config), "../").render(), 410)
        return stories.page(database, config, found, "../") if found else None

    return read


def sources(config: Config, asked: Listing, now: int) -> Read:
    """Return what makes the list of the sources that a visitor asks for."""
    return lambda database: list_page(database, config, asked, now)


def source(config: Config, cards: Cards, number: int, now: int) -> Read:
    """Return what makes the page of the source in this row."""
    return lambda database: source_page(database, config, number, now, cards)


def _course(config: Config, name: str, now: int) -> rivers.Course | None:
    return next((course for course in rivers.courses(config, now) if course.name == name), None)


def _first_start(database: Database, config: Config, up: str) -> Message | None:
    """Return the page of a site whose sources are being visited for the first time, None where they were."""
    if _count(config) and not standings.pending(database):
        return None
    return message.first_start(site_of(config), up, _count(config))


def _count(config: Config) -> int:
    return sum(source.enabled for source in config.sources)


def _status(database: Database, config: Config, up: str, *, is_feed: bool) -> River:
    """Return the page of the sources' states, at the address of their feed or at its own."""
    site = site_of(config)
    cards = [card(site, story) for story in status.stories(incidents.recent(database))]
    offer = offer_of(STATUS, status_channel(config), tuple(FORMATS))
    return River(site, up, up or "./", offer, river.days(cards), is_feed=is_feed)
