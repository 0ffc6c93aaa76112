"""The timetable: a few fixed jobs. What is due when is the database's to say; the clock only ticks.

APScheduler waits by the wall clock. Rounds stood still for as long as the machine's clock had been set back, and the
night came two years later after one that had been ahead: a watch by the monotonic clock notices that it was set, and
appoints everything anew.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_EXECUTED, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from aggregator.model import AggregatorError, TroubleError
from aggregator.tidying import Tidied

log = logging.getLogger(__name__)

SOONEST = 1  # seconds between two rounds,
LATEST = 60  # and at most
_SET = 5  # seconds by which the wall clock has left the monotonic one when it was set, and didn't only drift

_ROUND, _TIDYING, _TIDYING_ON = "the round", "tidying", "tidying on"


class Timetable:
    """Run `visit` whenever it says (it returns the instant of its next run) and `tidy` every night, one at a time; what
    that leaves undone follows between two rounds.
    """

    def __init__(
        self,
        visit: Callable[[], Awaitable[int | None]],
        tidy: Callable[[], Awaitable[Tidied | None]],
        clock: Callable[[], int],
        beat: float = LATEST,
    ) -> None:
        """`clock` is the wall clock, in seconds; every `beat` seconds it is looked whether it was set."""
        self._visit = visit
        self._tidy = tidy
        self._clock = clock
        self._beat = beat
        self._turn = asyncio.Lock()
        self._is_visiting = False
        self._hurried = False
        self._reported: dict[str, str] = {}
        self._watching: asyncio.Task[None] | None = None
        # A loop that is blocked for a second must not lose a job for ever, which the default grace time does; nor must
        # it lose a round that was hurried in the moment in which the last one has ended and still counts as running.
        defaults = {"misfire_grace_time": None, "coalesce": True, "max_instances": 2}
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults=defaults)
        self._scheduler.add_listener(self._report, EVENT_JOB_EXECUTED | EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        self._appoint_round(0)
        self._appoint_night()

    def start(self) -> None:
        """Begin at once with the first round."""
        self._scheduler.start()
        self._watching = asyncio.create_task(self._watch_clock())

    def hurry(self) -> None:
        """Have the next round begin now, or right after the one under way: the config has changed."""
        self._hurried = True
        if not self._is_visiting:
            self._appoint_round(0)

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for the job under way, and let none begin while the context lasts."""
        async with self._turn:
            yield

    def pause(self) -> None:
        """Begin no further job; the ones under way go on."""
        self._scheduler.pause()

    def stop(self) -> None:
        """End it. It cancels coroutines that still run: pause and drain first."""
        if self._watching is not None:
            self._watching.cancel()
        self._scheduler.shutdown(wait=False)

    async def _round(self) -> None:
        due: int | None = None
        # The scheduler drops a job that comes up while its like still runs: what is wanted then has to wait.
        self._is_visiting, self._hurried = True, False
        try:
            async with self._turn:
                due = await self._visit()
        finally:
            self._is_visiting = False
            wait = LATEST if due is None else min(max(due - self._clock(), SOONEST), LATEST)
            self._appoint_round(SOONEST if self._hurried else wait)

    async def _night(self) -> None:
        async with self._turn:
            tidied = await self._tidy()
        if tidied and tidied.is_partial:  # rounds come first
            again = DateTrigger(datetime.now(UTC) + timedelta(seconds=LATEST))
            self._scheduler.add_job(self._night, again, id=_TIDYING_ON, replace_existing=True)

    def _appoint_round(self, seconds: int) -> None:
        at = datetime.now(UTC) + timedelta(seconds=seconds)
        self._scheduler.add_job(self._round, DateTrigger(at), id=_ROUND, replace_existing=True)

    def _appoint_night(self) -> None:
        nightly = CronTrigger(hour=3, minute=17, jitter=600, timezone=UTC)
        self._scheduler.add_job(self._night, nightly, id=_TIDYING, replace_existing=True)

    async def _watch_clock(self) -> None:
        monotonic = asyncio.get_running_loop().time
        offset = self._clock() - monotonic()
        while True:
            await asyncio.sleep(self._beat)
            before, offset = offset, self._clock() - monotonic()
            if abs(shift := offset - before) > _SET:
                log.warning("the machine slept, or its clock was set: %+d s; the timetable is made anew", shift)
                self._appoint_night()
                self.hurry()

    def _report(self, event: JobExecutionEvent) -> None:
        """Tell of a failure, once as long as it stays the same; and that it is over.

        What our own trouble prevents stays the same whichever of its causes is met first the next time.
        """
        job, error = event.job_id, event.exception
        if isinstance(error, AggregatorError | sqlite3.Error):  # a full disk, a locked file: no bug of ours
            said = str(error).partition(": ")[0] if isinstance(error, TroubleError) else str(error)
            if self._reported.get(job) != said:
                log.error("%s could not be done: %s", job, error)
            self._reported[job] = said
        elif error:
            log.error("%s failed", job, exc_info=error)
        elif event.code == EVENT_JOB_MISSED:
            log.warning("%s was missed", job)
        elif self._reported.pop(job, ""):
            log.info("%s can be done again", job)
