"""Stories → the bytes of a JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), UTF-8, an item a line.

What JSON Feed has no word for is in objects whose names start with "_", as it provides. What a combined feed tells is
in `_aggregator`: `source` (where the story is from), `copies` (the others of it), `related` (what is to be read also),
and in `about` the address of a page that says so. The others are `_attribution` (what the text names as its own
source), `_comments` and `_rights`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aggregator.model import Channel, Enclosure, Person, Reference
from aggregator.render import items
from aggregator.render.items import Elsewhere, Item
from aggregator.render.parts import Writer
from aggregator.text import writable


def json_frame(channel: Channel, _updated: int) -> tuple[bytes, bytes]:
    """Return what comes before and after the items. What was shown before is its next page in JSON Feed's words."""
    head = _dump(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": channel.title,
            "home_page_url": channel.link,
            "feed_url": items.address(channel, "json"),
            "next_url": items.address(channel, "json", channel.older) if channel.older else "",
            "description": channel.description,
            "icon": channel.icon,
            "favicon": channel.icon,
            "language": channel.language,
            "hubs": [{"type": "WebSub", "url": channel.hub}] if channel.hub else [],
        }
    )
    return head[:-1] + b',"items":[\n', b"\n]}\n"


def json_item(channel: Channel, item: Item) -> bytes:
    """Return one object of `items`."""
    return _dump(
        {
            "id": item.id,
            "url": item.link,
            "title": item.title,
            "content_html": item.content or item.summary or writable.markup(item.title),  # demanded
            "summary": writable.text_of(item.summary) if item.content else "",  # text here, never HTML
            "image": item.image,
            "date_published": writable.rfc3339(item.published),
            "date_modified": writable.rfc3339(item.updated),
            "authors": [_author(person) for person in item.authors],
            "author": _author(item.authors[0]) if item.authors else {},  # what version 1 has for them
            "tags": item.categories,
            "language": item.language,
            "attachments": [_attachment(enclosure) for enclosure in item.enclosures],
            "_aggregator": _extension(channel, item),
            "_attribution": _reference(item.attribution),
            "_comments": _without_empty(url=item.comments),
            "_rights": _without_empty(text=item.rights),
        }
    )


def _extension(channel: Channel, item: Item) -> Mapping[str, Any]:
    """Return the extension, an object by the specification, with `about` for whoever looks at the feed; or nothing.

    Every item names it: each is rendered and kept by itself, and goes out with whichever others.
    """
    source = item.source
    extension = _without_empty(
        source=_without_empty(title=source.title, link=source.link, feed=source.feed, id=source.id),
        copies=[_copy(copy) for copy in item.others],
        related=[_reference(reference) for reference in item.related],
    )
    return {"about": f"{channel.link.partition('#')[0]}#json-feed", **extension} if extension else {}


def _author(person: Person) -> Mapping[str, Any]:
    return _without_empty(name=person.name, url=person.url or (f"mailto:{person.email}" if person.email else ""))


def _attachment(enclosure: Enclosure) -> Mapping[str, Any]:
    return _without_empty(
        url=enclosure.url,
        mime_type=enclosure.type,
        title=enclosure.title,
        size_in_bytes=enclosure.length,
        duration_in_seconds=enclosure.duration,
    )


def _copy(copy: Elsewhere) -> Mapping[str, Any]:
    return _without_empty(source=copy.source.title, url=copy.url, title=copy.title, feed=copy.source.feed)


def _reference(reference: Reference) -> Mapping[str, Any]:
    return _without_empty(title=reference.title, url=reference.url)


def _without_empty(**values: Any) -> Mapping[str, Any]:
    return {name: value for name, value in values.items() if value}


def _dump(values: Mapping[str, Any]) -> bytes:
    """Write one line, without what is empty, names in the order in which they are given."""
    return json.dumps(_without_empty(**values), ensure_ascii=False, separators=(",", ":")).encode()


JSON = Writer(json_item, json_frame, b",\n")
