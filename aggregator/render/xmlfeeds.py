"""Stories → the bytes of an RSS 2.0 or an Atom 1.0 feed, by feedgen; feedgen_fixes.py mends what it gets wrong.

The same stories give the same bytes: no clock, no version, one order. The feed's date is its newest story's.
An output's archive pages are tied to it as RFC 5005 has it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from feedgen.entry import FeedEntry
from feedgen.feed import FeedGenerator
from lxml import etree

from aggregator.model import Channel, Origin
from aggregator.render import feedgen_fixes, items
from aggregator.render.items import Item
from aggregator.render.parts import Writer
from aggregator.text import writable

_TOMBSTONES = "http://purl.org/atompub/tombstones/1.0"
_EMPTY = 1_133_395_200
"""atom:updated of a feed without entries: December 2005, when RFC 4287 came out. 1970 would be warned of."""


class _Never(datetime):
    """A date to be set, and not to be written: feedgen asks whether there is one."""

    def __bool__(self) -> bool:
        return False


_NEVER = _Never(2005, 12, 1, tzinfo=UTC)

# Text that can be taken for HTML. RSS' best practices have "<" and "&" in it as hexadecimal references, which
# most readers understand, and W3C's validator looks for them (CharacterData, ContainsHTML).
_RSS_TEXT = b"title|category|source|dc:creator|dc:rights|media:title"
_CHANNEL_TEXT = _RSS_TEXT + b"|description"
_ATOM_TEXT = b"title|subtitle|rights|name"


def rss_item(channel: Channel, item: Item) -> bytes:
    """Return the story's <item>…</item>."""
    entry = FeedEntry()
    entry.register_extension("aggregator", feedgen_fixes.RssItem, atom=False)
    entry.aggregator.item = item
    entry.title(writable.defused(item.title))
    if item.link:
        entry.link(href=item.link, rel="alternate")
    summary, content = writable.referenced(item.summary), writable.referenced(item.content)
    if summary and content:
        entry.description(summary, isSummary=True)
        entry.content(content, type="html")
    elif summary or content:
        entry.description(content or summary, isSummary=True)
    entry.guid(item.id, permalink=False)
    for category in item.categories:
        entry.category(term=writable.defused(category))
    if item.comments:
        entry.comments(item.comments)
    if first := feedgen_fixes.enclosed(item):
        entry.enclosure(url=first.url, length=first.length, type=first.type)
    if item.source != Origin():  # a folder's has no address: then it is read here
        address = item.source.feed or item.source.link or items.address(channel, "xml", channel.current)
        entry.source(url=address, title=writable.defused(item.source.title or address))
    namespaces = {
        "atom": feedgen_fixes.ATOM,
        "content": feedgen_fixes.CONTENT,
        **feedgen_fixes.RssChannel().extend_ns(),
    }
    return _with_hexadecimal(_fragment(entry.rss_entry(), namespaces), _RSS_TEXT)


def atom_entry(channel: Channel, item: Item) -> bytes:
    """Return the story's <entry>…</entry>."""
    entry = FeedEntry()
    entry.register_extension("aggregator", feedgen_fixes.AtomEntry, rss=False)
    entry.aggregator.item = item
    entry.id(item.id)
    entry.title(item.title)
    entry.updated(_updated(item.updated))
    entry.published(writable.moment(max(item.published, feedgen_fixes.EARLIEST)))
    if item.link:
        entry.link(href=item.link, rel="alternate")
    summary, content = writable.referenced(item.summary), writable.referenced(item.content)
    if content or not (summary and item.link):  # one must be there, or both (RFC 4287 §4.1.2)
        entry.content(content or summary or writable.referenced(writable.markup(item.title)), type="html")
    if summary and (content or item.link):
        entry.summary(summary, type="html")
    for person in item.authors:
        entry.author(name=writable.defused(person.name), email=person.email, uri=person.url)
    if not item.authors:  # an author is demanded
        entry.author(name=_name(item.source.title, channel))
    for category in item.categories:
        entry.category(term=category)
    if item.rights:
        entry.rights(item.rights)
    return _with_hexadecimal(_fragment(entry.atom_entry(), feedgen_fixes.AtomFeed().extend_ns()), _ATOM_TEXT)


def rss_frame(channel: Channel, updated: int) -> tuple[bytes, bytes]:
    """Return what comes before and after the items of the RSS feed."""
    feed = FeedGenerator()
    feed.register_extension("aggregator", feedgen_fixes.RssChannel, feedgen_fixes.RssItem, atom=False)
    feed.aggregator.updated, feed.aggregator.channel = updated, channel
    # feedgen would format "now" with setlocale(), for all threads, before the extension replaces it.
    feed.lastBuildDate(_NEVER)
    _masthead(feed, channel, writable.defused(channel.title))
    feed.description(writable.defused(channel.description or channel.title))
    feed.image(url=channel.icon, title=writable.defused(channel.title), link=channel.link)
    feed.link(href=items.address(channel, "xml"), rel="self", type="application/rss+xml")
    feed.link(href=channel.link, rel="alternate")  # the last link set is the one that feedgen writes as RSS <link>
    return _split(_with_hexadecimal(bytes(feed.rss_str()), _CHANNEL_TEXT), b"</channel>")


def atom_frame(channel: Channel, updated: int) -> tuple[bytes, bytes]:
    """Return what comes before and after the entries of the Atom feed. Its id is its address without suffix."""
    feed = FeedGenerator()
    feed.register_extension("aggregator", feedgen_fixes.AtomFeed, feedgen_fixes.AtomEntry, rss=False)
    feed.aggregator.channel = channel
    _masthead(feed, channel, channel.title)
    feed.id(writable.identifier(items.identity(channel)))
    feed.updated(_updated(updated or _EMPTY))
    feed.author(name=_name(channel.title, channel))
    if channel.description:
        feed.subtitle(channel.description)
    feed.link(href=items.address(channel, "atom"), rel="self", type="application/atom+xml")
    if channel.hub:
        feed.link(href=channel.hub, rel="hub")
    feed.icon(channel.icon)
    feed.logo(channel.icon)
    feed.link(href=channel.link, rel="alternate", type="text/html")
    head, tail = _split(_with_hexadecimal(bytes(feed.atom_str()), _ATOM_TEXT), b"</feed>")
    return head + b"".join(_deleted(*each) for each in channel.withdrawn), tail


def _deleted(ref: str, when: int) -> bytes:
    """Return what tells a reader that an entry was taken back (RFC 6721)."""
    at = writable.moment(max(when, feedgen_fixes.EARLIEST)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return f'<at:deleted-entry xmlns:at="{_TOMBSTONES}" ref={quoteattr(ref)} when="{at}"/>\n'.encode()


def _masthead(feed: Any, channel: Channel, title: str) -> None:
    """Set what RSS and Atom say alike of a channel: feed is a FeedGenerator, channel a tidy one."""
    feed.title(title)
    feed.generator("aggregator")  # no version: an upgrade must not change every edition's bytes
    if channel.language:
        feed.language(channel.language)


def _name(title: str, channel: Channel) -> str:
    """Return what stands for an author: never empty."""
    named = map(writable.name, (title, channel.title, channel.name, "Unknown"))
    return writable.defused(next(filter(None, named)))


def _updated(instant: int) -> Any:
    return writable.moment(max(instant, feedgen_fixes.EARLIEST))


def _fragment(element: Any, namespaces: dict[str, str]) -> bytes:
    """Return an element's bytes as they are inside a feed: with its prefixes, without declaring them."""
    holder = etree.Element("holder", nsmap=namespaces)
    holder.append(element)
    written: bytes = etree.tostring(holder, encoding="UTF-8", xml_declaration=False)
    return written[written.index(b">") + 1 : written.rindex(b"</")]


def _split(frame: bytes, end: bytes) -> tuple[bytes, bytes]:
    """Return what comes before the items, and what comes after."""
    head, end_tag, tail = frame.rpartition(end)
    if not end_tag:  # <channel/> and <feed/> are never without children
        raise ValueError(f"feedgen wrote no {end.decode()}")
    return head + b"\n", b"\n" + end_tag + tail + b"\n"


def _with_hexadecimal(xml: bytes, elements: bytes) -> bytes:
    """Return the same XML with hexadecimal references in these elements' text, and in the titles of links."""
    return re.sub(
        rb"<(?:" + elements + rb')(?: [^>]*)?>[^<]*| title="[^"]*"',
        lambda found: found[0].replace(b"&lt;", b"&#x3C;").replace(b"&amp;", b"&#x26;").replace(b"&gt;", b"&#x3E;"),
        xml,
    )


RSS = Writer(rss_item, rss_frame, b"\n")
ATOM = Writer(atom_entry, atom_frame, b"\n")
