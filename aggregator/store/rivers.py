"""Stories by their position in time: what a page of a river shows, and where the pages with older stories begin.

A position is when a story was published, and its row: of one instant the story stored first is first, as in the feeds.
A page with older stories begins at a position that never changes, so its address is good for ever, whatever comes
before or between; one that has become too long is parted, and its first part keeps the address.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlite_utils import Database

from aggregator.store.conditions import Selection
from aggregator.store.rules import Rule

Position = tuple[int, int]
"""When a story was published, and its row."""


class After(Rule[Position]):
    """Behind this position, in the order in which a river goes: older."""

    key = "after"

    def of_story(self) -> str:
        return f"s.published <= :{self.scope}at AND NOT (s.published = :{self.scope}at AND s.id <= :{self.scope}story)"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}at": self.value[0], f"{self.scope}story": self.value[1]}


class From(Rule[Position]):
    """At this position, or behind it."""

    key = "from"

    def of_story(self) -> str:
        return f"s.published <= :{self.scope}at AND NOT (s.published = :{self.scope}at AND s.id < :{self.scope}story)"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}at": self.value[0], f"{self.scope}story": self.value[1]}


class Before(Rule[Position]):
    """Before this position: newer."""

    key = "before"

    def of_story(self) -> str:
        return f"s.published >= :{self.scope}at AND NOT (s.published = :{self.scope}at AND s.id >= :{self.scope}story)"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}at": self.value[0], f"{self.scope}story": self.value[1]}


class OfSource(Rule[int]):
    """From the source in this row."""

    key = "of_source"

    def of_source(self) -> str:
        return f"f.id = :{self.scope}row"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}row": self.value}


class Until(Rule[int]):
    """Published before this instant."""

    key = "until"

    def of_story(self) -> str:
        return f"s.published < :{self.scope}until"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}until": self.value}


def behind(selection: Selection, position: Position) -> Selection:
    """Return the part of a selection behind a position."""
    return Selection((*selection.rules, After(position, "after_")))


def between(selection: Selection, first: Position | None, end: Position | None) -> Selection:
    """Return the part of a selection from `first` on, and before `end`; None bounds nothing."""
    rules: list[Rule[Any]] = [*selection.rules]
    if first is not None:
        rules.append(From(first, "from_"))
    if end is not None:
        rules.append(Before(end, "end_"))
    return Selection(tuple(rules))


def is_any_stored(database: Database, first: Position, end: Position | None) -> bool:
    """Tell whether there is a story from `first` on and before `end`, shown or not; None is the end of all."""
    rules: list[Rule[Position]] = [From(first, "from_"), *([Before(end, "end_")] if end else ())]
    within = " AND ".join(rule.of_story() for rule in rules)
    values = {name: value for rule in rules for name, value in rule.values().items()}
    sql = f"""SELECT 1 FROM story AS s WHERE s.hidden = 0 AND {within} UNION ALL
        SELECT 1 FROM hidden AS h CROSS JOIN story AS s ON s.id = h.story WHERE {within} LIMIT 1"""
    return database.execute(sql, values).fetchone() is not None


def positions(database: Database, stories: Sequence[int]) -> list[Position]:
    """Return the positions of these stories, in their order."""
    sql = "SELECT id, published FROM story WHERE id IN (SELECT value FROM json_each(?))"
    published = dict(database.execute(sql, [json.dumps(list(stories))]).fetchall())
    return [(published[story], story) for story in stories]


def words(database: Database, stories: Iterable[int]) -> dict[int, int]:
    """Return how many words each story has: those of its longest copy."""
    sql = "SELECT story, max(words) FROM entry WHERE story IN (SELECT value FROM json_each(?)) GROUP BY story"
    return dict(database.execute(sql, [json.dumps(list(stories))]).fetchall())


def urns(database: Database, stories: Collection[int]) -> dict[int, str]:
    """Return the ids of these stories, of those that are there."""
    sql = "SELECT id, urn FROM story WHERE id IN (SELECT value FROM json_each(?))"
    return dict(database.execute(sql, [json.dumps(list(stories))]).fetchall())


def hidden(database: Database, stories: Collection[int]) -> set[int]:
    """Return those of these stories that are shown nowhere: what was taken back (store/hiding.py), and that of which no
    source is configured any more."""
    sql = """SELECT id FROM story WHERE id IN (SELECT value FROM json_each(?)) AND (hidden <> 0 OR NOT EXISTS (
        SELECT 1 FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = story.id AND f.configured))"""
    return {row[0] for row in database.execute(sql, [json.dumps(list(stories))])}


def names(database: Database) -> set[str]:
    """Return what names each story in the address of its page."""
    return {urn.removeprefix("urn:uuid:") for (urn,) in database.execute("SELECT urn FROM story")}


# ── Where the pages begin ────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Page:
    """A page with older stories: where it begins; it ends where the next one begins. `stale`: its file isn't made."""

    first: Position
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A page's place: where the page before it begins, and the one behind it; None where there is none."""

    newer: Position | None
    first: Position
    older: Position | None


@dataclass(frozen=True, slots=True)
class Repaged:
    """What is to be noted of rivers: their pages that are new, stale or made, and at which stories those began that are
    `empty`; rivers that are no more, and up to which change all this is."""

    pages: Mapping[str, Sequence[Page]] = field(default_factory=dict)
    empty: Mapping[str, Sequence[int]] = field(default_factory=dict)
    gone: Sequence[str] = ()
    changes: int = 0


def pages(database: Database, river: str) -> list[Page]:
    """Return the river's pages, the newest first."""
    sql = "SELECT published, story, stale FROM river_page WHERE river = ? ORDER BY published DESC, story"
    return [Page((at, story), bool(stale)) for at, story, stale in database.execute(sql, [river])]


def rivers(database: Database) -> list[str]:
    """Return the names of those that have pages."""
    return [row[0] for row in database.execute("SELECT DISTINCT river FROM river_page")]


def newest_page(database: Database, river: str) -> Position | None:
    """Return where the newest of the pages with older stories begins; None while there is none."""
    sql = "SELECT published, story FROM river_page WHERE river = ? ORDER BY published DESC, story LIMIT 1"
    row = database.execute(sql, [river]).fetchone()
    return (row[0], row[1]) if row else None


def neighbours(database: Database, river: str, story: int) -> Neighbours | None:
    """Return the place of the page that begins at this story; None where none does."""
    sql = "SELECT published, story FROM river_page WHERE river = ? AND story = ?"
    row = database.execute(sql, [river, story]).fetchone()
    if row is None:
        return None
    asked = {"river": river, "at": row[0], "story": row[1]}
    sql = "SELECT published, story FROM river_page WHERE river = :river AND"
    is_newer = "published >= :at AND NOT (published = :at AND story >= :story) ORDER BY published, story DESC LIMIT 1"
    is_older = "published <= :at AND NOT (published = :at AND story <= :story) ORDER BY published DESC, story LIMIT 1"
    newer, older = (database.execute(f"{sql} {which}", asked).fetchone() for which in (is_newer, is_older))
    return Neighbours(tuple(newer) if newer else None, (row[0], row[1]), tuple(older) if older else None)


def changes(database: Database) -> tuple[int, list[Position]]:
    """Return the positions at which stories came, changed or went since `note` was last told of it, and up to where."""
    rows = database.execute("SELECT id, published, story FROM river_change ORDER BY id").fetchall()
    return (rows[-1][0] if rows else 0), list(dict.fromkeys((row[1], row[2]) for row in rows))


def note(database: Database, repaged: Repaged) -> None:
    """Keep all that; call it in a transaction."""
    database.execute("DELETE FROM river_change WHERE id <= ?", [repaged.changes])
    for river in repaged.gone:
        database.execute("DELETE FROM river_page WHERE river = ?", [river])
    rows = [(river, story) for river, begins in repaged.empty.items() for story in begins]
    database.conn.executemany("DELETE FROM river_page WHERE river = ? AND story = ?", rows)
    database.conn.executemany(
        "INSERT OR REPLACE INTO river_page (river, published, story, stale) VALUES (?, ?, ?, ?)",
        ((river, *page.first, page.stale) for river, changed in repaged.pages.items() for page in changed),
    )
