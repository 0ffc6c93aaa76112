"""Every page is HTML without an error, asks nobody else for anything, and leaves the console silent."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import html5lib
import pytest
from chromium import Browser
from kinds import PATHS, open_page
from planet import Planet
from test_accessible import of_the_corpus


def errors(body: bytes) -> list[str]:
    """What html5lib's strict mode would stop at, all of it: the error, and the markup before it."""
    parser = html5lib.HTMLParser()
    parser.parse(body, transport_encoding="utf-8")
    lines = body.decode().split("\n")
    return [
        f"{code} {data or ''}: {lines[line - 1][max(0, column - 80) : column]!r}"
        for (line, column), code, data in parser.errors
    ]


def test_the_parser_is_as_strict_as_strict() -> None:
    wrong = b"<!doctype html><html lang=en><title>x</title><p>a</i><p>b</div>"

    assert len(errors(wrong)) == 2
    with pytest.raises(html5lib.html5parser.ParseError):
        html5lib.HTMLParser(strict=True).parse(wrong)


@pytest.mark.parametrize("kind", PATHS)
def test_a_strict_parser_finds_no_error(site: Planet, kind: str) -> None:
    answer = site.page(PATHS[kind](site))

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    found = errors(answer.body)
    assert not found, "\n".join(found)
    assert answer.status == (
        404 if "there is not" in kind or "nothing there" in kind else 400 if kind == "no query" else 200
    )


def test_a_strict_parser_finds_no_error_in_stories_of_the_corpus(shared: Path, site: Planet) -> None:
    found = [f"{path}: {error}" for path in of_the_corpus(site, 100) for error in errors(site.page(path).body)]

    assert not found, "\n".join(found)


@pytest.mark.parametrize("kind", PATHS)
def test_no_page_asks_others_or_complains(site: Planet, browser: Browser, kind: str) -> None:
    """But for articles' own pictures; that the page itself is a 404 or a 400, the console says, too."""
    path = open_page(browser, site, kind)
    own = urlsplit(site.base).netloc
    foreign = {host for url in browser.asked() if (host := urlsplit(url).netloc) != own}

    assert foreign <= _shown(browser)
    assert [line for line in browser.logged() if f"{site.base}{path} - Failed to load" not in line] == []
    assert browser.driver.title != "taken"


def _shown(browser: Browser) -> set[str]:
    """The hosts of the pictures, sounds and films that are on the page."""
    script = 'return [...document.querySelectorAll("main img, main audio, main video, main source")].map(e => e.src)'
    return {urlsplit(url).netloc for url in browser.run(script)}
