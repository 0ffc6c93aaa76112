"""`[serve] private`: how the sources do, and which they are, is for the operator alone; no way leads others there."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from house import POLLING, SERVED, House, until
from world import Reply, World, item, rss

from aggregator import outbound
from aggregator.config import parse
from aggregator.config.changes import changes
from aggregator.model import ConfigError
from tests.serve.test_operator import SOURCES, TOKEN, Door, door

PAGES = ["/sources", "/sources?state=failing", "/source/1", "/source/99", "/status/"]
FILES = ["/status.xml", "/status.atom", "/status.json", "/subscriptions.opml"]
OPEN = ["/", "/feed/", "/?q=article", "/nowhere", "/sign-in"]
LEADS = re.compile(r'(?:href|action)="[^"]*(?:sources\b|source/|status\.|status/|subscriptions\.opml|metrics|readyz)')
CONFIG = f'[serve]\nadmin_token = "{TOKEN}"\nprivate = true\n{SOURCES}'
BEARER = f"Bearer {TOKEN}"
BASIC = "Basic " + b64encode(f"anybody:{TOKEN}".encode()).decode()


@pytest.fixture
async def private(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(tmp_path, CONFIG) as it:
        yield it


# ── For everybody ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("path", PAGES)
async def test_a_page_is_where_one_signs_in(private: Door, path: str) -> None:
    got = await private.get(path, Accept="text/html")
    assert got.status == 401
    assert got.headers["Cache-Control"] == "no-store, private"
    assert got.headers["WWW-Authenticate"].startswith("Bearer"), "a browser asks for no password of its own"
    assert f'action="{"../" * (path.count("/") - 1)}sign-in"' in got.text
    assert "a.example" not in got.text and not LEADS.search(got.text)


@pytest.mark.parametrize("path", FILES)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_a_file_says_what_it_takes(private: Door, path: str, method: str) -> None:
    got = await private.ask(method, path)
    assert got.status == 401
    assert [asked.partition(" ")[0] for asked in got.headers.getall("WWW-Authenticate")] == ["Basic", "Bearer"]
    assert "a.example" not in got.text


@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer x", f"Bearer {TOKEN}x", f"Token {TOKEN}", TOKEN, "Basic", "Basic !", "Basic Og==",
     "Basic " + b64encode(b"\xff:\xff").decode(), "Basic " + b64encode(TOKEN.encode()).decode()],
)  # fmt: skip
async def test_no_other_token_will_do(private: Door, authorization: str) -> None:
    for path in ("/sources", "/status.xml"):
        assert (await private.get(path, Authorization=authorization)).status == 401
    assert (await private.get("/sources", Cookie="aggregator-operator=x")).status == 401


@pytest.mark.parametrize("path", OPEN)
async def test_no_link_leads_there(private: Door, path: str) -> None:
    got = await private.get(path, Accept="text/html")
    assert got.status in {200, 404}
    assert not LEADS.search(got.text)
    assert '<select name="source">' not in got.text


async def test_a_browser_that_opens_a_file_is_where_one_signs_in(private: Door) -> None:
    for path in FILES:
        got = await private.get(path, Sec_Fetch_Dest="document")
        assert got.status == 401 and 'action="sign-in"' in got.text
        assert got.headers["WWW-Authenticate"].startswith("Bearer")


async def test_no_link_of_a_story_leads_there(private: Door) -> None:
    ((urn,),) = private.rows("SELECT urn FROM story WHERE id = 1")
    got = await private.get(f"/story/{urn.removeprefix('urn:uuid:')}")
    assert got.status == 200 and "a.example" in got.text
    assert not LEADS.search(got.text)


async def test_asking_for_one_source_after_the_other_tells_nothing(private: Door) -> None:
    everything = await private.get("/")
    assert (await private.get("/?source=1")).text == everything.text
    assert (await private.get("/?source=1", Authorization=BEARER)).text != everything.text
    assert (await private.get("/?source=1")).text == everything.text, "and nothing of it is kept for others"


async def test_whether_it_is_well_is_told_without_why(private: Door) -> None:
    assert json.loads((await private.get("/healthz")).text) == {"status": "ok"}
    assert json.loads((await private.get("/healthz", Authorization=BEARER)).text)["sources"] == 2


# ── For the operator ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("authorization", [BEARER, BEARER.replace("Bearer", "bearer"), BASIC])
async def test_the_token_opens_it(private: Door, authorization: str) -> None:
    for path in [*PAGES, *FILES]:
        got = await private.get(path, Authorization=authorization)
        assert got.status == (404 if path == "/source/99" else 200), path
        assert "public" not in got.headers["Cache-Control"], path
        assert "Access-Control-Allow-Origin" not in got.headers, path


async def test_a_session_opens_it_and_has_the_links(private: Door) -> None:
    cookie = await private.sign_in()
    for path in [*PAGES, *FILES]:
        assert (await private.get(path, Cookie=cookie)).status == (404 if path == "/source/99" else 200), path
    front = (await private.get("/", Cookie=cookie)).text
    assert {'href="sources"', 'href="status.xml"', 'href="subscriptions.opml"'} <= set(
        re.findall(r'href="[^"]+"', front)
    )
    assert '<a href="source/' in front
    assert not LEADS.search((await private.get("/")).text), "what was made for the operator is nobody else's"


async def test_the_operator_s_reader_gets_304(private: Door) -> None:
    for path in FILES:
        first = await private.get(path, Authorization=BASIC)
        assert first.headers["Cache-Control"] == "private, no-cache"
        again = await private.get(path, Authorization=BASIC, If_None_Match=first.headers["ETag"])
        assert (again.status, again.text) == (304, "")
    page = await private.get("/status.xml", Authorization=BEARER, Sec_Fetch_Dest="document")
    assert page.status == 200 and "<html" in page.text, "a browser is shown its page"


async def test_what_was_public_is_private_as_soon_as_the_config_says_so(private: Door, tmp_path: Path) -> None:
    closed = private.config
    private.config = parse(CONFIG.replace("private = true", "private = false"), tmp_path / "a.toml")
    first = await private.get("/subscriptions.opml")
    assert first.status == 200 and first.headers["Access-Control-Allow-Origin"] == "*"
    assert (await private.get("/sources")).status == 200
    private.config = closed
    assert (await private.get("/subscriptions.opml", If_None_Match=first.headers["ETag"])).status == 401
    assert (await private.get("/sources")).status == 401
    theirs = await private.get("/subscriptions.opml", Authorization=BEARER)
    assert (
        theirs.headers["Cache-Control"] == "private, no-cache" and "Access-Control-Allow-Origin" not in theirs.headers
    )


def test_private_needs_no_restart_and_a_token_does() -> None:
    before, after = parse(f"[serve]\nadmin_token = '{TOKEN}'", Path("a")), parse(CONFIG, Path("a"))
    assert changes(before, after)["keys"] == ["serve.private"] and changes(before, after)["restart"] == []
    assert changes(parse("", Path("a")), after)["restart"] == ["serve.admin_token"]


async def test_where_the_token_came_after_the_start_nobody_is_let_in(tmp_path: Path) -> None:
    async with door(tmp_path, SOURCES) as site:
        site.config = parse(CONFIG, tmp_path / "a.toml")
        for path in [*PAGES, *FILES]:
            assert (await site.get(path, Authorization=BEARER)).status == 401


# ── In files, on a daemon, at the door ───────────────────────────────────────────────────────────────────────────────


def test_without_a_token_it_is_a_mistake_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as found:
        parse('[site]\ntitle = "x"\n[serve]\nprivate = true\n', tmp_path / "a.toml")
    assert str(found.value) == (
        f"{tmp_path}/a.toml:3: serve: private needs an admin_token, with which you alone are let in: at least 16"
        " characters, for instance from `openssl rand -base64 24`"
    )


def test_nothing_private_lies_in_public(house: House, world: World) -> None:
    url = world.plays("/f", Reply(body=rss(item(1), title="Known")))
    house.write(f'{POLLING}[site]\nstatic = "stories"\n[[source]]\nurl = "{url}"\n')
    house.run("once")
    public = house.data / outbound.FOLDER
    assert (public / "status.xml").exists() and LEADS.search((public / "index.html").read_text("utf-8"))
    house.write(house.config.read_text() + f'[serve]\nadmin_token = "{TOKEN}"\nprivate = true\n')
    (public / "status.json").write_text("of whoever has put it there")
    house.run("once")

    files = [path for path in public.rglob("*") if path.is_file()]
    assert [path.name for path in files if path.name.startswith("status")] == []
    assert sorted(path.suffix for path in public.glob("feed.*")) == [".atom", ".json", ".xml"]
    pages = [path for path in files if path.suffix == ".html"]
    assert len(pages) == 3
    assert [path for path in pages if LEADS.search(path.read_text("utf-8"))] == []


def test_a_daemon_keeps_it_to_itself_and_its_door(house: House, world: World) -> None:
    from aggregator.cli.door import _Connection

    def asked(path: str) -> tuple[int, str]:
        connection = _Connection(house.data)
        assert connection.opened()
        connection.request("GET", path)
        answer = connection.getresponse()
        read = answer.status, answer.read().decode()
        connection.close()
        return read

    url = world.plays("/f", Reply(body=rss(item(1), title="Known")))
    house.write(f'{SERVED}admin_token = "{TOKEN}"\nprivate = true\n[[source]]\nurl = "{url}"\n')
    with house.daemon() as running:
        until(lambda: b"Item 1" in running.get("/feed.json").body)
        assert running.get("/metrics").status == running.get("/status.xml").status == 401
        assert set(json.loads(running.get("/readyz").body)) == {"status"}
        assert "aggregator_build_info" in running.get("/metrics", Authorization=BEARER.encode().decode("latin-1")).text
        for path, words in {
            "/metrics": "aggregator_sources{",
            "/readyz": '"checks"',
            "/status.xml": "<rss",
            "/subscriptions.opml": url,
        }.items():
            status, text = asked(path)
            assert status in {200, 503} and words in text, path
        assert asked("/nothing")[0] == 404
        assert house.json("status")["daemon"]["pid"] == running.process.pid
        assert running.stop() == 0
