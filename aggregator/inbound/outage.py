"""Whether it is our own line that is down, when sources can't be reached.

A name server that doesn't answer, a network without a route or a connection that nobody takes may be the source's or
ours. Ours, for six hours, was booked as every source's: each backed off to a day, and each was an incident
(miniflux #2150). So such failures are kept back to the end of the round, and count only if others were reached.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from aggregator.model import Delivery, host_of

_NEARLY = 9  # of ten visits that were tried fail so, and the line is down
_SURE = 3  # hosts that can't be reached, and nobody else is asked
_WITNESSES = 3


@dataclass(slots=True)
class Line:
    """How our own line is, from round to round: why nobody can be reached ("" if somebody can), and what tells so.

    `lasts` when it was so before, `reached` when the last round reached anybody; `unnamed` is a host whose name could
    not be looked up.
    """

    outage: str = ""
    lasts: bool = False
    reached: bool = False
    unnamed: str = ""


class Outage:
    """What a round's visits say of the line."""

    def __init__(self, hosts: Iterable[str], resolves: Callable[[str], Awaitable[bool]]) -> None:
        """`hosts` are all that are configured, `resolves` tells whether a host's name can be looked up."""
        self._hosts = hosts
        self._resolves = resolves
        self.answered = 0
        self.withheld: list[Delivery] = []

    def reached(self) -> None:
        """A server answered, or refused to."""
        self.answered += 1

    def withhold(self, delivery: Delivery) -> None:
        """A failure that may be our own."""
        self.withheld.append(delivery)

    async def is_ours(self) -> bool:
        """Whether the failures that were kept back are ours. Of one or two sources others' names are witnesses."""
        if not self.withheld or self.answered * _NEARLY > len(self.withheld):
            return False
        failed = {host_of(delivery.state.location or delivery.source) for delivery in self.withheld}
        if len(failed) >= _SURE:
            return True
        witnesses = self._witnesses(failed)
        for host in witnesses:
            if await self._resolves(host):
                return False
        return bool(witnesses)

    def _witnesses(self, failed: set[str]) -> Sequence[str]:
        found: dict[str, None] = {}
        for host in self._hosts:
            if len(found) == _WITNESSES:
                break
            if host and host not in failed and not host.replace(".", "").isdigit() and ":" not in host:
                found[host] = None
        return list(found)
