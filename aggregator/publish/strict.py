"""Bytes → a word on whether every reader can read them: an edition is read once more before it replaces the last one.

What a feed must have at all is looked at, not whether each word is right: those that write it are tested for that.
With expat, the fastest strict reader there is: a megabyte takes 5 ms, and libxml2 twice as long.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn
from xml.parsers import expat

from aggregator.model import Edition

_ATOM = "http://www.w3.org/2005/Atom"


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where in a kind of XML feed its parts are: `depth` is that of an item, and of the link to the feed itself."""

    root: str
    item: str
    id: str
    depth: int


_SHAPES = {"xml": _Shape("rss", "item", "guid", 2), "atom": _Shape(f"{_ATOM} feed", f"{_ATOM} entry", f"{_ATOM} id", 1)}


def check(edition: Edition, count: int | None = None) -> None:
    """ValueError, in one line, if the edition is no feed of its format, an id is missing or comes twice, or the link
    to itself is missing; or if there are not `count` items in it."""
    suffix = edition.name.rpartition(".")[2]
    try:
        ids, itself = _read_json(edition.body) if suffix == "json" else _read_xml(edition.body, _SHAPES[suffix])
        _judge(ids, itself, count)
    except (expat.ExpatError, RecursionError, ValueError) as error:
        raise ValueError(f"{edition.name}: {' '.join(str(error).split())}") from error


def _judge(ids: Sequence[str], itself: Sequence[str], count: int | None) -> None:
    if not all(found.strip() for found in ids):
        raise ValueError("an item has no id")
    if len(set(ids)) != len(ids):
        raise ValueError("an id comes twice")
    if len(itself) != 1 or not itself[0]:
        raise ValueError("there is not one link to the feed itself")
    if count is not None and len(ids) != count:
        raise ValueError(f"there are {len(ids)} items in place of {count}")


def _read_xml(body: bytes, shape: _Shape) -> tuple[list[str], list[str]]:
    """The items' ids, "" for one without, and the feed's links to itself."""
    reader = _Reader(shape)
    reader.parser.Parse(body, True)
    return reader.ids, reader.itself


class _Reader:
    """An expat parser and what it has found."""

    def __init__(self, shape: _Shape) -> None:
        self.ids: list[str] = []
        self.itself: list[str] = []
        self._shape = shape
        self._depth = 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = _doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        depth = self._depth - self._shape.depth
        if depth == 1 and name == self._shape.id and self.ids:
            self.parser.CharacterDataHandler = self._told
        elif depth == 0:
            self._child(name, attributes)
        elif self._depth == 0 and name != self._shape.root:
            raise ValueError(f"the root is <{name}>")
        self._depth += 1

    def _child(self, name: str, attributes: dict[str, str]) -> None:
        if name == self._shape.item:
            self.ids.append("")
        elif name == f"{_ATOM} link" and attributes.get("rel") == "self":
            self.itself.append(attributes.get("href", ""))

    def _end(self, _name: str) -> None:
        self._depth -= 1
        self.parser.CharacterDataHandler = None

    def _told(self, data: str) -> None:
        self.ids[-1] += data


def _doctype(*_declared: object) -> NoReturn:
    raise ValueError("there is a document type declaration")


def _read_json(body: bytes) -> tuple[list[str], list[str]]:
    """The same of a JSON Feed."""
    feed = json.loads(body.decode(), object_pairs_hook=_once, parse_constant=_no_number)
    if not isinstance(feed, dict) or not str(feed.get("version")).startswith("https://jsonfeed.org/version/1"):
        raise ValueError("this is no JSON Feed")
    found = feed.get("items")
    if not feed.get("title") or not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ValueError("the feed has no title, or no items")
    ids = [item.get("id", "") for item in found]
    if not all(isinstance(name, str) for name in ids):
        raise ValueError("an id is no text")
    return ids, [feed["feed_url"]] if isinstance(feed.get("feed_url"), str) else []


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name comes twice in one object")
    return found


def _no_number(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
