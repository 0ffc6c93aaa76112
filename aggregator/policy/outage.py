"""Whether it is our own connection that is down: (which hosts answered when, and which did not) → since when, or no.

A name that can't be looked up, a connection that nobody takes, a 503 or a page where a feed was may be the source's
trouble or ours: a line that is cut, a name server that is silent, a proxy or a hotel's portal that answers in
everybody's place. Ours, for six hours, was booked as every source's: each backed off to a day, and each was an incident
(miniflux #2150). What tells is that hosts which were well are lost one after the other, and nobody answers any more.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from aggregator.model import Because, FailureKind, SourceState

_NEARLY = 9  # of ten hosts are lost, and the connection is down:
_SURE = 3  # so many of them at least that were well before,
_MANY = 10  # and more where others were reached in the same round, before: a host of many sites may have gone
_WITNESSES = 3

_UNANSWERED = frozenset({FailureKind.DNS, FailureKind.CONNECTION, FailureKind.TIMEOUT})
_OTHERS = frozenset(
    {
        FailureKind.TOO_MANY,
        FailureKind.GONE,
        FailureKind.LOCAL,
        FailureKind.BUG,
        FailureKind.SHORTAGE,
        FailureKind.NONE,
    }
)


@dataclass(frozen=True, slots=True)
class Reach:
    """What became of the last attempts at a host, by when they began, in seconds on a clock that nobody sets.

    `reached` is when it answered last, `lost` when it didn't for the first time since; 0 for never. It `was_well` when
    it was lost: a host that failed before says nothing.
    """

    reached: float = 0.0
    lost: float = 0.0
    was_well: bool = False


@dataclass(frozen=True, slots=True)
class Down:
    """Our connection is down since a moment on the hosts' clock; it `is_sure` where so many are lost that no further
    try is waited for."""

    since: float
    is_sure: bool


def may_be_ours(kind: FailureKind) -> bool:
    """Tell whether what a visit met may be our own connection, or what answers in everybody's place."""
    return kind not in _OTHERS


def is_unanswered(kind: FailureKind) -> bool:
    """Tell whether nobody answered at all."""
    return kind in _UNANSWERED


def is_well(state: SourceState) -> bool:
    """Tell whether nothing was wrong with a source so far: a failure may be forgiven it."""
    return not state.failures and state.because not in {Because.OFFLINE, Because.BACK}


def is_witness(state: SourceState) -> bool:
    """Tell whether a source has answered, and did so last: that it fails says something of our connection then."""
    return state.last_visit > 0 and is_well(state)


def answered(reach: Reach, began: float) -> Reach:
    """Return what is known of a host after a visit that began then was answered."""
    return Reach(reached=max(reach.reached, began))


def silent(reach: Reach, began: float, *, was_well: bool) -> Reach:
    """Return what is known of a host after a visit that began then was not."""
    if began < reach.reached:
        return reach
    return replace(reach, lost=reach.lost or began, was_well=reach.was_well or was_well)


def judge(hosts: Collection[Reach], configured: int, began: float) -> Down | None:
    """Return since when our connection is down, None where it isn't, as far as these hosts tell.

    `configured` is how many hosts there are in all, and `began` when the round did.
    """
    lost = sorted(host.lost for host in hosts if host.lost)
    telling = sorted(host.lost for host in hosts if host.lost and host.was_well)
    reached = sorted(host.reached for host in hosts if host.reached)
    is_one_well = any(host.reached and not host.lost for host in hosts)
    first = bisect_left(reached, began)
    for since in lost:
        answers = _from(reached, since)
        least = _SURE if first == len(reached) or reached[first] >= since else _MANY
        are_lost, tell = _from(lost, since), _from(telling, since)
        nearly_all = not is_one_well and _nearly_all(are_lost, configured)
        if nearly_all or (tell >= least and not is_over(tell, answers)):
            return Down(since, nearly_all or tell >= _MANY)
    return None


def is_over(lost: int, reached: int) -> bool:
    """Tell whether so many hosts were reached that our connection is well, however many others are lost."""
    return reached * _NEARLY > lost


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


def _from(instants: Sequence[float], since: float) -> int:
    return len(instants) - bisect_left(instants, since)


def _nearly_all(lost: int, configured: int) -> bool:
    return lost >= _SURE and lost * (_NEARLY + 1) >= configured * _NEARLY
