"""The rivers' pages → files under public/, so that a plain web server shows them: those that have become others."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator import __version__
from aggregator.config import Config
from aggregator.model import Edition
from aggregator.outbound import files
from aggregator.outbound.cards import Cards
from aggregator.outbound.editions import FOLDER, Publication
from aggregator.outbound.outputs import site_of
from aggregator.outbound.paging import Paged, page
from aggregator.outbound.rivers import Course, choices_of, courses, first_page, older_page, page_name
from aggregator.outbound.story_files import StoryFiles, remove_stories
from aggregator.render.html import templates
from aggregator.render.html.river import River
from aggregator.store import rendered, rivers
from aggregator.store.rendered import Notes
from aggregator.store.rivers import Neighbours, Page, Position, Repaged

log = logging.getLogger(__name__)
_AT_ONCE = 50  # older pages that are made in one publication: a second of work; the rest follows with the next ones
_INDEX = "index.html"
_PAGES = "[0-9]*-[0-9][0-9]-[0-9][0-9]-[0-9]*.html"


def publish_pages(
    database: Database, config: Config, data: Path, now: int, cards: Cards, room: int = _AT_ONCE
) -> Publication:
    """Bring the pages, and the files of those that are files, up to date at `now`. `database` may be read-only,
    `cards` are those of the publications before, and of older pages `room` are made.

    It takes longer than the feeds do, which are to be out and noted before. What fails is told of and logged, and has
    its files stay as they are.
    """
    folder, before = data / FOLDER, rendered.digests(database)
    upto, changes = rivers.changes(database)
    configured = courses(config, now)
    story_files = StoryFiles(database, config, folder, {story for _, story in changes})
    publisher = _SitePublisher(database, config, folder, before, cards, story_files, room)
    troubles: list[str] = []
    is_static = config.site.static != "none"
    if is_static:
        _write_assets(folder, troubles)
    for course in sorted(configured, key=lambda course: course.name != course.older):  # those that have pages first
        try:
            publisher.page(course, changes)
            if is_static:
                publisher.write(course)
        except OSError as error:
            troubles.append(f"{folder / course.name}: can't be written to: {error.strerror or error}")
            log.error("%s; the pages stay as they were", troubles[-1])  # noqa: TRY400  no bug
        except Exception as error:
            log.exception("the pages of %s can't be made; they stay as they were", course.name or "the site")
            troubles.append(f"the pages of {course.name or 'the site'}: {type(error).__name__}: {error}")
    names = {course.name for course in configured}
    dropped: tuple[str, ...] = ()
    try:
        if is_static:
            story_files.sweep()
        dropped = _remove(folder, before, names if is_static else set())
    except OSError as error:
        troubles.append(f"{folder}: pages that are none any more can't be removed: {error.strerror or error}")
        log.error("%s; that is tried again", troubles[-1])  # noqa: TRY400  no bug
    gone = [name for name in rivers.rivers(database) if name not in names]
    if troubles:
        upto = 0  # what changed is looked at again
    notes = publisher.notes(dropped, gone, upto)
    return Publication(notes=notes, troubles=tuple(troubles), is_partial=publisher.is_partial and not troubles)


class _SitePublisher:
    """One publication of all pages."""

    def __init__(
        self,
        database: Database,
        config: Config,
        folder: Path,
        before: Mapping[str, bytes],
        cards: Cards,
        story_files: StoryFiles,
        room: int,
    ) -> None:
        self._database = database
        self._config = config
        self._folder = folder
        self._before = before
        self._cards = cards
        self._story_files = story_files
        self._choices = choices_of(database, config)
        assets = [asset.name for asset in templates.assets()]
        self._context = repr((__version__, site_of(config), assets)).encode("utf-8", "replace")
        self._paged: dict[str, Paged] = {}
        self._made: dict[str, list[Page]] = {}
        self._digests: dict[str, bytes] = {}
        self._room = room
        self.is_partial = False  # whether there was no room for all

    def notes(self, dropped: Sequence[str], gone: Sequence[str], upto: int) -> Notes:
        """Return what to note of it."""
        pages = {name: [*paged.changed, *self._made.get(name, ())] for name, paged in self._paged.items()}
        empty = {name: [first[1] for first in paged.empty] for name, paged in self._paged.items() if paged.empty}
        return Notes(digests=self._digests, dropped=dropped, rivers=Repaged(pages, empty, gone, upto))

    def page(self, course: Course, changes: Sequence[Position]) -> None:
        """Decide where the river's pages begin, if it has any of its own, and which of them have become others."""
        if course.older == course.name:
            is_other = self._before.get(f"{course.name}/") != self._digest(course)
            self._paged[course.name] = page(self._database, course, changes, is_other=is_other)

    def write(self, course: Course) -> None:
        """Write the files of what has become another, as many older pages as there is room for."""
        folder = self._folder / course.name
        folder.mkdir(parents=True, exist_ok=True)
        lie_there = {path.name for path in folder.glob("*.html") if path.stat().st_size}
        own = self._paged.get(course.name)
        pages = own.pages if own else []
        stale = [at for at, page in enumerate(pages) if page.stale or f"{page_name(page.first)}.html" not in lie_there]
        made = stale[: self._room]
        self._room -= len(made)
        self.is_partial |= len(made) < len(stale)
        files.write_all(folder, self._editions(course, pages, made), [])
        for first in own.empty if own else ():
            (folder / f"{page_name(first)}.html").unlink(missing_ok=True)
        self._digests[f"{course.name}/"] = self._digest(course)
        self._digests[f"{course.name}/{_INDEX}"] = self._first_digest(course)
        self._made[course.name] = [Page(pages[at].first) for at in made]

    def _editions(self, course: Course, pages: Sequence[Page], made: Sequence[int]) -> Iterator[Edition]:
        own = self._paged.get(course.name)
        left = own.left if own else frozenset[Position]()
        for at in made:
            place = Neighbours(
                pages[at - 1].first if at else None,
                pages[at].first,
                pages[at + 1].first if at + 1 < len(pages) else None,
            )
            older = older_page(self._database, self._config, course, place, self._cards)
            self._write_stories(course, older, is_left=place.first in left)
            yield Edition(f"{page_name(place.first)}.html", "text/html", older.render(), 0)
        behind = self._paged.get(course.older) if course.older is not None else None
        if (
            behind is None
            or behind.is_first_stale
            or self._before.get(f"{course.name}/{_INDEX}") != self._first_digest(course)
        ):
            begins = behind.pages[0].first if behind and behind.pages else None
            up = "../" if course.name else ""
            first = first_page(
                self._database, self._config, course, up, begins, choices=self._choices, cards=self._cards
            )
            self._write_stories(course, first, is_left=False)
            yield Edition(_INDEX, "text/html", first.render(), 0)

    def _write_stories(self, course: Course, shown: River, *, is_left: bool) -> None:
        """Write the pages of what is shown; what was left for now is under a config that has changed, perhaps."""
        is_other = self._before.get(f"{course.name}/") != self._digest(course)
        self._story_files.write((card for day in shown.days for card in day.cards), anew=is_other or is_left)

    def _first_digest(self, course: Course) -> bytes:
        """Return the digest of what the first page is made of besides stories, and how its file lies there."""
        return self._digest(course, self._choices) + files.stamp(self._folder / course.name / _INDEX)

    def _digest(self, course: Course, *more: object) -> bytes:
        """Return the digest of what the river's pages are made of besides stories."""
        made_of = repr((self._context, course, more)).encode("utf-8", "replace")
        return blake2b(made_of, digest_size=16).digest()


def _write_assets(folder: Path, troubles: list[str]) -> None:
    """Put beside the pages what they all need; what older ones need stays until those are made anew."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for asset in (*templates.assets(), *templates.icons()):
            files.write(folder, Edition(asset.name, asset.content_type, asset.body, 0))
    except OSError as error:
        troubles.append(f"{folder}: can't be written to: {error.strerror or error}")
        log.error("%s; the pages stay as they were", troubles[-1])  # noqa: TRY400  no bug


def _remove(folder: Path, before: Mapping[str, bytes], kept: Collection[str]) -> tuple[str, ...]:
    """Remove the files of rivers that are no files any more; return the names that are to be forgotten."""
    dropped = tuple(name for name in before if "/" in name and name.rpartition("/")[0] not in kept)
    for river in {name.rpartition("/")[0] for name in dropped}:
        for path in [folder / river / _INDEX, *(folder / river).glob(_PAGES)]:
            path.unlink(missing_ok=True)
        if river and (folder / river).is_dir() and not any((folder / river).iterdir()):
            (folder / river).rmdir()
    if dropped and not kept:
        remove_stories(folder)
    return dropped
