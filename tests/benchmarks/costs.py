"""What a command costs with all the processes it starts: wall, CPU, memory. Linux only."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_PR_SET_CHILD_SUBREAPER = 36
_TICK = os.sysconf("SC_CLK_TCK")
_COMPILED_ANEW = "PYTHONDONTWRITEBYTECODE"  # where it is set, each start would compile all of ours again
SAMPLED = 0.1  # seconds between two looks at the memory: each look stops the processes for a millisecond


def adopt_orphans() -> None:
    """Makes processes whose parent ends ours to wait for.

    multiprocessing's fork server outlives the command that started it, and wait4 then tells nothing of its workers.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@dataclass(slots=True)
class Cost:
    """Seconds of wall time and CPU (the command's own process, all others), and the most memory of all at once."""

    wall: float = 0.0
    parent: float = 0.0
    others: float = 0.0
    peak: int = 0
    out: str = ""

    @property
    def cpu(self) -> float:
        return self.parent + self.others


@dataclass
class Watched:
    """A command under way, in a process group of its own."""

    argv: list[str]
    folder: Path
    env: dict[str, str] = field(default_factory=dict)
    peak: int = 0

    def __post_init__(self) -> None:
        self.started = time.time()
        self._begun = time.perf_counter()
        self.log = (self.folder / "log").open("ab")
        self.process = subprocess.Popen(
            self.argv,
            cwd=self.folder,
            env={**{name: value for name, value in os.environ.items() if name != _COMPILED_ANEW}, **self.env},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            start_new_session=True,
        )
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)
        self._sampler.start()

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLED):
            self.peak = max(self.peak, sum(_pss(pid) for pid in self.members()))

    def members(self) -> dict[int, float]:
        """The processes, and the seconds of CPU each has taken, its ended children's included."""
        found = {}
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                fields = (place / "stat").read_text().rpartition(")")[2].split()
                if int(fields[2]) == self.process.pid:
                    found[int(place.name)] = sum(map(int, fields[11:15])) / _TICK
        return found

    def wait(self) -> Cost:
        """Waits for its end, and for that of whatever it left behind."""
        assert self.process.stdout
        out = self.process.stdout.read().decode()
        _, status, used = os.wait4(self.process.pid, 0)
        wall = time.perf_counter() - self._begun
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self._ended.set()
        self._sampler.join()
        others = 0.0
        with contextlib.suppress(ChildProcessError):
            while True:
                others += _seconds(os.wait4(-self.process.pid, 0)[2])
        self.log.close()
        if self.process.returncode:
            log = (self.folder / "log").read_text(errors="replace")[-2000:]
            raise SystemExit(f"{' '.join(self.argv)} ended with {self.process.returncode}:\n{log}")
        return Cost(wall, _seconds(used), others, max(self.peak, used.ru_maxrss * 1024 if not self.peak else 0), out)

    def stop(self) -> Cost:
        """Has it end, as systemd would."""
        self.process.send_signal(signal.SIGTERM)
        return self.wait()


def run(argv: list[str], folder: Path, **env: str) -> Cost:
    """Runs a command to its end; ends the benchmark if that fails."""
    return Watched(argv, folder, env).wait()


def _seconds(used: Any) -> float:
    return float(used.ru_utime + used.ru_stime)


def _pss(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
