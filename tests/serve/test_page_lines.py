"""Pages that others wait for: each kind in a line of its own, and what can't be shown is told and not kept."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from aiohttp import ClientSession, web
from sqlite_utils import Database

from aggregator.config import Config
from aggregator.outbound.pages import Page, answer
from aggregator.serve.pages import ASKED, RIVERS, SINGLE, Line, Pages
from aggregator.store.database import Writer, bound, is_over, reading

ENDLESS = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
Read = Callable[[Database], Page]


class Place:
    """A server of whatever pages a test gives to it, by path."""

    def __init__(self, data: Path) -> None:
        Writer(data).close()
        self.now = 0.0
        self.pages = Pages(Config, data, clock=lambda: self.now)
        self.known: dict[str, tuple[Read, Line]] = {}
        self.url = ""
        self.session: ClientSession

    async def handle(self, request: web.Request) -> web.StreamResponse:
        read, line = self.known[request.path]
        return await self.pages.answer(request, request.path, "", read, line=line)

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.url + path, headers={"Accept": "text/html"}) as got:
            return got.status, await got.text()


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    made = Place(tmp_path)
    application = web.Application()
    application.router.add_get("/{path:.*}", made.handle)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with ClientSession() as made.session:
            yield made
    finally:
        await runner.cleanup()


async def test_what_takes_long_keeps_nobody_else_waiting_and_no_more_are_taken_on_than_the_line_is_long(
    place: Place,
) -> None:
    gate, begun = threading.Event(), threading.Semaphore(0)

    def slow(_: Database) -> Page:
        begun.release()
        assert gate.wait(20)
        return Page(b"found")

    asked = [f"/asked-{number}" for number in range(ASKED.queue + 1)]
    place.known = dict.fromkeys(asked, (slow, ASKED))
    place.known |= {"/": (lambda _: Page(b"river"), RIVERS), "/story": (lambda _: Page(b"story"), SINGLE)}
    first = asyncio.create_task(place.get(asked[0]))
    assert await asyncio.to_thread(begun.acquire, timeout=20)
    crowd = [asyncio.create_task(place.get(path)) for path in asked[1:]]
    done, _ = await asyncio.wait(crowd, timeout=20, return_when=asyncio.FIRST_COMPLETED)
    try:
        assert [(task.result()[0], "Too many" in task.result()[1]) for task in done] == [(503, True)]
        assert await place.get("/") == (200, "river")
        assert await place.get("/story") == (200, "story")
    finally:
        gate.set()
    assert sorted(status for status, _ in await asyncio.gather(first, *crowd)) == [200] * ASKED.queue + [503]
    assert await place.get(asked[0]) == (200, "found")


async def test_a_trouble_is_over_when_it_is_over(place: Place) -> None:
    """Nothing was stored meanwhile: the page is what it was made of before, but for the trouble."""
    troubles = iter([True, False, False])

    def read(_: Database) -> Page:
        if next(troubles):
            raise sqlite3.OperationalError("unable to open database file")
        return Page(b"story")

    place.known = {"/story": (read, SINGLE)}
    status, said = await place.get("/story")
    assert (status, "be shown at the moment" in said) == (503, True)
    place.now += 4  # for so long it is told to all who ask, and the store isn't asked
    assert await place.get("/story") == (status, said)
    place.now += 2
    assert await place.get("/story") == (200, "story")
    place.now += 1_000_000
    assert await place.get("/story") == (200, "story")
    assert list(troubles) == [False]


def test_a_query_that_takes_too_long_ends_and_the_page_says_so(tmp_path: Path) -> None:
    Writer(tmp_path).close()

    def read(database: Database) -> Page:
        return Page(b"%d" % database.execute(ENDLESS).fetchone()[0])

    page = answer(tmp_path, Config(), "", read, seconds=0.01)
    assert (page.status, b"This takes too long" in page.body) == (503, True)


def test_every_query_ends_when_the_time_is_over(tmp_path: Path) -> None:
    Writer(tmp_path).close()
    with reading(tmp_path) as database:
        bound(database, 0.0)
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError) as ended:
                database.execute(ENDLESS).fetchone()
            assert is_over(ended.value)
    assert not is_over(sqlite3.OperationalError("another"))
