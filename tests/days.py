"""Days in the life of an installation, in seconds: real rounds over a loopback web, under a clock that jumps."""

from __future__ import annotations

from pathlib import Path

from world import Asked, World

from aggregator.config import Config, parse
from aggregator.engine import Engine
from aggregator.store import sources, standings
from aggregator.store.standings import Standing

START = 1_795_392_000  # Monday 2026-11-23 00:00 UTC
HOUR = 3600
DAY = 86400


class Days:
    """One installation under the world's clock. A config is the sources' tables, and [polling] keys if need be."""

    def __init__(self, folder: Path, world: World) -> None:
        self._folder = folder
        self._world = world
        self.now = START
        world.clock = lambda: self.now

    def config(self, text: str, polling: str = "") -> Config:
        """A config that may visit the loopback web."""
        head = f'[polling]\nallow_networks = ["127.0.0.0/8"]\nworkers = 1\ncontact = "ops@site.example"\n{polling}\n'
        return parse(head + text, self._folder / "aggregator.toml")

    async def live(self, seconds: int, config: Config, *, rounds_at_most: int = 400) -> list[Standing]:
        """Does what a daemon does for so long; how the sources stand then. Each call is a start of the program."""
        end = self.now + seconds
        async with Engine(config, self._folder / "data", lambda: self.now) as rounds:
            for _ in range(rounds_at_most):
                keys = await rounds.inbound.due()
                if keys:
                    await rounds.run(keys)
                    await rounds.publishing.settle()
                coming = await rounds.store.later(sources.next_due)
                if coming is None or coming > end:
                    break
                self.now = max(coming, self.now + 1)
            self.now = end
            return await rounds.store.later(standings.standings)

    async def feed(self, url: str, seconds: int, polling: str = "") -> list[int]:
        """Subscribes to one feed for so long: when its host was asked anything, in seconds from the start."""
        before = len(self._world.asked)
        start = self.now
        await self.live(seconds, self.config(f'[[source]]\nurl = "{url}"', polling))
        return [asked.at - start for asked in self._world.asked[before:]]


def at(requests: list[Asked]) -> list[int]:
    """When, in seconds from the start."""
    return [asked.at - START for asked in requests]
