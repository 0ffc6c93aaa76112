"""What happens in one of the processes that parse and refine: a document → its feed and its new entries, in bounds.

It imports as little as it can: every process that is started waits for that.
"""

from __future__ import annotations

import gc
import logging
import os
import resource
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from aggregator.model import Arrival, Bounds, Document, Feed
from aggregator.parse import parse
from aggregator.parsing import allocator
from aggregator.refine import channel, refine, withheld
from aggregator.refine.limit import cut, fit

_NICE = 5  # whoever asks the daemon for a feed need not wait for the feeds that it reads


def begin(memory: int) -> None:
    """Prepare a process that has just started: it may take `memory` more bytes than it has."""
    with suppress(OSError):  # where a sandbox forbids it, it competes with the daemon
        os.nice(_NICE)
    # trafilatura tells the terminal of every page it makes nothing of; the visit says what became of it.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    statm = Path("/proc/self/statm")
    if statm.exists():  # Linux
        pages = int(statm.read_text().split()[0])
        _limit(resource.RLIMIT_AS, pages * resource.getpagesize() + memory)


def _limit(what: int, most: int) -> None:
    """Set a limit of this process, unless the operator has set a lower one for all of us."""
    _, hard = resource.getrlimit(what)
    resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def work(
    document: Document, known: frozenset[bytes], outline: bytes, limits: Bounds, now: int
) -> tuple[Feed, tuple[Arrival, ...]]:
    """Return the document's feed (without entries) and those of its entries that aren't known, refined.

    `outline` is what was remembered of the document last. A process that takes longer than the limit gets SIGXCPU.
    """
    try:
        return _worked(document, known, outline, limits, now)
    finally:
        if len(document.body) >= allocator.LARGE:
            gc.collect()
            allocator.give_back()


def _worked(
    document: Document, known: frozenset[bytes], outline: bytes, limits: Bounds, now: int
) -> tuple[Feed, tuple[Arrival, ...]]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    _limit(resource.RLIMIT_CPU, int(used.ru_utime + used.ru_stime) + limits.parse_time + 1)
    # The operator's own files may be as long as what is kept of them; a stranger's feed only as long as a feed is.
    feed = cut(parse(document, known, limits.kept if document.is_file else limits.entries, outline), limits)
    feed = withheld(feed, now)
    arrivals, notes = fit(refine(feed, document, now), limits)
    return channel(replace(feed, cut=(*feed.cut, *notes)), document), arrivals
