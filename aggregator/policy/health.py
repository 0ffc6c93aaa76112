"""Whether the daemon is well, for its operator and whatever watches it: (what is known of its rounds, now) → Health."""

from __future__ import annotations

from dataclasses import dataclass

STALE = 3 * 3600  # seconds without a round, and the daemon is not well


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon is: one line of what is wrong, "" if nothing; when a round last ended (0: not yet)."""

    trouble: str
    last_round: int
    sources: int
    failing: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What the daemon knows of itself.

    `trouble` is why its last round failed or what could not be published, `outage` why nobody could be reached, ""
    each where all went well. `ticked` is when a round ended, or the daemon began, on a clock that nobody sets; the rest
    is as in Health.
    """

    trouble: str
    outage: str
    ticked: float
    last_round: int
    sources: int
    failing: int


def judge(facts: Facts, now: float) -> Health:
    """Say how the daemon is, at `now` on the clock of `ticked`: the worst that is known of it, in one line."""
    trouble = facts.trouble
    if not trouble and facts.outage:
        trouble = f"our own connection seems to be down: {facts.outage}"
    if not trouble and now - facts.ticked > STALE:
        trouble = "no round has ended lately"
    return Health(trouble, facts.last_round, facts.sources, facts.failing)
