"""A story's copies as values, in the order in which they came."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Copy, Entry, Origin
from aggregator.refine import choice, urls
from aggregator.store import notices

ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A copy with its entry's row, the key of its source and its document there; published `at`, as far as we know."""

    id: int
    key: str
    document: str
    copy: Copy
    at: int


def load(database: Database, stories: Iterable[int]) -> dict[int, list[StoredCopy]]:
    """The copies of each story that came from sources which are configured still, the one to show first."""
    asked = """SELECT e.story, e.id, e.source, e.document, e.data,
            min(coalesce(nullif(e.published, 0), e.seen), e.seen), f.key, f.name, f.title, f.link, f.feed_id, f.priority
        FROM entry AS e JOIN source AS f ON f.id = e.source
        WHERE f.configured AND e.story IN (SELECT value FROM json_each(?)) ORDER BY e.id"""
    found: dict[int, list[StoredCopy]] = {}
    for story, entry, source, document, data, at, key, *about in database.execute(asked, [json.dumps(list(stories))]):
        read = ENTRY.validate_json(data)
        if notices.is_plain(document):
            read = replace(read, content=notices.without(database, source, read.content))
        found.setdefault(story, []).append(StoredCopy(entry, key, document, _copy(read, key, *about), at))
    return {
        story: [copies[at] for at in choice.order([stored.copy for stored in copies])]
        for story, copies in found.items()
    }


def _copy(entry: Entry, key: str, name: str, title: str, link: str, feed_id: str, priority: int) -> Copy:
    is_feed = key.startswith(("http://", "https://"))
    if not is_feed and entry.origin and not name:
        return Copy(_public(entry.origin), entry, priority)
    shown = name or title or (urlsplit(key).hostname if is_feed else key.rstrip("/").rpartition("/")[2]) or key
    return Copy(_public(Origin(shown, link, key if is_feed else "", feed_id)), entry, priority)


def _public(origin: Origin) -> Origin:
    """What everybody is told of a source: its address may hold a password or a key, and so may what its feed echoes."""
    return replace(origin, **{name: urls.shown(getattr(origin, name)) for name in ("link", "feed", "id")})
