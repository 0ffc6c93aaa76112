"""What every page shows around its own content: the site's name, the ways to its rivers, where to subscribe."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from zlib import crc32

from aggregator.model import Channel
from aggregator.render import items
from aggregator.text import writable

HUES = 24
"""How many colours a source's mark may have; the stylesheet has a class for each."""


@dataclass(frozen=True, slots=True)
class Offer:
    """An output that can be subscribed to: what it says of itself, and format's suffix → its public address.

    `label` is its name among the site's other outputs.
    """

    label: str
    channel: Channel
    addresses: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Site:
    """The operator's words, and what there is. `language` is that of what names none itself.

    With `images` off no picture of another site is shown. `story_suffix` ends the addresses of stories' pages: ".html"
    where these are files as well. An operator may sign in where there is one (`has_operator`); `token` is what
    the forms of one who is signed in carry, "" for everybody else, and `said` what came of the last one. Where it is
    `private`, how the sources do is for that operator alone.
    """

    title: str
    base: str
    description: str = ""
    language: str = "en"
    notice: str = ""
    outputs: tuple[Offer, ...] = ()
    images: bool = True
    story_suffix: str = ""
    has_operator: bool = False
    private: bool = False
    token: str = ""
    said: str = ""

    @property
    def shows_sources(self) -> bool:
        """Whether who has the page may look at the sources, so that links lead there."""
        return not self.private or bool(self.token)

    def story(self, story: str) -> str:
        """Return the address of a story's page, from the site's own."""
        return f"story/{name_of(story)}{self.story_suffix}"


def offer_of(label: str, channel: Channel, suffixes: Sequence[str]) -> Offer:
    """Return an output's offer, with the suffixes of the formats that there are of it."""
    channel = items.tidy(channel)
    return Offer(writable.line(label), channel, tuple((s, items.address(channel, s)) for s in suffixes))


def name_of(story: str) -> str:
    """Return what names a story in its page's address: its URN without what all URNs begin with."""
    return writable.clean(story).strip().removeprefix("urn:uuid:")


def hue(source: str) -> int:
    """Return the colour of a source's mark, 0 to HUES - 1: the same for ever."""
    return crc32(source.encode("utf-8", "replace")) % HUES
