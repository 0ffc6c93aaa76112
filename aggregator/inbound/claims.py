"""Work on sources, from the claim to the commit: it keeps others off the source, who are told when that ends."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence

from aggregator.config import Config
from aggregator.model import Delivery, SourceState, TroubleError, Visit
from aggregator.model.errors import is_shortage, shortage
from aggregator.parse import READER
from aggregator.policy.outcome import bug, to_read
from aggregator.store import claims, entries, sources
from aggregator.store.database import Writer

log = logging.getLogger(__name__)

VISITING, PUSHING = "visit", "push"
"""Who claims: the round under way, and the push that is being taken up."""

Freed = Callable[[Collection[str]], None]
"""Is called with the keys of sources that were claimed and are so no more."""


class Claims:
    """Takes and releases claims in the store, and commits what the work on them came to."""

    def __init__(self, config: Config, store: Writer, clock: Callable[[], int], freed: Freed) -> None:
        self._config = config
        self._store = store
        self._clock = clock
        self._freed = freed

    async def take(self, keys: Sequence[str], holder: str) -> Mapping[str, SourceState]:
        """Claim those of the sources that nobody works on; return what is remembered of these, as work starts from."""
        taken = await self._store.later(claims.take, keys, holder)
        return {key: to_read(state, READER) for key, state in taken.items()}

    async def release(self, keys: Sequence[str], holder: str) -> None:
        """Release those of these that the holder has claimed, without any work done."""
        await self._store.later(claims.release, keys, holder)
        self._freed(keys)

    async def end(self, holder: str) -> None:
        """Release all that the holder has claimed."""
        self._freed(await self._store.later(claims.end, holder))

    async def commit(self, group: Sequence[Delivery]) -> list[Visit]:
        """Store a group at once and release what it came of; return the records of its visits.

        If that meets a bug, each is stored by itself, so that it is one source's failure only. TroubleError where
        nothing can be stored: then all claims are as they were.
        """
        try:
            return await self._commit(group)
        except (TroubleError, sqlite3.Error):
            raise
        except Exception as error:
            if is_shortage(error):
                raise TroubleError(f"nothing can be stored: {shortage(error)}") from error
            if len(group) > 1:
                return [visit for delivery in group for visit in await self.commit([delivery])]
            key = group[0].source
            log.exception("%s: storing what it brought met a bug", key, extra={"source": key})
            source = self._config.by_key[key]
            state = (await self._store.later(sources.states, [key]))[key]
            return await self._commit([bug(source, state, error, self._config.settings, self._clock())])

    async def _commit(self, group: Sequence[Delivery]) -> list[Visit]:
        kept, by_text = self._config.limits.kept, self._config.dedupe.text
        visits = await self._store.later(entries.commit, group, kept, by_text=by_text)
        self._freed({delivery.source for delivery in group if not delivery.more})
        return visits
