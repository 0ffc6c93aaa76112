"""What a source's hub pushed: taken up like a visit that brought it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from aggregator.config import Config
from aggregator.inbound.claims import PUSHING, Claims
from aggregator.inbound.visit import Visitor
from aggregator.model import Document, DocumentState, Retrieval, Source, SourceState, Visit
from aggregator.policy.outcome import Read, received
from aggregator.store import pushes, sources
from aggregator.store.database import Writer


class Pushes:
    """Takes up what is pushed, for as long as its parts are open."""

    def __init__(
        self, config: Config, visitor: Visitor, claims: Claims, store: Writer, clock: Callable[[], int]
    ) -> None:
        self._config = config
        self._visitor = visitor
        self._claims = claims
        self._store = store
        self._clock = clock

    async def take_up(self, key: str, body: bytes, content_type: str) -> list[Visit] | None:
        """Store what the body says of the source; return the record of it, and none if it is not visited, or paused.

        None while somebody else works on the source: it may be tried again when that claim is released.

        What is remembered for the next visit stays: validators and hash belong to what the source's own server
        answers. A push that can't be read changes nothing but the record.
        """
        source = self._config.by_key.get(key)
        if source is None or not source.enabled:
            return []
        try:
            state = (await self._claims.take([key], PUSHING)).get(key)
            if state is None:
                return [] if await self._store.later(sources.is_paused, key) else None
            return await self._store_pushed(source, state, body, content_type)
        except BaseException:
            await self._claims.release([key], PUSHING)
            raise

    async def _store_pushed(self, source: Source, state: SourceState, body: bytes, content_type: str) -> list[Visit]:
        now = self._clock()
        known = state.documents.get("", DocumentState())
        document = Document("", body, content_type, known.validators_from or state.location or source.key)
        read = await self._visitor.read(Retrieval(documents=(document,), states={"": known}), state, now)
        await self._drop_outdated(source.key, read)
        delivery = received(source, state, read, len(body), self._config.settings, now)
        return await self._claims.commit([delivery])

    async def _drop_outdated(self, key: str, read: Read) -> None:
        """Leave out what is older than what is stored: a push that came late."""
        dates = [(a.entry.guid, a.entry.updated or a.entry.published) for a in read.arrivals]
        older = await self._store.later(pushes.outdated, key, dates)
        if older and read.feed:
            stale = {arrival.entry.hash for arrival in read.arrivals if arrival.entry.guid in older}
            read.feed = replace(read.feed, hashes=read.feed.hashes - stale)
            read.arrivals = [arrival for arrival in read.arrivals if arrival.entry.guid not in older]
