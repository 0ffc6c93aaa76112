"""Store → what rivers show of stories, made once as long as a story stays as it is.

A page that is asked for after a story came has 99 others on it that are as they were: made anew they are most of its
cost.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Mapping, Sequence

from sqlite_utils import Database

from aggregator.outbound.outputs import untracked
from aggregator.render.html.cards import Card, Hit, card
from aggregator.render.html.site import Site
from aggregator.store import rendered, rivers, selection

log = logging.getLogger(__name__)
_KEPT = 2000  # about 2 kB each


class Cards:
    """The cards of the stories that were shown last, each with the story's revision that it was made of.

    Several threads may share them: each step leaves them whole, and what two make at once is the same.
    """

    def __init__(self, size: int = _KEPT) -> None:
        self._size = size
        self._kept: OrderedDict[tuple[int, bool, str], tuple[int, Card | None]] = OrderedDict()

    def of(
        self, database: Database, site: Site, numbers: Sequence[int], hits: Mapping[int, tuple[str, str]] | None = None
    ) -> list[Card]:
        """Return what is shown of these stories, with what a search found in them.

        A story that can't be shown is left out, and logged.
        """
        revisions = {mark.number: mark.revision for mark in rendered.marks(database, numbers)}
        made: dict[int, Card | None] = {}
        for number in numbers:
            key = (number, site.images, site.story_suffix)
            revision, kept = self._kept.get(key, (-1, None))
            if revision == revisions.get(number) and not hits:
                made[number] = kept
                self._keep(key, revision, kept)
        missing = [number for number in revisions if number not in made]
        for number, new in _made(database, site, missing, hits or {}):
            made[number] = new
            if not hits:
                self._keep((number, site.images, site.story_suffix), revisions[number], new)
        return [found for number in numbers if (found := made.get(number))]

    def _keep(self, key: tuple[int, bool, str], revision: int, made: Card | None) -> None:
        """Keep it as the one that was shown last; what was shown longest ago goes."""
        self._kept.pop(key, None)
        self._kept[key] = revision, made
        while len(self._kept) > self._size:
            self._kept.popitem(last=False)


def _made(
    database: Database, site: Site, numbers: Sequence[int], hits: Mapping[int, tuple[str, str]]
) -> list[tuple[int, Card | None]]:
    if not numbers:
        return []
    words = rivers.words(database, numbers)
    shown: list[tuple[int, Card | None]] = []
    for number, story in zip(numbers, selection.stories(database, numbers), strict=True):
        try:
            hit = Hit(*hits[number]) if number in hits else None
            shown.append((number, card(site, untracked(story), words.get(number, 0), hit)))
        except Exception:
            log.exception("%s is left out of a page, it can't be shown", story.id)
            shown.append((number, None))
    return shown
