"""add: a source into the config, after a look at it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from aggregator.cli import probe
from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.config_file import advice_to_reload, path_from, tables_named
from aggregator.cli.import_ import is_good
from aggregator.config import editing
from aggregator.config.editing import real
from aggregator.model import AggregatorError
from aggregator.parse import sites
from aggregator.text.addresses import mended

if TYPE_CHECKING:
    from aggregator.config import Config


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--name", default="", help="What to call it instead of the feed's own title.")
@click.option("--category", default="", help="The category to put it in.")
@click.option("--all", "everything", is_flag=True, help="Of a web site add all feeds that are found.")
@click.option("--pick", metavar="N", type=click.IntRange(1), help="Of a web site add the feed with this number.")
@click.option("--unchecked", is_flag=True, help="Add it as it is, without looking at it.")
@command
def add(
    surroundings: Surroundings,
    address: str,
    name: str,
    category: str,
    everything: bool,
    pick: int | None,
    unchecked: bool,
) -> None:
    """Add a feed, a folder or a file to the config. Of a web site's address its feeds are found, and listed.

    The first is added, unless others are asked for. @NAME@HOST is an account of Mastodon's kind.

    \b
    Example:  aggregator add https://example.org/ --category science
              aggregator add https://example.org/ --pick 2
    """
    if sum((everything, pick is not None, unchecked)) > 1:
        raise click.UsageError("give one of --all, --pick and --unchecked")
    path, config = surroundings.config_path(), surroundings.read()
    web = mended(sites.address_of(address))
    if web.startswith(("http://", "https://")):
        if not is_good({"url": web}):
            raise AggregatorError(f"{address!r}: not an http(s) address")
        kind, look = "url", not unchecked and not tables_named(config, web)
        chosen, lines = _found(web, config, pick, everything=everything) if look else ([web], [])
    else:
        if everything or pick:
            raise click.UsageError("--all and --pick are for a web site")
        kind, key = "path", path_from(_path(address), config.folder)
        chosen, lines = [key], [] if unchecked else probe.file_at(real(config.folder / key), key, config.limits.body)
    about = {k: v for k, v in (("name", name), ("category", category)) if v}
    with editing.locked(path):
        config = surroundings.read()
        known = tables_named(config, web) or tables_named(config, address)
        new = [] if known else [key for key in chosen if not tables_named(config, key)]
        if new:
            editing.add(path, [{kind: key} | about for key in new])
    for key in chosen:
        say(f"Added {key} to {path}." if key in new else f"{key} is in {path} already.")
    if new:
        say(*lines, *advice_to_reload(surroundings))


def _path(address: str) -> str:
    if "://" in address:
        raise AggregatorError(f"{address!r}: not an http(s) address")
    return address


def _found(web: str, config: Config, pick: int | None, *, everything: bool) -> tuple[list[str], list[str]]:
    """Return the feeds that are wanted of an address, and the lines that tell what is there."""
    found = asyncio.run(probe.feeds_at(web, config))
    feeds = [candidate for candidate in found if candidate.feed]
    if pick and pick > len(feeds):
        raise AggregatorError(f"{web}: it has {len(feeds)} feeds, and none of number {pick}")
    taken = feeds if everything else feeds[(pick or 1) - 1 :][:1]
    return [candidate.address for candidate in taken], _told(found, taken)


def _told(found: Sequence[probe.Candidate], taken: Sequence[probe.Candidate]) -> list[str]:
    """Return what was taken, and beside it the numbers of the other feeds and what is none, a line each."""
    lines = [candidate.line for candidate in taken]
    others = [
        f"  {number if candidate.feed else '-'}  {candidate.address}: {candidate.line}"
        for number, candidate in enumerate(found, 1)
        if candidate not in taken
    ]
    if any(candidate.feed and candidate not in taken for candidate in found):
        lines.append("Other feeds of it (--pick N adds another one, --all all of them):")
    elif others:
        lines.append("It leads to these, too:")
    return [*lines, *others]
