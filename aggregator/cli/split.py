"""split: part a copy from its story."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import AggregatorError

if TYPE_CHECKING:
    pass


@click.command()
@click.argument("entry", metavar="ENTRY-URL-OR-GUID")
@command
def split(around: Surroundings, entry: str) -> None:
    """Part one copy from the others of its story, for good. The story's id stays with the copy that founded it.

    \b
    Example:  aggregator split https://example.org/2026/another-article
    """
    from aggregator.refine import urls
    from aggregator.store import database, overrides, trails

    writer = database.Writer(around.data())
    try:
        address = urls.canonical(entry)
        found = [
            step
            for trail in writer.now(trails.trails, entry)
            for step in trail.steps
            if step.guid == entry or (address and urls.canonical(step.url) == address)
        ]
        if len(found) != 1:
            raise AggregatorError(_choose(entry, [step.guid for step in found]))
        urn = writer.now(overrides.split, found[0].entry)
    finally:
        writer.close()
    say(f"{found[0].url or found[0].guid} is the story {urn} now.")


def _choose(asked: str, guids: list[str]) -> str:
    if not guids:
        return f"no stored copy has the address or the guid {asked}"
    return f"several copies have the address {asked}; name one by its guid: {', '.join(guids)}"
