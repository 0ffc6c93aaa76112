"""One output's stories → its files: the items that are kept are put together with those that are new.

Of an output that has not changed only the selection is asked for. An item is read again strictly once, when it is
written, and after that is told by its checksum; the frame is read with each edition. So every edition could be read
strictly before it replaces the file, and where its frame can't be the last good one stays.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from zlib import crc32

from sqlite_utils import Database

from aggregator import __version__, render
from aggregator.config import Config, OutputTable
from aggregator.model import Channel, Edition, Story
from aggregator.outbound import archives, files
from aggregator.outbound.outputs import channel_of, selection_of, untracked
from aggregator.store import hiding, rendered, selection
from aggregator.store.archives import Cut
from aggregator.store.conditions import Selection
from aggregator.store.rendered import Kept, Mark, Notes

log = logging.getLogger(__name__)
FOLDER = "public"
_FRAME = 4096  # bytes around the items, at most as a rule: one story too many in a page does no harm
_TOLD, _TOLD_FOR = 100, 90 * 86400  # stories that were taken back, and seconds, of which an edition tells
_TOMBSTONE = 180  # bytes of one


@dataclass(frozen=True, slots=True)
class Publication:
    """What became of the editions: the new files, what to note of them all, and a line for each output that failed.

    It is partial where more is to be made than was made at a time.
    """

    written: tuple[str, ...] = ()
    notes: Notes = field(default_factory=Notes)
    troubles: tuple[str, ...] = ()
    is_partial: bool = False


def digests_of(folder: Path, digest: bytes, names: Sequence[str]) -> Mapping[str, bytes]:
    """Return what these editions were made of, and how their files lie there since."""
    return {name: digest + files.stamp(folder / name) for name in names}


class OutputPublisher:
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
        self._loader = _Stories(database) if output.dedupe else _Copies(database)
        self._context = repr((__version__, self._channel, output.dedupe, output.related)).encode("utf-8", "replace")
        self._suffixes: tuple[str, ...] = tuple(output.formats)
        self._withdrawn = hiding.lately(database, self._selection, now - _TOLD_FOR, _TOLD, each_copy=not output.dedupe)

    def publish(self, written: list[str]) -> Publication:
        """Write the files whose stories are others than before, and add their names to `written`."""
        marks = self._loader.newest(self._selection, self._output.limit)
        digests = {mark.number: self._item_digest(mark) for mark in marks}
        cut = self._follow(list(digests))
        digest = self._edition_digest(self._framed(cut), marks)
        stale = [suffix for suffix in self._suffixes if not self._is_current(suffix, digest)]
        if not stale:
            return Publication(notes=Notes(pages=(cut,) if cut.made else ()))
        items, new = self._items(digests, stale)
        if (fits := self._fit(items, list(digests), stale)) is not None:
            cut = self._follow(fits, is_short=True)
        channel = self._framed(cut)
        updated = max((mark.updated for mark in marks), default=0)
        editions = (self._edition(channel, [items[n][suffix] for n in digests], suffix, updated) for suffix in stale)
        files.write_all(self._folder, editions, written)
        notes = Notes(
            digests=digests_of(self._folder, digest, [f"{self._output.name}.{suffix}" for suffix in stale]),
            items={self._output.name: new},
            shown={self._output.name: list(digests)},
            pages=(cut,) if cut.made else (),
        )
        return Publication(notes=notes)

    def _framed(self, cut: Cut) -> Channel:
        """Return what the output says of itself around its items."""
        return replace(self._channel, older=cut.older, withdrawn=self._withdrawn)

    def _follow(self, shown: Sequence[int], *, is_short: bool = False) -> Cut:
        return archives.follow(self._database, self._output, self._selection, shown, is_short=is_short)

    def _fit(self, items: Mapping[int, Written], numbers: Sequence[int], suffixes: Sequence[str]) -> list[int] | None:
        """Return those that fit into every edition, None for all: what is left out has to be on an archive page."""
        least = len(numbers)
        for suffix in suffixes:
            room = self._limit - _FRAME - _TOMBSTONE * len(self._withdrawn)
            for place, number in enumerate(numbers):
                room -= len(items[number][suffix] or b"") + 2
                if room < 0:
                    least = min(least, place)
                    break
        return list(numbers[:least]) if least < len(numbers) else None

    def _is_current(self, suffix: str, digest: bytes) -> bool:
        name = f"{self._output.name}.{suffix}"
        return self._before.get(name) == digest + files.stamp(self._folder / name)

    def _edition_digest(self, channel: Channel, marks: Sequence[Mark]) -> bytes:
        """Return the digest of what the edition's bytes depend on."""
        states = [(mark.number, mark.revision, mark.updated) for mark in marks]
        return blake2b(self._context + repr((channel, states, self._limit)).encode(), digest_size=16).digest()

    def _item_digest(self, mark: Mark) -> bytes:
        """Return the digest of what an item's bytes depend on."""
        return blake2b(self._context + b"%d %d" % (mark.number, mark.revision), digest_size=8).digest()

    def _items(self, digests: Mapping[int, bytes], stale: Sequence[str]) -> tuple[dict[int, Written], dict[str, Kept]]:
        """Return the items with these digests by format, and those of them that were written now.

        What a disk has spoilt isn't as it was when it was read strictly, and is written anew.
        """
        kept_items = rendered.kept(self._database, self._output.name)
        sound = {suffix: _sound(kept_items.get(suffix, {}), digests) for suffix in stale}
        items: dict[int, Written] = {
            number: {suffix: of[number] for suffix, of in sound.items()}
            for number in digests
            if all(number in of for of in sound.values())
        }
        missing = [number for number in digests if number not in items]
        items |= self._written(missing)
        new = {
            suffix: {n: (_mark(digests[n], items[n][suffix]), items[n][suffix]) for n in missing}
            for suffix in (self._suffixes if missing else ())
        }
        return items, new

    def _written(self, numbers: Sequence[int]) -> dict[int, Written]:
        """Write the items of these stories, in every format; None for what can't be written, or be read strictly."""
        items = {number: self._write(story) for number, story in self._loader.load(numbers).items()}
        for suffix in self._suffixes if items else ():
            if not self._are_sound([item[suffix] for item in items.values()], suffix):
                for number, item in items.items():
                    if not self._are_sound([item[suffix]], suffix):
                        message = "%s.%s: number %d is left out, it can't be read strictly"
                        log.error(message, self._output.name, suffix, number)
                        item[suffix] = None
        return items

    def _write(self, story: Story) -> Written:
        """Return the story's item in every format; in none, and logged, where it can't be written."""
        try:
            if self._output.related:
                story = replace(story, related=selection.related(self._database, story, self._output.related))
            return dict(render.write(self._channel, untracked(story), self._suffixes))
        except Exception:
            log.exception("%s: %s is left out, it can't be rendered", self._output.name, story.id)
            return dict.fromkeys(self._suffixes)

    def _are_sound(self, bodies: Sequence[bytes | None], suffix: str) -> bool:
        """Tell whether the items, alone in their feed, can be read strictly."""
        written = [body for body in bodies if body is not None]
        try:
            render.check(render.join(self._channel, written, suffix, 0), len(written))
        except ValueError:
            return False
        return True

    def _edition(self, channel: Channel, bodies: Sequence[bytes | None], suffix: str, updated: int) -> Edition:
        """Return the edition of as many of the newest stories as fit into the limit; ValueError for a frame that can't
        be read strictly."""
        written = [body for body in bodies if body is not None]
        edition = render.join(channel, written, suffix, updated, self._limit, strict=True)
        if edition.items < len(written):
            message = "%s: %d of %d stories fit into %d kB"
            log.warning(message, edition.name, edition.items, len(written), self._limit // 1000)
        return edition


def _mark(digest: bytes, body: bytes | None) -> bytes:
    """Return what an item is kept with: the digest of what it was made of, and the checksum of what was made."""
    return digest + crc32(body or b"").to_bytes(4, "big")


def _sound(kept: Kept, digests: Mapping[int, bytes]) -> dict[int, bytes | None]:
    """Return what is kept of these items and was made of this, where it is as it was."""
    return {n: body for n, (mark, body) in kept.items() if n in digests and mark == _mark(digests[n], body)}


Written = dict[str, bytes | None]
"""A story's items by format; None where it can't be written."""


class _Stories:
    """Stories as an output shows them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, rules: Selection, limit: int) -> list[Mark]:
        """Return the newest ones, as they stand."""
        return rendered.marks(self._database, selection.newest(self._database, rules, limit))

    def load(self, numbers: Sequence[int]) -> dict[int, Story]:
        """Return these ones, whole."""
        return dict(zip(numbers, selection.stories(self._database, numbers), strict=True))


class _Copies:
    """Entries, each as a story of its own: for an output that shows every copy."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def newest(self, rules: Selection, limit: int) -> list[Mark]:
        """Return the newest ones, as they stand."""
        newest = selection.newest_copies(self._database, rules, limit)
        return rendered.copy_marks(self._database, [entry for _story, entry in newest])

    def load(self, numbers: Sequence[int]) -> dict[int, Story]:
        """Return these ones, whole."""
        return dict(zip(numbers, selection.alone(self._database, numbers), strict=True))
