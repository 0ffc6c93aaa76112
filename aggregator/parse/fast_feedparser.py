"""feedparser's parser for well-formed XML, and what drives it, without what they do over and over again.

What is read is the same. Most tags have no attributes, and are of a few names: for these the name is put together, and
the base made absolute, once. Most text needs no mending, which Python finds out by looking every character up.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.parsers import expat
from xml.sax.xmlreader import AttributesNSImpl

from feedparser import FeedParserDict
from feedparser.urls import make_safe_absolute_uri

from aggregator.parse.elements import Strict

Name = tuple[str | None, str]
"""An element's namespace and its local name."""

_NO_ATTRIBUTES = AttributesNSImpl({}, {})
_WINDOWS_1252 = re.compile("[\x80-\x9f]")  # what feedparser mends is among these
_ROOTS = frozenset({"feed", "rss", "rdf:rdf"})


class Driver:
    """Drives a parser by expat as Python's SAX reader does, which can't be told to give text in large pieces."""

    def __init__(self, parser: Parser) -> None:
        self._parser = parser
        self._names: dict[str, Name] = {}
        self._expat = driver = expat.ParserCreate(namespace_separator=" ")
        driver.namespace_prefixes = True
        driver.StartElementHandler = self._start
        driver.EndElementHandler = self._end
        driver.CharacterDataHandler = parser.characters
        driver.StartNamespaceDeclHandler = parser.startPrefixMapping
        driver.ProcessingInstructionHandler = parser.processingInstruction

    def read(self, body: bytes) -> None:
        """The whole document, in UTF-8 and without DOCTYPE; ExpatError where it is not well-formed."""
        self._expat.Parse(body, True)

    def gather_text(self) -> None:
        self._expat.buffer_text = True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        attrs = _attributes(attributes) if attributes else _NO_ATTRIBUTES
        self._parser.startElementNS(self._name(name), None, attrs)

    def _end(self, name: str) -> None:
        self._parser.endElementNS(self._name(name), None)

    def _name(self, name: str) -> Name:
        found = self._names.get(name)
        if not found:
            found = self._names[name] = _parted(name)[0]
        return found


def _attributes(attributes: Mapping[str, str]) -> AttributesNSImpl:
    values: dict[Name, str] = {}
    qnames: dict[Name, str] = {}
    for given, value in attributes.items():
        name, qname = _parted(given)
        values[name], qnames[name] = value, qname
    return AttributesNSImpl(values, qnames)


def _parted(name: str) -> tuple[Name, str]:
    """expat's "namespace name prefix" as SAX has it, and the qualified name; only the name has to be there."""
    parts = name.split(" ")
    if len(parts) == 1:
        return (None, name), name
    return (parts[0], parts[1]), ":".join((*parts[2:], parts[1]))


class Parser(Strict):
    """Ours (elements.py), faster. `driver` is what drives it."""

    driver: Driver
    baseuri: str
    _tags: dict[Name, str]
    _bases: dict[str, str]
    _bare: Name | None = None

    def __init__(self, base: str) -> None:
        super().__init__(base, None, "utf-8")
        self.resolve_relative_uris = self.sanitize_html = False
        self.contentparams = _Parameters()
        self._tags = {}
        self._bases = {}

    def track_namespace(self, prefix: str | None, uri: str) -> None:
        super().track_namespace(prefix, uri)
        self._tags.clear()

    def startElementNS(self, name: Name, qname: str | None, attrs: AttributesNSImpl) -> None:  # noqa: N802 - SAX's name
        self._bare = name if attrs is _NO_ATTRIBUTES and not self.decls else None
        if self._bare and name in self._tags:
            self.unknown_starttag(self._tags[name], [])
        else:
            super().startElementNS(name, qname, attrs)

    def endElementNS(self, name: Name, qname: str | None) -> None:  # noqa: N802
        if name in self._tags:
            self.unknown_endtag(self._tags[name])
        else:
            super().endElementNS(name, qname)

    def unknown_starttag(self, tag: str, attrs: list[tuple[str, str]]) -> None:
        """What feedparser does for a tag without attributes, outside of inline markup and inside of the root."""
        if self._bare and not attrs:
            self._tags[self._bare] = tag
        if attrs or self.incontent or not self.baseuri or tag in _ROOTS:
            super().unknown_starttag(tag, attrs)
            return
        self.depth += 1
        if self.baseuri not in self._bases:
            self._bases[self.baseuri] = make_safe_absolute_uri(self.baseuri, self.baseuri) or self.baseuri
        self.baseuri = self._bases[self.baseuri]
        self.basestack.append(self.baseuri)
        self.langstack.append(self.lang)
        first, colon, last = tag.partition(":")
        prefix, name = (first, last) if colon else ("", tag)
        prefix = self.namespacemap.get(prefix, prefix)
        if not prefix and tag not in {"title", "link", "description", "name"}:
            self.intextinput = 0
        if not prefix and tag not in {"title", "link", "description", "url", "href", "width", "height"}:
            self.inimage = 0
        name = f"{prefix}_{name}" if prefix else name
        given: dict[str, str] = {}
        try:
            getattr(self, f"_start_{name}")(given)
        except AttributeError:  # also one within it, when it may have filled what it was given
            if given:
                self._get_context()[name] = given
            else:
                self.push(name, 1)

    def push_content(self, *args: Any) -> None:
        super().push_content(*args)
        self.contentparams = _Parameters(self.contentparams)

    @staticmethod
    def decode_entities(_: str, data: str) -> str:
        """feedparser calls this for all text, before it mends it."""
        return data if data.isascii() else _Text(data)


class _Parameters(FeedParserDict):  # type: ignore[misc]
    """Those of an element's text: none has a synonym, and all are strings and numbers."""

    get = dict.get
    __getitem__ = dict.__getitem__
    __setitem__ = dict.__setitem__
    __delitem__ = dict.__delitem__
    __contains__ = dict.__contains__

    def __deepcopy__(self, _: object) -> _Parameters:
        return _Parameters(self)


class _Text(str):
    __slots__ = ()

    def translate(self, table: Any) -> str:
        return str.translate(self, table) if _WINDOWS_1252.search(self) else str(self)
