"""The status feed from the sources' visits to the reader, and what of their addresses nobody is told."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import feedparser
import pytest
from days import DAY, HOUR, Days
from world import Asked, Reply, World, item, rss

from aggregator.config import Config, parse
from aggregator.model import ConfigError, Ending, Incident, Trouble
from aggregator.render import status

SUFFIXES = ("xml", "atom", "json")
NOON = 1_767_355_200


@pytest.fixture
def days(tmp_path: Path, world: World) -> Days:
    return Days(tmp_path, world)


def read(folder: Path, suffix: str = "json", name: str = "status") -> bytes:
    return (folder / "data" / "public" / f"{name}.{suffix}").read_bytes()


def items(folder: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(read(folder))["items"]
    return found


def source(config: Days, url: str) -> Config:
    return config.config(f'[site]\ntitle = "Planet"\n[[source]]\nurl = "{url}"\nname = "Example <feed>"')


async def test_it_is_there_from_the_first_round_on_and_stays_as_it_is(days: Days, world: World, tmp_path: Path) -> None:
    config = source(days, world.plays("/feed", Reply(body=rss(item(1)))))
    await days.live(0, config)
    before = {suffix: read(tmp_path, suffix) for suffix in SUFFIXES}
    await days.live(DAY, config)

    assert items(tmp_path) == []
    assert {suffix: read(tmp_path, suffix) for suffix in SUFFIXES} == before


async def test_days_of_failing_are_one_item_and_the_recovery_another(days: Days, world: World, tmp_path: Path) -> None:
    url = world.plays("/feed", Reply(500))
    config = source(days, url)
    await days.live(5 * HOUR, config)
    (first,), before = items(tmp_path), read(tmp_path)
    await days.live(3 * DAY, config)
    assert read(tmp_path) == before, "nothing runs in it"
    world.plays("/feed", Reply(body=rss(item(1))))
    await days.live(2 * DAY, config)
    recovered, failing = items(tmp_path)

    assert first["title"] == "Example <feed> can't be fetched"
    assert "500" in first["content_html"] and "aggregator sources" in first["content_html"]
    assert f"aggregator remove {url}" in first["content_html"]
    assert (failing["id"], failing["url"]) == (first["id"], url)
    assert failing["title"] == "Example <feed> could not be fetched", "it can, now"
    assert recovered["title"] == "Example <feed> is back" and "days after" in recovered["content_html"]
    assert recovered["id"] != failing["id"] and failing["date_modified"] == recovered["date_published"]
    assert [tag for found in (recovered, failing) for tag in found["tags"]] == ["failing", "failing"]


async def test_gone_and_moved_are_told(days: Days, world: World, tmp_path: Path) -> None:
    gone = world.plays("/gone", Reply(410))
    new = world.plays("/new", Reply(body=rss(item(1))))
    old = world.plays("/old", Reply(301, headers={"Location": new}))
    config = days.config(f'[[source]]\nurl = "{gone}"\nname = "G"\n[[source]]\nurl = "{old}"\nname = "O"')
    await days.live(3 * DAY, config)

    assert {found["title"] for found in items(tmp_path)} == {"G is gone", f"O has moved to {new}"}


def test_every_kind_reads_well_in_every_format(tmp_path: Path) -> None:
    from aggregator import outbound, render

    known = Incident(
        "urn:uuid:00000000-0000-4000-8000-000000000000", Trouble.GONE, NOON, NOON, "Q & <b>A</b>", detail="`<i>"
    )
    made = [
        replace(
            known,
            urn=f"urn:uuid:00000000-0000-4000-8000-00000000000{number}",
            trouble=trouble,
            opened=NOON + 71 * DAY + number,
            address="https://a.example/feed?x=1&y=2",
            ending=ending,
            until=NOON + 80 * DAY if ending else 0,
        )
        for number, (trouble, ending) in enumerate(
            [(Trouble.SILENT, None), (Trouble.SILENT, Ending.RECOVERED), (Trouble.GONE, Ending.DROPPED)]
            + [(trouble, None) for trouble in Trouble]
        )
    ]
    stories = status.stories(made)
    channel = outbound.status_channel(parse("", tmp_path / "c.toml"))
    for suffix in ("xml", "atom"):
        feed = feedparser.parse(render.render(channel, stories, suffix).body)
        assert not feed.bozo and len(feed.entries) == 1 + len(made)
    titles = [found["title"] for found in json.loads(render.render(channel, stories, "json").body)["items"]]
    assert titles.count("Q & <b>A</b> has been silent for 71 days") == 3 and "Q & <b>A</b> is back" in titles
    body = render.render(channel, stories, "json").body.decode()
    assert "<b>" not in "".join(found["content_html"] for found in json.loads(body)["items"])
    assert "aggregator remove 'https://a.example/feed?x=1&amp;y=2'" in body


def test_the_newest_hundred_items_are_told() -> None:
    known = Incident("", Trouble.FAILING, NOON, NOON, "A", until=NOON + 1, ending=Ending.RECOVERED)
    made = [replace(known, urn=f"urn:uuid:00000000-0000-4000-8000-{n:012}", opened=NOON + n) for n in range(100)]

    assert len(status.stories(made)) == status.LIMIT


@pytest.mark.parametrize("name", ["status", "Status"])
def test_no_output_may_take_its_place(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError) as found:
        parse(f'[[output]]\nname = "{name}"\n', tmp_path / "aggregator.toml")

    assert str(found.value) == (
        f"{tmp_path}/aggregator.toml:2: [[output]] 1, name: must be another name: /status.xml is where the aggregator "
        f"tells how the sources are, not '{name}'"
    )


# ── Passwords and keys ───────────────────────────────────────────────────────────────────────────────────────────────

TEXT = (
    '<p><a href="/about">about</a> <a href="#top">top</a> <a href="?page=2">more</a> '
    + " ".join(f"word{number}" for number in range(50))
    + "</p>"
)


@pytest.mark.parametrize("body", ["rss", "atom", "json"])
async def test_nothing_published_lets_a_reader_into_a_source(
    days: Days, world: World, tmp_path: Path, body: str
) -> None:
    """Relative links in the text began at the configured address, password and all; its key stood in every format."""

    def guarded(asked: Asked) -> Reply:
        wanted = "Basic " + base64.b64encode(b"ann:hunter2").decode()
        fine = asked.headers.get("authorization") == wanted and "token=hunter3" in asked.target
        return Reply(body=FEEDS[body].encode()) if fine else Reply(401)

    place = world.plays("/feed", guarded)
    url = place.replace("http://", "http://ann:hunter2@") + "?token=hunter3"
    moved = world.plays("/moved", Reply(301, headers={"Location": url}))
    broken = world.plays("/broken", Reply(500)).replace("http://", "http://ann:hunter2@") + "?token=hunter3"
    tables = "".join(f'[[source]]\nurl = "{address}"\n' for address in (url, moved, broken))
    await days.live(2 * DAY, days.config(f'{tables}[[output]]\nname="feed"\n[[output]]\nname="all"\ndedupe=false\n'))

    public = [path for path in (tmp_path / "data" / "public").rglob("*") if path.is_file()]
    files = {path.name: path.read_bytes() for path in public}
    assert {name for name in files if name.rpartition(".")[2] in SUFFIXES} == {
        f"{name}.{suffix}" for name in ("feed", "all", "status") for suffix in SUFFIXES
    }
    assert b"word49" in files["feed.xml"] and b"be fetched" in files["status.xml"]
    for name, written in files.items():
        assert b"hunter2" not in written, name
        assert b"hunter3" not in written, name


ENTRY = TEXT.replace("<", "&lt;").replace(">", "&gt;")
FEEDS = {
    "rss": f"""<rss version="2.0"><channel><title>Paid</title><link>/</link><item><guid>1</guid><title>One</title>
        <link>/1</link><description>{ENTRY}</description></item></channel></rss>""",
    "atom": f"""<feed xmlns="http://www.w3.org/2005/Atom"><title>Paid</title><id>urn:x:y</id><link rel="self" href=""/>
        <entry><id>urn:x:1</id><title>One</title><link href="1"/>
        <content type="html">{ENTRY}</content></entry></feed>""",
    "json": json.dumps(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": "Paid",
            "items": [{"id": "1", "title": "One", "url": "/1", "content_html": TEXT}],
        }
    ),
}
