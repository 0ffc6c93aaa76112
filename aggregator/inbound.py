"""One round of visits.

    due ─▶ retrieve ─▶ parse, refine (in workers) ─▶ politeness ─▶ Delivery ─▶ store ─▶ Visit

A visit is a plain value going out and a plain value coming back. Each source's failure, of whatever kind, ends in its
own Visit; the store commits deliveries in groups.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace

from aggregator.config import Config
from aggregator.model import (
    Arrival,
    Delivery,
    Document,
    DocumentState,
    Feed,
    Origin,
    Outcome,
    ParseError,
    Retrieval,
    Source,
    SourceState,
    Visit,
    host_of,
)  # fmt: skip
from aggregator.parse import links
from aggregator.refine import urls
from aggregator.retrieve import folder, politeness
from aggregator.retrieve.web import Web
from aggregator.store import pushes, sources, stories
from aggregator.store.database import Writer
from aggregator.workers import Workers

log = logging.getLogger(__name__)

_GROUP_SECONDS = 0.1  # a commit waits at most this long for company,
_GROUP_ENTRIES = 500  # or until it has this many entries
_MOST_HASHES = 10_000  # of entries that are known, before pushes count as the whole document
_UNKNOWN = DocumentState()


@dataclass(slots=True)
class _Read:
    """What became of a visit's documents."""

    states: dict[str, DocumentState]
    errors: dict[str, str]
    notes: list[str] = field(default_factory=list)
    malformed: bool = False
    feed: Feed | None = None
    arrivals: list[Arrival] = field(default_factory=list)


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
        source = next((source for source in self._config.sources if source.key == key), None)
        if source is None or not source.enabled:
            return None
        self._pushing.add(key)
        try:
            now = self._clock()
            state = (await self._store.later(sources.states, [key]))[key]
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

    async def due(self, *, everything: bool = False) -> list[str]:
        """The keys of the sources to visit now."""
        return await self._store.later(sources.due, self._clock(), everything=everything)

    async def round(self, keys: list[str], patience: float = math.inf) -> AsyncIterator[Visit]:
        """Visits the sources and yields the record of each visit once it is stored.

        After `patience` seconds no further visit begins: a host that is slow with its hundred feeds must not keep
        the others from their next round; what is left stays due.
        """
        configured = {source.key: source for source in self._config.sources}
        waiting: asyncio.Queue[Delivery | None] = asyncio.Queue(self._config.polling.concurrency)
        due = [configured[key] for key in keys if key in configured]
        visiting = asyncio.create_task(self._visit_all(due, waiting, asyncio.get_running_loop().time() + patience))
        try:
            async for group in _groups(waiting):
                visits = await self._commit(group)
                self._visiting.difference_update(delivery.source for delivery in group)
                for visit in visits:
                    yield visit
            await visiting
        finally:
            visiting.cancel()
            self._visiting.clear()

    async def _commit(self, group: list[Delivery]) -> list[Visit]:
        """Stores a group at once; if that meets a bug, each by itself, so that it is one source's failure only."""
        kept, by_text = self._config.limits.kept, self._config.dedupe.text
        try:
            return await self._store.later(stories.commit, group, kept, by_text=by_text)
        except Exception as error:
            if len(group) > 1:
                return [visit for delivery in group for visit in await self._commit([delivery])]
            key = group[0].source
            log.exception("%s: storing what it brought met a bug", key)
            source = next(source for source in self._config.sources if source.key == key)
            state = (await self._store.later(sources.states, [key]))[key]
            told = _bug(source, state, error, self._config, self._clock())
            return await self._store.later(stories.commit, [told], kept, by_text=by_text)

    async def _visit_all(self, due: list[Source], waiting: asyncio.Queue[Delivery | None], until: float) -> None:
        """The hosts take turns: of one host one visit at a time, so that none takes more than one of the slots."""
        lines: dict[str, deque[Source]] = {}
        for source in due:
            lines.setdefault(host_of(source.key) or source.key, deque()).append(source)
        ready = deque(lines.values())
        free = self._config.polling.concurrency
        finished: asyncio.Queue[deque[Source]] = asyncio.Queue()
        busy = 0
        try:
            async with asyncio.TaskGroup() as group:
                while ready or busy:
                    if self._stopping.is_set() or asyncio.get_running_loop().time() > until:
                        ready.clear()
                    turn = [ready.popleft() for _ in range(min(free - busy, len(ready)))]
                    for line in turn:
                        self._leave_out_the_pushed(line)
                    turn = [line for line in turn if line]
                    self._visiting.update(line[0].key for line in turn)
                    states = await self._store.later(sources.states, [line[0].key for line in turn]) if turn else {}
                    for line in turn:
                        source = line.popleft()
                        task = group.create_task(self._visit(source, states[source.key], waiting))
                        task.add_done_callback(lambda _, line=line: finished.put_nowait(line))  # type: ignore[misc]
                        busy += 1
                    if busy:
                        line = await finished.get()
                        busy -= 1
                        if line:
                            ready.append(line)
        finally:
            await waiting.put(None)

    def _leave_out_the_pushed(self, line: deque[Source]) -> None:
        """What was just pushed of a source is being stored: it stays due, and is visited in the next round."""
        while line and line[0].key in self._pushing:
            line.popleft()

    async def _visit(self, source: Source, state: SourceState, waiting: asyncio.Queue[Delivery | None]) -> None:
        """One visit, in as many parts as a large folder takes. A bug is logged and ends this source's visit alone."""
        more = True
        while more and not self._stopping.is_set():
            now = self._clock()
            try:
                delivery, more = await self._deliver(source, state, now)
            except Exception as error:
                log.exception("%s: the visit met a bug", source.name or source.key)
                delivery, more = _bug(source, state, error, self._config, now), False
            state = delivery.state
            await waiting.put(delivery)

    async def _deliver(self, source: Source, state: SourceState, now: int) -> tuple[Delivery, bool]:
        if source.path is None:
            retrieval = await self._web.retrieve(source, state)
        else:
            retrieval = await asyncio.to_thread(folder.retrieve, source, state, self._config.limits.body)
        if retrieval.held:
            return Delivery(source.key, None, politeness.postponed(state, retrieval.held)), False
        read = await self._parse(retrieval, state, now)
        return conclude(source, state, retrieval, read, self._config, now), retrieval.more

    async def _parse(self, retrieval: Retrieval, state: SourceState, now: int) -> _Read:
        """Gives the documents to the workers, all at once, and puts together what comes back in their order."""
        # Relative addresses start from the document's: they must not carry a password or a key out to every subscriber.
        public = [replace(d, base=urls.shown(d.base)) for d in retrieval.documents]
        results = await asyncio.gather(
            *(self._workers.parse(d, state.documents.get(d.name, _UNKNOWN), now) for d in public),
            return_exceptions=True,
        )
        read = _Read(dict(retrieval.states), dict(retrieval.errors))
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
                read.states[name] = replace(read.states[name], entry_hashes=read.feed.hashes, outline=read.feed.outline)
                read.arrivals.extend(arrivals)
                told = [f"malformed: {read.feed.malformed}"] if read.feed.malformed else []
                read.malformed = read.malformed or bool(told)
                read.notes.extend(_named(name, note) for note in (*told, *read.feed.cut))
        return read


def conclude(
    source: Source, state: SourceState, retrieval: Retrieval, read: _Read, config: Config, now: int
) -> Delivery:
    """What a visit comes to: its outcome, the next state and what the store has to take up. Pure."""
    changed = {name: new for name, new in read.states.items() if state.documents.get(name) != new}
    if read.feed and source.path is None:
        hub, topic = links.advertised(retrieval.answer.link, read.feed, retrieval.documents[0].base)
        state = replace(state, hints=read.feed.hints, hub=hub, topic=topic)
    if read.arrivals:  # its hub has not pushed them: until it pushes again it is as if there were none
        state = replace(state, pushed=0)
    state = replace(state, documents={**state.documents, **changed})
    detail = _line(_summary(read.errors) or "; ".join(read.notes)[:500])
    if "" in read.errors:
        after = politeness.after_failure(source, state, retrieval.answer, detail, config.polling, now)
        outcome = Outcome.GONE if after.gone else Outcome.FAILED
    else:
        dates = [arrival.entry.published or arrival.entry.updated for arrival in read.arrivals]
        after = politeness.after_success(source, state, retrieval.answer, config.polling, now, dates)
        changed_here = Outcome.MALFORMED if read.malformed else Outcome.OK
        outcome = changed_here if retrieval.documents else Outcome.UNCHANGED
        if read.errors:  # some files of a folder: the others are stored all the same
            outcome = Outcome.FAILED
            after = replace(after, failures=state.failures + 1, error=detail)
    record = Visit(
        source=source.key,
        at=now,
        outcome=outcome,
        status=retrieval.answer.status,
        size=retrieval.size,
        seconds=retrieval.seconds,
        detail=detail,
    )
    until = politeness.hold(retrieval.answer, now)
    one_file = source.path is not None and set(state.documents) == {source.path.name}
    about = read.feed if source.path is None or one_file else None
    return Delivery(
        source=source.key,
        visit=record,
        state=after,
        documents=changed,
        feed=Origin(about.title, about.link, source.key, about.id) if about else None,
        language=about.language if about else "",
        arrivals=tuple(read.arrivals),
        hold=(retrieval.answer.host, until) if until else None,
        more=retrieval.more,
    )


def received(source: Source, state: SourceState, read: _Read, size: int, config: Config, now: int) -> Delivery:
    """What a push comes to. Its entries are known from now on beside those of the last document. Pure."""
    detail = _line(_summary(read.errors) or "; ".join(read.notes)[:500])
    record = Visit(
        source=source.key,
        at=now,
        outcome=Outcome.FAILED if read.errors else Outcome.MALFORMED if read.malformed else Outcome.OK,
        size=size,
        detail="; ".join(filter(None, (politeness.PUSHED, detail))),
    )
    if read.errors or read.feed is None:
        return Delivery(source.key, record, state)
    before = state.documents.get("", DocumentState())
    hashes = before.entry_hashes | read.feed.hashes
    document = replace(before, entry_hashes=hashes if len(hashes) <= _MOST_HASHES else read.feed.hashes)
    dates = [arrival.entry.published or arrival.entry.updated for arrival in read.arrivals]
    return Delivery(
        source=source.key,
        visit=record,
        state=politeness.after_push(source, state, config.polling, now, dates),
        documents={"": document},
        arrivals=tuple(read.arrivals),
    )


def _bug(source: Source, state: SourceState, error: Exception, config: Config, now: int) -> Delivery:
    told = f"a bug in the aggregator: {' '.join(f'{type(error).__name__}: {error}'.split())[:200]}"
    retrieval = Retrieval(errors={"": told})
    return conclude(source, state, retrieval, _Read({}, {"": told}), config, now)


def _line(told: str) -> str:
    """On one line, without what a terminal would obey: names of files may hold anything, and so may headers."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(told.split()))


def _named(name: str, note: str) -> str:
    return f"{name}: {note}" if name else note


def _summary(errors: Mapping[str, str]) -> str:
    """All errors in one line: the first three, and how many more."""
    told = [_named(name, error) for name, error in errors.items()]
    more = f"; and {len(told) - 3} more" if len(told) > 3 else ""
    return "; ".join(told[:3]) + more


async def _groups(waiting: asyncio.Queue[Delivery | None]) -> AsyncIterator[list[Delivery]]:
    """Deliveries in groups worth a commit each, until None comes."""
    ended = False
    while not ended:
        first = await waiting.get()
        if first is None:
            return
        group, entries = [first], len(first.arrivals)
        until = asyncio.get_running_loop().time() + _GROUP_SECONDS
        while entries < _GROUP_ENTRIES:
            try:
                async with asyncio.timeout_at(until):
                    delivery = await waiting.get()
            except TimeoutError:
                break
            if delivery is None:
                ended = True
                break
            group.append(delivery)
            entries += len(delivery.arrivals)
        yield group
