"""What systemd is told, and what the unit allows: Type=notify, a watchdog, a sandbox."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from house import CANT, DEADLINE, ROOT, SERVED, House, Running, can_trace, environment, until
from world import Reply, World, item, rss

from aggregator.systemd import beat, watchdog

UNIT = ROOT / "config/aggregator.service"


class Manager:
    """systemd's end of NOTIFY_SOCKET: the messages that came, each a list of lines."""

    def __init__(self, folder: Path) -> None:
        self.path = str(folder / "notify")
        self.environ = {"NOTIFY_SOCKET": self.path, "WATCHDOG_USEC": "30000"}
        self.came: list[list[str]] = []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        self._socket.setblocking(False)

    def read(self) -> list[list[str]]:
        with contextlib.suppress(BlockingIOError):
            while True:
                self.came.append(self._socket.recv(4096).decode().splitlines())
        return self.came

    def told(self, *lines: str) -> list[str]:
        """Waits for a message with these lines, or lines that begin so."""

        def found() -> list[str] | None:
            return next((m for m in self.read() if all(any(x.startswith(line) for x in m) for line in lines)), None)

        return until(found, lambda: f"{lines} in {self.came}")

    def close(self) -> None:
        self._socket.close()
        Path(self.path).unlink()


@pytest.fixture
def manager(tmp_path: Path) -> Iterator[Manager]:
    with closing(Manager(tmp_path)) as manager:
        yield manager


def _source(url: str) -> str:
    return f'[[source]]\nurl = "{url}"\n'


# ── What it is told ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_told_how_the_daemon_is_and_that_it_lives(house: House, world: World, manager: Manager) -> None:
    well, failing = world.plays("/well", Reply(body=rss(item(1)))), world.plays("/failing", Reply(500))
    house.write(SERVED + _source(well) + _source(failing))
    with house.daemon(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="300000") as running:
        manager.told("READY=1", "STATUS=2 sources, 0 failing, last round not yet")
        told = manager.told("WATCHDOG=1", "STATUS=2 sources, 1 failing, last round ")
        assert any(re.fullmatch(r"STATUS=2 sources, 1 failing, last round \d\d:\d\dZ", line) for line in told)
        before = len(manager.read())
        until(lambda: len([m for m in manager.read()[before:] if "WATCHDOG=1" in m]) > 2)
        assert running.stop() == 0
    manager.told("STOPPING=1")
    assert manager.read()[0] != ["READY=1"]


@pytest.mark.parametrize("config", [SERVED, "port = ["])
def test_a_reload_begins_and_ends(house: House, manager: Manager, config: str) -> None:
    """systemd compares the time with its own clock, and counts on READY=1 also where the config was wrong."""
    house.write(SERVED)
    with house.daemon(NOTIFY_SOCKET=manager.path) as running:
        manager.told("READY=1")
        house.write(config)
        before = len(manager.read())
        house.run("reload", status=0 if config == SERVED else 2)
        told = manager.told("RELOADING=1", "MONOTONIC_USEC=")
        assert told[1].removeprefix("MONOTONIC_USEC=").isdecimal()
        assert until(lambda: ["READY=1"] in manager.read()[before:])
        assert running.stop() == 0


def test_it_is_patient_while_tables_are_brought_up_to_date(house: House, manager: Manager) -> None:
    house.write(SERVED)
    house.run("once")
    with closing(sqlite3.connect(house.data / "aggregator.db", isolation_level=None)) as other:
        other.execute("DELETE FROM _sqlite_migrations WHERE name = 'remember_what_was_let_go'")
        other.execute("DROP TABLE let_go")
        other.execute("BEGIN IMMEDIATE")  # so the upgrade takes as long as we want
        variables = environment(NOTIFY_SOCKET=manager.path, WATCHDOG_USEC="300000")
        running = Running(house.argv("run"), variables, house.folder)
        try:
            manager.told("STATUS=bringing the database up to date", "EXTEND_TIMEOUT_USEC=120000000")
            assert not any("READY=1" in message or "WATCHDOG=1" in message for message in manager.read())
            other.execute("ROLLBACK")
            manager.told("READY=1")
            manager.told("WATCHDOG=1")
            assert running.stop() == 0
        finally:
            running.kill()


async def test_a_daemon_whose_rounds_hang_is_not_said_to_live(manager: Manager) -> None:
    lives = True
    status = "https://me:hunter2@a.example/"
    beating = asyncio.create_task(beat(lambda: "running", lambda: lives, lambda: status, manager.environ))
    await asyncio.to_thread(manager.told, "WATCHDOG=1")
    lives = False
    before = len(manager.read())
    await asyncio.to_thread(until, lambda: len(manager.read()) > before + 3)
    beating.cancel()
    assert not any("WATCHDOG=1" in message for message in manager.came[before:])
    assert not any("hunter2" in line for message in manager.came for line in message)


async def test_a_word_that_could_not_be_said_is_said_again_and_the_journal_hears_of_it_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    def failed(level: str) -> bool:
        return any(record.levelname == level for record in caplog.records)

    caplog.set_level("DEBUG")
    with closing(Manager(tmp_path)) as first:
        beating = asyncio.create_task(beat(lambda: "running", lambda: True, lambda: "fine", first.environ))
        await asyncio.to_thread(first.told, "WATCHDOG=1")
    await asyncio.to_thread(until, lambda: failed("WARNING") and failed("DEBUG"))  # more than once
    with closing(Manager(tmp_path)) as second:
        await asyncio.to_thread(second.told, "WATCHDOG=1")
    beating.cancel()
    assert len([record for record in caplog.records if record.levelname == "WARNING"]) == 1


async def test_a_status_is_one_line_and_any_text_can_be_one(manager: Manager) -> None:
    status = "\udcff: no\nWATCHDOG=1\nMAINPID=1"
    beating = asyncio.create_task(beat(lambda: "running", lambda: False, lambda: status, manager.environ))
    assert await asyncio.to_thread(manager.told, "STATUS=") == ["STATUS= : no WATCHDOG=1 MAINPID=1"]
    beating.cancel()


async def test_whom_systemd_did_not_start_tells_it_nothing() -> None:
    await asyncio.wait_for(beat(lambda: "running", lambda: True, lambda: "fine", {}), 5)


def test_the_watchdog_is_for_the_process_that_it_was_set_for() -> None:
    assert watchdog({"WATCHDOG_USEC": "600000000"}, 7) == 600
    assert watchdog({"WATCHDOG_USEC": "600000000", "WATCHDOG_PID": "7"}, 7) == 600
    for odd in (
        {},
        {"WATCHDOG_USEC": "600000000", "WATCHDOG_PID": "8"},
        {"WATCHDOG_USEC": "x"},
        {"WATCHDOG_USEC": "-1"},
    ):
        assert watchdog(odd, 7) == 0


# ── The unit ─────────────────────────────────────────────────────────────────────────────────────────────────────────

MOST_EXPOSED = 2.5


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_is_sandboxed() -> None:
    done = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", UNIT],
        capture_output=True, encoding="utf-8", check=False, env={**os.environ, "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    exposure = re.search(r"Overall exposure level for aggregator\.service: ([0-9.]+)", done.stdout)
    assert exposure, done.stdout + done.stderr
    assert float(exposure[1]) <= MOST_EXPOSED, done.stdout


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_the_unit_has_no_mistake(tmp_path: Path) -> None:
    """Of its program, which isn't installed at that place, it is told nothing."""
    unit = tmp_path / "aggregator.service"
    unit.write_text(UNIT.read_text("utf-8").replace("/opt/aggregator/bin/aggregator", "/bin/true"), "utf-8")
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", unit],
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert [line for line in done.stderr.splitlines() if "aggregator.service" in line] == []


def settings() -> dict[str, list[str]]:
    """The unit's [Service] section: what each key is set to, one after the other."""
    found: dict[str, list[str]] = {}
    for line in UNIT.read_text("utf-8").partition("[Service]")[2].partition("\n[")[0].splitlines():
        if "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


def allowed() -> set[str]:
    """The system calls that the unit lets through, by name: what SystemCallFilter= adds and takes away, in order."""
    names: set[str] = set()
    for value in settings()["SystemCallFilter"]:
        each = {name for group in value.removeprefix("~").split() for name in members(group)}
        names = names - each if value.startswith("~") else names | each
    return names


def members(group: str) -> set[str]:
    """The calls of a group, those of the groups in it, too."""
    done = subprocess.run(
        ["systemd-analyze", "syscall-filter", "--no-pager", group], capture_output=True, encoding="utf-8", check=True
    )
    names = [line.strip() for line in done.stdout.splitlines()[1:] if line.strip() and not line.strip().startswith("#")]
    return {found for name in names for found in (members(name) if name.startswith("@") else {name})}


@pytest.mark.slow
@pytest.mark.skipif(
    not shutil.which("systemd-analyze") or not shutil.which("strace"), reason="systemd or strace is not installed"
)
def test_all_that_the_daemon_and_its_processes_ask_of_the_kernel_is_let_through(
    house: House, world: World, tmp_path: Path
) -> None:
    house.write(SERVED + _source(world.plays("/f", Reply(body=rss(item(1))))))
    if not can_trace():
        pytest.skip(f"{CANT}: no process may be traced")
    calls = tmp_path / "calls"
    running = Running(
        ["strace", "-f", "-qq", "-c", "-U", "name", "-o", str(calls), *house.argv("run")], environment(), house.folder
    )
    try:
        running.printed("Subscribe to:")
        running.logged(": 1 new$")
        assert until(lambda: running.get("/feed.json").body.count(b'"id"') == 1)
        os.kill(house.json("status")["daemon"]["pid"], signal.SIGTERM)
        running.process.wait(DEADLINE)
    finally:
        running.kill()
    asked = {line.strip() for line in calls.read_text().splitlines() if re.fullmatch(r"[a-z_0-9]+", line.strip())}
    assert {"openat", "bind", "execve", "prlimit64"} <= asked
    if os.geteuid() == 0:
        asked.discard("fchown")  # SQLite's, and root's alone: its log is to belong to whom the database does
    assert asked - allowed() - {"syscall", "total"} == set()


_NO_CODE_IS_MADE = """
import ctypes, os, sys
PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN = 65, 1
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0):
    sys.exit(77)
os.execv(sys.argv[1], sys.argv[1:])
"""


def test_it_makes_no_memory_executable(house: House, world: World) -> None:
    """What MemoryDenyWriteExecute= forbids, the kernel itself can forbid (prctl(2), Linux 6.3)."""
    house.write(SERVED + _source(world.plays("/f", Reply(body=rss(item(1))))))
    done = subprocess.run(
        [sys.executable, "-c", _NO_CODE_IS_MADE, *house.argv("once", "--json")],
        capture_output=True, encoding="utf-8", env=environment(), cwd=house.folder, check=False,
    )  # fmt: skip
    if done.returncode == 77:
        pytest.skip(f"{CANT}: this kernel can't forbid it")
    assert json.loads(done.stdout)["entries_new"] == 1, done.stderr
