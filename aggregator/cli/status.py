"""status: how all of it is, on one screen."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, when
from aggregator.cli.door import facts
from aggregator.model import StoreError

if TYPE_CHECKING:
    from aggregator.model import Incident
    from aggregator.store.overview import Overview

_TOLD = 10  # troubles
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@command
def status(surroundings: Surroundings, as_json: bool) -> None:
    """Tell how all of it is: the daemon, the sources, what is stored and published, trouble, the disk.

    \b
    Example:  aggregator status
    """
    data, now = surroundings.data(), int(time.time())
    running = facts(data)
    found, trouble = _overview(surroundings)
    told = {
        "data": str(data),
        "daemon": running and _daemon(running, now),
        "sources": found.sources if found else {},
        "last_visit": iso(found.last_visit) if found else None,
        "next_visit": iso(found.next_visit) if found else None,
        "entries": found.entries if found else 0,
        "stories": found.stories if found else 0,
        "outputs": _outputs(data, found) if found else {},
        "trouble": [*_troubles(running, found), *([trouble] if trouble else [])],
        "disk": _disk(data),
    }
    if as_json:
        print_json(told)
    else:
        say(*_lines(told))


def _overview(surroundings: Surroundings) -> tuple[Overview | None, str]:
    """Look at what is stored; say why nothing can be seen of it."""
    from aggregator.store.overview import overview

    try:
        with stored(surroundings) as database:
            return overview(database), ""
    except StoreError as error:
        return None, str(error)


def _daemon(running: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {
        **{name: running[name] for name in ("pid", "version", "phase", "config")},
        "started": iso(running["started"]),
        "uptime": max(now - running["started"], 0),
        "last_round": iso(running["last_round"]),
    }


def _outputs(data: Path, found: Overview) -> dict[str, Any]:
    """Return how many articles each output shows, and when it changed last."""
    from aggregator.outbound import FOLDER

    changed = {
        name: max(
            (int(path.stat().st_mtime) for path in (data / FOLDER).glob(f"{name}.*") if path.is_file()), default=0
        )
        for name in found.outputs
    }
    return {name: {"articles": count, "changed": iso(changed[name])} for name, count in found.outputs.items()}


def _troubles(running: Mapping[str, Any] | None, found: Overview | None) -> list[str]:
    own = [running["trouble"]] if running and running["trouble"] else []
    return [*own, *(map(_incident, found.incidents) if found else ())]


def _incident(incident: Incident) -> str:
    detail = f" ({incident.detail})" if incident.detail else ""
    return f"{incident.name or 'our own line'}: {incident.trouble} since {when(incident.since)} UTC{detail}"


def _disk(data: Path) -> dict[str, int]:
    """Return the bytes of the database with its log, and those that are free."""
    from aggregator.store.database import files

    place = next(folder for folder in (data, *data.absolute().parents) if folder.exists())
    sizes = (path.stat().st_size if path.exists() else 0 for path in files(data))
    return {"database": sum(sizes), "free": shutil.disk_usage(place).free}


def _lines(told: Mapping[str, Any]) -> list[str]:
    disk, outputs = told["disk"], told["outputs"]
    rows = {
        "Daemon": _of_daemon(told["daemon"]),
        "Sources": _of_sources(told),
        "Stored": [f"{told['entries']} entries in {told['stories']} stories"],
        "Outputs": [f"{n}: {o['articles']} articles, changed {_time(o['changed'])}" for n, o in outputs.items()],
        "Disk": [f"database {size(disk['database'])}, {size(disk['free'])} free, in {told['data']}"],
        "Trouble": _of_trouble(told["trouble"]),
    }
    return [
        f"{'' if place else name:<9}{line}"
        for name, lines in rows.items()
        for place, line in enumerate(lines or ["none"])
    ]


def _of_daemon(daemon: Mapping[str, Any] | None) -> list[str]:
    if not daemon:
        return ["no daemon runs"]
    return [
        f"{daemon['phase']}, process {daemon['pid']}, for {_span(daemon['uptime'])}, version {daemon['version']}",
        f"config {daemon['config']}",
        f"last round {_time(daemon['last_round'])}",
    ]


def _of_sources(told: Mapping[str, Any]) -> list[str]:
    sources = told["sources"]
    if not sources:
        return []
    states = ", ".join(f"{count} {state}" for state, count in sorted(sources.items()))
    times = f"last visit {_time(told['last_visit'])}, next {_time(told['next_visit'])}"
    return [f"{sum(sources.values())}: {states}", times]


def _of_trouble(lines: list[str]) -> list[str]:
    more = len(lines) - _TOLD
    return [*lines[:_TOLD], *([f"and {more} more: `aggregator sources` has them"] if more > 0 else [])]


def _time(written: str | None) -> str:
    return f"{written[:10]} {written[11:16]} UTC" if written else "—"


def _span(seconds: int) -> str:
    unit, letters = next(((unit, letters) for unit, letters in _SPANS if seconds >= unit), (1, "s"))
    return f"{seconds // unit} {letters}"


def size(count: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
