"""One visit: (source, what is remembered of it, now) → Delivery.

    retrieve ─▶ parse, refine (in workers) ─▶ politeness ─▶ Delivery

A plain value goes in and a plain value comes out; there is no store here, no round and no other source. A round and a
push carry it on this machine.
"""

from __future__ import annotations

import asyncio
import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from aggregator.model import (
    DRAFT,
    Delivery,
    DocumentState,
    FailureKind,
    ParseError,
    Retrieval,
    Settings,
    Source,
    SourceKind,
    SourceState,
    TroubleError,
)  # fmt: skip
from aggregator.model.errors import is_shortage, shortage
from aggregator.parse import READER, hub_links
from aggregator.parsing.pool import Workers
from aggregator.policy import politeness
from aggregator.policy.outcome import Read, bug, conclude, named
from aggregator.retrieve import kinds, walls
from aggregator.retrieve.web import Web
from aggregator.text import secrets

log = logging.getLogger(__name__)

_UNKNOWN = DocumentState()
_FOLDERS = 8  # that are read at a time: a disk on the network that hangs must hold nobody else's threads


class Visitor:
    """Makes visits, for as long as its web client and its workers are open."""

    def __init__(self, settings: Settings, web: Web, workers: Workers) -> None:
        self._settings = settings
        self._workers = workers
        self._means = kinds.Means(web, ThreadPoolExecutor(_FOLDERS, "folder"), settings.body)

    async def visit(self, source: Source, state: SourceState, now: int) -> Delivery:
        """Make one visit, or one part of it: where there is `more`, the next one starts from the delivery's state.

        Whatever goes wrong with the source is in the delivery; so is a bug, which is logged. TroubleError where it is
        no source's fault.
        """
        try:
            return await self._visit(source, state, now)
        except TroubleError:
            raise
        except Exception as error:
            if is_shortage(error):
                raise TroubleError(f"no visits can be made: {shortage(error)}") from error
            log.exception("%s: the visit met a bug", source.name or source.key, extra={"source": source.key})
            return bug(source, state, error, self._settings, now)

    async def _visit(self, source: Source, state: SourceState, now: int) -> Delivery:
        retrieval = await kinds.retrieve(source, state, self._means, now)
        if retrieval.kind is FailureKind.SHORTAGE:
            raise TroubleError(f"no visits can be made: {retrieval.errors['']}")
        if retrieval.held:
            return Delivery(source.key, None, politeness.postponed(state, retrieval.held))
        read = await self.read(retrieval, state, now)
        if "" in read.errors and source.kind is SourceKind.WEB:
            wall = walls.of_page(retrieval.documents[0], source.key) if retrieval.documents else ""
            read.errors[""] += f"; {wall}" if wall else ""
        if read.feed and source.kind is SourceKind.WEB:
            read.hub, read.topic = hub_links.advertised(retrieval.answer.link, read.feed, retrieval.documents[0].base)
        return conclude(source, state, retrieval, read, self._settings, now)

    async def read(self, retrieval: Retrieval, state: SourceState, now: int) -> Read:
        """Give the documents to the workers, all at once, and put together what comes back in their order."""
        # Relative addresses start from the document's: they must not carry a password or a key out to every subscriber.
        public = [replace(d, base=secrets.shown(d.base)) for d in retrieval.documents]
        results = await asyncio.gather(
            *(self._workers.parse(d, state.documents.get(d.name, _UNKNOWN), now) for d in public),
            return_exceptions=True,
        )
        states = {
            name: new if new.reader == READER else replace(new, reader=READER) for name, new in retrieval.states.items()
        }
        read = Read(states, dict(retrieval.errors))
        for document, result in zip(retrieval.documents, results, strict=True):
            name = document.name
            if isinstance(result, ParseError):
                read.errors[name] = str(result)
                # Validators and hash of a body that was no feed must not let it pass as "unchanged" next time.
                before, stamp = state.documents.get(name, _UNKNOWN), read.states[name].stamp
                error = str(result) if stamp else ""
                read.states[name] = DocumentState(
                    stamp=stamp, entry_hashes=before.entry_hashes, error=error, reader=READER
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
                malformed = [f"malformed: {read.feed.malformed}"] if read.feed.malformed else []
                read.malformed = read.malformed or bool(malformed)
                read.notes.extend(named(name, note) for note in (*malformed, *read.feed.cut, *read.feed.notes))
        return read
