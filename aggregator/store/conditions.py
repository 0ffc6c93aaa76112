"""The rules of an output as plain values, and as SQL.

One copy of a story has to fulfil all that is asked of copies; no copy may match `exclude`. Only copies from configured
sources count. In the conditions s is the story, e an entry and f its source; values are bound by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from aggregator.config.query import prepared

AT = "min(coalesce(nullif(e.published, 0), e.seen), e.seen)"
"""When an entry counts as published; there is an index on just this expression."""


@dataclass(frozen=True, slots=True)
class Selection:
    """What an output wants; the empty one wants everything.

    `keys` are addresses of sources, `match` and `exclude` valid FTS5 queries. Of `languages`, "en" takes "en-gb" too,
    and "und" what names none. `since` is the earliest date of publication. `per_source` (0: any) bounds the stories
    that came first through one source. `backfill` (None: any) is how many entries count of those that a source listed
    when it was new.
    """

    categories: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    match: str = ""
    exclude: str = ""
    languages: tuple[str, ...] = ()
    since: int | None = None
    per_source: int = 0
    backfill: int | None = None


def values(selection: Selection) -> dict[str, Any]:
    """What the conditions' names stand for."""
    return {
        "categories": json.dumps(selection.categories),
        "keys": json.dumps(selection.keys),
        "match": prepared(selection.match),
        "exclude": prepared(selection.exclude),
        "since": selection.since,
        "backfill": selection.backfill,
        **{f"language{i}": tag.lower() for i, tag in enumerate(selection.languages)},
    }


def of_source(selection: Selection) -> str:
    """Whether a source (f) is one of the output's."""
    wanted = ["f.configured"]
    if selection.categories:
        wanted.append("f.category IN (SELECT value FROM json_each(:categories))")
    if selection.keys:
        wanted.append("f.key IN (SELECT value FROM json_each(:keys))")
    return " AND ".join(wanted)


def of_copy(selection: Selection) -> str:
    """Whether a copy (e from f) makes its story one of the output's."""
    wanted = [of_source(selection)]
    if selection.languages:
        wanted.append(f"({' OR '.join(_speaks(f':language{i}', t) for i, t in enumerate(selection.languages))})")
    if selection.backfill is not None:
        wanted.append("e.backlog <= :backfill")
    if selection.match:
        wanted.append(_matches("match"))
    return " AND ".join(wanted)


def _speaks(name: str, tag: str) -> str:
    named = f"e.language = {name} OR e.language GLOB {name} || '-*'"
    return f"{named} OR e.language = ''" if tag.lower() == "und" else named


def _matches(name: str) -> str:
    """The plus keeps SQLite from going through the hits, of which there may be any number: it looks each entry up."""
    return f"+e.id IN (SELECT rowid FROM entry_fts WHERE entry_fts MATCH :{name})"


def of_story(selection: Selection) -> str:
    """Whether a story (s) is one of the output's."""
    wanted = [f"EXISTS ({of_its_copies('1', of_copy(selection))})"]
    if selection.exclude:
        unwanted = "f.configured AND " + _matches("exclude")
        wanted.append(f"NOT EXISTS ({of_its_copies('1', unwanted)})")
    if selection.since is not None:
        wanted.append("s.published >= :since")
    return " AND ".join(wanted)


def of_its_copies(column: str, condition: str) -> str:
    """The query for a column of those copies of a story (s) that fulfil a condition."""
    return f"SELECT {column} FROM entry AS e JOIN source AS f ON f.id = e.source WHERE e.story = s.id AND {condition}"


def of_lone_copy(selection: Selection) -> str:
    """Whether a copy (e from f) is itself one of an output's that shows every copy."""
    wanted = [of_copy(selection)]
    if selection.exclude:
        wanted.append(f"NOT {_matches('exclude')}")
    if selection.since is not None:
        wanted.append(f"{AT} >= :since")
    return " AND ".join(wanted)
