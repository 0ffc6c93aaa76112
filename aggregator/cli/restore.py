"""restore: a backup in the place of the database."""

from __future__ import annotations

import time
from pathlib import Path

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import InUseError, StoreError


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@command
def restore(surroundings: Surroundings, file: Path) -> None:
    """Put a backup in the place of the database, which is kept beside it. Not while a daemon runs.

    \b
    Example:  aggregator restore /var/backups/aggregator-2026-11-27.db
    """
    from aggregator.store.backup import restore as put_back
    from aggregator.store.lock import holder

    data = surroundings.data()
    try:
        aside = put_back(file, data, int(time.time()))
    except InUseError:
        process = holder(data)
        raise StoreError(
            f"{data}: {f'process {process}' if process else 'another aggregator'} has the database open; end it"
            " (`systemctl stop aggregator`), restore, and start it again"
        ) from None
    say(f"Restored from {file}.")
    if aside:
        say(f"The database that was there is {aside} now.")
