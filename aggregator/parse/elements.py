"""What feedparser's parsers do with some elements, done otherwise: mixed into each of them, so that all read the same.

- What stands in media:* or itunes:* is the picture's, the video's or the show's. It is kept apart from the entry's own
  title and words, which feedparser replaces by it.
- Dates stay as they are written: dates/ reads them. Authors of RSS, too: people.py does.
- A link that is no alternate takes nothing from the entry's own; one without an address is none.
- XHTML's void elements come out once: to HTML "<br></br>" is two.
- An element's xml:base ends with it, also where the document has no address.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import unescape

from feedparser import FeedParserDict
from feedparser.api import LooseFeedParser, StrictFeedParser

from aggregator.parse import markup

_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_NAMES = frozenset({"author", "category", "itunes_author", "itunes_keywords", "media_keywords", "tags"})
_SITE = re.compile(r"\s*www\.[\w-]+(?:\.[\w-]+)+(?:[:/?#]|\s*$)", re.IGNORECASE)
_TAG = re.compile(r"<(/?)([A-Za-z0-9]+)")
Attributes = dict[str, Any]

if TYPE_CHECKING:
    from feedparser.api import StrictFeedParser as _Parser
else:
    _Parser = object


class Elements(_Parser):  # type: ignore[misc]
    """Comes before feedparser's parser among a class's bases."""

    _media: Attributes | None = None  # the media:content that is open
    _shown = False  # within an entry's <image>

    def _start_item(self, attributes: Attributes) -> None:
        self._media, self._shown = None, False
        super()._start_item(attributes)

    _start_entry = _start_item

    # ── Dates and people ─────────────────────────────────────────────────────────────────────────────────────────────

    def _end_published(self) -> None:
        self.pop("published")

    _end_issued = _end_pubdate = _end_published

    def _end_updated(self) -> None:
        self.pop("updated")

    _end_modified = _end_lastbuilddate = _end_updated

    def _end_created(self) -> None:
        self.pop("created")

    def _end_author(self) -> None:
        said = self.pop("author")
        self.inauthor = 0
        people = dict.get(self._get_context(), "authors")
        if said and isinstance(people, list) and people and not people[-1]:
            people[-1]["said"] = said

    _end_managingeditor = _end_author

    def _start_itunes_author(self, _: Attributes) -> None:
        self.push("itunes_author", 1)

    def _end_itunes_author(self) -> None:
        self.pop("itunes_author")

    # ── Links ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def resolve_uri(self, uri: str) -> str:
        """Make an address absolute; "www.mill.example/a" only lacks its scheme."""
        return f"https://{uri.strip()}" if _SITE.match(uri) else str(super().resolve_uri(uri))

    def _end_link(self) -> None:
        context = self._get_context()
        before = dict.get(context, "link")
        links = dict.get(context, "links")
        address = self.pop("link")
        is_other = isinstance(links, list) and bool(links) and links[-1].get("rel", "alternate") != "alternate"
        if is_other or not address:
            context.update({"link": before}) if before else context.pop("link", None)

    # ── The entry's own words, and others' ───────────────────────────────────────────────────────────────────────────

    def _start_itunes_summary(self, attributes: Attributes) -> None:
        self.push_content("itunes_summary", attributes, "text/plain", 1)

    def _end_itunes_summary(self) -> None:
        self.pop_content("itunes_summary")

    def _start_itunes_subtitle(self, attributes: Attributes) -> None:
        self.push_content("itunes_subtitle", attributes, "text/plain", 1)

    def _end_itunes_subtitle(self) -> None:
        self.pop_content("itunes_subtitle")

    def _start_media_content(self, attributes: Attributes) -> None:
        super()._start_media_content(attributes)
        self._media = attributes

    def _end_media_content(self) -> None:
        self._media = None

    _end_media_group = _end_media_content

    def _start_media_title(self, attributes: Attributes) -> None:
        self.push_content("media_title", attributes, "text/plain", 1)

    def _end_media_title(self) -> None:
        self._end_media_words("media_title")

    def _start_media_description(self, attributes: Attributes) -> None:
        self.push_content("media_description", attributes, "text/plain", 1)

    def _end_media_description(self) -> None:
        self._end_media_words("media_description")

    def _end_media_words(self, element: str) -> None:
        """Give a picture its own words; those of a group or beside it may serve the entry."""
        self.pop_content(element)
        context = self._get_context()
        said = context.pop(f"{element}_detail", None)
        context.pop(element, None)
        to = context if self._media is None else self._media
        if said:
            dict.setdefault(to, f"{element}_said", said)

    def _end_media_keywords(self) -> None:
        if self._media is None:
            super()._end_media_keywords()
        else:  # a picture's keywords are not the entry's
            self.pop("media_keywords")

    # ── An entry's <image> ───────────────────────────────────────────────────────────────────────────────────────────

    def _start_image(self, attributes: Attributes) -> None:
        super()._start_image(attributes)
        self._shown = bool(self.inentry and not self.insource)

    def _end_image(self) -> None:
        super()._end_image()
        self._shown = False

    def _start_title(self, attributes: Attributes) -> None:
        if self._in_picture():
            self.push("image_title", 0)
        else:
            super()._start_title(attributes)

    def _end_title(self) -> None:
        if self.elementstack and self.elementstack[-1][0] == "image_title":
            self.pop("image_title")
        else:
            super()._end_title()

    def _end_url(self) -> None:
        if self._in_picture():
            self._picture(self.pop("href"))
        else:
            super()._end_url()

    _end_uri = _end_homepage = _end_url

    def _in_picture(self) -> bool:
        return bool(self._shown and self.inimage and self.inentry)

    def _picture(self, address: object) -> None:
        if self._shown and isinstance(address, str) and address.strip().lower().startswith(("http://", "https://")):
            self.entries[-1].setdefault("image", FeedParserDict({"href": address.strip()}))

    # ── Markup ───────────────────────────────────────────────────────────────────────────────────────────────────────

    @staticmethod
    def looks_like_html(text: str) -> bool:
        """Tell whether a text in RSS is HTML: feedparser asks for a tag that closes; <br> and <img …> do, too."""
        return bool(StrictFeedParser.looks_like_html(text)) or markup.has_void(text)

    def handle_data(self, text: str, escape: int = 1) -> None:
        if not escape and text[:1] == "<" and (match := _TAG.match(text)) and match[2].lower() in _VOID:
            if match[1]:
                return
            text = f"{text[:-1]} />"
        super().handle_data(text, escape)

    def unknown_endtag(self, tag: str) -> None:
        super().unknown_endtag(tag)
        if self.basestack:
            self.baseuri = self.basestack[-1]


class Strict(Elements, StrictFeedParser):  # type: ignore[misc]
    """Reads well-formed XML."""


class Loose(Elements, LooseFeedParser):  # type: ignore[misc]
    """Reads whatever comes."""

    def unknown_starttag(self, tag: str, attributes: list[tuple[str, str]]) -> None:
        super().unknown_starttag(tag, attributes)
        if self.incontent and tag.rpartition(":")[2] in _VOID and self.basestack:
            self._leave()

    def unknown_endtag(self, tag: str) -> None:
        if not (self.incontent and tag.rpartition(":")[2] in _VOID):
            super().unknown_endtag(tag)

    def decode_entities(self, element: str, data: str) -> str:
        """Resolve the references in names, too: feedparser does in HTML's elements alone, and escapes CDATA."""
        text = str(super().decode_entities(element, data))
        return unescape(text, {"&quot;": '"', "&apos;": "'"}) if element in _NAMES else text

    def _leave(self) -> None:
        """Leave a void element: in HTML it has no end tag that would do this."""
        self.basestack.pop()
        self.langstack.pop()
        self.depth -= 1
        self.baseuri = self.basestack[-1] if self.basestack else ""
