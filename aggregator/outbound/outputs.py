"""What the operator wants of an output → the values that the stages take: its Channel and its Selection."""

from __future__ import annotations

from sqlite_utils import Database

from aggregator.config import Config, OutputTable
from aggregator.model import Channel
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
    )


def selection_of(output: OutputTable, config: Config) -> Selection:
    """What the output selects. Sources are named by their name or their address."""
    wanted = set(output.sources)
    keys = [s.key for s in config.sources if s.key in wanted or (s.name and s.name in wanted)] or list(wanted)
    return Selection(categories=tuple(output.categories), keys=tuple(keys))


def showing(database: Database, config: Config, urns: list[str]) -> dict[str, dict[str, str]]:
    """For each story, what became of it in each output: its place, or why it is not there."""
    fates: dict[str, dict[str, str]] = {urn: {} for urn in urns}
    for output in config.outputs:
        places = selection.places(database, urns, selection_of(output, config))
        for urn in urns:
            place = places.get(urn)
            if place is None:
                fates[urn][output.name] = "not selected: none of its sources is in this output"
            elif place > output.limit:
                fates[urn][output.name] = f"cut: it is number {place}, and the limit is {output.limit}"
            else:
                fates[urn][output.name] = f"number {place} of at most {output.limit}"
    return fates
