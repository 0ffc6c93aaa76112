"""What a source's server wants to see: from the config to that server, and to no other."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

import pytest
from house import POLLING, House
from hypothesis import given
from hypothesis import strategies as st
from world import Reply, World, item, rss

from aggregator.config import parse
from aggregator.model import Access
from aggregator.retrieve.credentials import Credentials

KEY = "k3y-for-the-members"


def _access(text: str) -> list[Access]:
    return [source.access for source in parse(text, Path("/c/aggregator.toml")).sources]


def _only_with(name: str, value: str, body: bytes) -> Reply:
    """A feed for who sends this header."""
    return lambda asked: Reply(200, body) if asked.headers.get(name) == value else Reply(403)  # type: ignore[return-value]


# ── From the config to the server ────────────────────────────────────────────────────────────────────────────────────


def test_each_server_sees_what_the_config_says_from_wherever_it_stands(house: House, world: World) -> None:
    (house.folder / "cookie").write_text(f"session={KEY}\n")
    feeds = {
        'bearer = "env:KEY"': ("authorization", f"Bearer {KEY}"),
        'cookie = "file:cookie"': ("cookie", f"session={KEY}"),
        'headers = { X-Api-Key = "env:KEY", Accept = "*/*" }': ("x-api-key", KEY),
        'user_agent = "Reader/1 (+https://me.example/)"': ("user-agent", "Reader/1 (+https://me.example/)"),
        'category = "members/inner"': ("authorization", f"Token {KEY}"),
    }
    tables = ['[[defaults]]\ncategory = "members"\nheaders = { Authorization = "env:TOKEN" }\n']
    for number, (written, (name, value)) in enumerate(feeds.items()):
        url = world.plays(f"/{number}", _only_with(name, value, rss(item(number))))
        tables.append(f'[[source]]\nurl = "{url}"\n{written}\n')
    house.write(POLLING + "".join(tables))
    done = house.run("once", KEY=KEY, TOKEN=f"Token {KEY}")
    assert "0 failed; 5 new entries" in done.stdout, done.stderr
    assert world.requests("/2")[0].headers["accept"] == "*/*"
    for command in (["sources"], ["sources", "--json"], ["export", "--opml", "--secrets"], ["check"], ["status"]):
        done = house.run(*command, KEY=KEY, TOKEN=f"Token {KEY}")
        assert KEY not in done.stdout + done.stderr
    for path in (path for path in house.data.rglob("*") if path.is_file()):
        assert KEY.encode() not in path.read_bytes()


def test_a_redirect_to_another_origin_takes_none_of_it_along_but_the_user_agent(house: House, world: World) -> None:
    there = world.plays("/there", Reply(200, rss(item(1)))).replace("127.0.0.1", "127.0.0.2")
    url = world.plays("/feed", Reply(302, headers={"Location": there}))
    house.write(
        f'{POLLING}[[source]]\nurl = "{url}"\nbearer = "{KEY}"\ncookie = "c={KEY}"\nuser_agent = "Reader/1"\n'
        f'headers = {{ X-Key = "{KEY}" }}\n'
    )
    house.run("once")
    (first,), (second,) = world.requests("/feed"), world.requests("/there")
    assert {first.headers[name] for name in ("authorization", "cookie", "x-key")} == {f"Bearer {KEY}", f"c={KEY}", KEY}
    assert KEY not in str(second.headers)
    assert second.headers["user-agent"] == first.headers["user-agent"] == "Reader/1"


@pytest.mark.parametrize(("written", "said"), [("two\\nlines", "headers"), ("tab\\tbed", "headers")])
def test_what_a_variable_holds_is_no_second_header(house: House, written: str, said: str) -> None:
    house.write('[[source]]\nurl = "https://a.example/"\nheaders = { X-Key = "env:KEY" }\n')
    done = house.run("once", status=2, KEY=written.encode().decode("unicode_escape"))
    assert f":3: [[source]] 1, {said}: what stands there can't be sent in a header" in done.stderr


def test_a_page_to_sign_in_is_named_for_who_looks_at_the_sources(house: House, world: World) -> None:
    page = Reply(200, b"<!doctype html><title>Welcome</title><form><input type=password></form>")
    sign_in = world.plays("/login", page)
    url = world.plays("/feed", Reply(302, headers={"Location": sign_in}))
    house.write(f'{POLLING}[[source]]\nurl = "{url}"\n')
    house.run("once")
    assert "it leads to a page to sign in: username and password" in house.json("sources")[0]["error"]


# ── What a source and its category say ───────────────────────────────────────────────────────────────────────────────


def test_a_source_goes_before_its_category_and_that_before_all(tmp_path: Path) -> None:
    near, far, elsewhere, own = _access("""
        [[defaults]]
        user_agent = "All/1"
        headers = { X-A = "all", X-B = "all" }
        [[defaults]]
        category = "news"
        bearer = "news"
        cookie = "news"
        headers = { x-a = "news" }
        [[defaults]]
        category = "news/local"
        username = "me"
        password = "local"
        [[source]]
        url = "https://a.example/"
        category = "news/local"
        [[source]]
        url = "https://b.example/"
        category = "news/world"
        [[source]]
        url = "https://c.example/"
        category = "newspapers"
        [[source]]
        url = "https://d.example/"
        category = "news"
        headers = { AUTHORIZATION = "Own 1" }
        user_agent = "Own/1"
    """)
    assert (near.username, near.password, near.user_agent) == ("me", "local", "All/1")
    assert dict(near.headers) == {"x-a": "news", "X-B": "all", "Cookie": "news"}
    assert dict(far.headers) == {"x-a": "news", "X-B": "all", "Cookie": "news", "Authorization": "Bearer news"}
    assert dict(elsewhere.headers) == {"X-A": "all", "X-B": "all"}
    assert dict(own.headers) == {"x-a": "news", "X-B": "all", "Cookie": "news", "AUTHORIZATION": "Own 1"}
    assert (own.username, own.user_agent) == ("", "Own/1")


def test_a_folder_takes_none_of_it_and_an_address_keeps_its_own_user() -> None:
    folder, feed = _access("""
        [[defaults]]
        bearer = "x"
        [[source]]
        path = "articles"
        [[source]]
        url = "https://me:mine@a.example/"
    """)
    assert folder == Access()
    _, headers = Credentials("https://me:mine@a.example/", feed).request("https://a.example/other")
    assert headers == {"Authorization": "Basic bWU6bWluZQ=="}


ORIGINS = st.sampled_from(["https://a.example", "http://a.example", "https://a.example:8443", "https://b.example"])
PATHS = st.sampled_from(["/", "/feed", "/?a=b", "/#x"])


@given(ORIGINS, PATHS, st.lists(st.tuples(ORIGINS, PATHS)))
def test_no_chain_of_redirects_gets_it_anywhere_else(origin: str, path: str, hops: list[tuple[str, str]]) -> None:
    access = Access("me", "secret", (("X-Key", "secret"), ("Cookie", "secret")), "Reader/1")
    credentials = Credentials(origin + path, access)
    for there, rest in chain([(origin, path)], hops):
        _, headers = credentials.request(there + rest)
        assert headers["User-Agent"] == "Reader/1"
        assert ("X-Key" in headers, "Cookie" in headers, "Authorization" in headers) == (there == origin,) * 3
