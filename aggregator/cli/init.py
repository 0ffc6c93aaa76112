"""init: a config file to start from."""

from __future__ import annotations

import os
from contextlib import suppress
from importlib import resources
from pathlib import Path

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.model import ConfigError


def template() -> str:
    """Return the annotated config: from the installed package, or from the checkout it runs in."""
    packaged = resources.files("aggregator") / "aggregator.toml"
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "config" / "aggregator.toml").read_text("utf-8")


def quiet(text: str) -> str:
    """Return the config with the feeds on the web behind "#", and the outputs that select from them.

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
def init(_surroundings: Surroundings, file: Path) -> None:
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
