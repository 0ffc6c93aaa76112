"""Processes that can't be had, or that end by themselves: one line, nobody's failure, and tried again."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from house import CANT, ROOT, SERVED, House, environment, until
from world import Reply, World, item, rss

from aggregator.config import Config
from aggregator.model import Document, DocumentState, ParseError
from aggregator.parsing.pool import Workers

BROKEN = Path(__file__).parent / "broken"
FEED = rss(item(1), item(2))
START = 1_795_392_000
WAYS = {
    "fork": "the process that starts them has ended",
    "memory": "the process that starts them has ended",
    "server": "the process that starts them has ended",
    "start": "one ended as it started",
    "threads": "can't start new thread",
}


def _furnish(house: House, world: World, number: int = 12) -> None:
    (house.folder / "articles").mkdir()
    for name in range(20):
        (house.folder / f"articles/{name}.md").write_text(f"# Article {name}\n\nAll of it.\n")
    feeds = [f'[[source]]\nurl = "{world.plays(f"/{n}", Reply(200, FEED))}"\n' for n in range(number)]
    house.write(f'{SERVED}{"".join(feeds)}[[source]]\npath = "articles"\n')


def _broken(way: str, marker: Path) -> dict[str, str]:
    marker.touch()
    return {"BROKEN": f"{way}:{marker}", "PYTHONPATH": os.pathsep.join((str(BROKEN), str(ROOT)))}


def _are_untouched(house: House) -> bool:
    return all((s["state"], s["failures"], s["last_visit"]) == ("pending", 0, None) for s in house.json("sources"))


@pytest.mark.parametrize("way", WAYS)
def test_once_says_it_in_one_line_and_no_source_is_blamed(house: House, world: World, tmp_path: Path, way: str) -> None:
    _furnish(house, world)
    done = house.run("once", status=1, **_broken(way, tmp_path / "broken"))
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"aggregator: the processes that parse can't be started: {WAYS[way]}; they need ")
    assert not done.stdout
    assert _are_untouched(house)
    house.run("once")
    assert {source["state"] for source in house.json("sources")} == {"ok"}


@pytest.mark.skipif(
    not shutil.which("unshare") or os.geteuid() != 0, reason=f"{CANT}: it needs root, and a mount of its own"
)
def test_a_container_whose_dev_shm_can_t_be_written(house: House, world: World) -> None:
    _furnish(house, world, 1)
    inside = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs -o ro none /dev/shm || exit 77; exec "$@"', "sh"]
    done = subprocess.run([*inside, *house.argv("once")], capture_output=True, encoding="utf-8", env=environment())  # noqa: PLW1510
    if done.returncode == 77 or "unshare failed" in done.stderr:
        pytest.skip(f"{CANT}: no mounts are allowed")
    assert (done.returncode, done.stderr) == (0, "")
    assert {source["state"] for source in house.json("sources")} == {"ok"}


def test_a_system_without_semaphores(house: House, world: World, tmp_path: Path) -> None:
    _furnish(house, world, 1)
    house.run("once", **_broken("semaphores", tmp_path / "broken"))
    assert {source["state"] for source in house.json("sources")} == {"ok"}


@pytest.mark.parametrize("way", ["memory", "fork", "start"])
def test_the_daemon_goes_on_trying_with_a_fresh_pool(house: House, world: World, tmp_path: Path, way: str) -> None:
    _furnish(house, world, 3)
    marker = tmp_path / "broken"
    with house.daemon(**_broken(way, marker)) as running:
        running.logged("could not be done: the processes that parse can't be started")
        running.send(signal.SIGHUP)
        running.logged("the config was read again")
        assert "can't be started" in until(lambda: (got := running.get("/healthz")).status == 503 and got.text)
        asked = len(world.asked)
        marker.unlink()
        running.send(signal.SIGHUP)
        running.logged("the round can be done again")
        assert running.stop() == 0
        assert len([line for line in running.log if "can't be started" in line]) == 1
        assert len(world.asked) >= asked
    assert {source["state"] for source in house.json("sources")} == {"ok"}


async def test_a_process_that_is_killed_while_it_waits_costs_nobody_anything() -> None:
    """By the kernel, for want of memory: every document after it met a bug until the daemon was started anew."""
    workers = Workers(2, Config().limits)
    try:
        for _ in range(2):
            pool = await workers.started()
            os.kill(await asyncio.wrap_future(pool.schedule(os.getpid)), signal.SIGKILL)
            while pool.active:  # noqa: ASYNC110  pebble's threads notice
                await asyncio.sleep(0.01)
            found = await asyncio.gather(*(workers.parse(Document("", FEED), DocumentState(), START) for _ in range(5)))
            assert [len(arrivals) for _, arrivals in found] == [2] * 5
    finally:
        await workers.close()


def _seconds(process: int) -> float:
    """How long a process has had the CPU."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc")
@pytest.mark.parametrize("times", [1, 9])
async def test_a_process_that_is_killed_while_it_parses_does_not_fail_the_source_the_first_time(times: int) -> None:
    """Once may be for want of memory that others took; a document that has each one killed is to blame itself."""
    long = rss(*(item(number) for number in range(3000))).replace(b"</rss>", b"")  # malformed, that takes longest
    workers = Workers(1, Config().limits)
    try:
        parsing = asyncio.create_task(workers.parse(Document("", long), DocumentState(), START))
        for _ in range(times):
            pool = await workers.started()
            while not parsing.done():
                (process, *_) = pool._pool_manager.worker_manager.workers or [0]
                with contextlib.suppress(OSError):
                    if process and _seconds(process) > 0.3:
                        os.kill(process, signal.SIGKILL)
                        break
                await asyncio.sleep(0.01)
            while not parsing.done() and process in pool._pool_manager.worker_manager.workers:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        if times == 1:
            _, arrivals = await parsing
            assert len(arrivals) > 100
        else:
            with pytest.raises(ParseError, match=r"ended its process \(exit status -9\)"):
                await parsing
    finally:
        await workers.close()


async def test_long_documents_keep_no_small_ones_waiting() -> None:
    """Two that take seconds each had both processes, and all that came after waited for one of them."""
    long = rss(*(item(number, " ".join(f"w{number}x{n}" for n in range(150))) for number in range(2000)))
    assert len(long) > 2_000_000
    workers = Workers(2, Config().limits)
    done: list[int] = []

    async def parse(document: Document) -> None:
        await workers.parse(document, DocumentState(), START)
        done.append(len(document.body))

    try:
        await workers.started()
        large = [Document("", long, base=f"https://{name}.example/") for name in ("a", "b", "c")]
        small = [Document("", FEED, base=f"https://{number}.example/") for number in range(8)]
        await asyncio.gather(*map(parse, (*large, *small)))
    finally:
        await workers.close()
    assert done == [len(FEED)] * 8 + [len(long)] * 3


def test_without_any_folder_for_sockets_it_is_said(tmp_path: Path) -> None:
    """In a process of its own: the folder for temporary files is the whole process's."""
    told = subprocess.run(
        [sys.executable, "-c", _WITHOUT_A_FOLDER], env=environment(), capture_output=True, encoding="utf-8", check=True
    )
    assert told.stdout.count("No usable temporary directory") == 2, told


_WITHOUT_A_FOLDER = """
import asyncio, os, tempfile
os.access = lambda *_args, **_more: False
tempfile._candidate_tempdir_list = lambda: []
from aggregator.config import Config
from aggregator.model import Document, DocumentState, TroubleError
from aggregator.parsing.pool import Workers

async def main():
    workers = Workers(1, Config().limits)
    for _ in range(2):
        try:
            await workers.parse(Document("", b"<rss/>"), DocumentState(), 0)
        except TroubleError as error:
            print(error)
    await workers.close()

asyncio.run(main())
"""
