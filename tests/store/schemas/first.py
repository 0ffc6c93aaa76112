"""Makes first.db.xz, a small database of the first schema; README.md says how."""

from __future__ import annotations

import lzma
import tempfile
from pathlib import Path

from aggregator.model import Delivery, Document, DocumentState, Entry, Feed, Origin, Outcome, Source, SourceState, Visit
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import database, incidents, overrides, sources
from aggregator.store import entries as stories

NOON = 1_767_355_200
HERE = Path(__file__).parent
WORDS = " ".join(f"Badger number {n} digs a tunnel of {n + 7} metres under the old railway." for n in range(9))
GULLS = " ".join(f"Gull number {n} takes {n + 3} chips from a visitor of the pier." for n in range(9))


def delivery(key: str, *entries: Entry, at: int = NOON, document: str = "", location: str = "") -> Delivery:
    arrivals = refine(Feed(entries=tuple(identify(entries))), Document(document, b"", base=""), at)
    documents = {document: DocumentState("etag", stamp="1 2", entry_hashes=frozenset(a.entry.hash for a in arrivals))}
    state = SourceState(next_visit=at + 900, reason="min_interval", last_visit=at, location=location)
    visit = Visit(key, at, Outcome.OK, 200)
    return Delivery(key, visit, state, documents, Origin(f"Title of {key}", "", key), "en", arrivals)


def main() -> None:
    a, b, c = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
    with tempfile.TemporaryDirectory() as name:
        writer = database.Writer(Path(name))
        writer.now(sources.register, [Source(a), Source(b, priority=1), Source(c), Source("articles", Path(name))])
        badgers = Entry("a-1", "Badgers", "https://a.example/1", content=f"<p>{WORDS}</p>", published=NOON - 60)
        gulls = Entry("a-2", "Gulls", "https://a.example/2", content=f"<p>{GULLS}</p>", published=NOON - 50)
        tides = Entry("c-1", "Tides", "https://c.example/1", content="<p>High at noon.</p>", published=NOON - 40)
        for brought in (
            delivery(a, badgers, gulls, location="https://a.example/new"),
            delivery(b, Entry("b-1", "Badgers", "https://b.example/1", content=f"<p>{WORDS}</p>"), at=NOON + 60),
            delivery(b, Entry("b-2", "About gulls", "https://b.example/2", content="<p>Chips.</p>"), at=NOON + 120),
            delivery(c, tides, at=NOON + 180),
            delivery("articles", Entry("one", "Our one", content="<p>Ours.</p>"), document="a.md", at=NOON + 240),
            delivery("articles", Entry("b.txt", "Our two", content="<p>Two.</p>"), document="b.txt", at=NOON + 300),
        ):
            writer.now(stories.commit, [brought])
        writer.now(lambda stored: overrides.merge(stored, 2, 3))  # gulls and about gulls
        writer.now(incidents.look, NOON + 400)
        writer.now(
            sources.register, [Source(a), Source(b, priority=1), Source("articles", Path(name))]
        )  # c was removed
        writer.close()
        (HERE / "first.db.xz").write_bytes(lzma.compress((Path(name) / database.NAME).read_bytes(), preset=9))


if __name__ == "__main__":
    main()
