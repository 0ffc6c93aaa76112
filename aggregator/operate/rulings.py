"""What the operator rules on articles by their names, on the open store: orders of the command line.

Each takes what is asked for as JSON has it, and returns what came of it: `said` is the line for the operator.
AggregatorError, in one line, where a name names nothing, or more than one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlite_utils import Database

from aggregator.model import AggregatorError, WireError
from aggregator.operate import importing
from aggregator.operate import sources as operated
from aggregator.refine import urls
from aggregator.store import hiding, overrides, sources
from aggregator.store import rulings as listing
from aggregator.store.trails import Trail, trails

Ruling = Callable[[Database, Mapping[str, Any], int], dict[str, Any]]


def split(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
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
    urn = overrides.split(database, copies[0].entry, now)
    return {"story": urn, "said": f"{copies[0].url or copies[0].guid} is the story {urn} now."}


def merge(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Make two stories one, each named by its id or the address or guid of one of its copies."""
    ids = [_only(name, trails(database, name)).id for name in (text(given, "one"), text(given, "other"))]
    urn = overrides.merge(database, ids[0], ids[1], now)
    return {"story": urn, "said": f"They are one story now: {urn}."}


def hide(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Take a story, named by its id or the address or guid of one of its copies, out of all that is published."""
    story = _only(name := text(given, "name"), trails(database, name))
    if not hiding.hide(database, [story.id], now):
        return {"story": story.story, "said": f"{_title(story)} is hidden already: {story.story}."}
    return {"story": story.story, "said": f"{_title(story)} is hidden now: {story.story}."}


def unhide(database: Database, given: Mapping[str, Any], _now: int) -> dict[str, Any]:
    """Show a story again; or, where a source is named, all that was purged with it."""
    name = text(given, "name")
    if name != hiding.WITHDRAWN and (purged := hiding.of_reason(database, name) if name else []):
        return {"said": f"{hiding.unhide(database, purged)} stories that were purged with {name} are shown again."}
    story = _only(name, trails(database, name))
    if story.id in hiding.of_reason(database, hiding.WITHDRAWN):
        raise AggregatorError(
            f"{name}: its file was deleted, and its source withdraws such (withdraw = true): put the file back"
        )
    if not hiding.unhide(database, [story.id]):
        raise AggregatorError(f"{name}: it is not hidden")
    return {"story": story.story, "said": f"{_title(story)} is shown again: {story.story}."}


def purge(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Hide all that came through a source, named by its key, and through no other."""
    key = text(given, "source")
    row = sources.ids(database, [key]).get(key)
    stories = hiding.only_of(database, row) if row is not None else []
    return {"said": f"{hiding.hide(database, stories, now, key)} stories of {key} are hidden now, for good."}


def undo(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Undo a ruling, named as `rulings` lists it: what is concerned is decided by the rules again."""
    name = text(given, "ruling")
    what, _, number = name.rpartition("-")
    row = int(number) if number.isdecimal() and len(number) < 18 else 0
    if what == "split":
        return {"said": f"They are one story again: {listing.undo_split(database, row)}."}
    if what == "merge":
        left = listing.undo_merge(database, row)
        return {
            "said": f"They are two stories again; the one that left is {left}." if left else "They were two already."
        }
    found = next((ruling for ruling in listing.listed(database) if ruling.name == name), None)
    if found is None:
        raise AggregatorError(f"there is no ruling {name}; `aggregator rulings` lists them")
    if what == "pause":
        return {"said": operated.resume(database, row, now).said}
    return unhide(database, {"name": found.url if what == "purge" else found.story}, now)


RULINGS: Mapping[str, Ruling] = {
    "split": split, "merge": merge, "hide": hide, "unhide": unhide, "purge": purge, "undo": undo,
    "take": importing.take,
}  # fmt: skip
"""By the name of the order."""
AT_ONCE = frozenset({"hide", "unhide", "purge", "undo"})
"""Those after which is published before they count as done."""


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


def _title(story: Trail) -> str:
    shown = next((step for step in story.steps if step.shown), story.steps[0])
    return shown.title or shown.url or "It"
