"""Our own connection, from round to round: which hosts answered, and what the operator and the store are told of it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from aggregator.model import Delivery
from aggregator.policy import outage, politeness
from aggregator.policy.outage import Reach
from aggregator.store import incidents, offline
from aggregator.store.database import Writer

log = logging.getLogger(__name__)


class Uplink:
    """What is known of our own connection.

    `outage` says since when and why nobody can be reached, "" where that isn't so, or not sure; `unnamed` is a host
    whose name could not be looked up then.
    """

    def __init__(self, store: Writer, clock: Callable[[], int]) -> None:
        self._store = store
        self._clock = clock
        self.outage = ""
        self.unnamed = ""
        self._error = ""
        self.hosts: dict[str, Reach] = {}
        self._asked: dict[str, str] = {}  # at which host each source was, last
        self._since = 0.0
        self._booked: dict[str, float] = {}  # sources that were well: when the visit began that failed, and counted
        self._forgiven: list[str] = []
        self._is_down = self._is_sure = self._lasts = self._is_over = False

    def is_lost(self, host: str) -> bool:
        """Tell whether the host did not answer when it was asked last."""
        return self.hosts.get(host, Reach()).lost > 0

    def answered(self, source: str, host: str, began: float) -> None:
        """Note a visit that was answered."""
        self.asked(source, host)
        self.hosts[host] = outage.answered(self.hosts.get(host, Reach()), began)
        self._booked.pop(source, None)

    def silent(self, host: str, began: float, *, was_well: bool) -> None:
        """Note a visit that was not, and may say something of our connection."""
        self.hosts[host] = outage.silent(self.hosts.get(host, Reach()), began, was_well=was_well)

    def keep(self, sources: AbstractSet[str]) -> None:
        """Forget the hosts of all other sources: removed ones are asked no more, and would be lost for ever."""
        gone = self._asked.keys() - sources
        self._leave({self._asked.pop(source) for source in gone})

    def asked(self, source: str, host: str) -> None:
        """Note which host a source is at: one that it left, and nobody else is at, says nothing any more."""
        before, self._asked[source] = self._asked.get(source, host), host
        if before != host:
            self._leave({before})

    def _leave(self, hosts: set[str]) -> None:
        for host in hosts.difference(self._asked.values() if hosts else ()):
            self.hosts.pop(host, None)

    def reached_since(self) -> int:
        """Count the hosts that were reached since the connection is down."""
        return sum(0 < host.reached >= self._since for host in self.hosts.values())

    def book(self, failures: Mapping[str, float]) -> None:
        """Note the failures that counted: what is ours may show only when more of them have come."""
        self._booked |= failures

    def is_down(self, delivery: Delivery, *, is_sure: bool, since: float = 0.0, lasts: bool = False) -> None:
        """Note that nobody can be reached, as this visit shows."""
        self._is_down, self._is_sure, self._lasts = True, is_sure, lasts
        self._since = since or self._since
        self._error = delivery.visit.detail if delivery.visit else ""
        if since:
            self._forgiven = [key for key, began in self._booked.items() if began >= since]
            self._booked.clear()

    def is_back(self) -> None:
        """Note that it is over."""
        self._is_over = True

    async def look(self, resolves: Callable[[str], Awaitable[bool]]) -> None:
        """Have one visit tried at once when a name can be looked up again, after an outage in which none could."""
        if self.unnamed and await resolves(self.unnamed):
            self.unnamed = ""
            await self._store.later(offline.try_one, self._clock())

    async def note(self) -> None:
        """After a round: tell of an outage once, and have what waits for its end tried in time.

        It is an incident when a further try has failed.
        """
        now = self._clock()
        if self._is_over:
            hastened = await self._store.later(offline.hasten, now)
            ended = await self._store.later(incidents.look_at_uplink, "", now)
            if self.outage or ended:
                log.info("our own connection is back; %d sources that could not be reached are due", hastened)
            self.outage = self.unnamed = ""
        elif self._is_down:
            soon = now + politeness.SOONEST_TRY
            await self._store.later(offline.forgive, self._forgiven, soon)
            await self._store.later(offline.try_one, soon)
            if self._is_sure and not self.outage:
                since = await self._store.later(offline.answered_last, now)
                self.outage = f"nothing could be reached since {_moment(since or now)}: {self._error}"
                log.warning("our own connection seems to be down, which counts for no source: %s", self.outage)
            if self._lasts:
                await self._store.later(incidents.look_at_uplink, self._error, now)
            self._forgiven = []
        self._is_down = self._is_over = False


def _moment(instant: int) -> str:
    return datetime.fromtimestamp(instant, UTC).strftime("%Y-%m-%d %H:%M UTC")
