"""storage: what takes the room."""

from __future__ import annotations

import os
import shutil
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, shown_in, size, stored, when

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.store.storage import Storage

_LISTED, _TABLES = 20, 8  # sources, and tables: the largest


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, with every source.")
@command
def storage(surroundings: Surroundings, as_json: bool) -> None:
    """Tell what takes the room: the database by table and by source, what is published, and what goes tonight.

    \b
    Example:  aggregator storage
    """
    config, data = surroundings.read(), surroundings.data()
    found = _found(surroundings, config)
    told = _told(data, config, found)
    if as_json:
        print_json(told, "source")
        return
    say(*_lines(told))
    _print(_table_rows(told))
    _print(_source_rows(found))


def _found(surroundings: Surroundings, config: Config) -> Storage:
    from aggregator.store.storage import Bounds
    from aggregator.store.storage import storage as look

    bounds = Bounds(
        kept=config.limits.kept,
        keeps={key: source.keep for key, source in config.by_key.items()},
        general=config.keep,
        size=config.storage.max_size,
        copies=[output.name for output in config.outputs if not output.dedupe],
    )
    with stored(surroundings) as database:
        return look(database, bounds, int(time.time()))


def _told(data: Path, config: Config, found: Storage) -> dict[str, Any]:
    from aggregator.outbound import FOLDER
    from aggregator.store.database import files

    database, log = (path.stat().st_size if path.exists() else 0 for path in files(data))
    count, taken = _published(data / FOLDER)
    return {
        "data": str(data),
        "database": {
            "bytes": database, "used": found.used, "free": found.free, "log": log, "max_size": config.storage.max_size
        },
        "published": {"files": count, "bytes": taken},
        "tables": found.tables,
        "entries": found.entries,
        "stories": found.stories,
        "oldest": iso(found.oldest),
        "going": found.going,
        "sources": [
            {"source": each.key, **{k: v for k, v in asdict(each).items() if k != "key"}, "oldest": iso(each.oldest)}
            for each in found.sources
        ],
    }  # fmt: skip


def _published(folder: Path) -> tuple[int, int]:
    """Return how many files are published, and their bytes."""
    sizes = [(Path(at) / name).lstat().st_size for at, _, names in os.walk(folder) for name in names]
    return len(sizes), sum(sizes)


def _lines(told: dict[str, Any]) -> list[str]:
    file, published, going = told["database"], told["published"], told["going"]
    bound = f", max_size {size(file['max_size'])}" if file["max_size"] else ""
    oldest = f", the oldest of {told['oldest'][:10]}" if told["oldest"] else ""
    why = {"kept": "[limits] kept", "keep": "age or number", "max_size": "max_size"}
    goes = ", ".join(f"{count} by {why[bound]}" for bound, count in going.items() if count)
    return [
        f"Database   {size(file['bytes'])} in {told['data']}, {size(file['free'])} of it free{bound}",
        f"Log        {size(file['log'])}",
        f"Published  {published['files']} files, {size(published['bytes'])}",
        f"Stored     {told['entries']} entries in {told['stories']} stories{oldest}",
        f"Tonight    {f'{sum(going.values())} entries go: {goes}' if goes else 'nothing goes'}",
    ]


def _table_rows(told: dict[str, Any]) -> list[tuple[str, ...]]:
    whole = sum(told["tables"].values()) or 1
    rows = [(name, size(taken), f"{100 * taken / whole:.0f} %") for name, taken in told["tables"].items()]
    return [("Table", "Size", "Share"), *(rows[:_TABLES] or [("this SQLite can't tell (dbstat)", "", "")])]


def _source_rows(found: Storage) -> list[tuple[str, ...]]:
    rows = [
        (shown_in(each.name) + ("" if each.configured else " (removed)"), str(each.entries), f"~{size(each.bytes)}",
         when(each.oldest)[:10], str(each.going))
        for each in found.sources[:_LISTED]
    ]  # fmt: skip
    more = len(found.sources) - _LISTED
    left = [(f"and {more} more: --json has them", "", "", "", "")] if more > 0 else []
    return [("Source", "Entries", "Size", "Oldest", "Go tonight"), *rows, *left]


def _print(rows: list[tuple[str, ...]]) -> None:
    from aggregator.cli.columns import Column, aligned

    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    first, *others = rows[0]
    say("", *aligned([Column(first, least=16), *map(Column, others)], rows[1:], width))
