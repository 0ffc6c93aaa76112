"""A page that says what is the matter, and what to do: nothing here, nothing yet, not now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from aggregator.render.html.site import Site
from aggregator.render.html.templates import Context

_NEWEST = ("The newest stories", "")


@dataclass(frozen=True, slots=True)
class Message(Context):
    """What message.html is given."""

    template: ClassVar[str] = "message.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own."""
    heading: str
    """What is the matter, in a few words."""
    said: Sequence[str]
    """What more there is to say, a paragraph each."""
    ways: Sequence[tuple[str, str]] = ()
    """Where to go from here: words, and an address from the site's own."""


def not_found(site: Site, up: str) -> Message:
    """Return the page for an address at which there is nothing."""
    return Message(
        site,
        up,
        "There is no such page",
        ("The address may be mistyped, or what was there is gone: stories are kept as long as the operator wants it.",),
        (_NEWEST, ("All sources", "sources")) if site.shows_sources else (_NEWEST,),
    )


def withdrawn(site: Site, up: str) -> Message:
    """Return the page of a story that was taken back."""
    return Message(
        site,
        up,
        "This article was withdrawn",
        ("It was taken out of this site, and is in none of its feeds and archives any more.",),
        (("The newest stories", ""),),
    )


def let_go(site: Site, up: str) -> Message:
    """Return the page of a story that is stored no longer."""
    return Message(
        site,
        up,
        "This article is kept no longer",
        ("It was here, and made way for newer ones. Its publisher may still have it.",),
        (_NEWEST,),
    )


def first_start(site: Site, up: str, sources: int) -> Message:
    """Return the page of a site that hasn't visited its sources yet. It is to be asked for again after a while."""
    if not sources:
        return Message(
            site,
            up,
            "Nothing is read here yet",
            (
                "Add a feed or a folder of articles: aggregator add https://example.org/",
                "One that runs reads its config again when it is told to: systemctl reload aggregator (SIGHUP).",
            ),
        )
    visiting = f"Visiting {sources} source{'s' * (sources != 1)}…"
    return Message(site, up, visiting, ("The first stories come in a moment; this page looks for them by itself.",))


def upgrading(site: Site, up: str) -> Message:
    """Return the page for the time in which the database can't be read."""
    return Message(
        site,
        up,
        "Back in a moment",
        (
            "The database is being brought up to date, with all that is in it; this page looks again by itself.",
            "The feeds are there as before.",
        ),
    )


def troubled(site: Site, up: str) -> Message:
    """Return the page for what can't be read now."""
    return Message(
        site,
        up,
        "This can't be shown at the moment",
        ("The store can't be read. The feeds are there as they were published last; try again in a few minutes.",),
    )


def too_long(site: Site, up: str) -> Message:
    """Return the page for what takes longer to find than others can be kept waiting."""
    return Message(
        site,
        up,
        "This takes too long",
        (
            "It would take longer to find than others can be kept waiting.",
            "Search for whole words instead of their beginnings, for fewer of them, or in a shorter time; or try again"
            " in a few minutes, if much is going on here.",
        ),
        (_NEWEST,),
    )


def busy(site: Site, up: str) -> Message:
    """Return the page for the time in which too many ask at once."""
    return Message(
        site,
        up,
        "Too many are asking at the moment",
        ("Try again in a few minutes. The feeds are there as always.",),
        (_NEWEST,),
    )
