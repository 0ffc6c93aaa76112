"""A document of RSS 0.9x/1.0/2.0, Atom 0.3/1.0, RDF or CDF → its feed and entries.

Nearly all are well-formed, and have nothing that our own reader doesn't know: of these the entries that were read
before are not read again. All others are feedparser's, which knows twenty years of oddities; both read alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from aggregator.model import Document, Entry, Feed
from aggregator.parse import READER, identity, seen_entries, transcoding, translation, wellformed
from aggregator.parse.seen_entries import Seen, SeenEntries
from aggregator.parse.translation import Channel
from aggregator.parse.wellformed import Reading
from aggregator.parse.wellformed.names import RefusedError

Known = frozenset[bytes]


def parse(document: Document, known: Known, limit: int = 1000, before: bytes = b"") -> Feed:
    """Return the document's feed with the entries not known, `limit` at most; ParseError if it is no feed at all.

    `before` is the outline of the document as it was read last: what stands in it unchanged isn't read again.
    """
    try:
        return ours(document, known, limit, before)
    except RefusedError:
        from aggregator.parse import by_feedparser  # its library takes a while to import, and few documents need it

        return by_feedparser.parse(document, known, limit, before)


def ours(document: Document, known: Known, limit: int = 1000, before: bytes = b"") -> Feed:
    """Read the feed by our own reader; RefusedError for what is left to feedparser."""
    reading = wellformed.read(transcoding.readable(document)[0], document.base)
    if len(reading) > limit:
        channel, listed = _read(document, reading, range(len(reading)))
        newest, cut = identity.newest(listed, limit, lambda entry: entry.published or entry.updated)
        return replace(translation.feed(document, channel, identity.identify(newest), known), cut=cut)
    digests = reading.digests(f"{READER} {document.base}")
    remembered = seen_entries.unpack(before)
    seen = remembered.among(digests, known) if remembered else {}
    feed = _from_new(document, reading, digests, known, seen, remembered) if remembered and seen else None
    return feed or _from_all(document, reading, digests, known)


def _from_new(
    document: Document,
    reading: Reading,
    digests: list[bytes],
    known: Known,
    seen: Mapping[bytes, Seen],
    before: SeenEntries,
) -> Feed | None:
    """Return the feed with what is new in it; None where that doesn't tell all."""
    channel, listed = _read(document, reading, [i for i, digest in enumerate(digests) if digest not in seen])
    entries = identity.identify(listed)
    joined = seen_entries.joined(digests, seen, listed, entries)
    if not joined or channel.digest() != before.channel:
        return None
    hashes = frozenset(each.hash for each in joined.values())
    feed = translation.feed(document, channel, entries, known)
    return replace(feed, hashes=hashes, outline=SeenEntries(before.channel, joined).pack())


def _from_all(document: Document, reading: Reading, digests: list[bytes], known: Known) -> Feed:
    channel, listed = _read(document, reading, range(len(digests)))
    entries = identity.identify(listed)
    joined = seen_entries.joined(digests, {}, listed, entries)
    outline = SeenEntries(channel.digest(), joined).pack() if joined else b""
    return replace(translation.feed(document, channel, entries, known), outline=outline)


def _read(document: Document, reading: Reading, numbers: range | list[int]) -> tuple[Channel, list[Entry]]:
    entries = [reading.entry(number) for number in numbers]
    said = {"feed": reading.channel, "entries": entries, "version": reading.version}
    return translation.channel_and_entries(document, said)
