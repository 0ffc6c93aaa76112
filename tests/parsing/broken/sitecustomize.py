"""A machine that lacks what processes need: put on PYTHONPATH, it breaks this process as BROKEN names.

BROKEN is "what:file": it is broken for as long as the file exists.
"""

from __future__ import annotations

import os
import sys

_WHAT, _, _FILE = os.environ.get("BROKEN", "").partition(":")
_IN_SERVER = "multiprocessing.forkserver" in " ".join(sys.orig_argv)


def _is_broken() -> bool:
    return os.path.exists(_FILE)  # noqa: PTH110  pathlib is not to be loaded by every process


if _WHAT == "semaphores":  # a container without /dev/shm
    import _multiprocessing

    class _SemLock(_multiprocessing.SemLock):
        def __new__(cls, *args, **kwargs):
            if _is_broken():
                raise OSError(38, "Function not implemented")
            return super().__new__(cls, *args, **kwargs)

    _multiprocessing.SemLock = _SemLock

if _WHAT == "server" and _IN_SERVER and _is_broken():  # killed for want of memory
    os._exit(1)

if _WHAT in {"fork", "memory", "start"} and _IN_SERVER:
    _fork = os.fork

    def _failing_fork() -> int:
        if _is_broken() and _WHAT == "fork":
            raise BlockingIOError(11, "Resource temporarily unavailable")
        if _is_broken() and _WHAT == "memory":
            raise MemoryError
        child = _fork()
        if child == 0 and _is_broken():
            os._exit(1)
        return child

    os.fork = _failing_fork

if _WHAT == "threads":
    import threading

    def _refused(*_args: object) -> int:
        raise RuntimeError("can't start new thread")

    _start = threading._start_new_thread

    def _start_new_thread(function, args, *rest):
        pools = any("pebble" in (frame or "") for frame in (_caller(depth) for depth in range(2, 8)))
        return _refused() if pools and _is_broken() else _start(function, args, *rest)

    def _caller(depth: int) -> str:
        try:
            return sys._getframe(depth).f_code.co_filename
        except ValueError:
            return ""

    threading._start_new_thread = _start_new_thread
