"""unhide: what hide did, undone."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say, utf8
from aggregator.cli.door import by_engine


@click.command()
@click.argument("name", metavar="STORY-OR-ENTRY-URL")
@command
def unhide(surroundings: Surroundings, name: str) -> None:
    """Show an article again that was hidden; or, named by the source's address, all that was purged with it.

    \b
    Example:  aggregator unhide https://example.org/2026/an-article
    """
    say(by_engine(surroundings, "unhide", {"name": utf8(name)})["said"])
