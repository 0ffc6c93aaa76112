"""What is at an address that the operator adds: a feed, a page that leads to feeds, or neither; an article or none."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.model import AggregatorError, ParseError, RetrievalError, Source, SourceState
from aggregator.text import characters
from aggregator.text.addresses import is_web, joined

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Document, Feed
    from aggregator.retrieve.web import Web

_MOST = 10  # feeds of a page that are looked at
_USUAL = ("feed", "feed.xml", "rss.xml", "atom.xml", "index.xml", "rss", "feed.json")
"""Where a site has its feed that names none: in the page's own folder, then at its root."""
_NAMED = 5  # of those that are none, in one line


@dataclass(frozen=True, slots=True)
class Candidate:
    """An address that was looked at: the feed, or why there is none, as in "which answered 404"."""

    address: str
    feed: Feed | None
    why: str = ""

    @property
    def line(self) -> str:
        """What it is, for the operator."""
        return _summary(self.feed) if self.feed else self.why


async def feeds_at(address: str, config: Config) -> list[Candidate]:
    """Return what the address leads to: itself if it is a feed, else the feeds that its page names, or that such a
    site is known to have, or at the usual places. At least one is a feed; AggregatorError, with all that was tried,
    where none is.
    """
    from aggregator.parse import sites
    from aggregator.parse.discovery import feeds_of
    from aggregator.retrieve.web import Web

    async with Web(config.settings, lambda: int(time.time())) as web:
        itself, page = await _looked_at(web, address)
        if itself.feed:
            return [itself]
        if page and page.content_type.lower().startswith(("image/", "audio/", "video/", "font/")):
            raise AggregatorError(f"{address}: this is {page.content_type.partition(';')[0]}, no feed")
        named = [*sites.feeds_at(address), *(await _podcast(web, sites.lookup_of(address)))]
        if page:
            named += [*sites.feeds_in(page), *feeds_of(page)]
        found = [(await _looked_at(web, url))[0] for url in list(dict.fromkeys(named))[:_MOST]]
        if page and not any(candidate.feed for candidate in found):
            found += await _guessed(web, page.base)
    if not any(candidate.feed for candidate in found):
        raise AggregatorError(_nothing(itself, page, found))
    return sorted(found, key=lambda candidate: candidate.feed is None)


async def _looked_at(web: Web, address: str) -> tuple[Candidate, Document | None]:
    """Return what is at the address, with the document where it could be had."""
    from aggregator.parse import parse

    try:
        document = await web.get(address)
    except RetrievalError as error:
        why = str(error)
        why = why if why.startswith("answered") else f"could not be had ({why})"
        return Candidate(address, None, why), None
    try:
        return Candidate(address, parse(document)), document
    except ParseError as error:
        return Candidate(address, None, str(error)), document


async def _guessed(web: Web, base: str) -> list[Candidate]:
    """Return the first of the usual places where a feed is; nothing is told of those where none is."""
    for place in dict.fromkeys(joined(base, folder + name) for folder in ("", "/") for name in _USUAL):
        candidate, _ = await _looked_at(web, place)
        if candidate.feed:
            return [candidate]
    return []


async def _podcast(web: Web, lookup: str) -> list[str]:
    """Return the feed of a podcast that a directory knows."""
    if not lookup:
        return []
    with suppress(RetrievalError, ValueError, LookupError, TypeError):
        feed = json.loads((await web.get(lookup)).body)["results"][0]["feedUrl"]
        return [feed] if is_web(feed) else []
    return []


def _nothing(itself: Candidate, page: Document | None, found: Iterable[Candidate]) -> str:
    tried = [f"{each.address}, which {each.why}" for each in found][:_NAMED]
    if not page:
        also = f"; nor is there a feed at {'; '.join(tried)}" if tried else ""
        return f"{itself.address}: {itself.why}{also}; --unchecked adds it all the same"
    names = f"it names {'; '.join(tried)}" if tried else "it names no feed, nor is one at the usual places"
    return f"{itself.address}: {itself.why}, and {names}; --unchecked adds it anyway"


def file_at(path: Path, key: str, limit: int) -> list[str]:
    """Return what a file holds, in lines; none for a folder. AggregatorError for neither an article nor a feed."""
    from aggregator.parse import parse
    from aggregator.retrieve import folder

    if not path.is_file():
        return []
    retrieval = folder.retrieve(Source(key=key, path=path), SourceState(), limit)
    troubles = list(retrieval.errors.values())
    if not retrieval.documents and not troubles:  # without a suffix it is what it looks like, and passed over
        troubles.append("it doesn't look like text")
    try:
        feeds = [parse(document) for document in retrieval.documents]
    except ParseError as error:
        troubles.append(str(error))
    if troubles:
        raise AggregatorError(f"{key}: this is no article and no feed: {troubles[0]}; --unchecked adds it anyway")
    return [_summary(feed) for feed in feeds]


def _summary(feed: Feed) -> str:
    title = feed.title or (feed.entries[0].title if len(feed.entries) == 1 else "")
    count = len(feed.entries)
    heading = f"“{title}”" if title else "It has no title"
    return characters.printable(f"{heading}, {count} {'entry' if count == 1 else 'entries'}.")
