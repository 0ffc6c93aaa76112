"""Clocks that are set, machines that sleep or are off for a week: no stampede, and no interval that is lost."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from days import DAY, HOUR, START, Days
from house import SERVED, House
from world import Asked, Reply, World, item, rss

from aggregator.engine import Engine
from aggregator.model import HubSubscription, Intent, Source
from aggregator.policy.leases import LONGEST_LEASE
from aggregator.store import clock, hub_subscriptions, sources, standings
from aggregator.store.database import Writer

WEEK = 7 * DAY
HOSTS = [f"127.0.2.{number}" for number in range(1, 13)]


@pytest.fixture
def wide() -> Iterator[World]:
    """A loopback web of twelve hosts."""
    with World(HOSTS) as made:
        yield made


def _sources(wide: World, feeds: int) -> str:
    return "".join(f'[[source]]\nurl = "{wide.url(f"/{n}", host)}"\n' for host in HOSTS for n in range(feeds))


def _feed(asked: Asked) -> Reply:
    return Reply(200, rss(item(HOSTS.index(asked.host) * 100 + int(asked.path[1:]))))


async def test_after_a_week_off_all_are_asked_one_by_one_and_the_first_news_wait_for_nobody(
    tmp_path: Path, wide: World
) -> None:
    days, feeds = Days(tmp_path, wide), 6
    for number in range(feeds):
        wide.plays(f"/{number}", _feed)
    config = days.config(_sources(wide, feeds), "concurrency = 4")
    await days.live(HOUR, config)
    days.now += WEEK
    published: list[float] = []
    edition = tmp_path / "data" / "public" / "feed.json"
    before = edition.stat().st_mtime_ns
    open_at_once: Counter[str] = Counter()
    most: Counter[str] = Counter()
    totals: list[int] = []

    def anew(asked: Asked) -> Reply:
        number = HOSTS.index(asked.host) * 100 + int(asked.path[1:])
        body = rss(item(number), item(10_000 + number))

        async def slowly(writer: asyncio.StreamWriter) -> None:
            open_at_once[asked.host] += 1
            most[asked.host] = max(most[asked.host], open_at_once[asked.host])
            totals.append(open_at_once.total())
            await asyncio.sleep(0.4 if asked.host == HOSTS[0] else 0.01)
            published.append(edition.stat().st_mtime_ns)
            open_at_once[asked.host] -= 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            await writer.drain()

        return Reply(raw=slowly)

    for number in range(feeds):
        wide.plays(f"/{number}", anew)
    wide.asked.clear()
    async with Engine(config, tmp_path / "data", lambda: days.now) as rounds:
        await rounds.run(await rounds.inbound.due())
        await rounds.publishing.settle()
        stood = await rounds.store.later(standings.standings)
        assert not await rounds.inbound.due(), "nobody twice"
    assert len(wide.asked) == len(HOSTS) * feeds
    assert max(most.values()) == 1 and 2 <= max(totals) <= 4
    assert published[-1] > before, "what came first was published before the last had answered"
    assert len({each.next_visit // 60 for each in stood}) > 10, "and they don't come up together again"


async def test_a_clock_that_is_set_back_has_nobody_asked_again_at_once(
    tmp_path: Path, wide: World, caplog: pytest.LogCaptureFixture
) -> None:
    days = Days(tmp_path, wide)
    wide.plays("/0", _feed)
    config = days.config(_sources(wide, 1), 'max_interval = "2h"')
    days.now += 3 * HOUR  # wrong by that much
    waits = {each.key: each.next_visit - days.now for each in await days.live(0, config)}
    days.now = START + 60
    wide.asked.clear()
    stood = await days.live(0, config)
    assert not wide.asked
    assert {each.key: each.next_visit - days.now for each in stood} == waits
    assert {each.last_visit for each in stood} == {days.now}
    assert [record.message[:50] for record in caplog.records if "clock" in record.message] == [
        "the clock was ahead when 12 sources were visited: "
    ]
    await days.live(3 * HOUR, config)
    assert {asked.host for asked in wide.asked} == set(HOSTS), "no interval is lost"


async def test_a_little_correction_of_the_clock_is_nothing(tmp_path: Path, wide: World) -> None:
    days = Days(tmp_path, wide)
    wide.plays("/0", _feed)
    config = days.config(_sources(wide, 1))
    days.now += 30
    before = await days.live(0, config)
    days.now = START
    wide.asked.clear()
    after = await days.live(0, config)
    assert not wide.asked and [each.last_visit for each in after] == [each.last_visit for each in before]


def test_what_is_remembered_of_feeds_and_hubs_is_put_right_too(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "data")
    writer.now(sources.register, [Source("https://a.example/f"), Source("https://b.example/f")])
    ahead = START + 900 * DAY
    hub = HubSubscription("t", "https://a.example/f", "h", "p", "c", "s", intent=Intent.VERIFIED)

    def stamp(database: Any) -> None:
        hub_subscriptions.put(database, [replace(hub, lease_until=ahead, due=ahead, asked_at=ahead)])
        database.execute(
            "UPDATE source SET last_visit = ?1, next_visit = ?1 + 900, newest = ?1, pushed = ?1 WHERE id = 1", [ahead]
        )
        database.execute("UPDATE source SET last_visit = ?, next_visit = ? WHERE id = 2", [START - 9, START + WEEK])

    writer.now(stamp)
    assert writer.now(clock.mend, START, 20 * DAY) == 1
    row = "SELECT last_visit, next_visit, newest, pushed FROM source WHERE id = 1"
    assert writer.now(lambda d: d.execute(row).fetchone()) == (START, START + 900, START, START)
    (lease,) = writer.now(hub_subscriptions.every)
    assert (lease.due, lease.asked_at, lease.lease_until) == (START, START, START + LONGEST_LEASE)
    other = "SELECT last_visit, next_visit FROM source WHERE id = 2"
    assert writer.now(lambda d: d.execute(other).fetchone()) == (START - 9, START + WEEK), "a server's wish stays"
    assert writer.now(clock.mend, START, 20 * DAY) == 0
    writer.close()


def test_a_clock_that_was_not_set_yet_puts_nothing_right(tmp_path: Path) -> None:
    """A machine without one of its own begins in 1970, or when its system was made, till told by the network."""
    writer = Writer(tmp_path / "data")
    writer.now(sources.register, [Source("https://a.example/f")])
    sql = "UPDATE source SET last_visit = ?1, next_visit = ?1 + 900, newest = ?1 - 600, pushed = ?1"
    writer.now(lambda d: d.execute(sql, [START]))
    row = "SELECT last_visit, next_visit, newest, pushed FROM source"
    for unset in (0, 1000, START - 400 * DAY):
        assert writer.now(clock.mend, unset, 20 * DAY) == 0
        assert writer.now(lambda d: d.execute(row).fetchone()) == (START, START + 900, START - 600, START)
    writer.close()


async def test_what_came_while_the_clock_was_ahead_stays_and_stands_first_until_its_hour(
    tmp_path: Path, world: World
) -> None:
    """An article without a date is dated by our clock, for ever: readers know its place. Nothing is lost by it."""
    days = Days(tmp_path, world)
    undated = "<guid>u</guid><title>Undated</title><description>Some words about nothing in particular</description>"
    url = world.plays("/f", Reply(200, rss(undated)), Reply(200, rss(undated, item(1))))
    config = days.config(f'[[source]]\nurl = "{url}"')
    days.now += 30 * DAY
    await days.live(0, config)
    days.now = START
    await days.live(2 * DAY, config)
    items = json.loads((tmp_path / "data/public/feed.json").read_text())["items"]
    assert [(each["title"], each["date_published"][:10]) for each in items] == [
        ("Undated", "2026-12-23"),
        ("Item 1", "2026-11-02"),
    ]


# ── The machine's own time of day ────────────────────────────────────────────────────────────────────────────────────

_WITHIN_A_CHANGE = (  # what a clock skips or has twice where it is put forward or back; some say no zone
    "Sun, 29 Mar 2026 02:30:00 +0100", "Sun, 29 Mar 2026 02:30:00", "2026-03-29 02:30", "2026-03-08T02:30:00",
    "Sun, 25 Oct 2026 02:30:00 CEST", "2026-10-25T02:30:00", "Sun, 01 Nov 2026 01:30:00 EST", "1 Nov 2026 01:30",
    "2026-04-05T01:45:00",
)  # fmt: skip


def test_a_machine_whose_clock_is_put_forward_and_back_dates_and_publishes_as_any_other(
    tmp_path: Path, world: World
) -> None:
    dated = [
        f"<guid>{n}</guid><title>{n}</title><description>word{n}</description><pubDate>{date}</pubDate>"
        for n, date in enumerate(_WITHIN_A_CHANGE)
    ]
    url = world.plays("/feed", Reply(body=rss(*dated)))
    seen = {}
    for zone in ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"):
        house = House(tmp_path / zone.replace("/", "-"))
        house.folder.mkdir()
        articles = house.folder / "articles"
        articles.mkdir()
        for number, date in enumerate(_WITHIN_A_CHANGE):
            (articles / f"{number}.md").write_text(f"---\ndate: {date}\n---\n# File {number}\n\nwords {number}\n")
        house.write(SERVED + f'[[source]]\nurl = "{url}"\n[[source]]\npath = "articles"\n')
        house.run("once", TZ=zone)
        items = json.loads((house.data / "public/feed.json").read_text())["items"]
        seen[zone] = {item["title"]: item["date_published"] for item in items}
    assert len(seen["UTC"]) == 2 * len(_WITHIN_A_CHANGE)
    for dates in seen.values():
        assert dates == seen["UTC"]
