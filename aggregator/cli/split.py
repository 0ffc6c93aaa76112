"""split: part a copy from its story."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import AggregatorError


@click.command()
@click.argument("entry", metavar="ENTRY-URL-OR-GUID")
@command
def split(surroundings: Surroundings, entry: str) -> None:
    """Part one copy from the others of its story, for good. The story's id stays with the copy that founded it.

    \b
    Example:  aggregator split https://example.org/2026/another-article
    """
    from aggregator.refine import urls
    from aggregator.store import database, overrides, trails

    writer = database.Writer(surroundings.data())
    try:
        address = urls.canonical(entry)
        copies = [
            step
            for trail in writer.now(trails.trails, entry)
            for step in trail.steps
            if step.guid == entry or (address and urls.canonical(step.url) == address)
        ]
        if len(copies) != 1:
            raise AggregatorError(_advice(entry, [step.guid for step in copies]))
        urn = writer.now(overrides.split, copies[0].entry)
    finally:
        writer.close()
    say(f"{copies[0].url or copies[0].guid} is the story {urn} now.")


def _advice(address: str, guids: list[str]) -> str:
    if not guids:
        return f"no stored copy has the address or the guid {address}"
    return f"several copies have the address {address}; name one by its guid: {', '.join(guids)}"
