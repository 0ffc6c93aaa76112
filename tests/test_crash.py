"""A full disk, a kill, a power cut: the last editions are served, what was stored is whole, nothing is missing."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
from house import CANT, SERVED, House, Running, can_trace, environment, until
from world import Reply, World, item, rss

MANY = 30
SMALL = 'mount -t tmpfs -o size=12m none "$1" || exit 77; shift; exec "$@"'


def _subscribed(house: House, urls: list[str]) -> None:
    house.write(SERVED + "".join(f'[[source]]\nurl = "{url}"\n' for url in urls))


def _shown(feed: bytes) -> dict[str, str]:
    """Titles and ids of what a JSON Feed shows; each is there once."""
    items = json.loads(feed)["items"]
    shown = {each["title"]: each["id"] for each in items}
    assert len(shown) == len(items)
    return shown


def _served(running: Running) -> dict[str, str]:
    got = running.get("/feed.json")
    return _shown(got.body) if got.status == 200 else {}


@contextmanager
def _on_a_small_disk(house: House) -> Iterator[tuple[Running, Path]]:
    """A daemon whose data folder is a file system of 12 MB, and where that is seen from here."""
    house.data.mkdir()
    inside = ["unshare", "-rm", "sh", "-c", SMALL, "sh", str(house.data)]
    running = Running([*inside, *house.argv("run")], environment(), house.folder)
    try:
        until(lambda: running.process.poll() is not None or any("Subscribe to:" in line for line in running.out))
        if running.process.poll() == 77 or any("unshare" in line for line in running.log):
            pytest.skip(f"{CANT}: no mounts are allowed")
        yield running, Path(f"/proc/{running.process.pid}/root{house.data}")
    finally:
        running.kill()


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a mount of its own")
def test_while_the_disk_is_full_all_is_served_and_then_nothing_is_missing(house: House, world: World) -> None:
    paths = [f"/{number}" for number in range(5)]
    urls = [world.plays(path, Reply(200, rss(item(number)))) for number, path in enumerate(paths)]
    _subscribed(house, urls)
    with _on_a_small_disk(house) as (running, disk):
        until(lambda: len(_served(running)) == 5)
        filler = disk / "filler"
        with suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        articles = {n: item(n, " ".join(f"w{n}x{at}" for at in range(9000))) for n in range(10, 20)}
        more = [world.plays(f"/more/{n}", Reply(200, rss(article))) for n, article in articles.items()]
        _subscribed(house, [*urls, *more])
        running.send(signal.SIGHUP)
        told = until(lambda: (got := running.get("/healthz")).status == 503 and got.text)
        assert "nothing can be stored" in told or "can't be written to" in told
        asked = len(world.asked)
        assert {"Item 0", "Item 4"} <= _served(running).keys()
        assert running.get("/feed.xml").status == running.get("/").status == 200
        filler.unlink()
        running.send(signal.SIGHUP)
        until(lambda: running.get("/healthz").status == 200, lambda: f"{running.log}")
        until(lambda: len(_served(running)) == 15, lambda: f"{_served(running)}, {running.log}")
        assert len(world.asked) > asked
        assert json.loads(running.get("/healthz").body)["sources_failing"] == 0
        told = running.get("/metrics").text  # counted for ever
        assert 'aggregator_visits_total{outcome="failed"} 0.0' in told
        assert 'aggregator_visits_total{outcome="ok"} 0.0' not in told
        assert running.stop() == 0
    assert len([line for line in running.log if "could not be done" in line]) <= 1


CALLS = (
    "open,openat,creat,write,pwrite64,writev,sendfile,copy_file_range,ftruncate,fsync,fdatasync,"
    "rename,renameat,renameat2"
)
CALL = re.compile(r"(?:\d+\s+)?(\w+)\((.*)")
HANDLE = re.compile(r"\d+<([^>]*)>")
NAMED = re.compile(r'"([^"]*)"')


@pytest.mark.skipif(not shutil.which("strace"), reason="needs strace")
def test_a_power_cut_at_any_moment_leaves_each_file_whole(house: House, world: World) -> None:
    """As the kernel was told: a file gets its name when all of it is on the disk, and nothing is written to it then.

    Whatever of the names a power cut undoes, each stands for a file that was whole.
    """
    if not can_trace():
        pytest.skip(f"{CANT}: no process may be traced")
    (house.folder / "articles").mkdir()
    (house.folder / "articles/a.md").write_text("# Pictured\n\nSome words.\n\n![x](a.png)\n")
    (house.folder / "articles/a.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    _subscribed(house, [world.plays("/f", Reply(200, rss(*map(item, range(MANY)))))])
    house.config.write_text(house.config.read_text() + '[[source]]\npath = "articles"\n[site]\nstatic = "stories"\n')
    trace = house.folder / "trace"
    house.run("check")
    traced = ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-s", "300", "-e", f"trace={CALLS}", "-o", str(trace)]
    done = subprocess.run([*traced, *house.argv("once")], capture_output=True, encoding="utf-8", env=environment())  # noqa: PLW1510
    assert done.returncode == 0, done.stderr
    named = _follow(trace.read_text("utf-8", "replace").splitlines(), house.data / "public")
    shown = {
        str(path.relative_to(house.data / "public")) for path in (house.data / "public").rglob("*.*") if path.is_file()
    }
    assert (
        {"feed.xml", "feed.json", "index.html"} < named and len(named) > MANY and any(".png" in name for name in named)
    )
    assert shown <= named, "none was written under its name"


def _follow(lines: list[str], public: Path) -> set[str]:
    """Which files got names in this folder; each was whole on the disk by then, and the folder is in the end."""
    unsafe: set[str] = set()
    named: set[str] = set()
    unsettled: set[str] = set()
    for line in lines:
        call = CALL.match(line)
        if not call or " = -1 " in line or "resumed" in line:
            continue
        name, arguments = call.groups()
        paths = [path.replace(" (deleted)", "") for path in HANDLE.findall(arguments)]
        if name in {"fsync", "fdatasync"}:
            unsafe -= set(paths)
            unsettled -= set(paths)
        elif name.startswith("rename"):
            before, after = NAMED.findall(arguments)[:2]
            if after.startswith(str(public)):
                assert before not in unsafe, f"{after} was named before it was on the disk"
                named.add(str(Path(after).relative_to(public)))
                unsettled.add(str(Path(after).parent))
        elif name not in {"open", "openat", "creat"} and paths[0].startswith(str(public)):
            assert str(Path(paths[0]).relative_to(public)) not in named, f"{paths[0]} was written to"
            unsafe.add(paths[0])
    assert not {path for path in unsettled if "pictures" not in path}
    return named


def test_a_power_cut_may_take_what_was_committed_last_and_no_article_is_missing_or_another(
    house: House, world: World, tmp_path: Path
) -> None:
    """Without its log's end the database is one of a moment before; whatever it has forgotten is read again."""
    tag = {"ETag": '"1"'}

    def script(asked: object) -> Reply:
        headers = getattr(asked, "headers", {})
        return Reply(304, b"", tag) if "if-none-match" in headers else Reply(200, rss(*map(item, range(MANY))), tag)

    _subscribed(house, [world.plays("/f", script)])
    with house.daemon() as running:
        until(lambda: len(_served(running)) == MANY)
        running.send(signal.SIGKILL)
        running.process.wait(30)
    before = _shown((house.data / "public/feed.json").read_bytes())
    log = (house.data / "aggregator.db-wal").read_bytes()
    assert log
    for number, length in enumerate((0, len(log) // 2)):
        again = House(tmp_path / str(number))
        shutil.copytree(house.data, again.data, ignore=shutil.ignore_patterns("*.sock"))
        (again.data / "aggregator.db-shm").unlink(missing_ok=True)
        (again.data / "aggregator.db-wal").write_bytes(log[:length])
        again.write(house.config.read_text())
        again.run("once", "--all")
        assert _shown((again.data / "public/feed.json").read_bytes()) == before
        with closing(sqlite3.connect(again.data / "aggregator.db")) as stored:
            assert stored.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_a_killed_program_was_writing_is_swept_out_and_nothing_else(house: House, world: World) -> None:
    _subscribed(house, [world.plays("/f", Reply(200, rss(*map(item, range(3)))))])
    house.run("once")
    public = house.data / "public"
    (public / "story").mkdir(exist_ok=True)
    halves = [public / ".feed.xml.ab12_xyz", public / "story" / ".x.html.00000000"]
    others = [public / ".htaccess", public / ".well-known.txt", public / "robots.txt"]
    for path in itertools.chain(halves, others):
        path.write_text("half")
    house.run("once")
    assert not any(path.exists() for path in halves) and all(path.exists() for path in others)
