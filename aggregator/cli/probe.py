"""What is at an address that the operator adds: a feed, a page that names feeds, or neither; and an article or none."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from aggregator.model import AggregatorError, ParseError, RetrievalError, Source, SourceState
from aggregator.text import characters

if TYPE_CHECKING:
    from aggregator.config import Config
    from aggregator.model import Document, Feed
    from aggregator.retrieve.web import Web

_NAMED = 5  # feeds that the operator is told of


@dataclass(frozen=True, slots=True)
class _Hit:
    key: str
    feed: Feed
    others: tuple[str, ...] = ()


async def feed_at(address: str, config: Config) -> tuple[str, list[str]]:
    """Return the feed's address, and lines that tell of it: of a page the first feed that it names and that is one.

    AggregatorError, with all that was tried, where there is none.
    """
    from aggregator.retrieve.web import Web

    async with Web(config.settings, lambda: int(time.time())) as web:
        try:
            document = await web.get(address)
        except RetrievalError as error:
            raise AggregatorError(f"{address}: {error}; --unchecked adds it all the same") from None
        hit = await _feed_of(web, address, document)
    lines = [_summary(hit.feed)]
    if hit.others:
        more = len(hit.others) - _NAMED
        others = [*hit.others[:_NAMED], *([f"{more} more"] if more > 0 else [])]
        lines.append(f"The page names other feeds, too: {', '.join(others)}")
    return hit.key, lines


async def _feed_of(web: Web, address: str, document: Document) -> _Hit:
    from aggregator.parse import parse
    from aggregator.parse.discovery import feeds_of

    try:
        return _Hit(address, parse(document))
    except ParseError as error:
        no_feed = str(error)
    if document.content_type.lower().startswith(("image/", "audio/", "video/", "font/")):
        raise AggregatorError(f"{address}: this is {document.content_type.partition(';')[0]}, no feed")
    tried, urls = [], feeds_of(document)
    for url in urls:
        try:
            return _Hit(url, parse(await web.get(url)), tuple(other for other in urls if other != url))
        except RetrievalError as error:
            reason = str(error)
            tried.append(f"{url}, which {reason if reason.startswith('answered') else f'could not be had ({reason})'}")
        except ParseError as error:
            tried.append(f"{url}, which is no feed ({error})")
    names = f"it names {'; '.join(tried[:_NAMED])}" if tried else "it names no feed"
    raise AggregatorError(f"{address}: {no_feed}, and {names}; --unchecked adds it anyway")


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
