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

    Without a guid the link serves, then the words. Feeds that give several articles one guid (real ones do) have the
    later ones told apart by link, then by title; what repeats all three is the same entry, and the first stands.
    """
    found: dict[str, Entry] = {}
    for entry in entries:
        guid = entry.guid or entry.link or digest(entry.title, entry.summary, entry.content).hex()
        first = found.get(guid)
        if first is None:
            found[guid] = replace(entry, guid=guid)
        elif (first.link, first.title) != (entry.link, entry.title):
            apart = f"{guid}#{digest(entry.link, '' if entry.link != first.link else entry.title).hex()}"
            found.setdefault(apart, replace(entry, guid=apart))
    return list(found.values())


def hashes(entries: Iterable[Entry]) -> list[bytes]:
    """A hash of all that each entry says: equal hashes, nothing to do."""
    return [digest(repr(entry)) for entry in entries]
