"""Every kind of page: axe-core finds nothing, light and dark, wide and on a telephone; a strict parser finds no error;
nobody else is asked for anything; the console stays silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pytest
from chromium import PHONE, WIDE, Browser
from kinds import PATHS
from markup import errors
from planet import Planet

_STORIES = 25  # of the corpus, in the browser
_MORE = 100  # for the parser
_WIDTHS = (320, PHONE[0], 600, 820, WIDE[0], 2560)  # 320: WCAG 1.4.10, which is 1280 at 400 %
_ODD = (  # markup that the corpus's stories are to have some of
    "%<table%", "%<pre%", "%<h1%", "%<h6%", "%<ol%", "%<dl%", "%<blockquote%", "%<figure%", "%<video%", "%<audio%",
    "%<iframe%", "%<math%", "%<form%", "%<sup%",
)  # fmt: skip


@dataclass(frozen=True)
class Opened:
    """A page that is open, and what happened meanwhile."""

    kind: str
    address: str
    browser: Browser
    logged: list[str]
    asked: list[str]


@pytest.fixture(scope="module", params=PATHS)
def opened(request: pytest.FixtureRequest, site: Planet, window: Browser, axe: Path) -> Iterator[Opened]:
    """A page of each kind, once for all tests that look at it."""
    address = site.base + PATHS[request.param](site)
    window.reset()
    with window.bringing(axe):
        window.open(address)
    return Opened(request.param, address, window, window.logged(), window.asked())


@pytest.fixture
def page(opened: Opened) -> Iterator[Opened]:
    """The page as it is at first: wide and light."""
    yield opened
    opened.browser.size(WIDE)
    opened.browser.prefer()


def test_axe_finds_nothing(page: Opened) -> None:
    found = seen(page.browser)

    assert not found, "\n".join(found)


def test_it_has_a_heading_of_its_own_the_landmarks_a_language_and_a_title(page: Opened) -> None:
    assert len(page.browser.all("h1")) == 1
    assert [len(page.browser.all(it)) for it in ("body > header", "main", "body > footer")] == [1, 1, 1]
    assert page.browser.one("html").get_attribute("lang")
    assert len(page.browser.driver.title) > 3


def test_dark_is_dark_and_light_is_light(page: Opened) -> None:
    assert page.browser.brightness() > 0.8
    page.browser.prefer(prefers_color_scheme="dark")
    assert page.browser.brightness() < 0.2


def test_it_never_scrolls_sideways(page: Opened) -> None:
    for width in _WIDTHS:
        page.browser.size((width, 800))
        wide, widest = page.browser.run(_WIDEST, width)
        assert wide == width, widest


_WIDEST = """
    const all = [...document.body.querySelectorAll("*")], right = it => it.getBoundingClientRect().right;
    const wide = all.filter(it => right(it) > arguments[0] + 1).map(it => it.outerHTML.slice(0, 150));
    return [document.scrollingElement.scrollWidth, wide.slice(-5)];
"""


def test_it_asks_nobody_else_but_for_articles_pictures_and_the_console_is_silent(page: Opened) -> None:
    """That the page itself is a 404 or a 400, the console says, too."""
    own = urlsplit(page.address).netloc
    script = 'return [...document.querySelectorAll("main img, main audio, main video, main source")].map(e => e.src)'
    shown = {urlsplit(url).netloc for url in page.browser.run(script)}

    assert {urlsplit(url).netloc for url in page.asked} - {own} <= shown
    assert [line for line in page.logged if f"{page.address} - Failed to load" not in line] == []
    assert page.browser.driver.title != "taken"


def test_nothing_moves_for_those_who_want_it_still(page: Opened) -> None:
    page.browser.prefer(prefers_reduced_motion="reduce")
    script = """
        const still = value => value.split(",").every(part => parseFloat(part) <= 0.001);
        return [...document.querySelectorAll("*")].filter(element => {
            const style = getComputedStyle(element);
            return !still(style.transitionDuration) || !still(style.animationDuration)
                || style.scrollBehavior === "smooth";
        }).map(element => element.outerHTML.slice(0, 80));
    """

    assert page.browser.run(script) == []


def test_its_links_within_the_site_lead_somewhere(page: Opened, site: Planet, followed: set[str]) -> None:
    """Some of those that no page before had."""
    links = {href.partition("#")[0] for href in page.browser.hrefs("a[href], link[href]")}
    new = sorted(href for href in links - followed - {page.address} if href.startswith(site.base))[:15]
    followed.update(new)

    assert [href for href in new if site.page(href.removeprefix(site.base)).status != 200] == []


@pytest.fixture(scope="module")
def followed() -> set[str]:
    """The links that were followed already."""
    return set()


@pytest.mark.parametrize("kind", PATHS)
def test_a_strict_parser_finds_no_error(site: Planet, kind: str) -> None:
    answer = site.page(PATHS[kind](site))
    found = errors(answer.body)

    assert not found, "\n".join(found)
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.status in ({404} if "nothing there" in kind or "there is not" in kind else {200, 400})


def test_the_parser_is_as_strict_as_strict() -> None:
    wrong = b"<!doctype html><html lang=en><title>x</title><p>a</i><p>b</div>"

    assert len(errors(wrong)) == 2
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse(wrong)


# ── Stories of the corpus ────────────────────────────────────────────────────────────────────────────────────────────


def test_axe_finds_nothing_on_stories_of_the_corpus(shared: Path, site: Planet, browser: Browser, axe: Path) -> None:
    found = []
    with browser.bringing(axe):
        for path in _of_the_corpus(site, _STORIES):
            browser.size(WIDE)
            browser.prefer()
            browser.open(site.base + path)
            found += [f"{path}: {violation}" for violation in seen(browser)]
            browser.size((320, 800))
            wide, widest = browser.run(_WIDEST, 320)
            found += [f"{path}: {wide} px wide: {widest}"] if wide > 320 else []

    assert not found, "\n".join(found)


def test_a_strict_parser_finds_no_error_in_stories_of_the_corpus(shared: Path, site: Planet) -> None:
    found = [f"{path}: {error}" for path in _of_the_corpus(site, _MORE) for error in errors(site.page(path).body)]

    assert not found, "\n".join(found)


def seen(browser: Browser) -> list[str]:
    """What axe finds on the page that is open, in every way to look at it; what is folded away is unfolded."""
    browser.run("for (const it of document.querySelectorAll('details')) it.open = true")
    found = [f"light: {it}" for it in browser.violations()]
    browser.prefer(prefers_color_scheme="dark")
    found += [f"dark: {it}" for it in browser.violations("color-contrast", "link-in-text-block")]
    browser.size(PHONE)
    narrow = ("target-size", "scrollable-region-focusable", "region", "heading-order", "bypass", "page-has-heading-one")
    return found + [f"phone: {it}" for it in browser.violations(*narrow)]


def _of_the_corpus(site: Planet, count: int) -> list[str]:
    """The paths of so many of its stories: those with odd markup, and then evenly others."""
    odd = [path for markup in _ODD for path in site.containing(markup, 1)]
    return list(dict.fromkeys([*odd, *site.spread(count)]))[:count]
