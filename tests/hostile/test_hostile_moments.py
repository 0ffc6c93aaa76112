"""What takes more than one visit, another door than a feed, or a seam: identity, OPML, rebinding, bugs, memory."""

from __future__ import annotations

import itertools
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from cases import ELSEWHERE, FAILING, OK, Case, answer, feed, item, jsonfeed, words
from hostile_round import Group, assert_well, play, run
from house import POLLING, House
from world import Reply, Script, World, rss

from aggregator.config import parse
from aggregator.engine import Engine
from aggregator.model import Document, ParseError, Source, SourceState
from aggregator.parse import feeds
from aggregator.parse import parse as parse_document
from aggregator.parsing.pool import Workers
from aggregator.retrieve.web import Web
from aggregator.store import standings as standings_

# ── Identity ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_ITEMS = 10


def _anew(make: Callable[[int, int], str]) -> Script:
    """A feed whose ten items are made anew at every visit: of the visit's number and their own."""
    visits = itertools.count(1)
    return lambda _: answer(_listed(make, next(visits)))


def _listed(make: Callable[[int, int], str], visit: int) -> bytes:
    return rss(*(make(visit, number) for number in range(_ITEMS)))


def _article(name: str, number: int, guid: str, link: str, date: str = "") -> str:
    parts = (f"<guid isPermaLink='false'>{guid}</guid>" if guid else "", f"<link>{link}</link>" if link else "")
    text = f"<title>{name} {number}</title><description>{words(name, number)}</description>"
    return "".join(parts) + text + (f"<pubDate>{date}</pubDate>" if date else "")


_SITE = "http://site.example"
_CHANGING: dict[str, Callable[[int, int], str]] = {
    "guids": lambda v, n: _article("guids", n, f"{v}-{n}", f"{_SITE}/guids/{n}"),
    "links": lambda v, n: _article("links", n, f"links-{n}", f"{_SITE}/links/{v}/{n}"),
    "links without guids": lambda v, n: _article("linksalone", n, "", f"{_SITE}/alone/{n}?session={v}"),
    "guids and links": lambda v, n: _article("both", n, f"{v}-{n}", f"{_SITE}/both/{v}/{n}"),
    "guids without links": lambda v, n: _article("nolinks", n, f"{v}-{n}", ""),
    "guids and dates": lambda v, n: _article(
        "dates", n, f"{v}-{n}", f"{_SITE}/dates/{n}", f"Sun, 0{v} Nov 2026 08:0{n}:00 GMT"
    ),
    "the order": lambda v, n: _article("order", (n * 7 + v) % _ITEMS, "", f"{_SITE}/order/{(n * 7 + v) % _ITEMS}"),
    "guids to those of others": lambda v, n: _article("others", n, f"o-{(n + v) % _ITEMS}", f"{_SITE}/others/{n}"),
}


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[dict[str, Any]]]:
    """The entries stored of each source that changes, after four visits."""
    house = House(tmp_path_factory.mktemp("changing"))
    with World([f"127.0.1.{number}" for number in range(1, len(_CHANGING) + 1)]) as world:
        addresses = {}
        for number, (name, make) in enumerate(_CHANGING.items(), 1):
            path = f"/{name.replace(' ', '-')}"
            world.plays(path, _anew(make))
            addresses[name] = world.url(path, f"127.0.1.{number}")
        house.write(POLLING + "".join(f'[[source]]\nurl = "{url}"\n' for url in addresses.values()))
        for _ in range(4):
            assert house.json("once", "--all")["failed"] == 0
    entries = house.entries()
    return {name: [entry for entry in entries if entry["source"] == url] for name, url in addresses.items()}


@pytest.mark.parametrize("name", _CHANGING)
def test_ten_items_are_at_most_twenty_after_four_visits_whatever_changes(
    visited: dict[str, list[dict[str, Any]]], name: str
) -> None:
    assert _ITEMS <= len(visited[name]) <= 2 * _ITEMS
    assert len({entry["title"] for entry in visited[name]}) == _ITEMS
    assert len({entry["story"] for entry in visited[name]}) <= 2 * _ITEMS


def test_another_source_s_guid_replaces_nothing(house: House) -> None:
    mine, theirs = (
        f"<guid>http://a.example/1</guid><title>{who}</title><description>{words(who)}</description>"
        for who in ("mine", "theirs")
    )
    with World(["127.0.1.1", "127.0.1.2"]) as world:
        world.plays("/mine", answer(rss(mine)))
        world.plays("/theirs", answer(rss(theirs, theirs.replace("theirs", "again"))))
        urls = [world.url("/mine", "127.0.1.1"), world.url("/theirs", "127.0.1.2")]
        house.write(POLLING + "".join(f'[[source]]\nurl = "{url}"\n' for url in urls))
        for _ in range(2):
            house.run("once", "--all")
    found = [(entry["source"], entry["title"]) for entry in house.entries()]
    assert (urls[0], "mine") in found and (urls[1], "theirs") in found
    assert len({entry["story"] for entry in house.entries()}) == len(found)


def test_ids_that_repeat_in_a_json_feed_are_told_apart(house: House) -> None:
    listed = [{"id": "same", "title": f"T {n}", "content_text": words("json ids", n)} for n in range(9)]
    with World() as world:
        house.write(f'{POLLING}[[source]]\nurl = "{world.plays("/f", answer(jsonfeed(*listed)))}"\n')
        for _ in range(2):
            house.run("once", "--all")
    assert sorted(entry["title"] for entry in house.entries()) == [f"T {n}" for n in range(9)]


# ── Between check and use ────────────────────────────────────────────────────────────────────────────────────────────


class _Rebinding(AbstractResolver):
    """Answers with an address that is allowed, and ever after with one that isn't."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = list(addresses)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
        self.asked += 1
        address = self._addresses.pop(0) if len(self._addresses) > 1 else self._addresses[0]
        found = {"hostname": host, "host": address, "port": port, "family": 2, "proto": 0, "flags": 0}
        return [ResolveResult(**found)]  # type: ignore[typeddict-item]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_changes_its_address_is_checked_at_every_connection() -> None:
    with World(["127.0.0.1", ELSEWHERE]) as world:
        world.plays("/f", Reply(302, headers={"Location": f"http://feeds.example.org:{world.port}/trap"}))
        world.plays("/trap", answer(feed("trap")))
        config = parse(f'[polling]\nallow_networks = ["{ELSEWHERE}/32"]', Path("x.toml"))
        async with Web(config.settings, lambda: 0) as web:
            connector = web._session.connector
            assert isinstance(connector, aiohttp.TCPConnector)
            connector._resolver = resolver = _Rebinding(ELSEWHERE, "127.0.0.1")
            connector._use_dns_cache = False
            # The connection to the allowed address ends with it: the next request has to ask for the name again.
            connector._keepalive_timeout = 0.0
            found = await web.retrieve(Source(f"http://feeds.example.org:{world.port}/f"), SourceState())
    assert resolver.asked == 2
    assert found.errors[""].startswith("refused: 127.0.0.1 is not a public address")
    assert [asked.path for asked in world.asked] == ["/f"]


async def test_a_name_with_a_good_and_a_bad_address_never_leads_to_the_bad_one() -> None:
    class Both(_Rebinding):
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[ResolveResult]:
            return [*await super().resolve(host, port, family), *await super().resolve(host, port, family)]

    with World(["127.0.0.1", ELSEWHERE]) as world:
        world.plays("/f", answer(feed("both")))
        config = parse(f'[polling]\nallow_networks = ["{ELSEWHERE}/32"]', Path("x.toml"))
        async with Web(config.settings, lambda: 0) as web:
            connector = web._session.connector
            assert isinstance(connector, aiohttp.TCPConnector)
            connector._resolver = Both("127.0.0.1", ELSEWHERE)
            await web.retrieve(Source(f"http://feeds.example.org:{world.port}/f"), SourceState())
    assert {asked.host for asked in world.asked} <= {ELSEWHERE}


# ── OPML and config ──────────────────────────────────────────────────────────────────────────────────────────────────

_OUTLINE = '<outline type="rss" text="Feed {n}" xmlUrl="http://host{n}.example/feed.xml"/>'


def _opml(inside: str, head: str = "") -> bytes:
    return f'<?xml version="1.0"?>{head}<opml version="2.0"><body>{inside}</body></opml>'.encode()


@pytest.mark.parametrize("many", [20_000, pytest.param(100_000, marks=(pytest.mark.long, pytest.mark.timeout(300)))])
def test_opml_of_ever_so_many_feeds_is_imported_and_checked_in_seconds(house: House, many: int) -> None:
    house.write(POLLING)
    (house.folder / "many.opml").write_bytes(_opml("".join(_OUTLINE.format(n=n) for n in range(many))))
    done = run(house, "import", str(house.folder / "many.opml"))
    assert done.status == 0 and f"Added {many} of {many}" in done.out, done.log
    checked = run(house, "check")
    assert checked.status == 0 and f"{many} sources" in checked.out, checked.log
    assert done.seconds + checked.seconds < many / 1000  # 0.2 ms each on a machine that has nothing else to do
    assert max(done.peak, checked.peak) < 1024**3


@pytest.mark.parametrize(
    ("body", "told"),
    [
        pytest.param(_opml("", "<!DOCTYPE x [" + "<!ENTITY a '&b;'>" * 99 + "]>"), "entities", id="entities"),
        pytest.param(_opml("&x;", '<!DOCTYPE x [<!ENTITY x SYSTEM "file:///etc/passwd">]>'), "entities", id="external"),
        pytest.param(_opml("", "<!DOCTYPE x [<!ENTITY x 'y'>]>").decode().encode("utf-16"), "entities", id="utf-16"),
        pytest.param(b"\x89PNG\r\n\x1a\n" * 99, "not OPML", id="png"),
        pytest.param(b"", "not OPML", id="empty"),
        pytest.param(b" " * (65 * 1024 * 1024), "more than", id="65 MB"),
        pytest.param(feed("opml"), "not OPML", id="a feed"),
    ],
)  # fmt: skip
def test_opml_that_is_none_is_refused_in_one_line(house: House, body: bytes, told: str) -> None:
    house.write(POLLING)
    (house.folder / "x.opml").write_bytes(body)
    done = run(house, "import", str(house.folder / "x.opml"))
    (line,) = done.log
    assert done.status == 1 and told in line
    assert house.config.read_text() == POLLING


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_opml("<outline text='a'>" * 100_000), id="deep"),
        pytest.param(_opml(f"<outline {' '.join(f'a{n}=x' for n in range(50_000))}/>"), id="attributes"),
        pytest.param(_opml(_OUTLINE.format(n=1) * 5)[:-20], id="cut short"),
        pytest.param(_opml(f"<outline text='{'x' * 1_000_000}'>{_OUTLINE.format(n=1)}</outline>"), id="long folder"),
    ],
)  # fmt: skip
def test_odd_opml_ends_in_seconds_without_a_traceback(house: House, body: bytes) -> None:
    house.write(POLLING)
    (house.folder / "x.opml").write_bytes(body)
    done = run(house, "import", str(house.folder / "x.opml"))
    assert done.status in {0, 1} and done.seconds < 20 and len(done.log) <= 1
    assert run(house, "check").status == 0


def test_addresses_that_are_none_are_left_out_of_an_import_and_doubled_ones_are_one(house: House) -> None:
    house.write(POLLING)
    urls = (
        "http://good.example/f", "http://good.example/f", "javascript:alert(1)", "file:///etc/passwd", "http://[::1",
        "feed://x.example/", "http://x.example:0/", "http://x y.example/", "", "http://a.example/&#10;b",
    )  # fmt: skip
    (house.folder / "x.opml").write_bytes(_opml("".join(f'<outline text="t" xmlUrl="{url}"/>' for url in urls)))
    assert "Traceback" not in house.run("import", str(house.folder / "x.opml")).stderr
    kept = [source["url"] for source in house.json("sources")]
    assert kept[0] == "http://good.example/f" and len(set(kept)) == len(kept)
    assert all(url.startswith("http://") and "[" not in url for url in kept)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a = " + "[" * 100_000, id="deep"),
        pytest.param(f"{'a.' * 5_000}a = 1", id="dots"),
        pytest.param("a = " + "9" * 100_000, id="number"),
        pytest.param("\0" * 9999, id="nuls"),
        pytest.param("".join(f'[[source]]\nurl = "ftp://{n}.example/"\n' for n in range(2000)), id="invalid addresses"),
    ],
)
def test_a_config_that_is_a_bomb_is_told_in_lines(house: House, text: str) -> None:
    house.write(text)
    done = run(house, "check")
    assert done.status == 2 and done.seconds < 30
    assert done.log and not any("Traceback" in line for line in done.log)


# ── Bugs of our own ──────────────────────────────────────────────────────────────────────────────────────────────────

_BUGS = (ZeroDivisionError("a bug"), RecursionError("deep"), LookupError("none"), KeyError("x"), UnicodeError("half"),
         OSError(5, "I/O error"), EOFError(), AssertionError("\n<script>two\nlines</script>\x1b[31m"))  # fmt: skip


async def test_a_bug_costs_its_own_source_one_visit_and_one_line(
    tmp_path: Path, world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = Workers.parse

    async def buggy(self: Workers, document: Document, *rest: Any) -> Any:
        number = document.base.rpartition("bug")[2]
        if number.isdigit():
            raise _BUGS[int(number)]
        return await real(self, document, *rest)

    monkeypatch.setattr(Workers, "parse", buggy)
    urls = [world.plays(f"/bug{n}", answer(feed(f"bug {n}"))) for n in range(len(_BUGS))]
    urls.insert(3, world.plays("/well", answer(feed("well"))))
    config = parse(POLLING + "".join(f'[[source]]\nurl = "{url}"\n' for url in urls), tmp_path / "x.toml")
    async with Engine(config, tmp_path / "data") as rounds:
        with caplog.at_level(logging.WARNING):
            summary = await rounds.run(await rounds.inbound.due())
        standings = {standing.key: standing for standing in await rounds.store.later(standings_.standings)}
    assert (summary.visited, summary.failed, summary.entries_new) == (len(urls), len(_BUGS), 2)
    assert standings[world.url("/well")].state == OK
    for url in urls:
        if "bug" in url:
            assert standings[url].state == FAILING
            assert standings[url].error.isprintable() and standings[url].error
            assert sum(url in line.message and line.levelno == logging.WARNING for line in caplog.records) == 1


@pytest.mark.parametrize("error", _BUGS, ids=lambda error: type(error).__name__)
def test_whatever_a_parser_raises_is_a_document_that_can_t_be_parsed(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def raises(*_: object) -> None:
        raise error

    monkeypatch.setattr(feeds, "parse", raises)
    with pytest.raises(ParseError) as told:
        parse_document(Document("", feed("bug")))
    assert "\n" not in str(told.value)


# ── Memory ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_parse_that_wants_more_memory_than_it_may_have_is_one_failure(tmp_path: Path) -> None:
    lists = b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b"[]," * 3_000_000 + b"[]]}"
    cases = [
        Case("lists", FAILING, "MiB and was ended", 0, plays=answer(lists)),
        Case("objects", FAILING, "MiB and was ended", 0, plays=answer(lists.replace(b"[]", b"{}"))),
        Case("nothing special", OK, "", 2, plays=answer(feed("nothing special"))),
    ]
    group = Group(cases, limits='parse_memory = "64 MiB"')
    outcome = play(group, tmp_path, 99)
    assert_well(group, outcome)
    for case in cases:
        seen = outcome.seen[case.name]
        assert (seen.source["state"], len(seen.entries)) == (case.state, case.entries)
        assert case.error in seen.error


def test_a_limit_of_the_operator_s_own_is_kept(house: House) -> None:
    """`ulimit` may leave the workers less than they would allow themselves."""
    with World() as world:
        url = world.plays("/f", answer(rss(item("limited"))))
        house.write(f'{POLLING}[limits]\nparse_memory = "8 GiB"\nparse_time = "1h"\n[[source]]\nurl = "{url}"\n')
        started = time.monotonic()
        done = run(house, "once", "--all", "--json")
    assert json.loads(done.out)["entries_new"] == 1, done.log
    assert time.monotonic() - started < 60
