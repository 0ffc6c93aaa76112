"""What it costs to publish an output of 500 after one new story, in a small database and in a large one.

    python tests/benchmarks/publishing.py [--sizes 600,100000] [--rounds 20]

Each round stores one new story and publishes all three formats, over a connection of its own as the daemon does; the
files are written and flushed to the disk. The median is told, and beside it what writing all items anew costs and what
an output costs in which nothing changed; and what it takes to select 500 where the rules leave few: a share of each
source, a language that nothing is in, a word that nothing has.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aggregator import outbound
from aggregator.config import Config, OutputTable
from aggregator.model import Delivery, Document, DocumentState, Entry, Feed, Outcome, Person, Source, SourceState, Visit
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import conditions, database, rendered, sources
from aggregator.store import entries as stories
from aggregator.store.selection import newest

NOON = 1_767_355_200
FEW: dict[str, dict[str, Any]] = {
    "per_source": {"per_source": 3},
    "language": {"languages": ["gd"]},
    "word": {"match": "nowhere"},
}
FEEDS = [f"https://site{n}.example/feed" for n in range(100)]
WORDS = [
    "when",
    "the",
    "river",
    "rose",
    "that",
    "spring",
    "nobody",
    "in",
    "town",
    "had",
    "thought",
    "of",
    "moving",
    "their",
    "boats",
    "to",
    "the",
    "upper",
    "landing",
]


def entry(number: int) -> Entry:
    """An article of about 3 kB, like the mean one of real feeds."""
    said = " ".join(f"{WORDS[(number * 7 + n * n) % len(WORDS)]}{(number * 31 + n) % 9973}" for n in range(330))
    return Entry(
        str(number),
        f"What happened in place {number}",
        f"https://site{number % 100}.example/{number}",
        content="".join(f"<p>{said[at : at + 400]}</p>" for at in range(0, len(said), 400)),
        authors=(Person(f"Author {number % 50}"),),
        published=NOON - 500_000 + number,
        categories=("one", "two"),
    )


def delivery(key: str, entries: list[Entry]) -> Delivery:
    arrivals = refine(Feed(entries=tuple(identify(entries))), Document("", b"", base=key), NOON)
    return Delivery(key, Visit(key, NOON, Outcome.OK), SourceState(), {"": DocumentState()}, None, "", arrivals)


def milliseconds(act: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    result = act()
    return (time.perf_counter() - began) * 1000, result


def measure(size: int, rounds: int) -> dict[str, float]:
    config = Config(output=[OutputTable(name="feed", limit=500)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        store = database.Writer(folder)
        store.now(sources.register, [Source(key) for key in FEEDS])
        for at in range(0, size, 500):
            wanted = [entry(n) for n in range(at, min(at + 500, size))]
            by_feed = [delivery(key, wanted[f::100]) for f, key in enumerate(FEEDS)]
            store.now(stories.commit, by_feed, 10**9, by_text=False)

        def publish() -> outbound.Publication:
            with database.reading(folder) as stored:
                return outbound.publish_all(stored, config, folder, NOON)

        everything, made = milliseconds(publish)
        store.now(rendered.note, made.notes)
        again, noting, nothing = [], [], []
        for n in range(rounds):
            store.now(stories.commit, [delivery(FEEDS[n % 100], [entry(size + n)])], 10**9, by_text=False)
            took, made = milliseconds(publish)
            assert len(made.written) == 3
            again.append(took)
            noting.append(milliseconds(lambda made=made: store.now(rendered.note, made.notes))[0])
            nothing.append(milliseconds(publish)[0])
        few = {name: selecting(folder, **rules) for name, rules in FEW.items()}
        size_of = sum(path.stat().st_size for path in (folder / "public").glob("feed.*")) / 3e6
        store.close()
    return {
        "stories": size,
        "MB an edition": size_of,
        "all anew": everything,
        "one new story": statistics.median(again),
        "its noting (writer)": statistics.median(noting),
        "nothing new": statistics.median(nothing),
        **few,
    }


def selecting(folder: Path, **rules: Any) -> float:
    """The least of some times."""
    selection = conditions.selection_of(OutputTable(name="few", limit=500, **rules), (), NOON)
    with database.reading(folder) as stored:
        return min(milliseconds(lambda: newest(stored, selection, 500))[0] for _ in range(5))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--sizes", default="600,100000")
    options.add_argument("--rounds", type=int, default=20)
    chosen = options.parse_args()
    rows = [measure(int(size), chosen.rounds) for size in chosen.sizes.split(",")]
    print(" | ".join(rows[0]), "(ms)")
    for row in rows:
        print(" | ".join(f"{value:,.1f}".rjust(len(name)) for name, value in row.items()))
    print(f"large / small: {rows[-1]['one new story'] / rows[0]['one new story']:.2f}")


if __name__ == "__main__":
    main()
