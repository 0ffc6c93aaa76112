"""What we use of feedparser's insides, as one value: with it feeds are read several times as fast, and more is made
of media, dates and people. feeds.py does without where it isn't to be had or isn't sound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aggregator.parse.cutting import Layout
    from aggregator.parse.reading import Reading


@dataclass(frozen=True, slots=True)
class Insides:
    """`whole` is what feedparser.parse() does, `in_utf8` the first part of it, `read` the last, for a sound document.

    `layout` tells where the entries stand and `count` how many seem to be there.
    """

    in_utf8: Callable[[bytes, Mapping[str, str]], bytes]
    whole: Callable[[bytes, Mapping[str, str]], Mapping[str, Any]]
    read: Callable[[bytes, str], Reading | None]
    layout: Callable[[bytes, str], Layout | None]
    count: Callable[[bytes], int]


def installed() -> Insides:
    """Those of the feedparser that is installed. What these modules need and it lacks may raise anything here."""
    from aggregator.parse import cutting, reading

    return Insides(reading.in_utf8, reading.whole, reading.read, cutting.layout, cutting.count)
