"""What subscribers see as the days go by: what is new shows as new, once, and nothing is missed."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from house import POLLING, House, Running, until
from subscribers import SUBSCRIBERS, Subscriber
from world import Reply, World

SUFFIX = {"Podcastparser": "xml", "RssParser": "atom"}  # the others read both


def article(name: str, text: str, site: str = "one", more: str = "") -> str:
    """An item. `text` is what its words begin with; an article of one name has the same words wherever it is."""
    words = f"{text} " + " ".join(f"{name}{number}" for number in range(60))
    day = ord(name[0]) - ord("A") + 1
    return (
        f"<item><title>{name} std::vector&lt;T&gt;</title><link>https://{site}.example.org/{name}</link>"
        f"<guid isPermaLink='false'>{site}-{name}</guid><pubDate>{day:02} Nov 2025 12:00:00 GMT</pubDate>"
        f"<description>&lt;p&gt;{words}&lt;/p&gt;{more}</description>"
        "<itunes:duration>61</itunes:duration>"
        f"<enclosure url='https://media.example.org/{name}.mp3' length='9' type='audio/mpeg'/></item>"
    )


class Scene:
    """A daemon over two feeds that it visits every second, and one output."""

    def __init__(self, house: House, world: World, port: int) -> None:
        self.house, self.port = house, port
        self.bodies = {"one": b"", "two": b""}
        self.one, self.two = (
            world.plays(f"/{name}", lambda asked: Reply(200, self.bodies[asked.path[1:]])) for name in self.bodies
        )
        self.changed = 0.0
        self.configure(10)

    def configure(self, limit: int) -> None:
        """Has the output show so many, from the daemon's next start on."""
        self.house.write(
            f"{POLLING}max_interval = '1s'\n[serve]\nport = {self.port}\n[[source]]\nurl = '{self.one}'\nname = 'One'\n"
            f"[[source]]\nurl = '{self.two}'\nname = 'Two'\npriority = 1\n"
            f"[[output]]\nname = 'feed'\nlimit = {limit}\n"
        )

    def put(self, source: str, *items: str) -> None:
        """Has the source list these."""
        self.bodies[source] = (
            "<rss version='2.0' xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd'><channel>"
            f"<title>{source}</title><link>https://{source}.example.org/</link><description>d</description>"
            f"{''.join(items)}</channel></rss>"
        ).encode()
        self.changed = time.time()

    def is_out(self, daemon: Running, *published: str) -> bool:
        """Whether a round has seen the last change, and what is published then is this."""
        last_round = json.loads(daemon.get("/healthz").body)["last_round"] or 0
        feed = daemon.get("/feed.json")
        found = [item["title"][0] for item in json.loads(feed.body)["items"]] if feed.status == 200 else []
        return last_round > self.changed + 1 and sorted(found) == sorted(published)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    "kind", [SUBSCRIBERS[0], *(pytest.param(kind, marks=pytest.mark.long) for kind in SUBSCRIBERS[1:])]
)
def test_only_what_is_new_shows_as_new_and_nothing_is_missed(
    house: House, world: World, tmp_path: Path, kind: type[Subscriber], unused_tcp_port: int
) -> None:
    scene, suffix = Scene(house, world, unused_tcp_port), SUFFIX.get(kind.__name__, "xml")
    a, b, c = article("A", "First"), article("B", "Second"), article("C", "Third")
    corrected = article("A", "Corrected: what was said at first was wrong in every single point of it.")
    scene.put("one", b, a)
    scene.put("two")
    with house.daemon() as daemon:
        until(lambda: scene.is_out(daemon, "A", "B"))
        reader = kind(tmp_path / "reader", f"http://127.0.0.1:{scene.port}/feed.{suffix}")
        assert _new(reader) == ["A", "B"]
        for source, items, published, new in (
            ("one", (b, article("A", "First", more=" ")), "AB", []),  # a trivial edit
            ("one", (b, corrected), "AB", []),  # a substantive one: it is the same article still
            ("one", (c, b, corrected), "ABC", ["C"]),
            ("two", (article("C", "Third", "two"),), "ABC", []),  # a copy, and a better one: its source has priority
        ):
            scene.put(source, *items)
            until(lambda published=published: scene.is_out(daemon, *published))
            assert _new(reader) == new
        assert daemon.stop() == 0
    scene.put("one", article("D", "Fourth"), c, b, corrected)
    for limit, published, new in ((10, "ABCD", ["D"]), (1, "D", []), (10, "ABCD", [])):
        scene.configure(limit)
        with house.daemon() as daemon:  # another one, each time
            until(lambda published=published: scene.is_out(daemon, *published))
            assert _new(reader) == new
            assert daemon.stop() == 0


def _new(reader: Subscriber) -> list[str]:
    """What the reader shows as new, and that it does so once."""
    found = _names(reader)
    assert _names(reader) == []
    return found


def _names(subscriber: Subscriber) -> list[str]:
    """Articles by the first word of their titles; what follows it is there too, whatever it looks like."""
    titles = [title.replace("\u2060", "") for title in subscriber.visit()]
    assert all("std::vector<T>" in title for title in titles), titles
    return [title.partition(" ")[0] for title in titles]
