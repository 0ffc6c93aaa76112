"""add, remove, import, export: the config file's sources, and OPML."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli import finding
from aggregator.cli.common import Surroundings, command, iso, masked, say, stored
from aggregator.config import editing
from aggregator.config.editing import real
from aggregator.model import AggregatorError, ParseError
from aggregator.text import secrets
from aggregator.text.addresses import mended

if TYPE_CHECKING:
    from aggregator.config.schema import Config, SourceTable
    from aggregator.model.lists import Subscription


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--name", default="", help="What to call it instead of the feed's own title.")
@click.option("--category", default="", help="The category to put it in.")
@click.option("--unchecked", is_flag=True, help="Add it as it is, without looking at it.")
@command
def add(around: Surroundings, address: str, name: str, category: str, unchecked: bool) -> None:
    """Add a feed, a folder or a file to the config. Of a web site's address its feed is found.

    \b
    Example:  aggregator add https://example.org/ --category science
    """
    path, config = around.config_path(), around.read()
    about: list[str] = []
    web = mended(address)
    if web.startswith(("http://", "https://")):
        if not _is_good({"url": web}):
            raise AggregatorError(f"{address!r}: not an http(s) address")
        kind, key = "url", web
        if not unchecked and not _named(config, web):
            key, about = asyncio.run(finding.feed_at(web, config))
    elif "://" in address:
        raise AggregatorError(f"{address!r}: not an http(s) address")
    else:
        kind, key = "path", _path_from(address, config.folder)
        about = [] if unchecked else finding.file_at(real(config.folder / key), key, config.limits.body)
    table = {kind: key} | {k: v for k, v in (("name", name), ("category", category)) if v}
    with editing.locked(path):
        config = around.read()
        known = _named(config, web) or _named(config, key) or _named(config, address)
        if not known:
            editing.add(path, [table])
    if known:
        say(f"{key} is in {path} already.")
        return
    say(f"Added {key} to {path}.", *about, *_reload(around))


def _reload(around: Surroundings) -> list[str]:
    """How the daemon that runs on the same data, if there is one, gets to know of it."""
    from aggregator.store.lock import holder

    process = holder(around.data())
    how = f"`kill -HUP {process}` (or `systemctl reload aggregator`)"
    return [f"An aggregator is running: {how} has it read the config."] if process else []


def _named(config: Config, address: str) -> list[int]:
    """Which of the config's [[source]] tables have this URL, or this path in any spelling."""
    here = None if "://" in address else real(Path(address).expanduser())
    return [
        index
        for index, table in enumerate(config.source)
        if address in (table.url, table.path) or (here and here == _place(config, table))
    ]


def _place(config: Config, table: SourceTable) -> Path | None:
    return real(config.folder / Path(table.path).expanduser()) if table.path else None


def _path_from(address: str, folder: Path) -> str:
    """The path as the config file's folder sees it."""
    target = Path(address).expanduser().absolute()
    if not address or not target.exists():
        raise AggregatorError(f"{address!r}: there is no such file or folder, and no http(s) address either")
    if ".." in target.parts:
        target, folder = real(target), real(folder)
    found = str(target.relative_to(folder)) if target.is_relative_to(folder) else str(target)
    try:
        found.encode()
    except UnicodeEncodeError:
        raise AggregatorError(f"{address!r}: its name is not UTF-8, and a config file can't have it") from None
    return found


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@command
def remove(around: Surroundings, address: str) -> None:
    """Take a source out of the config. What it gave stays stored.

    \b
    Example:  aggregator remove https://example.org/feed.xml
    """
    path = around.config_path()
    with editing.locked(path):
        config = around.read()
        gone = _named(config, address) or _named(config, mended(address))
        gone = gone or [i for i, table in enumerate(config.source) if address and table.name == address]
        keys = list(dict.fromkeys(config.source[index].url or config.source[index].path or "" for index in gone))
        if not keys:
            raise AggregatorError(f"{address}: no source in {path} has this address or name")
        if len(keys) > 1:
            raise AggregatorError(f"{address}: several sources have this name: {', '.join(keys)}; say which")
        editing.remove(path, gone)
    say(f"Removed {keys[0]} from {path}.", *_reload(around))


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--partial", is_flag=True, help="Of a list that is cut off or broken, take what can be read.")
@command
def import_(around: Surroundings, file: Path, partial: bool) -> None:
    """Add the subscriptions of an OPML file, or of newsboat's urls; folders and tags become categories.

    \b
    Example:  aggregator import subscriptions.opml
    """
    path = around.config_path()
    around.read()
    try:
        found, passed = _subscriptions(file.read_bytes(), partial)
    except (ParseError, OSError) as error:
        raise AggregatorError(f"{file}: {error}") from None
    for line in passed:
        say(f"Left out {line}: not a feed on the web.", err=True)
    if not found:
        raise AggregatorError(f"{file}: there is no feed in this list; nothing was added")
    with editing.locked(path):
        known = {source.key for source in around.read().sources}
        unknown = [_table(s) for s in found if mended(s.url) not in known]
        fresh = [table for table in unknown if _is_good(table)]
        if fresh:
            editing.add(path, fresh)
    say(f"Added {len(fresh)} of {len(found)} subscriptions to {path}; {len(found) - len(unknown)} were there already.")
    good = {table["url"] for table in fresh}
    for table in unknown:
        if table["url"] not in good:
            say(f"Left out {table['url']}: not an address that can be visited.", err=True)
    for line in _reload(around) if fresh else ():
        say(line)


def _subscriptions(body: bytes, partial: bool) -> tuple[list[Subscription], list[str]]:
    """What another reader's file subscribes to, and the lines of it that name something else.

    A broken list is a ParseError that says where, unless a `partial` one is asked for: half a list that was taken in
    silence is missed only when it is too late.
    """
    from aggregator.parse.lists import newsboat, opml

    advice = "nothing was added; --partial adds what can be read"
    if not opml.is_markup(body):
        try:
            return newsboat.read(body, partial=partial)
        except ParseError as error:
            raise ParseError(f"{error}; {advice}" if "column" in str(error) else str(error)) from None
    found = opml.read(body)
    if not partial and (where := opml.fault(body)):
        raise ParseError(f"the list is broken at {where}; {advice} ({len(found)} feeds)")
    return found, []


def _table(subscription: Subscription) -> dict[str, str]:
    named = (("url", mended(subscription.url)), ("name", subscription.title), ("category", subscription.category))
    return {key: value for key, value in named if value}


def _is_good(table: dict[str, str]) -> bool:
    from pydantic import ValidationError

    from aggregator.config.schema import SourceTable

    try:
        SourceTable.model_validate(table)
    except ValidationError:
        return False
    return True


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
