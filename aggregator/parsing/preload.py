"""What the process that forks the parsing ones imports first: it leaves word of its own trouble to whoever started it.

Where no process can be forked, no memory be had or a lock is gone, that one gets to know it, and says it in one line;
the fork server and each of its children would print a traceback beside. A bug still is one.
"""

from __future__ import annotations

import sys
from types import TracebackType

_SURROUNDINGS = (OSError, EOFError, MemoryError)


def _tell_bugs(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if not issubclass(kind, _SURROUNDINGS):
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _tell_bugs
