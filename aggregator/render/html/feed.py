"""Stories → the page that a browser gets at a feed's address: how to subscribe, and what is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from aggregator.model import Channel, Story
from aggregator.render import Report, items
from aggregator.render.formats import FORMATS
from aggregator.render.html.templates import Context

LIMIT = 50  # stories on a page: it shows what the feed is like, and is no archive


@dataclass(frozen=True, slots=True)
class Page(Context):
    """What feed.html is given."""

    template: ClassVar[str] = "feed.html"

    channel: Channel
    """What the feed says of itself, as its editions write it."""
    items: Sequence[items.Item]
    """Its newest stories, as its editions write them."""
    left: int
    """How many stories more the feed has."""
    addresses: Mapping[str, str]
    """Suffix → public address, for each format that there is of it."""


def render(
    channel: Channel,
    stories: Sequence[Story],
    suffixes: Sequence[str] = tuple(FORMATS),
    report: Report | None = None,
    count: int = 0,
) -> bytes:
    """Return the page with the first LIMIT of the stories, each as every format has it (`items.item`).

    `suffixes` are the formats that there are of it, `count` is how many stories they have, if that is more than is
    given here. A story that cannot be written is left out and told to `report`.
    """
    channel = items.tidy(channel)
    shown = []
    for story in stories[:LIMIT]:
        try:
            shown.append(items.item(channel, story))
        except Exception as error:  # noqa: BLE001  as in render.render: the others are not to blame
            if report is not None:
                report(story.id, error)
    left = max(count, len(stories)) - len(stories[:LIMIT])
    return Page(channel, shown, left, {suffix: items.address(channel, suffix) for suffix in suffixes}).render()
