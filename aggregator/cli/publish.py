"""publish: the outputs, now."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.door import by_engine


@click.command()
@command
def publish(surroundings: Surroundings) -> None:
    """Bring the feeds and pages up to date now, without any visit.

    \b
    Example:  aggregator publish
    """
    written = by_engine(surroundings, "publish", {})["written"]
    say(f"Published: {', '.join(written)}." if written else "Everything that is published is up to date.")
