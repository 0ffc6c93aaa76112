"""Entries as strangers wrote them → clean ones, each with what recognises it."""

from __future__ import annotations

from dataclasses import replace
from hashlib import blake2b

from aggregator.model import Arrival, Document, Enclosure, Entry, Feed, Origin, Person, Reference
from aggregator.refine import dedupe, headlines, sanitize, urls
from aggregator.text import addresses, characters, local_files

_DAY = 86400
_BEFORE_PRINT = -16_725_225_600  # 1440: earlier dates are mistakes, not articles


def refine(feed: Feed, document: Document, now: int) -> tuple[Arrival, ...]:
    """Return the document's entries, safe to store and publish. Their dates are at most a day ahead of `now`."""
    own = channel(feed, document)
    names = headlines.site_names([feed.title], [feed.link, document.base], [entry.title for entry in feed.entries])
    return tuple(_arrival(entry, own, names, document, now) for entry in feed.entries)


def withheld(feed: Feed, now: int) -> Feed:
    """Return the feed without what isn't to be seen yet: drafts, and articles' files dated ahead of `now`.

    Its hashes go too: nothing of it is known once its time has come.
    """
    return replace(feed, entries=(), hashes=frozenset()) if feed.draft or feed.release > now else feed


def channel(feed: Feed, document: Document) -> Feed:
    """Return the feed without its entries, what it says of itself safe to store and to publish."""
    return replace(
        feed,
        title=sanitize.line(feed.title),
        link=addresses.absolute(feed.link, document.base),
        id=characters.line(feed.id),
        language=characters.language(feed.language),
        entries=(),
    )


def _arrival(raw: Entry, feed: Feed, names: frozenset[str], document: Document, now: int) -> Arrival:
    page = feed.link or document.base
    link = urls.page_link(raw.link, page)
    base = next((u for u in (raw.base, link, page) if addresses.is_web(u)), "")
    place = document.place if document.kind.names_files and not base else ""
    entry = replace(
        raw,
        guid=_guid(raw),
        title=sanitize.line(raw.title),
        link=link,
        summary=sanitize.sanitize(raw.summary, base, place),
        content=sanitize.sanitize(raw.content, base, place),
        authors=tuple(p for p in (_person(a, base) for a in raw.authors) if p != Person()),
        published=_dated(raw.published, now),
        updated=min(_dated(raw.updated, now), now),  # it has been; published may be announced, or a time zone off
        categories=tuple(dict.fromkeys(c for c in map(sanitize.line, raw.categories) if c)),
        enclosures=tuple(e for e in (_enclosure(x, base) for x in raw.enclosures) if e.url),
        comments=addresses.absolute(raw.comments, base),
        replies_feed=addresses.absolute(raw.replies_feed, base),
        image=addresses.absolute(raw.image, base) or local_files.beside(place, raw.image),
        language=characters.language(raw.language),
        rights=sanitize.line(raw.rights),
        base="",
        origin=_origin(raw.origin or _file_feed(feed, document), base),
        attribution=_reference(raw.attribution, base) if raw.attribution else None,
        related=tuple(r for r in (_reference(x, base) for x in raw.related) if r.title or r.url),
    )
    if entry.origin:
        names |= headlines.site_names([entry.origin.title], [entry.origin.link])
    return Arrival(document.name, entry, dedupe.fingerprint(entry, names), document.kind)


def _guid(raw: Entry) -> str:
    """Clean a guid, and keep it apart from one that differs only in what has to go. It never depends on the rest."""
    cleaned = characters.clean(raw.guid)
    if cleaned == raw.guid:
        return cleaned
    return f"{cleaned}#{blake2b(raw.guid.encode('utf-8', 'surrogatepass'), digest_size=8).hexdigest()}"


def _file_feed(feed: Feed, document: Document) -> Origin | None:
    """Return the feed that lies in a folder as its entries' origin: the folder only passes them on."""
    return Origin(feed.title, feed.link, "", feed.id) if document.name and feed.title else None


def _dated(instant: int, now: int) -> int:
    return min(instant, now + _DAY) if instant >= _BEFORE_PRINT else 0


def _person(person: Person, base: str) -> Person:
    return Person(sanitize.line(person.name), characters.email(person.email), addresses.absolute(person.url, base))


def _enclosure(enclosure: Enclosure, base: str) -> Enclosure:
    return replace(
        enclosure,
        url=addresses.absolute(enclosure.url, base),
        type=characters.media_type(enclosure.type),
        title=sanitize.line(enclosure.title),
    )


def _origin(origin: Origin | None, base: str) -> Origin | None:
    if origin is None:
        return None
    feed, link = addresses.absolute(origin.feed, base), addresses.absolute(origin.link, base)
    return Origin(sanitize.line(origin.title), link, feed, characters.line(origin.id))


def _reference(reference: Reference, base: str) -> Reference:
    return Reference(sanitize.line(reference.title), addresses.absolute(reference.url, base))
