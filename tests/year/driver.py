"""Drives the engine through a year as the daemon does: rounds when something is due, and every night the tidying."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from aggregator.config import Config, parse
from aggregator.engine import Engine
from aggregator.store import sources as schedule
from tests.year.web import Sites, YearsWeb
from tests.year.world import DAY, HOUR, START, Source

STEP = 4 * HOUR  # what a round takes, as it were: nothing that is due waits for longer
NIGHT = 3 * HOUR + 17 * 60
KEPT = 500
SETTINGS = f"""
[polling]
workers = 1
min_interval = "4h"
max_interval = "3d"
contact = "ops@site.example"
[site]
static = "none"
[limits]
kept = {KEPT}
[[output]]
name = "feed"
limit = 50
"""


class Year:
    """One installation that is subscribed to the script's sources."""

    def __init__(self, sources: Sequence[Source], folder: Path, down: Sequence[tuple[int, int]] = ()) -> None:
        self.now = START
        self.data = folder / "data"
        self.sites = Sites(sources, lambda: self.now, down)
        self._sources = sources
        self.rounds = 0

    def config(self) -> Config:
        """The config as it is now."""
        wanted = (source.url for source in self._sources if source.is_wanted(self.now))
        tables = "".join(f'[[source]]\nurl = "{url}"\n' for url in wanted)
        return parse(SETTINGS + tables, self.data.with_name("aggregator.toml"))

    async def live(self, until: int, look: Callable[[Engine], None] = lambda _engine: None) -> None:
        """Live to that instant; each call is a start of the program. `look` may look at it then."""
        web = partial(YearsWeb, sites=self.sites)
        async with Engine(self.config(), self.data, lambda: self.now, web=web) as engine:
            while self.now < until:
                await engine.look_for_uplink()
                keys = await engine.inbound.due()
                if keys:
                    await engine.run(keys)
                    self.rounds += 1
                due = await engine.store.later(schedule.next_due)
                assert due is None or due > self.now, "nothing that is due is left behind"
                night = (self.now - NIGHT) // DAY * DAY + DAY + NIGHT
                self.now = min(max(due or night, self.now + STEP), night, until)
                if self.now == night:
                    await engine.tidy()
            look(engine)
