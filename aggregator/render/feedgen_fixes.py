"""Item → what feedgen 1.0 cannot write, or writes wrongly, in an <item>, an <entry> and around them.

feedgen calls these when it has made its own elements; they add to them and replace some:

- In <entry> every link loses rel, type, length and title: a loop's variable is overwritten (feedgen.entry).
- Atom's <source> has neither id nor updated, and nothing tells a title's text from HTML.
- RSS drops authors without e-mail, all enclosures but the last, language, rights and updated.
- RSS dates are made with locale.setlocale(), which holds for the whole process: no thread may call it.
- Without a date "now" is written.

In Atom elements have no namespace here: feedgen writes Atom's as a plain attribute, and lxml would make up
a prefix.
"""

from __future__ import annotations

import html
import re
from email.utils import format_datetime
from hashlib import blake2b
from typing import Any

from feedgen.ext.base import BaseEntryExtension, BaseExtension
from lxml.etree import SubElement

from aggregator.model import Channel, Enclosure
from aggregator.render import items
from aggregator.render.items import Elsewhere, Item
from aggregator.text import writable

DC = "http://purl.org/dc/elements/1.1/"
MEDIA = "http://search.yahoo.com/mrss/"
ITUNES = "http://www.itunes.com/dtds/podcast-1.0.dtd"
SLASH = "http://purl.org/rss/1.0/modules/slash/"
WFW = "http://wellformedweb.org/CommentAPI/"
HISTORY = "http://purl.org/syndication/history/1.0"
ATOM = "http://www.w3.org/2005/Atom"
CONTENT = "http://purl.org/rss/1.0/modules/content/"
XML = "http://www.w3.org/XML/1998/namespace"

_AUTHOR = 255  # characters of itunes:author
EARLIEST = 631_152_000
"""1990: validators call earlier dates implausible. JSON Feed, which has no such rule, has the true one."""

# The host has a dot in it, and a path follows: <enclosure> has a rule of its own (InvalidURLAttribute).
_ENCLOSABLE = re.compile(r"https?://(?:[a-z0-9-]+\.)+[a-z0-9][a-z0-9-]*(?::\d+)?(?:/|\Z)")

Element = Any  # lxml has no type stubs


class RssChannel(BaseExtension):  # type: ignore[misc]
    """The namespaces, links to older pages, and lastBuildDate from the stories: none where there are none."""

    channel: Channel
    updated = 0

    def extend_ns(self) -> dict[str, str]:
        return {"dc": DC, "media": MEDIA, "itunes": ITUNES, "slash": SLASH, "wfw": WFW}

    def extend_rss(self, feed: Element) -> Element:
        channel = feed[0]
        for stamped in channel.findall("lastBuildDate"):
            channel.remove(stamped)
        if self.updated:
            _add(channel, "lastBuildDate", rfc822(self.updated))
        _add_archive_links(channel, f"{{{ATOM}}}link", self.channel, "xml")
        if self.channel.hub:  # of links feedgen writes only "self" into RSS
            _add(channel, f"{{{ATOM}}}link", rel="hub", href=self.channel.hub)
        return feed


class AtomFeed(BaseExtension):  # type: ignore[misc]
    """The namespace, links to older pages, and text that is not taken for HTML."""

    channel: Channel

    def extend_ns(self) -> dict[str, str]:
        return {"media": MEDIA}

    def extend_atom(self, feed: Element) -> Element:
        _mark_up(feed, "title", "subtitle")
        _add_archive_links(feed, "link", self.channel, "atom")
        return feed


class RssItem(BaseEntryExtension):  # type: ignore[misc]
    """What an <item> lacks."""

    item: Item

    def extend_rss(self, element: Element) -> Element:
        item = self.item
        _add(element, "pubDate", rfc822(item.published))
        if item.updated != item.published:
            _add(element, f"{{{ATOM}}}updated", writable.rfc3339(max(item.updated, EARLIEST)))
        # Some readers show no <source>: what has no author is by its source.
        for name in [person.name for person in item.authors] or filter(None, [writable.name(item.source.title)]):
            _add(element, f"{{{DC}}}creator", writable.defused(name))
        if item.language:
            _add(element, f"{{{DC}}}language", item.language)
        if item.rights:
            _add(element, f"{{{DC}}}rights", writable.defused(item.rights))
        first = enclosed(item)
        for enclosure in (e for e in item.enclosures if e is not first):
            size = {"fileSize": enclosure.length, "duration": enclosure.duration}
            attributes = {name: str(number) for name, number in size.items() if number}
            media = _add(element, f"{{{MEDIA}}}content", url=enclosure.url, type=enclosure.type, **attributes)
            if enclosure.title:
                _add(media, f"{{{MEDIA}}}title", writable.defused(enclosure.title), type="plain")
        _add_podcast(element, item)
        _add_picture(element, item)
        if item.replies:
            _add(element, f"{{{SLASH}}}comments", str(item.replies))
        if item.replies_feed:
            _add(element, f"{{{WFW}}}commentRss", item.replies_feed)
        _add_pointers(element, f"{{{ATOM}}}link", item)
        return element


class AtomEntry(BaseEntryExtension):  # type: ignore[misc]
    """What an <entry> lacks, and its links."""

    item: Item

    def extend_atom(self, entry: Element) -> Element:
        item = self.item
        if item.language:
            entry.set(f"{{{XML}}}lang", item.language)
        entry.find("updated").text = updated(item)
        _mark_up(entry, "title", "rights")
        for stripped in entry.findall("link"):
            entry.remove(stripped)
        _add_source(entry, item)  # before the links: RSS Guard takes the last rel=alternate, in <source> or out of it
        if item.link:
            _add(entry, "link", rel="alternate", href=item.link)
        for enclosure in item.enclosures:
            attributes = {
                "type": enclosure.type,
                "length": str(enclosure.length or ""),
                "title": writable.defused(enclosure.title),
            }
            given = {name: value for name, value in attributes.items() if value}
            _add(entry, "link", rel="enclosure", href=enclosure.url, **given)
        if item.comments:
            _add(entry, "link", rel="replies", href=item.comments)
        _add_pointers(entry, "link", item)
        _add_picture(entry, item)
        return entry


def enclosed(item: Item) -> Enclosure | None:
    """Return the file that is the <enclosure>: RSS has room for one, whose address has a rule of its own."""
    return next((enclosure for enclosure in item.enclosures if _ENCLOSABLE.match(enclosure.url)), None)


def rfc822(instant: int) -> str:
    """Write an instant as "Fri, 02 Jan 2026 03:04:05 +0000"; see EARLIEST."""
    return format_datetime(writable.moment(max(instant, EARLIEST)))


def updated(item: Item) -> str:
    """Write the instant of an entry's change, with nanoseconds from its id.

    Entries that share a value are warned of (DuplicateUpdated), and sources that only give dates share it by
    the hundred: with microseconds two of 500 would be the same in one feed of eight.
    """
    nanoseconds = int.from_bytes(blake2b(item.id.encode(), digest_size=8).digest()) % 1_000_000_000
    return f"{writable.rfc3339(max(item.updated, EARLIEST))[:-1]}.{nanoseconds:09}Z"


def _add(parent: Element, tag: str, content: str = "", **attributes: str) -> Element:
    element = SubElement(parent, tag, attributes)
    if content:
        element.text = content
    return element


def _mark_up(parent: Element, *tags: str) -> None:
    """Give text as Atom has it: what has a closing tag is marked as HTML and escaped once more, else it is warned of.

    No other text: feedparser, and so many a reader, gives HTML as it finds it, with every "&amp;".
    """
    for tag in tags:
        for element in parent.findall(tag):
            element.text = writable.apart(element.text or "")
            if writable.CLOSING_TAG.search(element.text):
                element.text = html.escape(element.text, quote=False)
                element.set("type", "html")


def _add_podcast(parent: Element, item: Item) -> None:
    """Add what podcast readers know by Apple's names alone: without a duration an episode is 0:00 long."""
    played = next((e for e in item.enclosures if e.type.startswith(("audio/", "video/"))), None)
    if played is None:
        return
    if played.duration:
        _add(parent, f"{{{ITUNES}}}duration", str(played.duration))
    if _ENCLOSABLE.match(item.image):  # the validator's rule for both
        _add(parent, f"{{{ITUNES}}}image", href=item.image)
    if author := next((person.name for person in item.authors), writable.name(item.source.title)):
        _add(parent, f"{{{ITUNES}}}author", writable.defused(author)[:_AUTHOR].rstrip())


def _add_picture(parent: Element, item: Item) -> None:
    """Add the picture, twice: half of the readers know <media:thumbnail> alone, half <media:content>."""
    if not item.image:
        return
    size = {name: str(number) for name, number in zip(("width", "height"), item.picture, strict=True) if number}
    _add(parent, f"{{{MEDIA}}}content", url=item.image, medium="image", **size)
    _add(parent, f"{{{MEDIA}}}thumbnail", url=item.image, **size)


def _add_archive_links(parent: Element, tag: str, channel: Channel, suffix: str) -> None:
    """Add the link to the archive page before, and to an archive page that it is one, and of which feed (RFC 5005 §4).

    Not of the oldest one, which links to no other: the W3C validator warns of that (ArchiveIncomplete), and a link to
    the next page, which isn't full yet, would change what may be kept for ever.
    """
    if channel.current:
        if channel.older:
            SubElement(parent, f"{{{HISTORY}}}archive", nsmap={"fh": HISTORY})
        _add(parent, tag, rel="current", href=items.address(channel, suffix, channel.current))
    if channel.older:
        _add(parent, tag, rel="prev-archive", href=items.address(channel, suffix, channel.older))


def _add_pointers(parent: Element, tag: str, item: Item) -> None:
    """Add links to where the text is from, to the other copies, to what is to be read also; each address once a sense.

    None in an item without a link of its own: many readers open whatever link they find in it as the article.
    """
    if not item.link:
        return
    pointers = [("via", item.attribution.url, item.attribution.title), *(_pointer(c, item.link) for c in item.others)]
    pointers += [("related", reference.url, reference.title) for reference in item.related]
    titles: dict[tuple[str, str], str] = {}
    for rel, href, title in pointers:
        if href not in ("", item.link):
            titles.setdefault((rel, href), title)
    for (rel, href), title in titles.items():
        _add(parent, tag, rel=rel, href=href, **({"title": writable.defused(title)} if title else {}))


def _pointer(copy: Elsewhere, link: str) -> tuple[str, str, str]:
    """Return rel, address and title of a copy; one at the same address is told by the source that it came through."""
    title = copy.source.title or copy.title
    if copy.url and copy.url != link:
        return "related", copy.url, title
    return "via", copy.source.feed or copy.source.link, title


def _add_source(entry: Element, item: Item) -> None:
    """Add <source> (RFC 4287 §4.2.11) with id, title and updated, as validators demand: the story's as the source's."""
    origin = item.source
    name = writable.identifier(origin.id, origin.feed, origin.link, origin.title)
    if not name:
        return
    source = _add(entry, "source")
    _add(source, "id", name)
    _add(source, "title", origin.title or origin.link or origin.feed or name)
    _add(source, "updated", writable.rfc3339(max(item.updated, EARLIEST)))
    if origin.feed:
        _add(source, "link", rel="self", href=origin.feed)
    if origin.link and item.link:  # readers open it where the entry has no link of its own
        _add(source, "link", rel="alternate", href=origin.link)
    _mark_up(source, "title")
