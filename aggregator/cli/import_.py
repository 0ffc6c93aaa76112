"""import: another reader's list of feeds into the config."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from aggregator.cli.common import Surroundings, command, say
from aggregator.cli.config_file import advice_to_reload
from aggregator.config import editing
from aggregator.model import AggregatorError, ParseError
from aggregator.text.addresses import mended

if TYPE_CHECKING:
    from aggregator.model.lists import Subscription


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--partial", is_flag=True, help="Of a list that is cut off or broken, take what can be read.")
@click.option("--jsonl", "as_jsonl", is_flag=True, help="What `export --jsonl --whole` wrote: into the database.")
@command
def import_(surroundings: Surroundings, file: Path, partial: bool, as_jsonl: bool) -> None:
    """Add the subscriptions of an OPML file, or of newsboat's urls; folders and tags become categories.

    With --jsonl take in all that another aggregator had stored; what is here already stays as it is.

    \b
    Example:  aggregator import subscriptions.opml
              aggregator import --jsonl all.jsonl
    """
    if as_jsonl:
        from aggregator.cli import importing

        if partial:
            raise click.UsageError("--partial is for lists of feeds")
        importing.take(surroundings, file)
        return
    path = surroundings.config_path()
    surroundings.read()
    try:
        subscriptions, refused = _subscriptions(file.read_bytes(), partial)
    except (ParseError, OSError) as error:
        raise AggregatorError(f"{file}: {error}") from None
    for line in refused:
        say(f"Left out {line}: not a feed on the web.", err=True)
    if not subscriptions:
        raise AggregatorError(f"{file}: there is no feed in this list; nothing was added")
    with editing.locked(path):
        known = {source.key for source in surroundings.read().sources}
        unknown = [_table(s) for s in subscriptions if mended(s.url) not in known]
        fresh = [table for table in unknown if is_good(table)]
        if fresh:
            editing.add(path, fresh)
    there = len(subscriptions) - len(unknown)
    say(f"Added {len(fresh)} of {len(subscriptions)} subscriptions to {path}; {there} were there already.")
    good = {table["url"] for table in fresh}
    for table in unknown:
        if table["url"] not in good:
            say(f"Left out {table['url']}: not an address that can be visited.", err=True)
    for line in advice_to_reload(surroundings) if fresh else ():
        say(line)


def _subscriptions(body: bytes, partial: bool) -> tuple[list[Subscription], list[str]]:
    """Return what another reader's file subscribes to, and the lines of it that name something else.

    A broken list is a ParseError that says where, unless a `partial` one is asked for: half a list that was taken in
    silence is missed only when it is too late.
    """
    from aggregator.parse.lists import newsboat, opml

    advice = "nothing was added; --partial adds what can be read"
    if not opml.is_markup(body):
        try:
            return newsboat.read(body, partial=partial)
        except ParseError as error:
            raise ParseError(f"{error}; {advice}" if "column" in str(error) else str(error)) from None
    subscriptions = opml.read(body)
    if not partial and (where := opml.fault(body)):
        raise ParseError(f"the list is broken at {where}; {advice} ({len(subscriptions)} feeds)")
    return subscriptions, []


def _table(subscription: Subscription) -> dict[str, str]:
    fields = (("url", mended(subscription.url)), ("name", subscription.title), ("category", subscription.category))
    return {key: value for key, value in fields if value}


def is_good(table: dict[str, str]) -> bool:
    from pydantic import ValidationError

    from aggregator.config import SourceTable

    try:
        SourceTable.model_validate(table)
    except ValidationError:
        return False
    return True
