"""split, merge: where the operator knows better which copies are one article."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import AggregatorError

if TYPE_CHECKING:
    from aggregator.store.trails import Trail


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


@click.command()
@click.argument("one", metavar="STORY")
@click.argument("other", metavar="STORY")
@command
def merge(around: Surroundings, one: str, other: str) -> None:
    """Make two stories one, for good, under the id of the older. Each is named by its id or a copy's address.

    \b
    Example:  aggregator merge https://example.org/article https://example.net/reprint
    """
    from aggregator.store import database, overrides, trails

    writer = database.Writer(around.data())
    try:
        rows = [_only(asked, writer.now(trails.trails, asked)).id for asked in (one, other)]
        urn = writer.now(overrides.merge, *rows)
    finally:
        writer.close()
    say(f"They are one story now: {urn}.")


def _only(asked: str, found: list[Trail]) -> Trail:
    if len(found) == 1:
        return found[0]
    if not found:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {asked}")
    raise AggregatorError(f"{asked} names several stories: {', '.join(trail.story for trail in found)}")
