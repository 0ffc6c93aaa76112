"""Stories' pages → files under public/story: of all that the rivers show, or of those alone that have no other address.

A feed names such a page as the link of an article that has none; where only a plain web server shows the site, it has
to be there.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from sqlite_utils import Database

from aggregator.config import Config
from aggregator.model import Edition
from aggregator.outbound import files, stories
from aggregator.render.html.cards import Card
from aggregator.render.html.site import name_of
from aggregator.store import rivers

log = logging.getLogger(__name__)
_FOLDER = "story"
_UP = "../"
_FILES = "-".join("[0-9a-f]" * length for length in (8, 4, 4, 4, 12)) + ".html"  # beside an output's that is called so


class StoryFiles:
    """The files of one publication. `changed` are the rows of the stories that came, changed or went."""

    def __init__(self, database: Database, config: Config, public: Path, changed: Collection[int]) -> None:
        self._database = database
        self._config = config
        self._folder = public / _FOLDER
        self._all = config.site.static == "stories"
        urns = rivers.urns(database, changed)
        self._changed = set(map(name_of, urns.values()))
        self._hidden = {name_of(urns[story]) for story in rivers.hidden(database, changed)}
        self._are_gone = len(urns) < len(set(changed))
        self._written: set[str] = set()

    def write(self, cards: Iterable[Card], *, anew: bool) -> None:
        """Write the files of these stories that aren't there or have changed; of all of them where that is `anew`."""
        names = [card.name for card in cards if self._all or card.local]
        stale = [name for name in names if name not in self._written and (anew or self._is_stale(name))]
        self._written.update(stale)
        if stale:
            self._folder.mkdir(parents=True, exist_ok=True)
            files.write_all(self._folder, self._editions(stale), [])

    def sweep(self) -> None:
        """Where stories went, have the files of merged ones show what they are now, and remove those of the others.

        Whoever takes a source out of the config wants nothing of it to be read here any more.
        """
        for name in self._hidden:
            (self._folder / f"{name}.html").unlink(missing_ok=True)
        if not self._are_gone or not self._folder.is_dir():
            return
        there = {path.name.removesuffix(".html") for path in self._folder.glob(_FILES)}
        gone = there - rivers.names(self._database)
        files.write_all(self._folder, self._editions(sorted(gone)), [])
        for name in gone:
            if stories.find(self._database, f"urn:uuid:{name}") is None:
                (self._folder / f"{name}.html").unlink(missing_ok=True)

    def _is_stale(self, name: str) -> bool:
        return name in self._changed or not files.stamp(self._folder / f"{name}.html")

    def _editions(self, names: Iterable[str]) -> Iterator[Edition]:
        for name in names:
            try:
                trail = stories.find(self._database, f"urn:uuid:{name}")
                page = stories.page(self._database, self._config, trail, _UP) if trail else None
                body = page.render() if page else b""
            except Exception:
                log.exception("the page of the story %s can't be made; its file stays as it is", name)
                continue
            if body:
                yield Edition(f"{name}.html", "text/html", body, 0)


def remove_stories(public: Path) -> None:
    """Remove all of them: the pages are no files any more."""
    folder = public / _FOLDER
    for path in folder.glob(_FILES):
        path.unlink(missing_ok=True)
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
