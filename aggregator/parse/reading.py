"""A document of XML → what it says, by feedparser's parsers with our elements.py.

Either whole, which is what feedparser.parse() does but for the elements; or watched: whether an entry changes how
those after it are read. Some do: a <details> in an XHTML summary costs the titles after it their type.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from xml.parsers import expat
from xml.sax import SAXException, make_parser
from xml.sax.handler import feature_external_ges, feature_namespaces
from xml.sax.saxutils import escape
from xml.sax.xmlreader import InputSource

from feedparser.encodings import convert_to_utf8
from feedparser.sanitizer import replace_doctype
from feedparser.urls import make_safe_absolute_uri

from aggregator.parse import cutting, elements, fast_feedparser


@dataclass(frozen=True, slots=True)
class Reading:
    """What feedparser.parse() gives, and whether each entry was read as if it stood alone."""

    parsed: Mapping[str, Any]
    independent: bool


def in_utf8(body: bytes, headers: Mapping[str, str]) -> bytes:
    """The document as feedparser would give it to its parser; b"" if it can't tell the encoding."""
    told: dict[str, Any] = {}
    converted: bytes = convert_to_utf8(headers, body, told) if body else b""
    return converted if told.get("encoding") else b""


def whole(
    body: bytes,
    headers: Mapping[str, str],
    strict: Callable[..., Any] = elements.Strict,
    loose: Callable[..., Any] = elements.Loose,
) -> Mapping[str, Any]:
    """What feedparser.parse() gives of a document: `feed`, `entries`, `version`, and what it forgave."""
    told: dict[str, Any] = {"feed": {}, "entries": [], "version": ""}
    if not body:
        return told
    body = convert_to_utf8(headers, body, told)
    version, body, entities = replace_doctype(body)
    base = make_safe_absolute_uri(headers.get("content-location", ""))
    parser: Any = _set(strict(base, headers.get("content-language"), "utf-8"))
    try:
        _drive(parser, body)
    except SAXException as error:
        told.update(bozo=True, bozo_exception=parser.exc or error)
        parser = _set(loose(base, headers.get("content-language"), "utf-8", entities))
        parser.feed(body.decode("utf-8", "replace"))
    return {**told, "feed": parser.feeddata, "entries": parser.entries, "version": version or parser.version}


def _set(parser: Any) -> Any:
    parser.resolve_relative_uris = parser.sanitize_html = False
    return parser


def _drive(parser: Any, body: bytes) -> None:
    driver = make_parser()  # noqa: S317 - expat bounds what entities expand to, and external ones are not read
    driver.setFeature(feature_namespaces, 1)
    driver.setFeature(feature_external_ges, 0)
    driver.setContentHandler(parser)
    driver.setErrorHandler(parser)
    source = InputSource()
    source.setByteStream(io.BytesIO(body))
    driver.parse(source)


def read(body: bytes, base: str, make: Callable[[str], Watched] | None = None) -> Reading | None:
    """A document in UTF-8 without DOCTYPE, as feedparser reads it; None if it is not well-formed.

    `make` gives the parser for a base.
    """
    parser = (make or Watched)(base)
    parser.driver = fast_feedparser.Driver(parser)
    try:
        parser.driver.read(body)
    except expat.ExpatError:
        return None
    parsed = {"feed": parser.feeddata, "entries": parser.entries, "version": parser.version}
    return Reading(parsed, bool(parser.version) and parser.independent)


class Watched(fast_feedparser.Parser):
    """Compares the parser's state before and after each entry with that of one which is in no element's middle."""

    independent = True
    _outside: tuple[object, ...] = ()

    def _start_item(self, attributes: dict[str, str]) -> None:
        if not self._outside and self.version.startswith("rss"):
            self.driver.gather_text()  # in Atom it looks at the pieces, for a <div> around them all
        self._watch()
        super()._start_item(attributes)

    def _end_item(self) -> None:
        super()._end_item()
        self._watch()

    def characters(self, text: str) -> None:
        """What handle_data() does, without asking FeedParserDict for synonyms: expat gives text in small pieces."""
        if self.elementstack:
            is_xhtml = dict.get(self.contentparams, "type") == "application/xhtml+xml"
            self.elementstack[-1][2].append(escape(text) if is_xhtml else text)

    _start_entry = _start_item
    _end_entry = _end_item

    def processingInstruction(self, target: str, _: str) -> None:  # noqa: N802 - SAX's name
        """Entries were cut out here: they were read as this state would have them read."""
        if target == cutting.CUT.decode():
            self._watch()

    def _watch(self) -> None:
        self._outside = self._outside or (self.infeed, self.version)
        within = (
            *(self.inentry, self.incontent, self.intextinput, self.inimage, self.inauthor, self.incontributor),
            *(self.inpublisher, self.insource, self.ingeometry, self.psc_chapters_flag, self.svgOK, self.hasContent),
            *(self._summaryKey, self.contentparams, self.sourcedata, self._media),
        )
        if any(within) or (self.infeed, self.version) != self._outside:
            self.independent = False
