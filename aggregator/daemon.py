"""The daemon: start, run, stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aggregator import __version__
from aggregator.config import Config
from aggregator.config.changes import changes
from aggregator.engine import Engine
from aggregator.logs import log_to_stderr
from aggregator.model import AggregatorError, ConfigError, StoreError
from aggregator.operate import Controls
from aggregator.orders import Orders
from aggregator.policy import health
from aggregator.policy.health import Health
from aggregator.policy.readiness import Running
from aggregator.schedule import Timetable
from aggregator.serve.app import Server
from aggregator.serve.door import STARTING, Door, Given, Tell
from aggregator.serve.monitoring import Monitoring
from aggregator.serve.operator import Operator
from aggregator.serve.websub import Callback
from aggregator.serving import announcement, serving
from aggregator.store import database, lock, sources, standings
from aggregator.subscribing import subscribing
from aggregator.systemd import beat, notify, reloading

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds after which a round begins no further visit, and what it brought is published
DRAIN_SECONDS = 30.0  # what visits under way get to end in
_SWITCH = 0.001  # seconds that the threads which store and publish may keep the server's from going on
_LAST_ORDERS = 5.0  # seconds in which an order ends when the visits that it waited for have
_SAME_MOMENT = 0.3  # seconds


class Daemon:
    """Visits, publishes and serves until it is told to stop."""

    def __init__(
        self, path: Path, config: Config, load: Callable[[], Config], data: Path, announce: Callable[[str], None]
    ) -> None:
        """`announce` is told the lines a person wants to see; `load` reads the config at `path` again, for SIGHUP."""
        self._path = path
        self._load = load
        self._config = config
        self._data = data
        self._announce = announce
        self._stop = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._ticked = time.monotonic()  # when a round ended well, or we began
        self._rested = self._ticked  # when one ended, whatever came of it
        self._started = int(time.time())
        self._last_round = 0
        self._asked = 0  # orders that wait for their turn or have it
        self._trouble = ""
        self._failing = 0
        self._is_ready = False

    async def run(self) -> None:
        """Run until a signal comes; return with everything that was under way stored."""
        sys.setswitchinterval(_SWITCH)
        async with AsyncExitStack() as stack:
            held = lock.acquire(self._data)  # from the first moment to the last: the door is there only meanwhile
            stack.callback(os.close, held)
            door = await stack.enter_async_context(Door(self._data, self._facts))
            beating = asyncio.create_task(beat(lambda: self._phase(door), self._lives, self._status))
            stack.callback(beating.cancel)
            await self._bring_up_to_date(held, door)
            self._engine = await stack.enter_async_context(Engine(self._config, self._data, held=held))
            timetable = Timetable(self._round, self._engine.tidy, lambda: int(time.time()))
            self._timetable = timetable
            operator = self._operator(timetable)
            server = Server(lambda: self._config, self._data, self._health, operator)
            monitoring = Monitoring(lambda: self._config, self._data, self._running, operator)
            self._subscriber = await stack.enter_async_context(subscribing(self._engine, timetable.hurry))
            self._listen_to_signals()
            orders = {**Orders(self._engine, self._take_turn).table(), "reload": self._ordered_to_reload}
            door.begin(orders, {**server.shown(), **monitoring.shown()})
            await self._serve(server, monitoring, stack)  # whoever reads what it announces may send a signal at once
            self._engine.publishing.ask()
            await self._engine.publishing.settle()
            timetable.start()
            self._ticked, self._rested, self._is_ready = time.monotonic(), time.monotonic(), True
            notify("READY=1", f"STATUS={self._status()}")
            try:
                await self._stop.wait()
            finally:
                notify("STOPPING=1")
                door.close()
                await self._drain(timetable)
                await door.end(_LAST_ORDERS)
        self._announce("Stopped.")

    async def _bring_up_to_date(self, held: int, door: Door) -> None:
        """Make an older version's database what this one needs; serve what was published last meanwhile."""
        if not await asyncio.to_thread(database.is_behind, self._data):
            return
        door.phase = "bringing the database up to date"
        log.info("an older aggregator made the database: it is brought up to date, with all that is in it")
        upgrading = Health("the database is brought up to date", 0, len(self._config.sources), 0)
        server = Server(lambda: self._config, self._data, lambda: upgrading)
        monitoring = Monitoring(lambda: self._config, self._data, lambda: Running(upgrading.trouble))
        async with serving(server, self._config, monitoring.routes()):
            await asyncio.to_thread(database.upgrade, self._data, held)
        door.phase = STARTING

    def _operator(self, timetable: Timetable) -> Operator | None:
        """Return what takes an operator's orders, None where there is none."""
        if not self._config.serve.admin_token:
            return None
        engine = self._engine
        controls = Controls(engine.store, timetable.hurry, engine.publishing.ask, lambda: int(time.time()))
        return Operator(lambda: self._config, controls, time.monotonic)

    async def _serve(self, server: Server, monitoring: Monitoring, stack: AsyncExitStack) -> None:
        routes = [*Callback(self._subscriber, lambda: self._config.limits.body).routes(), *monitoring.routes()]
        address = await stack.enter_async_context(serving(server, self._config, routes))
        for line in announcement(self._config, self._data, address):
            self._announce(line)

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _end(self, number: int) -> None:
        """Have it stop; at once, when somebody insists. What is stored is whole at any moment.

        A terminal and a wrapper both pass on one Ctrl-C: what comes in the same moment is no insisting.
        """
        now = time.monotonic()
        if not self._stop.is_set():
            self._stop.set()
            self._stop_asked_at = now
        elif now - self._stop_asked_at > _SAME_MOMENT:
            log.warning("stopped at once; the visits under way are given up")
            os._exit(128 + number)

    async def _round(self) -> int | None:
        """Make rounds until nothing that is due is left; return when the next one is due."""
        self._idle.clear()
        try:
            while not self._asked and await self._visit_due() and not self._stop.is_set():
                pass
            return await self._engine.store.later(sources.next_due)
        except AggregatorError as error:
            self._trouble = f"the last round could not be done: {error}"
            raise
        except Exception as error:
            self._trouble = f"the last round failed: {type(error).__name__}: {error}"
            raise
        finally:
            self._rest()

    async def _visit_due(self) -> bool:
        """Make one round; tell whether it ended before it was through."""
        left = False
        await self._engine.adopt()
        await self._engine.look_for_uplink()
        keys = await self._engine.inbound.due()
        if keys:
            summary = await self._engine.run(keys, patience=PATIENCE)
            log.debug("round: %s", ", ".join(f"{name} {value}" for name, value in summary.as_dict().items()))
            left = 0 < summary.visited < len(keys) and summary.seconds >= PATIENCE
        elif self._engine.publishing.trouble:  # what was stored last time has still to be published
            self._engine.publishing.ask()
        await self._note_round()
        return left

    def _rest(self) -> None:  # whatever came of it: trouble that lasts is no reason to be started anew
        self._idle.set()
        self._rested = time.monotonic()

    async def _note_round(self) -> None:
        self._last_round, self._ticked = int(time.time()), time.monotonic()
        self._failing = await self._engine.store.later(standings.failing)
        self._trouble = ""
        self._subscriber.tend()

    @asynccontextmanager
    async def _take_turn(self) -> AsyncIterator[None]:
        """Visit for the operator: after the visits under way, before any other. StoreError if it stops meanwhile."""
        self._asked += 1
        self._engine.inbound.make_way()
        try:
            async with self._timetable.turn():
                if self._stop.is_set():
                    raise StoreError("the daemon is stopping; nothing was visited")
                self._idle.clear()
                try:
                    await self._engine.adopt()
                    yield
                    await self._note_round()
                finally:
                    self._rest()
        finally:
            self._asked -= 1

    async def _drain(self, timetable: Timetable) -> None:
        """Let what is under way end and be stored, within bounds; then the scheduler may cancel what is left."""
        timetable.pause()
        self._engine.inbound.stop()
        try:
            await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)
        except TimeoutError:
            log.warning("visits still under way after %d s are given up", DRAIN_SECONDS)
        timetable.stop()

    def _reload(self) -> Mapping[str, Any]:
        """Take the config file as it is now, and return what changed; of a mistake in it, with which the old config
        stays in force, its `problems`.
        """
        reloading()
        try:
            config = self._load()
        except ConfigError as error:
            log.warning("%s", "; ".join((*error.problems, "the config in force stays")))
            return {"problems": error.problems}
        finally:
            notify("READY=1")
        changed = changes(self._config, config)
        if changed["restart"]:
            log.warning("what changed in [serve] needs a restart")
        self._config = config
        log_to_stderr(config.log.level, config.log.format)
        self._engine.reconfigure(config)
        self._timetable.hurry()
        log.info("the config was read again: %d sources", len(config.sources))
        return changed

    async def _ordered_to_reload(self, _given: Given, _tell: Tell) -> dict[str, Any]:
        changed = self._reload()
        if "problems" in changed:
            raise ConfigError(*changed["problems"], "the config in force stays")
        return {"config": str(self._path.absolute()), "source_count": len(self._config.sources), **changed}

    def _phase(self, door: Door) -> str:
        """Return what it is at; it runs from when it has published for the first time, on the door from before."""
        return door.phase if self._is_ready or door.phase != "running" else STARTING

    def _lives(self) -> bool:
        return time.monotonic() - self._rested <= health.STALE

    def _status(self) -> str:
        """Say in a line how the daemon is, for `systemctl status`."""
        last = f"{datetime.fromtimestamp(self._last_round, UTC):%H:%MZ}" if self._last_round else "not yet"
        counts = f"{len(self._config.sources):,} sources, {self._failing:,} failing, last round {last}"
        return "; ".join(filter(None, (self._health().trouble, counts)))

    def _facts(self) -> dict[str, Any]:
        """Return how the daemon is, for whoever asks at its door."""
        health = self._health() if hasattr(self, "_engine") else None
        return {
            "pid": os.getpid(),
            "version": __version__,
            "started": self._started,
            "config": str(self._path.absolute()),
            "last_round": self._last_round,
            "trouble": health.trouble if health else "",
        }

    def _running(self) -> Running:
        publishing = self._engine.publishing
        return Running(
            trouble=self._trouble,
            outage=self._engine.uplink.outage,
            unpublished=publishing.trouble,
            last_round=self._last_round,
            since_round=time.monotonic() - self._ticked,
            published=publishing.published,
            took=publishing.took,
            waiting=publishing.waiting,
            queues={"pushes": self._subscriber.waiting, "topics": publishing.untold},
        )

    def _health(self) -> Health:
        facts = health.Facts(
            trouble=self._trouble or self._engine.publishing.trouble,
            outage=self._engine.uplink.outage,
            ticked=self._ticked,
            last_round=self._last_round,
            sources=len(self._config.sources),
            failing=self._failing,
        )
        return health.judge(facts, time.monotonic())
