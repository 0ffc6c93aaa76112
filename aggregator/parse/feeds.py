"""A document of RSS 0.9x/1.0/2.0, Atom 0.3/1.0, RDF or CDF → its feed and entries, by feedparser.

It never sanitises or resolves HTML: refine/ does that, fifty times faster. Entries that it has read before are cut out
where that changes nothing: it takes a millisecond for each.

For all this its insides are needed (insides.py), and they may change with any release. What comes of them is doubted:
the entries are counted, and once a process a sample is read both ways. In doubt feedparser.parse() alone decides. That
takes longer and makes less of media, but it loses no entry.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import feedparser

from aggregator.model import Document, Fallback, Feed, ParseError
from aggregator.parse import READER, identity, sample, seen_entries, torn, transcoding, translation
from aggregator.parse.insides import Insides, installed
from aggregator.parse.seen_entries import Seen, SeenEntries

if TYPE_CHECKING:
    from aggregator.parse.cutting import Layout
    from aggregator.parse.reading import Reading

_CONTEXT = f"{READER} {feedparser.__version__} "  # another of these may read the same bytes otherwise
_MISCOUNTED = identity.digest("miscounted", _CONTEXT) + b"!"
"""In place of an outline: that this feed's entries are not as many as it seems was found to be so."""

_CONFIRMED = 4 << 20
"""Bytes of a feed that is read a second time though entries were found: more might exceed the time for one."""

Raw = Mapping[str, Any]
Known = frozenset[bytes]


class Read(NamedTuple):
    """A feed, how many entries were found in its document, and how many seem to be there (-1: nobody counted)."""

    feed: Feed
    found: int
    seen: int = -1


def parse(
    document: Document, known: Known, limit: int = 1000, before: bytes = b"", insides: Insides | None = None
) -> Feed:
    """Return the document's feed with the entries not known, `limit` at most; ParseError if it is no feed at all.

    `before` is the outline of the document as it was read last: what stands in it unchanged isn't read again.
    `insides` are the installed feedparser's, if they are sound. Where they fail, the feed's `fallback` says why.
    """
    if insides is None:
        insides, why = _sound_insides()
        if insides is None:
            return replace(without_insides(document, known, limit).feed, fallback=Fallback(why, general=True))
    try:
        read = with_insides(document, known, limit, before, insides)
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, ParseError) and not insides.count(_body_and_headers(document)[0]):
            raise
        return _fallen_back(without_insides(document, known, limit).feed, f"{type(error).__name__}: {error}")
    if read.found == read.seen:
        return read.feed
    return _confirmed(document, known, limit, before, read)


def _confirmed(document: Document, known: Known, limit: int, before: bytes, read: Read) -> Feed:
    """Return what was read, if feedparser alone finds as many entries; else what it finds.

    Some feeds do have another number: <item> in a namespace that no feed has, <product>, which feedparser takes for an
    entry, or bytes that anything can be seen in. This is found out once, not at every visit.
    """
    if before == _MISCOUNTED:
        return replace(read.feed, outline=_MISCOUNTED)
    if read.found and len(document.body) > _CONFIRMED:
        return read.feed
    try:
        alone = without_insides(document, known, limit)
    except Exception:  # noqa: BLE001  it only was to confirm what there is: MemoryError, too, leaves us that
        return read.feed
    if alone.found == read.found:
        return replace(read.feed, outline=_MISCOUNTED)
    return _fallen_back(alone.feed, f"{read.found} entries where feedparser finds {alone.found}")


def _fallen_back(feed: Feed, why: str) -> Feed:
    """Say in a feed, and in its notes, why feedparser alone read it."""
    why = " ".join(why.split())[:200]
    return replace(feed, fallback=Fallback(why), notes=(*feed.notes, f"read by feedparser alone ({why})"))


# ── feedparser alone ─────────────────────────────────────────────────────────────────────────────────────────────────


def without_insides(document: Document, known: Known = frozenset(), limit: int = 1000) -> Read:
    """Read the feed by feedparser.parse(): all that this needs of feedparser is public."""
    body, headers = _body_and_headers(document)
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=dict(headers), sanitize_html=False, resolve_relative_uris=False
    )
    return Read(_from_all(document, parsed, known, limit), len(parsed["entries"]))


@cache
def _sound_insides() -> tuple[Insides | None, str]:
    """Return the installed feedparser's insides, if they read the sample right; else None, and what is wrong."""
    try:
        insides = installed()
    except Exception as error:  # noqa: BLE001  whatever a module of another release does when it is imported
        return None, _unsound_message(f"{type(error).__name__}: {error}")
    wrong = difference(insides)
    return (None, _unsound_message(wrong)) if wrong else (insides, "")


def _unsound_message(why: str) -> str:
    return f"feedparser {feedparser.__version__} is not what we know: {' '.join(why.split())[:200]}"


def difference(insides: Insides) -> str:
    """Say where `insides` and feedparser alone read the sample otherwise, in one line; "" if they don't."""
    try:
        for document in sample.documents():
            alone = without_insides(document).feed
            first = with_insides(document, frozenset(), 1000, b"", insides).feed
            if wrong := sample.compared(first, alone):
                return wrong
            # Once more, but for the first entry known: the others are cut out.
            known = frozenset(entry.hash for entry in alone.entries[1:])
            again = with_insides(document, known, 1000, first.outline, insides).feed
            if wrong := sample.compared(again, without_insides(document, known).feed):
                return f"{wrong}, of what is new"
        document, meant = sample.media()
        entries = with_insides(document, frozenset(), 1000, b"", insides).feed.entries
    except Exception as error:  # noqa: BLE001  it is what is looked for
        return f"{type(error).__name__}: {error}"
    return "" if [(entry.title, entry.content) for entry in entries] == meant else "what a sample says of media"


# ── By feedparser's insides ──────────────────────────────────────────────────────────────────────────────────────────


def with_insides(document: Document, known: Known, limit: int, before: bytes, insides: Insides) -> Read:
    """Read the feed by feedparser's insides, by what is new in it if that tells all. What they raise comes out."""
    body, headers = _body_and_headers(document)
    # Without an address feedparser hands an entry's xml:base on to those after it.
    layout = insides.layout(insides.in_utf8(body, headers), _CONTEXT + document.base) if document.base else None
    if layout and len(layout.digests) <= limit:
        read = _by_layout(document, layout, known, seen_entries.unpack(before), insides)
        if read:
            return read
    parsed = insides.whole(body, headers)
    return Read(_from_all(document, parsed, known, limit), len(parsed["entries"]), insides.count(body))


def whole(document: Document, known: Known = frozenset(), limit: int = 1000) -> Feed:
    """Read the same, but for the outline, by feedparser's own parsers: what with_insides() is measured by."""
    return _from_all(document, installed().whole(*_body_and_headers(document)), known, limit)


def _by_layout(
    document: Document, layout: Layout, known: Known, before: SeenEntries | None, insides: Insides
) -> Read | None:
    """Read a document that has a layout, by what is new in it if that tells all; None if it is malformed."""
    seen = before.among(layout.digests, known) if before else {}
    read = insides.read(layout.without(seen), document.base)
    if before and seen:
        feed = _from_new(document, layout, known, before, seen, read) if read and read.independent else None
        if feed:
            return Read(feed, len(layout.digests), len(layout.digests))
        read = insides.read(layout.body, document.base)
    if not read:
        return None
    channel, listed = translation.channel_and_entries(document, read.parsed)
    entries = identity.identify(listed)
    feed = translation.feed(document, channel, entries, known)
    joined = seen_entries.joined(layout.digests, {}, listed, entries) if read.independent else None
    feed = replace(feed, outline=SeenEntries(channel.digest(), joined).pack()) if joined else feed
    return Read(feed, len(listed), len(layout.digests))


def _from_new(
    document: Document, layout: Layout, known: Known, before: SeenEntries, seen: Mapping[bytes, Seen], read: Reading
) -> Feed | None:
    """Return the feed with what is new in it; None where that doesn't tell all."""
    channel, listed = translation.channel_and_entries(document, read.parsed)
    entries = identity.identify(listed)
    joined = seen_entries.joined(layout.digests, seen, listed, entries)
    if not joined or channel.digest() != before.channel:
        return None
    hashes = frozenset(each.hash for each in joined.values())
    feed = translation.feed(document, channel, entries, known)
    return replace(feed, hashes=hashes, outline=SeenEntries(before.channel, joined).pack())


def _from_all(document: Document, parsed: Raw, known: Known, limit: int) -> Feed:
    channel, listed = translation.channel_and_entries(document, parsed)
    malformed, notes = translation.malformed(parsed), channel.notes
    if malformed and known and len(listed) > 1 and torn.within_entry(document.body):
        # Half an entry took the place of the whole one that was stored. What is read first is better than nothing.
        listed, notes = listed[:-1], (*notes, "it breaks off: its last entry is left out until it is whole")
    newest, cut = identity.newest(listed, limit, lambda entry: entry.published or entry.updated)
    feed = translation.feed(document, channel, identity.identify(newest), known)
    return replace(feed, malformed=malformed, cut=cut, notes=notes)


def _body_and_headers(document: Document) -> tuple[bytes, Mapping[str, str]]:
    """Return what feedparser is given: the body, and the headers that it looks at."""
    body, content_type = transcoding.readable(document)
    return body, {"content-location": document.base} | ({"content-type": content_type} if content_type else {})
