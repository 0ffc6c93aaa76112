"""add, remove, import, export: the config file's sources, and OPML."""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import time
import tomllib
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, iso, stored
from aggregator.model import AggregatorError, ConfigError, ParseError, RetrievalError

if TYPE_CHECKING:
    from aggregator.config import Config, SourceTable
    from aggregator.publish.opml import Subscription


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
        if not _is_good({"url": address}):
            raise AggregatorError(f"{address!r}: not an http(s) address")
        kind, key = "url", address
        if not unchecked and not _named(config, address):
            key = asyncio.run(_feed_at(address, config))
    else:
        kind, key = "path", _path_from(address, config.folder)
    if _named(config, address) or _named(config, key):
        click.echo(f"{key} is in {path} already.")
        return
    table = {kind: key} | {k: v for k, v in (("name", name), ("category", category)) if v}
    _write(path, _appended(_text(path), [table]))
    click.echo(f"Added {key} to {path}.")


def _named(config: Config, address: str) -> list[int]:
    """Which of the config's [[source]] tables have this URL, or this path in any spelling."""
    here = None if "://" in address else _real(Path(address).expanduser())
    return [
        index
        for index, table in enumerate(config.source)
        if address in (table.url, table.path) or (here and here == _place(config, table))
    ]


def _place(config: Config, table: SourceTable) -> Path | None:
    return _real(config.folder / Path(table.path).expanduser()) if table.path else None


async def _feed_at(address: str, config: Config) -> str:
    """The address, if a feed is there, else that of the first feed that the page there names and that is one."""
    from aggregator.parse import parse
    from aggregator.parse.discovery import feeds_of
    from aggregator.retrieve.web import Web

    async with Web(config, lambda: int(time.time())) as web:
        try:
            document = await web.get(address)
        except RetrievalError as error:
            raise AggregatorError(f"{address}: {error}; --unchecked adds it all the same") from None
        try:
            parse(document)
        except ParseError as no_feed:
            for found in filter(lambda url: _is_good({"url": url}), feeds_of(document)):
                try:
                    parse(await web.get(found))
                except (ParseError, RetrievalError):
                    continue
                return found
            raise AggregatorError(f"{address}: {no_feed}, and it names no feed; --unchecked adds it anyway") from None
    return address


def _path_from(address: str, folder: Path) -> str:
    """The path as the config file's folder sees it."""
    target = Path(address).expanduser().absolute()
    if not address or not target.exists():
        raise AggregatorError(f"{address!r}: there is no such file or folder, and no http(s) address either")
    if ".." in target.parts:
        target, folder = _real(target), _real(folder)
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
    path, config = around.config_path(), around.read()
    gone = _named(config, address) or [i for i, table in enumerate(config.source) if address and table.name == address]
    keys = list(dict.fromkeys(config.source[index].url or config.source[index].path or "" for index in gone))
    if not keys:
        raise AggregatorError(f"{address}: no source in {path} has this address or name")
    if len(keys) > 1:
        raise AggregatorError(f"{address}: several sources have this name: {', '.join(keys)}; say which")
    _write(path, _without(_text(path), gone))
    click.echo(f"Removed {keys[0]} from {path}.")


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--partial", is_flag=True, help="Of a list that is cut off or broken, take what can be read.")
@command
def import_(around: Surroundings, file: Path, partial: bool) -> None:
    """Add the subscriptions of an OPML file, or of newsboat's urls; folders and tags become categories.

    \b
    Example:  aggregator import subscriptions.opml
    """
    path, config = around.config_path(), around.read()
    try:
        found, passed = _subscriptions(file.read_bytes(), partial)
    except (ParseError, OSError) as error:
        raise AggregatorError(f"{file}: {error}") from None
    for line in passed:
        click.echo(f"Left out {line}: not a feed on the web.", err=True)
    if not found:
        raise AggregatorError(f"{file}: there is no feed in this list; nothing was added")
    known = {source.key for source in config.sources}
    unknown = [_table(s) for s in found if s.url not in known]
    fresh = [table for table in unknown if _is_good(table)]
    if fresh:
        _write(path, _appended(_text(path), fresh))
    click.echo(
        f"Added {len(fresh)} of {len(found)} subscriptions to {path}; {len(found) - len(unknown)} were there already."
    )
    good = {table["url"] for table in fresh}
    for table in unknown:
        if table["url"] not in good:
            click.echo(f"Left out {table['url']}: not an address that can be visited.", err=True)


def _subscriptions(body: bytes, partial: bool) -> tuple[list[Subscription], list[str]]:
    """What another reader's file subscribes to, and the lines of it that name something else.

    A broken list is a ParseError that says where, unless a `partial` one is asked for: half a list that was taken in
    silence is missed only when it is too late.
    """
    from aggregator.publish import newsboat, opml

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


def _real(path: Path) -> Path:
    """Where a path leads; unlike Path.resolve() it doesn't mind links in a circle."""
    return Path(os.path.realpath(path))


def _table(subscription: Subscription) -> dict[str, str]:
    named = (("url", subscription.url), ("name", subscription.title), ("category", subscription.category))
    return {key: value for key, value in named if value}


def _is_good(table: dict[str, str]) -> bool:
    from pydantic import ValidationError

    from aggregator.config import SourceTable

    try:
        SourceTable.model_validate(table)
    except ValidationError:
        return False
    return True


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
    from aggregator.store.search import entries

    out = sys.stdout.buffer
    with stored(around) as database:
        for entry in entries(database):
            told = {**entry, "published": iso(entry["published"]), "seen": iso(entry["seen"])}
            out.write(json.dumps(told, ensure_ascii=False).encode() + b"\n")


def _opml(around: Surroundings) -> bytes:
    from aggregator.publish import opml
    from aggregator.store.database import NAME
    from aggregator.store.sources import sites

    config = around.read()
    about: dict[str, tuple[str, str]] = {}
    if (around.data() / NAME).exists():
        with stored(around) as database:
            about = sites(database)
    return opml.write(config.site.title, opml.subscriptions(config.sources, about))


# ── The config's text ────────────────────────────────────────────────────────────────────────────────────────────────

_HEADER = re.compile(r"\s*\[\[\s*source\s*\]\]")
_ANY_HEADER = re.compile(r"\s*\[")
_NOTHING = re.compile(r"\s*(#.*)?")


def _text(path: Path) -> str:
    """The file as it is: its line ends too."""
    return path.read_bytes().decode("utf-8")


def _appended(text: str, tables: list[dict[str, str]]) -> str:
    """The file's text with further [[source]] tables at its end, where TOML always takes them; all else as it was."""
    import tomlkit

    if "source" in tomllib.loads(text) and not any(map(_HEADER.match, text.splitlines())):  # source = [{url = …}]
        document = tomlkit.parse(text)
        for table in tables:
            inline = tomlkit.inline_table()
            inline.update(table)
            document["source"].append(inline)
        return tomlkit.dumps(document)
    blocks = "".join(f"\n[[source]]\n{tomlkit.dumps(table)}" for table in tables)
    added = ("" if not text or text.endswith("\n") else "\n") + blocks
    return text + (added.replace("\n", "\r\n") if "\r\n" in text else added)


def _without(text: str, indices: Collection[int]) -> str:
    """The file's text without these [[source]] tables; all comments but those inside of them stay."""
    import tomlkit

    before = tomllib.loads(text)
    kept = [table for index, table in enumerate(before["source"]) if index not in indices]
    wanted = {**before, "source": kept} if kept else {k: v for k, v in before.items() if k != "source"}
    lines = text.splitlines(keepends=True)
    starts = [number for number, line in enumerate(lines) if _HEADER.match(line)]
    if len(starts) == len(before["source"]):
        for index in sorted(indices, reverse=True):
            _cut(lines, starts[index])
        cut = "".join(lines)
        try:
            if tomllib.loads(cut) == wanted:
                return cut
        except tomllib.TOMLDecodeError:
            pass
    document = tomlkit.parse(text)  # source = [{url = …}], or strings that look like tables
    listed = document["source"]
    for index in sorted(indices, reverse=True):
        del listed[index]
    return tomlkit.dumps(document)


def _cut(lines: list[str], start: int) -> None:
    """Takes the table that starts there out, as far as its last key, with one of the blank lines around it."""
    following = (number for number in range(start + 1, len(lines)) if _ANY_HEADER.match(lines[number]))
    end = next(following, len(lines))
    while _NOTHING.fullmatch(lines[end - 1].rstrip()) and end - 1 > start:
        end -= 1
    at_end = end == len(lines) or not lines[end].strip()
    if start and at_end and not lines[start - 1].strip():
        start -= 1
    del lines[start:end]


def _write(path: Path, text: str) -> None:
    """Replaces the config in one step, if the new text is good; else the old one stays."""
    from aggregator.config import parse

    parse(text, path)
    target = _real(path)
    temporary = target.with_name(f".{target.name}.new")
    try:
        temporary.write_bytes(text.encode())
        temporary.chmod(target.stat().st_mode & 0o777)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise ConfigError(f"{path}: can't be written: {error.strerror}") from None
