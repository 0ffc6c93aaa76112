"""The pages as files: a plain web server shows them, under whatever path; and what is on an older page stays there."""

from __future__ import annotations

import functools
import http.server
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import made
import planet
import pytest
from chromium import Browser
from house import until
from world import Reply

PAGE = "main article a.at"


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[planet.Planet]:
    """A site of the made sources alone, all of whose pages are files."""
    with planet.planet(tmp_path_factory.mktemp("site"), site='static = "stories"') as running:
        yield running


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Leave the tests' output alone."""


@pytest.fixture
def plain(small: planet.Planet, tmp_path: Path) -> Iterator[str]:
    """The address at which a plain web server has the files."""
    (tmp_path / "some").mkdir()
    (tmp_path / "some/path").symlink_to(small.house.data / "public")
    handler = functools.partial(_Quiet, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/some/path/"
        server.shutdown()
        thread.join()


def test_a_plain_web_server_shows_rivers_and_stories(small: planet.Planet, plain: str, browser: Browser) -> None:
    browser.open(plain)
    assert browser.brightness() > 0.8
    assert browser.run("return document.styleSheets.length && document.styleSheets[0].cssRules.length") > 20
    first = browser.hrefs(PAGE)
    browser.enter(browser.one("a[rel~=next]"))
    assert set(browser.hrefs(PAGE)).isdisjoint(first)
    browser.open(plain)
    gulls = made.text_of("gulls")[0]
    [page] = [href for href in first if href.endswith(small.story("gulls"))]
    browser.open(page)

    assert browser.texts("h1") == [gulls]
    assert {urlsplit(url).netloc for url in browser.asked()} <= {urlsplit(plain).netloc, "pictures.example.org"}
    assert browser.logged() == []


def test_what_is_on_an_older_page_stays_there_while_new_stories_arrive(small: planet.Planet, browser: Browser) -> None:
    browser.open(small.base)
    browser.enter(browser.one("a[rel~=next]"))
    address, before = small.base + browser.path.lstrip("/"), browser.hrefs(PAGE)
    fresh = made.note(made.NOTES, small.now)
    small.world.plays("/notes", Reply(body=made.feed("Tide notes", "en", fresh)))
    with closing(sqlite3.connect(small.house.data / "aggregator.db", timeout=10)) as database, database:
        database.execute("UPDATE source SET next_visit = 0 WHERE key LIKE '%/notes'")
    small.daemon.send(1)  # SIGHUP: it looks at once what is due
    until(lambda: f"Tide note {made.NOTES}" in small.page("?category=notes").text)
    browser.open(address)

    assert browser.hrefs(PAGE) == before
    browser.enter(browser.one("a[rel~=prev]"))
    assert set(browser.hrefs(PAGE)).isdisjoint(before)
