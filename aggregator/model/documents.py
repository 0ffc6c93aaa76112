"""The bytes that a source gives, and what they are: the feeds and the articles in files that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath
from types import MappingProxyType


class DocumentKind(StrEnum):
    """What a document is: a feed, which lists articles, or in which form it is one. parse/ reads each of them."""

    FEED = "feed"
    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    MAIL = "mail"
    MBOX = "mbox"

    @property
    def is_article(self) -> bool:
        """Whether such a document holds one article and nothing else."""
        return self not in {DocumentKind.FEED, DocumentKind.MBOX}

    @property
    def names_files(self) -> bool:
        """Whether it may show files that lie beside it: an article of one's own does, a stranger's message doesn't."""
        return self.is_article and self is not DocumentKind.MAIL


SUFFIXES: Mapping[str, DocumentKind] = MappingProxyType(
    {
        **dict.fromkeys((".xml", ".rss", ".atom", ".rdf", ".json"), DocumentKind.FEED),
        **dict.fromkeys((".txt", ".text"), DocumentKind.TEXT),
        **dict.fromkeys((".md", ".markdown"), DocumentKind.MARKDOWN),
        **dict.fromkeys((".html", ".htm", ".xhtml"), DocumentKind.HTML),
        ".eml": DocumentKind.MAIL,
        ".mbox": DocumentKind.MBOX,
    }
)
"""What a file is by the end of its name, in lower case; files that end otherwise are not read."""

MESSAGE = "message/rfc822"
"""What a file in a Maildir is, whatever its name ends in."""
BOX = "application/mbox"
_TYPES = {
    "text/plain": DocumentKind.TEXT,
    "text/markdown": DocumentKind.MARKDOWN,
    "text/x-markdown": DocumentKind.MARKDOWN,
    "text/html": DocumentKind.HTML,
    "application/xhtml+xml": DocumentKind.HTML,
}
_MAIL = {MESSAGE: DocumentKind.MAIL, BOX: DocumentKind.MBOX}


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes as they came. `base` is the address they came from; `modified` a file's time of change, else 0.

    `name` is a file's path in its source; what a server answered or pushed has none. `place` is a file's stored address
    (text/local_files.py), from which those of files beside it start.
    """

    name: str
    body: bytes
    content_type: str = ""
    base: str = ""
    modified: int = 0
    place: str = ""

    @property
    def is_file(self) -> bool:
        """Whether it is a file of the operator's."""
        return self.name != ""

    @property
    def kind(self) -> DocumentKind:
        """What it is, by its name, or else its type, or else how it begins.

        Only files can be articles: a web page behind a feed's URL is a mistake, not an article.
        """
        if not self.is_file:
            return DocumentKind.FEED
        if self.content_type in _MAIL:
            return _MAIL[self.content_type]
        suffix = PurePosixPath(self.name).suffix.lower()
        if suffix in SUFFIXES:
            return SUFFIXES[suffix]
        return self.form if self.content_type.startswith("text/") else DocumentKind.FEED

    @property
    def form(self) -> DocumentKind:
        """In which form an article is that is taken for one."""
        named = SUFFIXES.get(PurePosixPath(self.name).suffix.lower(), DocumentKind.FEED)
        if named.is_article:
            return named
        media_type = self.content_type.partition(";")[0].strip().lower()
        start = self.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
        shape = DocumentKind.HTML if start.startswith((b"<!doctype html", b"<html")) else DocumentKind.TEXT
        return _TYPES.get(media_type, shape)
