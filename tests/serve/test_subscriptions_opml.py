"""/subscriptions.opml over a real daemon: what is read here, for everybody."""

from __future__ import annotations

from pathlib import Path

from house import SERVED, House, until
from world import Reply, World, item, rss

from aggregator.model import Source
from aggregator.model.lists import Subscription
from aggregator.outbound.opml import public
from aggregator.parse.lists import opml


def test_the_daemon_serves_its_subscriptions_and_says_304_to_who_has_them(house: House, world: World) -> None:
    url = world.plays("/feed", Reply(body=rss(item(1), title="Own title", channel="<link>https://own.example/</link>")))
    house.write(f'{SERVED}[site]\ntitle = "Planet"\n[[source]]\nurl = "{url}"\ncategory = "a/b"\n')
    with house.daemon() as running:
        until(lambda: b"Own title" in running.get("/feed.json").body)
        got = running.get("/subscriptions.opml")
        again = running.get("/subscriptions.opml", If_None_Match=got.headers["etag"])
        head = running.get("/subscriptions.opml", "HEAD")
        assert 'href="subscriptions.opml"' in running.get("/").text and 'href="status.xml"' in running.get("/").text
        assert b"Planet: status" in running.get("/status.xml").body
        running.stop()

    assert got.headers["content-type"] == "text/x-opml; charset=utf-8"
    assert [s.url for s in opml.read(got.body)] == [url]
    assert opml.read(got.body)[0].category == "a/b"
    assert (again.status, again.body, head.status, head.body) == (304, b"", 200, b"")


def test_nobody_is_told_of_folders_paused_feeds_and_secret_addresses() -> None:
    configured = [
        Source("https://a.example/feed", name="A", category="c"),
        Source("https://ann:hunter2@b.example/feed"),
        Source("https://c.example/feed?token=hunter2", name="C"),
        Source("https://d.example/feed", enabled=False),
        Source("articles", Path("/home/ann/articles"), name="Ours"),
    ]
    body = public("T", configured, {"https://a.example/feed": ("x", "https://e:hunter2@a.example/")})

    assert opml.read(body) == [Subscription("https://a.example/feed", "A", "c", "https://a.example/")]
    assert b"<!-- 2 subscriptions are left out" in body
    assert b"hunter2" not in body and b"articles" not in body
    assert b"<!--" not in public("T", configured[:1], {})
