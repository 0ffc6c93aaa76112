"""visit: sources now."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from aggregator.cli.common import Surroundings, command, print_json, say, utf8
from aggregator.cli.door import by_engine

_COUNTS = (("entries_new", "new"), ("entries_updated", "updated"))


@click.command()
@click.argument("sources", metavar="[SOURCE]...", nargs=-1)
@click.option("--failing", is_flag=True, help="Visit all sources that fail.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects, one for each visit.")
@command
def visit(surroundings: Surroundings, sources: tuple[str, ...], failing: bool, as_json: bool) -> int:
    """Visit sources now, whatever their hours, and publish. A source is named by its address, path or name.

    A line tells how each visit went. Exit status 1 if one failed.

    \b
    Example:  aggregator visit https://example.org/feed.xml
              aggregator visit --failing
    """
    if bool(sources) == failing:
        raise click.UsageError("name a source or more, or ask for --failing")
    visits: list[Mapping[str, Any]] = []

    def watch(event: Mapping[str, Any]) -> None:
        if "visit" not in event:
            return
        visits.append(event["visit"])
        if not as_json:
            say(line(event["visit"]))

    given: dict[str, Any] = {"failing": True} if failing else {"sources": [_named(utf8(source)) for source in sources]}
    came = by_engine(surroundings, "visit", given, watch)
    if as_json:
        print_json(visits, "source")
    elif not came["visited"]:
        say("No source is failing.")
    return 1 if came["failed"] else 0


def line(visit: Mapping[str, Any]) -> str:
    """Say how a visit went, in one line."""
    counts = ", ".join(f"{visit[name]} {word}" for name, word in _COUNTS if visit.get(name))
    went = " ".join(filter(None, (counts or visit["outcome"], visit["detail"] and f"({visit['detail']})")))
    if visit["outcome"] in {"failed", "gone"} and visit["detail"]:
        went = f"{visit['outcome']}: {visit['detail']}"
    elif "at" not in visit:  # it was not made
        went = f"not visited: {visit['detail']}"
    return f"{visit['source']}: {went}"


def _named(source: str) -> dict[str, str]:
    """Return a source as it was named, and which path that is from here."""
    return {"name": source, "place": "" if "://" in source else os.path.realpath(Path(source).expanduser())}
