"""The histories of real feeds, listed again entry by entry in a sliding window, as a daemon would have seen them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from sqlite_utils import Database

from aggregator.model import Arrival, Delivery, Document, DocumentState, Outcome, ParseError, Source, SourceState, Visit
from aggregator.parse import parse
from aggregator.refine import refine
from aggregator.store import entries, sources
from aggregator.store.database import Writer

NOW = 1_795_700_000
_VISITS = 40  # a commit


def histories(documents: Mapping[str, bytes]) -> dict[str, list[Arrival]]:
    """The entries of each document that is a feed, the oldest first."""
    found = {}
    for name, body in documents.items():
        document = Document("", body, base=f"https://{len(found)}.example/feed")
        try:
            arrivals = list(refine(parse(document, limit=2000), document, NOW))
        except ParseError:
            continue
        dates = [arrival.entry.published or arrival.entry.updated for arrival in arrivals]
        if dates and (not dates[0] or dates[0] >= dates[-1]):  # the newest comes first, where nothing says otherwise
            arrivals.reverse()
        found[name] = arrivals
    return found


def replayed(listed: Mapping[str, Sequence[Arrival]], window: int) -> tuple[int, int]:
    """How many entries are lost, and how many stories hold several of one feed."""
    keys = {name: f"https://{at}.example/feed" for at, name in enumerate(listed)}
    with tempfile.TemporaryDirectory(prefix="replay-") as folder:
        writer = Writer(Path(folder))
        try:
            writer.now(sources.register, [Source(key) for key in keys.values()])
            for step in range(max(map(len, listed.values()))):
                due = [
                    _visit(keys[name], arrivals[max(0, step + 1 - window) : step + 1], step)
                    for name, arrivals in listed.items()
                    if step < len(arrivals)
                ]
                for start in range(0, len(due), _VISITS):
                    writer.now(entries.commit, due[start : start + _VISITS])
            return sum(map(len, listed.values())) - writer.now(_stored), writer.now(_joined)
        finally:
            writer.close()


def _visit(key: str, listed: Sequence[Arrival], step: int) -> Delivery:
    """What a visit brings: of the entries that are listed the last one is new."""
    documents = {"": DocumentState(entry_hashes=frozenset(arrival.entry.hash for arrival in listed))}
    visit = Visit(key, NOW + 900 * step, Outcome.OK)
    return Delivery(key, visit, SourceState(documents=documents), documents, arrivals=tuple(listed[-1:]))


def _stored(database: Database) -> int:
    return int(database.execute("SELECT count(*) FROM entry").fetchone()[0])


def _joined(database: Database) -> int:
    query = "SELECT count(*) FROM (SELECT 1 FROM entry GROUP BY source, story HAVING count(*) > 1)"
    return int(database.execute(query).fetchone()[0])
