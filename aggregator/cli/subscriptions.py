"""add, remove, import, export: the config file's sources, and OPML."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, iso
from aggregator.model import AggregatorError, ConfigError, ParseError, RetrievalError

if TYPE_CHECKING:
    from aggregator.config import Config


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@click.option("--name", default="", help="What to call it instead of the feed's own title.")
@click.option("--category", default="", help="The category to put it in.")
@click.option("--unchecked", is_flag=True, help="Add a URL as it is, without asking for it.")
@command
def add(around: Surroundings, address: str, name: str, category: str, unchecked: bool) -> None:
    """Add a feed, a folder or a file to the config. Of a web site's address its feed is found.

    \b
    Example:  aggregator add https://example.org/ --category science
    """
    path, config = around.config_path(), around.read()
    if "://" in address:
        key = address if unchecked else asyncio.run(_feed_at(address, config))
        table = {"url": key}
    else:
        key = _path_from(address, path)
        table = {"path": key}
    if key in {source.key for source in config.sources}:
        click.echo(f"{key} is in {path} already.")
        return
    table |= {k: v for k, v in (("name", name), ("category", category)) if v}
    _write(path, _appended(path.read_text("utf-8"), [table]))
    click.echo(f"Added {key} to {path}.")


async def _feed_at(address: str, config: Config) -> str:
    """The address, if a feed is there, else that of the first feed that the page there names and that is one."""
    from aggregator.parse import parse
    from aggregator.parse.discovery import feeds_of
    from aggregator.retrieve.web import Web

    async with Web(config) as web:
        try:
            document = await web.get(address)
        except RetrievalError as error:
            raise AggregatorError(f"{address}: {error}; --unchecked adds it all the same") from None
        try:
            parse(document)
        except ParseError as no_feed:
            for found in feeds_of(document):
                try:
                    parse(await web.get(found))
                except (ParseError, RetrievalError):
                    continue
                return found
            raise AggregatorError(f"{address}: {no_feed}, and it names no feed; --unchecked adds it anyway") from None
    return address


def _path_from(address: str, config: Path) -> str:
    """The path as the config file's folder sees it."""
    target, folder = Path(address).expanduser().absolute(), config.absolute().parent
    if not target.exists():
        raise AggregatorError(f"{address}: there is no such file or folder, and no http(s) address either")
    return str(target.relative_to(folder)) if target.is_relative_to(folder) else str(target)


@click.command()
@click.argument("address", metavar="URL-OR-PATH")
@command
def remove(around: Surroundings, address: str) -> None:
    """Take a source out of the config. What it gave stays stored.

    \b
    Example:  aggregator remove https://example.org/feed.xml
    """
    import tomlkit

    path, config = around.config_path(), around.read()
    wanted = {address} | {str(_path_from(address, path)) for _ in [0] if Path(address).expanduser().exists()}
    gone = [s for s in config.sources if s.key in wanted or s.name == address]
    if not gone:
        raise AggregatorError(f"{address}: no source in {path} has this address or name")
    document = tomlkit.parse(path.read_text("utf-8"))
    listed = document["source"]
    keys = {source.key for source in gone}
    for index in reversed(range(len(listed))):
        if (listed[index].get("url") or listed[index].get("path")) in keys:
            del listed[index]
    _write(path, tomlkit.dumps(document))
    click.echo(f"Removed {', '.join(sorted(keys))} from {path}.")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@command
def import_(around: Surroundings, file: Path) -> None:
    """Add the subscriptions of an OPML file; its folders become categories.

    \b
    Example:  aggregator import subscriptions.opml
    """
    from aggregator.publish import opml

    path, config = around.config_path(), around.read()
    try:
        found = opml.read(file.read_bytes())
    except (ParseError, OSError) as error:
        raise AggregatorError(f"{file}: {error}") from None
    known = {source.key for source in config.sources}
    fresh = [s for s in found if s.url not in known]
    tables = [{k: v for k, v in (("url", s.url), ("name", s.title), ("category", s.category)) if v} for s in fresh]
    if tables:
        _write(path, _appended(path.read_text("utf-8"), tables))
    click.echo(
        f"Added {len(fresh)} of {len(found)} subscriptions to {path}; {len(found) - len(fresh)} were there already."
    )


@click.command()
@click.option("--opml", "as_opml", is_flag=True, help="The feeds of the config, as OPML.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="Every entry stored, one JSON object a line.")
@command
def export(around: Surroundings, as_opml: bool, as_jsonl: bool) -> None:
    """Print subscriptions or entries.

    \b
    Example:  aggregator export --opml > subscriptions.opml
    """
    if as_opml == as_jsonl:
        raise click.UsageError("choose either --opml or --jsonl")
    if as_opml:
        sys.stdout.buffer.write(_opml(around))
        return
    from aggregator.store.database import reading
    from aggregator.store.search import entries

    out = sys.stdout.buffer
    with reading(around.data()) as database:
        for entry in entries(database):
            told = {**entry, "published": iso(entry["published"]), "seen": iso(entry["seen"])}
            out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _opml(around: Surroundings) -> bytes:
    from aggregator.model import StoreError
    from aggregator.publish import opml
    from aggregator.store.database import reading
    from aggregator.store.sources import sites

    config = around.read()
    try:
        with reading(around.data()) as database:
            about = sites(database)
    except StoreError:
        about = {}
    subscriptions = []
    for source in config.sources:
        if source.path is None:
            title, site = about.get(source.key, ("", ""))
            subscriptions.append(
                opml.Subscription(source.key, source.name or title or source.key, source.category, site)
            )
    return opml.write(config.site.title, subscriptions)


def _appended(text: str, tables: list[dict[str, str]]) -> str:
    """The file's text with further [[source]] tables at its end, where TOML always takes them; all else as it was."""
    import tomlkit

    blocks = "".join(f"\n[[source]]\n{tomlkit.dumps(table)}" for table in tables)
    return text + ("" if not text or text.endswith("\n") else "\n") + blocks


def _write(path: Path, text: str) -> None:
    """Replaces the config in one step, if the new text is good; else the old one stays."""
    from aggregator.config import parse

    parse(text, path)
    temporary = path.with_name(f".{path.name}.new")
    try:
        temporary.write_text(text, "utf-8")
        temporary.chmod(path.stat().st_mode & 0o777)
        os.replace(temporary, path.resolve())  # noqa: PTH105
    except OSError as error:
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from None
