"""Whether an entry of a document is one that it listed before under another guid, or another one under the same guid.

What is stored is never replaced by something that can't be shown to be the same: in doubt there are two entries. A show
whose episodes share a title and a notice, "Photo of the day", "All systems operational" list one at a time and mean as
many; a feed that makes its guids up at every visit means the ones it listed before.
"""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.refine import headlines
from aggregator.refine.alignment import compare
from aggregator.refine.shingles import Text
from aggregator.text import characters

_HALF_A_DAY = 12 * 3600
_ENOUGH = 20  # words: of shorter texts many say the same


@dataclass(frozen=True, slots=True)
class Comparable:
    """What an entry says, as far as it is compared. `url` is canonical, `published` the publisher's date (0: none)."""

    title: str
    url: str
    published: int
    text: str
    text_hash: int
    words: int
    shingles: bytes = b""


def is_same(before: Comparable, after: Comparable, *, own_address: bool, churned: bool) -> bool:
    """Tell whether an entry that is listed no more and a new one under another guid are one.

    It takes the same full title, and two of these: the same address, if it is an `own_address`; the same text of
    enough words; the same date. Where the whole document changed its guids at once (`churned`) one of the first two.
    """
    if characters.words(before.title) != characters.words(after.title):
        return False
    address = own_address and before.url == after.url != ""
    words = before.text_hash == after.text_hash and after.words >= _ENOUGH
    date = before.published == after.published != 0
    if churned:
        return address or words
    undated = not before.published and not after.published
    return address + words + date >= 2 or (undated and address and before.text_hash == after.text_hash)


def is_another(before: Comparable, after: Comparable) -> bool:
    """Tell whether what comes under a known guid is another article: address and text are other, and title or date."""
    if before.text_hash == after.text_hash or before.url == after.url:
        return False
    one, other = (headlines.headline(entry.title) for entry in (before, after))
    dates = before.published and after.published and abs(before.published - after.published) >= _HALF_A_DAY
    if not one or not other or (headlines.titles_same(one, other) and not dates):
        return False
    likeness = compare(Text(before.text, before.shingles), Text(after.text, after.shingles))
    return likeness.containment < 0.3
