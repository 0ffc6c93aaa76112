"""Pages for when there is nothing to read yet, and a site that shows no pictures."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from chromium import Browser
from house import SERVED, House
from markup import errors
from planet import Planet
from test_browser_pages import seen
from world import Reply, World


@pytest.fixture
def hanging(house: House, world: World) -> str:
    """The address of a daemon's front page whose first round goes on and on."""

    async def raw(_writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    tables = [f'[[source]]\nurl = "{world.plays(f"/{number}", Reply(raw=raw))}"\n' for number in range(12)]
    house.write(SERVED + "".join(tables))
    with house.daemon() as daemon:
        yield f"http://127.0.0.1:{daemon.port}/"


def test_the_first_start_says_what_goes_on_and_refreshes_itself(hanging: str, browser: Browser, axe: Path) -> None:
    with browser.bringing(axe):
        browser.open(hanging)

    assert "12 sources" in browser.text
    assert browser.all("meta[http-equiv=refresh]") or browser.run("return performance.getEntriesByType('navigation')")
    assert seen(browser) == []


def test_a_site_without_sources_says_what_to_do(house: House, browser: Browser, axe: Path) -> None:
    house.write(SERVED)
    with house.daemon() as daemon:
        with browser.bringing(axe):
            browser.open(f"http://127.0.0.1:{daemon.port}/")
        assert "aggregator add" in browser.text
        assert seen(browser) == []
        assert errors(daemon.get("/", Accept="text/html").body) == []


def test_a_site_without_pictures_asks_nobody_else_for_anything(small: Planet, browser: Browser, axe: Path) -> None:
    site = small
    for path in ("", "news/", "?category=odd", site.story("lighthouse"), site.story("hostile"), "sources"):
        browser.open(site.base + path)
        assert {urlsplit(url).netloc for url in browser.asked()} == {urlsplit(site.base).netloc}
        assert browser.logged() == []
    with browser.bringing(axe):
        browser.open(site.base + site.story("lighthouse"))
    assert "The horn beside the lamp" in browser.text  # what a picture shows is said
    assert seen(browser) == []
