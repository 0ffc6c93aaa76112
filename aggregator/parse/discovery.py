"""A web page → the addresses of the feeds that it names."""

from __future__ import annotations

import re
from contextlib import suppress
from html.parser import HTMLParser
from urllib.parse import urlsplit

from aggregator.model import Document
from aggregator.text.addresses import joined

_TYPES = ("application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "text/xml",
          "application/xml", "application/rdf+xml")  # fmt: skip
_ENOUGH = 10
# Of an address's path or query, and of a title: as WordPress, Blogger, Drupal, Disqus and others name comments' feeds.
_COMMENTS = re.compile(
    r"(?:^|[/_.?&=-])(?:all-?)?(?:comments?|kommentare?|commentaires?|comentarios?|commenti|reacties)(?:$|[/_.?&=-])",
    re.IGNORECASE,
)
_OF_COMMENTS = re.compile(
    r"\b(?:comments?|kommentare?|commentaires?|comentarios?|coment[áa]rios|commenti|reacties|komentarze|kommentarer)\b"
    r"|комментари|コメント|评论|評論|댓글", re.IGNORECASE,
)  # fmt: skip


class _Links(HTMLParser):
    def __init__(self, base: str) -> None:
        super().__init__()
        self.base = base
        self.feeds: dict[str, bool] = {}  # their addresses, and whether they have comments alone

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "base" and values.get("href"):
            self.base = _joined(self.base, values["href"]) or self.base
        is_feed = values.get("type", "").partition(";")[0].strip().lower() in _TYPES
        if tag == "link" and "alternate" in values.get("rel", "").lower().split() and is_feed and values.get("href"):
            address = _joined(self.base, values["href"])
            if address.startswith(("http://", "https://")) and len(self.feeds) < _ENOUGH:
                self.feeds.setdefault(address, _is_of_comments(address, values.get("title", "")))


def _joined(base: str, address: str) -> str:
    try:
        return joined(base, address)
    except ValueError:  # "http://[": one such address must not hide the others
        return ""


def _is_of_comments(address: str, title: str) -> bool:
    parts = urlsplit(address)
    return bool(_COMMENTS.search(f"{parts.path}?{parts.query}") or _OF_COMMENTS.search(title))


def feeds_of(page: Document) -> list[str]:
    """Return the feeds in a page's <link rel="alternate"> (the RSS Board's autodiscovery), in order, comments' last.

    A post's page lists its comments first; nobody who adds a site means these.
    """
    links = _Links(page.base)
    with suppress(ValueError, AssertionError):  # html.parser gives up on a few malformed declarations
        links.feed(page.body.decode("utf-8", "replace"))
    return sorted(links.feeds, key=links.feeds.__getitem__)
