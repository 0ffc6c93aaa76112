"""Entries as a document lists them → entries whose guids are there and differ, with the hash of each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from hashlib import blake2b

from aggregator.model import Entry


def digest(*parts: str) -> bytes:
    """Eight bytes that stand for the parts: one in 10^13 documents of a thousand entries has two alike."""
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def identify(entries: Iterable[Entry]) -> list[Entry]:
    """Gives every entry a guid that no other of the document has, in the document's order.

    Without a guid the link serves, then the words and the date: a log says "Supported again" more than once. Feeds that
    give several articles one guid (real ones do) have the later ones told apart by link, then by title; what repeats
    all three is the same entry, and the first stands. A link that only serves as guid doesn't vouch for that: then
    the words and the date tell apart, too.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        guid = entry.guid or entry.link or digest(*_words(entry)).hex()
        first = found.setdefault(guid, replace(entry, guid=guid))
        if (first.link, first.title) != (entry.link, entry.title):
            apart = f"{guid}#{digest(entry.link, '' if entry.link != first.link else entry.title).hex()}"
            first = found.setdefault(apart, replace(entry, guid=apart))
        if not entry.guid and _words(first) != _words(entry):
            apart = f"{guid}#{digest(entry.link, *_words(entry)).hex()}"
            found.setdefault(apart, replace(entry, guid=apart))
    return list(found.values())


def _words(entry: Entry) -> tuple[str, ...]:
    return (entry.title, entry.summary, entry.content, str(entry.published))


def hashes(entries: Iterable[Entry]) -> list[bytes]:
    """A hash of all that each entry says: equal hashes, nothing to do."""
    return [digest(repr(entry)) for entry in entries]
