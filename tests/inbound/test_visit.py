"""A visit on its own: a source, what is remembered of it and an instant go in, a Delivery comes out. No store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NoReturn

import pytest
from world import Reply, World, item, rss

from aggregator.config.schema import Config
from aggregator.config.tables import Polling
from aggregator.inbound.visit import Visitor
from aggregator.model import Delivery, Outcome, Source, SourceState, TroubleError
from aggregator.parse import READER
from aggregator.parsing.pool import Workers
from aggregator.retrieve.web import Web

NOW = 1_767_355_200
CONFIG = Config(polling=Polling(allow_networks=["127.0.0.0/8"]))


@pytest.fixture
async def visitor() -> AsyncIterator[Visitor]:
    workers = Workers(1, CONFIG.settings.bounds)
    async with Web(CONFIG.settings, lambda: NOW) as web:
        yield Visitor(CONFIG.settings, web, workers)
    await workers.close()


class Broken:
    """A web client that meets this whatever it is asked for."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def retrieve(self, _source: Source, _state: SourceState) -> NoReturn:
        raise self._error


async def test_a_feed_s_next_visit_starts_from_the_state_that_the_last_one_gave(visitor: Visitor, world: World) -> None:
    url = world.plays("/feed", Reply(200, rss(item(1)), {"ETag": '"1"'}), Reply(304))
    first = await visitor.visit(Source(url), SourceState(), NOW)
    assert first.visit and first.visit.outcome is Outcome.OK
    assert [arrival.entry.title for arrival in first.arrivals] and not first.more
    assert first.state.documents[""].etag == '"1"' and first.state.documents[""].reader == READER
    second = await visitor.visit(Source(url), first.state, NOW + 3600)
    assert second.visit and second.visit.outcome is Outcome.UNCHANGED and not second.arrivals
    assert (second.visit.at, second.state.last_visit) == (NOW + 3600, NOW + 3600)


async def test_visits_know_nothing_of_each_other(visitor: Visitor, world: World) -> None:
    urls = [world.plays(f"/{number}", Reply(200, rss(item(number)))) for number in range(5)]
    visits = (visitor.visit(Source(url), SourceState(), NOW) for url in (*urls, urls[0]))
    brought = await asyncio.gather(*visits)
    assert [delivery.source for delivery in brought] == [*urls, urls[0]]
    assert brought[0].arrivals == brought[-1].arrivals


async def test_a_folder_comes_in_parts_each_from_the_state_of_the_one_before(visitor: Visitor, tmp_path: Path) -> None:
    feed = '{{"version": "https://jsonfeed.org/version/1.1", "items": [{{"id": "{}", "title": "A day"}}], "_": "{}"}}'
    for number in range(5):
        (tmp_path / f"{number}.json").write_text(feed.format(number, "x" * 9_500_000))
    state, parts = SourceState(), list[Delivery]()
    while not parts or parts[-1].more:
        parts.append(await visitor.visit(Source("articles", tmp_path), state, NOW))
        state = parts[-1].state
    assert len(parts) == 2
    names = [arrival.document for delivery in parts for arrival in delivery.arrivals]
    assert len(names) == len(set(names)) == len(state.documents) == 5


async def test_a_bug_is_in_the_delivery_and_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    visitor = Visitor(CONFIG.settings, Broken(ZeroDivisionError("by us")), Workers(1, CONFIG.settings.bounds))  # type: ignore[arg-type]
    delivery = await visitor.visit(Source("http://a.example/"), SourceState(), NOW)
    assert delivery.visit and delivery.visit.outcome is Outcome.FAILED
    assert delivery.visit.detail == "a bug in the aggregator: ZeroDivisionError: by us"
    assert delivery.state.failures == 1
    assert "Traceback" in caplog.text


async def test_our_own_trouble_is_in_no_delivery() -> None:
    visitor = Visitor(CONFIG.settings, Broken(TroubleError("no memory")), Workers(1, CONFIG.settings.bounds))  # type: ignore[arg-type]
    with pytest.raises(TroubleError, match="no memory"):
        await visitor.visit(Source("http://a.example/"), SourceState(), NOW)
