"""The daemon's subscriptions at hubs: what they push goes to the engine, and is published."""

from __future__ import annotations

import time
from collections.abc import Callable

from aggregator.engine import Engine
from aggregator.retrieve.web import Web
from aggregator.websub.subscriber import Subscriber


def subscribing(engine: Engine, hurry: Callable[[], None]) -> Subscriber:
    """Return the subscriber of an engine's sources; `hurry` is called when one of these became due."""

    def clock() -> int:
        return int(time.time())

    async def arrived() -> None:
        engine.publishing.ask()

    subscriber = Subscriber(
        store=engine.store,
        config=lambda: engine.config,
        web=lambda: Web(engine.config.settings, clock),
        pushed=engine.pushed,
        arrived=arrived,
        hurry=hurry,
        clock=clock,
    )
    engine.watch_claims(subscriber.freed)
    return subscriber
