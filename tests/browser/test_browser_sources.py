"""The sources' page, and a source's own."""

from __future__ import annotations

import pytest
from chromium import Browser
from planet import Planet

_LINKS = "main a[href*='source/']"


def _named(browser: Browser) -> list[str]:
    """The names of the sources that are listed, without the letters of their marks."""
    return list(dict.fromkeys(text.rpartition("\n")[2] for text in browser.texts(_LINKS)))


def test_each_source_is_listed_with_how_it_does(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}sources?category=news")
    text = browser.one("main").text

    for name in ("The Harbour Gazette", "Coast Review", "Broken beacon", "Paused pier"):
        assert name in _named(browser)
    assert "answered 500" in text  # the one-line cause
    assert "Copyist" not in text


@pytest.mark.parametrize(
    ("state", "there", "not_there"),
    [
        ("failing", "Broken beacon", "Coast Review"),
        ("paused", "Paused pier", "Broken beacon"),
        ("ok", "Coast Review", "Broken beacon"),
    ],
)
def test_the_list_is_filtered_by_state(site: Planet, browser: Browser, state: str, there: str, not_there: str) -> None:
    browser.open(f"{site.base}sources?state={state}")
    while browser.all("a[rel~=next]") and there not in _named(browser):
        browser.follow(browser.one("a[rel~=next]"))

    assert there in _named(browser)
    assert not_there not in _named(browser)


def test_the_list_is_sorted_and_searched(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}sources?sort=name&category=news")
    by_name = _named(browser)
    assert by_name == sorted(by_name, key=str.casefold)
    browser.open(f"{site.base}sources?q=gazette")
    assert _named(browser) == ["The Harbour Gazette"]


def test_a_source_has_its_own_river_and_charts_in_words(site: Planet, browser: Browser) -> None:
    browser.open(f"{site.base}sources?q=gazette")
    browser.follow(browser.link("The Harbour Gazette"))

    assert browser.one("h1").text.endswith("The Harbour Gazette")
    assert site.base + site.story("fares") in [href.partition("#")[0] for href in browser.hrefs("main a")]
    assert browser.all("main svg")
    for chart in browser.all("main svg"):
        told = chart.accessible_name or browser.run("return arguments[0].closest('figure')?.innerText", chart)
        assert told or chart.get_attribute("aria-hidden") == "true"
