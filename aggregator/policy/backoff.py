"""How long to wait after a failure: (its kind, how many running, the usual wait) → seconds. Pure.

What passes by itself is tried again soon, and then more and more seldom; a server that says no is believed sooner.
"""

from __future__ import annotations

from aggregator.model import FailureKind

LONGEST = 86400  # what no failure makes a wait longer than, but for the operator's own intervals
_PASSING = frozenset(
    {FailureKind.DNS, FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.LOGIN, FailureKind.SERVER}
)
_MOST = 20  # failures that count: the rest is cut anyway


def wait(kind: FailureKind, failures: int, usual: int, longest: int) -> int:
    """Return the seconds to wait after so many `failures` running, the last one of this kind.

    `usual` is what would be waited if all were well, `longest` in what time the operator has all be visited.
    """
    times = min(failures, _MOST)
    if kind in _PASSING:
        return min(usual << (times - 1), max(longest, usual))
    doublings = 2 * times if kind is FailureKind.REFUSED else times
    return min(usual << doublings, max(LONGEST, usual))
