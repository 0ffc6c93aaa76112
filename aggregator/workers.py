"""The processes that parse and refine: limited in time and memory, killed when they exceed it, and replaced.

Parsers were held for minutes by crafted feeds (attribute floods, deep nesting); in a process of its own that costs
the one feed its visit. No process is started before the first document comes.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import resource
import signal
from pathlib import Path

from pebble import ProcessExpired, ProcessPool

from aggregator.model import Arrival, Document, Feed, ParseError

CPU_SECONDS = 20
MEMORY = 512 * 1024 * 1024  # bytes that one document's parsing may add
_WALL_SECONDS = 120  # for a process that sleeps or a machine that is swamped


class Workers:
    """A pool of processes; close it when done."""

    def __init__(self, count: int | str) -> None:
        """`count` processes at most, or "auto": one a core."""
        self._count = count if isinstance(count, int) else os.cpu_count() or 1
        self._pool: ProcessPool | None = None

    async def parse(self, document: Document, known: frozenset[bytes], now: int) -> tuple[Feed, tuple[Arrival, ...]]:
        """The document's feed (without entries) and its new entries, refined; ParseError also for a killed parse."""
        future = self._started().schedule(_work, args=(document, known, now), timeout=_WALL_SECONDS)
        try:
            feed, arrivals = await asyncio.wrap_future(future)
        except (ProcessExpired, TimeoutError):
            raise ParseError(f"parsing it took more than {CPU_SECONDS} s or {MEMORY >> 20} MiB and was ended") from None
        except MemoryError:
            raise ParseError(f"parsing it took more than {MEMORY >> 20} MiB and was ended") from None
        return feed, arrivals

    def _started(self) -> ProcessPool:
        if self._pool is None:
            # Never fork: this process has threads and a database open.
            context = multiprocessing.get_context("forkserver")
            context.set_forkserver_preload(["aggregator.parse.feeds", "aggregator.refine"])
            self._pool = ProcessPool(max_workers=self._count, context=context, initializer=_start)
        return self._pool

    def close(self) -> None:
        """Ends the processes, whatever they do."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]
            self._pool.join()


def _start() -> None:
    # trafilatura tells the terminal of every page it makes nothing of; the visit says what became of it.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    # The terminal's Ctrl-C reaches the whole group; the daemon lets the visits under way finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _work(document: Document, known: frozenset[bytes], now: int) -> tuple[Feed, tuple[Arrival, ...]]:
    from aggregator.parse import parse
    from aggregator.refine import about, refine

    _limit()
    feed = parse(document, known)
    return about(feed, document), refine(feed, document, now)


def _limit() -> None:
    """From here on this process may use so much more than it has used, and no more."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + CPU_SECONDS + 1, hard))
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    if pages:
        resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
