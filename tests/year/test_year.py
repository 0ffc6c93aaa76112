"""A year in the life of an installation with 200 sources, under a clock that jumps from one round to the next.

The schedule, the visits, the parsing, the store and the publishing are the real ones; only the sites are a script.
`AGGREGATOR_YEAR=2` has another one written.
"""

from __future__ import annotations

import ctypes
import json
import logging
import os
import time
from contextlib import suppress
from pathlib import Path

import pytest
import rules
from sqlite_utils import Database

from aggregator.policy.retention import KEEP_VISITS
from tests.year.audit import Audit
from tests.year.driver import KEPT, STEP, Year
from tests.year.manners import breaches
from tests.year.script import written
from tests.year.world import DAY, HOUR, MONTH, START

SEED = int(os.environ.get("AGGREGATOR_YEAR", "1"))
LONGEST = 3 * DAY + HOUR + STEP  # max_interval, what it is spread by, and what a round takes
DOWN = [(START + 20 * DAY + 5 * HOUR, START + 20 * DAY + 17 * HOUR)]  # our own line
MORE = 24 << 20  # bytes of memory that the second half of the year may take


def resident() -> int:
    """Bytes of memory that this process has in use; 0 where nobody tells.

    What is free goes back to the system first: each thread has an arena of its own, and a busy machine more threads.
    """
    with suppress(AttributeError, OSError):  # not glibc
        ctypes.CDLL(None).malloc_trim(0)
    statm = Path("/proc/self/statm")  # Linux
    return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") if statm.exists() else 0


@pytest.mark.slow
async def test_a_week_of_two_hundred_sources(tmp_path: Path) -> None:
    await lived(tmp_path, [7 * DAY])


@pytest.mark.long
@pytest.mark.timeout(1200)
async def test_a_year_of_two_hundred_sources(tmp_path: Path) -> None:
    memory = await lived(tmp_path, [month * MONTH for month in range(1, 13)])
    assert memory[-1] - memory[5] < MORE, [size >> 20 for size in memory]


async def lived(folder: Path, ends: list[int]) -> list[int]:
    """Live to each of these seconds, and look whether all is well; how much memory it took then."""
    logging.getLogger("aggregator").setLevel(logging.ERROR)  # what fails is told by the thousand
    began = time.process_time()
    sources = written(SEED)
    year = Year(sources, folder, DOWN)
    audit = Audit(sources, DOWN, LONGEST)
    memory: list[int] = []
    try:
        for end in ends:
            await year.live(START + end, lambda engine: engine.store.now(audit.look, year.now))
            assert audit.faults == [], f"after {end // DAY} days"
            memory.append(resident())
    finally:
        logging.getLogger("aggregator").setLevel(logging.NOTSET)

    assert len(sources) == 200
    assert list(breaches(sources, year.sites, LONGEST, year.now)) == []
    await year.live(year.now, lambda engine: engine.store.now(tidied, year.now))
    published(year)
    print(f"{year.rounds} rounds, {len(audit.titles)} entries, {time.process_time() - began:.0f} s of CPU")
    return memory


def tidied(database: Database, now: int) -> None:
    """What retention says holds, and the file is sound and has no more room than it needs."""
    (oldest, most) = database.execute(
        "SELECT (SELECT min(at) FROM visit), (SELECT max(n) FROM (SELECT count(*) AS n FROM entry GROUP BY source))"
    ).fetchone()
    assert oldest >= now - KEEP_VISITS - DAY
    assert most <= KEPT
    assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    nobodys = {row[0] for row in database.execute("SELECT id FROM incident WHERE source = 0")}  # our own line's
    orphans = database.execute("PRAGMA foreign_key_check").fetchall()
    assert [row[:2] for row in orphans if row[0] != "incident" or row[1] not in nobodys] == []
    (free, pages) = (database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("freelist_count", "page_count"))
    assert free < pages // 5
    assert database.execute("SELECT count(*) FROM let_go").fetchone()[0] < 200 * 30
    empty = "SELECT count(*) FROM story WHERE id NOT IN (SELECT story FROM entry)"
    assert database.execute(empty).fetchone() == (0,)


def published(year: Year) -> None:
    """The outputs are valid, and say each story once."""
    public = year.data / "public"
    for suffix in ("xml", "atom"):
        complaints = rules.broken((public / f"feed.{suffix}").read_bytes(), year.now)
        assert [each for each in complaints if "prev-archive" not in each] == []  # RFC 5005's, and not in its list
    items = json.loads((public / "feed.json").read_bytes())["items"]
    assert len(items) == len({item["id"] for item in items}) == 50
