"""What systemd is told by a service of Type=notify (sd_notify(3)): that it runs, what it is at, and that it lives."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
from collections.abc import Callable, Mapping

from aggregator.text.characters import printable
from aggregator.text.secrets import shown_in

log = logging.getLogger(__name__)
_PAUSE = 10.0  # seconds between two words to systemd, or less where it wants to hear us more often
_PATIENCE = 120.0  # seconds that it is asked to wait from now


def notify(*lines: str, level: int = logging.WARNING, environ: Mapping[str, str] = os.environ) -> bool:
    """Tell systemd, where it started us; tell whether it could be told, and if not, log why at this level.

    A line stays one: what is in it can't be taken for another word to systemd.
    """
    address = environ.get("NOTIFY_SOCKET", "")
    if not address:
        return False
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock:
            sock.connect("\0" + address[1:] if address.startswith("@") else address)
            sock.sendall("\n".join(map(printable, lines)).encode(errors="replace"))
    except OSError as error:
        log.log(level, "%s: systemd can't be told %s: %s", address, lines[0], error.strerror)
        return False
    return True


def reloading() -> None:
    """Tell that the config is being read; READY=1 ends it."""
    notify("RELOADING=1", f"MONOTONIC_USEC={time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")


def watchdog(environ: Mapping[str, str], pid: int) -> float:
    """Return within how many seconds systemd wants to hear that we live (WatchdogSec=); 0 where it doesn't."""
    try:
        seconds = int(environ.get("WATCHDOG_USEC", "")) / 1e6
        meant = int(environ.get("WATCHDOG_PID", pid))
    except ValueError:
        return 0
    return max(seconds, 0) if meant == pid else 0


async def beat(
    phase: Callable[[], str],
    lives: Callable[[], bool],
    status: Callable[[], str],
    environ: Mapping[str, str] = os.environ,
) -> None:
    """Tell systemd for ever how we are: in the `phase` "running" that we live, while we do, and else to be patient.

    Where it didn't start us, that ends at once; a word that couldn't be said is said again the next time.
    To bring tables up to date, to publish first and to store what came last may take longer than it waits by itself.
    What hangs, and a loop that stands still, is ended and started anew by systemd.
    """
    interval = watchdog(environ, os.getpid())
    pause = min(interval / 3, _PAUSE) if interval else _PAUSE
    patience = f"EXTEND_TIMEOUT_USEC={int(_PATIENCE * 1e6)}"
    is_told = True
    while environ.get("NOTIFY_SOCKET"):
        at = phase()
        level = logging.WARNING if is_told else logging.DEBUG  # once is enough where nobody listens for years
        if at == "running":
            lines = [f"STATUS={shown_in(status())}", *(["WATCHDOG=1"] if lives() else [])]
        else:
            lines = [f"STATUS={at}", patience]
        is_told = notify(*lines, level=level, environ=environ)
        await asyncio.sleep(pause)
