"""init, run, once, check."""

from __future__ import annotations

import asyncio
import gc
import json
import os
import sys
from contextlib import nullcontext, suppress
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, log_to_stderr, say
from aggregator.model import ConfigError

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Visit
    from aggregator.rounds import Summary


def template() -> str:
    """The annotated config: from the installed package, or from the checkout it runs in."""
    packaged = resources.files("aggregator") / "aggregator.toml"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "config" / "aggregator.toml").read_text("utf-8")


def quiet(text: str) -> str:
    """The config with the feeds on the web behind "#", and the outputs that select from them.

    They are shown to whoever tries the program, and none of a newsroom's business.
    """
    return "\n\n".join(_commented(part) if _is_example(part) else part for part in text.split("\n\n"))


def _is_example(part: str) -> bool:
    lines = [line for line in part.splitlines() if not line.startswith("#")]
    needs = {"[[source]]": "url = ", "[[output]]": "categories = "}.get(lines[0] if lines else "")
    return bool(needs) and any(line.startswith(str(needs)) for line in lines)


def _commented(part: str) -> str:
    lines = part.splitlines(keepends=True)
    return "".join(line if line.startswith("#") else f"# {line}" for line in lines)


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False), default=Path("aggregator.toml"))
@command
def init(_around: Surroundings, file: Path) -> None:
    """Write an annotated config to FILE, and beside it a folder for articles of your own.

    \b
    Example:  aggregator init ~/.config/aggregator/aggregator.toml
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # It may come to have passwords in it, and stays its owner's.
        with open(file, "x", encoding="utf-8", opener=lambda name, flags: os.open(name, flags, 0o600)) as out:
            out.write(quiet(template()))
    except FileExistsError:
        raise ConfigError(f"{file}: there is a file already, and it stays as it is") from None
    except OSError as error:
        raise ConfigError(f"{file}: can't be written: {error.strerror}") from None
    with suppress(OSError):  # `check` names the folder if it is missing
        (file.parent / "articles").mkdir(exist_ok=True)
    say(f"Wrote {file}. Edit it, then: aggregator run --config {file}")


@click.command()
@command
def run(around: Surroundings) -> None:
    """Visit, publish and serve until stopped. SIGHUP reads the config again.

    \b
    Example:  aggregator run --data-dir /var/lib/aggregator
    """
    from aggregator.daemon import Daemon

    gc.freeze()
    config = around.read()
    log_to_stderr()
    daemon = Daemon(around.config_path(), config, around.data(), click.echo)
    asyncio.run(daemon.run())


@click.command()
@click.option("--all", "everything", is_flag=True, help="Visit every source, due or not, at any hour.")
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@command
def once(around: Surroundings, everything: bool, as_json: bool) -> None:
    """Visit what is due, publish, print a summary. Sources that fail don't change the exit status.

    \b
    Example:  aggregator once --all --json
    """
    config = around.read()
    log_to_stderr()
    summary = asyncio.run(_once(config, around.data(), everything=everything))
    if as_json:
        say(json.dumps(summary.as_dict()))
        return
    say(
        f"{summary.visited} visited in {summary.seconds:.1f} s, {summary.unchanged} unchanged, {summary.failed} failed;"
        f" {summary.entries_new} new entries, {summary.entries_updated} updated, {summary.stories_new} new stories."
    )


async def _once(config: Config, data: Path, *, everything: bool) -> Summary:
    from aggregator.rounds import Rounds

    gc.freeze()
    async with Rounds(config, data) as rounds:
        keys = await rounds.inbound.due(everything=everything)
        if not sys.stderr.isatty():
            return await rounds.once(keys, any_hour=everything)
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("Visiting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) if keys else nullcontext() as progress:
            task = progress.add_task("", total=len(keys)) if progress else None

            def watch(_visit: Visit) -> None:
                if progress and task is not None:
                    progress.advance(task)

            return await rounds.once(keys, watch, any_hour=everything)


@click.command()
@command
def check(around: Surroundings) -> None:
    """Say what is wrong with the config, all of it, or that nothing is.

    \b
    Example:  aggregator check --config /etc/aggregator/aggregator.toml
    """
    from aggregator.config import reach

    config = around.read()
    doubled = len(config.source) - len(config.sources)
    outputs = ", ".join(output.name for output in config.outputs)
    say(f"{around.config_path()}: good. {len(config.sources)} sources; outputs: {outputs}.")
    if doubled:
        say(f"{doubled} sources have an address that another one has; each address is visited once.")
    categories = {source.category for source in config.sources}
    names = {name for source in config.sources for name in (source.key, source.name)}
    for output in config.outputs:
        for unknown in (*(set(output.categories) - categories), *(set(output.sources) - names)):
            say(f'Output {output.name}: no source has the category, name or address "{unknown}".')
    missing = [source.key for source in config.sources if source.path and not source.path.exists()]
    for key in missing:
        say(f"Source {key}: there is no such file or folder yet.")
    if why := reach.misled(config):
        say(why)
