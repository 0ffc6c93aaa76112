"""Store → select → publish → files: every output's editions are brought up to date.

Of an output that has not changed only the selection is asked for. Of one that has, the items that are kept are put
together with those that are new; the edition is read again strictly before it replaces the file, and where that fails
the last good one stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator import __version__, render
from aggregator.config import STATUS, Config, OutputTable
from aggregator.model import Channel, Edition, StoreError, Story
from aggregator.outbound import archives, files
from aggregator.outbound.outputs import channel_of, selection_of, status_channel, untracked
from aggregator.render import status
from aggregator.render.formats import FORMATS
from aggregator.store import incidents, rendered, selection
from aggregator.store.archives import Cut
from aggregator.store.conditions import Selection
from aggregator.store.rendered import Kept, Mark, Notes

log = logging.getLogger(__name__)
FOLDER = "public"
_FRAME = 4096  # bytes around the items, at most as a rule: one story too many in a page does no harm


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the editions: the new files, what to note of them all, and a line for each output that failed."""

    written: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)
    troubles: tuple[str, ...] = ()


def publish_all(database: Database, config: Config, data: Path, now: int) -> Publication:
    """Brings every output's files under `data`/public up to date at `now`. `database` may be a read-only connection.

    An output that meets a bug keeps its files and is told of, and so is a disk that fills up on the way; StoreError
    where no file can be written at all.
    """
    folder = data / FOLDER
    before = rendered.digests(database)
    made: list[Publication] = []
    written: list[str] = []
    dropped: tuple[str, ...] = ()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for output in config.outputs:
            try:
                made.append(_OutputPublisher(database, config, output, folder, before, now).publish(written))
            except OSError:
                raise
            except Exception as error:
                log.exception("%s: publishing failed; the last editions stay", output.name)
                made.append(Publication(troubles=(f"{output.name}: {type(error).__name__}: {error}",)))
        made.append(_status(database, config, folder, before, written))
        dropped = _drop(folder, before, config)
    except OSError as error:
        failed = f"{folder}: can't be written to: {error.strerror or error}"
        if not written:
            raise StoreError(failed) from error
        log.error("%s; the editions that are left stay as they were", failed)  # noqa: TRY400  no bug
        made.append(Publication(troubles=(failed,)))  # what was written before is out, and the hub is told of it
    return _together(made, written, dropped)


def _drop(folder: Path, before: Mapping[str, bytes], config: Config) -> tuple[str, ...]:
    """What is configured no longer must not be served for ever as it last was."""
    offered = [(output.name, suffix) for output in config.outputs for suffix in output.formats]
    kept = {f"{name}.{suffix}" for name, suffix in (*offered, *((STATUS, suffix) for suffix in FORMATS))}
    dropped = tuple(name for name in before if name not in kept)
    for name in dropped:
        (folder / name).unlink(missing_ok=True)
    return dropped


def _status(
    database: Database, config: Config, folder: Path, before: Mapping[str, bytes], written: list[str]
) -> Publication:
    """What the operator should know of the sources, as a feed: small, and seldom new."""
    channel, stories = status_channel(config), status.stories(incidents.recent(database))
    digest = blake2b(repr((__version__, channel, stories)).encode("utf-8", "replace"), digest_size=16).digest()
    made = [
        render.render(channel, stories, suffix)
        for suffix in FORMATS
        if before.get(f"{STATUS}.{suffix}") != digest + files.stamp(folder / f"{STATUS}.{suffix}")
    ]
    files.write_all(folder, made, written)
    return Publication(notes=Notes(digests=_noted(folder, digest, [edition.name for edition in made])))


def _noted(folder: Path, digest: bytes, names: Sequence[str]) -> Mapping[str, bytes]:
    """What these editions were made of, and how their files lie there since."""
    return {name: digest + files.stamp(folder / name) for name in names}


def _together(made: Sequence[Publication], written: Sequence[str], dropped: tuple[str, ...]) -> Publication:
    notes = Notes(
        digests={name: digest for one in made for name, digest in one.notes.digests.items()},
        dropped=dropped,
        items={output: items for one in made for output, items in one.notes.items.items()},
        shown={output: shown for one in made for output, shown in one.notes.shown.items()},
        pages=tuple(cut for one in made for cut in one.notes.pages),
    )
    return Publication(tuple(written), notes, tuple(line for one in made for line in one.troubles))


class _OutputPublisher:
    """One output's publication."""

    def __init__(
        self,
        database: Database,
        config: Config,
        output: OutputTable,
        folder: Path,
        before: Mapping[str, bytes],
        now: int,
    ) -> None:
        self._database = database
        self._output = output
        self._folder = folder
        self._before = before
        self._limit = config.limits.output
        self._channel = channel_of(output, config)
        self._selection = selection_of(output, config, now)
        self._shown = _Stories(database) if output.dedupe else _Copies(database)
        self._context = repr((__version__, self._channel, output.dedupe, output.related)).encode("utf-8", "replace")
        self._suffixes: tuple[str, ...] = tuple(output.formats)

    def publish(self, written: list[str]) -> Publication:
        """Writes the files whose stories are others than before, and adds their names to `written`."""
        marks = self._shown.newest(self._selection, self._output.limit)
        wanted = {mark.number: self._mark(mark) for mark in marks}
        cut = self._follow(list(wanted))
        digest = self._digest(replace(self._channel, older=cut.older), marks)
        stale = [suffix for suffix in self._suffixes if not self._is_current(suffix, digest)]
        if not stale:
            return Publication(notes=Notes(pages=(cut,) if cut.made else ()))
        items, new = self._items(wanted, stale)
        if (fitting := self._fitting(items, list(wanted), stale)) is not None:
            cut = self._follow(fitting, is_short=True)
        channel = replace(self._channel, older=cut.older)
        updated = max((mark.updated for mark in marks), default=0)

        def editions_made() -> Iterator[Edition]:
            for suffix in stale:
                listed = {number: items[number][suffix] for number in wanted}
                edition, mended = self._edition(channel, listed, suffix, updated)
                new.setdefault(suffix, {}).update({number: (wanted[number], body) for number, body in mended.items()})
                yield edition

        files.write_all(self._folder, editions_made(), written)
        notes = Notes(
            digests=_noted(self._folder, digest, [f"{self._output.name}.{suffix}" for suffix in stale]),
            items={self._output.name: new},
            shown={self._output.name: list(wanted)},
            pages=(cut,) if cut.made else (),
        )
        return Publication(notes=notes)

    def _follow(self, shown: Sequence[int], *, is_short: bool = False) -> Cut:
        return archives.follow(self._database, self._output, self._selection, shown, is_short=is_short)

    def _fitting(self, items: Mapping[int, Written], numbers: Sequence[int], stale: Sequence[str]) -> list[int] | None:
        """Those that fit into every edition, None for all: what an edition leaves out has to be in a page."""
        least = len(numbers)
        for suffix in stale:
            room = self._limit - _FRAME
            for place, number in enumerate(numbers):
                room -= len(items[number][suffix] or b"") + 2
                if room < 0:
                    least = min(least, place)
                    break
        return list(numbers[:least]) if least < len(numbers) else None

    def _is_current(self, suffix: str, digest: bytes) -> bool:
        name = f"{self._output.name}.{suffix}"
        return self._before.get(name) == digest + files.stamp(self._folder / name)

    def _digest(self, channel: Channel, marks: Sequence[Mark]) -> bytes:
        """What the bytes depend on."""
        stand = [(mark.number, mark.revision, mark.updated) for mark in marks]
        return blake2b(self._context + repr((channel, stand, self._limit)).encode(), digest_size=16).digest()

    def _mark(self, mark: Mark) -> bytes:
        """What an item's bytes depend on."""
        return blake2b(self._context + b"%d %d" % (mark.number, mark.revision), digest_size=8).digest()

    def _items(self, wanted: Mapping[int, bytes], stale: Sequence[str]) -> tuple[dict[int, Written], dict[str, Kept]]:
        """The items with these marks by format, and those of them that were written now."""
        held = rendered.kept(self._database, self._output.name)
        kept = [held.get(suffix, {}) for suffix in stale]
        found: dict[int, Written] = {
            number: {suffix: items[number][1] for suffix, items in zip(stale, kept, strict=True)}
            for number, mark in wanted.items()
            if all(items.get(number, (b"",))[0] == mark for items in kept)
        }
        missing = [number for number in wanted if number not in found]
        for number, story in self._shown.load(missing).items():
            found[number] = self._write(story)
        new = {
            suffix: {number: (wanted[number], found[number][suffix]) for number in missing}
            for suffix in (self._suffixes if missing else ())
        }
        return found, new

    def _write(self, story: Story) -> Written:
        """The story's item in every format; in none, and reported, where it can't be written."""
        try:
            if self._output.related:
                story = replace(story, related=selection.related(self._database, story, self._output.related))
            return dict(render.write(self._channel, untracked(story), self._suffixes))
        except Exception:
            log.exception("%s: %s is left out, it can't be rendered", self._output.name, story.id)
            return dict.fromkeys(self._suffixes)

    def _edition(
        self, channel: Channel, listed: Mapping[int, bytes | None], suffix: str, updated: int
    ) -> tuple[Edition, dict[int, bytes | None]]:
        """The edition of as many of the newest stories as fit into the limit, in bytes; and what had to be mended."""
        mended: dict[int, bytes | None] = {}
        edition = self._join(channel, listed, suffix, updated)
        try:
            render.check(edition, edition.items)
        except ValueError as error:
            told = "%s: what can't be read strictly is written anew, or left out: %s"
            log.error(told, edition.name, error)  # noqa: TRY400  told
            mended = self._mended(channel, listed, suffix)
            listed = {**listed, **mended}
            edition = self._join(channel, listed, suffix, updated)
            render.check(edition, edition.items)
        there = sum(body is not None for body in listed.values())
        if edition.items < there:
            told = "%s: %d of %d stories fit into %d kB"
            log.warning(told, edition.name, edition.items, there, self._limit // 1000)
        return edition, mended

    def _join(self, channel: Channel, listed: Mapping[int, bytes | None], suffix: str, updated: int) -> Edition:
        written = [body for body in listed.values() if body is not None]
        return render.join(channel, written, suffix, updated, self._limit)

    def _mended(self, channel: Channel, listed: Mapping[int, bytes | None], suffix: str) -> dict[int, bytes | None]:
        """The items that can't be read strictly, a disk may have spoilt them, written anew; None if it's no better."""
        bad = [number for number, body in listed.items() if body and not self._is_sound(channel, body, suffix)]
        anew = {number: self._write(story)[suffix] for number, story in self._shown.load(bad).items()}
        return {n: body if body and self._is_sound(channel, body, suffix) else None for n, body in anew.items()}

    @staticmethod
    def _is_sound(channel: Channel, body: bytes, suffix: str) -> bool:
        """Whether the item, alone in its feed, can be read strictly."""
        try:
            render.check(render.join(channel, [body], suffix, 0), 1)
        except ValueError:
            return False
        return True


Written = dict[str, bytes | None]
"""A story's items by format; None where it can't be written."""


class _Stories:
    """Stories as an output shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, wanted: Selection, limit: int) -> list[Mark]:
        """The newest ones, as they stand."""
        return rendered.marks(self._database, selection.newest(self._database, wanted, limit))

    def load(self, numbers: Sequence[int]) -> dict[int, Story]:
        """These ones, whole."""
        return dict(zip(numbers, selection.stories(self._database, numbers), strict=True))


class _Copies:
    """Entries, each as a story of its own: for an output that shows every copy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, wanted: Selection, limit: int) -> list[Mark]:
        """The newest ones, as they stand."""
        newest = selection.newest_copies(self._database, wanted, limit)
        return rendered.copy_marks(self._database, [entry for _story, entry in newest])

    def load(self, numbers: Sequence[int]) -> dict[int, Story]:
        """These ones, whole."""
        return dict(zip(numbers, selection.alone(self._database, numbers), strict=True))
