"""What the operator wants of an output → the values that the stages take: its Channel and its Selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from aggregator import render
from aggregator.config import Config, OutputTable
from aggregator.model import Channel, Copy, Story
from aggregator.refine import urls
from aggregator.store import selection
from aggregator.store.selection import Selection


def channel_of(output: OutputTable, config: Config) -> Channel:
    """What the output says of itself, from its own table and [site]."""
    site = config.site
    only = len(config.outputs) == 1
    title = output.title or (site.title if only else f"{site.title}: {output.name}")
    return Channel(
        name=output.name,
        title=title,
        link=site.link,
        base=site.link,
        description=output.description or site.description,
        language=site.language,
        notice=site.notice,
        content=output.content,
        source_line=output.source_line,
        hub=config.websub.hub,
        icon=site.icon,
    )


def links_of(channel: Channel, suffix: str) -> str:
    """The Link header (RFC 8288) of an edition: itself, and the hub by which WebSub's subscribers are told (§4)."""
    hub = f'<{render.hub(channel)}>; rel="hub", ' if channel.hub else ""
    return f'{hub}<{render.topic(channel, suffix)}>; rel="self"'


def topics(config: Config, names: Sequence[str]) -> list[str]:
    """The public addresses of the editions with these names."""
    channels = {output.name: channel_of(output, config) for output in config.outputs}
    split = (name.rpartition(".") for name in names)
    return [render.topic(channels[output], suffix) for output, _, suffix in split if output in channels]


def selection_of(output: OutputTable, config: Config, now: int) -> Selection:
    """The output's rules, at an instant."""
    return Selection(
        categories=tuple(output.categories),
        keys=tuple(_keys(output, config)),
        match=output.match,
        exclude=output.exclude,
        languages=tuple(output.languages),
        since=None if output.max_age is None else now - output.max_age,
        per_source=output.per_source,
        backfill=output.backfill,
    )


def _keys(output: OutputTable, config: Config) -> list[str]:
    """Sources are named by their name or their address."""
    wanted = set(output.sources)
    return [s.key for s in config.sources if s.key in wanted or (s.name and s.name in wanted)] or list(wanted)


_WHY = {
    "configured": "none of its sources is configured any more",
    "keys": "none of its sources is in this output",
    "categories": "no source that it came through is of a category of this output",
    "languages": "no copy that this output takes is in one of its languages",
    "backfill": "its source listed it when it was new, beyond the backfill",
    "match": "no copy that this output takes fulfils match",
    "exclude": "a copy fulfils exclude",
    "since": "it is older than max_age",
    "per_source": "the source that it came through has its share (per_source) in newer ones",
}


def showing(database: Database, config: Config, urns: list[str], now: int) -> dict[str, dict[str, str]]:
    """For each story, what became of it in each output: its place, or which rule keeps it out."""
    told: dict[str, dict[str, str]] = {urn: {} for urn in urns}
    for output in config.outputs:
        fates = selection.fates(database, selection_of(output, config, now), urns, each_copy=not output.dedupe)
        for urn, fate in fates.items():
            if isinstance(fate, str):
                told[urn][output.name] = f"not selected: {_WHY[fate]}"
            elif fate > output.limit:
                told[urn][output.name] = f"cut: it is number {fate}, and the limit is {output.limit}"
            else:
                told[urn][output.name] = f"number {fate} of at most {output.limit}"
    return told


def untracked(story: Story) -> Story:
    """The story as it goes out: links without the tracking that somebody else's feed added."""
    related = tuple(replace(reference, url=urls.untracked(reference.url)) for reference in story.related)
    return replace(story, shown=_without(story.shown), others=tuple(map(_without, story.others)), related=related)


def _without(copy: Copy) -> Copy:
    entry = copy.entry
    related = tuple(replace(reference, url=urls.untracked(reference.url)) for reference in entry.related)
    return replace(copy, entry=replace(entry, link=urls.untracked(entry.link), related=related))
