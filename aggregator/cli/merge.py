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
def merge(surroundings: Surroundings, one: str, other: str) -> None:
    """Make two stories one, for good, under the id of the older. Each is named by its id or a copy's address.

    \b
    Example:  aggregator merge https://example.org/article https://example.net/reprint
    """
    from aggregator.store import database, overrides, trails

    writer = database.Writer(surroundings.data())
    try:
        ids = [_only(name, writer.now(trails.trails, name)).id for name in (one, other)]
        urn = writer.now(overrides.merge, *ids)
    finally:
        writer.close()
    say(f"They are one story now: {urn}.")


def _only(name: str, trails: list[Trail]) -> Trail:
    if len(trails) == 1:
        return trails[0]
    if not trails:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {name}")
    raise AggregatorError(f"{name} names several stories: {', '.join(trail.story for trail in trails)}")
