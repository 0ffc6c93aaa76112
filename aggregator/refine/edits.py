"""Whether an edit is one that readers should hear of."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

from aggregator.text import characters

_A_FEW = 6  # words that go or come in an edit no reader needs to hear of: a typo, a count of comments, a date
_TYPO = 0.7  # how like a word is to the one that it was mended to


def is_substantive(before: tuple[str, str], after: tuple[str, str]) -> bool:
    """Tell whether an edit of (title, text) changed a word of the title or more than a few of the text.

    Then the story counts as updated, and readers show it again. Markup, white space, a number (of comments), a mended
    typo are no reason to (miniflux #396, owncloud/news #720).
    """
    if before == after:
        return False
    if _changed(before[0], after[0]):
        return True
    few = min(_A_FEW, len(characters.words(before[1])) // 2)
    return _changed(before[1], after[1]) > few


def _changed(before: str, after: str) -> int:
    """Count the words that went and came, numbers and typos apart."""
    old, new = Counter(characters.words(before)), Counter(characters.words(after))
    gone, come = ([w for w in counter.elements() if not w.isdigit()] for counter in (old - new, new - old))
    if max(len(gone), len(come)) > 2 * _A_FEW:
        return len(gone) + len(come)
    typos = 0
    for word in gone:
        like = next((w for w in come if SequenceMatcher(None, word, w).ratio() >= _TYPO), None)
        if like is not None:
            come.remove(like)
            typos += 1
    return len(gone) - typos + len(come)
