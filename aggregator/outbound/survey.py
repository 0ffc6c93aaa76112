"""Store, files, disk → how all of it is: what /metrics, /readyz and `aggregator status` tell, each in its own words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database

from aggregator.config import Config, OutputTable
from aggregator.model import FailureKind, Intent, Outcome, StoreError, Trouble
from aggregator.outbound.editions import FOLDER
from aggregator.policy.readiness import Check, Room, Running, checks
from aggregator.store import hub_subscriptions, incidents, sources, standings, statistics
from aggregator.store.database import bound, files, is_over, reading
from aggregator.store.overview import Overview, overview
from aggregator.store.standings import Standing, Wanted
from aggregator.store.statistics import Total

_SECONDS = 10.0  # that the store may take to be counted
_FAILING = Wanted("failing")


@dataclass(frozen=True, slots=True)
class Counted:
    """What is counted in the store: sources that fail, by kind; sources that are `due`, and for how many seconds the
    one that has waited longest; the `worst`, those that fail most often running, as many as were asked for; incidents
    that last; what came of all visits; subscriptions at hubs; bytes in the file that hold nothing."""

    overview: Overview
    failing: dict[FailureKind, int]
    due: int
    longest: int
    worst: Sequence[Standing]
    incidents: dict[Trouble, int]
    totals: dict[Outcome, Total]
    subscriptions: dict[Intent, int]
    free: int


@dataclass(frozen=True, slots=True)
class Output:
    """A configured output: how many articles its editions show, when one of these changed last (0: never), and of
    which there is a file, by suffix in bytes, and of which there should be one."""

    name: str
    articles: int
    changed: int
    editions: dict[str, int]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Survey:
    """How all of it is. `counted` is None where the store can't be read, for the reason in `unreadable`.

    `database` and `log` are the bytes of the database's two files, `room` what the disk has.
    """

    counted: Counted | None
    unreadable: str
    outputs: tuple[Output, ...]
    database: int
    log: int
    room: Room

    def checks(self, running: Running | None) -> tuple[Check, ...]:
        """Say what is as it should be and what isn't; `running` is what a daemon knows of itself, where one runs."""
        states = self.counted.overview.sources if self.counted else None
        missing = [f"{output.name}.{suffix}" for output in self.outputs for suffix in output.missing]
        return checks(states, self.unreadable, missing, self.room, running)


def survey(data: Path, config: Config | None, now: int, worst: int = 0) -> Survey:
    """Look at everything in `data`, at `now`; without a config at the outputs that were published last.

    It takes a thread's time, and no lock.
    """
    counted, unreadable = _counted(data, now, worst)
    shown = counted.overview.outputs if counted else {}
    tables = config.outputs if config else map(_as_published, shown)
    outputs = tuple(_output(data / FOLDER, output, shown) for output in tables)
    database, log = map(_size, files(data))
    return Survey(counted, unreadable, outputs, database, log, _room(data))


def _counted(data: Path, now: int, worst: int) -> tuple[Counted | None, str]:
    try:
        with reading(data) as database:
            bound(database, _SECONDS)
            return _count(database, now, worst), ""
    except StoreError as error:
        return None, str(error)
    except sqlite3.Error as error:
        return None, f"it took more than {_SECONDS:.0f} s to be counted" if is_over(error) else str(error)


def _count(database: Database, now: int, worst: int) -> Counted:
    due, longest = sources.overdue(database, now)
    return Counted(
        overview=overview(database),
        failing=standings.failing_by_kind(database),
        due=due,
        longest=longest,
        worst=standings.listed(database, _FAILING, "failures", descending=True, most=worst) if worst else (),
        incidents=incidents.lasting(database),
        totals=statistics.totals(database),
        subscriptions=hub_subscriptions.counts(database),
        free=_pragma(database, "freelist_count") * _pragma(database, "page_size"),
    )


def _pragma(database: Database, name: str) -> int:
    number: int = database.execute(f"PRAGMA {name}").fetchone()[0]
    return number


def _as_published(name: str) -> OutputTable:
    return OutputTable(name=name)


def _output(folder: Path, output: OutputTable, shown: dict[str, int]) -> Output:
    found = {suffix: _stat(folder / f"{output.name}.{suffix}") for suffix in output.formats}
    there = {suffix: status for suffix, status in found.items() if status}
    return Output(
        name=output.name,
        articles=shown.get(output.name, 0),
        changed=max((int(status.st_mtime) for status in there.values()), default=0),
        editions={suffix: status.st_size for suffix, status in there.items()},
        missing=tuple(suffix for suffix in found if suffix not in there),
    )


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except OSError:
        return None


def _size(path: Path) -> int:
    status = _stat(path)
    return status.st_size if status else 0


def _room(data: Path) -> Room:
    """Look at the disk that `data` lies on, or will."""
    place = next((folder for folder in (data, *data.absolute().parents) if folder.exists()), data)
    try:
        about = os.statvfs(place)
    except OSError:
        return Room(0, 0)
    files = about.f_favail if about.f_files else None  # btrfs and others make them as they need them
    return Room(about.f_frsize * about.f_blocks, about.f_frsize * about.f_bavail, files)
