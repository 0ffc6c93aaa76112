"""search: what is stored, by its words."""

from __future__ import annotations

from dataclasses import asdict

import click

from aggregator.cli.common import Surroundings, command, iso, print_json, say, stored, utf8, when


@click.command()
@click.argument("query", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print a list of JSON objects.")
@click.option("--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="At most so many.")
@command
def search(surroundings: Surroundings, query: tuple[str, ...], as_json: bool, limit: int) -> None:
    """Search all entries: words, "phrases", prefix*, AND, OR, NOT, title: and author:.

    \b
    Example:  aggregator search 'title:release NOT beta'
    """
    from aggregator.store.search import search as find

    sought = utf8(" ".join(query))
    with stored(surroundings) as database:
        hits = find(database, sought, limit)
    if as_json:
        rows = [{**asdict(hit), "published": iso(hit.published)} for hit in hits]
        print_json(rows)
        return
    for hit in hits:
        say(f"{when(hit.published)}  {hit.title or '(untitled)'}  [{hit.source}]")
        say(f"    {hit.url or hit.story}")
        say(f"    {hit.snippet}")
    if not hits:
        say("Nothing found.")
