"""Part a copy from its story, make two stories one: both last (store/overrides.py)."""

from __future__ import annotations

import re

from sqlite_utils import Database

from aggregator.model import StoreError
from aggregator.operate.done import Came, Done
from aggregator.store import overrides
from aggregator.store.trails import Trail, trails

_PAGE = re.compile(
    r"(?:.*/)?story/([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\.html)?(?:[?#].*)?"
)
_LONGEST = 4000  # characters of what names a story


def split(database: Database, story: str, entry: int, now: int = 0) -> Came:
    """Part the copy in this row from the others of the story, for good; say which story is the one that was named then.

    `story` is its id, also one that was merged away. The id stays with the copy that founded the story.
    """
    with database.atomic():
        trail = _by_id(database, story)
        if trail is None:
            return Came(Done.NO_STORY)
        if not any(step.entry == entry for step in trail.steps):
            return Came(Done.NO_COPY, trail.story)
        try:
            overrides.split(database, entry, now)
        except StoreError:
            return Came(Done.ALONE, trail.story)
        return Came(Done.SPLIT, trail.story)


def merge(database: Database, story: str, other: str, now: int = 0) -> Came:
    """Make the story with this id and another one a single story, for good; say which it is.

    `other` is an id, the address of the story's page here, or the address or guid of one of its copies.
    """
    with database.atomic():
        one = _by_id(database, story)
        if one is None:
            return Came(Done.NO_STORY)
        others = _named(database, other)
        if len(others) != 1:
            return Came(Done.SEVERAL if others else Done.NO_OTHER, one.story)
        try:
            return Came(Done.MERGED, overrides.merge(database, one.id, others[0].id, now))
        except StoreError:
            return Came(Done.ONE_ALREADY, one.story)


def _named(database: Database, name: str) -> list[Trail]:
    name = name.strip()[:_LONGEST]
    if page := _PAGE.fullmatch(name):
        found = _by_id(database, page[1])
        return [found] if found else []
    return trails(database, name) if name else []


def _by_id(database: Database, story: str) -> Trail | None:
    """Return the story with this id alone: what is no id must not be taken for a copy's guid."""
    urn = story if story.startswith("urn:") else f"urn:uuid:{story}"
    sql = "SELECT id FROM story WHERE urn = :urn UNION SELECT story FROM alias WHERE urn = :urn"
    row = database.execute(sql, {"urn": urn}).fetchone()
    return next((trail for trail in trails(database, urn) if trail.id == row[0]), None) if row else None
