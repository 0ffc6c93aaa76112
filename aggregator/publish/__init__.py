"""Stories → editions: the bytes of one output in one format. No clock, no file, no network.

The same channel and the same stories give the same bytes, wherever and whenever.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from aggregator.model import Channel, Edition, Story

Report = Callable[[str, Exception], None]
"""What is told the id of a story that was left out, and why."""


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of edition."""

    content_type: str
    render: Callable[[Channel, Sequence[Story], Report | None], bytes]


# A format's libraries are imported when it is first written: what publishes nothing needs none of them.


def _rss(channel: Channel, stories: Sequence[Story], report: Report | None) -> bytes:
    from aggregator.publish import xmlfeeds

    return xmlfeeds.rss(channel, stories, report)


def _atom(channel: Channel, stories: Sequence[Story], report: Report | None) -> bytes:
    from aggregator.publish import xmlfeeds

    return xmlfeeds.atom(channel, stories, report)


def _json(channel: Channel, stories: Sequence[Story], report: Report | None) -> bytes:
    from aggregator.publish import jsonfeed

    return jsonfeed.render(channel, stories, report)


FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "xml": Format("application/rss+xml", _rss),
        "atom": Format("application/atom+xml", _atom),
        "json": Format("application/feed+json", _json),
    }
)
"""Suffix → format, in the order in which they are offered."""


def render(channel: Channel, stories: Sequence[Story], suffix: str, report: Report | None = None) -> Edition:
    """The edition of these stories, in their order (newest first).

    A story that cannot be written is left out and told to `report`: the feed is never lost for one.
    """
    made = FORMATS[suffix]
    return Edition(
        f"{channel.name}.{suffix}", made.content_type, made.render(channel, stories, report), newest(stories)
    )


def topic(channel: Channel, suffix: str) -> str:
    """The public address of an edition, as its own links give it: what WebSub calls the topic."""
    from aggregator.publish import items

    return items.address(items.tidy(channel), suffix)


def hub(channel: Channel) -> str:
    """The hub's address as the editions give it."""
    from aggregator.publish import items

    return items.tidy(channel).hub


def newest(stories: Sequence[Story]) -> int:
    """The instant of the newest change, 0 where there are no stories."""
    return max((story.updated for story in stories), default=0)
