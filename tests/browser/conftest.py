"""One site and one browser for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import chromium
import corpus
import planet
import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first test waits for the site to be made, on a machine that does much else perhaps."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(300))


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, window: chromium.Browser) -> Iterator[planet.Planet]:
    """The site with all that there is: the corpus, too, where ../shared is."""
    unpacked = corpus.unpack(tmp_path_factory.mktemp("corpus")) if corpus.SHARED.exists() else None
    with planet.planet(tmp_path_factory.mktemp("site"), unpacked) as running:
        yield running


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory, window: chromium.Browser) -> Iterator[planet.Planet]:
    """A site of the made sources alone that shows no pictures, and all of whose pages are files."""
    with planet.planet(tmp_path_factory.mktemp("small"), site='images = false\nstatic = "stories"') as running:
        yield running


@pytest.fixture(scope="session")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[chromium.Browser]:
    """The browser's one window, which `browser` cleans for each test."""
    with chromium.chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def browser(window: chromium.Browser) -> chromium.Browser:
    """A browser in which nothing was done before."""
    window.reset()
    return window


@pytest.fixture(scope="session")
def axe() -> Path:
    """Where axe-core is."""
    return chromium.axe_core()
