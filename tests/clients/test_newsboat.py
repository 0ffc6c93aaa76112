"""Newsboat, as Debian has it, subscribes to a running daemon: it gets every item whole, and then a 304."""

from __future__ import annotations

import http.client
import os
import shutil
import sqlite3
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from house import SERVED, House, Running
from world import Asked, Reply, World

from aggregator import render
from aggregator.model import Channel, Copy, Enclosure, Entry, Origin, Person, Story

KNOWN = ("xml", "atom")  # of our formats; it has learnt JSON Feed in no version that Debian has
SOURCE = Origin(
    "The Blog", "https://blog.example.org/", "https://blog.example.org/feed.xml", "tag:blog.example.org,2020:all"
)
NOON = 1_767_355_200  # Fri, 02 Jan 2026 12:00:00 GMT
TITLES = (
    "Cats & dogs: 1 < 2",
    "Über uns – “quoted”",
    "漢字かな交じり文 😀",
    "مرحبا بالعالم",
    "Why </b> matters",
    "AT&amp;T",
)


def entry(number: int, title: str) -> Entry:
    return Entry(
        guid=str(number),
        title=title,
        link=f"https://blog.example.org/{number}?a=1&b=2",
        summary=f"<p>In short, {number}</p>",
        content=f'<p>At length &amp; with a <a href="https://example.org/{number}">link</a>: 漢字</p>',
        authors=(Person(f"Änne {number}", "anne@example.org", "https://anne.example.org/"),),
        published=NOON - 60 * number,
        updated=NOON - 60 * number,
        enclosures=(Enclosure(f"https://media.example.org/{number}.mp3?x=1&y=2", "audio/mpeg", 1234 + number),),
    )


ENTRIES = [entry(number, title) for number, title in enumerate(TITLES, 1)]


@dataclass
class Between:
    """What goes between Newsboat and the daemon, unchanged: real HTTP on both sides, and what was answered."""

    daemon: Running
    statuses: list[int] = field(default_factory=list)

    def passed_on(self, asked: Asked) -> Reply:
        connection = http.client.HTTPConnection("127.0.0.1", self.daemon.port, timeout=30)
        try:
            connection.request(asked.method, asked.target, headers=asked.headers)
            answer = connection.getresponse()
            body = answer.read()
        finally:
            connection.close()
        self.statuses.append(answer.status)
        dropped = {"content-length", "connection", "transfer-encoding"}
        return Reply(answer.status, body, {k: v for k, v in answer.getheaders() if k.lower() not in dropped})


@pytest.fixture
def newsboat() -> str:
    found = shutil.which("newsboat")
    if not found:
        pytest.skip("newsboat is not installed")
    return found


def reload(newsboat: str, folder: Path, address: str) -> list[dict[str, Any]]:
    """Reloads the only subscription; what is in the cache then, newest first."""
    folder.mkdir(exist_ok=True)
    (folder / "urls").write_text(f"{address}\n")
    (folder / "config").write_text("")
    subprocess.run(
        [newsboat, "-u", "urls", "-c", "cache.db", "-C", "config", "-x", "reload"],
        cwd=folder,
        env={"HOME": str(folder), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=True,
        timeout=60,
    )
    database = sqlite3.connect(folder / "cache.db")
    database.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in database.execute("SELECT * FROM rss_item ORDER BY pubDate DESC")]
    finally:
        database.close()


@pytest.mark.parametrize("suffix", KNOWN)
def test_newsboat_gets_every_item_whole_and_then_a_304(
    newsboat: str, house: House, world: World, tmp_path: Path, suffix: str
) -> None:
    stories = [Story(f"urn:uuid:{n:032x}", e.published, e.updated, Copy(SOURCE, e)) for n, e in enumerate(ENTRIES)]
    channel = Channel("in", "In", "https://in.example.org/", "https://in.example.org/")
    (tmp_path / "in.atom").write_bytes(render.render(channel, stories, "atom").body)
    house.write(f"{SERVED}[[source]]\npath = 'in.atom'\n[site]\nnotice = 'Texts are theirs.'\n")
    house.run("once")
    with house.daemon() as daemon:
        between = Between(daemon)
        address = world.plays(f"/feed.{suffix}", between.passed_on)
        items = reload(newsboat, tmp_path / "client", address)
        # Debian's version notes validators where it knows the feed already: not at the first reload.
        later = [reload(newsboat, tmp_path / "client", address) for _ in range(2)]
    assert (between.statuses[0], between.statuses[-1]) == (200, 304)
    assert world.requests(f"/feed.{suffix}")[-1].headers["if-none-match"]
    assert later == [items, items]
    assert [item["guid"].startswith("urn:uuid:") for item in items] == [True] * len(ENTRIES)
    assert [
        (i["title"].replace("\u2060", ""), i["author"], i["pubDate"], i["url"], i["enclosure_url"], i["enclosure_type"])
        for i in items
    ] == [(e.title, e.authors[0].name, e.published, e.link, e.enclosures[0].url, e.enclosures[0].type) for e in ENTRIES]
    assert [item["content"] for item in items] == [f"{e.content}<p>Texts are theirs.</p>" for e in ENTRIES]
    assert {item["feedurl"] for item in items} == {address}
