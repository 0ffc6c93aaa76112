"""One round of visits.

    due ─▶ claimed, in a queue for each host ─▶ visit ─▶ Delivery ─▶ batch ─▶ commit ─▶ Visit

Of a host one source is visited at a time, of all as many as the machine bears. Each source's failure, of whatever kind,
ends in its own Visit; deliveries are committed in groups.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from aggregator.config import Config
from aggregator.inbound.batches import Batcher
from aggregator.inbound.claims import VISITING, Claims
from aggregator.inbound.frontier import RUNNING, Frontier
from aggregator.inbound.limiter import Limiter
from aggregator.inbound.outage import Outage, Uplink
from aggregator.model import Because, Delivery, Source, SourceKind, SourceState, TroubleError, Visit, host_of
from aggregator.policy import politeness
from aggregator.store import sources
from aggregator.store.database import Writer

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
    ) -> None:
        """`visit` makes one (Visitor.visit); `resolves` tells whether a host's name can be looked up."""
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
        self.uplink = Uplink()

    def stop(self) -> None:
        """Begin no further visit; the ones under way end and are committed."""
        self._stopping.set()

    def make_way(self) -> None:
        """Have a round that has patience for some time only lose it: somebody else wants to visit."""
        self._makes_way = True

    async def is_back(self) -> bool:
        """Tell whether names can be looked up again, after an outage in which they could not."""
        return bool(self.uplink.unnamed) and await self._resolves(self.uplink.unnamed)

    async def due(self, *, everything: bool = False) -> list[str]:
        """Return the keys of the sources to visit now."""
        longest = politeness.longest(self._config.settings, self._config.sources)
        slack = politeness.SLACK
        return await self._store.later(sources.due, self._clock(), longest=longest, slack=slack, everything=everything)

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
        outage = Outage((host_of(key) for key in self._config.by_key), self._resolves)
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
        """Book the failures that were kept back, or, where our own connection was down, put those visits off."""
        if self._stopping.is_set() or self._trouble:
            return
        uplink = self.uplink
        uplink.reached = bool(outage.answered)
        if not await outage.is_ours():
            if uplink.reached or outage.withheld:
                uplink.outage = ""
            for delivery in outage.withheld:
                await batches.put(delivery)
            return
        uplink.outage = next((delivery.visit.detail for delivery in outage.withheld if delivery.visit), "")
        host = host_of(outage.withheld[0].source)
        uplink.unnamed = "" if await self._resolves(host) else host
        states = await self._store.later(sources.states, [delivery.source for delivery in outage.withheld])
        uplink.lasts = any(state.because is Because.OFFLINE for state in states.values())
        for key, state in states.items():
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
        more = True
        while more and not self._stopping.is_set():
            try:
                delivery = await self._visit(source, state, self._clock())
            except TroubleError as error:
                self._trouble = error
                return
            state, more = delivery.state, delivery.more
            if delivery.unreached:
                outage.withhold(delivery)
                return
            if source.kind is SourceKind.WEB and delivery.visit:
                outage.reached()
            await batches.put(delivery)
