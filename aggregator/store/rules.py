"""The rules of an output, a class each: which articles it selects, as SQL, and what is said of one that is kept out.

To add a rule: a field of `OutputTable` (config/tables.py), and a class in RULES here. From the class come the selection
itself, the answer of `explain`, the option of `preview`, and whether the output can have archive pages.

One copy of a story has to fulfil all that is asked of copies; no copy may match `exclude`. Only copies from configured
sources count. In the conditions s is the story, e an entry and f its source; values are bound by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

from aggregator.model.categories import with_wholes
from aggregator.store.categories import taken_by

if TYPE_CHECKING:
    from aggregator.model import Source

AT = "min(coalesce(nullif(e.published, 0), e.seen), e.seen)"
"""When an entry counts as published; there is an index on just this expression."""

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Option:
    """How `preview` is asked to try a rule: `many` values of it may be given; `bounds` are those of a number."""

    flag: str
    help: str
    metavar: str | None = None
    many: bool = False
    bounds: tuple[int, int] | None = None


@dataclass(frozen=True)
class Rule(Generic[V]):
    """What one key of [[output]] asks for, `value`; a condition that it doesn't set is "".

    `refusal` is said of an article that the rule keeps out. A rule that is `momentary` is about what is shown at the
    moment, and bounds no archive page. `scope` begins the names of its values, so that an output's rules and a
    visitor's can stand in one selection.
    """

    key: ClassVar[str]
    refusal: ClassVar[str]
    option: ClassVar[Option]
    momentary: ClassVar[bool] = False

    value: V
    scope: str = ""

    @classmethod
    def of(cls, written: Any, sources: Sequence[Source], now: int) -> Self | None:  # noqa: ARG003  for those that need it
        """Return the rule as the operator wrote it, at an instant; None where it asks for nothing."""
        value: Any = tuple(written) if isinstance(written, list) else written
        return cls(value) if value else None

    @classmethod
    def choices(cls, sources: Sequence[Source]) -> frozenset[str] | None:  # noqa: ARG003
        """Return the values that select anything, None where there is no list of them."""
        return None

    def of_source(self) -> str:
        """Return the condition for a source (f)."""
        return ""

    def of_copy(self) -> str:
        """Return the condition for a copy (e from f) that makes its story one of the output's."""
        return ""

    def of_story(self) -> str:
        """Return the condition for a story (s) beside those for one of its copies."""
        return ""

    def of_lone_copy(self) -> str:
        """Return the condition for a copy, beside `of_copy`, where the output shows every copy."""
        return ""

    def hits(self) -> str:
        """Return the query for the ids of all entries that can fulfil the rule, where an index gives them."""
        return ""

    def values(self) -> dict[str, Any]:
        """Return what the names in the conditions stand for."""
        return {}


class Configured(Rule[None]):
    """What holds for every output, and can't be chosen: a source that was removed from the config isn't read."""

    refusal = "none of its sources is configured any more"

    def of_source(self) -> str:
        return "f.configured"


class Visible(Rule[None]):
    """What holds for every output, too: a story that is hidden (store/hiding.py) is nowhere.

    The index that a walk goes through has no other stories, so it costs nothing there.
    """

    refusal = "it is hidden"

    def of_story(self) -> str:
        return "s.hidden = 0"

    def of_lone_copy(self) -> str:
        return "e.story NOT IN (SELECT story FROM hidden)"


class Sources(Rule[tuple[str, ...]]):
    """From these sources, which the operator names by name or address; the value is their addresses."""

    key = "sources"
    refusal = "none of its sources is in this output"
    option = Option("--source", "From these sources only, by name or address; repeatable.", many=True)

    @classmethod
    def of(cls, written: Any, sources: Sequence[Source], now: int) -> Self | None:  # noqa: ARG003
        wanted = set(written)
        keys = [s.key for s in sources if s.key in wanted or (s.name and s.name in wanted)] or sorted(wanted)
        return cls(tuple(keys)) if wanted else None

    @classmethod
    def choices(cls, sources: Sequence[Source]) -> frozenset[str] | None:
        return frozenset(name for source in sources for name in (source.key, source.name))

    def of_source(self) -> str:
        return f"f.key IN (SELECT value FROM json_each(:{self.scope}sources))"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}sources": json.dumps(self.value)}


class Categories(Rule[tuple[str, ...]]):
    """From sources of these categories and of their parts: "news" takes "news/local" (model/categories.py)."""

    key = "categories"
    refusal = "no source that it came through is of a category of this output"
    option = Option("--category", "Of these categories only; may be repeated.", many=True)

    @classmethod
    def choices(cls, sources: Sequence[Source]) -> frozenset[str] | None:
        return frozenset(("", *with_wholes(source.category for source in sources)))

    def of_source(self) -> str:
        return f"f.category IN ({taken_by(f'{self.scope}categories')})"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}categories": json.dumps(self.value)}


class Languages(Rule[tuple[str, ...]]):
    """In these languages: "en" takes "en-GB" too, and "und" what names none (RFC 4647 §3.3.1, basic filtering)."""

    key = "languages"
    refusal = "no copy that this output takes is in one of its languages"
    option = Option("--language", "In these languages only; may be repeated.", many=True)

    def of_copy(self) -> str:
        return f"({' OR '.join(map(self._speaks, range(len(self.value))))})"

    def _speaks(self, place: int) -> str:
        name = f":{self.scope}language{place}"
        named = f"e.language = {name} OR e.language GLOB {name} || '-*'"
        return f"{named} OR e.language = ''" if self.value[place].lower() == "und" else named

    def hits(self) -> str:
        return f"SELECT id FROM entry WHERE {' OR '.join(map(self._begins, range(len(self.value))))}"

    def _begins(self, place: int) -> str:
        """Return the condition as an index takes it: a dot comes just after a hyphen."""
        name = f":{self.scope}language{place}"
        named = f"language = {name} OR (language >= {name} || '-' AND language < {name} || '.')"
        return f"{named} OR language = ''" if self.value[place].lower() == "und" else named

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}language{place}": tag.lower() for place, tag in enumerate(self.value)}


class Backfill(Rule[int]):
    """Of those that a source listed when it was new, at most so many."""

    key = "backfill"
    refusal = "its source listed it when it was new, beyond the backfill"
    option = Option("--backfill", "At most so many old ones of a new source.", bounds=(0, 10_000))

    @classmethod
    def of(cls, written: Any, sources: Sequence[Source], now: int) -> Self | None:  # noqa: ARG003
        return None if written is None else cls(written)

    def of_copy(self) -> str:
        return f"e.backlog <= :{self.scope}backfill"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}backfill": self.value}


class Match(Rule[str]):
    """With a copy that fulfils this FTS5 query."""

    key = "match"
    refusal = "no copy that this output takes fulfils match"
    option = Option("--match", "What an article must fulfil.", "QUERY")

    def of_copy(self) -> str:
        return _fulfils(f":{self.scope}match")

    def hits(self) -> str:
        return f"SELECT rowid FROM entry_fts WHERE entry_fts MATCH :{self.scope}match"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}match": _prepared(self.value)}


class Exclude(Rule[str]):
    """Without any copy that fulfils this FTS5 query."""

    key = "exclude"
    refusal = "a copy fulfils exclude"
    option = Option("--exclude", "What keeps an article out.", "QUERY")

    def of_story(self) -> str:
        unwanted = f"f.configured AND {_fulfils(f':{self.scope}exclude')}"
        return f"NOT EXISTS ({of_its_copies('1', unwanted)})"

    def of_lone_copy(self) -> str:
        return f"NOT {_fulfils(f':{self.scope}exclude')}"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}exclude": _prepared(self.value)}


class MaxAge(Rule[int]):
    """No older than this; the value is the earliest instant of publication."""

    key = "max_age"
    refusal = "it is older than max_age"
    option = Option("--max-age", 'No older ones; like "30d".', "DURATION")
    momentary = True

    @classmethod
    def of(cls, written: Any, sources: Sequence[Source], now: int) -> Self | None:  # noqa: ARG003
        return None if written is None else cls(now - written)

    def of_story(self) -> str:
        return f"s.published >= :{self.scope}since"

    def of_lone_copy(self) -> str:
        return f"{AT} >= :{self.scope}since"

    def values(self) -> dict[str, Any]:
        return {f"{self.scope}since": self.value}


class PerSource(Rule[int]):
    """At most so many of those that came first through one source: no condition, but a count on the walk."""

    key = "per_source"
    refusal = "the source that it came through has its share (per_source) in newer ones"
    option = Option("--per-source", "At most so many of one source; 0: any number.", bounds=(0, 10_000))
    momentary = True


RULES: tuple[type[Rule[Any]], ...] = (Sources, Categories, Languages, Backfill, Match, Exclude, MaxAge, PerSource)
"""All that an output may ask for, in the order in which it is told what keeps an article out."""


def of_its_copies(column: str, condition: str) -> str:
    """Return the query for a column of those copies of a story (s) that fulfil a condition."""
    return f"SELECT {column} FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = s.id AND {condition}"


def _fulfils(query: str) -> str:
    """Return the condition for an entry (e) that fulfils a query.

    The plus keeps SQLite from going through the hits, of which there may be any number: it looks each entry up.
    """
    return f"+e.id IN (SELECT rowid FROM entry_fts WHERE entry_fts MATCH {query})"


def _prepared(query: str) -> str:
    from aggregator.config.query import prepared  # here, so that `preview --help` doesn't wait for all of the config

    return prepared(query)
