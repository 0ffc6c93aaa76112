"""One visit to a source that leaves nothing behind: what it would bring, as the config has it read."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from aggregator.config import Config
from aggregator.inbound.visit import Visitor
from aggregator.model import Arrival, Origin, Source, SourceState, Visit
from aggregator.parsing.pool import Workers
from aggregator.retrieve.web import Web


@dataclass(frozen=True, slots=True)
class Trial:
    """What the visit came to, what the feed says of itself, and its entries in their order.

    `visit` is None where the host wants to be left alone.
    """

    visit: Visit | None
    feed: Origin | None
    arrivals: tuple[Arrival, ...]


async def trial(source: Source, config: Config, spare: Path) -> Trial:
    """Visit the source as if for the first time, with the manners and limits of the config.

    `spare` is a folder for a socket if no other fits. What fails is in the visit; TroubleError where it is our own.
    """
    settings = config.settings
    workers = Workers(1, settings.bounds, spare)
    try:
        async with Web(settings, lambda: int(time.time())) as web:
            visitor = Visitor(settings, web, workers)
            state, arrivals = SourceState(), list[Arrival]()
            while True:
                delivery = await visitor.visit(source, state, int(time.time()))
                arrivals += delivery.arrivals
                if not delivery.more:
                    return Trial(delivery.visit, delivery.feed, tuple(arrivals))
                state = delivery.state
    finally:
        await workers.close()
