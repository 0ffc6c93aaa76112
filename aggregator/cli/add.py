"""add: a source into the config, after a look at it."""

from __future__ import annotations

import asyncio

import click

from aggregator.cli import probe
from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.config_file import advice_to_reload, path_from, tables_named
from aggregator.cli.import_ import is_good
from aggregator.config import editing
from aggregator.config.editing import real
from aggregator.model import AggregatorError
from aggregator.text.addresses import mended


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--name", default="", help="What to call it instead of the feed's own title.")
@click.option("--category", default="", help="The category to put it in.")
@click.option("--unchecked", is_flag=True, help="Add it as it is, without looking at it.")
@command
def add(surroundings: Surroundings, address: str, name: str, category: str, unchecked: bool) -> None:
    """Add a feed, a folder or a file to the config. Of a web site's address its feed is found.

    \b
    Example:  aggregator add https://example.org/ --category science
    """
    path, config = surroundings.config_path(), surroundings.read()
    lines: list[str] = []
    web = mended(address)
    if web.startswith(("http://", "https://")):
        if not is_good({"url": web}):
            raise AggregatorError(f"{address!r}: not an http(s) address")
        kind, key = "url", web
        if not unchecked and not tables_named(config, web):
            key, lines = asyncio.run(probe.feed_at(web, config))
    elif "://" in address:
        raise AggregatorError(f"{address!r}: not an http(s) address")
    else:
        kind, key = "path", path_from(address, config.folder)
        lines = [] if unchecked else probe.file_at(real(config.folder / key), key, config.limits.body)
    table = {kind: key} | {k: v for k, v in (("name", name), ("category", category)) if v}
    with editing.locked(path):
        config = surroundings.read()
        known = tables_named(config, web) or tables_named(config, key) or tables_named(config, address)
        if not known:
            editing.add(path, [table])
    if known:
        say(f"{key} is in {path} already.")
        return
    say(f"Added {key} to {path}.", *lines, *advice_to_reload(surroundings))
