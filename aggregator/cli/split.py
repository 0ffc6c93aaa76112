"""split: part a copy from its story."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.door import by_store


@click.command()
@click.argument("entry", metavar="ENTRY-URL-OR-GUID")
@command
def split(surroundings: Surroundings, entry: str) -> None:
    """Part one copy from the others of its story, for good. The story's id stays with the copy that founded it.

    \b
    Example:  aggregator split https://example.org/2026/another-article
    """
    say(by_store(surroundings, "split", {"entry": entry})["said"])
