"""Where a river's pages with older stories begin, and which of them have become others since the last publication.

A river's newest stories become a page of their own when there are enough; a page that has become too long, because
older stories came late, is parted. One of a time of which no story is
stored is no page any more; of one whose stories are only not selected at present the address stays.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.outbound.rivers import SIZE, Course
from aggregator.store import rivers, selection
from aggregator.store.rivers import Page, Position

_ALL = 10**9
_FIRST = -1


@dataclass(frozen=True, slots=True)
class Paged:
    """A river's `pages` now, the newest first, and those `changed`, which are to be noted; whether its first page has
    become another one. `left` is where those begin for which there was no room in the publications before, and `empty`
    where those began that are no more."""

    pages: Sequence[Page]
    changed: Sequence[Page]
    is_first_stale: bool
    left: frozenset[Position]
    empty: frozenset[Position]


def page(database: Database, course: Course, changes: Sequence[Position], *, is_other: bool) -> Paged:
    """Return the pages of a river in which there were changes at these positions; `is_other` has all of them stale."""
    known = rivers.pages(database, course.name)
    keys = [_order(page.first) for page in known]
    touched = {bisect_right(keys, _order(position)) - 1 for position in changes}
    if is_other:
        touched = {_FIRST, *range(len(known))}
    parts = {place: _parts(database, course, known, place) for place in touched | {_FIRST}}
    empty = frozenset(known[place].first for place, parted in parts.items() if parted is None and place != _FIRST)
    new = {first for parted in parts.values() for first in parted or ()}
    stale = new | {known[place].first for place in touched if place != _FIRST}
    stale |= {page.first for page in known if page.stale}
    begins = sorted({page.first for page in known} | new, key=_order)
    for place, first in enumerate(begins):  # the pages beside a new one, or one that went, have links to it
        if first in new | empty:
            stale.update(begins[max(place - 1, 0) : place + 2])
    pages = [Page(first, first in stale) for first in begins if first not in empty]
    before = {page.first: page for page in known}
    changed = [page for page in pages if before.get(page.first) != page]
    left = frozenset(page.first for page in known if page.stale)
    is_first_stale = _FIRST in touched or bool(parts[_FIRST]) or (bool(known) and known[0].first in empty)
    return Paged(pages, changed, is_first_stale, left, empty)


def _parts(database: Database, course: Course, known: Sequence[Page], place: int) -> list[Position] | None:
    """Return where new pages begin within a page: each but the first part has SIZE stories, the first SIZE at least.

    None where no story is stored that could be on it.
    """
    first = known[place].first if place != _FIRST else None
    end = known[place + 1].first if place + 1 < len(known) else None
    stories = selection.newest(database, rivers.between(course.rules, first, end), _ALL)
    if not stories and first and not rivers.is_any_stored(database, first, end):
        return None
    begins = [stories[-SIZE * part] for part in range(len(stories) // SIZE - 1, 0, -1)]
    return rivers.positions(database, begins) if begins else []


def _order(position: Position) -> tuple[int, int]:
    return -position[0], position[1]
