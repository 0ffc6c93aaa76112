"""What letting go costs in a large database: how long readers, and whoever wants to write, wait beside it.

    python tests/benchmarks/retention.py [--size 300000] [--folder FOLDER] [--seconds 20]

The database is made in the folder, of stories like those of publishing.py, unless it is there already. Told are the
milliseconds, median and longest, that a river's first page and an order to the writer took, while nothing else was
done and while entries were let go; and how many entries went a second.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

from publishing import delivery, entry
from sqlite_utils import Database

from aggregator.config import parse
from aggregator.model import Entry, Source
from aggregator.store import database, search, selection, sources
from aggregator.store import entries as stories
from aggregator.store.conditions import Selection
from aggregator.tidying import Tidied, Tidying

SOURCES = 2000
NOW = 1_767_355_200
_KEYS = [f"https://site{n}.example/feed" for n in range(SOURCES)]
_EACH = 5000  # stories that are stored as they come; the others are copies of these, as far as SQL can tell
_DAY = 86400


def build(folder: Path, size: int) -> None:
    """Make the database. The larger a source's number, the less it has; the oldest are those that were stored last, and
    only the oldest tenth are whole articles: of all of them it would take an hour."""
    store = database.Writer(folder)
    store.now(sources.register, [Source(key) for key in _KEYS])
    for at in range(0, 2 * _EACH, 1000):
        made = [_article(number) for number in range(at, at + 1000)]
        store.now(stories.commit, [delivery(_KEYS[n], made[n::100]) for n in range(100)], 10**9)
    for number in range(2, size // _EACH):
        began = time.perf_counter()
        store.now(_again, number, is_old=number * _EACH >= 0.9 * size)
        print(f"{(number + 1) * _EACH:,} stories, {time.perf_counter() - began:.1f} s", flush=True)
    store.now(_list)
    store.close()


def _article(number: int) -> Entry:
    made = entry(number)
    return made if number >= _EACH else replace(made, content=made.content[:600])


def _again(stored: Database, number: int, *, is_old: bool) -> None:
    first = _EACH if is_old else 0
    values = {"by": number * _EACH - first, "n": number, "back": number * 7 * _DAY, "after": first}
    values |= {"upto": first + _EACH, "sources": SOURCES}
    other = {
        "id": "id + :by",
        "story": "story + :by",
        "guid": "guid || '-' || :n",
        "hash": "randomblob(8)",
        "source": "1 + abs(random() % 1000) * abs(random() % 1000) * :sources / 1000000",
        "url": "url || '-' || :n",
        "text_hash": "text_hash + :n",
        "published": "published - :back",
        "seen": "seen - :back",
    }
    columns = [row[1] for row in stored.execute("PRAGMA table_info(entry)")]
    chosen = ", ".join(other.get(column, column) for column in columns)
    these = "id > :after AND id <= :upto"
    statements = (
        f"""INSERT INTO story (id, urn, published, updated)
            SELECT id + :by, 'urn:uuid:' || printf('%08x', :n) || substr(urn, 18), published - :back, updated - :back
            FROM story WHERE {these}""",
        f"INSERT INTO entry ({', '.join(columns)}) SELECT {chosen} FROM entry WHERE {these}",
        "INSERT INTO feature SELECT hash, entry + :by FROM feature WHERE entry > :after AND entry <= :upto",
        "DELETE FROM river_change",
    )
    with stored.atomic():
        for sql in statements:
            stored.execute(sql, {name: value for name, value in values.items() if f":{name}" in sql})
        search.index_these(stored, range(number * _EACH + 1, (number + 1) * _EACH + 1))


def _list(stored: Database) -> None:
    """Have each source list its last fifty."""
    with stored.atomic():
        for (row,) in stored.execute("SELECT id FROM source").fetchall():
            sql = "SELECT hash FROM entry WHERE source = ? ORDER BY published DESC LIMIT 50"
            hashes = b"".join(digest for (digest,) in stored.execute(sql, [row]))
            sql = """INSERT OR REPLACE INTO document (source, name, etag, last_modified, validators_from, body_hash,
                stamp, entry_hashes, outline, error) VALUES (?, '', '', '', '', x'', '', ?, x'', '')"""
            stored.execute(sql, [row, hashes])


async def _waits(ask: Callable[[], Any], waited: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await ask()
        waited.append((time.perf_counter() - began) * 1000)
        await asyncio.sleep(0.02)


async def measure(folder: Path, oldest: int, seconds: float) -> None:
    """Let go what is older than that for so long, and look how long others wait."""
    store = database.Writer(folder)
    config = parse(f'[storage]\nkeep_age = "{(NOW - oldest) // _DAY}d"\n', folder / "aggregator.toml")

    def page() -> list[int]:
        with database.reading(folder) as connection:
            return selection.newest(connection, Selection(), 50)

    def order(stored: Database) -> None:
        stored.execute("SELECT 1")

    async def beside(work: Callable[[], Any]) -> tuple[Any, list[float], list[float]]:
        pages: list[float] = []
        orders: list[float] = []
        tasks = [
            asyncio.create_task(_waits(lambda: asyncio.to_thread(page), pages)),
            asyncio.create_task(_waits(lambda: store.later(order), orders)),
        ]
        done = await work()
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        return done, pages, orders

    def told(waited: list[float]) -> str:
        late = sorted(waited)[len(waited) * 99 // 100]
        return f"median {median(waited):.1f}, 99 % {late:.1f}, longest {max(waited):.1f}"

    _, pages, orders = await beside(lambda: asyncio.sleep(seconds / 2))
    print(f"alone:         a page {told(pages)} · an order {told(orders)}")
    began = time.perf_counter()
    work = Tidying(config, folder, store, NOW, seconds, lambda: None)
    tidied: Tidied
    tidied, pages, orders = await beside(work.tidy)
    took = time.perf_counter() - began
    print(f"while tidying: a page {told(pages)} · an order {told(orders)}")
    print(f"{tidied.entries:,} entries went in {took:.1f} s")
    store.close()


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=300_000)
    options.add_argument("--folder", type=Path, required=True)
    options.add_argument("--seconds", type=float, default=20)
    chosen = options.parse_args()
    if not (chosen.folder / database.NAME).exists():
        build(chosen.folder, chosen.size)
    with database.reading(chosen.folder) as stored:
        sql = "SELECT min(published), max(published), count(*) FROM story"
        first, last, count = stored.execute(sql).fetchone()
    print(f"{count:,} stories, {(chosen.folder / database.NAME).stat().st_size / 1e9:.2f} GB")
    asyncio.run(measure(chosen.folder, first + (last - first) // 10, chosen.seconds))


if __name__ == "__main__":
    main()
