"""The daemon: start, run, stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from aggregator import config as configuration
from aggregator import outbound
from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.model import AggregatorError, ConfigError
from aggregator.policy import health
from aggregator.policy.health import Health
from aggregator.retrieve.web import Web
from aggregator.schedule import Timetable
from aggregator.serve.app import Server
from aggregator.serve.listening import listen
from aggregator.serve.websub import Callback
from aggregator.store import database, sources, standings
from aggregator.websub.subscriber import Subscriber

log = logging.getLogger(__name__)

PATIENCE = 20.0  # seconds after which a round begins no further visit, and what it brought is published
DRAIN_SECONDS = 30.0  # what visits under way get to end in
_SWITCH = 0.001  # seconds that the threads which store and publish may keep the server's from going on
_SAME_MOMENT = 0.3  # seconds


class Daemon:
    """Visits, publishes and serves until it is told to stop."""

    def __init__(self, path: Path, config: Config, data: Path, announce: Callable[[str], None]) -> None:
        """`announce` is told the lines a person wants to see; `path` is where SIGHUP reads the config again."""
        self._path = path
        self._config = config
        self._data = data
        self._announce = announce
        self._stop = asyncio.Event()
        self._idle = asyncio.Event()
        self._idle.set()
        self._ticked = time.monotonic()  # when a round ended, or we began
        self._last_round = 0
        self._trouble = ""
        self._failing = 0

    async def run(self) -> None:
        """Returns after a signal, with everything that was under way stored."""
        sys.setswitchinterval(_SWITCH)
        await self._bring_up_to_date()
        async with AsyncExitStack() as stack:
            self._rounds = await stack.enter_async_context(Engine(self._config, self._data))
            server = Server(lambda: self._config, self._data, self._health)
            timetable = Timetable(self._round, self._rounds.tidy, lambda: int(time.time()))
            self._timetable = timetable
            self._subscriber = await stack.enter_async_context(self._subscribing(timetable))
            self._listen_to_signals()
            await self._open(server, stack)  # whoever reads what it announces may send a signal at once
            self._rounds.publishing.ask()
            await self._rounds.publishing.settle()
            timetable.start()
            _notify("READY=1")
            try:
                await self._stop.wait()
            finally:
                _notify("STOPPING=1")
                await self._drain(timetable)
        self._announce("Stopped.")

    async def _bring_up_to_date(self) -> None:
        """After an upgrade makes the database what this version needs, and serves what was published last meanwhile."""
        if not await asyncio.to_thread(database.is_behind, self._data):
            return
        log.info("an older aggregator made the database: it is brought up to date, with all that is in it")
        upgrading = Health("the database is brought up to date", 0, len(self._config.sources), 0)
        server = Server(lambda: self._config, self._data, lambda: upgrading)
        runner = await server.open()
        try:
            await self._listen(runner)
            await asyncio.to_thread(database.upgrade, self._data)
        finally:
            await runner.cleanup()

    async def _listen(self, runner: web.AppRunner) -> int:
        """Serves at the config's addresses; gives the port."""
        serve = self._config.serve
        listening = await asyncio.to_thread(listen, serve.host, serve.port)
        for one in listening:
            await web.SockSite(runner, one).start()
        port: int = listening[0].getsockname()[1]
        return port

    async def _arrived(self) -> None:
        self._rounds.publishing.ask()

    def _subscribing(self, timetable: Timetable) -> Subscriber:
        def clock() -> int:
            return int(time.time())

        rounds = self._rounds
        subscriber = Subscriber(
            store=rounds.store,
            config=lambda: rounds.config,
            web=lambda: Web(rounds.config.settings, clock),
            pushed=rounds.pushed,
            arrived=self._arrived,
            hurry=timetable.hurry,
            clock=clock,
        )
        rounds.watch_claims(subscriber.freed)
        return subscriber

    async def _open(self, server: Server, stack: AsyncExitStack) -> None:
        logging.getLogger("aiohttp.server").addFilter(_is_our_matter)
        runner = await server.open(Callback(self._subscriber, lambda: self._config.limits.body).routes())
        stack.push_async_callback(runner.cleanup)
        port = await self._listen(runner)
        first = self._config.serve.host[0]
        host = f"[{first}]" if ":" in first else first
        self._announce(f"Serving http://{host}:{port}/ and publishing to {self._data / outbound.FOLDER}")
        self._announce("Subscribe to:")
        for output in self._config.outputs:
            for suffix in output.formats:
                self._announce(f"  http://{host}:{port}/{output.name}.{suffix}")

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end, number)
        loop.add_signal_handler(signal.SIGHUP, self._reload)

    def _end(self, number: int) -> None:
        """Has it stop; at once, when somebody insists. What is stored is whole at any moment.

        A terminal and a wrapper both pass on one Ctrl-C: what comes in the same moment is no insisting.
        """
        now = time.monotonic()
        if not self._stop.is_set():
            self._stop.set()
            self._told_to_stop = now
        elif now - self._told_to_stop > _SAME_MOMENT:
            log.warning("stopped at once; the visits under way are given up")
            os._exit(128 + number)

    async def _round(self) -> int | None:
        """A round over what is due, and at once another one over what is left of it; when the next is."""
        self._idle.clear()
        try:
            while await self._visit_due() and not self._stop.is_set():
                pass
            return await self._rounds.store.later(sources.next_due)
        except AggregatorError as error:
            self._trouble = f"the last round could not be done: {error}"
            raise
        except Exception as error:
            self._trouble = f"the last round failed: {type(error).__name__}: {error}"
            raise
        finally:
            self._idle.set()

    async def _visit_due(self) -> bool:
        """One round; whether it ended before it was through."""
        left = False
        await self._rounds.adopt()
        await self._rounds.look_for_uplink()
        keys = await self._rounds.inbound.due()
        if keys:
            summary = await self._rounds.run(keys, patience=PATIENCE)
            log.info("round: %s", ", ".join(f"{name} {value}" for name, value in summary.as_dict().items()))
            left = 0 < summary.visited < len(keys) and summary.seconds >= PATIENCE
        elif self._rounds.trouble:  # what was stored last time has still to be published
            self._rounds.publishing.ask()
        self._last_round, self._ticked = int(time.time()), time.monotonic()
        self._failing = await self._rounds.store.later(standings.failing)
        self._trouble = ""
        self._subscriber.tend()
        return left

    async def _drain(self, timetable: Timetable) -> None:
        """What is under way ends and is stored, within bounds; then the scheduler may cancel what is left."""
        timetable.pause()
        self._rounds.inbound.stop()
        try:
            await asyncio.wait_for(self._idle.wait(), DRAIN_SECONDS)
        except TimeoutError:
            log.warning("visits still under way after %d s are given up", DRAIN_SECONDS)
        timetable.stop()

    def _reload(self) -> None:
        """Takes the config file as it is now; a mistake in it leaves the old config in force."""
        try:
            config = configuration.load(self._path)
        except ConfigError as error:
            log.warning("%s", "; ".join((*error.problems, "the config in force stays")))
            return
        if config.serve != self._config.serve:
            log.warning("what changed in [serve] needs a restart")
        self._config = config
        self._rounds.reconfigure(config)
        self._timetable.hurry()
        log.info("the config was read again: %d sources", len(config.sources))

    def _health(self) -> Health:
        facts = health.Facts(
            trouble=self._trouble or self._rounds.trouble,
            outage=self._rounds.outage,
            ticked=self._ticked,
            last_round=self._last_round,
            sources=len(self._config.sources),
            failing=self._failing,
        )
        return health.judge(facts, time.monotonic())


def _is_our_matter(record: logging.LogRecord) -> bool:
    """Not so what was no HTTP at all: it gets its 400, and scanners of ports must not fill the log with tracebacks."""
    kind = record.exc_info[0] if record.exc_info else None
    return kind is None or not issubclass(kind, HttpProcessingError)


def _notify(message: str) -> None:
    """Tells systemd (sd_notify(3)), where it started us."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as out:
                out.connect("\0" + address[1:] if address.startswith("@") else address)
                out.sendall(message.encode())
        except OSError as error:
            log.warning("%s: systemd can't be told %s: %s", address, message, error.strerror)
