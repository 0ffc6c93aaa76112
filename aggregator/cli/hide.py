"""hide: an article out of everything that is published."""

from __future__ import annotations

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, utf8, when
from aggregator.cli.door import by_engine


@click.command()
@click.argument("name", metavar="[STORY-OR-ENTRY-URL]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Without a name: print a list of JSON objects.")
@command
def hide(surroundings: Surroundings, name: str | None, as_json: bool) -> None:
    """Take an article out of every output, page and archive, for good, also if it comes again; or list what is hidden.

    It is named by its story's id, or a copy's address or guid. It stays stored.

    \b
    Example:  aggregator hide https://example.org/2026/an-article
    """
    if name is not None:
        say(by_engine(surroundings, "hide", {"name": utf8(name)})["said"])
        return
    from aggregator.store import hiding

    with stored(surroundings) as database:
        hidden = hiding.listed(database)
    if as_json:
        print_json(
            [
                {"story": h.urn, "title": h.title, "url": h.url, "since": iso(h.since), "reason": h.reason}
                for h in hidden
            ]
        )
        return
    for h in hidden:
        say(f"{when(h.since)}  {h.title or '(untitled)'}", f"    {h.url or h.urn}{_because(h.reason)}")
    if not hidden:
        say("Nothing is hidden.")


def _because(reason: str) -> str:
    from aggregator.store.hiding import WITHDRAWN

    if not reason:
        return ""
    return "  (its file was deleted)" if reason == WITHDRAWN else f"  (purged with {reason})"
