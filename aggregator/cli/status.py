"""status: how all of it is, on one screen."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, size, when
from aggregator.cli.door import facts
from aggregator.model import ConfigError, StoreError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Incident
    from aggregator.outbound.survey import Output
    from aggregator.store.standings import Standing

_TOLD = 10  # troubles
_WORST = 5  # sources
_SPANS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@command
def status(surroundings: Surroundings, as_json: bool) -> None:
    """Tell how all of it is: the daemon, the sources, what is stored and published, trouble, the disk.

    \b
    Example:  aggregator status
    """
    told = _told(surroundings, int(time.time()))
    if as_json:
        print_json(told)
    else:
        say(*_lines(told))


@dataclass(frozen=True, slots=True)
class _Daemon:
    """What the daemon says of itself and of what it looks at, None where none runs; why it says nothing."""

    said: Mapping[str, Any] | None
    checks: Mapping[str, Any] | None
    trouble: str = ""


def _told(surroundings: Surroundings, now: int) -> dict[str, Any]:
    from aggregator.outbound.survey import survey

    data = surroundings.data()
    daemon = _daemon(data)
    config, mistakes = _config(surroundings, daemon.said)
    seen = survey(data, config, now, _WORST)
    found = seen.counted.overview if seen.counted else None
    checks = daemon.checks or {
        check.name: {"ok": check.ok, "said": check.said}
        for check in seen.checks(None)
        if config or check.name == "store"
    }
    return {
        "data": str(data),
        "daemon": daemon.said and _of_itself(daemon.said, now),
        "sources": found.sources if found else {},
        "last_visit": iso(found.last_visit) if found else None,
        "next_visit": iso(found.next_visit) if found else None,
        "due": seen.counted.due if seen.counted else 0,
        "lag": seen.counted.longest if seen.counted else 0,
        "failing": [_failing(standing) for standing in (seen.counted.worst if seen.counted else ())],
        "entries": found.entries if found else 0,
        "stories": found.stories if found else 0,
        "outputs": {output.name: _output(output, config) for output in seen.outputs},
        "checks": checks,
        "trouble": [
            *([daemon.trouble] if daemon.trouble else []),
            *mistakes,
            *_wrong(checks),
            *(map(_incident, found.incidents) if found else ()),
        ],
        "disk": {"database": seen.database + seen.log, "size": seen.room.size, "free": seen.room.free},
    }


def _daemon(data: Path) -> _Daemon:
    try:
        said = facts(data)
    except StoreError as error:
        return _Daemon(None, None, str(error))
    try:
        ready = facts(data, "readyz") if said else None
    except StoreError:  # it is of an older version, or on its way out
        ready = None
    return _Daemon(said, ready and ready.get("checks"), str(said["trouble"]) if said and not ready else "")


def _config(surroundings: Surroundings, running: Mapping[str, Any] | None) -> tuple[Config | None, tuple[str, ...]]:
    """Return the config, the running daemon's unless another one is named; or what is wrong with it."""
    from aggregator.config import load

    try:
        if running and surroundings.config is None:
            return load(Path(running["config"])), ()
        return surroundings.read(), ()
    except ConfigError as error:
        return None, tuple(error.problems)


def _of_itself(running: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {
        **{name: running[name] for name in ("pid", "version", "phase", "config")},
        "started": iso(running["started"]),
        "uptime": max(now - running["started"], 0),
        "last_round": iso(running["last_round"]),
    }


def _failing(standing: Standing) -> dict[str, Any]:
    return {
        "name": standing.shown_name,
        "failures": standing.failures,
        "last_visit": iso(standing.last_visit),
        "error": standing.error,
    }


def _output(output: Output, config: Config | None) -> dict[str, Any]:
    """Return how many articles it shows, when it changed last, and where it is."""
    link, formats = (config.site.link, [*output.editions, *output.missing]) if config else ("", [])
    return {
        "articles": output.articles,
        "changed": iso(output.changed),
        "addresses": [f"{link}{output.name}.{suffix}" for suffix in formats],
        "missing": list(output.missing) if config else [],
    }


def _wrong(checks: Mapping[str, Any]) -> list[str]:
    """Return what isn't as it should be; where the store can't be read that explains all else that is of it."""
    wrong = {name: check["said"] for name, check in checks.items() if not check["ok"]}
    return [wrong["store"]] if "store" in wrong else [f"{name}: {said}" for name, said in wrong.items()]


def _incident(incident: Incident) -> str:
    detail = f" ({incident.detail})" if incident.detail else ""
    return f"{incident.name or 'our own line'}: {incident.trouble} since {when(incident.since)} UTC{detail}"


def _lines(told: Mapping[str, Any]) -> list[str]:
    disk = told["disk"]
    rows = {
        "Daemon": _of_daemon(told["daemon"]),
        "Sources": _of_sources(told),
        "Failing": [f"{each['name']}, {each['failures']} in a row: {each['error']}" for each in told["failing"]],
        "Stored": [f"{told['entries']} entries in {told['stories']} stories"],
        "Outputs": [_of_output(name, output) for name, output in told["outputs"].items()],
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
    due = f"; {told['due']} due, for {_span(told['lag'])} at most" if told["due"] else ""
    times = f"last visit {_time(told['last_visit'])}, next {_time(told['next_visit'])}{due}"
    return [f"{sum(sources.values())}: {states}", times]


def _of_output(name: str, output: Mapping[str, Any]) -> str:
    first, *others = output["addresses"] or [""]
    where = f", {first}" + "".join(f" .{address.rpartition('.')[2]}" for address in others) if first else ""
    return f"{name}: {output['articles']} articles, changed {_time(output['changed'])}{where}"


def _of_trouble(lines: list[str]) -> list[str]:
    more = len(lines) - _TOLD
    return [*lines[:_TOLD], *([f"and {more} more: `aggregator sources` has them"] if more > 0 else [])]


def _time(written: str | None) -> str:
    return f"{written[:10]} {written[11:16]} UTC" if written else "—"


def _span(seconds: int) -> str:
    unit, letters = next(((unit, letters) for unit, letters in _SPANS if seconds >= unit), (1, "s"))
    return f"{seconds // unit} {letters}"
