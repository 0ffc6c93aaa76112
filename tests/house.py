"""An installation of the test's own: a config, a data folder, and the real command line over them."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeVar
from unittest.mock import patch

from aggregator.cli import main

ROOT = Path(__file__).parents[1]
DEADLINE = 30.0  # seconds that anything may take on a machine that does much else
POLLING = '[polling]\nallow_networks = ["127.0.0.0/8"]\nworkers = 1\nmin_interval = "1s"\n'
SERVED = f"{POLLING}[serve]\nport = 0\n"
T = TypeVar("T")
CANT = "this machine can't do it"
"""How the reason begins for which a test may skip in CI, too: a part that nobody can install."""


@dataclass
class House:
    """One installation."""

    folder: Path

    @property
    def config(self) -> Path:
        return self.folder / "aggregator.toml"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def write(self, text: str) -> None:
        """Makes this the config."""
        self.config.write_text(text, "utf-8")

    def argv(self, *arguments: str) -> list[str]:
        """The command line of a command over this installation."""
        options = ["--config", str(self.config), "--data-dir", str(self.data)]
        return [sys.executable, "-m", "aggregator", *arguments, *options]

    def run(self, *arguments: str, status: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        """Runs a command to its end; its exit status must be `status`, and never a traceback in what it prints."""
        settle(self.folder)
        done = subprocess.run(  # noqa: PLW1510  the status is compared below
            self.argv(*arguments),
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=110,
            env=environment(**variables),
            cwd=self.folder,
        )
        assert "Traceback" not in done.stderr, done.stderr
        assert done.returncode == status, done.stdout + done.stderr
        return done

    def json(self, *arguments: str) -> Any:
        """What a command with --json prints."""
        return json.loads(self.run(*arguments, "--json").stdout)

    def entries(self) -> list[dict[str, Any]]:
        """Every entry stored."""
        return [json.loads(line) for line in self.run("export", "--jsonl").stdout.splitlines()]

    @contextmanager
    def daemon(self, *arguments: str, **variables: str) -> Iterator[Running]:
        """`aggregator run`, from its announcement on; killed at the end, should it still run."""
        running = Running(self.argv("run", *arguments), environment(**variables), self.folder)
        try:
            running.printed("Subscribe to:")
            yield running
        finally:
            running.kill()


class QuickHouse(House):
    """One whose commands run in this process, a tenth of the time; those that start workers have their own as ever."""

    def run(self, *arguments: str, status: int = 0, **variables: str) -> subprocess.CompletedProcess[str]:
        if variables or arguments[0] in {"once", "run"}:
            return super().run(*arguments, status=status, **variables)
        argv = self.argv(*arguments)
        out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", "replace", write_through=True) for _ in range(2))
        with (
            patch.object(sys, "argv", argv[2:]),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                main()
                code: object = 0
            except SystemExit as ended:
                code = ended.code
        shown, told = (stream.buffer.getvalue().decode() for stream in (out, err))  # type: ignore[attr-defined]
        assert code == status, shown + told
        return subprocess.CompletedProcess(argv, status, shown, told)


class Running:
    """A process under way, with what it has printed so far."""

    def __init__(self, argv: list[str], env: dict[str, str], folder: Path) -> None:
        self.process = subprocess.Popen(
            argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=folder, start_new_session=True
        )
        self.out: list[str] = []
        self.log: list[str] = []
        pipes: list[tuple[IO[bytes] | None, list[str]]] = [
            (self.process.stdout, self.out),
            (self.process.stderr, self.log),
        ]
        self._readers = [threading.Thread(target=_collect, args=pair, daemon=True) for pair in pipes]
        for reader in self._readers:
            reader.start()

    def printed(self, pattern: str) -> re.Match[str]:
        """Waits for a line on standard output in which the pattern is found."""
        return self._found(pattern, self.out)

    def logged(self, pattern: str) -> re.Match[str]:
        """Waits for a line on standard error in which the pattern is found."""
        return self._found(pattern, self.log)

    def _found(self, pattern: str, lines: list[str]) -> re.Match[str]:
        def search() -> re.Match[str] | None:
            found = next(filter(None, (re.search(pattern, line) for line in list(lines))), None)
            assert found or self.process.poll() is None or any(r.is_alive() for r in self._readers), self._all()
            return found

        return until(search, lambda: f"{pattern!r} in: {self._all()}")

    def _all(self) -> str:
        return "\n".join([*self.out, "-- log:", *self.log])

    @property
    def port(self) -> int:
        return int(self.printed(r"Serving http://.*:(\d+)/")[1])

    def get(self, path: str, method: str = "GET", **headers: str) -> Got:
        """One request; "_" in a header's name stands for "-"."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        try:
            connection.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            response = connection.getresponse()
            return Got(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    def send(self, number: int) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Waits for the process; its exit status. All it printed has been read, and there was no traceback in it."""
        try:
            status = self.process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.send(signal.SIGABRT)  # faulthandler tells where its threads stand
            status = self.process.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        assert status != -signal.SIGABRT, f"it did not end: {self._all()}"
        assert not any("Traceback" in line for line in self.log), self._all()
        return status

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.send(number)
        return self.ended()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)
        for reader in self._readers:
            reader.join(DEADLINE)
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe:
                pipe.close()


@dataclass(frozen=True)
class Got:
    """What was answered; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def _collect(pipe: IO[bytes], lines: list[str]) -> None:
    for line in pipe:  # at once: somebody waits for it
        lines.append(line.decode("utf-8", "replace").rstrip("\n"))  # noqa: PERF401


def until(condition: Callable[[], T | None], otherwise: Callable[[], str] = lambda: "it did not come true") -> T:
    """Waits for the condition to give something true, and gives that."""
    deadline = time.monotonic() + DEADLINE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(otherwise())


def can_trace() -> bool:
    """Whether strace may look at a process here."""
    command = shutil.which("strace")
    probe = [str(command), "-f", "--seccomp-bpf", "-o", os.devnull, "true"]
    return command is not None and subprocess.run(probe, capture_output=True, check=False).returncode == 0


def settle(folder: Path) -> None:
    """Makes the files under the folder look as if written a while ago: what is being written is waited for."""
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a daemon replaces its files meanwhile
            about = path.lstat()
            if stat.S_ISREG(about.st_mode) and time.time() - about.st_mtime < 3:
                os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns - 5_000_000_000))


def environment(**more: str) -> dict[str, str]:
    """The test's environment, with the checkout importable and no config of the machine's."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AGGREGATOR_") and k != "STATE_DIRECTORY"}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONFAULTHANDLER": "1"} | more
