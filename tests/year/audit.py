"""The store, compared with the script: each article once, none missing, nothing joined that differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlite_utils import Database

from aggregator.store.copies import ENTRY
from tests.year.world import DAY, HOUR, NEVER, START, WEEK, Item, Source

_WELL = {"301", "302", "chain", "came back"}  # a source in such a spell is read all the same
Copy = tuple[str, int]
"""A source's name and an article's number."""


class Audit:
    """What was found in the store so far; `faults` says what is wrong, in a line each."""

    def __init__(self, sources: Sequence[Source], down: Sequence[tuple[int, int]], longest: int) -> None:
        """`longest` is how long a source that is well may wait for its next visit, in seconds."""
        self._by_url = {source.url: source for source in sources}
        self._items = {(source.name, item.path): item for source in sources for item in source.items}
        self._down = down
        self._longest = longest
        self._rows: dict[Copy, int] = {}
        self._stories: dict[int, str] = {}
        self.titles: dict[Copy, str] = {}
        self.faults: list[str] = []

    def look(self, database: Database, now: int) -> None:
        """Compare what is stored at `now`."""
        articles: dict[str, int] = {}
        stored: set[Copy] = set()
        for key, row, data, urn in database.execute(
            """SELECT f.key, e.id, unpack(e.data), s.urn FROM entry AS e
            JOIN source AS f ON f.id = e.source JOIN story AS s ON s.id = e.story ORDER BY e.id"""
        ):
            entry, source = ENTRY.validate_json(data), self._by_url[key]
            item = self._items.get((source.name, entry.link.rpartition("/")[2].partition("?")[0]))
            if item is None:
                self.faults.append(f"{source.name}: nobody published {entry.link}")
                continue
            number = item.article.number
            copy = (source.name, number)
            rewritten = source.shape.guids == "made up" and entry.title != self.titles.get(copy)
            if self._rows.setdefault(copy, row) != row and not rewritten:  # in doubt it is kept, in the same story
                self.faults.append(f"{source.name}: {entry.title!r} is stored twice, or came again ({entry.guid})")
            self.titles[copy] = entry.title
            stored.add(copy)
            if rewritten and not source.dated(item, now):
                continue  # an address and some of the words are not enough for one that has neither guid nor date
            if articles.setdefault(urn, number) != number:
                self.faults.append(f"{source.name}: {entry.title!r} was joined to another article")
            if self._stories.setdefault(number, urn) != urn:
                self.faults.append(f"{source.name}: {entry.title!r} is another story than its copy, or its id changed")
        for source, item, edited in self.owed(now):
            (title, _), copy = item.article.at(now), (source.name, item.article.number)
            if copy not in self._rows:
                self.faults.append(f"{source.name}: {title!r} is missing, of day {(item.at - START) // DAY}")
            elif edited and self.titles[copy] != title and copy in stored:
                self.faults.append(f"{source.name}: {title!r} is still called {self.titles[copy]!r}")

    def owed(self, now: int) -> Iterator[tuple[Source, Item, bool]]:
        """What has to be there by now, and whether its last edit has, too.

        It was listed so for longer than a visit may be away, while all was well.
        """
        for source in self._by_url.values():
            ill = [(s.start, s.end) for s in source.spells if s.what not in _WELL and not _is_left(source, s.start)]
            longest = patience(source, self._longest)
            lasting = source.shape.guids != "made up" and not any(spell.what == "stale" for spell in source.spells)
            for item, start, end in source.listed():
                edit = item.article.versions[-1][0]
                stretches = list(well(max(start, START), min(end, now), [*ill, *source.absent, *self._down]))
                if any(until - since >= longest for since, until in stretches):
                    seen_last = any(until - max(since, edit) >= longest for since, until in stretches)
                    yield source, item, seen_last and lasting and edit <= now


def _is_left(source: Source, at: int) -> bool:
    """Whether it has moved away before: what befalls the old address is nothing to it."""
    return source.spells[0].what == "301" and at > source.spells[0].start


def patience(source: Source, longest: int) -> int:
    """For how long it may be away from a source that is well, with what the source itself asks for."""
    shape = source.shape
    if source.rhythm == "busy":
        return DAY
    if "max-age" in shape.headers.get("Cache-Control", ""):
        age = int(shape.headers["Cache-Control"].rpartition("=")[2])
        longest = max(longest, min(age, WEEK) + 5 * HOUR)
    if "skipDays" in shape.channel:
        longest += 2 * DAY
    if "skipHours" in shape.channel:
        longest += DAY // 2
    if "<ttl>" in shape.channel:
        longest = max(longest, 2880 * 60 + 4 * HOUR)
    return longest + 50 * DAY if shape.validators == "liar" else longest  # four times between two articles


def well(start: int, end: int, ill: Sequence[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """The stretches from `start` to `end` in which nothing is the matter."""
    at = start
    for since, until in sorted(ill):
        if until <= at:
            continue
        if since >= end:
            break
        if since > at:
            yield at, since
        at = min(until, NEVER)
    if at < end:
        yield at, end


def by_name(sources: Sequence[Source], *names: str) -> list[Source]:
    """The sources that are called so, but for their numbers."""
    kinds: dict[str, list[Source]] = defaultdict(list)
    for source in sources:
        kinds[source.name.rstrip("0123456789")].append(source)
    return [source for name in names for source in kinds[name]]
