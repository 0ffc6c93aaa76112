"""The processes that parse and refine: limited in time and memory, killed when they exceed it, and replaced.

Parsers were held for minutes by crafted feeds (attribute floods, deep nesting); in a process of its own that costs
the one feed its visit. No process is started before one is wanted, and no library for it imported.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.config.schema import Limits
from aggregator.model import Arrival, Document, DocumentState, Fallback, Feed, ParseError, TroubleError
from aggregator.parsing import in_worker
from aggregator.refine.limit import Bounds

if TYPE_CHECKING:
    from pebble import ProcessPool

log = logging.getLogger(__name__)

_PATIENCE = 5.0  # seconds that processes get to start in before they are ended
_WALL = 6  # times the CPU time that is allowed: for a process that sleeps, or a machine that is swamped
_NEEDED = "they need a folder for temporary files (TMPDIR) with a short name, and /dev/shm"
_PLACES = ("/tmp", "/run", "/dev/shm")  # noqa: S108  the socket gets a folder of its own there
_LONGEST_PATH = 60  # of a folder for sockets: the system takes 107 bytes in all, and 40 are for names in it


class Fallbacks:
    """Counts the feeds for which a parser of less was fallen back to, and tells: it is a bug, or the library's change.

    Of a library as a whole it is told once; of one document's trouble at first, then at 10, 100, … of them.
    """

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._count = 0

    def note(self, fallback: Fallback | None, document: Document) -> None:
        """Counts a feed that came with a fallback, and says so where that is due."""
        if fallback is None:
            return
        if fallback.general:
            if fallback.why not in self._told:
                log.warning(
                    "%s: every feed is read by feedparser alone, slower and with less of its media", fallback.why
                )
            self._told.add(fallback.why)
            return
        self._count += 1
        if str(self._count).rstrip("0") == "1":
            where = document.name or document.base
            log.warning("%d read by feedparser alone, the last %s: %s", self._count, where, fallback.why)


class Workers:
    """A pool of processes; close it when done."""

    def __init__(self, count: int | str, limits: Limits, spare: Path = Path()) -> None:
        """`count` processes at most, or "auto": one a core. `spare` is a folder for their socket, if no other fits."""
        self._spare = spare
        self._count = count if isinstance(count, int) else os.cpu_count() or 1
        self._limits = limits
        self._bounds = Bounds(
            entries=limits.entries,
            kept=limits.kept,
            title=limits.title,
            content=limits.content,
            categories=limits.categories,
            parse_time=limits.parse_time,
        )
        self._fallbacks = Fallbacks()
        self._pool: ProcessPool | None = None
        self._starting: asyncio.Future[ProcessPool] | None = None

    async def parse(self, document: Document, before: DocumentState, now: int) -> tuple[Feed, tuple[Arrival, ...]]:
        """The document's feed (without entries) and its new entries, refined; ParseError also for a killed parse.

        `before` is what is remembered of the document: the entries that it held are not new.
        """
        pool = await self.started()
        from pebble import ProcessExpired

        limits = self._limits
        args = (document, before.entry_hashes, before.outline, self._bounds, now)
        future = pool.schedule(in_worker.work, args=args, timeout=limits.parse_time * _WALL)
        try:
            feed, arrivals = await asyncio.wrap_future(future)
        except TimeoutError:
            raise ParseError(f"parsing it took more than {limits.parse_time * _WALL} s and was ended") from None
        except ProcessExpired as error:
            if error.exitcode == -signal.SIGXCPU:
                raise ParseError(f"parsing it took more than {limits.parse_time} s of CPU and was ended") from None
            raise ParseError(f"parsing it ended its process (exit status {error.exitcode})") from None
        except MemoryError:
            raise ParseError(f"parsing it took more than {limits.parse_memory >> 20} MiB and was ended") from None
        self._fallbacks.note(feed.fallback, document)
        return feed, arrivals

    async def started(self) -> ProcessPool:
        """Starts the processes, if they aren't yet: in a thread, since that takes half a second.

        TroubleError where the machine doesn't let us.
        """
        if self._pool is None:
            if self._starting is None:
                self._starting = asyncio.ensure_future(asyncio.to_thread(self._start))
            try:
                self._pool = await asyncio.shield(self._starting)
            except (OSError, ImportError, EOFError) as error:
                self._starting = None
                told = getattr(error, "strerror", None) or str(error) or type(error).__name__
                raise TroubleError(f"the processes that parse can't be started: {told}; {_NEEDED}") from error
        return self._pool

    def _start(self) -> ProcessPool:
        import multiprocessing

        from pebble import ProcessPool

        tempfile.tempdir = _socket_folder(self._spare)
        # Never fork: this process has threads and a database open.
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["pebble", in_worker.__name__, "aggregator.parse.feeds"])
        self._ready = context.Semaphore(0)
        arguments = (self._limits.parse_memory, self._ready)
        pool = ProcessPool(max_workers=self._count, context=context, initializer=in_worker.begin, initargs=arguments)
        pool.schedule(os.getpid).result()  # nothing is started before there is something to do
        return pool

    async def close(self) -> None:
        """Ends the processes, whatever they do."""
        if self._starting is not None:
            pool = await asyncio.shield(self._starting)
            await asyncio.to_thread(self._end, pool)

    def _end(self, pool: ProcessPool) -> None:
        until = time.monotonic() + _PATIENCE
        for _ in range(self._count):  # one that still starts would not find its pool's locks, and say so in the log
            self._ready.acquire(timeout=max(0.0, until - time.monotonic()))
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _socket_folder(spare: Path) -> str | None:
    """Where the processes' socket can be: the temporary folder, or one with a shorter name, or the data's.

    None leaves it to tempfile, whose error tells where it looked.
    """
    try:
        usual = [tempfile.gettempdir()]
    except OSError:  # none that can be written to
        usual = []
    for place in (*usual, *_PLACES, str(spare.absolute())):
        if len(os.fsencode(place)) <= _LONGEST_PATH and os.access(place, os.W_OK | os.X_OK):
            return place
    return None
