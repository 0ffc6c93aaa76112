"""One round of the real command line over many cases, beside sources that are well, watched from outside."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil
from pathlib import Path
from typing import Any

import feedparser
from cases import ELSEWHERE, TRAP, Case, Seen, answer, feed, jsonfeed, words
from house import House, environment, settle
from inert import assert_inert
from world import Reply, World

from aggregator.render.formats import FORMATS
from aggregator.text import secrets

MEMORY = 2 * 1024**3  # bytes of address space that any one process may have
_PAGE = os.sysconf("SC_PAGE_SIZE")
_OUTPUT = '[[output]]\nname = "all"\nlimit = 10000\n'


@dataclass(frozen=True)
class Limited:
    """What a command under a memory limit did: `peak` is what all its processes held at once, in bytes."""

    out: str
    log: list[str]
    status: int
    seconds: float
    peak: int


def run(house: House, *arguments: str, deadline: float = 100.0) -> Limited:
    """Runs a command of the installation; none of its processes gets more address space than MEMORY."""
    settle(house.folder)
    argv = ["/bin/sh", "-c", f'ulimit -v {MEMORY >> 10}; exec "$@"', "sh", *house.argv(*arguments)]
    started = time.monotonic()
    with subprocess.Popen(
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=house.folder
    ) as process:
        watched = _Watched(process.pid)
        try:
            out, err = process.communicate(timeout=deadline)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
        finally:
            peak = watched.stop()
    lines = err.decode("utf-8", "replace").splitlines()
    return Limited(out.decode(), lines, process.returncode, time.monotonic() - started, peak)


class _Watched:
    """Adds up what a process and all its descendants hold, again and again."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._peak = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stop.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self._peak = max(self._peak, _resident(self._pid))


def _resident(pid: int) -> int:
    """What a process tree holds that it doesn't share, in bytes, and the largest shared part once."""
    parents: dict[int, int] = {}
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                parents[int(place.name)] = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
    family, grown = {pid}, True
    while grown:
        more = {child for child, parent in parents.items() if parent in family} - family
        family |= more
        grown = bool(more)
    own, shared = 0, [0]
    for member in family:
        try:
            _, resident, common, *_ = map(int, Path(f"/proc/{member}/statm").read_text().split())
        except (OSError, ValueError):
            continue
        own += resident - common
        shared.append(common)
    return (own + max(shared)) * _PAGE


@dataclass(frozen=True)
class Group:
    """Cases that are sources of one config, and the lines of [limits] and [polling] in it.

    `parse_time` is in seconds of a machine as fast as `slowness` has it; on a slower one it is as many more.
    """

    cases: Sequence[Case]
    limits: str = ""
    parse_time: int = 0
    polling: str = ""
    seconds: float = 60.0
    memory: int = 1024**3


@dataclass(frozen=True)
class Outcome:
    """What came of a group."""

    done: Limited
    summary: Mapping[str, Any]
    seen: Mapping[str, Seen]
    healthy: Sequence[Seen]
    editions: Mapping[str, bytes]
    asked: Sequence[Any] = ()
    keys: Mapping[str, str] = field(default_factory=dict)


_HEALTHY = 5


def slowness() -> float:
    """Return how many times slower this machine is now than one on which feedparser reads 1,000 bare entries in 70 ms.

    At least 1. A second of CPU is no measure from machine to machine, nor from hour to hour on a shared one: what may
    be read within one on the first took 1.3 to 2.1 on another, where nobody had changed the code.
    """
    entries = "".join(f"<item><guid>{number}</guid><title>n {number}</title></item>" for number in range(1000))
    document = f'<rss version="2.0"><channel><title>t</title>{entries}</channel></rss>'.encode()
    began = time.process_time()
    assert len(feedparser.parse(document).entries) == 1000
    return max(1.0, (time.process_time() - began) / 0.07)


def play(group: Group, folder: Path, number: int) -> Outcome:
    """Visits all of the group's cases once, beside feeds and a folder that are well."""
    house = House(folder)
    hosts = {case.name: f"127.1.{number}.{index + 10}" for index, case in enumerate(group.cases)}
    well = [f"127.1.{number}.{index}" for index in range(1, 5)]
    with World(["127.0.0.1", ELSEWHERE, *hosts.values(), *well]) as world:
        keys = {case.name: _set_up(case, house, world, hosts[case.name]) for case in group.cases}
        healthy = _healthy(house, world, well)
        # The well ones stand between the others, the last at the very end: whoever is slow, is so before them.
        listed = [*keys.values()]
        for index, key in enumerate(healthy):
            listed.insert(index * len(listed) // max(1, len(healthy) - 1), key)
        sources = "".join(f"[[source]]\n{'url' if '://' in key else 'path'} = {json.dumps(key)}\n" for key in listed)
        polling = f'[polling]\nallow_networks = ["127.1.0.0/16"]\nworkers = 2\n{group.polling}\n'
        limits = f'[limits]\noutput = "50 MB"\n{group.limits}\n'
        if group.parse_time:
            limits += f'parse_time = "{ceil(group.parse_time * slowness())}s"\n'
        house.write(polling + limits + _OUTPUT + sources)
        done = run(house, "once", "--all", "--json")
        asked = list(world.asked)
    assert done.status == 0, "\n".join(done.log)
    return _read(house, group, keys, healthy, done, asked)


def _set_up(case: Case, house: House, world: World, host: str) -> str:
    """Prepares the case's server or folder; its source's key."""
    if case.lays:
        folder = house.folder / case.path[1:]
        folder.mkdir()
        case.lays(folder)
        return case.path[1:]
    if case.plays is not None:
        world.plays(case.path, *(case.plays if isinstance(case.plays, tuple) else (case.plays,)))
    for path, reply in case.also.items():
        world.plays(f"{case.path}/{path}", reply)
    address = case.address or "http://{host}:{port}{path}"
    return address.replace("{host}", host).replace("{port}", str(world.port)).replace("{path}", case.path)


def _healthy(house: House, world: World, hosts: Sequence[str]) -> list[str]:
    notes = house.folder / "well"
    notes.mkdir()
    for number in range(_HEALTHY):
        (notes / f"{number}.txt").write_text(f"Well {number}\n\n{words('well', number)}\n", "utf-8")
    world.plays("/well/rss", answer(feed("well rss", count=_HEALTHY)))
    world.plays("/well/again", answer(feed("well again", count=_HEALTHY)))
    listed = [{"id": f"wj{n}", "title": f"wj {n}", "content_text": words("wj", n)} for n in range(_HEALTHY)]
    world.plays("/well/json", answer(jsonfeed(*listed), "application/feed+json"))
    world.plays("/well/last", answer(feed("well last", count=_HEALTHY)))
    world.plays(TRAP, Reply(200, feed("trap")))
    paths = ("/well/rss", "/well/again", "/well/json", "/well/last")
    feeds = [world.url(path, host) for path, host in zip(paths, hosts, strict=True)]
    return [*feeds[:2], "well", *feeds[2:]]


def _read(
    house: House, group: Group, keys: Mapping[str, str], healthy: Sequence[str], done: Limited, asked: list[Any]
) -> Outcome:
    public = house.data / "public"
    editions = {path.name: path.read_bytes() for path in public.iterdir() if path.suffix[1:] in FORMATS}
    for path in public.rglob("*.html"):
        assert path.read_bytes().count(b"<script") == 1, path  # our own
    by_story = {item["id"]: item for item in json.loads(editions["all.json"])["items"]}
    sources = {source.get("url") or source["path"]: source for source in house.json("sources")}
    entries: dict[str, list[dict[str, Any]]] = {key: [] for key in sources}
    shown = {secrets.shown(key): key for key in sources}  # what is exported is for anybody's eyes
    for entry in house.entries():
        entries[shown[entry["source"]]].append(entry)

    def seen(key: str, path: str) -> Seen:
        stories = dict.fromkeys(entry["story"] for entry in entries[key])
        return Seen(
            source=sources[key],
            entries=entries[key],
            items=[by_story[story] for story in stories if story in by_story],
            asked=[one for one in asked if one.path == path],
            everything=asked,
            log=[line for line in done.log if re.search(f" {re.escape(secrets.shown(key))}: ", line)],
        )

    return Outcome(
        done=done,
        summary=json.loads(done.out),
        seen={case.name: seen(keys[case.name], case.path) for case in group.cases},
        healthy=[seen(key, "") for key in healthy],
        editions=editions,
        asked=asked,
        keys=keys,
    )


def assert_well(group: Group, outcome: Outcome) -> None:
    """What holds of every round, whoever was in it."""
    for source in outcome.healthy:
        assert (source.source["state"], len(source.entries)) == ("ok", _HEALTHY), source.source
        assert len(source.items) == _HEALTHY
    assert not any(one.path == TRAP for one in outcome.asked)
    assert not any("Traceback" in line or "a bug" in line for line in outcome.done.log), "\n".join(outcome.done.log)
    assert outcome.done.seconds < group.seconds
    assert outcome.done.peak < group.memory, f"{outcome.done.peak >> 20} MiB"
    assert {name.rpartition(".")[2] for name in outcome.editions} == {"xml", "atom", "json"}
    for name, body in outcome.editions.items():
        assert_inert(name, body)
