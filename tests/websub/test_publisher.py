"""Telling our hub: the outputs name it, and it hears of each change once, whatever it answers."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import parse_qs
from xml.etree import ElementTree as ET

import pytest
from days import Days
from house import House
from reading import forms, taking
from world import Reply, World, item, rss

from aggregator import outbound
from aggregator.config import Config
from aggregator.engine import Engine
from aggregator.model import RetrievalError
from aggregator.websub.publisher import Publisher

SITE = '[site]\nlink = "https://news.example/all/"\n'
TOPICS = [f"https://news.example/all/feed.{suffix}" for suffix in ("xml", "atom", "json")]
ATOM = "{http://www.w3.org/2005/Atom}"


def _config(days: Days, world: World, hub: str) -> Config:
    return days.config(f'{SITE}[websub]\nhub = "{hub}"\n[[source]]\nurl = "{world.url("/feed")}"')


async def test_the_outputs_name_the_hub_and_themselves(tmp_path: Path, world: World) -> None:
    hub = taking(world)
    world.plays("/feed", Reply(200, rss(item(1))))
    days = Days(tmp_path, world)
    config = _config(days, world, hub)
    await days.live(0, config, rounds_at_most=1)
    public = tmp_path / "data" / "public"
    channel = ET.fromstring((public / "feed.xml").read_bytes())[0]
    for parent, topic in ((channel, TOPICS[0]), (ET.fromstring((public / "feed.atom").read_bytes()), TOPICS[1])):
        links = {link.get("rel"): link.get("href") for link in parent.findall(f"{ATOM}link")}
        assert (links["hub"], links["self"]) == (hub, topic)
    assert json.loads((public / "feed.json").read_bytes())["hubs"] == [{"type": "WebSub", "url": hub}]
    links = outbound.links_of(outbound.channel_of(config.outputs[0], config), "json")
    assert links == f'<{hub}>; rel="hub", <{TOPICS[2]}>; rel="self"'


async def test_the_hub_hears_of_each_change_and_of_no_restart(tmp_path: Path, world: World) -> None:
    hub = taking(world)
    world.plays("/feed", Reply(200, rss(item(1))), Reply(304), Reply(200, rss(item(1), item(2))))
    days = Days(tmp_path, world)
    config = _config(days, world, hub)
    told = []
    for _ in range(3):
        days.now += 100_000
        await days.live(0, config, rounds_at_most=1)
        told.append(sorted(form["url"] for form in forms(world)))
    assert told == [sorted(TOPICS), sorted(TOPICS), sorted(TOPICS * 2)]
    assert all(form == {"mode": "publish", "url": form["url"], "topic": form["url"]} for form in forms(world))
    assert {asked.headers["content-type"] for asked in world.requests("/hub")} == {"application/x-www-form-urlencoded"}


async def test_a_hub_that_does_not_answer_neither_delays_nor_fails_a_round(tmp_path: Path, world: World) -> None:

    async def never(_writer: asyncio.StreamWriter) -> None:
        await asyncio.Event().wait()

    hub = world.plays("/hub", Reply(raw=never))
    world.plays("/feed", Reply(200, rss(item(1))))
    days = Days(tmp_path, world)
    async with Engine(_config(days, world, hub), tmp_path / "data", lambda: days.now) as rounds:
        summary = await rounds.run(await rounds.inbound.due())
        await rounds.publishing.settle()
        assert summary.entries_new == 1
        assert (tmp_path / "data" / "public" / "feed.xml").exists()
        await rounds.publishing.close(0.0)


def test_once_pings_before_it_ends(house: House, world: World) -> None:
    hub = taking(world)
    world.plays("/feed", Reply(200, rss(item(1))))
    house.write(
        f'{SITE}[polling]\nallow_networks = ["127.0.0.0/8"]\nworkers = 1\n[websub]\nhub = "{hub}"\n'
        f'callback = "https://news.example/websub/"\n[[source]]\nurl = "{world.url("/feed")}"\n'
    )
    house.run("once")
    assert sorted(parse_qs(asked.body.decode())["hub.url"][0] for asked in world.requests("/hub")) == sorted(TOPICS)


class Hub:
    """One that fails so many times first."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.told: list[str] = []
        self.well = asyncio.Event()

    async def ping(self, _hub: str, topic: str) -> None:
        self.told.append(topic)
        self.failures -= 1
        if self.failures >= 0:
            raise RetrievalError("answered 503")
        self.well.set()


async def test_a_ping_that_failed_is_repeated_and_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub(2)
    publisher = Publisher(hub.ping, retries=(0.0, 0.0, 0.0))
    publisher.announce("http://hub.example/", ["a"])
    await hub.well.wait()
    await publisher.close(10)
    assert hub.told == ["a", "a", "a"]
    assert sum("can't be told of changes: answered 503" in line.getMessage() for line in caplog.records) == 1


async def test_a_ping_is_given_up_and_the_next_change_brings_the_next(caplog: pytest.LogCaptureFixture) -> None:
    hub = Hub(5)
    publisher = Publisher(hub.ping, retries=(0.0, 0.0))
    for _ in range(2):
        publisher.announce("http://hub.example/", ["a"])
        await publisher.settled()
    assert hub.told == ["a"] * 6
    assert sum("can't be told" in line.getMessage() for line in caplog.records) == 1


async def test_what_changes_again_while_the_hub_is_away_is_told_once() -> None:
    hub = Hub(1)
    publisher = Publisher(hub.ping, retries=(0.01,))
    publisher.announce("http://hub.example/", ["a", "b"])
    publisher.announce("http://hub.example/", ["b"])
    await publisher.settled()
    assert sorted(hub.told) == ["a", "a", "b"]
