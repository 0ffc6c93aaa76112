"""merge: make two stories one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import AggregatorError

if TYPE_CHECKING:
    from aggregator.store.trails import Trail


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
