"""A round's failures that may be our own connection's: kept back to its end, they count only if others were reached.

What they say of the connection is decided in policy/outage.py; names are looked up here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aggregator.model import Delivery, host_of
from aggregator.policy.outage import Verdict, judge, witnesses


@dataclass(slots=True)
class Uplink:
    """How our own connection is, from round to round; `outage` says why nobody can be reached, "" if somebody can.

    `lasts` when it was so before, `reached` when the last round reached anybody; `unnamed` is a host whose name could
    not be looked up.
    """

    outage: str = ""
    lasts: bool = False
    reached: bool = False
    unnamed: str = ""


class Outage:
    """What a round's visits say of our own connection."""

    def __init__(self, hosts: Iterable[str], resolves: Callable[[str], Awaitable[bool]]) -> None:
        """`hosts` are all that are configured, `resolves` tells whether a host's name can be looked up."""
        self._hosts = hosts
        self._resolves = resolves
        self.answered = 0
        self.withheld: list[Delivery] = []

    def reached(self) -> None:
        """Count a server that answered, or refused to."""
        self.answered += 1

    def withhold(self, delivery: Delivery) -> None:
        """Keep back a failure that may be our own."""
        self.withheld.append(delivery)

    async def is_ours(self) -> bool:
        """Tell whether the failures that were kept back are ours. Of one or two sources others' names are witnesses."""
        failed = {host_of(delivery.state.location or delivery.source) for delivery in self.withheld}
        verdict = judge(self.answered, len(self.withheld), failed)
        if verdict is not Verdict.UNSURE:
            return verdict is Verdict.OURS
        others = witnesses(self._hosts, failed)
        for host in others:
            if await self._resolves(host):
                return False
        return bool(others)
