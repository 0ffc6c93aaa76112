"""What it costs to store what comes in a large database, beside the same in a small one; prints one table.

    python tests/benchmarks/storing.py [--sizes 10000,1000000] [--rounds 30] [--folder FOLDER]

Each round commits 500 new articles of 250 sources to each database in turn; told are the milliseconds of the writer's
thread an article, the median of all rounds, and of what SQLite wrote meanwhile the kilobytes. The databases are made in
the folder, unless they are there already: 1,000,000 articles take half an hour and five gigabytes. What is
stored has the sizes of real articles and was indexed in groups as if it had come so, but its words mean nothing.
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any
from uuid import UUID

from sqlite_utils import Database

from aggregator.model import Delivery, Document, DocumentState, Entry, Feed, Outcome, Source, SourceState, Visit
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import database, entries, search, sources
from aggregator.store.packing import pack

NOON = 1_767_355_200
SOURCES = 2000
EACH = 250  # sources that bring something in a round,
NEW = 2  # and what each brings
FEATURES = 18
_KEYS = [f"https://site{n}.example/feed" for n in range(SOURCES)]


class Words:
    """Texts of about 2.5 kB: a few words often and most seldom, and no five in a row come again."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        lexicon = random.Random(0)
        letters = "etaoinshrdlu"
        words = ["".join(lexicon.choices(letters, k=lexicon.randint(2, 9))) for _ in range(50_000)]
        weights = [1 / rank for rank in range(1, len(words) + 1)]
        picked = lexicon.choices(words, weights, k=80_000)
        self._rows = [" ".join(picked[at : at + 4]) for at in range(0, len(picked), 4)]

    def text(self) -> str:
        rows = self._random.choices(self._rows, k=90)
        return " ".join(f"{row} {self._random.randrange(1_000_000)}" for row in rows)

    def number(self, bits: int) -> int:
        return self._random.getrandbits(bits)


def build(folder: Path, size: int) -> None:
    """Make a database of so many articles."""
    folder.mkdir(parents=True)
    store = database.Writer(folder)
    store.now(sources.register, [Source(key) for key in _KEYS])
    words, began = Words(1), time.perf_counter()
    for at in range(0, size, 500):
        store.now(_add, at, words)
        if at % 50_000 == 0:
            print(f"{at:,} articles, {time.perf_counter() - began:.0f} s", flush=True)
    store.now(_settle)
    store.close()


def _settle(stored: Database) -> None:
    """Have the sources be no new ones, which list old articles."""
    with stored.atomic():
        stored.execute("UPDATE source SET backlogged = 1")


def _add(stored: Database, after: int, words: Words) -> None:
    with stored.atomic():
        for table, rows in (("story", _stories(after)), ("entry", _entries(after, words))):
            listed = list(rows)
            marks = ", ".join(f":{name}" for name in listed[0])
            stored.conn.executemany(f"INSERT INTO {table} ({', '.join(listed[0])}) VALUES ({marks})", listed)
        features = [(words.number(32) - (1 << 31), after + n) for n in range(1, 501) for _ in range(FEATURES)]
        stored.conn.executemany("INSERT OR IGNORE INTO feature (hash, entry) VALUES (?, ?)", sorted(features))
        search.index_these(stored, range(after + 1, after + 501))
        stored.execute("DELETE FROM river_change")


def _stories(after: int) -> Iterator[dict[str, Any]]:
    for number in range(after + 1, after + 501):
        urn = UUID(int=random.Random(number).getrandbits(128), version=5).urn
        yield {"id": number, "urn": urn, "published": NOON - 10_000_000 + number, "updated": NOON}


def _entries(after: int, words: Words) -> Iterator[dict[str, Any]]:
    for number in range(after + 1, after + 501):
        text = words.text()
        data, packed = pack(f'{{"guid": "{number}", "title": "{text[:50]}", "content": "<p>{text}</p>"}}', text)
        url = f"//site{number % SOURCES}.example/{words.number(40)}"
        yield {
            "id": number, "source": 1 + number % SOURCES, "document": "", "guid": str(number), "url": url,
            "hash": words.number(64).to_bytes(8, "big"), "story": number, "joined": "new", "score": 0.0, "passage": "",
            "length": 0, "nearest": 0, "why": "", "heading": text[:50], "text_hash": words.number(62), "words": 450,
            "seen": NOON, "published": NOON - 10_000_000 + number, "language": "en", "backlog": 0, "title": text[:50],
            "author": f"Author {number % 500}", "text": packed, "data": data,
        }  # fmt: skip


def deliveries(words: Words, number: int) -> list[Delivery]:
    """What comes in a round."""
    made = []
    for n in range(EACH):
        key = _KEYS[(number * EACH + n) * 7 % SOURCES]
        listed = tuple(identify([_article(words, key) for _ in range(NEW)]))
        arrivals = refine(Feed(entries=listed), Document("", b"", base=key), NOON)
        visit = Visit(key, NOON, Outcome.OK)
        made.append(Delivery(key, visit, SourceState(), {"": DocumentState()}, None, "", arrivals))
    return made


def _article(words: Words, key: str) -> Entry:
    guid, text = f"new-{words.number(60)}", words.text()
    return Entry(guid, text[:50], f"{key}/{guid}", content=f"<p>{text}</p>", published=NOON)


def _commit(stored: Database, group: list[Delivery]) -> tuple[float, float]:
    began, cpu = time.perf_counter(), time.thread_time()
    entries.commit(stored, group, 10**9)
    return time.perf_counter() - began, time.thread_time() - cpu


def measure(folders: list[Path], rounds: int) -> list[tuple[float, float]]:
    """Return of each database the median seconds and CPU of a commit."""
    words, stores = Words(time.time_ns()), [database.Writer(folder) for folder in folders]
    spent: list[list[tuple[float, float]]] = [[] for _ in stores]
    for number in range(rounds):
        group = deliveries(words, number)
        for store, times in zip(stores, spent, strict=True):
            times.append(store.now(_commit, group))
    for store in stores:
        store.close()
    return [(median(wall for wall, _ in times), median(cpu for _, cpu in times)) for times in spent]


def main() -> None:
    """Runs what is asked for."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sizes", default="10000,1000000")
    asked.add_argument("--rounds", type=int, default=30)
    asked.add_argument("--folder", type=Path, help="where the databases are kept for another time")
    options = asked.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory(prefix="storing-") as scratch:
        kept = options.folder or Path(scratch) / "kept"
        folders = []
        for size in sizes:
            if not (kept / str(size)).exists():
                build(kept / str(size), size)
            folders.append(Path(scratch) / str(size))
            shutil.copytree(kept / str(size), folders[-1])
        table = measure(folders, options.rounds)
    print("articles".rjust(12), "ms an article".rjust(16), "CPU".rjust(10))
    for size, (wall, cpu) in zip(sizes, table, strict=True):
        print(f"{size:,}".rjust(12), f"{wall * 2:.3f}".rjust(16), f"{cpu * 2:.3f}".rjust(10))
    print(f"{table[-1][0] / table[0][0]:.2f} times, of CPU {table[-1][1] / table[0][1]:.2f} times; wanted: <= 1.15")


if __name__ == "__main__":
    main()
