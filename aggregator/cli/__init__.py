"""The operator's hands: every command, its options and its exit status.

0 all went well · 1 it could not be done · 2 the config file or the command line has to be mended.
"""

from __future__ import annotations

import errno
import importlib
import io
import sys
from keyword import iskeyword
from typing import TYPE_CHECKING, Any

import click

from aggregator import __version__
from aggregator.cli.common import complain, complain_of_bug, shared_options
from aggregator.model import AggregatorError, ConfigError
from aggregator.model.errors import is_shortage, shortage

if TYPE_CHECKING:
    import sqlite3

# A module each, of the same name; it is loaded, with all that it imports, when it is asked for.
_COMMANDS = (
    "init", "run", "once", "visit", "try", "publish", "reload", "status", "health", "check", "sources", "search",
    "explain", "preview", "split", "merge", "hide", "unhide", "rulings", "add", "remove", "import", "export", "backup",
    "restore", "storage", "tidy",
)  # fmt: skip
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        name = f"{cmd_name}_" if iskeyword(cmd_name) else cmd_name  # import, try
        command: click.Command = getattr(importlib.import_module(f"aggregator.cli.{name}"), name)
        return command


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, package_name="aggregator", message="aggregator %(version)s")
@shared_options
def group() -> None:
    """Visits feeds and folders of articles, recognises the same article wherever it appears, publishes combined feeds.

    \b
    Start:    aggregator run
    Try:      aggregator once
    """


def main() -> None:
    """Run as the console script: no traceback for what a user or the surroundings got wrong."""
    import gc
    import sqlite3

    # What is loaded stays to the end: looking through it for garbage takes a tenth of a start, and as much of a round.
    gc.set_threshold(100_000, 20, 50)
    sys.excepthook = complain_of_bug
    for stream in (sys.stdout, sys.stderr):  # a terminal that lacks a character gets its escape, not a traceback
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        status: Any = group.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    except BrokenPipeError:  # `aggregator export --jsonl | head`
        sys.stderr.close()
        status = 1
    except (AggregatorError, sqlite3.Error, OSError) as error:
        status = _exit_status(error)
    except (MemoryError, RuntimeError) as error:
        if not is_shortage(error):
            raise
        complain(f"the machine has nothing left to go on with: {shortage(error)}")
        status = 1
    sys.exit(status if isinstance(status, int) else 0)


def _exit_status(error: AggregatorError | sqlite3.Error | OSError) -> int:
    """Tell the operator what is wrong, in a line or more, and return the exit status; raise a bug again."""
    if isinstance(error, ConfigError):
        complain(*error.problems)
        return 2
    if isinstance(error, AggregatorError):
        complain(str(error))
    elif not isinstance(error, OSError):  # locked by another program, a full disk, a file that was overwritten
        complain(f"the database can't be used: {error}")
    elif error.errno in _NO_ROOM:
        complain(f"the disk is full: {error}")
    else:
        raise error
    return 1
