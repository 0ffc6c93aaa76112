"""once: one round of what is due, published."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.door import by_engine

if TYPE_CHECKING:
    from rich.progress import Progress


@click.command()
@click.option("--all", "everything", is_flag=True, help="Visit every source, due or not, at any hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@command
def once(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    """Visit what is due, publish, print a summary. Sources that fail don't change the exit status.

    A daemon that runs does it at once.

    \b
    Example:  aggregator once --all --json
    """
    with _progress() as watch:
        summary = by_engine(surroundings, "once", {"all": everything}, watch)
    if as_json:
        say(json.dumps(summary))
        return
    say(
        f"{summary['visited']} visited in {summary['seconds']:.1f} s, {summary['unchanged']} unchanged,"
        f" {summary['failed']} failed; {summary['entries_new']} new entries, {summary['entries_updated']} updated,"
        f" {summary['stories_new']} new stories."
    )


@contextmanager
def _progress() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    """Give what is told of a round and shows it on a terminal, if that is where standard error goes."""
    if not sys.stderr.isatty():
        yield lambda _event: None
        return
    shown: list[Progress] = []

    def watch(event: Mapping[str, Any]) -> None:
        if event.get("due"):
            shown.append(_bar(event["due"]))
            shown[0].start()
        elif shown:
            shown[0].advance(shown[0].task_ids[0])

    try:
        yield watch
    finally:
        for bar in shown:
            bar.stop()


def _bar(total: int) -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("Visiting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    bar.add_task("", total=total)
    return bar
