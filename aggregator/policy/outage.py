"""Whether it is our own connection that is down: (how many answered, whom nobody could reach) → yes, no, or ask others.

A name server that doesn't answer, a network without a route or a connection that nobody takes may be the source's or
ours. Ours, for six hours, was booked as every source's: each backed off to a day, and each was an incident
(miniflux #2150).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from enum import Enum, auto

_NEARLY = 9  # of ten visits that were tried fail so, and the connection is down
_SURE = 3  # hosts that can't be reached, and nobody else is asked
_WITNESSES = 3


class Verdict(Enum):
    """Whose trouble it is that sources can't be reached."""

    THEIRS = auto()
    OURS = auto()
    UNSURE = auto()


def judge(answered: int, unreached: int, hosts: Collection[str]) -> Verdict:
    """Say whose trouble it is, when of a round's visits so many were answered and so many reached none of `hosts`."""
    if not unreached or answered * _NEARLY > unreached:
        return Verdict.THEIRS
    return Verdict.OURS if len(hosts) >= _SURE else Verdict.UNSURE


def witnesses(hosts: Iterable[str], unreached: Collection[str]) -> list[str]:
    """Return a few other hosts: if the name of one of them can be looked up, our connection is well.

    Addresses are none: looking them up asks nobody.
    """
    others: dict[str, None] = {}
    for host in hosts:
        if len(others) == _WITNESSES:
            break
        if host and host not in unreached and not host.replace(".", "").isdigit() and ":" not in host:
            others[host] = None
    return list(others)
