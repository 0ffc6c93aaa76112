"""The config file's sources, as the commands that change it name them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.cli.common import Surroundings
from aggregator.config.editing import real
from aggregator.model import AggregatorError

if TYPE_CHECKING:
    from aggregator.config import Config, SourceTable


def advice_to_reload(surroundings: Surroundings) -> list[str]:
    """Return how the daemon that runs on the same data, if there is one, gets to know of it."""
    from aggregator.store.lock import holder

    running = holder(surroundings.data())
    how = "`aggregator reload` (or `systemctl reload aggregator`)"
    return [f"An aggregator is running: {how} has it read the config."] if running else []


def tables_named(config: Config, address: str) -> list[int]:
    """Return which of the config's [[source]] tables have this URL, or this path in any spelling."""
    here = None if "://" in address else real(Path(address).expanduser())
    return [
        index
        for index, table in enumerate(config.source)
        if address in (table.url, table.path) or (here and here == _place(config, table))
    ]


def _place(config: Config, table: SourceTable) -> Path | None:
    return real(config.folder / Path(table.path).expanduser()) if table.path else None


def path_from(address: str, folder: Path) -> str:
    """Return the path as the config file's folder sees it."""
    target = Path(address).expanduser().absolute()
    if not address or not target.exists():
        raise AggregatorError(f"{address!r}: there is no such file or folder, and no http(s) address either")
    if ".." in target.parts:
        target, folder = real(target), real(folder)
    path = str(target.relative_to(folder)) if target.is_relative_to(folder) else str(target)
    try:
        path.encode()
    except UnicodeEncodeError:
        raise AggregatorError(f"{address!r}: its name is not UTF-8, and a config file can't have it") from None
    return path
