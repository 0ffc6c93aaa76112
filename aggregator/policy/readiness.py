"""Whether all is as its users may expect: (what is seen of it from outside, what a daemon knows of itself) → checks.

Health says whether the daemon does its work; a daemon that is well may have nothing fresh to show for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

LATELY = 15 * 60
"""Seconds within which a round ends, and what came is published: usually a round takes half a minute at most."""
_TIMES = 20  # as long as the last publication took, one may be waited for: between two there are nine times as much
MOST_FAILING = 0.5
"""The share of the visited sources that may fail."""
_LEAST, _MOST = 64 * 1024**2, 1024**3  # bytes that have to be free: a hundredth of the disk, within these


@dataclass(frozen=True, slots=True)
class Running:
    """What a daemon alone knows of itself, in seconds.

    `trouble` is why the last round failed, `outage` why nobody could be reached, `unpublished` what could not be
    published, "" each where all went well. A round ended last at `last_round` (0: not yet), `since_round` ago, or the
    daemon began then. Publishing has been `waiting` for so long, 0 where nothing is to be published; the last time, at
    `published` (0: not yet), it `took` so long. `queues` count what waits, by name.
    """

    trouble: str = ""
    outage: str = ""
    unpublished: str = ""
    last_round: int = 0
    since_round: float = 0.0
    published: int = 0
    took: float = 0.0
    waiting: float = 0.0
    queues: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Room:
    """The disk under the data: bytes in all and for us, and how many more files it takes, None where it doesn't say."""

    size: int
    free: int
    files: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: whether it is as it should be, and how it is, in a line."""

    name: str
    ok: bool
    said: str


def checks(
    states: Mapping[str, int] | None, unreadable: str, missing: Sequence[str], room: Room, running: Running | None
) -> tuple[Check, ...]:
    """Return what is as it should be and what isn't; what only a daemon knows is left out where none runs.

    `states` counts the sources by state, None where the store can't be read, which `unreadable` says why; `missing`
    are editions that are offered and don't lie there.
    """
    own = (_rounds(running), _network(running), _publishing(running)) if running else ()
    store = Check("store", not unreadable, unreadable or "it can be read")
    return (store, *own, _outputs(missing), _sources(states or {}), _disk(room))


def _rounds(running: Running) -> Check:
    minutes = int(running.since_round // 60)
    if running.trouble:
        return Check("rounds", False, running.trouble)
    if not running.last_round:
        return Check("rounds", False, "the first round has not ended yet")
    late = running.since_round > LATELY
    return Check("rounds", not late, f"the last one ended {_ago(minutes)}")


def _network(running: Running) -> Check:
    down = f"our own connection seems to be down: {running.outage}"
    return Check("network", not running.outage, down if running.outage else "sources can be reached")


def _publishing(running: Running) -> Check:
    if running.unpublished:
        return Check("publishing", False, running.unpublished)
    if running.waiting > max(LATELY, _TIMES * running.took):
        return Check("publishing", False, f"what came has waited for {int(running.waiting // 60)} minutes")
    return Check("publishing", True, "what came is published")


def _outputs(missing: Sequence[str]) -> Check:
    more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
    said = f"not published yet: {', '.join(missing[:3])}{more}" if missing else "all are there"
    return Check("outputs", not missing, said)


def _sources(states: Mapping[str, int]) -> Check:
    failing = states.get("failing", 0)
    visited = failing + states.get("ok", 0)
    share = failing / visited if visited else 0.0
    return Check("sources", share <= MOST_FAILING, f"{failing} of {visited} fail ({share:.0%})")


def _disk(room: Room) -> Check:
    least = min(max(room.size // 100, _LEAST), _MOST)
    said = f"{room.free // 10**6:,} MB are free"
    if room.files is not None and room.files <= 0:
        return Check("disk", False, "it takes no more files")
    if room.free < least:
        return Check("disk", False, f"{said}, and {least // 10**6:,} MB should be")
    return Check("disk", True, said)


def _ago(minutes: int) -> str:
    return f"{minutes} minute{'s' * (minutes != 1)} ago" if minutes else "within the last minute"
