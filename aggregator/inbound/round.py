"""One round of visits.

    due ─▶ claimed, in a queue for each host ─▶ visit ─▶ Delivery ─▶ batch ─▶ commit ─▶ Visit

Of a host one source is visited at a time, of all as many as the machine bears. Each source's failure, of whatever kind,
ends in its own Visit; deliveries are committed in groups.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from aggregator.config import Config
from aggregator.inbound.batches import Batcher
from aggregator.inbound.claims import VISITING, Claims
from aggregator.inbound.frontier import RUNNING, Frontier
from aggregator.inbound.limiter import Limiter
from aggregator.inbound.outage import Attempt, Outage
from aggregator.inbound.uplink import Uplink
from aggregator.model import (
    Because,
    Delivery,
    FailureKind,
    Source,
    SourceKind,
    SourceState,
    TroubleError,
    Visit,
    host_of,
)
from aggregator.policy import politeness
from aggregator.policy.outage import may_be_ours
from aggregator.retrieve.room import Room
from aggregator.store import clock, offline, sources
from aggregator.store.database import Writer

log = logging.getLogger(__name__)
_QUICK = 0.5  # seconds that a visit takes to a host whose next feed is visited at once


class Inbound:
    """The inward flow, for as long as its parts are open."""

    def __init__(
        self,
        config: Config,
        visit: Callable[[Source, SourceState, int], Awaitable[Delivery]],
        resolves: Callable[[str], Awaitable[bool]],
        claims: Claims,
        store: Writer,
        clock: Callable[[], int],
        uplink: Uplink,
        room: Room | None = None,
    ) -> None:
        """`visit` makes one (Visitor.visit); `resolves` tells whether a host's name can be looked up.

        `room` is what its bodies take (Web.room), until what came of them is handed over to be stored.
        """
        self._room = room or Room()
        self._config = config
        self._visit = visit
        self._resolves = resolves
        self._claims = claims
        self._store = store
        self._clock = clock
        self._stopping = asyncio.Event()
        self._makes_way = False
        self._trouble: TroubleError | None = None
        self._any_hour = False
        self._uplink = uplink
        self._asked = frozenset(source.key for source in config.sources if source.enabled and not source.path)
        self._hosts = tuple(
            dict.fromkeys(host_of(source.key) for source in config.sources if source.key in self._asked)
        )

    def stop(self) -> None:
        """Begin no further visit; the ones under way end and are committed."""
        self._stopping.set()

    def make_way(self) -> None:
        """Have a round that has patience for some time only lose it: somebody else wants to visit."""
        self._makes_way = True

    async def due(self, *, everything: bool = False) -> list[str]:
        """Return the keys of the sources to visit now; what a clock that was ahead left behind is put right first."""
        await self.mend()
        return await self._store.later(sources.due, self._clock(), everything=everything)

    async def mend(self) -> None:
        """Have what was noted while the clock was ahead count from now."""
        longest = politeness.longest(self._config.settings, self._config.sources)
        if mended := await self._store.later(clock.mend, self._clock(), longest):
            log.warning("the clock was ahead when %d sources were visited: they wait as they were to, from now", mended)

    async def round(
        self, keys: list[str], patience: float = math.inf, *, any_hour: bool = False
    ) -> AsyncIterator[Visit]:
        """Visit the sources; yield the record of each visit once it is stored.

        A feed that asks to be left alone at this hour is put off, unless `any_hour`. After `patience` seconds no
        further visit begins: a host that is slow with its hundred feeds must not keep the others from their next round;
        what is left stays due. TroubleError where it is no source's fault that visits can't be made or stored: then
        nothing of them is booked.
        """
        self._trouble, self._any_hour, self._makes_way = None, any_hour, False
        configured = self._config.by_key
        frontier = Frontier(
            (configured[key] for key in keys if key in configured),
            partial(self._claims.take, holder=VISITING),
            partial(self._claims.release, holder=VISITING),
        )
        batches = Batcher()
        visiting = asyncio.create_task(self._visit_all(frontier, batches, asyncio.get_running_loop().time() + patience))
        try:
            while group := await batches.group():
                for visit in await self._claims.commit(group):
                    yield visit
            await visiting
            if self._trouble:
                raise self._trouble
        finally:
            visiting.cancel()
            await asyncio.wait({visiting})
            await self._claims.end(VISITING)

    async def _visit_all(self, frontier: Frontier, batches: Batcher, until: float) -> None:
        limiter = Limiter(self._config.polling.concurrency)
        waiting = await self._store.later(offline.hosts)
        loop = asyncio.get_running_loop()
        self._uplink.keep(self._asked)
        outage = Outage(self._uplink, self._hosts, waiting, loop.time())
        watching = asyncio.create_task(limiter.watch())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(frontier.prepare())
                for _ in range(min(self._config.polling.concurrency, len(frontier))):
                    group.create_task(self._visit_hosts(frontier, limiter, batches, outage, until))
            await self._settle(outage, batches)
        finally:
            watching.cancel()
            batches.end()

    async def _settle(self, outage: Outage, batches: Batcher) -> None:
        """Book the failures that were kept back, or, where our own connection was down, put those visits off.

        Whoever stops waits for no name server: what that could have told is found out at the next start.
        """
        if self._trouble:
            return
        counted, ours = await outage.settle(_never if self._stopping.is_set() else self._resolves)
        for delivery in counted:
            await batches.put(delivery)
        if ours:
            for key, state in (await self._store.later(sources.states, ours)).items():
                await batches.put(Delivery(key, None, politeness.offline(state, self._clock())))

    async def _visit_hosts(
        self, frontier: Frontier, limiter: Limiter, batches: Batcher, outage: Outage, until: float
    ) -> None:
        """Visit one host after the other: what one slot does."""
        loop = asyncio.get_running_loop()
        while queue := await frontier.take():
            quick, visits = True, 0
            while queue and quick and visits < RUNNING:
                began = loop.time()
                if self._is_over(began, until):
                    frontier.close()
                    queue.clear()
                    break
                source = queue.popleft()
                state = frontier.state(source.key)
                if state is None:  # somebody else works on it: it stays due, for the next round
                    continue
                await self._room.open()
                async with limiter:
                    await self._visit_parts(source, state, batches, outage)
                visits += 1
                quick = loop.time() - began < _QUICK
            frontier.give_back(queue)

    def _is_over(self, now: float, until: float) -> bool:
        return self._stopping.is_set() or bool(self._trouble or now > until or (self._makes_way and until < math.inf))

    async def _visit_parts(self, source: Source, state: SourceState, batches: Batcher, outage: Outage) -> None:
        """Make one visit, in as many parts as a large folder takes, unless the feed wants to be left alone now."""
        if not self._any_hour and (put_off := politeness.asleep(state, self._clock())):
            await batches.put(Delivery(source.key, None, put_off))
            return
        loop = asyncio.get_running_loop()
        began, more = loop.time(), True
        while more and not self._stopping.is_set():
            with self._room.of(source.key):
                try:
                    delivery = await self._visit(source, state, self._clock())
                except TroubleError as error:
                    self._trouble = error
                    return
                if source.kind is SourceKind.WEB and delivery.visit:
                    if _may_be_ours(delivery):
                        outage.withhold(Attempt(delivery, state, began, loop.time()))
                        return
                    if delivery.visit.kind is FailureKind.NONE:
                        outage.reached(source.key, state, began)
                state, more = delivery.state, delivery.more
                await batches.put(delivery)


async def _never(_host: str) -> bool:
    return False


def _may_be_ours(delivery: Delivery) -> bool:
    """Tell whether the failure may be that of our own connection; where the server named a time, it is the server's."""
    asked = delivery.state.because in {Because.RETRY_AFTER, Because.TOO_MANY}
    return delivery.visit is not None and not asked and may_be_ours(delivery.visit.kind)
