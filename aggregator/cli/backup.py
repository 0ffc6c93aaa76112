"""backup: a copy of the database."""

from __future__ import annotations

from pathlib import Path

import click

from aggregator.cli.common import Surroundings, command, say


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace the file, if it is there.")
@command
def backup(surroundings: Surroundings, file: Path, force: bool) -> None:
    """Copy the database to a file, consistently, also while a daemon runs: nobody waits for it. The copy is verified.

    \b
    Example:  aggregator backup /var/backups/aggregator-$(date +%F).db
    """
    from aggregator.store.backup import backup as copy

    size = copy(surroundings.data(), file, force=force)
    say(f"Copied to {file} ({size / 1e6:.1f} MB); it is sound.")
