"""What the pages cost, in a small database and in a large one: the seconds of processor time that a page takes to make.

    python tests/benchmarks/pages.py [--sizes 600,100000] [--rounds 9]

The medians are told, in milliseconds, and the bytes that are sent (brotli, as the server encodes). "First" is a page
none of whose stories was shown before, "after one" is one on which one story came; whoever asks for a page that is as
it was costs what a feed costs (serving.py). The last row is a publication of all that has become another.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import brotli
from publishing import FEEDS, NOON, delivery, entry

from aggregator import outbound
from aggregator.config import Config, OutputTable
from aggregator.model import Source
from aggregator.outbound import pages
from aggregator.outbound.pages import Read
from aggregator.render.html.filters import Filter
from aggregator.render.html.listing import Listing
from aggregator.store import database, rendered, sources
from aggregator.store import entries as stories
from aggregator.store.database import reading

AT_ONCE = 1000


class Bench:
    """A database of so many stories."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.config = Config(output=[OutputTable(name="feed"), OutputTable(name="other", categories=["c1"])])
        self.store = database.Writer(folder)
        self.store.now(sources.register, [Source(key, category=f"c{n % 10}") for n, key in enumerate(FEEDS)])
        self.count = 0
        while self.count < size:
            self.add(min(AT_ONCE, size - self.count))
        self.cards = outbound.Cards()
        while self.publish():
            pass

    def add(self, count: int) -> None:
        by_feed: dict[str, list[int]] = {}
        for number in range(self.count, self.count + count):
            by_feed.setdefault(FEEDS[number % 100], []).append(number)
        self.count += count
        self.store.now(stories.commit, [delivery(key, list(map(entry, few))) for key, few in by_feed.items()])

    def publish(self) -> bool:
        """Make what pages there is room for; tell whether more are to be made."""
        with reading(self.folder) as connection:
            made = outbound.publish_pages(connection, self.config, self.folder, NOON, self.cards)
        self.store.now(rendered.note, made.notes)
        return made.is_partial

    def page(self, read: Read) -> bytes:
        page = pages.answer(self.folder, self.config, "", read)
        assert page.status == 200
        return page.body

    def story(self) -> str:
        with reading(self.folder) as connection:
            urn: str = connection.execute("SELECT urn FROM story ORDER BY id DESC LIMIT 1").fetchone()[0]
        return urn.removeprefix("urn:uuid:")


def milliseconds(act: Callable[[], object], rounds: int, before: Callable[[], object] = lambda: None) -> float:
    took = []
    for _ in range(rounds):
        before()
        began = time.process_time()
        act()
        took.append((time.process_time() - began) * 1000)
    return statistics.median(took)


def measure(size: int, rounds: int) -> dict[str, str]:
    with tempfile.TemporaryDirectory() as name:
        bench = Bench(Path(name), size)
        config, cards = bench.config, outbound.Cards()
        bench.add(1)
        older = min(path.stem for path in (bench.folder / "public" / "feed").glob("2*.html"))

        def told(read: Callable[[], Read], before: Callable[[], object] = lambda: None) -> str:
            body = bench.page(read())
            took = milliseconds(lambda: bench.page(read()), rounds, before)
            return (
                f"{took:7.1f} ms {len(body) / 1000:6.0f} kB {len(brotli.compress(body, quality=5)) / 1000:5.1f} kB sent"
            )

        def asked(**what: str) -> Callable[[], Read]:
            return lambda: pages.asked(config, cards, "", Filter(**what), NOON, "")

        rows = {
            "front page, first": told(lambda: pages.newest(config, outbound.Cards(), "", NOON, "")),
            "front page, after one": told(lambda: pages.newest(config, cards, "", NOON, ""), lambda: bench.add(1)),
            "older page": told(lambda: pages.older(config, cards, "feed", older, NOON)),
            "by category": told(asked(category="c3")),
            "by source": told(asked(source="7")),
            "by language that none has": told(asked(language="cy")),
            "by day": told(asked(since="2025-12-31", until="2026-01-01")),
            "search, common word": told(asked(q="river12")),
            "search, rare words": told(asked(q='"place 17"')),
            "a story": told(lambda: pages.story(config, bench.story())),
            "sources": told(lambda: pages.sources(config, Listing.of({}), NOON)),
        }
        took = milliseconds(bench.publish, rounds, lambda: bench.add(1))
        rows["publication after one"] = f"{took:7.1f} ms"
        bench.store.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="600,100000")
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    for size in map(int, given.sizes.split(",")):
        print(f"{size} stories")
        for name, row in measure(size, given.rounds).items():
            print(f"  {name:28}{row}")


if __name__ == "__main__":
    main()
