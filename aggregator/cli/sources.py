"""sources: how each source stands."""

from __future__ import annotations

import os
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from aggregator.cli.common import Surroundings, command, complain, iso, print_json, shown_in, stored, utf8, when
from aggregator.model import ConfigError, SourceKind

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.store.standings import Standing

_KEYS = ("url", "path")
_PAUSED = "enabled = false in the config"
_STATES = ("ok", "failing", "gone", "pending", "paused")
_WORST_FIRST = ("failing", "gone", "pending", "paused", "ok")
_ORDERS: Mapping[str, Callable[[Standing], Any]] = {
    "name": lambda s: s.shown_name.casefold(),
    "state": lambda s: _WORST_FIRST.index(s.state),
    "entries": lambda s: -s.entries,
    "failures": lambda s: -s.failures,
    "last_visit": lambda s: -s.last_visit,
    "next_visit": lambda s: (not _next(s), s.next_visit),
}


@click.command()
@click.argument("words", nargs=-1, metavar="[WORD]...")
@click.option("--failing", is_flag=True, help="Those that fail.")
@click.option("--category", metavar="CATEGORY", help="Those of a category and of its parts: news takes news/local.")
@click.option("--sort", type=click.Choice(list(_ORDERS)), help="The most, the worst, the latest or the next first.")
@click.option("--reverse", is_flag=True, help="The other way round.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def sources(
    surroundings: Surroundings,
    words: tuple[str, ...],
    failing: bool,
    category: str | None,
    sort: str | None,
    reverse: bool,
    as_json: bool,
) -> None:
    """List each source: how it is, when it was visited, when it will be and why then.

    WORDs are sought in names and addresses, all of them. Without --sort they come as the config has them.

    \b
    Example:  aggregator sources --failing --sort failures
              aggregator sources --json | jq '.[] | select(.state == "failing") | .error'
    """
    config = surroundings.read()
    standings = _standings(surroundings, config)
    listed = _wanted(standings, [utf8(word).casefold() for word in words], failing, category)
    if sort:
        listed.sort(key=_ORDERS[sort])
    if reverse:
        listed.reverse()
    if as_json:
        print_json([_as_json(standing) for standing in listed], *_KEYS)
    else:
        _print(listed, len(standings))


def _standings(surroundings: Surroundings, config: Config) -> list[Standing]:
    """Return the sources as the config has them; those that were never registered are pending."""
    from aggregator.store.database import NAME
    from aggregator.store.standings import Standing, standings

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


def _wanted(standings: Sequence[Standing], words: Sequence[str], failing: bool, category: str | None) -> list[Standing]:
    """Return those that are asked for; ConfigError for a category that no source has."""
    from aggregator.model.categories import is_part, tidied

    wanted = None if category is None else tidied(utf8(category))
    listed = [s for s in standings if wanted is None or is_part(s.category, wanted)]
    if wanted is not None and not listed:
        raise ConfigError(f"--category: no source has {category!r}")
    return [
        s
        for s in listed
        if (not failing or s.state == "failing")
        and (not words or all(word in f"{s.shown_name}\n{s.key}".casefold() for word in words))
    ]


def _print(listed: Sequence[Standing], of: int) -> None:
    """Print a line for each, and how many there are: in a pipe whole, on a terminal as wide as that is."""
    from aggregator.cli.columns import Column, aligned

    columns = (
        Column("Source", least=16),
        Column("Category", least=8, dispensable=4),
        Column("State"),
        Column("Entries", dispensable=2),
        Column("Failures", dispensable=5),
        Column("Last visit", dispensable=3),
        Column("Next visit", dispensable=1),
        Column("Because", least=16),
        Column("Address", least=40, dispensable=6),
    )
    on_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if on_terminal else None
    heading, *lines = aligned(columns, [_cells(s) for s in listed], width)
    colour = on_terminal and not os.environ.get("NO_COLOR")
    click.echo(heading)
    for standing, line in zip(listed, lines, strict=True):
        fails = colour and standing.state in {"failing", "gone"}
        click.echo(click.style(line, fg="red") if fails else line, color=colour)
    click.echo(_total(listed, of))


def _cells(s: Standing) -> tuple[str, ...]:
    why = s.error if s.state == "failing" else s.reason
    texts = (
        s.shown_name, s.category, s.state, str(s.entries), str(s.failures), when(s.last_visit), when(_next(s)),
        why, s.key,
    )  # fmt: skip
    return tuple(map(shown_in, texts))


def _total(listed: Sequence[Standing], of: int) -> str:
    counts = Counter(standing.state for standing in listed)
    states = ", ".join(f"{counts[state]:,} {state}" for state in _STATES if counts[state])
    asked = f"{len(listed):,} of {of:,}" if len(listed) < of else f"{of:,}"
    return f"{asked} source{'' if of == 1 else 's'}{f': {states}' if states else ''}"


def _next(standing: Standing) -> int:
    """Return when it is visited next, 0 where it isn't."""
    return 0 if standing.state in {"gone", "paused"} else standing.next_visit


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
        "next_visit": iso(_next(standing)),
        "reason": standing.reason,
    }
