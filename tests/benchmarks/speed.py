"""How fast feeds are visited, beside newsboat if asked for, and what that costs; prints one table.

    python tests/benchmarks/speed.py [--feeds 500] [--hosts 100] [--scenario first,304,same,fresh2,hour] [--newsboat]
    python tests/benchmarks/speed.py --scenario hour40k [--prepared DIR]          (see hour.py)

A farm of real feeds (farm.py) serves on loopback addresses, and `aggregator once --all` runs as a process, start-up
included, in this order: first (everything is new), 304 (nothing has changed), same (the same bytes as 200 without
validators), fresh2 (two new entries in every feed), hour (every tenth feed has one or two new entries, the others 304).
Three formats are published each time. The config is the defaults and `allow_networks`, so politeness is as ever: one
visit at a time to a host, which then rests as long as it took to answer.

With --newsboat it polls the same farm before or after ours, in turn; it learns validators in its second round only,
so both have one more round before 304. CPU is that of the command's process and of all others it started. Floors are
measured in the same run (floors.py): what the libraries alone take for the same. The farm takes its part of the cores:
"farm" is its CPU as a share of ours.

About 10 minutes with 500 feeds on two slow cores.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import costs
import floors
import hour

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
CORPUS = ROOT.parent / "shared/corpus/feeds.tar.xz"
SCENARIOS = {"first": "", "settle": "", "304": "", "same": "plain=1", "fresh2": "new=2", "hour": "of=busy"}
TARGETS = {"first": 0.5, "304": 5, "same": 8, "fresh2": 3, "hour": 5}  # times newsboat
COLUMNS = ("feeds/s", "CPU ms/feed", "parent", "workers", "peak MB", "entries/s", "floor ms", "x floor", "farm")
NEWSBOAT = """reload-threads 8
auto-reload no
max-items 0
cleanup-on-quit no
download-retries 1
download-timeout 30
suppress-first-reload yes
"""


@dataclass
class FarmProcess:
    """The farm, as seen from here."""

    process: subprocess.Popen[str]
    port: int
    about: dict[str, Any]

    def get(self, path: str) -> Any:
        with urlopen(f"http://127.0.0.1:{self.port}/{path}") as response:
            return json.load(response)


@contextmanager
def farm(feeds: int, hosts: int, *options: str) -> Iterator[FarmProcess]:
    """A farm of so many feeds on so many hosts, ended on leaving."""
    argv = [sys.executable, str(HERE / "farm.py"), str(CORPUS), "--feeds", str(feeds), "--hosts", str(hosts), *options]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        about = json.loads(process.stdout.readline())
        yield FarmProcess(process, about["port"], about)
    finally:
        process.kill()
        process.wait()


class Ours:
    """`aggregator once --all` over the farm's feeds."""

    def __init__(self, folder: Path, addresses: list[str]) -> None:
        self.folder = folder
        hour.write_config(folder, addresses)

    def round(self) -> tuple[costs.Cost, int]:
        cost = costs.run(hour.command(self.folder, "once", "--all", "--json"), self.folder, PYTHONPATH=str(ROOT))
        told = json.loads(cost.out)
        if told["failed"]:
            print(f"{told['failed']} sources failed: {self.folder / 'log'}", file=sys.stderr)
        return cost, told["entries_new"]


class Newsboat:
    """`newsboat -x reload` over the same."""

    def __init__(self, folder: Path, addresses: list[str]) -> None:
        self.folder = folder
        self.stored = 0
        (folder / "urls").write_text("\n".join(addresses) + "\n")
        (folder / "config").write_text(NEWSBOAT)

    def round(self) -> tuple[costs.Cost, int]:
        argv = ["newsboat", "-C", "config", "-u", "urls", "-c", "cache.db", "-x", "reload"]
        cost = costs.run(argv, self.folder, HOME=str(self.folder))
        database = sqlite3.connect(self.folder / "cache.db")
        before, self.stored = self.stored, database.execute("SELECT count(*) FROM rss_item").fetchone()[0]
        database.close()
        return cost, self.stored - before


def rounds(asked: argparse.Namespace, folder: Path) -> None:
    """Goes through the scenarios and prints a line for each, ours and newsboat's."""
    wanted = asked.scenario.split(",")
    last = max(list(SCENARIOS).index(name) for name in wanted)
    with farm(asked.feeds, asked.hosts, *(["--copies"] if asked.copies else [])) as fields:
        addresses = fields.get("addresses")
        told = fields.about
        entries = told["expected"] / asked.feeds
        print(
            f"{asked.feeds} feeds of {told['kinds']} kinds on {asked.hosts} hosts; {told['bytes'] / 1000:.0f} kB",
            end="",
        )
        print(f" and {entries:.1f} entries a feed")
        least = measured_floors(fields, addresses)
        peers: dict[str, Ours | Newsboat] = {"aggregator": Ours(_new(folder / "ours"), addresses)}
        if asked.newsboat:
            peers["newsboat"] = Newsboat(_new(folder / "newsboat"), addresses)
        print(
            "".join(["scenario".ljust(10), "by".ljust(12), *(c.rjust(12) for c in COLUMNS), "  x newsboat".rjust(20)])
        )
        before = 0
        for number, (name, query) in enumerate(SCENARIOS.items()):
            if number > last or (name == "settle" and not asked.newsboat):
                continue
            expected = fields.get(f"control?{query}")["expected"] - before
            before += expected
            rates: dict[str, float] = {}
            for peer in sorted(peers, reverse=bool(number % 2)):
                fields.get("stats")
                cost, new = peers[peer].round()
                served = fields.get("stats")
                rates[peer] = asked.feeds / cost.wall
                if name in wanted:
                    shown = line(cost, new, served, asked.feeds, floors.of(name, least))
                    ratio = rates["aggregator"] / rates["newsboat"] if len(rates) == 2 else 0
                    versus = f"{ratio:.2f} (wanted: {TARGETS[name]})".rjust(20) if ratio else ""
                    print("".join([name.ljust(10), peer.ljust(12), *shown, versus]), flush=True)
                if new != expected or served["requests"] != asked.feeds:
                    print(f"  {peer} took {new} of {expected} entries, by {served['requests']} requests", flush=True)


def line(cost: costs.Cost, new: int, served: dict[str, Any], feeds: int, least: float) -> list[str]:
    """The figures of one round, in the order of COLUMNS."""
    cpu = cost.cpu * 1000 / feeds
    return [
        f"{feeds / cost.wall:.1f}".rjust(12),
        f"{cpu:.2f}".rjust(12),
        f"{cost.parent * 1000 / feeds:.2f}".rjust(12),
        f"{cost.others * 1000 / feeds:.2f}".rjust(12),
        f"{cost.peak / 1e6:.0f}".rjust(12),
        f"{new / cost.wall:.0f}".rjust(12),
        f"{least:.2f}".rjust(12),
        f"{cpu / least:.1f}".rjust(12),
        f"{served['cpu'] / cost.cpu:.0%}".rjust(12),
    ]


def measured_floors(fields: FarmProcess, addresses: list[str]) -> dict[str, float]:
    """The floors, printed; and what the farm itself takes for an answer."""
    fields.get("stats")
    least = floors.measure(addresses)
    served = fields.get("stats")
    print("floors, CPU ms:", ", ".join(f"{name} {value:.3f}" for name, value in least.items()))
    print(f"the farm takes {served['cpu'] * 1e6 / served['requests']:.0f} us of CPU for an answer, half of them 304\n")
    return least


def _new(folder: Path) -> Path:
    folder.mkdir(parents=True)
    return folder


def main() -> None:
    """Runs what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--feeds", type=int)
    asked.add_argument("--hosts", type=int)
    asked.add_argument("--scenario", default="first,304,same,fresh2,hour", help="some of these, or hour40k")
    asked.add_argument("--newsboat", action="store_true", help="side by side with it, if it is installed")
    asked.add_argument("--copies", action="store_true", help="leave the words alone: feeds of a kind are copies")
    asked.add_argument("--prepared", type=Path, help="hour40k: where the first visit is kept for another time")
    asked.add_argument("--limit", type=float, default=900, help="hour40k: seconds to give up after")
    options = asked.parse_args()
    if not CORPUS.exists():
        raise SystemExit(f"{CORPUS} is not there: nothing to serve")
    if options.newsboat and not shutil.which("newsboat"):
        raise SystemExit("newsboat is not installed")
    costs.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="speed-") as scratch:
        if options.scenario == "hour40k":
            hour.measure(farm, Path(scratch), options)
        else:
            options.feeds, options.hosts = options.feeds or 500, options.hosts or 100
            rounds(options, Path(scratch))


if __name__ == "__main__":
    main()
