"""The pages of the sources, over HTTP: sorted, filtered, in pages, and whatever strangers called themselves."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import ClientSession, web
from lxml import html

from aggregator.config import Config
from aggregator.model import Delivery, Entry, Origin, Outcome, Source, SourceState, Visit
from aggregator.policy.health import Health
from aggregator.serve.app import Server
from aggregator.store import entries, sources
from tests.store.conftest import Desk, _opened

if TYPE_CHECKING:
    from pathlib import Path

HOSTILE = '<script>alert(1)</script>"><b onmouseover=x>'
SECRET = "0123456789abcdef0123456789abcdef"
NOON = 1_767_355_200


@dataclass
class Room:
    """A server over a store."""

    desk: Desk
    url: str
    session: ClientSession

    async def get(self, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        given = {"Accept": "text/html"} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.get(self.url + path, headers=given) as answer:
            return answer.status, answer.headers, await answer.read()

    async def page(self, path: str) -> Any:
        """A page that is there, read as HTML."""
        status, _headers, body = await self.get(path)
        assert status == 200, body
        return html.fromstring(body.decode())


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    with _opened(tmp_path) as made:
        yield made


@pytest.fixture
async def room(desk: Desk) -> AsyncIterator[Room]:
    config = Config()
    runner = await Server(lambda: config, desk.folder, lambda: Health("", 0, 0, 0)).open()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        async with ClientSession() as session:
            yield Room(desk, f"http://127.0.0.1:{runner.addresses[0][1]}", session)
    finally:
        await runner.cleanup()


def stands(desk: Desk, *known: tuple[Source, SourceState], detail: str = "") -> None:
    """These are the sources, and each was visited once."""
    desk.subscribe(*(source for source, _state in known))
    deliveries = [
        Delivery(source.key, Visit(source.key, NOON, _outcome(state), detail=detail or state.error), state)
        for source, state in known
    ]
    desk.writer.now(entries.commit, deliveries)


def _outcome(state: SourceState) -> Outcome:
    return Outcome.GONE if state.gone else Outcome.FAILED if state.failures else Outcome.OK


def named(page: Any) -> list[str]:
    """The sources in the list."""
    return [str(link.xpath("string(text())")).strip() for link in page.xpath("//table[@class='list']/tbody/tr/th/a")]


WELL = SourceState(last_visit=NOON, next_visit=NOON + 3600, reason="publishes about every 2 hours")
DOWN = SourceState(last_visit=NOON, next_visit=NOON + 60, failures=3, error="answered 503", reason="3 failures")
GONE = SourceState(
    last_visit=NOON, failures=1, gone=True, error="answered 410", reason="410 Gone: not visited any more"
)


@pytest.fixture
def three(desk: Desk) -> Sequence[str]:
    stands(
        desk,
        (Source("https://b.example/", name="Beta", category="news"), WELL),
        (Source("https://a.example/", name="Alpha"), DOWN),
        (Source("https://c.example/", name="Gamma", category="news"), GONE),
    )
    return ("Alpha", "Beta", "Gamma")


# ── The list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_list_tells_how_each_source_stands(room: Room, three: Sequence[str]) -> None:
    page = await room.page("/sources")

    assert named(page) == [*three]
    alpha, _beta, gamma = (row.text_content() for row in page.xpath("//table[@class='list']/tbody/tr"))
    assert all(said in alpha for said in ("failing", "answered 503", "3 failures", "2026-01-02 12:01"))
    assert "410 Gone: not visited any more" in gamma
    assert page.xpath("//table[@class='list']/caption")
    assert [link.text_content().split() for link in page.xpath("//nav[@class='states']//a")] == [
        ["all", "3"], ["failing", "1"], ["gone", "1"], ["ok", "1"],
    ]  # fmt: skip


async def test_the_list_is_sorted_and_filtered_by_its_address(room: Room, three: Sequence[str]) -> None:
    assert named(await room.page("/sources?order=desc")) == ["Gamma", "Beta", "Alpha"]
    assert named(await room.page("/sources?sort=state")) == ["Alpha", "Gamma", "Beta"]
    assert named(await room.page("/sources?category=news")) == ["Beta", "Gamma"]
    assert named(await room.page("/sources?state=gone&category=news")) == ["Gamma"]
    assert named(await room.page("/sources?q=ALPH")) == ["Alpha"]
    assert named(await room.page("/sources?state=sleepy&sort=weight&page=-3&x=1")) == [*three]


async def test_every_heading_leads_to_the_list_sorted_by_it(room: Room, three: Sequence[str]) -> None:
    page = await room.page("/sources?category=news")
    links = page.xpath("//table[@class='list']/thead//a/@href")

    assert len(links) == 8
    for link in links:
        sorted_ = await room.page(f"/{link}")
        assert {*named(sorted_)} == {"Beta", "Gamma"}
        (head,) = sorted_.xpath("//th[@aria-sort]")
        assert head.get("aria-sort") in {"ascending", "descending"}
        (again,) = head.xpath("./a/@href")
        (turned,) = (await room.page(f"/{again}")).xpath("//th[@aria-sort]/@aria-sort")
        assert {turned, head.get("aria-sort")} == {"ascending", "descending"}


async def test_what_is_found_nowhere_says_what_to_do(room: Room, three: Sequence[str]) -> None:
    page = await room.page("/sources?q=nothing+like+it")

    assert not page.xpath("//table[@class='list']")
    assert "Leave out a word" in page.text_content()
    assert page.xpath("//input[@name='q' and @value='nothing like it']")


async def test_a_hundred_are_on_a_page_and_links_lead_through_all(room: Room) -> None:
    room.desk.subscribe(*(Source(f"https://s{number}.example/", name=f"S {number:03}") for number in range(250)))
    path, seen = "/sources", list[str]()
    while True:
        page = await room.page(path)
        seen += named(page)
        following = page.xpath("//a[@rel='next']/@href")
        if not following:
            break
        path = f"/{following[0]}"

    assert seen == [f"S {number:03}" for number in range(250)]
    assert path.endswith("page=3")
    assert page.xpath("//a[@rel='prev']/@href") == ["sources?page=2"]
    assert named(await room.page("/sources?page=99999")) == seen[200:]


async def test_no_source_at_all_says_what_to_do(room: Room) -> None:
    room.desk.subscribe()

    assert "aggregator add" in (await room.page("/sources")).text_content()


# ── One source ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_source_has_its_state_its_facts_and_its_own_river(room: Room) -> None:
    a, b = "https://a.example/feed", "https://b.example/feed"
    room.desk.deliver(a, Entry(guid="1", title="Of the first", link="https://a.example/1"), state=WELL)
    room.desk.deliver(b, Entry(guid="2", title="Of the second", link="https://b.example/2"))
    page = await room.page("/source/1")

    assert page.xpath("string(//h1)").endswith("a.example/feed")
    assert "publishes about every 2 hours" in page.text_content()
    assert [title.text_content() for title in page.xpath("//article//h3")] == ["Of the first"]
    assert page.xpath("//a[@rel='next']/@href") == ["../?source=1"]
    assert page.xpath("//figure//svg[@role='img']/@aria-label")


async def test_failures_are_told_with_their_causes_those_of_one_together(room: Room) -> None:
    key = "https://a.example/"
    stands(room.desk, (Source(key, name="A"), DOWN))
    causes = ["timed out", "timed out", "timed out", "refused"]
    more = [Visit(key, NOON + number, Outcome.FAILED, detail=cause) for number, cause in enumerate(causes, 1)]
    room.desk.writer.now(lambda stored: sources.record(stored, more, sources.ids(stored, [key])))
    room.desk.writer.now(lambda stored: stored.conn.commit())
    (number,) = room.desk.rows("SELECT id FROM source WHERE configured")[0]
    page = await room.page(f"/source/{number}")

    assert "answered 503" in page.xpath("string(//p[@class='verdict'])")
    assert page.xpath("//ul[@class='causes']//span[@class='cause']/text()") == ["refused", "timed out", "answered 503"]
    assert "2 more" in page.xpath("string(//ul[@class='causes']/li[2])")


@pytest.mark.parametrize("path", ["/source/99", "/source/0", "/source/x", "/source/", "/source/999999999999999"])
async def test_a_source_that_is_not_there_is_404(room: Room, path: str) -> None:
    status, _headers, body = await room.get(path)

    assert status == 404
    assert b"There is no such page" in body


async def test_a_source_that_is_not_configured_any_more_is_404(room: Room) -> None:
    assert (await room.get("/source/1"))[0] == 200
    room.desk.subscribe("https://b.example/feed")
    assert (await room.get("/source/1"))[0] == 404


# ── As all pages ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", ["/sources", "/sources?state=ok", "/source/1"])
async def test_who_has_the_page_gets_304(room: Room, path: str) -> None:
    room.desk.deliver("https://a.example/feed", Entry(guid="1", title="T"), state=WELL)
    status, headers, _body = await room.get(path)
    again, _headers, nothing = await room.get(path, If_None_Match=headers["ETag"])

    assert (status, again, nothing) == (200, 304, b"")
    assert "default-src 'none'" in headers["Content-Security-Policy"]


async def test_what_is_stored_shows_at_once(room: Room) -> None:
    before = await room.get("/sources")
    room.desk.deliver("https://a.example/feed", state=DOWN)
    after = await room.get("/sources")

    assert before[1]["ETag"] != after[1]["ETag"]
    assert b"answered 503" in after[2]


async def test_nothing_of_strangers_is_markup(room: Room) -> None:
    key = "https://a.example/feed"
    state = SourceState(last_visit=NOON, next_visit=NOON, failures=1, error=HOSTILE, reason=HOSTILE)
    room.desk.subscribe(Source(key, name=HOSTILE, category=HOSTILE))
    room.desk.deliver(key, Entry(guid="1", title=HOSTILE), state=SourceState(last_visit=NOON))
    feed = Origin(HOSTILE, "javascript:alert(1)", key)
    room.desk.deliver(key, state=state, outcome=Outcome.FAILED, feed=feed)
    room.desk.writer.now(lambda stored: stored.conn.execute("UPDATE visit SET detail = ?", [HOSTILE]))
    room.desk.writer.now(lambda stored: stored.conn.commit())
    for path in ("/sources", "/source/1", "/sources?q=%3Cscript%3Ealert(1)%3C/script%3E%22%3E"):
        _status, _headers, body = await room.get(path)
        assert b"<script>alert" not in body and b"javascript:" not in body
        assert not html.fromstring(body.decode()).xpath("//b | //*[@onmouseover] | //*[@style]")
        assert b"alert(1)" in body


async def test_no_key_and_no_password_is_shown(room: Room) -> None:
    with_key, with_password = f"https://a.example/feed?token={SECRET}", f"https://me:{SECRET}@b.example/feed"
    error = f"https://a.example/feed?token={SECRET} redirects to itself"
    down = SourceState(last_visit=NOON, failures=2, error=error)
    stands(room.desk, (Source(with_key), down), (Source(with_password, name="Mine"), WELL), detail=error)
    room.desk.deliver(with_key, state=down, outcome=Outcome.FAILED, feed=Origin("", f"https://me:{SECRET}@a.example/"))
    rows = [row[0] for row in room.desk.rows("SELECT id FROM source WHERE configured ORDER BY id")]
    pages = [(await room.get(path))[2] for path in ("/sources", *(f"/source/{row}" for row in rows))]

    assert not [page for page in pages if SECRET.encode() in page]
    assert named(html.fromstring(pages[0].decode())) == ["a.example", "Mine"]
    assert all(b"b.example" not in page for page in pages)


async def test_every_heading_has_its_place_and_every_chart_its_words(room: Room, three: Sequence[str]) -> None:
    for path in ("/sources", "/source/3"):
        page = await room.page(path)
        levels = [int(head.tag[1]) for head in page.xpath("//h1 | //h2 | //h3 | //h4")]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))
        for svg in page.xpath("//svg[not(@aria-hidden)]"):
            assert svg.get("role") == "img" and svg.get("aria-label")
        for figure in page.xpath("//figure"):
            assert figure.xpath(".//details//table//td")
        ids = page.xpath("//@id")
        assert len(ids) == len({*ids})
        assert {*page.xpath("//@aria-labelledby")} <= {*ids}
        assert not re.search(r"\sstyle=|\son\w+=", html.tostring(page).decode())
