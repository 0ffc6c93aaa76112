"""What is remembered of a feed's document, so that the entries that stand in the next one unchanged are not parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.model import Entry
from aggregator.parse import identity

_SIZE = 8  # bytes of every digest and hash


class Seen(NamedTuple):
    """An entry that was read before: its hash, and a digest of its natural key."""

    hash: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class SeenEntries:
    """A document's entries by the digests of their elements, and a digest of what its feed says for them."""

    channel: bytes
    entries: Mapping[bytes, Seen]

    def among(self, digests: Iterable[bytes], known: frozenset[bytes]) -> Mapping[bytes, Seen]:
        """Return those of the entries with these digests that were read before, and are known by their hashes."""
        return {digest: seen for digest in digests if (seen := self.entries.get(digest)) and seen.hash in known}

    def pack(self) -> bytes:
        """Pack them as bytes, 24 for each entry: a feed's or document's `outline`."""
        return b"".join((self.channel, *(digest + seen.hash + seen.key for digest, seen in self.entries.items())))


def unpack(packed: bytes) -> SeenEntries | None:
    """Unpack an outline; None for what is none."""
    if not packed or len(packed) % (3 * _SIZE) != _SIZE:
        return None
    parts = [packed[i : i + _SIZE] for i in range(0, len(packed), _SIZE)]
    triples = zip(parts[1::3], parts[2::3], parts[3::3], strict=True)
    return SeenEntries(parts[0], {digest: Seen(hash_, key) for digest, hash_, key in triples})


def joined(
    digests: Sequence[bytes], before: Mapping[bytes, Seen], listed: Sequence[Entry], entries: Sequence[Entry]
) -> Mapping[bytes, Seen] | None:
    """Return the document's entries in its order: those that were known by their digests, and the others as read.

    `listed` is what was read, `entries` the same identified. None if the number isn't right, or if two entries have
    one natural key: then what they are called depends on each other.
    """
    new = [digest for digest in digests if digest not in before]
    if not len(new) == len(listed) == len(entries):
        return None
    read = {
        digest: Seen(entry.hash, identity.digest(identity.natural_key(raw)))
        for digest, raw, entry in zip(new, listed, entries, strict=True)
    }
    every = {digest: before.get(digest) or read[digest] for digest in digests}
    return every if len({seen.key for seen in every.values()}) == len(digests) else None
