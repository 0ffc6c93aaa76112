"""rulings: what the operator overruled, listed and undone."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, utf8, when
from aggregator.cli.door import by_engine


@click.command()
@click.option("--undo", metavar="RULING", help="Undo one, named as in the list, like split-3.")
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@command
def rulings(surroundings: Surroundings, undo: str | None, as_json: bool) -> None:
    """List what was split, merged, hidden, purged and paused by hand, the latest first; or undo one of these.

    What is undone is decided by the rules again, also for what comes later.

    \b
    Example:  aggregator rulings --undo split-3
    """
    if undo is not None:
        say(by_engine(surroundings, "undo", {"ruling": utf8(undo)})["said"])
        return
    from aggregator.store.rulings import listed

    with stored(surroundings) as database:
        found = listed(database)
    if as_json:
        print_json(
            [
                {"ruling": r.name, "what": r.what, "at": iso(r.at), "title": r.title, "url": r.url, "story": r.story}
                for r in found
            ]
        )
        return
    from aggregator.cli.columns import Column, aligned

    columns = [Column("When"), Column("Ruling"), Column("Title"), Column("Address")]
    rows = [(when(r.at), r.name, r.title or "(untitled)", r.url or r.story) for r in found]
    say(*(aligned(columns, rows) if found else ["Nothing was ruled by hand."]))
