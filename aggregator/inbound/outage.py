"""A round's failures that may be our own connection's: kept back to its end, they count only if others were reached.

What they say of the connection is decided in policy/outage.py; names are looked up here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass

from aggregator.inbound.uplink import Uplink
from aggregator.model import Because, Delivery, SourceState, host_of
from aggregator.policy import outage

Resolves = Callable[[str], Awaitable[bool]]
"""Tells whether a host's name can be looked up."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """A visit that failed: what it came to, the source's state before, and when it began and ended."""

    delivery: Delivery
    state: SourceState
    began: float
    ended: float

    @property
    def host(self) -> str:
        """The host that was asked."""
        return _host(self.delivery.source, self.state)


class Outage:
    """What a round's visits say of our own connection. Instants are in seconds on a clock that nobody sets."""

    def __init__(self, uplink: Uplink, hosts: Collection[str], waiting: Collection[str], began: float) -> None:
        """`hosts` are all that are configured, those `waiting` were put off before for want of a connection."""
        self._uplink = uplink
        self._hosts = hosts
        self._waiting = waiting
        self._began = began
        self._back = 0.0  # when the first visit began that reached a host which had been lost
        self._reached: set[str] = set()
        self._withheld: list[Attempt] = []

    def reached(self, source: str, state: SourceState, began: float) -> None:
        """Note a visit that read its source, or heard that it is unchanged."""
        host = _host(source, state)
        self._reached.add(host)
        was_lost = state.because is Because.OFFLINE or self._uplink.is_lost(host)
        self._uplink.answered(source, host, began)
        if was_lost:
            self._back = min(self._back or began, began)

    def withhold(self, attempt: Attempt) -> None:
        """Keep back a failure that may be our own."""
        self._uplink.asked(attempt.delivery.source, attempt.host)
        self._withheld.append(attempt)
        self._uplink.silent(attempt.host, attempt.began, was_well=outage.is_witness(attempt.state))

    async def settle(self, resolves: Resolves) -> tuple[list[Delivery], list[str]]:
        """Decide whose the failures were: return those that count, and the keys of the sources that are to wait."""
        withheld = self._withheld
        if self._waiting:
            ours = self._while_it_lasts()
        else:
            ours = await self._ours_now(resolves)
        mine = {id(attempt) for attempt in ours}
        theirs = [attempt for attempt in withheld if id(attempt) not in mine]
        self._uplink.book({each.delivery.source: each.began for each in theirs if outage.is_well(each.state)})
        if ours:
            host = ours[0].host
            self._uplink.unnamed = "" if await resolves(host) else host
        return [attempt.delivery for attempt in theirs], [attempt.delivery.source for attempt in ours]

    def _while_it_lasts(self) -> list[Attempt]:
        uplink = self._uplink
        lost = {*self._waiting, *(attempt.host for attempt in self._withheld)}
        if not self._back and not outage.is_over(len(lost - self._reached), uplink.reached_since()):
            if self._withheld:
                uplink.is_down(self._withheld[0].delivery, is_sure=True, lasts=True)
            return self._withheld
        uplink.is_back()
        return [attempt for attempt in self._withheld if attempt.began < self._back]

    async def _ours_now(self, resolves: Resolves) -> list[Attempt]:
        withheld, uplink = self._withheld, self._uplink
        if not withheld:
            return []
        down = outage.judge(uplink.hosts.values(), len(self._hosts), self._began)
        if down is None and not await self._is_nobody_known(resolves):
            return []
        since = down.since if down else min(attempt.began for attempt in withheld)
        uplink.is_down(withheld[0].delivery, is_sure=bool(down and down.is_sure), since=since)
        return [attempt for attempt in withheld if attempt.ended >= since]

    async def _is_nobody_known(self, resolves: Resolves) -> bool:
        """Tell whether no witness's name can be looked up: of one or two hosts alone nothing can be told."""
        failed = {attempt.host for attempt in self._withheld}
        kinds = (attempt.delivery.visit.kind for attempt in self._withheld if attempt.delivery.visit)
        if outage.is_over(len(failed), len(self._reached)) or not all(map(outage.is_unanswered, kinds)):
            return False
        others = outage.witnesses(self._hosts, failed)
        for host in others:
            if await resolves(host):
                return False
        return bool(others)


def _host(source: str, state: SourceState) -> str:
    return host_of(state.location or source)
