"""sources: how each source stands."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, complain, iso, print_json, shown_in, stored, when
from aggregator.model import SourceKind

if TYPE_CHECKING:
    from aggregator.store.standings import Standing

_KEYS = ("url", "path")
_PAUSED = "enabled = false in the config"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def sources(surroundings: Surroundings, as_json: bool) -> None:
    """List each source: how it is, when it was visited, when it will be and why then.

    \b
    Example:  aggregator sources --json | jq '.[] | select(.state == "failing") | .error'
    """
    standings = _standings(surroundings)
    if as_json:
        print_json([_as_json(standing) for standing in standings], *_KEYS)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table("Source", "Category", "State", "Entries", "Last visit", "Next visit", "Because", box=None)
    for s in standings:
        why = s.error if s.state == "failing" else s.reason
        coming = "—" if s.state in {"gone", "paused"} else when(s.next_visit)
        cells = (shown_in(s.name or s.key), s.category, s.state, str(s.entries), when(s.last_visit), coming)
        table.add_row(*cells, shown_in(why))
    width = None if sys.stdout.isatty() else 10_000  # in a pipe a source is one line
    Console(width=width, markup=False, highlight=False, emoji=False).print(table)


def _standings(surroundings: Surroundings) -> list[Standing]:
    """Return the sources as the config has them; those that were never registered are pending."""
    from aggregator.store.database import NAME
    from aggregator.store.standings import Standing, standings

    config = surroundings.read()
    known: dict[str, Standing] = {}
    if not (surroundings.data() / NAME).exists():
        complain(
            f"{surroundings.data() / NAME}: there is no database; is this the right --data-dir? Nothing was visited yet"
        )
    else:
        with stored(surroundings) as database:
            known = {standing.key: standing for standing in standings(database)}
    configured = []
    for s in config.sources:
        standing = known.get(s.key) or Standing(s.key, s.kind, "", "", "pending", "", 0, 0, 0, 0, "")
        state = "paused" if not s.enabled or standing.paused else standing.state
        state = "pending" if state == "paused" and s.enabled and not standing.paused else state
        reason = _PAUSED if not s.enabled else standing.reason
        name = s.name or standing.name
        configured.append(replace(standing, name=name, category=s.category, state=state, reason=reason))
    return configured


def _as_json(standing: Standing) -> dict[str, Any]:
    address = "url" if standing.kind is SourceKind.WEB else "path"
    return {
        "name": standing.name or standing.key,
        address: standing.key,  # as in the config, whole: programs tell the source by it
        "category": standing.category,
        "state": standing.state,
        "error": standing.error or None,
        "entries": standing.entries,
        "failures": standing.failures,
        "last_visit": iso(standing.last_visit),
        "next_visit": None if standing.state in {"gone", "paused"} else iso(standing.next_visit),
        "reason": standing.reason,
    }
