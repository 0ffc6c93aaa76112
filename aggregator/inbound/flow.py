"""One round of visits.

    due ─▶ retrieve ─▶ parse, refine (in workers) ─▶ politeness ─▶ Delivery ─▶ store ─▶ Visit

A visit is a plain value going out and a plain value coming back. Each source's failure, of whatever kind, ends in its
own Visit; the store commits deliveries in groups.
"""

from __future__ import annotations

import asyncio
import logging
import math
import sqlite3
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from aggregator.config import Config
from aggregator.inbound.batches import Tray
from aggregator.inbound.frontier import RUNNING, Lines
from aggregator.inbound.limiter import Throttle
from aggregator.inbound.outage import Line, Outage
from aggregator.model import (
    DRAFT,
    Delivery,
    Document,
    DocumentState,
    ParseError,
    Retrieval,
    Source,
    SourceState,
    TroubleError,
    Visit,
    host_of,
)  # fmt: skip
from aggregator.parsing.pool import Workers
from aggregator.policy import politeness
from aggregator.policy.outcome import Read, bug, conclude, named, received, to_read
from aggregator.retrieve import folder
from aggregator.retrieve.web import Web
from aggregator.store import database, entries, pushes, sources
from aggregator.store.database import Writer
from aggregator.text import secrets

log = logging.getLogger(__name__)

_QUICK = 0.5  # seconds that a visit takes to a host whose next feed is visited at once
_UNKNOWN = DocumentState()
_FOLDERS = 8  # that are read at a time: a disk on the network that hangs must hold nobody else's threads


class Inbound:
    """The inward flow, for as long as its parts are open."""

    def __init__(self, config: Config, web: Web, workers: Workers, store: Writer, clock: Callable[[], int]) -> None:
        self._config = config
        self._web = web
        self._workers = workers
        self._store = store
        self._clock = clock
        self._stopping = asyncio.Event()
        self._visiting: set[str] = set()
        self._pushing: set[str] = set()
        self._lines = Lines((), self._states)
        self._folders = ThreadPoolExecutor(_FOLDERS, "folder")
        self._trouble: TroubleError | None = None
        self.line = Line()

    def stop(self) -> None:
        """No further visit begins; the ones under way end and are committed."""
        self._stopping.set()

    def is_visiting(self, key: str) -> bool:
        """Whether a visit to the source is under way; nothing of it may be `pushed` meanwhile."""
        return key in self._visiting

    async def pushed(self, key: str, body: bytes, content_type: str) -> Visit | None:
        """Takes up what a source's hub pushed, like a visit that brought it; None if the source is not to be visited.

        What is remembered for the next visit stays: validators and hash belong to what the source's own server
        answers. A push that can't be read changes nothing but the record.
        """
        source = self._config.by_key.get(key)
        if source is None or not source.enabled:
            return None
        self._pushing.add(key)
        self._lines.forget(key)
        try:
            now = self._clock()
            state = to_read((await self._store.later(sources.states, [key]))[key])
            known = state.documents.get("", DocumentState())
            document = Document("", body, content_type, known.validators_from or state.location or key)
            read = await self._parse(Retrieval(documents=(document,), states={"": known}), state, now)
            dates = [(a.entry.guid, a.entry.updated or a.entry.published) for a in read.arrivals]
            older = await self._store.later(pushes.outdated, key, dates)
            if older and read.feed:
                stale = {arrival.entry.hash for arrival in read.arrivals if arrival.entry.guid in older}
                read.feed = replace(read.feed, hashes=read.feed.hashes - stale)
                read.arrivals = [arrival for arrival in read.arrivals if arrival.entry.guid not in older]
            visits = await self._commit([received(source, state, read, len(body), self._config, now)])
            return visits[0] if visits else None
        finally:
            self._pushing.discard(key)

    async def is_back(self) -> bool:
        """Whether names can be looked up again, after an outage in which they could not."""
        return bool(self.line.unnamed) and await self._web.resolves(self.line.unnamed)

    async def due(self, *, everything: bool = False) -> list[str]:
        """The keys of the sources to visit now."""
        longest = politeness.longest(self._config.polling, self._config.sources)
        slack = politeness.SLACK
        return await self._store.later(sources.due, self._clock(), longest=longest, slack=slack, everything=everything)

    async def round(self, keys: list[str], patience: float = math.inf) -> AsyncIterator[Visit]:
        """Visits the sources and yields the record of each visit once it is stored.

        After `patience` seconds no further visit begins: a host that is slow with its hundred feeds must not keep
        the others from their next round; what is left stays due. TroubleError where it is no source's fault that
        visits can't be made or stored: then nothing of them is booked.
        """
        self._trouble = None
        configured = self._config.by_key
        lines = Lines((configured[key] for key in keys if key in configured), self._states)
        tray = Tray()
        self._lines = lines
        visiting = asyncio.create_task(self._visit_all(lines, tray, asyncio.get_running_loop().time() + patience))
        try:
            while group := await tray.group():
                visits = await self._commit(group)
                self._visiting.difference_update(delivery.source for delivery in group)
                for visit in visits:
                    yield visit
            await visiting
            if self._trouble:
                raise self._trouble
        finally:
            visiting.cancel()
            await asyncio.wait({visiting})
            self._visiting.clear()

    async def _states(self, keys: list[str]) -> Mapping[str, SourceState]:
        """What is remembered of the sources; not of those that something is pushed for, which will change it."""
        found = await self._store.later(sources.states, keys)
        return {key: to_read(state) for key, state in found.items() if key not in self._pushing}

    async def _commit(self, group: list[Delivery]) -> list[Visit]:
        """Stores a group at once; if that meets a bug, each by itself, so that it is one source's failure only."""
        kept, by_text = self._config.limits.kept, self._config.dedupe.text
        try:
            return await self._store.later(entries.commit, group, kept, by_text=by_text)
        except sqlite3.Error as error:
            if database.is_unusable(error):
                raise TroubleError(f"nothing can be stored: {error}") from error
            raise
        except Exception as error:
            if len(group) > 1:
                return [visit for delivery in group for visit in await self._commit([delivery])]
            key = group[0].source
            log.exception("%s: storing what it brought met a bug", key)
            source = self._config.by_key[key]
            state = (await self._store.later(sources.states, [key]))[key]
            told = bug(source, state, error, self._config, self._clock())
            return await self._store.later(entries.commit, [told], kept, by_text=by_text)

    async def _visit_all(self, lines: Lines, tray: Tray, until: float) -> None:
        throttle = Throttle(self._config.polling.concurrency)
        outage = Outage((host_of(key) for key in self._config.by_key), self._web.resolves)
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
        line.unnamed = "" if await self._web.resolves(host) else host
        before = await self._store.later(sources.states, [delivery.source for delivery in outage.withheld])
        line.lasts = any(state.reason == politeness.OFFLINE for state in before.values())
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
                if state is None:  # what was pushed of it is being stored: it stays due, for the next round
                    continue
                self._visiting.add(source.key)
                async with throttle:
                    await self._visit(source, state, tray, outage)
                visits += 1
                quick = loop.time() - began < _QUICK
            lines.give_back(line)

    async def _visit(self, source: Source, state: SourceState, tray: Tray, outage: Outage) -> None:
        """One visit, in as many parts as a large folder takes. A bug is logged and ends this source's visit alone."""
        more = True
        while more and not self._stopping.is_set():
            now = self._clock()
            try:
                delivery, more = await self._deliver(source, state, now)
            except TroubleError as error:
                self._trouble = error
                return
            except Exception as error:
                log.exception("%s: the visit met a bug", source.name or source.key)
                delivery, more = bug(source, state, error, self._config, now), False
            state = delivery.state
            if delivery.unreached:
                outage.withhold(delivery)
                return
            if source.path is None and delivery.visit:
                outage.reached()
            await tray.put(delivery)

    async def _deliver(self, source: Source, state: SourceState, now: int) -> tuple[Delivery, bool]:
        if source.path is None:
            retrieval = await self._web.retrieve(source, state)
        else:
            retrieval = await asyncio.get_running_loop().run_in_executor(
                self._folders, folder.retrieve, source, state, self._config.limits.body, now
            )
        if retrieval.held:
            return Delivery(source.key, None, politeness.postponed(state, retrieval.held)), False
        read = await self._parse(retrieval, state, now)
        return conclude(source, state, retrieval, read, self._config, now), retrieval.more

    async def _parse(self, retrieval: Retrieval, state: SourceState, now: int) -> Read:
        """Gives the documents to the workers, all at once, and puts together what comes back in their order."""
        # Relative addresses start from the document's: they must not carry a password or a key out to every subscriber.
        public = [replace(d, base=secrets.shown(d.base)) for d in retrieval.documents]
        results = await asyncio.gather(
            *(self._workers.parse(d, state.documents.get(d.name, _UNKNOWN), now) for d in public),
            return_exceptions=True,
        )
        read = Read(dict(retrieval.states), dict(retrieval.errors))
        for document, result in zip(retrieval.documents, results, strict=True):
            name = document.name
            if isinstance(result, ParseError):
                read.errors[name] = str(result)
                # Validators and hash of a body that was no feed must not let it pass as "unchanged" next time.
                before, stamp = state.documents.get(name, DocumentState()), read.states[name].stamp
                read.states[name] = DocumentState(
                    stamp=stamp, entry_hashes=before.entry_hashes, error=str(result) if stamp else ""
                )
            elif isinstance(result, BaseException):
                raise result
            else:
                read.feed, arrivals = result
                read.states[name] = replace(
                    read.states[name],
                    entry_hashes=read.feed.hashes,
                    outline=read.feed.outline,
                    held=DRAFT if read.feed.draft else read.feed.release if read.feed.release > now else 0,
                )
                read.arrivals.extend(arrivals)
                told = [f"malformed: {read.feed.malformed}"] if read.feed.malformed else []
                read.malformed = read.malformed or bool(told)
                read.notes.extend(named(name, note) for note in (*told, *read.feed.cut, *read.feed.notes))
        return read
