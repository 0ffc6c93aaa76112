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
import pytest
from chromium import Browser
from house import until
from planet import Planet
from world import Reply

PAGE = "main article a.at"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments: object) -> None:
        """Leave the tests' output alone."""


@pytest.fixture
def plain(small: Planet, tmp_path: Path) -> Iterator[str]:
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


def test_a_plain_web_server_shows_the_rivers(plain: str, browser: Browser) -> None:
    browser.open(plain)
    assert browser.run("return document.styleSheets.length && document.styleSheets[0].cssRules.length") > 20
    first = browser.hrefs(PAGE)
    browser.follow(browser.one("a[rel~=next]"))

    assert set(browser.hrefs(PAGE)).isdisjoint(first)
    assert {urlsplit(url).netloc for url in browser.asked()} == {urlsplit(plain).netloc}
    assert browser.logged() == []


def test_a_plain_web_server_shows_the_stories(small: Planet, plain: str, browser: Browser) -> None:
    browser.open(plain)
    [page] = {href for href in browser.hrefs(PAGE) if href.endswith(small.story("gulls"))}
    browser.open(page)

    assert browser.texts("h1") == [made.text_of("gulls")[0]]
    assert browser.logged() == []


def test_what_is_on_an_older_page_stays_there_while_new_stories_arrive(small: Planet, browser: Browser) -> None:
    browser.open(small.base)
    browser.follow(browser.one("a[rel~=next]"))
    address, before = small.base + browser.path.lstrip("/"), browser.hrefs(PAGE)
    fresh = made.note(made.NOTES, small.now)
    small.world.plays("/notes", Reply(body=made.feed("Tide notes", "en", fresh)))
    with closing(sqlite3.connect(small.house.data / "aggregator.db", timeout=10)) as database, database:
        database.execute("UPDATE source SET next_visit = 0 WHERE key LIKE '%/notes'")
    small.daemon.send(1)  # SIGHUP: it looks at once what is due
    until(lambda: f"Tide note {made.NOTES}" in small.page("?category=notes").text)
    browser.open(address)

    assert browser.hrefs(PAGE) == before
    browser.follow(browser.one("a[rel~=prev]"))
    assert set(browser.hrefs(PAGE)).isdisjoint(before)
