"""A story's copies as values, in the order in which they came."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from pydantic import TypeAdapter
from sqlite_utils import Database

from aggregator.model import Copy, DocumentKind, Entry, Origin, SourceKind
from aggregator.refine import representative
from aggregator.store import boilerplate
from aggregator.store.ids import FIRST_KEY
from aggregator.store.urn import urn_of
from aggregator.text import secrets

ENTRY: TypeAdapter[Entry] = TypeAdapter(Entry)


@dataclass(frozen=True, slots=True)
class StoredCopy:
    """A copy with its entry's row and the id that it would found a story under; published `at`, as far as we know."""

    id: int
    urn: str
    copy: Copy
    at: int


def load(database: Database, stories: Iterable[int]) -> dict[int, list[StoredCopy]]:
    """Return the copies of each story that came from sources which are configured still, the one to show first."""
    sql = f"""SELECT e.story, e.id, e.urn, {FIRST_KEY}, e.document, e.kind, e.guid, e.source, unpack(e.data),
            min(coalesce(nullif(e.published, 0), e.seen), e.seen), e.gone OR f.gone, f.priority,
            f.kind, f.key, f.name, f.title, f.link, f.feed_id
        FROM entry AS e JOIN source AS f ON f.id = e.source
        WHERE f.configured AND e.story IN (SELECT value FROM json_each(?)) ORDER BY e.id"""
    by_story: dict[int, list[StoredCopy]] = {}
    origins: dict[int, Origin] = {}  # of most sources it is the same for all that they list
    for story, entry, urn, first, document, kind, guid, source, data, at, gone, priority, *origin in database.execute(
        sql, [json.dumps(list(stories))]
    ):
        read = ENTRY.validate_json(data)
        if kind == DocumentKind.TEXT:
            read = replace(read, content=boilerplate.without(database, source, read.content))
        if read.origin:
            shown = _origin(read, *origin)
        elif source not in origins:
            shown = origins[source] = _origin(read, *origin)
        else:
            shown = origins[source]
        copy = Copy(shown, read, priority, bool(gone), source)
        by_story.setdefault(story, []).append(StoredCopy(entry, urn or urn_of(first, document, guid), copy, at))
    return {
        story: [copies[at] for at in representative.order([stored.copy for stored in copies])]
        for story, copies in by_story.items()
    }


def _origin(entry: Entry, kind: str, key: str, name: str, title: str, link: str, feed_id: str) -> Origin:
    """Return where the copy is from. A feed without any name has none here: a host is nobody who wrote an article."""
    is_feed = kind == SourceKind.WEB
    if not is_feed and entry.origin and not name:
        return _public(entry.origin)
    shown = name or title or ("" if is_feed else key.rstrip("/").rpartition("/")[2] or key)
    return _public(Origin(shown, link, key if is_feed else "", feed_id))


def _public(origin: Origin) -> Origin:
    """Return what everybody may know of a source: its address, and what its feed echoes, may hold a password."""
    return replace(origin, **{name: secrets.shown(getattr(origin, name)) for name in ("link", "feed", "id")})
