"""What the operator wants of an output → the values that the stages take: its Channel and its Selection."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlite_utils import Database

from aggregator import render
from aggregator.config import Config, OutputTable
from aggregator.model import Channel, Copy, Story
from aggregator.refine import urls
from aggregator.render import status
from aggregator.render.html.site import Site, offer_of
from aggregator.store import conditions, selection
from aggregator.store.conditions import Selection
from aggregator.text import writable


def channel_of(output: OutputTable, config: Config) -> Channel:
    """Return what the output says of itself, from its own table and [site]."""
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
        pages=f"story/{{}}{_suffix(config)}",
    )


def site_of(config: Config) -> Site:
    """Return what every page shows of the site."""
    site = config.site
    return Site(
        title=writable.line(site.title) or "Untitled",
        base=site.link,
        description=writable.line(site.description),
        language=site.language,
        notice=writable.line(site.notice),
        outputs=tuple(
            offer_of(output.title or output.name, channel_of(output, config), output.formats)
            for output in config.outputs
        ),
        images=site.images,
        story_suffix=_suffix(config),
        has_operator=bool(config.serve.admin_token),
        private=config.serve.private,
    )


def _suffix(config: Config) -> str:
    """Return what ends the addresses of stories' pages."""
    return "" if config.site.static == "none" else ".html"


def status_channel(config: Config) -> Channel:
    """Return what the feed of the sources' states says of itself."""
    return status.channel(config.site.title, config.site.link, config.site.icon)


def links_of(channel: Channel, suffix: str) -> str:
    """Return an edition's Link header (RFC 8288): itself, and the hub by which WebSub's subscribers are told (§4)."""
    hub = f'<{render.hub(channel)}>; rel="hub", ' if channel.hub else ""
    return f'{hub}<{render.topic(channel, suffix)}>; rel="self"'


def topics(config: Config, names: Sequence[str]) -> list[str]:
    """Return the public addresses of the editions with these names."""
    channels = {output.name: channel_of(output, config) for output in config.outputs}
    split = (name.rpartition(".") for name in names)
    return [render.topic(channels[output], suffix) for output, _, suffix in split if output in channels]


def selection_of(output: OutputTable, config: Config, now: int) -> Selection:
    """Return the output's rules, at an instant."""
    return conditions.selection_of(output, config.sources, now)


def places(database: Database, config: Config, urns: list[str], now: int) -> dict[str, dict[str, str]]:
    """Return what became of each story in each output, in words: its place, or which rule keeps it out."""
    by_story: dict[str, dict[str, str]] = {urn: {} for urn in urns}
    for output in config.outputs:
        fates = selection.fates(database, selection_of(output, config, now), urns, each_copy=not output.dedupe)
        for urn, fate in fates.items():
            if not isinstance(fate, int):
                by_story[urn][output.name] = f"not selected: {fate.refusal}"
            elif fate > output.limit:
                by_story[urn][output.name] = f"cut: it is number {fate}, and the limit is {output.limit}"
            else:
                by_story[urn][output.name] = f"number {fate} of at most {output.limit}"
    return by_story


def untracked(story: Story) -> Story:
    """Return the story as it goes out: links without the tracking that somebody else's feed added."""
    related = tuple(replace(reference, url=urls.untracked(reference.url)) for reference in story.related)
    return replace(story, shown=_without(story.shown), others=tuple(map(_without, story.others)), related=related)


def _without(copy: Copy) -> Copy:
    entry = copy.entry
    link = urls.untracked(entry.link)
    related = tuple(replace(reference, url=urls.untracked(reference.url)) for reference in entry.related)
    if (link, related) == (entry.link, entry.related):
        return copy
    return replace(copy, entry=replace(entry, link=link, related=related))
