"""The site that the browser visits: a daemon over what it ingested of the corpus, the seed and sources of our own."""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import html5lib
import made
from corpus import SHARED
from house import Got, House, Running
from world import Reply, World

CATEGORIES = ("technology", "science", "world", "culture")  # that the corpus's sources are given in turn
HOSTS = tuple(f"127.0.0.{number}" for number in range(1, 9))  # of one host one source is visited at a time
_ITEM = re.compile(rb"<(?:item|entry)[ >]")
_DATE = re.compile(rb"<(?:pubDate|published|dc:date)(?=[ >])(?![^<]*\b0001\b)")  # the year 1 is none
_OUTPUTS = """
[[output]]
name = "everything"
title = "Everything"
related = 3
[[output]]
name = "news"
title = "News & weather"
categories = ["news", "world"]
[[output]]
name = "abroad"
title = "Abroad"
categories = ["abroad"]
limit = 5
formats = ["atom"]
"""


@dataclass
class Planet:
    """A running daemon, the web that it visits, and what is known of it all. `now` is when its sources were made."""

    house: House
    world: World
    daemon: Running
    now: int

    @property
    def base(self) -> str:
        """The address of its front page."""
        return f"http://127.0.0.1:{self.daemon.port}/"

    def story(self, guid: str) -> str:
        """The path of the story that one of the made articles is in."""
        rows = self._rows("SELECT story.urn FROM entry JOIN story ON story.id = entry.story WHERE guid = ?", guid)
        return path_of(rows[0])

    def number(self, name: str) -> str:
        """The number of the source whose title or configured name has this."""
        query = "SELECT CAST(id AS TEXT) FROM source WHERE title LIKE ? OR name LIKE ?"
        return self._rows(query, *[f"%{name}%"] * 2)[0]

    def source(self, name: str) -> str:
        """The path of the page of that source."""
        return f"source/{self.number(name)}"

    def page(self, path: str) -> Got:
        """What a browser is answered that shows the page to someone."""
        return self.daemon.get(f"/{path}", Accept="text/html,*/*;q=0.8", Sec_Fetch_Dest="document")

    def link(self, path: str, rel: str) -> str:
        """Where the first link of this relation leads, on the page at this path; a path from the root as well."""
        elements = html5lib.parse(self.page(path).body, namespaceHTMLElements=False).iter()
        found = [element.get("href") for element in elements if rel in element.get("rel", "").split()]
        assert found, f"/{path} has no link to {rel}"
        return urljoin(f"/{path}", found[0]).lstrip("/")

    def containing(self, markup: str, count: int) -> list[str]:
        """The paths of so many stories whose content has this markup, the longest ones."""
        query = "SELECT story.urn FROM story JOIN entry ON entry.story = story.id WHERE entry.data LIKE ?"
        return [path_of(urn) for urn in self._rows(f"{query} ORDER BY length(entry.data) DESC LIMIT ?", markup, count)]

    def spread(self, count: int) -> list[str]:
        """The paths of so many stories, evenly from one end of the alphabet to the other: in each run the same ones."""
        headed = "SELECT story.urn FROM story JOIN entry ON entry.story = story.id GROUP BY story.id"
        urns = self._rows(f"{headed} ORDER BY min(entry.title), min(entry.url)")
        return [path_of(urn) for urn in urns[:: max(1, len(urns) // count)]][:count]

    def _rows(self, query: str, *values: object) -> list[str]:
        with closing(sqlite3.connect(self.house.data / "aggregator.db", timeout=10)) as database:
            return [row[0] for row in database.execute(query, values)]


def path_of(urn: str) -> str:
    """Where the page of the story with this urn is."""
    return f"story/{urn.removeprefix('urn:uuid:')}.html"


@contextmanager
def planet(folder: Path, unpacked: Path | None = None, site: str = "", *, tidy: bool = False) -> Iterator[Planet]:
    """The daemon over the made sources and, if it is given, the `unpacked` corpus and the seed.

    `site` are keys of [site]. A `tidy` one is nice to look at: real feeds in which all is dated, and no odd markup. All
    sources were visited twice; none is due for as long as the tests take.
    """
    now = int(time.time())
    house = House(folder)
    for name, body in made.folder(now).items():
        path = folder / "articles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(body)
    sources = {path: it for path, it in made.feeds(now).items() if not tidy or path not in {"/odd", "/notes"}}
    with World(HOSTS) as world:
        tables = [_table("url", world.plays(path, *_replies(it)), it.keys) for path, it in sources.items()]
        tables.append(_table("url", world.plays("/broken", Reply(500)), 'name = "Broken beacon"\ncategory = "news"'))
        tables.append(_table("path", "articles", 'name = "Our own articles"\ncategory = "own"'))
        tables += _shared(world, unpacked, tidy) if unpacked else []
        house.write(
            f'[site]\ntitle = "The tideway"\ndescription = "What the sea brings in"\nnotice = "Not ours."\n{site}\n'
            '[polling]\nallow_networks = ["127.0.0.0/8"]\nworkers = 2\n[serve]\nport = 0\n' + "".join(tables) + _OUTPUTS
        )
        house.run("once")
        house.run("once", "--all")
        with house.daemon() as daemon:
            yield Planet(house, world, daemon, now)


def _replies(it: made.Made) -> tuple[Reply, ...]:
    return (Reply(body=it.first), Reply(body=it.second))


def _table(key: str, address: str, more: str) -> str:
    return f"[[source]]\n{key} = {json.dumps(address)}\n{more}\n"


def _shared(world: World, unpacked: Path, tidy: bool) -> list[str]:
    """Feeds of real sites as a source each, those that test parsers as one folder, and the seed."""
    tests = unpacked / "feeds"
    real = (tests / "real").rename(unpacked / "real")
    tables = [_table("path", str(SHARED / "seed"), 'name = "Seed"\ncategory = "world"')]
    tables += [] if tidy else [_table("path", str(tests), 'name = "Tests of parsers"\ncategory = "samples"')]
    for number, path in enumerate(sorted(real.iterdir())):
        if tidy and len(_ITEM.findall(path.read_bytes())) > len(_DATE.findall(path.read_bytes())):
            continue
        world.plays(f"/{path.name}", Reply(body=path.read_bytes()))
        address = world.url(f"/{path.name}", HOSTS[number % len(HOSTS)])
        tables.append(_table("url", address, f'category = "{CATEGORIES[number % len(CATEGORIES)]}"'))
    return tables
