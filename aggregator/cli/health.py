"""health: whether the daemon is well, for what watches it: a container's health check, cron, a monitor."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, complain, say
from aggregator.cli.door import facts


@click.command()
@command
def health(surroundings: Surroundings) -> int:
    """Tell in a line whether the daemon is well, as /healthz does; the exit status is 1 where it isn't, or none runs.

    \b
    Example:  aggregator health || echo "look at the feeds"
    """
    running = facts(surroundings.data())
    if not running:
        complain(f"no daemon runs on {surroundings.data()}")
        return 1
    if trouble := running.get("trouble"):
        complain(trouble)
        return 1
    say(running["phase"])
    return 0
