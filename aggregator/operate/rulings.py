"""What the operator rules on articles by their names, on the open store: orders of the command line.

Each takes what is asked for as JSON has it, and returns what came of it: `said` is the line for the operator.
AggregatorError, in one line, where a name names nothing, or more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlite_utils import Database

from aggregator.model import AggregatorError, WireError
from aggregator.refine import urls
from aggregator.store import overrides
from aggregator.store.trails import Trail, trails

Ruling = Callable[[Database, Mapping[str, Any]], dict[str, Any]]


def split(database: Database, given: Mapping[str, Any]) -> dict[str, Any]:
    """Part one copy, named by its address or guid, from the others of its story."""
    entry = text(given, "entry")
    address = urls.canonical(entry)
    copies = [
        step
        for trail in trails(database, entry)
        for step in trail.steps
        if step.guid == entry or (address and urls.canonical(step.url) == address)
    ]
    if len(copies) != 1:
        raise AggregatorError(_advice(entry, [step.guid for step in copies]))
    urn = overrides.split(database, copies[0].entry)
    return {"story": urn, "said": f"{copies[0].url or copies[0].guid} is the story {urn} now."}


def merge(database: Database, given: Mapping[str, Any]) -> dict[str, Any]:
    """Make two stories one, each named by its id or the address or guid of one of its copies."""
    ids = [_only(name, trails(database, name)).id for name in (text(given, "one"), text(given, "other"))]
    urn = overrides.merge(database, *ids)
    return {"story": urn, "said": f"They are one story now: {urn}."}


RULINGS: Mapping[str, Ruling] = {"split": split, "merge": merge}
"""By the name of the order."""


def text(given: Mapping[str, Any], name: str) -> str:
    """Return what was given under a name; WireError where it is no text."""
    value = given.get(name)
    if not isinstance(value, str):
        raise WireError(f"what was asked for isn't understood: {name} is missing")
    return value


def _advice(address: str, guids: list[str]) -> str:
    if not guids:
        return f"no stored copy has the address or the guid {address}"
    return f"several copies have the address {address}; name one by its guid: {', '.join(guids)}"


def _only(name: str, found: list[Trail]) -> Trail:
    if len(found) == 1:
        return found[0]
    if not found:
        raise AggregatorError(f"nothing that is stored has the id, the address or the guid {name}")
    raise AggregatorError(f"{name} names several stories: {', '.join(trail.story for trail in found)}")
