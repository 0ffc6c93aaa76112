"""The operator's door: who is let in, which forms are taken, and that it isn't there without a token. Real HTTP."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from http.cookies import Morsel, SimpleCookie
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from house import SERVED, House, until
from world import Reply, World, item, rss
from yarl import URL

from aggregator.config import Config, parse
from aggregator.model import Delivery, Document, DocumentState, Entry, Feed, Outcome, SourceState, Visit
from aggregator.operate import Controls, Done
from aggregator.parse.identity import identify
from aggregator.policy.health import Health
from aggregator.refine import refine
from aggregator.serve.app import Server
from aggregator.serve.operator import COOKIE, Operator
from aggregator.serve.sessions import LASTS, TRIES
from aggregator.store import claims, entries, sources
from aggregator.store.database import Writer

TOKEN = "correct horse battery staple ä"
NOON = 1_767_355_200
A, B = "https://a.example/feed", "https://b.example/feed"
WORDS = " ".join(f"word{n}" for n in range(80))
SOURCES = f'[[source]]\nurl = "{A}"\n[[source]]\nurl = "{B}"\n'
FORM = "application/x-www-form-urlencoded"
NOBODY = "00000000-0000-4000-8000-000000000000"
FORMS = ["/source/1/visit", "/source/1/pause", "/source/1/resume", f"/story/{NOBODY}/split", f"/story/{NOBODY}/merge"]


@dataclass
class Got:
    status: int
    headers: Any
    text: str

    @property
    def place(self) -> str:
        return str(self.headers["Location"])


@dataclass
class Door:
    """A server over a store, under a clock that jumps; what followed from the forms is counted."""

    config: Config
    writer: Writer
    folder: Path
    now: float = 1000.0
    hurried: int = 0
    published: int = 0
    base: str = ""
    http: aiohttp.ClientSession = field(init=False)

    def hurry(self) -> None:
        self.hurried += 1

    def publish(self) -> None:
        self.published += 1

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Door]:
        """Starts it (anew)."""
        controls = Controls(self.writer, self.hurry, self.publish, lambda: NOON)
        operator = Operator(lambda: self.config, controls, lambda: self.now) if self.config.serve.admin_token else None
        health = Health("", NOON, 2, 0)
        server = Server(lambda: self.config, self.folder, lambda: health, operator)
        runner = await server.open()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            self.base = f"http://127.0.0.1:{runner.addresses[0][1]}"
            async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as self.http:
                yield self
        finally:
            await runner.cleanup()

    async def ask(self, method: str, path: str, body: bytes | dict[str, str] = b"", **headers: str) -> Got:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if method == "POST":
            named = {"Content-Type": FORM, **named}
            body = body if isinstance(body, bytes) else str(URL("/").with_query(body)).partition("?")[2].encode()
        url = URL(self.base + path, encoded=True)
        async with self.http.request(method, url, data=body or None, headers=named, allow_redirects=False) as answer:
            return Got(answer.status, answer.headers, await answer.text())

    async def get(self, path: str, **headers: str) -> Got:
        return await self.ask("GET", path, **headers)

    async def post(self, path: str, body: bytes | dict[str, str] = b"", **headers: str) -> Got:
        return await self.ask("POST", path, body, **headers)

    async def sign_in(self, token: str = TOKEN) -> str:
        """The cookie of a new session."""
        return f"{COOKIE}={cookie_of(await self.post('/sign-in', {'token': token})).value}"

    async def form(self, cookie: str) -> str:
        """What a page for this session has in its forms."""
        (form,) = set(re.findall(r'name="form" value="([^"]+)"', (await self.get("/", Cookie=cookie)).text))
        return str(form)

    def deliver(self, key: str, *articles: Entry) -> None:
        arrivals = refine(Feed(entries=tuple(identify(articles))), Document("", b"", base=key), NOON)
        state = SourceState(last_visit=NOON, next_visit=NOON + 900)
        delivery = Delivery(key, Visit(key, NOON, Outcome.OK), state, {"": DocumentState()}, None, "", arrivals)
        self.writer.now(entries.commit, [delivery])

    def rows(self, asked: str) -> list[Any]:
        return self.writer.now(lambda database: database.execute(asked).fetchall())


def cookie_of(got: Got) -> Morsel[str]:
    return SimpleCookie(got.headers["Set-Cookie"])[COOKIE]


@asynccontextmanager
async def door(folder: Path, text: str) -> AsyncIterator[Door]:
    config = parse(text, folder / "aggregator.toml")
    writer = Writer(folder)
    try:
        writer.now(sources.register, config.sources)
        made = Door(config, writer, folder)
        made.deliver(A, Entry("1", "The article", "https://a.example/1", content=WORDS))
        made.deliver(B, Entry("2", "The article", "https://b.example/2", content=WORDS))
        made.deliver(B, Entry("3", "Something else", "https://b.example/3", content=WORDS.replace("word", "other")))
        async with made.opened():
            yield made
    finally:
        writer.close()


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Door]:
    async with door(
        tmp_path, f'[site]\nlink = "https://news.example/"\n[serve]\nadmin_token = "{TOKEN}"\n{SOURCES}'
    ) as it:
        yield it


@pytest.fixture
async def signed(site: Door) -> tuple[Door, str, str]:
    """A site, the cookie of a session there, and what its forms carry."""
    cookie = await site.sign_in()
    return site, cookie, await site.form(cookie)


# ── Without a token ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_without_a_token_none_of_it_is_there(tmp_path: Path) -> None:
    """No difference is to be seen from an address that never was."""
    async with door(tmp_path, SOURCES) as site:
        for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"):
            for path in ("/sign-in", "/sign-out", *FORMS):
                nothing = re.sub(r"[a-z]+$", "nowhere", path)
                got, other = [
                    await site.ask(method, way, b"token=x" if method == "POST" else b"", Accept="text/html")
                    for way in (path, nothing)
                ]
                assert (got.status, got.text) == (other.status, other.text)
                assert {**got.headers, "Date": ""} == {**other.headers, "Date": ""}
                assert got.status in {404, 405}
        assert "sign-in" not in (await site.get("/")).text
        assert "Cookie" not in (await site.get("/")).headers["Vary"]


async def test_with_one_each_page_leads_there(site: Door) -> None:
    got = await site.get("/")
    assert '<a href="sign-in">Sign in</a>' in got.text
    assert 'name="form"' not in got.text
    assert "Cookie" in got.headers["Vary"], "what a cache keeps of anybody's page isn't the operator's"


# ── Signing in ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_the_page_to_sign_in_at_is_nobody_s_to_keep(site: Door) -> None:
    got = await site.get("/sign-in")
    assert got.status == 200
    assert got.headers["Cache-Control"] == "no-store, private"
    assert got.headers["Referrer-Policy"] == "same-origin", 'under "no-referrer" the form would come from nowhere'
    assert "form-action 'self'" in got.headers["Content-Security-Policy"]
    assert 'type="password"' in got.text and TOKEN not in got.text
    head = await site.ask("HEAD", "/sign-in")
    assert (head.status, head.text) == (200, "")


async def test_the_right_token_opens_a_session(site: Door) -> None:
    got = await site.post("/sign-in", {"token": TOKEN, "user": "operator"})
    assert (got.status, got.place) == (303, "./")
    cookie = cookie_of(got)
    assert (cookie["path"], cookie["max-age"], cookie["samesite"]) == ("/", str(LASTS), "Strict")
    assert cookie["httponly"] is True and cookie["secure"] is True, "the site's link is https"
    page = await site.get("/", Cookie=f"other=1; {COOKIE}={cookie.value}")
    assert "You are signed in" in page.text
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "ETag" not in page.headers
    assert TOKEN not in page.text and cookie.value not in page.text


async def test_the_cookie_goes_over_http_where_that_is_all_there_is(tmp_path: Path) -> None:
    async with door(tmp_path, f'[serve]\nadmin_token = "{TOKEN}"\n') as site:
        assert cookie_of(await site.post("/sign-in", {"token": TOKEN}))["secure"] == ""


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], TOKEN + " ", TOKEN.upper(), "\0", "<script>alert(1)</script>"])
async def test_a_wrong_token_opens_none(site: Door, token: str) -> None:
    got = await site.post("/sign-in", {"token": token})
    assert (got.status, "Set-Cookie" in got.headers) == (403, False)
    assert "That is not the token." in got.text
    assert "<script>alert" not in got.text
    assert (await site.post("/sign-in")).status == 403


async def test_guessing_is_slow_and_over_after_a_minute(site: Door, caplog: pytest.LogCaptureFixture) -> None:
    cookie = await site.sign_in()
    for _ in range(TRIES):
        assert (await site.post("/sign-in", {"token": "guessed"})).status == 403
    got = await site.post("/sign-in", {"token": "guessed"})
    assert (got.status, got.headers["Retry-After"]) == (429, "60")
    assert (await site.post("/sign-in", {"token": TOKEN})).status == 303, "nobody can lock the operator out"
    assert 'name="form"' in (await site.get("/", Cookie=cookie)).text, "who is in stays in"
    site.now += 60
    assert (await site.post("/sign-in", {"token": "guessed"})).status == 403
    assert "guessed" not in caplog.text


async def test_a_session_ends_by_itself_by_signing_out_and_with_the_program(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed
    other = await site.sign_in()
    got = await site.post("/sign-out", {"form": form}, Cookie=cookie)
    assert (got.status, got.place) == (303, "./")
    assert cookie_of(got)["max-age"] == "0"
    assert 'name="form"' not in (await site.get("/", Cookie=cookie)).text, "also for who kept the cookie"
    assert (await site.post("/source/1/visit", {"form": form}, Cookie=cookie)).status == 403

    other_form = await site.form(other)
    assert (await site.post("/source/1/visit", {"form": other_form}, Cookie=other)).status == 303
    site.now += LASTS
    assert (await site.post("/source/1/visit", {"form": other_form}, Cookie=other)).status == 403
    assert 'name="form"' not in (await site.get("/", Cookie=other)).text

    third = await site.sign_in()
    third_form = await site.form(third)
    async with site.opened():
        assert 'name="form"' not in (await site.get("/", Cookie=third)).text
        assert (await site.post("/source/1/visit", {"form": third_form}, Cookie=third)).status == 403


async def test_sessions_dont_fill_the_memory(site: Door) -> None:
    first = await site.sign_in()
    for _ in range(60):
        last = await site.sign_in()
    assert 'name="form"' in (await site.get("/", Cookie=last)).text
    assert 'name="form"' not in (await site.get("/", Cookie=first)).text


# ── Which forms are taken ────────────────────────────────────────────────────────────────────────────────────────────


async def untouched(site: Door, act: Callable[[], Awaitable[Got]], status: int) -> None:
    """Nothing comes of it, and the page says so without a word of what was sent."""
    before = site.rows("SELECT * FROM source"), site.rows("SELECT id, story, joined FROM entry")
    got = await act()
    assert got.status == status
    assert (site.rows("SELECT * FROM source"), site.rows("SELECT id, story, joined FROM entry")) == before
    assert (site.hurried, site.published) == (0, 0)
    assert got.headers["Cache-Control"] == "no-store, private"
    assert "Nothing was changed" in got.text


@pytest.mark.parametrize("path", [*FORMS, "/sign-out"])
async def test_a_form_is_taken_of_who_is_signed_in_alone(signed: tuple[Door, str, str], path: str) -> None:
    site, cookie, form = signed
    other_form = await site.form(await site.sign_in())
    for cookies in ({}, {"Cookie": f"{COOKIE}=guessed"}, {"Cookie": f"{COOKIE}="}, {"Cookie": ";;=,"}):
        await untouched(site, partial(site.post, path, {"form": form}, **cookies), 403)
    for wrong in ({}, {"form": ""}, {"form": "guessed"}, {"form": other_form}, {"form": cookie.partition("=")[2]}):
        await untouched(site, partial(site.post, path, wrong, Cookie=cookie), 403)


FORGED = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "https://news.example.evil.example"},
    {"Origin": "https://news.example:8443"},
    {"Sec_Fetch_Site": "cross-site"},
    {"Sec_Fetch_Site": "same-site"},
    {"Sec_Fetch_Site": "none"},
    {"Sec_Fetch_Site": "cross-site", "Origin": "https://news.example"},
]


@pytest.mark.parametrize("path", [*FORMS, "/sign-out", "/sign-in"])
async def test_a_form_from_elsewhere_is_not_taken(signed: tuple[Door, str, str], path: str) -> None:
    site, cookie, form = signed
    fields = {"form": form, "token": TOKEN}
    for forged in FORGED:
        await untouched(site, partial(site.post, path, fields, Cookie=cookie, **forged), 403)


async def test_a_form_from_here_is_taken_also_behind_a_proxy(signed: tuple[Door, str, str]) -> None:
    """Some proxies put their own idea of the host in the place of the browser's."""
    site, cookie, form = signed
    host = site.base.removeprefix("http://")
    for headers in (
        {"Origin": site.base, "Sec_Fetch_Site": "same-origin"},
        {"Origin": f"https://{host}"},
        {"Origin": "https://news.example"},
        {"Origin": "https://news.example", "Host": "backend"},
        {"Origin": "https://Other.example".lower(), "Host": "Other.example"},
        {},
    ):
        got = await site.post("/source/1/visit", {"form": form}, Cookie=cookie, **headers)
        assert (got.status, got.place) == (303, "../1?done=visited"), headers


NO_FORMS = [
    (413, b"x=" + b"y" * 5000, FORM),
    (415, b"form=x", "text/plain"),
    (415, b'{"form": "x"}', "application/json"),
    (415, b"form=x", "multipart/form-data; boundary=x"),
    (415, b"form=x", ""),
    (400, b"form=\xff\xfe", FORM),
    (400, b"&".join(b"a%d=" % n for n in range(20)), FORM),
    (403, b"%", FORM),
    (403, b"form=%ff%00", f"{FORM}; charset=utf-16"),
    (403, b"&&==&=", FORM.upper()),
]


@pytest.mark.parametrize("path", ["/source/1/visit", f"/story/{NOBODY}/merge", "/sign-in"])
async def test_what_is_no_form_is_not_read(signed: tuple[Door, str, str], path: str) -> None:
    site, cookie, _ = signed
    for status, body, kind in NO_FORMS:
        if path != "/sign-in" or status != 403:
            await untouched(site, partial(site.post, path, body, Cookie=cookie, Content_Type=kind), status)
    assert (await site.get("/healthz")).status == 200


@pytest.mark.parametrize("path", [*FORMS, "/sign-out"])
async def test_nothing_but_a_post_changes_anything(signed: tuple[Door, str, str], path: str) -> None:
    site, cookie, form = signed
    before = site.rows("SELECT * FROM source")
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
        got = await site.ask(method, f"{path}?form={form}", Cookie=cookie)
        assert got.status in {404, 405}
    assert site.rows("SELECT * FROM source") == before
    assert 'name="form"' in (await site.get("/", Cookie=cookie)).text


# ── What comes of them ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_source_is_visited_paused_and_resumed(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed

    async def send(act: str) -> str:
        got = await site.post(f"/source/1/{act}", {"form": form}, Cookie=cookie)
        assert got.status == 303 and got.headers["Cache-Control"] == "no-store, private"
        return got.place

    assert [await send("visit"), await send("visit")] == ["../1?done=visited"] * 2
    assert site.rows("SELECT next_visit FROM source") == [(NOON,), (NOON + 900,)]
    assert site.hurried == 2
    assert [await send("pause"), await send("pause"), await send("visit")] == [
        "../1?done=paused", "../1?done=paused-already", "../1?done=is-paused",
    ]  # fmt: skip
    assert [await send("resume"), await send("resume")] == ["../1?done=resumed", "../1?done=runs-already"]
    assert (site.hurried, site.published) == (3, 2)
    site.writer.now(claims.take, [A], "visit")
    assert await send("visit") == "../1?done=busy"


async def test_stories_are_split_and_merged(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed
    (one,), (two,) = site.rows("SELECT urn FROM story ORDER BY id")
    one, two = (urn.removeprefix("urn:uuid:") for urn in (one, two))

    async def send(path: str, **fields: str) -> Got:
        return await site.post(path, {"form": form, **fields}, Cookie=cookie)

    assert (await send(f"/story/{one}/split", entry="2")).place == f"../{one}?done=split"
    assert (await send(f"/story/{one}/split", entry="2")).place == f"../{one}?done=no-copy"
    assert len(site.rows("SELECT * FROM story")) == 3
    assert (
        await send(f"/story/{two}/merge", other="https://news.example/story/" + one)
    ).place == f"../{one}?done=merged"
    assert (await send(f"/story/{two}/merge", other=one)).place == f"../{one}?done=one-already"
    assert (await send(f"/story/{one}/merge", other="<script>")).place == f"../{one}?done=no-other"
    assert site.published == 2
    for entry in ("", "x", "-1", "1" * 16, "²", "1.5"):
        assert (await send(f"/story/{one}/split", entry=entry)).status == 400


async def test_the_pages_of_stories_and_sources_have_the_forms(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed
    ((urn,),) = site.rows("SELECT urn FROM story WHERE id = 1")
    path = f"/story/{urn.removeprefix('urn:uuid:')}"
    for way in (path, f"{path}.html"):
        page = (await site.get(way, Cookie=cookie)).text
        assert page.count(f'action="..{path}/split"') == page.count('name="entry"') == 2
        assert {*re.findall(r'name="entry" value="(\d+)"', page)} == {"1", "2"}
        assert f'action="..{path}/merge"' in page and form in page
        assert "/merge" not in (await site.get(way)).text

    async def acts() -> list[str]:
        return re.findall(r'action="\.\./source/1/(\w+)"', (await site.get("/source/1", Cookie=cookie)).text)

    assert await acts() == ["visit", "pause"]
    await site.post("/source/1/pause", {"form": form}, Cookie=cookie)
    assert await acts() == ["resume"]
    assert "/resume" not in (await site.get("/source/1")).text


async def test_what_is_not_there_is_404(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed
    for path in ("/source/99/visit", "/source/999999999999999/pause", "/source/0/resume", *FORMS[3:]):
        got = await site.post(path, {"form": form, "entry": "1", "other": "x"}, Cookie=cookie)
        assert got.status == 404
        assert "There is no such" in got.text
    for path in ("/source/-1/visit", "/source/1e3/visit", "/source/1/explode", "/story/x/split", "/source/1/visit/"):
        got = await site.post(path, {"form": form}, Cookie=cookie)
        assert got.status in {404, 405}


async def test_the_page_says_what_came_of_it_in_our_words_alone(signed: tuple[Door, str, str]) -> None:
    site, cookie, _ = signed
    for done in Done:
        got = await site.get(f"/?done={done}", Cookie=cookie)
        assert f'role="status">{done.said}<' in got.text.replace("&#39;", "'")
    for forged in ("%3Cscript%3E", "Send+money", "VISITED", ""):
        assert 'role="status"' not in (await site.get(f"/?done={forged}", Cookie=cookie)).text
    assert 'role="status"' not in (await site.get("/?done=visited")).text, "nobody is told who wasn't here"


async def test_the_operator_s_pages_are_of_no_cache(signed: tuple[Door, str, str]) -> None:
    """Neither does anybody else get them, nor he what everybody gets."""
    site, cookie, form = signed
    (site.folder / "public").mkdir()
    (site.folder / "public" / "feed.xml").write_text("<rss/>")
    anybody = await site.get("/")
    for path in ("/", "/feed/", "/?q=article", "/feed.xml"):
        shown = await site.get(path, Cookie=cookie, Sec_Fetch_Dest="document", If_None_Match=anybody.headers["ETag"])
        assert (shown.status, form in shown.text) == (200, True), path
        assert shown.headers["Cache-Control"] == "no-store, private"
        assert form not in (await site.get(path, Sec_Fetch_Dest="document")).text
    assert (await site.get("/", If_None_Match=anybody.headers["ETag"])).status == 304
    again = await site.get("/", Cookie=f"{COOKIE}=expired", If_None_Match=anybody.headers["ETag"])
    assert again.status == 304, "a cookie that means nothing changes nothing"


async def test_a_store_that_cant_be_written_is_a_page(signed: tuple[Door, str, str]) -> None:
    site, cookie, form = signed
    site.rows("PRAGMA query_only=1")
    got = await site.post("/source/1/pause", {"form": form}, Cookie=cookie)
    site.rows("PRAGMA query_only=0")
    assert (got.status, got.headers["Retry-After"]) == (503, "300")
    assert "Nothing was changed" in got.text


# ── The daemon ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_daemon_visits_at_once_what_the_operator_asks_for(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1))), Reply(body=rss(item(1), item(2))))
    house.write(f'{SERVED}admin_token = "{TOKEN}"\n[[source]]\nurl = "{url}"\ninterval = "1d"\n')
    with house.daemon() as running:
        until(lambda: running.get("/feed.json").text.count('"id"') == 1)
        got = _post(running.port, "/sign-in", f"token={TOKEN.replace(' ', '+').replace('ä', '%C3%A4')}", "")
        cookie = re.search(rf"{COOKIE}=[^;]+", got[1])
        assert got[0] == 303 and cookie
        page = running.get("/", Cookie=cookie[0]).text
        form = re.search(r'name="form" value="([^"]+)"', page)
        assert form
        assert _post(running.port, "/source/1/visit", f"form={form[1]}", cookie[0])[0] == 303
        until(lambda: running.get("/feed.json").text.count('"id"') == 2)
        assert _post(running.port, "/source/1/pause", f"form={form[1]}", cookie[0])[0] == 303
        assert house.json("sources")[0]["state"] == "paused"
        assert running.stop() == 0
    assert not any(TOKEN in line for line in (*running.log, *running.out))
    with house.daemon() as again:
        until(lambda: '"last_round": null' not in again.get("/healthz").text)
        assert house.json("sources")[0]["state"] == "paused"
        assert 'name="form"' not in again.get("/", Cookie=cookie[0]).text
        assert again.stop() == 0
    assert len(world.requests("/feed")) == 2


def _post(port: int, path: str, body: str, cookie: str) -> tuple[int, str]:
    import http.client

    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("POST", path, body, {"Content-Type": FORM, "Cookie": cookie})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Set-Cookie", "")
    finally:
        connection.close()


@pytest.mark.parametrize("command", [["check"], ["preview", "feed"], ["sources"], ["export", "--jsonl"], ["once"]])
def test_no_command_prints_the_token(house: House, command: list[str]) -> None:
    house.write(f'[serve]\nadmin_token = "{TOKEN}"\n[[source]]\npath = "a.md"\n')
    (house.folder / "a.md").write_text("# An article\n\nWith a text.\n")
    house.run("once")
    done = house.run(*command)
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "written", ['"short"', '"fifteen letters"', '"with a line\\nfeed in it"', "17", f'"{"x" * 201}"']
)
def test_a_token_that_is_none_is_one_line_without_it(house: House, written: str) -> None:
    house.write(f"[serve]\nadmin_token = {written}\n")
    done = house.run("check", status=2)
    (line,) = done.stderr.splitlines()
    assert re.search(r"aggregator\.toml:2: serve\.admin_token: must be text of 16 to 200 printable characters", line)
    assert written.strip('"')[:9] not in line.partition("admin_token")[2]
