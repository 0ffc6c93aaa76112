"""tidy: what is kept no longer goes, now."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, complain, say
from aggregator.cli.door import by_engine


@click.command()
@command
def tidy(surroundings: Surroundings) -> int:
    """Let go now what the daemon lets go by night: what is beyond [storage] and [limits] kept, and old visits.

    \b
    Example:  aggregator tidy
    """
    done = by_engine(surroundings, "tidy", {})
    say(f"{done['entries']} entries and {done['visits']} records of visits are gone.")
    if done["trouble"]:
        complain(done["trouble"])
    return 1 if done["trouble"] else 0
