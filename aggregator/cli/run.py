"""run: the daemon."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, log_to_stderr

if TYPE_CHECKING:
    pass


@click.command()
@command
def run(around: Surroundings) -> None:
    """Visit, publish and serve until stopped. SIGHUP reads the config again.

    \b
    Example:  aggregator run --data-dir /var/lib/aggregator
    """
    from aggregator.daemon import Daemon

    gc.freeze()
    config = around.read()
    log_to_stderr()
    daemon = Daemon(around.config_path(), config, around.data(), click.echo)
    asyncio.run(daemon.run())
