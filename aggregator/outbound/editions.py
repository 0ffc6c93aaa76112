"""One output's stories → its files: the items that are kept are put together with those that are new.

Of an output that has not changed only the selection is asked for. An edition is read again strictly before it replaces
the file, and where that fails the last good one stays.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path

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

        def editions() -> Iterator[Edition]:
            for suffix in stale:
                bodies = {number: items[number][suffix] for number in digests}
                edition, rewritten = self._edition(channel, bodies, suffix, updated)
                new.setdefault(suffix, {}).update({n: (digests[n], body) for n, body in rewritten.items()})
                yield edition

        files.write_all(self._folder, editions(), written)
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
        """Return the items with these digests by format, and those of them that were written now."""
        kept_items = rendered.kept(self._database, self._output.name)
        kept = [kept_items.get(suffix, {}) for suffix in stale]
        items: dict[int, Written] = {
            number: {suffix: stored[number][1] for suffix, stored in zip(stale, kept, strict=True)}
            for number, digest in digests.items()
            if all(stored.get(number, (b"",))[0] == digest for stored in kept)
        }
        missing = [number for number in digests if number not in items]
        for number, story in self._loader.load(missing).items():
            items[number] = self._write(story)
        new = {
            suffix: {number: (digests[number], items[number][suffix]) for number in missing}
            for suffix in (self._suffixes if missing else ())
        }
        return items, new

    def _write(self, story: Story) -> Written:
        """Return the story's item in every format; in none, and logged, where it can't be written."""
        try:
            if self._output.related:
                story = replace(story, related=selection.related(self._database, story, self._output.related))
            return dict(render.write(self._channel, untracked(story), self._suffixes))
        except Exception:
            log.exception("%s: %s is left out, it can't be rendered", self._output.name, story.id)
            return dict.fromkeys(self._suffixes)

    def _edition(
        self, channel: Channel, bodies: Mapping[int, bytes | None], suffix: str, updated: int
    ) -> tuple[Edition, dict[int, bytes | None]]:
        """Return the edition of as many of the newest stories as fit into the limit, and the items rewritten for it."""
        rewritten: dict[int, bytes | None] = {}
        edition = self._join(channel, bodies, suffix, updated)
        try:
            render.check(edition, edition.items)
        except ValueError as error:
            message = "%s: what can't be read strictly is written anew, or left out: %s"
            log.error(message, edition.name, error)  # noqa: TRY400  no bug
            rewritten = self._rewritten(channel, bodies, suffix)
            bodies = {**bodies, **rewritten}
            edition = self._join(channel, bodies, suffix, updated)
            render.check(edition, edition.items)
        writable = sum(body is not None for body in bodies.values())
        if edition.items < writable:
            message = "%s: %d of %d stories fit into %d kB"
            log.warning(message, edition.name, edition.items, writable, self._limit // 1000)
        return edition, rewritten

    def _join(self, channel: Channel, bodies: Mapping[int, bytes | None], suffix: str, updated: int) -> Edition:
        written = [body for body in bodies.values() if body is not None]
        return render.join(channel, written, suffix, updated, self._limit)

    def _rewritten(self, channel: Channel, bodies: Mapping[int, bytes | None], suffix: str) -> dict[int, bytes | None]:
        """Write the items anew that can't be read strictly, a disk may have spoilt them; None for what is no better."""
        bad = [number for number, body in bodies.items() if body and not self._is_sound(channel, body, suffix)]
        anew = {number: self._write(story)[suffix] for number, story in self._loader.load(bad).items()}
        return {n: body if body and self._is_sound(channel, body, suffix) else None for n, body in anew.items()}

    @staticmethod
    def _is_sound(channel: Channel, body: bytes, suffix: str) -> bool:
        """Tell whether the item, alone in its feed, can be read strictly."""
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
