"""Bytes → a word on whether every reader can read them: an edition is read once more before it replaces the last one.

What a feed must have at all is looked at, not whether each word is right: those that write it are tested for that.
"""

from __future__ import annotations

from xml.parsers import expat

from aggregator.model import Edition
from aggregator.render.formats import FORMATS
from aggregator.render.parts import Names


def check(edition: Edition, count: int | None = None) -> None:
    """Raise ValueError, in one line, if the edition is no feed of its format.

    Or if an id is missing or comes twice, the link to itself is missing, or there are not `count` items in it.
    """
    suffix = edition.name.rpartition(".")[2]
    try:
        _judge(FORMATS[suffix].layout().names(edition.body), count)
    except (expat.ExpatError, RecursionError, ValueError) as error:
        raise ValueError(f"{edition.name}: {' '.join(str(error).split())}") from error


def _judge(names: Names, count: int | None) -> None:
    if not all(name.strip() for name in names.items):
        raise ValueError("an item has no id")
    if len(set(names.items)) != len(names.items):
        raise ValueError("an id comes twice")
    if len(names.itself) != 1 or not names.itself[0]:
        raise ValueError("there is not one link to the feed itself")
    if count is not None and len(names.items) != count:
        raise ValueError(f"there are {len(names.items)} items in place of {count}")
