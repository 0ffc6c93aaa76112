"""once: one round of what is due, published."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, log_to_stderr, say

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.inbound.summary import Summary
    from aggregator.model import Visit


@click.command()
@click.option("--all", "everything", is_flag=True, help="Visit every source, due or not, at any hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@command
def once(surroundings: Surroundings, everything: bool, as_json: bool) -> None:
    """Visit what is due, publish, print a summary. Sources that fail don't change the exit status.

    \b
    Example:  aggregator once --all --json
    """
    config = surroundings.read()
    log_to_stderr()
    summary = asyncio.run(_once(config, surroundings.data(), everything=everything))
    if as_json:
        say(json.dumps(summary.as_dict()))
        return
    say(
        f"{summary.visited} visited in {summary.seconds:.1f} s, {summary.unchanged} unchanged, {summary.failed} failed;"
        f" {summary.entries_new} new entries, {summary.entries_updated} updated, {summary.stories_new} new stories."
    )


async def _once(config: Config, data: Path, *, everything: bool) -> Summary:
    from aggregator.engine import Engine

    gc.freeze()
    async with Engine(config, data) as engine:
        keys = await engine.inbound.due(everything=everything)
        if not sys.stderr.isatty():
            return await engine.once(keys, any_hour=everything)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("Visiting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) if keys else nullcontext() as progress:
            task = progress.add_task("", total=len(keys)) if progress else None

            def watch(_visit: Visit) -> None:
                if progress and task is not None:
                    progress.advance(task)

            return await engine.once(keys, watch, any_hour=everything)
