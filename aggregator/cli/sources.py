"""sources: how each source stands."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, complain, iso, print_json, shown_in, stored, when

if TYPE_CHECKING:
    from aggregator.store.standings import Standing

_KEYS = ("url", "path")
_PAUSED = "enabled = false in the config"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def sources(around: Surroundings, as_json: bool) -> None:
    """List each source: how it is, when it was visited, when it will be and why then.

    \b
    Example:  aggregator sources --json | jq '.[] | select(.state == "failing") | .error'
    """
    found = _standings(around)
    if as_json:
        print_json([_listed(standing) for standing in found], *_KEYS)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Source", "Category", "State", "Entries", "Last visit", "Next visit", "Because", box=None)
    for s in found:
        why = s.error if s.state == "failing" else s.reason
        coming = "—" if s.state in {"gone", "paused"} else when(s.next_visit)
        told = (shown_in(s.name or s.key), s.category, s.state, str(s.entries), when(s.last_visit), coming)
        table.add_row(*told, shown_in(why))
    width = None if sys.stdout.isatty() else 10_000  # in a pipe a source is one line
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


def _standings(around: Surroundings) -> list[Standing]:
    """As the config has them; those that were never registered are pending."""
    from aggregator.store.database import NAME
    from aggregator.store.standings import Standing, standings

    config = around.read()
    known: dict[str, Standing] = {}
    if not (around.data() / NAME).exists():
        complain(f"{around.data() / NAME}: there is no database; is this the right --data-dir? Nothing was visited yet")
    else:
        with stored(around) as database:
            known = {standing.key: standing for standing in standings(database)}
    found = []
    for s in config.sources:
        standing = known.get(s.key) or Standing(s.key, "", "", "pending", "", 0, 0, 0, 0, "")
        state = "paused" if not s.enabled else "pending" if standing.state == "paused" else standing.state
        reason = _PAUSED if state == "paused" else standing.reason
        name = s.name or standing.name
        found.append(replace(standing, name=name, category=s.category, state=state, reason=reason))
    return found


def _listed(standing: Standing) -> dict[str, Any]:
    is_feed = standing.key.startswith(("http://", "https://"))
    return {
        "name": standing.name or standing.key,
        "url" if is_feed else "path": standing.key,  # as in the config, whole: programs tell the source by it
        "category": standing.category,
        "state": standing.state,
        "error": standing.error or None,
        "entries": standing.entries,
        "failures": standing.failures,
        "last_visit": iso(standing.last_visit),
        "next_visit": None if standing.state in {"gone", "paused"} else iso(standing.next_visit),
        "reason": standing.reason,
    }
