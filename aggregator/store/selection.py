"""What is stored → the stories that an output shows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlite_utils import Database

from aggregator.config.query import prepared
from aggregator.model import Copy, Entry, Reference, Story
from aggregator.store import copies, walk
from aggregator.store.conditions import Selection
from aggregator.store.copies import ENTRY
from aggregator.store.rules import Configured, PerSource, Rule, Visible, of_its_copies
from aggregator.text import characters

_MOST = 1000  # entries whose headlines may name one story
_SOUGHT = 8  # words of a headline that related ones are sought by
_NAMED = 20  # and those that may name it
_BEFORE = 20_000  # entries in which they are sought: older ones are no news beside it, and of 100,000 it takes .2 s
_SHORT, _COMMON = 3, 2  # letters of a word that tells nothing; words that headlines must have in common


def newest(database: Database, selection: Selection, limit: int) -> list[int]:
    """Return the newest selected stories, the newest first; of one instant the first stored is first."""
    return [story for _, story, _ in islice(walk.rows(database, selection), limit)]


def newest_copies(database: Database, selection: Selection, limit: int) -> list[tuple[int, int]]:
    """Return the newest selected copies, each by itself: its story and its entry. For outputs that show every copy."""
    return [(story, entry) for entry, story, _ in islice(walk.rows(database, selection, each_copy=True), limit)]


def select(database: Database, selection: Selection, limit: int) -> list[Story]:
    """Return the newest selected stories as values."""
    return stories(database, newest(database, selection, limit))


def select_copies(database: Database, selection: Selection, limit: int) -> list[Story]:
    """Return the newest selected entries, each as a story of its own."""
    return alone(database, [entry for _story, entry in newest_copies(database, selection, limit)])


def alone(database: Database, entries: Sequence[int]) -> list[Story]:
    """Return these entries in this order, each as a story of its own."""
    sql = "SELECT DISTINCT story FROM entry WHERE id IN (SELECT value FROM json_each(?))"
    rows = database.execute(sql, [json.dumps(list(entries))]).fetchall()
    by_story = copies.load(database, {row[0] for row in rows})
    by_entry = {stored.id: stored for copies_of in by_story.values() for stored in copies_of}
    urns = _urns(database, by_story)
    page_of = {stored.id: urns[story] for story, copies_of in by_story.items() for stored in copies_of}
    return [_alone(by_entry[entry], page_of[entry]) for entry in entries]


def _alone(stored: copies.StoredCopy, page: str) -> Story:
    entry = stored.copy.entry
    page = "" if page == stored.urn else page
    return Story(stored.urn, stored.at, max(stored.at, entry.updated), stored.copy, (), entry.categories, page=page)


def _urns(database: Database, stories: Iterable[int]) -> dict[int, str]:
    sql = "SELECT id, urn FROM story WHERE id IN (SELECT value FROM json_each(?))"
    return dict(database.execute(sql, [json.dumps(list(stories))]).fetchall())


def within(database: Database, selection: Selection, first: int, last: int) -> list[int]:
    """Return the selected stories from `first` to `last`, in the order of their ids, of any age and number."""
    bounds = {"first": first, "last": last}
    return _ids(database, selection.lasting(), "s.id BETWEEN :first AND :last", "ORDER BY s.id", bounds)


def after(database: Database, selection: Selection, story: int, count: int) -> list[int]:
    """Return the first `count` selected stories after this one, in the order of their ids, whatever their age."""
    bounds = {"after": story, "count": count}
    return _ids(database, selection.lasting(), "s.id > :after", "ORDER BY s.id LIMIT :count", bounds)


def _ids(database: Database, selection: Selection, which: str, order: str, bounds: dict[str, int]) -> list[int]:
    sql = f"SELECT s.id FROM story AS s WHERE {which} AND {selection.of_story()}"
    values = {**selection.values(), **bounds}
    few = walk.few(database, selection)
    if few is not None:
        values["few"] = json.dumps(few)
        sql += " AND s.id IN (SELECT story FROM entry WHERE id IN (SELECT value FROM json_each(:few)))"
    return [row[0] for row in database.execute(f"{sql} {order}", values)]


# ── Why a story is or isn't there ────────────────────────────────────────────────────────────────────────────────────

Fate = int | type[Rule[Any]]
"""A story's place among the selected from 1 on, limit or not; or else the first rule that it doesn't fulfil."""


def fates(database: Database, selection: Selection, urns: Sequence[str], *, each_copy: bool = False) -> dict[str, Fate]:
    """Tell what becomes of each story; `Visible` is the rule where it is hidden, `Configured` where none
    of its sources is.

    With `each_copy` of an output that shows every copy, where a story has the place of its newest.
    """
    sql = "SELECT id, urn FROM story WHERE urn IN (SELECT value FROM json_each(?))"
    sought = dict(database.execute(sql, [json.dumps(list(urns))]).fetchall())
    fates: dict[str, Fate] = {}
    waiting = set()
    for story, urn in sought.items():
        fates[urn] = _unfulfilled(database, selection, story, each_copy=each_copy) or PerSource
        if fates[urn] is PerSource:
            waiting.add(story)
    rows = walk.rows(database, selection, each_copy=each_copy) if waiting else ()
    for place, (_, story, _) in enumerate(rows, 1):
        if story in waiting:
            waiting.remove(story)
            fates[sought[story]] = place
            if not waiting:
                break
    return fates


def _unfulfilled(database: Database, selection: Selection, story: int, *, each_copy: bool) -> type[Rule[Any]] | None:
    """Return the first rule that the story doesn't fulfil together with those before it; None if it fulfils all."""
    for count in range(len(selection.rules) + 1):
        partial = Selection(selection.rules[:count])
        taken = f"EXISTS ({of_its_copies('1', partial.of_lone_copy())})" if each_copy else partial.of_story()
        sql = f"SELECT 1 FROM story AS s WHERE s.id = :story AND {taken}"
        if not database.execute(sql, {**partial.values(), "story": story}).fetchone():
            return type(selection.rules[count - 1]) if count else _kept_from_all(database, story)
    return None


def _kept_from_all(database: Database, story: int) -> type[Rule[Any]]:
    hidden = database.execute("SELECT 1 FROM hidden WHERE story = ?", [story]).fetchone()
    return Visible if hidden else Configured


# ── What is shown of them ────────────────────────────────────────────────────────────────────────────────────────────


def stories(database: Database, ids: Sequence[int]) -> list[Story]:
    """Return these stories in this order, with all their copies from configured sources: first the one to read."""
    by_story = copies.load(database, ids)
    sql = "SELECT id, urn, published, updated FROM story WHERE id IN (SELECT value FROM json_each(?))"
    rows = {row[0]: row[1:] for row in database.execute(sql, [json.dumps(list(ids))])}
    return [of_copies(rows[story], [stored.copy for stored in by_story[story]]) for story in ids]


def of_copies(row: tuple[str, int, int], copies: Sequence[Copy]) -> Story:
    """Return a story with these copies; `row` is its URN and when it was published and updated."""
    categories = dict.fromkeys(name for copy in copies for name in copy.entry.categories)
    return Story(*row, copies[0], tuple(copies[1:]), tuple(categories))


@dataclass(frozen=True, slots=True)
class Alike:
    """A story that is like another by its headline: its row, its URN, and the entry that is."""

    id: int
    urn: str
    entry: Entry


def related(database: Database, story: Story, count: int) -> tuple[Reference, ...]:
    """Return the stories most like this one that have an address of their own."""
    found = (like.entry for like in alike(database, story, count) if like.entry.link)
    return tuple(dict.fromkeys(Reference(entry.title, entry.link) for entry in found))[:count]


def alike(database: Database, story: Story, count: int) -> list[Alike]:
    """Return the stories most like this one by their headlines' words: of those before it, which don't change any more.

    Two thirds of the shorter headline's words, and two at least, are common, and the language is the same: less is
    somebody else's news. There may be more than `count`, for those that can't be taken.
    """
    own = story.shown.entry
    sought = _telling(own.title)[:_SOUGHT]
    if len(sought) < _COMMON or not count:
        return []
    sql = """SELECT s.id, s.urn, unpack(e.data) FROM (
            SELECT rowid FROM entry_fts WHERE entry_fts MATCH :query AND rowid > :after ORDER BY rank LIMIT :limit
        ) AS hit JOIN entry AS e ON e.id = hit.rowid JOIN story AS s ON s.id = e.story
            JOIN source AS f ON f.id = e.source
        WHERE f.configured AND s.id < :story AND s.id NOT IN (SELECT story FROM hidden)"""
    own_row, first = database.execute(
        """SELECT s.id, min(e.id) FROM story AS s JOIN entry AS e ON e.story = s.id
        WHERE s.id = coalesce((SELECT id FROM story WHERE urn = ?), (SELECT max(id) FROM story))""",
        [story.page or story.id],
    ).fetchone()
    values = {"query": _any_of(sought), "after": (first or 0) - _BEFORE, "limit": 5 * count + 10, "story": own_row}
    shown = {own.link, *(copy.entry.link for copy in story.others)} - {""}
    found: dict[int, Alike] = {}
    for number, urn, data in database.execute(sql, values):
        entry = ENTRY.validate_json(data)
        if entry.link not in shown and _is_like(own, entry) and (number not in found or not found[number].entry.link):
            found[number] = Alike(number, urn, entry)
    return list(found.values())


def naming(database: Database, story: int) -> set[int]:
    """Return the stories that may name this one as like themselves (`alike`): those after it with such a headline."""
    sql = """SELECT DISTINCT e.story FROM (
            SELECT rowid FROM entry_fts WHERE entry_fts MATCH ? ORDER BY rank LIMIT ?
        ) AS hit JOIN entry AS e ON e.id = hit.rowid WHERE e.story > ?"""
    titles = database.execute("SELECT title FROM entry WHERE story = ?", [story]).fetchall()
    sought = (_telling(title) for (title,) in titles)
    return {
        row[0]
        for words in sought
        if len(words) >= _COMMON
        for row in database.execute(sql, [_any_of(words[:_NAMED]), _MOST, story])
    }


def _any_of(words: Sequence[str]) -> str:
    return prepared("title : ({})".format(" OR ".join(f'"{word}"' for word in words)))


def _telling(title: str) -> list[str]:
    """Return a headline's words that are long enough to tell what it is about, each once."""
    return list(dict.fromkeys(word for word in characters.words(title) if len(word) > _SHORT or not word.isascii()))


def _is_like(one: Entry, other: Entry) -> bool:
    languages = {entry.language.partition("-")[0].lower() for entry in (one, other) if entry.language}
    first, second = set(_telling(one.title)), set(_telling(other.title))
    common = len(first & second)
    return len(languages) < 2 and common >= _COMMON and 3 * common >= 2 * min(len(first), len(second))
