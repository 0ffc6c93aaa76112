"""export: the feeds of the config as OPML, or every entry as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import click

from aggregator.cli.common import Surroundings, command, iso, masked, say, stored
from aggregator.text import secrets


@click.command()
@click.option("--opml", "as_opml", is_flag=True, help="The feeds of the config, as OPML.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Every entry stored, one JSON object a line.")
@click.option("--whole", is_flag=True, help="With --jsonl: all that is stored, for `import --jsonl`.")
@click.option(
    "--secrets",
    "with_secrets",
    is_flag=True,
    help="With the passwords and keys in addresses, for a reader of your own.",
)
@command
def export(surroundings: Surroundings, as_opml: bool, as_jsonl: bool, whole: bool, with_secrets: bool) -> None:
    """Print subscriptions or entries. Passwords and keys in addresses are left out.

    \b
    Example:  aggregator export --opml > subscriptions.opml
              aggregator export --jsonl --whole --secrets > all.jsonl
    """
    if as_opml == as_jsonl:
        raise click.UsageError("choose either --opml or --jsonl")
    if whole and not (as_jsonl and with_secrets):
        raise click.UsageError("--whole takes passwords and keys along: say `export --jsonl --whole --secrets`")
    if as_opml:
        sys.stdout.buffer.write(_opml(surroundings, with_secrets=with_secrets))
        return
    from aggregator.store.export import entries
    from aggregator.store.whole import records

    out = sys.stdout.buffer
    with stored(surroundings) as database:
        for record in records(database) if whole else ():
            out.write(json.dumps(record, ensure_ascii=False).encode() + b"\n")
        for entry in () if whole else entries(database):
            shown = {**entry, "published": iso(entry["published"]), "seen": iso(entry["seen"])}
            shown = shown if with_secrets else masked(shown)
            out.write(json.dumps(shown, ensure_ascii=False).encode() + b"\n")


def _opml(surroundings: Surroundings, *, with_secrets: bool) -> bytes:
    """Return the feeds as OPML. One whose address is a secret is no use without it: it is left out, and said."""
    from aggregator.render import opml
    from aggregator.store.database import NAME
    from aggregator.store.standings import sites

    config = surroundings.read()
    known: dict[str, tuple[str, str]] = {}
    if (surroundings.data() / NAME).exists():
        with stored(surroundings) as database:
            known = sites(database)
    feeds = opml.subscriptions(config.sources, known)
    if not with_secrets:
        secret = [feed for feed in feeds if secrets.is_secret(feed.url)]
        for feed in secret:
            say(f"Left out {feed.url}: its address is a secret; --secrets takes it along.", err=True)
        feeds = [replace(feed, site=secrets.shown(feed.site)) for feed in feeds if feed not in secret]
    return opml.write(config.site.title, feeds)
