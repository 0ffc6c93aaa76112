"""run: the daemon."""

from __future__ import annotations

import asyncio
import gc
import logging

import click

from aggregator.cli.common import Surroundings, command


@click.command()
@command
def run(surroundings: Surroundings) -> None:
    """Visit, publish and serve until stopped. SIGHUP reads the config again.

    \b
    Example:  aggregator run --data-dir /var/lib/aggregator
    """
    from aggregator.daemon import Daemon
    from aggregator.logs import log_to_stderr

    gc.freeze()
    config = surroundings.read()
    log_to_stderr(config.log.level, config.log.format)
    # What reads JSON or logfmt gets both streams in one: nothing else is to be among them.
    announce = click.echo if config.log.format == "text" else logging.getLogger("aggregator").info
    daemon = Daemon(surroundings.config_path(), config, surroundings.data(), announce)
    asyncio.run(daemon.run())
