"""One round of visits.

    due ─▶ claimed, a host's sources in a line ─▶ visit ─▶ Delivery ─▶ batch ─▶ commit ─▶ Visit

Of a host one source is visited at a time, of all as many as the machine bears. Each source's failure, of whatever kind,
ends in its own Visit; deliveries are committed in groups.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

from aggregator.config import Config
from aggregator.inbound.batches import Tray
from aggregator.inbound.claims import VISITING, Claims
from aggregator.inbound.frontier import RUNNING, Lines
from aggregator.inbound.limiter import Throttle
from aggregator.inbound.outage import Line, Outage
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
        self._trouble: TroubleError | None = None
        self._any_hour = False
        self.line = Line()

    def stop(self) -> None:
        """No further visit begins; the ones under way end and are committed."""
        self._stopping.set()

    async def is_back(self) -> bool:
        """Whether names can be looked up again, after an outage in which they could not."""
        return bool(self.line.unnamed) and await self._resolves(self.line.unnamed)

    async def due(self, *, everything: bool = False) -> list[str]:
        """The keys of the sources to visit now."""
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
        self._trouble, self._any_hour = None, any_hour
        configured = self._config.by_key
        lines = Lines(
            (configured[key] for key in keys if key in configured),
            partial(self._claims.take, holder=VISITING),
            partial(self._claims.release, holder=VISITING),
        )
        tray = Tray()
        visiting = asyncio.create_task(self._visit_all(lines, tray, asyncio.get_running_loop().time() + patience))
        try:
            while group := await tray.group():
                for visit in await self._claims.commit(group):
                    yield visit
            await visiting
            if self._trouble:
                raise self._trouble
        finally:
            visiting.cancel()
            await asyncio.wait({visiting})
            await self._claims.end(VISITING)

    async def _visit_all(self, lines: Lines, tray: Tray, until: float) -> None:
        throttle = Throttle(self._config.polling.concurrency)
        outage = Outage((host_of(key) for key in self._config.by_key), self._resolves)
        watching = asyncio.create_task(throttle.watch())
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(lines.prepare())
                for _ in range(min(self._config.polling.concurrency, len(lines))):
                    group.create_task(self._visit_lines(lines, throttle, tray, outage, until))
            await self._settle(outage, tray)
        finally:
            watching.cancel()
            tray.end()

    async def _settle(self, outage: Outage, tray: Tray) -> None:
        """Books the failures that were kept back, or, where it was our own line, puts those visits off."""
        if self._stopping.is_set() or self._trouble:
            return
        line = self.line
        line.reached = bool(outage.answered)
        if not await outage.is_ours():
            if line.reached or outage.withheld:
                line.outage = ""
            for delivery in outage.withheld:
                await tray.put(delivery)
            return
        line.outage = next((delivery.visit.detail for delivery in outage.withheld if delivery.visit), "")
        host = host_of(outage.withheld[0].source)
        line.unnamed = "" if await self._resolves(host) else host
        before = await self._store.later(sources.states, [delivery.source for delivery in outage.withheld])
        line.lasts = any(state.because is Because.OFFLINE for state in before.values())
        for key, state in before.items():
            await tray.put(Delivery(key, None, politeness.offline(state, self._clock())))

    async def _visit_lines(self, lines: Lines, throttle: Throttle, tray: Tray, outage: Outage, until: float) -> None:
        """What one slot does: it visits one host after the other."""
        loop = asyncio.get_running_loop()
        while line := await lines.take():
            quick, visits = True, 0
            while line and quick and visits < RUNNING:
                began = loop.time()
                if self._stopping.is_set() or self._trouble or began > until:
                    lines.close()
                    line.clear()
                    break
                source = line.popleft()
                state = lines.state(source.key)
                if state is None:  # somebody else works on it: it stays due, for the next round
                    continue
                async with throttle:
                    await self._visit_parts(source, state, tray, outage)
                visits += 1
                quick = loop.time() - began < _QUICK
            lines.give_back(line)

    async def _visit_parts(self, source: Source, state: SourceState, tray: Tray, outage: Outage) -> None:
        """Make one visit, in as many parts as a large folder takes, unless the feed wants to be left alone now."""
        if not self._any_hour and (put_off := politeness.asleep(state, self._clock())):
            await tray.put(Delivery(source.key, None, put_off))
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
            await tray.put(delivery)
