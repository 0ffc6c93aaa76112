"""A round, whole: inbound, then outbound. What `once` does once and the daemon for ever."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from aggregator import outbound
from aggregator.config import Config
from aggregator.inbound import Inbound
from aggregator.model import Outcome, Visit
from aggregator.retrieve.web import Web
from aggregator.store import database, selection, sources
from aggregator.workers import Workers

log = logging.getLogger(__name__)
_FAILED = frozenset({Outcome.FAILED, Outcome.GONE})


@dataclass(slots=True)
class Summary:
    """What a round came to; counts are of sources, entries and stories, `seconds` of wall time."""

    visited: int = 0
    unchanged: int = 0
    failed: int = 0
    entries_new: int = 0
    entries_updated: int = 0
    stories_new: int = 0
    seconds: float = 0.0
    _outcomes: dict[str, Outcome] = field(default_factory=dict)

    def add(self, visit: Visit) -> None:
        """Counts a visit; a large folder takes several, and is one source all the same."""
        before = self._outcomes.get(visit.source)
        worst = before if before is not None and before in _FAILED else visit.outcome
        self._outcomes[visit.source] = worst
        self.visited = len(self._outcomes)
        self.unchanged += (worst is Outcome.UNCHANGED) - (before is Outcome.UNCHANGED)
        self.failed += (worst in _FAILED) - (before in _FAILED)
        self.entries_new += visit.entries_new
        self.entries_updated += visit.entries_updated
        self.stories_new += visit.stories_new

    def as_dict(self) -> dict[str, int | float]:
        """For JSON."""
        return {k: round(v, 3) if k == "seconds" else v for k, v in asdict(self).items() if not k.startswith("_")}


class Rounds:
    """The open parts of both flows, as a context: the store, the HTTP client, the workers."""

    def __init__(self, config: Config, data: Path, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        """Opens the store in `data` and makes it know the config's sources; StoreError where it can't."""
        self.config = config
        self._data = data
        self._clock = clock
        self.store = database.Writer(data)
        self.store.now(sources.register, config.sources)
        self._pending: Config | None = None

    async def __aenter__(self) -> Self:
        await self._open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._close()
        self.store.close()

    async def _open(self) -> None:
        self._workers = Workers(self.config.polling.workers, self.config.limits)
        self._web = await Web(self.config, self._clock).__aenter__()
        self.inbound = Inbound(self.config, self._web, self._workers, self.store, self._clock)

    async def _close(self) -> None:
        await self._web.__aexit__(None, None, None)
        self._workers.close()

    def reconfigure(self, config: Config) -> None:
        """Has `adopt` put this config in force before the next round; the one under way ends under the old."""
        self._pending = config

    async def adopt(self) -> None:
        """Between two rounds: takes up what `reconfigure` left."""
        if self._pending is None:
            return
        self.config, self._pending = self._pending, None
        await self._close()
        await self.store.later(sources.register, self.config.sources)
        await self._open()
        await self.publish()

    async def run(
        self, keys: list[str], watch: Callable[[Visit], None] = lambda _visit: None, patience: float = math.inf
    ) -> Summary:
        """Visits these sources, telling `watch` of each, and publishes; begins no visit after `patience` seconds."""
        started = time.monotonic()
        summary = Summary()
        async for visit in self.inbound.round(keys, patience):
            summary.add(visit)
            if visit.outcome in _FAILED:
                log.warning("%s: %s", visit.source, visit.detail)
            elif visit.detail:
                log.info("%s: %s", visit.source, visit.detail)
            watch(visit)
        await self.publish()
        summary.seconds = time.monotonic() - started
        return summary

    async def publish(self) -> tuple[str, ...]:
        """Brings the editions up to date; the names of those that changed."""
        publication = await self.store.later(outbound.publish_all, self.config, self._data)
        if publication.digests or publication.dropped:
            await self.store.later(selection.note_editions, publication.digests, publication.dropped)
        return publication.written

    async def tidy(self) -> None:
        """Lets old records go."""
        from aggregator.store import retention

        gone = await self.store.later(retention.tidy, self._clock())
        log.info("tidied: %d old visits", gone)
