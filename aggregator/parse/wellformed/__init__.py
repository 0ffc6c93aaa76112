"""Well-formed RSS, Atom and RDF → what feedparser makes of it, in a fraction of the time.

It reads what nearly all feeds are made of. Whatever else a document has (a DOCTYPE, markup where text belongs, elements
of a feed within others) is refused, and left to feedparser. What is well-formed says expat, which feedparser asks, too.
"""

from __future__ import annotations

import marshal
import re
from codecs import BOM_UTF8
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice
from xml.etree.ElementTree import Element, ParseError, XMLParser

from aggregator.parse.wellformed import names as xmlnames
from aggregator.parse.wellformed import tables
from aggregator.parse.wellformed.constructs import Raw, new_base
from aggregator.parse.wellformed.names import Names, RefusedError
from aggregator.parse.wellformed.reader import Reader

_DOCTYPE = re.compile(rb"<!(?:doctype|entity)", re.IGNORECASE)
_PROLOG = re.compile(rb"(?>\s++|<\?.*?\?>|<!--.*?-->)*+(?=<\w)", re.DOTALL)
_RSS = {"0.91": "rss091u", "0.92": "rss092", "0.93": "rss093", "0.94": "rss094"}
_ATOM = {"0.1": "atom01", "0.2": "atom02", "0.3": "atom03"}
_PLAIN = 2  # marshal's version that writes the same for the same, wherever in memory it is
_ENTRIES = frozenset({"item", "entry"})
Place = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a document says of itself, and its entries: each is read when it is asked for."""

    channel: Raw
    version: str
    _reader: Reader
    _items: Sequence[tuple[Element, Place]]

    def __len__(self) -> int:
        return len(self._items)

    def entry(self, number: int) -> Raw:
        """Read an entry; RefusedError for one that only feedparser reads right."""
        element, (base, language) = self._items[number]
        part = self._reader.part(element, base, language)
        context = tables.entry()
        if about := part.attributes.get("rdf:about"):
            context.raw["id"] = about
        _no_cdf(part.attributes)
        self._reader.children(context, part)
        return context.raw

    def digests(self, context: str) -> list[bytes]:
        """Return eight bytes for each entry that stand for all that comes of it, if `context` is the same."""
        prefixes = sorted(self._reader.names.prefixes.items())
        shared = blake2b(repr((context, self.version, prefixes)).encode("utf-8", "surrogatepass"), digest_size=8)
        found: list[bytes] = []
        for item, place in self._items:
            each = shared.copy()
            each.update(_written(item, place))
            found.append(each.digest())
        return found


def read(body: bytes, base: str) -> Reading:
    """Read a document in UTF-8 that came from `base`; RefusedError for what is left to feedparser."""
    body = body.removeprefix(BOM_UTF8)
    prolog = _PROLOG.match(body)
    if not prolog or _DOCTYPE.search(body, 0, prolog.end()):
        raise RefusedError("doctype")
    parser = XMLParser(encoding="utf-8")  # noqa: S314 - without a DOCTYPE no entity can be declared
    try:
        parser.feed(body)
        root = parser.close()
    except ParseError as error:
        raise RefusedError(str(error)) from None
    if base and not base.startswith(("http://", "https://")):
        raise RefusedError("base")
    names = Names(body)
    name = names.of(root.tag)
    declared = xmlnames.version(body, prolog.end())
    if name == "rss":
        given = root.get("version", "")
        own = _RSS.get(given, "rss20" if given.startswith("2.") else "rss")
        version = declared if declared.startswith("rss") else own
    elif name == "feed":
        version = declared or _ATOM.get(root.get("version", ""), "atom")
    elif name == "rdf_rdf" and declared:
        version = declared
    else:
        raise RefusedError(f"root {name}")
    return _Outline(Reader(names, version)).read(root, base)


def _written(element: Element, place: Place) -> bytes:
    within = [(e.tag, len(e), e.text, e.tail, e.attrib) for e in islice(element.iter(), 1, None)]
    return marshal.dumps((place, element.attrib, within), _PLAIN)


def _no_cdf(attributes: dict[str, str]) -> None:
    if "lastmod" in attributes or "href" in attributes:  # Microsoft's CDF has channels and items of its own
        raise RefusedError("CDF")


class _Outline:
    """Finds a document's channel and its entries."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._context = tables.feed()
        self._items: list[tuple[Element, Place]] = []

    def read(self, root: Element, base: str) -> Reading:
        base = new_base(base, base) if base else ""
        if base and new_base(base, base) != base:
            raise RefusedError("base")
        part = self._reader.part(root, base, None)
        if part.language and part.name in {"feed", "rss"}:
            self._context.raw["language"] = part.language.replace("_", "-")
        if part.name == "feed":
            self._feed(root, (part.base, part.language))
        else:
            self._channels(root, (part.base, part.language))
        return Reading(self._context.raw, self._reader.version, self._reader, self._items)

    def _channels(self, root: Element, place: Place) -> None:
        for child in root:
            name = self._reader.names.of(child.tag)
            if name == "channel":
                part = self._reader.part(child, *place)
                _no_cdf(part.attributes)
                self._feed(child, (part.base, part.language))
            elif name in _ENTRIES:
                self._items.append((child, place))
            elif name in {"image", "textinput"}:
                self._reader.child(self._context, self._reader.part(child, *place))
            else:
                raise RefusedError(f"{name} beside the channel")

    def _feed(self, element: Element, place: Place) -> None:
        names = self._reader.names
        for child in element:
            if names.of(child.tag) in _ENTRIES:
                self._items.append((child, place))
                self._context.titled = False
            else:
                self._reader.child(self._context, self._reader.part(child, *place))
