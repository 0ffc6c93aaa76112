"""run: the daemon."""

from __future__ import annotations

import asyncio
import gc

import click

from aggregator.cli.common import Surroundings, command, log_to_stderr


@click.command()
@command
def run(surroundings: Surroundings) -> None:
    """Visit, publish and serve until stopped. SIGHUP reads the config again.

    \b
    Example:  aggregator run --data-dir /var/lib/aggregator
    """
    from aggregator.daemon import Daemon

    gc.freeze()
    config = surroundings.read()
    log_to_stderr()
    daemon = Daemon(surroundings.config_path(), config, surroundings.data(), click.echo)
    asyncio.run(daemon.run())
