"""Which troubles of a source begin and end: (what its row says, what lasts, now) → incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aggregator.model import Ending, SourceKind, Trouble
from aggregator.text import secrets

FAILURES = 3  # in a row are an incident,
FAILING = 86400  # and so is failing for as long as this
SILENT = 60 * 86400  # without a new entry are one for whoever publishes often,
GAPS = 10  # and so many times the usual gap for the others
Beginning = tuple[Trouble, int, str]
"""A trouble, since when it lasts, and its detail."""


@dataclass(frozen=True, slots=True)
class Condition:
    """How a source is: its row, whether it is `wanted` (configured and enabled), and `failing_since`, 0 if it isn't.

    A source that is `fresh` was (re)configured and not visited since.
    """

    id: int
    kind: SourceKind
    key: str
    name: str
    link: str
    wanted: bool
    fresh: bool
    failures: int
    error: str
    gone: bool
    location: str
    gap: int
    newest: int
    missed: int
    failing_since: int = 0


@dataclass(frozen=True, slots=True)
class Lasting:
    """An incident that has not ended: its row, its trouble, since when it lasts and its detail."""

    id: int
    trouble: Trouble
    since: int
    detail: str


def begun(condition: Condition, lasting: Sequence[Lasting], now: int) -> list[Beginning]:
    """Return the incidents that begin with a look at a source at `now`. Pure."""
    by_trouble = {incident.trouble: incident for incident in lasting}
    if not condition.wanted or condition.fresh:
        return []
    beginnings: list[Beginning] = []
    since = condition.failing_since or now
    moved = condition.location not in {"", condition.key}
    if condition.gone:
        if Trouble.GONE not in by_trouble:
            beginnings.append((Trouble.GONE, since, secrets.shown_in(condition.error)))
    elif Trouble.FAILING not in by_trouble and _fails_for_long(condition, now):
        beginnings.append((Trouble.FAILING, since, secrets.shown_in(condition.error)))
    address = secrets.shown(condition.location)
    if moved and (Trouble.MOVED not in by_trouble or by_trouble[Trouble.MOVED].detail != address):
        beginnings.append((Trouble.MOVED, now, address))
    if condition.missed and not condition.gone and Trouble.MISSED not in by_trouble:
        beginnings.append((Trouble.MISSED, condition.missed, ""))
    if Trouble.SILENT not in by_trouble and silent(condition, now):
        beginnings.append((Trouble.SILENT, condition.newest, ""))
    return beginnings


def _fails_for_long(condition: Condition, now: int) -> bool:
    if not condition.failures:
        return False
    return condition.failures >= FAILURES or now - (condition.failing_since or now) >= FAILING


def silent(condition: Condition, now: int) -> bool:
    """Tell whether a feed that can be fetched has had no new entry for much longer than is usual with it. Pure."""
    if condition.kind is not SourceKind.WEB or not condition.newest or condition.failures or condition.gone:
        return False
    return now - condition.newest > max(SILENT, GAPS * condition.gap)


def ended(condition: Condition, incident: Lasting) -> Ending | None:
    """Return how a lasting incident ends with this look at its source, None if it goes on. Pure."""
    if not condition.wanted:
        return Ending.DROPPED
    if condition.fresh:
        return None
    if incident.trouble is Trouble.MOVED and condition.location in {"", condition.key}:
        return Ending.TAKEN_BACK if condition.failures else Ending.FOLLOWED
    if incident.trouble is Trouble.MOVED:
        return Ending.REPLACED if secrets.shown(condition.location) != incident.detail else None
    if condition.gone:
        return None if incident.trouble is Trouble.GONE else Ending.REPLACED
    if incident.trouble is Trouble.MISSED:
        return None if condition.missed else Ending.RECOVERED
    if incident.trouble is Trouble.SILENT:
        return Ending.RECOVERED if condition.newest > incident.since else None
    return None if condition.failures else Ending.RECOVERED
