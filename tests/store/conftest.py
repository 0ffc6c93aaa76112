"""A store with sources that deliver what a test says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlite_utils import Database

from aggregator.model import (
    Arrival,
    Delivery,
    Document,
    DocumentState,
    Entry,
    Feed,
    Origin,
    Outcome,
    Source,
    SourceState,
    Story,
    Visit,
)
from aggregator.parse.identity import identify
from aggregator.refine import refine
from aggregator.store import database, excess, retention, selection, sources
from aggregator.store import entries as stories
from tests.store import selections

NOON = 1_767_355_200
A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
T = TypeVar("T")


@dataclass
class Desk:
    """The store of one test, and how articles come to it: as from a parser, refined."""

    writer: database.Writer
    folder: Path

    def subscribe(self, *wanted: Source | str) -> None:
        """Makes these the configured sources."""
        listed = [source if isinstance(source, Source) else _source(source) for source in wanted]
        self.writer.now(sources.register, listed)

    def delivery(
        self,
        key: str,
        *entries: Entry,
        at: int = NOON,
        document: str = "",
        state: SourceState | None = None,
        feed: Origin | None = None,
        outcome: Outcome = Outcome.OK,
    ) -> Delivery:
        """What a visit to `key` brings whose document lists just these entries."""
        arrivals: tuple[Arrival, ...] = refine(
            Feed(entries=tuple(identify(entries))), Document(document, b"", base=key), at
        )
        hashes = frozenset(arrival.entry.hash for arrival in arrivals)
        documents = {document: DocumentState(entry_hashes=hashes)}
        state = state or SourceState(last_visit=at, documents=documents)
        return Delivery(key, Visit(key, at, outcome), state, documents, feed, "", arrivals)

    def commit(self, *deliveries: Delivery) -> list[Visit]:
        """Stores them at once."""
        return self.writer.now(stories.commit, deliveries)

    def deliver(self, key: str, *entries: Entry, **how: Any) -> tuple[int, int, int]:
        """One delivery, stored: how many entries were new and updated, and how many stories new."""
        (visit,) = self.commit(self.delivery(key, *entries, **how))
        return visit.entries_new, visit.entries_updated, visit.stories_new

    def ask(self, question: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """Asks over a read-only connection."""
        with database.reading(self.folder) as stored:
            return question(stored, *args, **kwargs)

    def sweep(self, kept: int) -> int:
        """Lets go what is beyond `kept` of any document; how many entries these are."""
        found = self.ask(excess.of_documents, kept)
        return self.writer.now(retention.sweep, found, lambda: False, lasting=False)[1]

    def select(self, *, limit: int = 100, **chosen: Any) -> list[Story]:
        """The stories of an output with these rules."""
        return self.ask(selection.select, selections.chosen(**chosen), limit)

    def rows(self, asked: str) -> list[tuple[Any, ...]]:
        """Whatever SQL gives."""

        def rows(stored: Database) -> list[tuple[Any, ...]]:
            return stored.execute(asked).fetchall()

        return self.ask(rows)

    def again(self, folder: Path) -> Desk:
        """Another store, empty."""
        return replace(self, writer=database.Writer(folder), folder=folder)


def _source(key: str) -> Source:
    return Source(key) if "://" in key else Source(key, Path(key))


@contextmanager
def _opened(folder: Path) -> Iterator[Desk]:
    made = Desk(database.Writer(folder), folder)
    made.subscribe(A, B)
    try:
        yield made
    finally:
        made.writer.close()


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """An empty store with the sources A and B."""
    with _opened(tmp_path / "data") as made:
        yield made


@pytest.fixture(scope="session")
def fresh_desk(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], AbstractContextManager[Desk]]:
    """Opens one after the other, for tests that need a new one for every example."""
    return lambda: _opened(tmp_path_factory.mktemp("desk"))
