"""The timetable: a few fixed jobs. What is due when is the database's to say; the clock only ticks."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.date import DateTrigger

from aggregator.model import AggregatorError

log = logging.getLogger(__name__)

SOONEST = 1  # seconds between two rounds,
LATEST = 60  # and at most, should the machine's clock have been set

_VISIT = "visit"
_CALLED = {_VISIT: "the round", "tidy": "tidying"}


class Timetable:
    """Runs `visit` whenever it says (it returns the instant of its next run) and `tidy` every night."""

    def __init__(
        self,
        visit: Callable[[], Awaitable[int | None]],
        tidy: Callable[[], Awaitable[None]],
        clock: Callable[[], int],
    ) -> None:
        self._visit = visit
        self._clock = clock
        self._running = False
        self._hurried = False
        # A loop that is blocked for a second must not lose a job for ever, which the default grace time does.
        self._scheduler = AsyncIOScheduler(timezone=UTC, job_defaults={"misfire_grace_time": None, "coalesce": True})
        self._scheduler.add_listener(_report, EVENT_JOB_ERROR | EVENT_JOB_MISSED)
        self._scheduler.add_job(self._round, DateTrigger(self._at(0)), id=_VISIT)
        self._scheduler.add_job(tidy, CronTrigger(hour=3, minute=17, jitter=600, timezone=UTC), id="tidy")

    def start(self) -> None:
        """Begins at once with the first round."""
        self._scheduler.start()

    def hurry(self) -> None:
        """Has the next round begin now, or right after the one under way: the config has changed."""
        self._hurried = True
        if not self._running:
            self._arm(0)

    def pause(self) -> None:
        """Begins no further job; the ones under way go on."""
        self._scheduler.pause()

    def stop(self) -> None:
        """Ends it. It cancels coroutines that still run: pause and drain first."""
        self._scheduler.shutdown(wait=False)

    async def _round(self) -> None:
        due: int | None = None
        # The scheduler drops a job that comes up while its like still runs: what is wanted then has to wait.
        self._running, self._hurried = True, False
        try:
            due = await self._visit()
        finally:
            self._running = False
            wait = LATEST if due is None else min(max(due - self._clock(), SOONEST), LATEST)
            self._arm(SOONEST if self._hurried else wait)

    def _arm(self, seconds: int) -> None:
        self._scheduler.add_job(self._round, DateTrigger(self._at(seconds)), id=_VISIT, replace_existing=True)

    def _at(self, seconds: int) -> datetime:
        return datetime.now(UTC) + timedelta(seconds=seconds)


def _report(event: JobExecutionEvent) -> None:
    if isinstance(event.exception, AggregatorError | sqlite3.Error):  # a full disk, a locked file: no bug of ours
        log.error("%s could not be done: %s", _CALLED.get(event.job_id, event.job_id), event.exception)
    elif event.exception:
        log.error("the job %s failed", event.job_id, exc_info=event.exception)
    else:
        log.warning("the job %s was missed", event.job_id)
