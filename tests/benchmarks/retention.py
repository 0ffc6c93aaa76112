"""What letting go costs in a large database: how long a reader, and who wants to write, wait beside it.

    python tests/benchmarks/retention.py [--size 1000000] [--folder /tmp/large] [--share 0.02]

The database is made once, of stories like those of publishing.py, and left in the folder.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from publishing import delivery, entry
from sqlite_utils import Database

from aggregator.model import Source
from aggregator.store import database, search, sources
from aggregator.store import entries as stories

SOURCES = 2000
_KEYS = [f"https://site{n}.example/feed" for n in range(SOURCES)]
_FIRST = 10_000  # stories that are stored as they come; the others are copies of these, as far as SQL can tell
_DAY = 86400


def build(folder: Path, size: int) -> None:
    """Make the database. The larger a source's number, the less it has; the oldest are those that were stored last, and
    only these have the whole text in the index: all of it would take an hour."""
    store = database.Writer(folder)
    store.now(sources.register, [Source(key) for key in _KEYS])
    first = min(size, _FIRST)
    for at in range(0, first, 1000):
        made = [entry(number) for number in range(at, min(at + 1000, first))]
        store.now(stories.commit, [delivery(_KEYS[n], made[n::100]) for n in range(100)], 10**9)
    for number in range(1, size // first):
        began = time.perf_counter()
        store.now(_again, number, first, 10_000 if number * first >= 0.9 * size else 500)
        print(f"{(number + 1) * first:,} stories, {time.perf_counter() - began:.1f} s", flush=True)
    store.now(_list)
    store.close()


def _again(stored: Database, number: int, first: int, length: int) -> None:
    values = {"by": number * first, "n": number, "first": first, "back": number * 15 * _DAY, "sources": SOURCES}
    values["length"] = length
    columns = [row[1] for row in stored.execute("PRAGMA table_info(entry)")]
    other = {
        "id": "id + :by",
        "story": "story + :by",
        "guid": "guid || '-' || :n",
        "hash": "randomblob(8)",
        "source": "1 + abs(random() % 1000) * abs(random() % 1000) * :sources / 1000000",
        "url": "url || '-' || :n",
        "text": "substr(text, 1, :length)",
        "text_hash": "text_hash + :n",
        "published": "published - :back",
        "seen": "seen - :back",
    }
    chosen = ", ".join(other.get(column, column) for column in columns)
    with stored.atomic():
        stored.execute(
            """INSERT INTO story (id, urn, published, updated)
            SELECT id + :by, 'urn:uuid:' || printf('%08x', :n) || substr(urn, 18), published - :back, updated - :back
            FROM story WHERE id <= :first""",
            {name: value for name, value in values.items() if name in {"by", "n", "back", "first"}},
        )
        stored.execute(
            f"INSERT INTO entry ({', '.join(columns)}) SELECT {chosen} FROM entry WHERE id <= :first", values
        )
        stored.execute("INSERT INTO feature SELECT hash, entry + :by FROM feature WHERE entry <= :first", values)
        search.index(stored, number * first)
        stored.execute("DELETE FROM river_change")


def _list(stored: Database) -> None:
    """Have each source list its last fifty."""
    with stored.atomic():
        for (row,) in stored.execute("SELECT id FROM source").fetchall():
            sql = "SELECT hash FROM entry WHERE source = ? ORDER BY published DESC LIMIT 50"
            hashes = b"".join(digest for (digest,) in stored.execute(sql, [row]))
            sql = """INSERT OR REPLACE INTO document (source, name, etag, last_modified, validators_from, body_hash,
                stamp, entry_hashes, outline, error) VALUES (?, '', '', '', '', x'', '', ?, x'', '')"""
            stored.execute(sql, [row, hashes])


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", type=int, default=1_000_000)
    options.add_argument("--folder", type=Path, default=Path("/tmp/large"))
    chosen = options.parse_args()
    if not (chosen.folder / database.NAME).exists():
        build(chosen.folder, chosen.size)


if __name__ == "__main__":
    main()
