"""Whether the daemon is well, for its operator and whatever watches it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Health:
    """How the daemon is: one line of what is wrong, "" if nothing; when a round last ended (0: not yet)."""

    trouble: str
    last_round: int
    sources: int
    failing: int
