"""Each kind of page that there is, with what it takes to see one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from chromium import Browser
from planet import Planet

PATHS: Mapping[str, Callable[[Planet], str]] = {
    "front page": lambda _: "",
    "river of an output": lambda _: "news/",
    "river of right-to-left and CJK": lambda _: "abroad/",
    "by category": lambda _: query(category="notes"),
    "by all filters": lambda site: query(
        category="news", source=site.number("Gazette"), language="en", since="2000-01-01", until="2099-12-31"
    ),
    "later part of a filtered river": lambda site: _older(site, query(category="notes")),
    "older page": lambda site: _older(site, ""),
    "search": lambda _: query(q="gulls"),
    "search in CJK": lambda _: query(q="カモメ"),
    "search for one long word": lambda _: query(q="Donaudampfschiff" * 12),
    "nothing found": lambda _: query(q="xyzzyxyzzy"),
    "no query": lambda _: query(q='"unclosed AND ('),
    "story with copies": lambda site: site.story("gulls"),
    "story with versions": lambda site: site.story("fares"),
    "story with all markup": lambda site: site.story("lighthouse"),
    "story that means harm": lambda site: site.story("hostile"),
    "story without title": lambda site: site.story("bare"),
    "story of one long word": lambda site: site.story("long"),
    "story right to left": lambda site: site.story("ar"),
    "story in CJK": lambda site: site.story("ja"),
    "story of a file": lambda site: site.story("lake-walk"),
    "sources": lambda _: "sources",
    "sources that fail": lambda _: "sources?state=failing",
    "sources sorted": lambda _: "sources?sort=entries&category=news",
    "source": lambda site: site.source("Gazette"),
    "source that fails": lambda site: site.source("Broken"),
    "source without a visit": lambda site: site.source("Paused"),
    "feed's address": lambda _: "everything.xml",
    "feed of the sources": lambda _: "status.xml",
    "page of the sources' feed": lambda _: "status/",
    "nothing there": lambda _: "nothing/here",
    "story that there is not": lambda _: "story/00000000-0000-0000-0000-000000000000.html",
    "source that there is not": lambda _: "source/999999",
}


def query(**parameters: str) -> str:
    """The path of a filtered river."""
    return f"?{urlencode(parameters)}"


def _older(site: Planet, path: str) -> str:
    """Where the link to older stories leads from the page at this path."""
    return site.link(path, rel="next")


def open_page(browser: Browser, site: Planet, kind: str) -> str:
    """Opens a page of this kind; its path."""
    path = PATHS[kind](site)
    browser.open(site.base + path)
    return path
