"""reload: have the daemon read its config again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from aggregator.cli.common import Surroundings, command, print_json, say
from aggregator.cli.door import by_daemon

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print what changed as one JSON object.")
@command
def reload(surroundings: Surroundings, as_json: bool) -> None:
    """Have the daemon that runs read its config again, and tell what changed, or what is wrong with it.

    With a mistake in it the config in force stays, and the exit status is 2.

    \b
    Example:  aggregator reload
    """
    otherwise = f"no daemon runs on {surroundings.data()}: it reads the config when it starts"
    changed = by_daemon(surroundings, "reload", otherwise)
    if as_json:
        print_json(changed, "added", "removed", "changed")
        return
    say(*_lines(changed))


def _lines(changed: Mapping[str, Any]) -> list[str]:
    lines = [
        f"{_SIGNS[how]} {kind} {name}"
        for kind, which in (("source", "sources"), ("output", "outputs"))
        for how in ("added", "removed", "changed")
        for name in changed[which][how]
    ]
    lines += [f"~ {key}{' (needs a restart)' if key in changed['restart'] else ''}" for key in changed["keys"]]
    count = changed["source_count"]
    return [
        *lines,
        f"{changed['config']} was read again: {'' if lines else 'nothing has changed; '}{count}"
        f" {'source' if count == 1 else 'sources'}.",
    ]
