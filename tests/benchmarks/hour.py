"""A usual hour of a whole directory of the small web, by a warm daemon; `speed.py --scenario hour40k` runs it.

36,500 feeds on 10,000 hosts have been visited once by `aggregator once --all` (minutes; `--prepared DIR` keeps that for
the next time). Every tenth is as long as in the corpus and now has one or two new entries; the others have two entries
and nothing new. `aggregator run` starts with nothing due, and then all are due at one moment. Measured from there until
the last visit is stored: wall, CPU, memory, and every 20 ms how long the daemon's HTTP server takes for a 304, counted
from when it should have been asked. The same with 500 feeds on 100 hosts says what a feed costs in a small place.
"""

from __future__ import annotations

import argparse
import http.client
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import costs

ROOT = Path(__file__).parents[2]
AHEAD = 20  # seconds that the daemon has been up when all feeds become due, at least
EVERY = 0.02
SMALL = 2
PORT = 28_936  # fixed: the addresses in what was prepared must be those of the next farm
Farm = Callable[..., AbstractContextManager[Any]]


def write_config(folder: Path, addresses: list[str]) -> None:
    """A config of these feeds, the defaults, and leave to visit loopback addresses."""
    listed = "".join(f'[[source]]\nurl = "{address}"\n\n' for address in addresses)
    polling = '[polling]\nallow_networks = ["127.0.0.0/8"]\n\n[serve]\nport = 0\n\n'
    (folder / "aggregator.toml").write_text(polling + listed)


def command(folder: Path, *words: str) -> list[str]:
    """The command line of a command over the config in the folder."""
    return [sys.executable, "-m", "aggregator", *words, "--config", str(folder / "aggregator.toml"),
            "--data-dir", str(folder / "data")]  # fmt: skip


def measure(farm: Farm, scratch: Path, asked: argparse.Namespace) -> None:
    """Runs both sizes and prints what was found."""
    large = (asked.feeds or 36_500, asked.hosts or 10_000)
    table = []
    names = (
        "feeds",
        "wall s",
        "CPU ms/feed",
        "parent",
        "workers",
        "farm",
        "peak MB",
        "asked",
        "p50 ms",
        "p99 ms",
        "worst ms",
    )
    for feeds, hosts in ((500, 100), large):
        place = (asked.prepared or scratch) / f"{feeds}-{hosts}"
        with farm(feeds, hosts, "--small", str(SMALL), "--port", str(PORT)) as fields:
            prepare(place, fields)
            if (feeds, hosts) == large:
                commands(place, scratch / "empty", fields)
            fields.get("control?of=busy")
            table.append(Hour(scratch / f"hour-{feeds}", place, fields, feeds, asked.limit).figures())
            for row in (names, table[-1]):
                print("".join(value.rjust(13) for value in row), flush=True)
    ratio = float(table[1][2]) / float(table[0][2])
    print(f"CPU a feed is {ratio:.2f} times that at 500. Wanted: <= 60 s, <= 500 MB, <= 1.3 times, p99 <= 50 ms")


def prepare(place: Path, fields: Any) -> None:
    """The first visit of all feeds, where it has not been kept from another time."""
    if (place / "prepared").exists():
        return
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(parents=True)
    addresses = fields.get("addresses")
    write_config(place, addresses)
    cost = costs.run(command(place, "once", "--all", "--json"), place, PYTHONPATH=str(ROOT))
    each = cost.cpu * 1000 / len(addresses)
    print(f"first visit of {len(addresses)}: {cost.wall:.0f} s wall, {each:.1f} ms CPU a feed", end="")
    print(
        f" ({cost.parent * 1000 / len(addresses):.1f} of them parent), {cost.peak / 1e6:.0f} MB: {cost.out}", flush=True
    )
    (place / "prepared").touch()


def commands(place: Path, empty: Path, fields: Any) -> None:
    """What the commands take with so many sources, and how long a start takes until the first request."""
    for words in (["check"], ["sources", "--json"]):
        cost = costs.run(command(place, *words), place, PYTHONPATH=str(ROOT))
        print(f"{' '.join(words)}: {cost.wall:.2f} s wall, {cost.cpu:.2f} s CPU, {cost.peak / 1e6:.0f} MB", flush=True)
    empty.mkdir()
    shutil.copy(place / "aggregator.toml", empty)
    fields.get("stats")
    started = costs.Watched(command(empty, "run"), empty, {"PYTHONPATH": str(ROOT)})
    while not (told := fields.get("stats"))["first"]:
        time.sleep(0.05)
    spent = started.members()[started.process.pid]
    print(
        f"run, from start to the first visit: {told['first'] - started.started:.2f} s wall, {spent:.2f} s CPU",
        flush=True,
    )
    started.stop()


@dataclass
class Hour:
    """One hour over a copy of what was prepared."""

    folder: Path
    place: Path
    fields: Any
    feeds: int
    limit: float
    waits: list[float] = field(default_factory=list)

    def figures(self) -> list[str]:
        """The row of the table."""
        shutil.copytree(self.place, self.folder)
        self.fields.get("stats")
        due = int(time.time()) + AHEAD + self.feeds // 1000
        self._execute("UPDATE source SET next_visit = ?", due)
        daemon = costs.Watched(command(self.folder, "run"), self.folder, {"PYTHONPATH": str(ROOT)})
        assert daemon.process.stdout
        port = int(daemon.process.stdout.readline().split(b"/ ")[0].rpartition(b":")[2])
        print(f"{self.feeds} feeds: serving {time.time() - daemon.started:.2f} s after the start", flush=True)
        time.sleep(max(0.0, due - 2 - time.time()))
        if self.fields.get("stats")["requests"]:
            print("visits had begun before the measurement did")
        daemon.peak, ended = 0, threading.Event()
        asking = threading.Thread(target=self._ask, args=(port, ended))
        time.sleep(max(0.0, due - time.time()))
        before = daemon.members()
        asking.start()
        done, stop = 0, time.time() + self.limit
        while done < self.feeds and time.time() < stop:
            time.sleep(0.5)
            done = self._execute("SELECT count(*) FROM visit WHERE at >= ?", due)[0][0]
        wall = time.time() - due
        spent = {pid: used - before.get(pid, 0.0) for pid, used in daemon.members().items()}
        ended.set()
        asking.join()
        served, peak = self.fields.get("stats"), daemon.peak
        print(f"{done} of {self.feeds} visits, {served['requests']} requests, {served['not_modified']} of them 304")
        daemon.stop()
        parent = spent.pop(daemon.process.pid)
        return self._row(done, wall, parent, sum(spent.values()), served["cpu"], peak)

    def _row(self, done: int, wall: float, parent: float, others: float, farm: float, peak: int) -> list[str]:
        waits = sorted(self.waits)
        times = [f"{1000 * waits[int(len(waits) * share)]:.1f}" for share in (0.5, 0.99)]
        each = [f"{1000 * cpu / max(done, 1):.2f}" for cpu in (parent + others, parent, others, farm)]
        return [str(done), f"{wall:.1f}", *each, f"{peak / 1e6:.0f}", str(len(waits)), *times,
                f"{1000 * waits[-1]:.0f}"]  # fmt: skip

    def _execute(self, asked: str, *values: Any) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "data/aggregator.db", timeout=10)) as database, database:
            return database.execute(asked, values).fetchall()

    def _ask(self, port: int, ended: threading.Event) -> None:
        """A reader that asks for the feed every 20 ms; the wait for an answer late in coming counts for those after."""
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        etag, due = "", time.perf_counter()
        while not ended.is_set():
            due += EVERY
            time.sleep(max(0.0, due - time.perf_counter()))
            connection.request("GET", "/feed.xml", headers={"If-None-Match": etag})
            response = connection.getresponse()
            response.read()
            if response.status == 304:
                self.waits.append(time.perf_counter() - due)
            etag = response.headers.get("ETag", "")
