"""run: the daemon."""

from __future__ import annotations

import asyncio
import gc
import logging
from functools import partial
from pathlib import Path

import click

from aggregator.cli.common import Surroundings, command


@click.command()
@click.option("--host", envvar="AGGREGATOR_HOST", metavar="HOST", help="Listen there in place of [serve] host.")
@click.option(
    "--port",
    envvar="AGGREGATOR_PORT",
    type=click.IntRange(0, 65535),
    metavar="PORT",
    help="Listen there in place of [serve] port; 0 is one that is free.",
)
@click.option(
    "--socket",
    envvar="AGGREGATOR_SOCKET",
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="Serve HTTP on a Unix socket alone, for a web server in front.",
)
@command
def run(surroundings: Surroundings, host: str | None, port: int | None, socket: Path | None) -> None:
    """Visit, publish and serve until stopped. SIGHUP reads the config again.

    $AGGREGATOR_HOST, $AGGREGATOR_PORT and $AGGREGATOR_SOCKET do what these options do.

    \b
    Example:  aggregator run --data-dir /var/lib/aggregator
    """
    from aggregator.daemon import Daemon
    from aggregator.logs import log_to_stderr

    gc.freeze()
    given = {"host": host, "port": port, "socket": socket and str(socket.absolute())}
    load = partial(surroundings.read_whole, **{key: value for key, value in given.items() if value is not None})
    config = load()
    log_to_stderr(config.log.level, config.log.format)
    # What reads JSON or logfmt gets both streams in one: nothing else is to be among them.
    announce = click.echo if config.log.format == "text" else logging.getLogger("aggregator").info
    daemon = Daemon(surroundings.config_path(), config, load, surroundings.data(), announce)
    asyncio.run(daemon.run())
