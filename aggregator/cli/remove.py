"""remove: a source out of the config."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.config_file import advice_to_reload, tables_named
from aggregator.cli.door import ask, by_engine
from aggregator.config import editing
from aggregator.model import AggregatorError
from aggregator.text.addresses import mended


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--purge", is_flag=True, help="Hide all that it gave, for good, also if it is added again.")
@command
def remove(surroundings: Surroundings, address: str, purge: bool) -> None:
    """Take a source out of the config. What it gave stays stored.

    \b
    Example:  aggregator remove https://example.org/feed.xml
    """
    path = surroundings.config_path()
    with editing.locked(path):
        config = surroundings.read()
        gone = tables_named(config, address) or tables_named(config, mended(address))
        gone = gone or [i for i, table in enumerate(config.source) if address and table.name == address]
        keys = list(dict.fromkeys(config.source[index].url or config.source[index].path or "" for index in gone))
        if not keys:
            raise AggregatorError(f"{address}: no source in {path} has this address or name")
        if len(keys) > 1:
            raise AggregatorError(f"{address}: several sources have this name: {', '.join(keys)}; say which")
        editing.remove(path, gone)
    say(f"Removed {keys[0]} from {path}.")
    if not purge:
        say(*advice_to_reload(surroundings))
        return
    ask(surroundings.data(), "reload", {})  # it isn't to be visited in between
    say(by_engine(surroundings, "purge", {"source": keys[0]})["said"])
