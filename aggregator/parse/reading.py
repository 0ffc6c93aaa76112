"""feedparser's parser for well-formed XML, watched: whether an entry changes how those after it are read.

feedparser.parse() doesn't tell. Some entries do: an unpaired </summary> in XHTML costs the titles after it their type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.sax import SAXException
from xml.sax.expatreader import ExpatParser

from feedparser.api import StrictFeedParser
from feedparser.encodings import convert_to_utf8


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


def read(body: bytes, base: str) -> Reading | None:
    """A document in UTF-8 without DOCTYPE, as feedparser reads it; None if it is not well-formed."""
    parser = _Watched(base, None, "utf-8")
    parser.resolve_relative_uris = parser.sanitize_html = False
    driver = ExpatParser(namespaceHandling=1)
    driver.setContentHandler(parser)
    driver.setErrorHandler(parser)
    try:
        driver.feed(body)
        driver.close()
    except SAXException:
        return None
    parsed = {"feed": parser.feeddata, "entries": parser.entries, "version": parser.version}
    return Reading(parsed, bool(parser.version) and parser.independent)


class _Watched(StrictFeedParser):  # type: ignore[misc]
    """Compares the parser's state before and after each entry with that of one which is in no element's middle."""

    independent = True
    _outside: tuple[object, ...] = ()

    def _start_item(self, attributes: dict[str, str]) -> None:
        self._outside = self._outside or (self.infeed, self.version)
        self._watch()
        super()._start_item(attributes)

    def _end_item(self) -> None:
        super()._end_item()
        self._watch()

    _start_entry = _start_item
    _end_entry = _end_item

    def _watch(self) -> None:
        within = (
            *(self.inentry, self.incontent, self.intextinput, self.inimage, self.inauthor, self.incontributor),
            *(self.inpublisher, self.insource, self.ingeometry, self.psc_chapters_flag, self.svgOK, self.hasContent),
            *(self._summaryKey, self.contentparams, self.sourcedata),
        )
        if any(within) or (self.infeed, self.version) != self._outside:
            self.independent = False
