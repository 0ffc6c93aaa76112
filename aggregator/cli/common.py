"""What the commands share: where config and data are, and how the operator is spoken to."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from aggregator.model import ConfigError, StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database

    from aggregator.config import Config

F = TypeVar("F", bound=Callable[..., Any])
_PLACES = (
    "aggregator.toml",
    "config/aggregator.toml",
    "~/.config/aggregator/aggregator.toml",
    "/etc/aggregator/aggregator.toml",
)


@dataclass(slots=True)
class Surroundings:
    """The options that are taken before and after the command's name; the one after it counts."""

    config: Path | None = None
    data_dir: Path | None = None

    def config_path(self) -> Path:
        """Return the config file; ConfigError, with the places looked at, where there is none."""
        given = self.config or (Path(os.environ["AGGREGATOR_CONFIG"]) if os.environ.get("AGGREGATOR_CONFIG") else None)
        if given is not None:
            if given.is_dir():
                raise ConfigError(f"{given}: this is a folder; name the file, like {given / 'aggregator.toml'}")
            if not given.is_file():
                raise ConfigError(f"{given}: there is no such file; `aggregator init {given}` writes one")
            return given
        for place in _PLACES:
            with suppress(RuntimeError, OSError):  # an account without a home, a folder that is closed to us
                path = Path(place).expanduser()
                if path.is_file():
                    return path
        raise ConfigError(
            f"no config found (looked for {', '.join(_PLACES)}); `aggregator init` writes aggregator.toml here"
        )

    def read(self) -> Config:
        """Return the config, checked."""
        from aggregator.config import load

        return load(self.config_path())

    def read_whole(self, **serve: object) -> Config:
        """Return the config with its secrets, for whoever visits or serves; `serve` goes before what it has there."""
        from aggregator.config import load

        return load(self.config_path(), os.environ, serve)

    def data(self) -> Path:
        """Return the folder of the database and the editions."""
        state = os.environ.get("STATE_DIRECTORY", "").partition(":")[0]  # systemd names several with colons
        return self.data_dir or Path(os.environ.get("AGGREGATOR_DATA_DIR") or state or "data")


def shared_options(command: F) -> F:
    """Add --config and --data-dir to a command or the group, kept on the context for `Surroundings`."""

    def keep(name: str) -> Callable[[click.Context, click.Parameter, Path | None], None]:
        def callback(context: click.Context, _parameter: click.Parameter, value: Path | None) -> None:
            if value is not None:
                setattr(context.ensure_object(Surroundings), name, value)

        return callback

    kind = click.Path(path_type=Path)
    for option, name, text in (
        ("--data-dir", "data_dir", "The folder of the database and the feeds.  [default: ./data]"),
        ("--config", "config", "The config file.  [default: ./aggregator.toml, ./config/aggregator.toml, …]"),
    ):
        command = click.option(option, type=kind, metavar="PATH", expose_value=False, callback=keep(name), help=text)(
            command
        )
    return command


def command(function: F) -> F:
    """Give a command's function the surroundings as its first argument."""

    @shared_options
    @click.pass_context
    @wraps(function)
    def call(context: click.Context, *args: Any, **kwargs: Any) -> Any:
        return function(context.ensure_object(Surroundings), *args, **kwargs)

    return call  # type: ignore[return-value]


def complain(*problems: str) -> None:
    """Tell what went wrong, a line each, on standard error."""
    for problem in problems:
        say(f"aggregator: {problem}", err=True)


def say(*lines: str, err: bool = False) -> None:
    """Tell the operator, a line each; without passwords and keys, for it may end in a log or a bug report."""
    for line in lines:
        click.echo(shown_in(line), err=err)


def shown_in(text: str) -> str:
    """Return the text with the addresses in it as anybody may see them: all that is said or logged goes through."""
    if not any(sign in text for sign in ("@", "=", "://")):  # loading what masks takes time
        return text
    from aggregator.text.secrets import shown_in as without_secrets

    return without_secrets(text)


def masked(value: Any, whole: Sequence[str] = ()) -> Any:
    """Do the same to all texts in what is about to be JSON, but for what has a key in `whole`."""
    if isinstance(value, str):
        return shown_in(value)
    if isinstance(value, dict):
        return {key: each if key in whole else masked(each, whole) for key, each in value.items()}
    return [masked(each, whole) for each in value] if isinstance(value, list | tuple) else value


def complain_of_bug(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Print a traceback, for sys.excepthook."""
    say("".join(traceback.format_exception(kind, error, trace)).rstrip(), err=True)


def utf8(argument: str) -> str:
    """Return an argument as text that can be sought: bytes beyond the locale's encoding came as lone surrogates."""
    try:
        argument.encode()
    except UnicodeEncodeError:
        return os.fsencode(argument).decode("utf-8", "replace")
    return argument


def print_json(value: Any, *whole: str) -> None:
    """Print for programs: UTF-8, whatever the terminal's encoding; masked, but for what has a key in `whole`."""
    click.echo(json.dumps(masked(value, whole), ensure_ascii=False, indent=2).encode())


@contextmanager
def stored(surroundings: Surroundings) -> Iterator[Database]:
    """Open the database, to be read; StoreError where nothing is stored yet or the file is none of ours."""
    import sqlite3

    from aggregator.store.database import reading

    with reading(surroundings.data()) as database:
        try:
            yield database
        except sqlite3.Error as error:
            raise StoreError(f"the database in {surroundings.data()} can't be read: {error}") from error


def size(count: float) -> str:
    """Write a number of bytes for people."""
    for unit in ("B", "kB", "MB", "GB"):
        if count < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def when(instant: int) -> str:
    """Write an instant for people: UTC to the minute, or a dash."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M") if instant else "—"


def iso(instant: int) -> str | None:
    """Write an instant for programs: RFC 3339, or null."""
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None
