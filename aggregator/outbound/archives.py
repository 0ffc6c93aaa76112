"""What an output showed before: archive pages as RFC 5005 §4 has them, so that a reader that was away loses nothing.

Stories are numbered as they come, and a page is the selected ones between two numbers. A full page's numbers never
change, nor does what it holds but for what became of its stories. What came after the last full page is a page whose
name says up to where: with the next story the feed links to another one, and the old address stays what it was.

There are none for an output whose rules are about what is shown at the moment: how old, how many of a source, or
every copy.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from hashlib import blake2b
from pathlib import Path

from sqlite_utils import Database

from aggregator import render
from aggregator.config import Config, OutputTable
from aggregator.model import Edition, StoreError
from aggregator.outbound.outputs import channel_of, selection_of, untracked
from aggregator.store import archives, selection
from aggregator.store.archives import ArchivePage, Cut
from aggregator.store.conditions import Selection
from aggregator.store.database import reading

SIZE = 100  # stories a page
_AT_ONCE = 10_000


def follow(
    database: Database, output: OutputTable, rules: Selection, shown: Sequence[int], *, is_short: bool = False
) -> Cut:
    """Return the archive pages that have become full, and the name of the one that the feed showing these links to.

    Fewer than its limit are all that there are, unless it `is_short`: more did not fit into an edition.
    """
    digest = rules_digest(rules)
    if not has_archive(output, rules) or (len(shown) < output.limit and not is_short):  # everything is in the feed
        return Cut(output.name, digest, (), "")
    last_page = archives.last(database, output.name, digest)
    full: list[ArchivePage] = []
    rest: list[int] = []
    end = last_page.last if last_page else 0
    while numbers := selection.after(database, rules, rest[-1] if rest else end, _AT_ONCE):
        rest += numbers
        while len(rest) >= SIZE:
            full.append(ArchivePage(end + 1, rest[SIZE - 1]))
            end, rest = rest[SIZE - 1], rest[SIZE:]
        if len(numbers) < _AT_ONCE:
            break
    newest = full[-1] if full else last_page
    if set(rest) - set(shown):  # they came late, or are too many
        newest = ArchivePage(end + 1, rest[-1])
    return Cut(output.name, digest, tuple(full), _name(output.name, newest))


def archive(data: Path, config: Config, name: str, first: int, last: int, suffix: str) -> Edition | None:
    """Return the archive page of the output from the story `first` to `last`; None where there is no such page.

    For a thread of its own. StoreError where it can't be read.
    """
    output = next((output for output in config.outputs if output.name == name), None)
    rules = selection_of(output, config, 0) if output else Selection()
    if output is None or not has_archive(output, rules) or suffix not in output.formats:
        return None
    try:
        with reading(data) as database:
            return _archive(database, config, output, rules, first, last, suffix)
    except sqlite3.Error as error:
        raise StoreError(f"{data}: can't be read: {error}") from error


def _archive(
    database: Database, config: Config, output: OutputTable, rules: Selection, first: int, last: int, suffix: str
) -> Edition | None:
    neighbours = archives.neighbours(database, output.name, rules_digest(rules), first)
    if neighbours is None or not first <= last <= (neighbours.end or last):
        return None
    before = _name(output.name, neighbours.before)
    channel = replace(
        channel_of(output, config), name=f"{output.name}/{first}-{last}", current=output.name, older=before, hub=""
    )
    stories = selection.stories(database, selection.within(database, rules, first, last)[: 2 * SIZE])
    return render.render(channel, [untracked(story) for story in stories[::-1]], suffix)


def has_archive(output: OutputTable, rules: Selection) -> bool:
    """Tell whether what the output shows lasts: each story once, whatever the moment."""
    return output.dedupe and not rules.momentary


_DIGESTED = (
    "Selection(categories={categories!r}, keys={sources!r}, match={match!r}, exclude={exclude!r}, "
    "languages={languages!r}, since=None, per_source=0, backfill={backfill!r}{later})"
)


def rules_digest(rules: Selection) -> bytes:
    """Return the digest of what the output selects.

    It is made of just the words that the first release made it of, so that its pages keep their addresses. A rule that
    has come since is added where it is set: the other outputs' pages stay.
    """
    values = {"categories": (), "sources": (), "match": "", "exclude": "", "languages": (), "backfill": None}
    values |= {rule.key: rule.value for rule in rules.rules if rule.key in values}
    later = "".join(f", {rule.key}={rule.value!r}" for rule in rules.lasting().rules if rule.key not in values)
    return blake2b(_DIGESTED.format(**values, later=later).encode("utf-8", "replace"), digest_size=8).digest()


def _name(output: str, page: ArchivePage | None) -> str:
    return f"{output}/{page.first}-{page.last}" if page else ""
