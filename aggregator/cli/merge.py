"""merge: make two stories one."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.door import by_store


@click.command()
@click.argument("one", metavar="STORY")
@click.argument("other", metavar="STORY")
@command
def merge(surroundings: Surroundings, one: str, other: str) -> None:
    """Make two stories one, for good, under the id of the older. Each is named by its id or a copy's address.

    \b
    Example:  aggregator merge https://example.org/article https://example.net/reprint
    """
    say(by_store(surroundings, "merge", {"one": one, "other": other})["said"])
