"""export: the feeds of the config as OPML, or every entry as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, iso, masked, say, stored
from aggregator.text import secrets

if TYPE_CHECKING:
    pass


@click.command()
@click.option("--opml", "as_opml", is_flag=True, help="The feeds of the config, as OPML.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Every entry stored, one JSON object a line.")
@click.option(
    "--secrets",
    "with_secrets",
    is_flag=True,
    help="With the passwords and keys in addresses, for a reader of your own.",
)
@command
def export(around: Surroundings, as_opml: bool, as_jsonl: bool, with_secrets: bool) -> None:
    """Print subscriptions or entries. Passwords and keys in addresses are left out.

    \b
    Example:  aggregator export --opml > subscriptions.opml
    """
    if as_opml == as_jsonl:
        raise click.UsageError("choose either --opml or --jsonl")
    if as_opml:
        sys.stdout.buffer.write(_opml(around, with_secrets=with_secrets))
        return
    from aggregator.store.export import entries

    out = sys.stdout.buffer
    with stored(around) as database:
        for entry in entries(database):
            told = {**entry, "published": iso(entry["published"]), "seen": iso(entry["seen"])}
            told = told if with_secrets else masked(told)
            out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _opml(around: Surroundings, *, with_secrets: bool) -> bytes:
    """The feeds as OPML. One whose address is a secret would be of no use without it: it is left out, and said."""
    from aggregator.render import opml
    from aggregator.store.database import NAME
    from aggregator.store.standings import sites

    config = around.read()
    about: dict[str, tuple[str, str]] = {}
    if (around.data() / NAME).exists():
        with stored(around) as database:
            about = sites(database)
    found = opml.subscriptions(config.sources, about)
    if not with_secrets:
        held = [feed for feed in found if secrets.is_secret(feed.url)]
        for feed in held:
            say(f"Left out {feed.url}: its address is a secret; --secrets takes it along.", err=True)
        found = [replace(feed, site=secrets.shown(feed.site)) for feed in found if feed not in held]
    return opml.write(config.site.title, found)
