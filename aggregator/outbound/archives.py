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
from aggregator.store.archives import Cut, Page
from aggregator.store.database import reading
from aggregator.store.selection import Selection

SIZE = 100  # stories a page
_AT_ONCE = 10_000


def follow(
    database: Database, output: OutputTable, wanted: Selection, shown: Sequence[int], *, is_short: bool = False
) -> Cut:
    """The pages that have become full, and the name of the page that the feed showing these stories links to.

    Fewer than its limit are all that there are, unless it `is_short`: more did not fit into an edition.
    """
    rules = _rules(wanted)
    if not _has_pages(output) or (len(shown) < output.limit and not is_short):  # everything is in the feed
        return Cut(output.name, rules, (), "")
    known = archives.last(database, output.name, rules)
    made: list[Page] = []
    rest: list[int] = []
    end = known.last if known else 0
    while more := selection.after(database, wanted, rest[-1] if rest else end, _AT_ONCE):
        rest += more
        while len(rest) >= SIZE:
            made.append(Page(end + 1, rest[SIZE - 1]))
            end, rest = rest[SIZE - 1], rest[SIZE:]
        if len(more) < _AT_ONCE:
            break
    newest = made[-1] if made else known
    if set(rest) - set(shown):  # they came late, or are too many
        newest = Page(end + 1, rest[-1])
    return Cut(output.name, rules, tuple(made), _name(output.name, newest))


def archive(data: Path, config: Config, name: str, first: int, last: int, suffix: str) -> Edition | None:
    """The page of the output from the story `first` to `last`; None where there is no such page.

    For a thread of its own. StoreError where it can't be read.
    """
    output = next((output for output in config.outputs if output.name == name), None)
    if output is None or not _has_pages(output) or suffix not in output.formats:
        return None
    try:
        with reading(data) as database:
            return _archive(database, config, output, first, last, suffix)
    except sqlite3.Error as error:
        raise StoreError(f"{data}: can't be read: {error}") from error


def _archive(
    database: Database, config: Config, output: OutputTable, first: int, last: int, suffix: str
) -> Edition | None:
    wanted = selection_of(output, config, 0)
    around = archives.around(database, output.name, _rules(wanted), first)
    if around is None or not first <= last <= (around.end or last):
        return None
    before = _name(output.name, around.before)
    channel = replace(
        channel_of(output, config), name=f"{output.name}/{first}-{last}", current=output.name, older=before, hub=""
    )
    stories = selection.stories(database, selection.within(database, wanted, first, last)[: 2 * SIZE])
    return render.render(channel, [untracked(story) for story in stories[::-1]], suffix)


def _has_pages(output: OutputTable) -> bool:
    return output.dedupe and not output.per_source and output.max_age is None


def _rules(wanted: Selection) -> bytes:
    return blake2b(repr(wanted).encode("utf-8", "replace"), digest_size=8).digest()


def _name(output: str, page: Page | None) -> str:
    return f"{output}/{page.first}-{page.last}" if page else ""
