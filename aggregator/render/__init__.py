"""Stories → editions: the bytes of one output in one format. No clock, no file, no network.

The same channel and the same stories give the same bytes, wherever and whenever. An edition is a frame around items,
and an item's bytes depend on its story and the channel alone: they can be kept while the feed around them changes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aggregator.model import Channel, Edition, Story
from aggregator.render import formats

Report = Callable[[str, Exception], None]
"""What is told the id of a story that was left out, and why."""


def write(channel: Channel, story: Story, suffixes: Sequence[str]) -> dict[str, bytes]:
    """Return the story's item in each of the formats; raise what a story that cannot be written makes them raise."""
    from aggregator.render import items

    channel = items.tidy(channel)
    item = items.item(channel, story)
    return {suffix: formats.FORMATS[suffix].writer().item(channel, item) for suffix in suffixes}


def join(
    channel: Channel, written: Sequence[bytes], suffix: str, updated: int, limit: int = 0, *, strict: bool = False
) -> Edition:
    """Return the edition of these items, newest first: of as many as fit into `limit` bytes, if it is given.

    `updated` is the instant of the newest change, 0 where there are no stories. With `strict` the frame is read, too:
    ValueError where no reader should be given it. Around items that were read in such a frame it makes a sound edition.
    """
    from aggregator.render import items

    writer = formats.FORMATS[suffix].writer()
    head, tail = writer.frame(items.tidy(channel), updated)
    name, content_type = f"{channel.name}.{suffix}", formats.FORMATS[suffix].content_type
    if strict:
        check(Edition(name, content_type, head + tail, updated, 0), 0)
    count = _count_that_fit(written, limit - len(head) - len(tail)) if limit else len(written)
    shown = list(written[:count]) or [b""]  # joined at one go: a copy of a megabyte is a millisecond
    shown[0] = head + shown[0]
    shown[-1] += tail
    return Edition(name, content_type, writer.between.join(shown), updated, count)


def _count_that_fit(written: Sequence[bytes], room: int) -> int:
    """Count the items that fit into so many bytes; one always does."""
    for count, body in enumerate(written):
        room -= len(body) + 2
        if room < 0:
            return max(count, 1)
    return len(written)


def render(channel: Channel, stories: Sequence[Story], suffix: str, report: Report | None = None) -> Edition:
    """Return the edition of these stories, in their order (newest first), an id once.

    A story that cannot be written is left out and told to `report`: the feed is never lost for one.
    """
    written: dict[str, bytes] = {}
    for story in stories:
        if story.id in written:
            continue
        try:
            written[story.id] = write(channel, story, (suffix,))[suffix]
        except Exception as error:  # noqa: BLE001  whatever it is, the other stories are not to blame
            if report is not None:
                report(story.id, error)
    return join(channel, list(written.values()), suffix, newest(stories))


def topic(channel: Channel, suffix: str) -> str:
    """Return the public address of an edition, as its own links give it: what WebSub calls the topic."""
    from aggregator.render import items

    return items.address(items.tidy(channel), suffix)


def hub(channel: Channel) -> str:
    """Return the hub's address as the editions give it."""
    from aggregator.render import items

    return items.tidy(channel).hub


def newest(stories: Sequence[Story]) -> int:
    """Return the instant of the newest change, 0 where there are no stories."""
    return max((story.updated for story in stories), default=0)


def check(edition: Edition, count: int | None = None) -> None:
    """Read an edition strictly, and count its items if asked.

    ValueError in one line: no reader should be given these bytes.
    """
    from aggregator.render import wellformed

    wellformed.check(edition, count)
