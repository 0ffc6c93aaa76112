"""axe-core finds no violation on any page: light and dark, wide and on a telephone. And what it can't see of that."""

from __future__ import annotations

from pathlib import Path

import pytest
from chromium import PHONE, WIDE, Browser, violations
from kinds import PATHS, open_page
from planet import Planet

_MARKUP = (  # of which the corpus's stories are to have some
    "%<table%", "%<pre%", "%<h1%", "%<h6%", "%<ol%", "%<dl%", "%<blockquote%", "%<figure%", "%<video%", "%<audio%",
    "%<iframe%", "%<math%", "%<form%", "%dir=%rtl%",
)  # fmt: skip
_STORIES = 25


@pytest.mark.parametrize("kind", PATHS)
def test_axe_finds_nothing(site: Planet, browser: Browser, axe: Path, kind: str) -> None:
    open_page(browser, site, kind)

    found = seen(browser, axe)

    assert not found, "\n".join(found)


def test_axe_finds_nothing_on_stories_of_the_corpus(shared: Path, site: Planet, browser: Browser, axe: Path) -> None:
    found = []
    for path in of_the_corpus(site, _STORIES):
        browser.open(site.base + path)
        found += [f"{path}: {violation}" for violation in seen(browser, axe)]
        browser.size(WIDE)
        browser.prefer()

    assert not found, "\n".join(found)


def seen(browser: Browser, axe: Path) -> list[str]:
    """What axe finds on the page that is open, in every way to look at it."""
    light = violations(browser, axe)
    browser.prefer(prefers_color_scheme="dark")
    dark = violations(browser, axe, ["color-contrast", "link-in-text-block"])
    browser.size(PHONE)
    narrow = [it for it in violations(browser, axe) if it not in {*light, *dark}]
    wide = [f"{width} px wide" for width in [browser.run("return document.scrollingElement.scrollWidth")]]
    return [
        *(f"light: {it}" for it in light),
        *(f"dark: {it}" for it in dark),
        *(f"phone: {it}" for it in narrow),
        *(f"phone: {it}" for it in wide if it != f"{PHONE[0]} px wide"),
    ]


def of_the_corpus(site: Planet, count: int) -> list[str]:
    """The paths of so many of its stories: those with odd markup, and then evenly others."""
    odd = [path for markup in _MARKUP for path in site.containing(markup, 1)]
    return list(dict.fromkeys([*odd, *site.spread(count)]))[:count]


@pytest.mark.parametrize("kind", PATHS)
def test_a_page_has_one_heading_of_its_own_and_the_landmarks(site: Planet, browser: Browser, kind: str) -> None:
    open_page(browser, site, kind)

    assert len(browser.all("h1")) == 1
    assert [len(browser.all(selector)) for selector in ("body > header", "main", "body > footer")] == [1, 1, 1]
    assert browser.one("html").get_attribute("lang")
    assert len(browser.driver.title) > 3


@pytest.mark.parametrize("kind", PATHS)
def test_dark_is_dark_and_light_is_light(site: Planet, browser: Browser, kind: str) -> None:
    open_page(browser, site, kind)
    assert _brightness(browser) > 0.8
    browser.prefer(prefers_color_scheme="dark")
    assert _brightness(browser) < 0.2


def _brightness(browser: Browser) -> float:
    """Of the page's ground, from 0 for black to 1 for white."""
    script = """
        const pixel = document.createElement("canvas").getContext("2d");
        for (const name of ["html", "body"]) {
            pixel.fillStyle = getComputedStyle(document.querySelector(name)).backgroundColor;
            pixel.fillRect(0, 0, 1, 1);
        }
        const [red, green, blue, opacity] = pixel.getImageData(0, 0, 1, 1).data;
        return opacity === 0 ? 1 : (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255;
    """
    return float(browser.run(script))


@pytest.mark.parametrize("kind", PATHS)
def test_no_page_scrolls_sideways(site: Planet, browser: Browser, kind: str) -> None:
    open_page(browser, site, kind)
    for width in (320, PHONE[0], 600, 820, WIDE[0], 2560):  # 320: WCAG 1.4.10, which is 1280 at 400 %
        browser.size((width, 800))
        assert (width, browser.run("return document.scrollingElement.scrollWidth")) == (width, width)


def test_nothing_moves_for_those_who_want_it_still(site: Planet, browser: Browser) -> None:
    browser.prefer(prefers_reduced_motion="reduce")
    script = """
        const still = value => value.split(",").every(part => parseFloat(part) <= 0.001);
        return [...document.querySelectorAll("*")].filter(element => {
            const style = getComputedStyle(element);
            return !still(style.transitionDuration) || !still(style.animationDuration)
                || style.scrollBehavior === "smooth";
        }).map(element => element.outerHTML.slice(0, 80));
    """
    for kind in ("front page", "story with copies", "sources"):
        open_page(browser, site, kind)
        assert browser.run(script) == []


def test_print_has_the_article_and_not_what_can_be_clicked(site: Planet, browser: Browser) -> None:
    browser.prefer("print")
    open_page(browser, site, "story with copies")

    assert "winter timetable" in browser.text
    assert [it.tag_name for it in browser.all("nav, form, button, input") if it.is_displayed()] == []
    assert _brightness(browser) > 0.8
