"""How well the same article is recognised, and what that costs; prints one table.

    python tests/benchmarks/dedupe.py [--data ../shared/dedupe] [--sizes 10000,100000,1000000]
                                      [--only quality|replay|cost]

Quality: labelled articles go through the real pipeline, the made set (articles.jsonl.gz) and the real histories beside
it (real/). They are JSON Feed files, one a source, that grow in rounds of arrival order; `aggregator once --all` runs
after each round, and the stories that `aggregator export --jsonl` gives are compared with the labels, pair by pair. The
made set is gone through in 6 and in 20 rounds, and with every copy under the headline of some other article. "Wrong
among real" are wrong pairs of articles that nobody made for the set (tags orig and hard); "impure" are stories that
hold articles of several.

Replay: each feed of ../shared/corpus lists its entries one after the other, in a window of so many at a time. Every
entry has to be stored as one of its own; "joined" are the stories that hold several entries of one feed.

Cost: a store is filled with so many synthetic articles: rows like those of the labelled ones, with as many features,
but random ones. Then all labelled articles arrive in order, fifty a commit, through `store.stories.commit`; the
transaction is rolled back, so that each size is measured on the same terms. CPU time is the whole process's. "Off"
is a commit without likeness (`[dedupe] text = false`), and "likeness" what it adds to that: the fingerprint, look-up,
decision, and the insertion of features. "All" is the fingerprint and the whole commit, full-text index included.
Index bytes are the pages of the feature table (dbstat, or else those of a copy of it in the same order of insertion).

About 4 minutes on two slow cores with three sizes, and about 1.5 GB under $TMPDIR, which are removed.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import os
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from aggregator.model import (  # noqa: E402
    Arrival,
    Delivery,
    Document,
    DocumentState,
    Entry,
    Feed,
    Outcome,
    Source,
    SourceState,
    Visit,
)
from aggregator.parse.identity import identify  # noqa: E402
from aggregator.refine import dedupe, refine  # noqa: E402
from aggregator.store import entries as stories  # noqa: E402
from aggregator.store import packing, search, sources  # noqa: E402
from aggregator.store.database import Writer  # noqa: E402
from tests.corpus import documents, unpack  # noqa: E402
from tests.replay import histories, replayed  # noqa: E402

Article = dict[str, Any]
Pair = tuple[Article, Article]
NOW = 1_767_355_200
DELIVERED = 50  # arrivals a commit
SOURCES = 5000  # that the synthetic articles are from, those of the labelled ones among them
SLICE = 20_000  # synthetic articles a transaction
VERSION = "https://jsonfeed.org/version/1.1"


def main() -> None:
    """Runs what is asked for and prints the table."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--data", type=Path, default=ROOT.parent / "shared/dedupe")
    asked.add_argument("--sizes", type=lambda value: sorted(map(int, value.split(","))), default="10000,100000,1000000")
    asked.add_argument("--only", choices=["quality", "replay", "cost"])
    options = asked.parse_args()
    for name, *figures in table(options.data, options.sizes, options.only):
        print(name.ljust(42), *(figure.rjust(12) for figure in figures), flush=True)


def table(folder: Path, sizes: Sequence[int], only: str | None) -> Iterator[tuple[str, ...]]:
    """The table's rows, as they are known."""
    made = labelled(folder / "articles.jsonl.gz")
    if only in {None, "quality"}:
        for path in sorted((folder / "real").glob("*.jsonl.gz")):
            yield from quality(path.name.partition(".")[0], labelled(path), 6)
        yield from quality("made set", made, 6)
        yield from quality("made set", made, 20)
        yield from quality("made set, unrelated headlines", retitled(made), 6)
    if only in {None, "replay"}:
        yield from replays()
    if only in {None, "cost"}:
        yield from cost(made, sizes)


def labelled(path: Path) -> list[Article]:
    """The articles of a set, in arrival order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


# ── Quality ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def retitled(articles: Sequence[Article], seed: int = 7) -> list[Article]:
    """The same, every copy but the first under the headline of an article that is none of them."""
    chance, seen = random.Random(seed), set()
    pool = [(a["title"], a["cluster"]) for a in articles if a["tag"] in {"orig", "hard"} and a["title"]]
    found = []
    for article in articles:
        title = article["title"]
        if article["cluster"] in seen:
            title = next(t for t, cluster in iter(lambda: chance.choice(pool), None) if cluster != article["cluster"])
        seen.add(article["cluster"])
        found.append({**article, "title": title})
    return found


def quality(name: str, articles: Sequence[Article], rounds: int) -> list[tuple[str, ...]]:
    """The set through the pipeline, as rows of the table."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="dedupe-") as folder:
        predicted = piped(articles, rounds, Path(folder))
    wrong, missed, right = pairs(articles, predicted)
    real = sum(one["tag"] in {"orig", "hard"} and other["tag"] in {"orig", "hard"} for one, other in wrong)
    missing = len(articles) - len(predicted)
    impure = sum(len(clusters) > 1 for clusters in _together(articles, predicted))
    return [
        (
            f"quality, {name}",
            "precision",
            "recall",
            "impure",
            "wrong pairs",
            "missed pairs",
            "among real",
            "not stored",
        ),
        (
            f"  {len(articles)} articles, {rounds} rounds, {time.monotonic() - started:.0f} s",
            f"{right / max(1, right + len(wrong)):.4f}",
            f"{right / max(1, right + len(missed)):.4f}",
            *map(str, (impure, len(wrong), len(missed), real, missing)),
        ),
        ("  kinds of wrong pairs", *_most(wrong)),
        ("  kinds of missed pairs", *_most(missed)),
    ]


def _together(articles: Sequence[Article], predicted: dict[str, str]) -> Iterable[set[str]]:
    """The labels in each story."""
    found: dict[str, set[str]] = defaultdict(set)
    for article in articles:
        if article["id"] in predicted:
            found[predicted[article["id"]]].add(article["cluster"])
    return found.values()


def _most(kinds: Iterable[Pair]) -> list[str]:
    counted = Counter("/".join(sorted((one["tag"], other["tag"]))) for one, other in kinds)
    return [f"{kind} {count}" for kind, count in counted.most_common(6)]


def pairs(articles: Sequence[Article], predicted: dict[str, str]) -> tuple[list[Pair], list[Pair], int]:
    """The pairs that are one story wrongly, those that are missed, how many are right. Unknown ids are alone."""
    stories_, clusters = defaultdict(list), defaultdict(list)
    place = {article["id"]: predicted.get(article["id"], "?" + article["id"]) for article in articles}
    for article in articles:
        stories_[place[article["id"]]].append(article)
        clusters[article["cluster"]].append(article)
    joined = [pair for together in stories_.values() for pair in combinations(together, 2)]
    true = [pair for together in clusters.values() for pair in combinations(together, 2)]
    wrong = [(one, other) for one, other in joined if one["cluster"] != other["cluster"]]
    missed = [(one, other) for one, other in true if place[one["id"]] != place[other["id"]]]
    return wrong, missed, len(joined) - len(wrong)


def piped(articles: Sequence[Article], rounds: int, folder: Path) -> dict[str, str]:
    """The story that each article (by id) has come to be in."""
    names = {key: f"feeds/{at}.json" for at, key in enumerate(sorted({article["source"] for article in articles}))}
    (folder / "feeds").mkdir()
    (folder / "aggregator.toml").write_text("".join(f'[[source]]\npath = "{name}"\n' for name in names.values()))
    listed: dict[str, list[dict[str, str]]] = {key: [] for key in names}
    owners: dict[tuple[str, str], list[str]] = defaultdict(list)
    for key, name in names.items():
        _write(folder / name, key, [], 0)
    step = -(-len(articles) // rounds)
    for number, start in enumerate(range(0, len(articles), step), 1):
        for article in articles[start : start + step]:
            item = _item(article)
            owners[names[article["source"]], item["id"]].append(article["id"])
            # An entry that came under its guid before is the same one, edited.
            kept = [other for other in listed[article["source"]] if other["id"] != item["id"]]
            listed[article["source"]] = [item, *kept]
        for key in {article["source"] for article in articles[start : start + step]}:
            _write(folder / names[key], key, listed[key], number)
        _run(folder, "once", "--all")
    found: dict[str, str] = {}
    for line in _run(folder, "export", "--jsonl").splitlines():
        entry = json.loads(line)
        found |= dict.fromkeys(owners[entry["source"], entry["guid"]], entry["story"])
    return found


def _item(article: Article) -> dict[str, str]:
    item = {
        "id": article["guid"] or article["id"],
        "url": article["url"],
        "title": article["title"],
        "summary": article["summary"],
        "content_text": article["text"],
        "date_published": article["published"],
    }
    return {name: value for name, value in item.items() if value}


def _write(path: Path, title: str, items: Sequence[dict[str, str]], number: int) -> None:
    path.write_text(json.dumps({"version": VERSION, "title": title, "items": items}), "utf-8")
    changed = time.time() - 1000 + number  # a file that was written just now is waited for
    os.utime(path, (changed, changed))


def _run(folder: Path, *arguments: str) -> str:
    options = ["--config", str(folder / "aggregator.toml"), "--data-dir", str(folder / "data")]
    command = [sys.executable, "-m", "aggregator", *arguments, *options]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=600, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


# ── Replay ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def replays(windows: Sequence[int] = (1, 2, 5)) -> Iterator[tuple[str, ...]]:
    """Real feeds, entry by entry, as rows of the table."""
    yield ("replay of the corpus, window", "entries", "lost", "joined")
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        listed = histories(documents(unpack(Path(folder))))
    for window in windows:
        lost, joined = replayed(listed, window)
        yield (f"  {window} entries at a time", *map(str, (sum(map(len, listed.values())), lost, joined)))


# ── Cost ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def cost(articles: Sequence[Article], sizes: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """What an arrival costs with so many articles stored, as rows of the table."""
    yield ("cost, CPU ms an article", "fingerprint", "commit", "… off", "likeness", "all", "index bytes", "features")
    with tempfile.TemporaryDirectory(prefix="dedupe-") as folder:
        writer = Writer(Path(folder))
        try:
            keys = sorted({article["source"] for article in articles})
            writer.now(sources.register, [Source(f"https://{at}.example/") for at in range(len(keys))])
            number = {key: at for at, key in enumerate(keys)}
            measured = list(_deliveries(articles, number))
            fill = _Fill()
            writer.now(_committed, measured, by_text=True, after=fill.learn)
            for size in sizes:
                writer.now(fill.up_to, size)
                yield writer.now(_measured, measured, fill)
        finally:
            writer.close()


def _deliveries(articles: Sequence[Article], number: dict[str, int]) -> Iterator[list[Delivery]]:
    """In arrival order, so many a commit."""
    for start in range(0, len(articles), DELIVERED):
        by_source: dict[str, list[Entry]] = defaultdict(list)
        for a in articles[start : start + DELIVERED]:
            content = "".join(f"<p>{part}</p>" for part in a["text"].split("\n") if part)
            by_source[a["source"]].append(Entry(a["id"], a["title"], a["url"], a["summary"], content))
        yield [_delivery(f"https://{number[source]}.example/", entries) for source, entries in by_source.items()]


def _delivery(key: str, entries: Sequence[Entry]) -> Delivery:
    arrivals: tuple[Arrival, ...] = refine(Feed(entries=tuple(identify(entries))), Document("", b"", base=key), NOW)
    documents = {"": DocumentState(entry_hashes=frozenset(arrival.entry.hash for arrival in arrivals))}
    return Delivery(key, Visit(key, NOW, Outcome.OK), SourceState(documents=documents), documents, arrivals=arrivals)


def _measured(database: Any, batches: Sequence[Sequence[Delivery]], fill: _Fill) -> tuple[str, ...]:
    arrivals = [arrival for batch in batches for delivery in batch for arrival in delivery.arrivals]
    started = time.process_time()
    for arrival in arrivals:
        dedupe.fingerprint(arrival.entry)
    mark = _each(started, len(arrivals))
    on, off = (_committed(database, batches, by_text=by_text) / len(arrivals) for by_text in (True, False))
    figures = (mark, on, off, mark + on - off, mark + on)
    postings = database.execute("SELECT count(*) FROM feature").fetchone()[0]
    index = f"{_index_bytes(database) / fill.stored:.0f}"
    return (
        f"  {fill.stored:,} stored",
        *(f"{figure:.2f}" for figure in figures),
        index,
        f"{postings / fill.stored:.1f}",
    )


def _each(started: float, count: int) -> float:
    return (time.process_time() - started) * 1000 / count


class _RolledBackError(Exception):
    """Ends a measurement."""


def _committed(
    database: Any, batches: Sequence[Sequence[Delivery]], *, by_text: bool, after: Callable[[Any], None] | None = None
) -> float:
    """Milliseconds of CPU that the commits take; nothing of them stays. `after` looks at what they make."""
    spent = 0.0
    with contextlib.suppress(_RolledBackError), database.atomic():
        for batch in batches:
            started = time.process_time()
            stories.commit(database, batch, by_text=by_text)
            spent += time.process_time() - started
        if after:
            after(database)
        raise _RolledBackError
    return spent * 1000


class _Fill:
    """Synthetic articles: rows as of real ones, with random features, written straight into the tables."""

    def __init__(self) -> None:
        self.stored = 0
        self._chance = random.Random(1)
        self._columns: list[str] = []
        self._models: list[dict[str, Any]] = []
        self._counts: list[int] = []

    def learn(self, database: Any) -> None:
        """What rows look like, and how many features an article has."""
        ask = database.execute
        self._columns = [row[1] for row in ask("PRAGMA table_info(entry)")]
        rows = ask("SELECT * FROM entry WHERE words > 40 AND joined = 'new' ORDER BY id LIMIT 500").fetchall()
        self._models = [dict(zip(self._columns, row, strict=True)) for row in rows]
        sql = """SELECT count(f.hash) FROM entry AS e LEFT JOIN feature AS f ON f.entry = e.id
            WHERE e.joined = 'new' GROUP BY e.id"""
        self._counts = [row[0] for row in ask(sql)]

    def up_to(self, database: Any, size: int) -> None:
        """Adds as many as are missing."""
        if not self.stored:
            told = ((at, f"https://filled-{at}.example/") for at in range(1, SOURCES + 1))
            with database.atomic():
                database.conn.executemany("INSERT OR IGNORE INTO source (id, key) VALUES (?, ?)", told)
        marks = ", ".join("?" * len(self._columns))
        while self.stored < size:
            numbers = range(self.stored + 1, min(size, self.stored + SLICE) + 1)
            with database.atomic():
                many = database.conn.executemany
                told = ((n, f"urn:x:{n}", NOW - n, NOW - n) for n in numbers)
                many("INSERT INTO story (id, urn, published, updated) VALUES (?, ?, ?, ?)", told)
                many(f"INSERT INTO entry VALUES ({marks})", map(self._row, numbers))
                many("INSERT OR IGNORE INTO feature VALUES (?, ?)", self._features(numbers))
                search.index_these(database, numbers)
            self.stored = numbers[-1]

    def _row(self, n: int) -> list[Any]:
        model = self._models[n % len(self._models)]
        text = packing.unpack_text(model["text"], model["data"]) if n % 50 == 0 else f"article {n}"
        data, packed = packing.pack(json.dumps({"guid": f"g{n}", "title": f"Title {n}"}), text)
        told = model | {
            "id": n,
            "story": n,
            "source": 1 + n % SOURCES,
            "guid": f"g{n}",
            "url": f"//filled-{n % SOURCES}.example/{n}",
            "text_hash": self._chance.getrandbits(63),
            "text": packed,
            "title": f"Title {n}",
            "heading": f"title {n}",
            "data": data,
        }
        return [told[name] for name in self._columns]

    def _features(self, numbers: Iterable[int]) -> Iterator[tuple[int, int]]:
        for n in numbers:
            for _ in range(self._counts[n % len(self._counts)]):
                yield self._chance.getrandbits(32) - (1 << 31), n


def _index_bytes(database: Any) -> int:
    try:
        return int(database.execute("SELECT sum(pgsize) FROM dbstat WHERE name = 'feature'").fetchone()[0])
    except sqlite3.OperationalError:
        copy = sqlite3.connect("")
        copy.execute("CREATE TABLE feature (hash INTEGER, entry INTEGER, PRIMARY KEY (hash, entry)) WITHOUT ROWID")
        rows = database.execute("SELECT hash, entry FROM feature ORDER BY entry")
        copy.executemany("INSERT INTO feature VALUES (?, ?)", rows)
        pages, size = (copy.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "page_size"))
        copy.close()
        return int(pages * size)


if __name__ == "__main__":
    main()
