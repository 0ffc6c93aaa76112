"""The HTTP server over files that are replaced: codings, conditions, deltas, and the page for browsers."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import shutil
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import cast

import brotli
import pytest
from aiohttp import ClientSession, web
from newsroom import CHANNEL, shown, story
from test_kept_items import A, Newsroom, entry

from aggregator import render
from aggregator.config import Config, OutputTable, Site, SourceTable
from aggregator.model import Story
from aggregator.policy.health import Health
from aggregator.render.formats import FORMATS
from aggregator.serve.app import Server
from aggregator.serve.delta import KEPT
from aggregator.serve.websub import Callback
from aggregator.store.database import NAME
from aggregator.websub.subscriber import Subscriber

SUFFIXES = tuple(FORMATS)
BROWSER = {"Sec-Fetch-Dest": "document", "Accept-Encoding": "gzip, deflate, br"}
PLAIN = "identity"


@dataclass(frozen=True)
class Got:
    status: int
    headers: dict[str, str]
    body: bytes


class Place:
    """A folder of editions and a database of 200 stories, and a server before them."""

    def __init__(self, data: Path, stories: Path) -> None:
        self.data = data
        self.folder = data / "public"
        self.folder.mkdir()
        shutil.copy(stories, data / NAME)
        self.config = Config(output=[OutputTable(name="science"), OutputTable(name="other")])
        self._ticks = iter(range(1, 10_000))
        self.url = ""
        self.session: ClientSession
        self.server = self.new_server()

    @property
    def rendered(self) -> int:
        """How many pages were rendered so far."""
        return self.server._site.made + self.server._documents.made

    def new_server(self) -> Server:
        return Server(lambda: self.config, self.data, lambda: Health("", 0, 0, 0))

    def store(self, statement: str) -> None:
        with closing(sqlite3.connect(self.data / NAME)) as stored, stored:
            stored.execute(statement)

    def lose_database(self) -> None:
        (self.data / NAME).rename(self.data / "lost")

    def find_database(self) -> None:
        (self.data / "lost").rename(self.data / NAME)

    def publish(self, *numbers: int, output: str = "science", **titles: str) -> None:
        """Replaces the editions, a second later each time."""
        stories = [story(number, title=titles.get(f"t{number}", f"Story {number}")) for number in numbers]
        self.put(stories, output)

    def put(self, stories: list[Story], output: str = "science") -> None:
        tick = 1_700_000_000 + next(self._ticks)
        for suffix in SUFFIXES:
            new = self.folder / f".{output}.{suffix}"
            new.write_bytes(render.render(CHANNEL, stories, suffix).body)
            os.utime(new, (tick, tick))
            new.replace(self.folder / f"{output}.{suffix}")

    @asynccontextmanager
    async def open(self, runner: web.AppRunner | None = None) -> AsyncIterator[None]:
        runner = runner or await self.server.open()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        try:
            async with ClientSession(auto_decompress=False) as self.session:
                yield
        finally:
            await runner.cleanup()

    async def get(self, path: str = "/science.xml", method: str = "GET", **headers: str) -> Got:
        given = {"Accept-Encoding": PLAIN} | {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.session.request(method, self.url + path, headers=given) as answer:
            return Got(answer.status, {k.lower(): v for k, v in answer.headers.items()}, await answer.read())

    async def tag(self, path: str = "/science.xml", **headers: str) -> str:
        return (await self.get(path, **headers)).headers["etag"]


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database of 200 stories, of which three outputs have archive pages."""
    room = Newsroom(tmp_path_factory.mktemp("stories"))
    room.config = Config(output=[OutputTable(name=name, limit=50) for name in ("science", "other", "websub")])
    room.deliver(A, *map(entry, range(200)))
    room.publish()
    room.store.close()
    return room.folder / NAME


@pytest.fixture
async def place(tmp_path: Path, stories: Path) -> AsyncIterator[Place]:
    found = Place(tmp_path, stories)
    found.publish(3, 2, 1)
    async with found.open():
        yield found


# ── The whole feed ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_each_coding_is_sent_with_a_tag_of_its_own(place: Place) -> None:
    plain, zipped, packed = [await place.get(Accept_Encoding=coding) for coding in (PLAIN, "gzip", "gzip, br")]
    assert gzip.decompress(zipped.body) == brotli.decompress(packed.body) == plain.body
    assert [got.headers.get("content-encoding") for got in (plain, zipped, packed)] == [None, "gzip", "br"]
    assert len({got.headers["etag"] for got in (plain, zipped, packed)}) == 3
    assert all(got.headers["content-length"] == str(len(got.body)) for got in (plain, zipped, packed))


async def test_a_tag_is_known_where_its_coding_is_taken_and_nowhere_else(place: Place) -> None:
    """A 304 for a coding that the client can't read would have a cache send it just that."""
    zipped, plain = await place.tag(Accept_Encoding="gzip"), await place.tag()
    for accepted in ("gzip", "br, gzip;q=0.1"):
        got = await place.get(Accept_Encoding=accepted, If_None_Match=zipped)
        assert (got.status, got.headers["etag"]) == (304, zipped)
    assert (await place.get(If_None_Match=zipped)).status == 200
    assert (await place.get(Accept_Encoding="gzip", If_None_Match=plain)).headers["etag"] == plain
    assert (await place.get(Accept_Encoding="gzip, identity;q=0", If_None_Match=plain)).status == 200


async def test_the_application_alone_answers_as_the_server_does(place: Place) -> None:
    """Feeds come before aiohttp's router, by an attribute of its server: where that is gone they come all the same."""
    asked = [
        *(
            (method, path)
            for method in ("GET", "HEAD", "OPTIONS")
            for path in ("/science.xml", "/scienc%65.xml?x", "/n")
        ),
        *(("POST", "/science.xml"), ("GET", "/"), ("GET", "/healthz"), ("GET", "/other.xml"), ("GET", "/status.json")),
    ]
    tag = await place.tag()
    before = [await place.get(path, method, If_None_Match=known) for method, path in asked for known in ("", tag)]
    runner = web.AppRunner(place.new_server().application(), access_log=None, auto_decompress=False)
    await runner.setup()
    async with place.open(runner):
        after = [await place.get(path, method, If_None_Match=known) for method, path in asked for known in ("", tag)]
    assert [(got.status, got.body, got.headers | {"date": ""}) for got in after] == [
        (got.status, got.body, got.headers | {"date": ""}) for got in before
    ]
    assert {got.status for got in before} >= {200, 204, 304, 404, 405}


async def test_who_refuses_every_coding_is_told_so(place: Place) -> None:
    got = await place.get(Accept_Encoding="identity;q=0")
    assert got.status == 406
    assert "Accept-Encoding" in got.headers["vary"]


async def test_a_range_is_answered_with_the_whole(place: Place) -> None:
    whole = await place.get()
    for headers in ({"Range": "bytes=0-9"}, {"Range": "bytes=0-9", "If-Range": whole.headers["etag"]}):
        got = await place.get(**headers)
        assert (got.status, got.body, got.headers["accept-ranges"]) == (200, whole.body, "none")


@pytest.mark.parametrize("coding", [PLAIN, "gzip", "br"])
async def test_head_has_the_headers_of_get(place: Place, coding: str) -> None:
    got, head = [await place.get(method=method, Accept_Encoding=coding) for method in ("GET", "HEAD")]
    assert (head.status, head.body) == (200, b"")
    assert {**head.headers, "date": ""} == {**got.headers, "date": ""}


async def test_readers_in_browsers_may_fetch_it_and_find_where_it_is_from(place: Place) -> None:
    for headers in ({}, {"If_None_Match": await place.tag()}):
        got = await place.get(**headers)
        assert got.headers["access-control-allow-origin"] == "*"
        assert got.headers["link"] == '<http://localhost:8000/science.xml>; rel="self"'


async def test_a_query_or_an_escaped_letter_is_the_same_feed(place: Place) -> None:
    for path in ("/science.xml?utm_source=x", "/scienc%65.xml"):
        assert (await place.get(path)).status == 200


async def test_a_replaced_file_is_served_at_once_with_validators_of_its_own(place: Place) -> None:
    before = await place.get()
    place.publish(4, 3, 2, 1)
    after = await place.get(If_None_Match=before.headers["etag"])
    assert (after.status, len(shown(after.body, "xml"))) == (200, 4)
    assert after.headers["last-modified"] != before.headers["last-modified"]
    assert (await place.get(If_Modified_Since=before.headers["last-modified"])).status == 200
    assert (await place.get(If_Modified_Since=after.headers["last-modified"])).status == 304


async def test_a_crowd_gets_whole_answers_while_files_are_replaced(place: Place) -> None:
    async def read() -> None:
        for _ in range(20):
            got = await place.get(Accept_Encoding="gzip")
            body = gzip.decompress(got.body)
            assert len(shown(body, "xml")) in {1, 2, 3, 4}
            again = await place.get(Accept_Encoding="gzip", If_None_Match=got.headers["etag"])
            assert again.status in {200, 304}

    async def write() -> None:
        for number in range(30):
            await asyncio.to_thread(place.publish, *range(1 + number % 4, 0, -1))

    await asyncio.gather(write(), *(read() for _ in range(10)))


async def test_what_is_configured_no_longer_is_served_no_longer(place: Place) -> None:
    place.publish(1, output="other")
    assert (await place.get("/other.xml")).status == 200
    place.config = Config(output=[OutputTable(name="science")])
    assert (await place.get("/other.xml")).status == 404
    assert (await place.get()).status == 200


async def test_before_it_is_published_a_feed_is_not_there_and_nobody_keeps_that(place: Place) -> None:
    got = await place.get("/other.xml")
    assert (got.status, got.headers["cache-control"]) == (404, "no-store")
    place.publish(1, output="other")
    assert (await place.get("/other.xml")).status == 200


# ── Deltas ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("suffix", SUFFIXES)
async def test_a_im_feed_gets_only_what_is_new_or_changed(place: Place, suffix: str) -> None:
    path = f"/science.{suffix}"
    old = await place.tag(path)
    place.publish(5, 4, 3, 2, t3="Story 3, mended")
    got = await place.get(path, A_IM="feed", If_None_Match=old)
    whole = await place.get(path)
    assert (got.status, got.headers["im"]) == (226, "feed")
    assert shown(got.body, suffix) == [story(number).id for number in (5, 4, 3)]
    assert got.headers["etag"] == whole.headers["etag"] != old
    assert got.headers["delta-base"] == old
    assert got.headers["cache-control"] == "no-store, im"
    assert {"A-IM", "If-None-Match", "Accept-Encoding"} <= set(got.headers["vary"].split(", "))
    assert got.headers["content-type"] == whole.headers["content-type"]
    assert got.headers["content-length"] == str(len(got.body))


async def test_who_does_not_ask_for_deltas_notices_nothing(place: Place) -> None:
    old = await place.tag()
    place.publish(4, 3, 2, 1)
    got = await place.get(If_None_Match=old)
    assert (got.status, len(shown(got.body, "xml"))) == (200, 4)
    assert "im" not in got.headers


@pytest.mark.parametrize(
    ("named", "status"), [("feed", 226), ("vcdiff, Feed ;q=0.5", 226), ("feed;q=0", 200), ("gzip, feeds", 200)]
)
async def test_a_im_is_a_list_with_weights(place: Place, named: str, status: int) -> None:
    old = await place.tag()
    place.publish(4, 3, 2, 1)
    assert (await place.get(A_IM=named, If_None_Match=old)).status == status


async def test_a_delta_is_encoded_and_names_the_tag_of_that_coding(place: Place) -> None:
    old = await place.tag(Accept_Encoding="gzip")
    place.publish(4, 3, 2, 1)
    got = await place.get(A_IM="feed", If_None_Match=f'"x", W/{old}', Accept_Encoding="gzip")
    assert (got.status, got.headers["content-encoding"]) == (226, "gzip")
    assert shown(gzip.decompress(got.body), "xml") == [story(4).id]
    assert got.headers["etag"] == await place.tag(Accept_Encoding="gzip")
    again = await place.get(A_IM="feed", If_None_Match=got.headers["etag"], Accept_Encoding="gzip")
    assert again.status == 304


async def test_nothing_new_is_a_304_and_an_unknown_tag_gets_all(place: Place) -> None:
    assert (await place.get(A_IM="feed", If_None_Match=await place.tag())).status == 304
    for headers in ({"If_None_Match": '"unknown"'}, {}):
        got = await place.get(A_IM="feed", **headers)
        assert (got.status, len(shown(got.body, "xml"))) == (200, 3)


async def test_what_only_left_the_feed_is_a_delta_without_items(place: Place) -> None:
    old = await place.tag("/science.json")
    place.publish(3, 2)
    got = await place.get("/science.json", A_IM="feed", If_None_Match=old)
    assert (got.status, json.loads(got.body)["items"]) == (226, [])


async def test_so_many_editions_are_remembered_and_no_more(place: Place) -> None:
    tags = [await place.tag()]
    for number in range(4, 4 + KEPT):
        place.publish(*range(number, 0, -1))
        tags.append(await place.tag())
    assert (await place.get(A_IM="feed", If_None_Match=tags[0])).status == 200
    for back in (1, KEPT - 2):
        got = await place.get(A_IM="feed", If_None_Match=tags[-1 - back])
        assert (got.status, len(shown(got.body, "xml"))) == (226, back)


async def test_after_a_restart_a_delta_starts_from_what_lay_there(place: Place) -> None:
    old = await place.tag()
    place.server = place.new_server()
    async with place.open():
        place.publish(4, 3, 2, 1)
        got = await place.get(A_IM="feed", If_None_Match=old)
        assert (got.status, shown(got.body, "xml")) == (226, [story(4).id])


async def test_an_edition_that_is_not_as_we_write_them_is_sent_whole(place: Place) -> None:
    old = await place.tag()
    (place.folder / "science.xml").write_bytes(b"<rss><!-- by hand --><channel></channel></rss>")
    got = await place.get(A_IM="feed", If_None_Match=old)
    assert (got.status, got.body[:9]) == (200, b"<rss><!--")


# ── The page for browsers ────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_browser_gets_the_page_and_a_reader_never(place: Place) -> None:
    got = await place.get(**BROWSER)
    assert got.headers["content-type"] == "text/html; charset=utf-8"
    page = brotli.decompress(got.body)
    assert page.startswith(b"<!doctype html>") and b"Title of article number 0" in page and b": science</h1>" in page
    assert "default-src 'none'" in got.headers["content-security-policy"]
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["referrer-policy"] == "no-referrer"
    for headers in ({}, {"Sec_Fetch_Dest": "empty"}, {"Sec_Fetch_Dest": "image"}, {"Accept": "text/html"}):
        assert (await place.get(**headers)).headers["content-type"].startswith("application/rss+xml")


async def test_every_answer_says_what_it_depends_on(place: Place) -> None:
    feed, page = await place.tag(), await place.tag(**BROWSER)
    place.publish(4, 3, 2, 1)
    delta, again = {"A_IM": "feed", "If_None_Match": feed}, {**BROWSER, "If_None_Match": page}
    for headers in ({}, delta, {"If_None_Match": "*"}, BROWSER, again, {"Accept_Encoding": "*;q=0"}):
        vary = (await place.get(**headers)).headers["vary"]
        assert {"Accept-Encoding", "Sec-Fetch-Dest", "A-IM"} <= set(vary.split(", "))


async def test_the_page_s_tag_is_never_the_feed_s(place: Place) -> None:
    page = await place.get(**BROWSER)
    feed = await place.tag(Accept_Encoding="br")
    again = await place.get(**BROWSER, If_None_Match=page.headers["etag"])
    assert (again.status, again.headers["etag"]) == (304, page.headers["etag"])
    assert "content-security-policy" in again.headers
    assert (await place.get(**BROWSER, If_None_Match=feed)).headers["content-type"].startswith("text/html")
    got = await place.get(If_None_Match=page.headers["etag"], Accept_Encoding="br")
    assert (got.status, got.headers["content-type"]) == (200, "application/rss+xml; charset=utf-8")
    both = await place.get(**BROWSER, If_None_Match=feed, A_IM="feed")
    assert both.status == 200


async def test_every_html_page_is_under_the_same_policy(place: Place) -> None:
    pages = [await place.get(path, **BROWSER) for path in ("/", "/science.xml")]
    for name in ("content-type", "content-security-policy", "referrer-policy", "x-content-type-options"):
        assert len({got.headers[name] for got in pages}) == 1
    assert "unsafe" not in pages[0].headers["content-security-policy"]


async def test_a_page_is_rendered_once_a_change_however_many_ask(place: Place) -> None:
    for _ in range(2):
        await asyncio.gather(*(place.get(f"/science.{suffix}", **BROWSER) for suffix in SUFFIXES * 5))
    assert place.rendered == 1
    before = await place.get(Sec_Fetch_Dest="document")
    place.store("UPDATE story SET published = published + 86400 WHERE id = 1")
    after = await place.get(Sec_Fetch_Dest="document", If_None_Match=before.headers["etag"])
    assert (after.status, after.body[:15]) == (200, b"<!doctype html>")
    assert place.rendered == 2


async def test_a_page_that_comes_out_as_it_was_keeps_its_etag_whatever_was_stored(place: Place) -> None:
    before = await place.get("/science/", Accept_Encoding="br")
    place.store("UPDATE source SET next_visit = next_visit + 1")
    after = await place.get("/science/", Accept_Encoding="br", If_None_Match=before.headers["etag"])
    assert (after.status, after.headers["etag"]) == (304, before.headers["etag"])
    assert place.rendered == 2


async def test_without_a_database_the_browser_gets_the_feed(place: Place) -> None:
    place.lose_database()
    got = await place.get(Sec_Fetch_Dest="document")
    assert (got.status, got.headers["content-type"]) == (200, "application/rss+xml; charset=utf-8")
    page = await place.get("/science/", Accept="text/html")
    assert (page.status, page.headers["cache-control"], page.headers["refresh"]) == (503, "no-store", "5")


async def test_before_it_is_published_there_is_no_page(place: Place) -> None:
    assert (await place.get("/other.xml", **BROWSER)).status == 404
    assert place.rendered == 0


# ── Archive pages ────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_archive_page_is_rendered_once_and_may_be_kept_for_ever(place: Place) -> None:
    got = await place.get("/science/101-200.atom")
    assert (got.status, got.headers["content-type"]) == (200, "application/atom+xml; charset=utf-8")
    assert got.headers["cache-control"] == "public, max-age=31536000, immutable"
    again = await place.get("/science/101-200.atom", If_None_Match=got.headers["etag"])
    assert (again.status, again.headers["cache-control"]) == (304, got.headers["cache-control"])
    zipped = await place.get("/science/101-200.atom", Accept_Encoding="gzip")
    assert gzip.decompress(zipped.body) == got.body
    assert place.rendered == 1


@pytest.mark.parametrize(
    "path",
    [
        "/science/101-201.atom",
        "/none/101-200.atom",
        "/science/101-200.html",
        "/science/-1-98.atom",
        "/science/1-100.atom/",
        "/science/1.atom",
        "/science/9999999999999999999999-1.xml",
    ],
)
async def test_what_is_no_archive_page_is_404(place: Place, path: str) -> None:
    assert (await place.get(path)).status == 404


async def test_a_database_that_cant_be_read_costs_the_archive_alone(place: Place) -> None:
    place.lose_database()
    got = await place.get("/science/101-200.xml")
    assert (got.status, got.headers["cache-control"]) == (503, "no-store")
    assert (await place.get("/science.xml")).status == 200
    place.find_database()
    assert (await place.get("/science/101-200.xml")).status == 200


async def test_archive_pages_say_what_the_config_in_force_says(place: Place) -> None:
    await place.get("/science/1-100.json")
    place.config = Config(output=[OutputTable(name="science", title="Another")])
    await place.get("/science.xml")
    assert json.loads((await place.get("/science/1-100.json")).body)["title"] == "Another"
    assert place.rendered == 2


async def test_a_page_lists_the_formats_of_the_config_in_force(place: Place) -> None:
    assert b"/science.atom" in (await place.get(Sec_Fetch_Dest="document")).body
    place.config = Config(output=[OutputTable(name="science", formats=["xml"])])
    assert b"/science.atom" not in (await place.get(Sec_Fetch_Dest="document")).body
    assert place.rendered == 2


async def test_the_subscriptions_are_read_once_for_all_and_anew_under_another_config(place: Place) -> None:
    first, *others = await asyncio.gather(*(place.get("/subscriptions.opml") for _ in range(5)))
    assert first.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert {got.headers["etag"] for got in others} == {first.headers["etag"]}
    place.config = Config(source=[SourceTable(url="https://new.example/feed")])
    assert b"https://new.example/feed" in (await place.get("/subscriptions.opml")).body
    place.lose_database()
    assert (await place.get("/subscriptions.opml")).status == 200


async def test_an_output_may_have_the_name_of_the_address_that_hubs_call(place: Place) -> None:
    callback = Callback(cast(Subscriber, None), lambda: 1)  # nobody gets as far as the subscriber
    place.config = Config(output=[OutputTable(name="science"), OutputTable(name="websub")])
    runner = web.AppRunner(place.new_server().application(callback.routes()))
    await runner.setup()
    async with place.open(runner):
        assert (await place.get("/websub/1-100.xml")).status == 200
        assert (await place.get("/websub/short")).body == b""


# ── Readers that don't know what they ask for, and readers in browsers ───────────────────────────────────────────────


@pytest.mark.parametrize(
    ("agent", "status"),
    [
        ("feedparser/6.0.11 +https://github.com/kurtmckee/feedparser/", 200),
        ("UniversalFeedParser/5.2.1 +https://code.google.com/p/feedparser/", 200),
        ("rss2email/3.14 (https://github.com/rss2email/rss2email)", 200),
        ("newsboat/2.21.0 (Linux x86_64)", 226),
        ("Liferea/1.15 (Linux; https://lzone.de/liferea/) AppleWebKit (KHTML, like Gecko)", 226),
        ("python-reader/3.26 (+https://github.com/lemon24/reader)", 226),
    ],
)
async def test_a_delta_is_for_who_knows_what_it_is(place: Place, agent: str, status: int) -> None:
    old = await place.tag()
    place.publish(4, 3, 2, 1)
    assert (await place.get(A_IM="feed", If_None_Match=old, User_Agent=agent)).status == status


@pytest.mark.parametrize("path", ["/science.xml", "/science.json", "/subscriptions.opml", "/science/1-100.atom"])
async def test_another_site_s_reader_may_ask_with_validators_and_sees_the_tag(place: Place, path: str) -> None:
    asks = {"Access_Control_Request_Method": "GET", "Access_Control_Request_Headers": "a-im, if-none-match"}
    before = await place.get(path, "OPTIONS", Origin="https://reader.example.org", **asks)
    assert (before.status, before.headers["access-control-allow-origin"]) == (204, "*")
    assert {"if-none-match", "a-im"} <= set(before.headers["access-control-allow-headers"].lower().split(", "))
    got = await place.get(path, Origin="https://reader.example.org")
    again = await place.get(path, Origin="https://reader.example.org", If_None_Match=got.headers["etag"])
    assert (got.status, again.status) == (200, 304)
    for answer in (got, again):
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "ETag" in answer.headers["access-control-expose-headers"].split(", ")


async def test_a_page_is_not_for_caches_that_many_share(place: Place) -> None:
    assert (await place.get(**BROWSER)).headers["cache-control"].startswith("private")
    assert (await place.get()).headers["cache-control"].startswith("public")


@pytest.mark.parametrize("ahead", [0, 5, 10**6])
async def test_a_change_within_the_second_is_no_304_and_nothing_is_of_the_future(place: Place, ahead: int) -> None:
    path, now = place.folder / "science.xml", int(time.time())
    os.utime(path, (now + ahead, now + ahead))
    first = await place.get()
    path.write_bytes(path.read_bytes().replace(b"Story 1", b"Other 1"))
    os.utime(path, (now + ahead, now + ahead))
    assert parsedate_to_datetime(first.headers["last-modified"]) < parsedate_to_datetime(first.headers["date"])
    assert (await place.get(If_Modified_Since=first.headers["last-modified"])).status == 200


@pytest.mark.parametrize(
    ("path", "starts"),
    [("/favicon.ico", b"\0\0\1\0"), ("/icon.png?v=1", b"\x89PNG\r\n")],
)
async def test_there_is_an_icon(place: Place, path: str, starts: bytes) -> None:
    got = await place.get(path)
    assert (got.status, got.body[: len(starts)]) == (200, starts)
    assert got.headers["content-type"].startswith("image/")


async def test_the_operator_s_own_icon_is_pointed_at(place: Place) -> None:
    place.config = place.config.model_copy(update={"site": Site(icon="https://cdn.example.org/i.png")})
    async with place.session.get(place.url + "/favicon.ico", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["location"]) == (302, "https://cdn.example.org/i.png")


async def test_the_page_of_the_sources_states_is_whole_wherever_it_stands(place: Place) -> None:
    """/status/ is no output's; it has the way to the site's own address all the same."""
    page = await place.get("/status/")
    assert page.status == 200
    assert b'href="../style-' in page.body
    assert b'href="../status.xml"' in page.body
    assert b"This is a feed" not in page.body
