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
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Future, wait
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from aggregator.model import Arrival, Bounds, Document, DocumentState, Fallback, Feed, ParseError, TroubleError
from aggregator.parsing import in_worker, preload
from aggregator.parsing.places import Places

if TYPE_CHECKING:
    from pebble import ProcessPool

log = logging.getLogger(__name__)
T = TypeVar("T")

_WALL = 6  # times the CPU time that is allowed: for a process that sleeps, or a machine that is swamped
_NEEDED = "they need memory, room for processes and a folder for temporary files (TMPDIR) with a short name"
_TRIES = 2  # pools that a document is given to: one may have lost a process without having known a task
_LOOK = 1.0  # seconds after which a pool is asked whether it still works
_UNABLE = (OSError, EOFError, ImportError, MemoryError, RuntimeError)  # what the system's refusals come out as
_PLACES = ("/tmp", "/run", "/dev/shm")  # noqa: S108  the socket gets a folder of its own there
_LONGEST_PATH = 60  # of a folder for sockets: the system takes 107 bytes in all, and 40 are for names in it


class Fallbacks:
    """Counts the feeds that feedparser read alone, and warns: it is a bug, or the library has changed.

    It warns once of what concerns every feed; of one document's trouble at first, then at 10, 100, … of them.
    """

    def __init__(self) -> None:
        self._reported: set[str] = set()
        self._count = 0

    def note(self, fallback: Fallback | None, document: Document) -> None:
        """Count a feed that came with a fallback, and warn where that is due."""
        if fallback is None:
            return
        if fallback.general:
            if fallback.why not in self._reported:
                log.warning(
                    "%s: what our own reader refuses is read by feedparser alone, with less of its media", fallback.why
                )
            self._reported.add(fallback.why)
            return
        self._count += 1
        if str(self._count).rstrip("0") == "1":
            where = document.name or document.base
            log.warning("%d read by feedparser alone, the last %s: %s", self._count, where, fallback.why)


class _KilledError(ParseError):
    """A process that somebody killed, the kernel for want of memory as a rule: it may be another one's doing."""


class Workers:
    """A pool of processes; close it when done."""

    def __init__(self, count: int | str, bounds: Bounds, spare: Path = Path()) -> None:
        """Take `count` processes at most, and a `spare` folder for a socket if no other fits.

        "auto" is one a core, and two at least: a document that takes long has one for itself.
        """
        self._spare = spare
        self._count = count if isinstance(count, int) else max(os.cpu_count() or 1, 2)
        self._places = Places(self._count)
        self._bounds = bounds
        self._fallbacks = Fallbacks()
        self._starting: asyncio.Future[ProcessPool] | None = None

    async def parse(self, document: Document, before: DocumentState, now: int) -> tuple[Feed, tuple[Arrival, ...]]:
        """Return the document's feed (without entries) and its new entries, refined.

        `before` is what is remembered of the document: the entries that it held are not new. Raises ParseError, also
        for a parse that was killed, and TroubleError where no process can be had to do it.
        """
        async with self._places.place((document.base, document.place, document.name), len(document.body)):
            return await self._parse(document, before, now)

    async def _parse(self, document: Document, before: DocumentState, now: int) -> tuple[Feed, tuple[Arrival, ...]]:
        args = (document, before.entry_hashes, before.outline, self._bounds, now)
        killed: ParseError | None = None
        for _ in range(_TRIES):
            pool = await self.started()
            try:
                feed, arrivals = await self._result(pool, args)
            except BrokenExecutor:
                continue
            except _KilledError as error:
                killed = error
                continue
            self._fallbacks.note(feed.fallback, document)
            return feed, arrivals
        raise killed or TroubleError(f"the processes that parse end before they have begun; {_NEEDED}")

    async def _result(self, pool: ProcessPool, args: tuple[object, ...]) -> tuple[Feed, tuple[Arrival, ...]]:
        from pebble import ProcessExpired

        limits = self._bounds
        future = _scheduled(pool, in_worker.work, args, limits.parse_time * _WALL)
        try:
            result: tuple[Feed, tuple[Arrival, ...]] = await _finished(pool, future)
        except TimeoutError:
            raise ParseError(f"parsing it took more than {limits.parse_time * _WALL} s and was ended") from None
        except ProcessExpired as error:
            if error.exitcode == -signal.SIGXCPU:
                raise ParseError(f"parsing it took more than {limits.parse_time} s of CPU and was ended") from None
            end = _KilledError if error.exitcode == -signal.SIGKILL else ParseError
            raise end(f"parsing it ended its process (exit status {error.exitcode})") from None
        except MemoryError:
            raise ParseError(f"parsing it took more than {limits.parse_memory >> 20} MiB and was ended") from None
        return result

    async def started(self) -> ProcessPool:
        """Start the processes, unless they run already, and return their pool: in a thread, as it takes half a second.

        Raises TroubleError where the machine doesn't let us; the next call tries again.
        """
        starting = self._starting
        if starting is None or not _works(starting):
            starting = self._starting = asyncio.ensure_future(asyncio.to_thread(self._start, starting))
        try:
            return await asyncio.shield(starting)
        except _UNABLE as error:
            raise TroubleError(f"the processes that parse can't be started: {_refusal(error)}; {_NEEDED}") from error

    def _start(self, before: asyncio.Future[ProcessPool] | None) -> ProcessPool:
        """Return a pool of which one process has answered; the one `before`, which works no more, is ended first."""
        from pebble import ProcessPool

        from aggregator.parsing.context import Context

        if _end(before):
            log.info("a process that parses ended by itself; they are started anew")
        tempfile.tempdir = _socket_folder(self._spare)
        context = Context()
        context.set_forkserver_preload([preload.__name__, "pebble", in_worker.__name__, "aggregator.parse.feeds"])
        limits = (self._bounds.parse_memory,)
        pool = ProcessPool(max_workers=self._count, context=context, initializer=in_worker.begin, initargs=limits)
        try:
            future = _scheduled(pool, os.getpid)  # nothing is started before there is something to do
            while not wait((future,), _LOOK).done:
                _refuse_broken(pool)
            future.result()
        except BaseException:
            _stop(pool)
            raise
        return pool

    async def close(self) -> None:
        """End the processes, whatever they do."""
        if self._starting is not None:
            await asyncio.wait((self._starting,))
            await asyncio.to_thread(_end, self._starting)


def _works(starting: asyncio.Future[ProcessPool]) -> bool:
    """Tell whether this is a pool that can be given tasks, or will be one."""
    if not starting.done():
        return True
    return not starting.cancelled() and starting.exception() is None and starting.result().active


def _end(started: asyncio.Future[ProcessPool] | None) -> bool:
    """End the pool, and tell whether there was one."""
    if started is None or started.cancelled() or started.exception() is not None:
        return False
    _stop(started.result())
    return True


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    with suppress(OSError, RuntimeError):  # processes that are gone, or that nobody can end
        pool.join()


def _scheduled(
    pool: ProcessPool, function: Callable[..., T], args: tuple[object, ...] = (), timeout: float | None = None
) -> Future[T]:
    """Return the task's future; BrokenExecutor where the pool takes none any more, pebble's RuntimeError."""
    try:
        return pool.schedule(function, args=args, timeout=timeout)
    except BrokenExecutor:
        raise
    except RuntimeError as error:
        raise BrokenExecutor(str(error)) from error


async def _finished(pool: ProcessPool, future: Future[T]) -> T:
    """Return the task's result; BrokenExecutor where the pool broke.

    A task that pebble takes up while the pool breaks is told nothing: the pool is asked every now and then.
    """
    task = asyncio.wrap_future(future)
    try:
        while not (await asyncio.wait((task,), timeout=_LOOK))[0]:
            _refuse_broken(pool)
        return task.result()
    finally:
        task.cancel()


def _refuse_broken(pool: ProcessPool) -> None:
    if not pool.active:
        raise BrokenExecutor("the processes have ended")


def _refusal(error: BaseException) -> str:
    """Return what the system said, in a few words; pebble has it as the cause of its own error."""
    cause = error.__cause__ if isinstance(error, BrokenExecutor) else error
    if cause is None:
        return "one ended as it started"
    if isinstance(cause, EOFError | ConnectionError):
        return "the process that starts them has ended"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__


def _socket_folder(spare: Path) -> str | None:
    """Return a folder for the processes' socket: the temporary one, or one with a shorter name, or the data's.

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
