"""What is remembered of a feed's document, so that the entries that stand in the next one unchanged are not parsed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from aggregator.model import Entry
from aggregator.parse import identity

_SIZE = 8  # bytes of every mark and hash


class Said(NamedTuple):
    """What an entry's bytes came to: the entry's hash, and a digest of its identity."""

    hash: bytes
    own: bytes


@dataclass(frozen=True, slots=True)
class Outline:
    """The entries of a document by their marks (layout.py), and a mark of what the feed said in their place."""

    mark: bytes
    entries: Mapping[bytes, Said]

    def passed(self, marks: Iterable[bytes], known: frozenset[bytes]) -> Mapping[bytes, Said]:
        """Those of the entries with these marks that were read before, and are known by their hashes."""
        return {mark: said for mark in marks if (said := self.entries.get(mark)) and said.hash in known}

    def pack(self) -> bytes:
        """As bytes: 24 for each entry."""
        return b"".join((self.mark, *(mark + said.hash + said.own for mark, said in self.entries.items())))


def unpack(packed: bytes) -> Outline | None:
    """The outline that was packed; None for what is none."""
    if not packed or len(packed) % (3 * _SIZE) != _SIZE:
        return None
    parts = [packed[i : i + _SIZE] for i in range(0, len(packed), _SIZE)]
    return Outline(parts[0], {m: Said(h, o) for m, h, o in zip(parts[1::3], parts[2::3], parts[3::3], strict=True)})


def joined(
    marks: Sequence[bytes], before: Mapping[bytes, Said], listed: Sequence[Entry], entries: Sequence[Entry]
) -> Mapping[bytes, Said] | None:
    """The document's entries in its order: those that were known by their marks, and the others as they were read.

    `listed` is what was read, `entries` the same identified. None if the number isn't right, or if two entries have
    one identity: then what they are called depends on each other.
    """
    new = [mark for mark in marks if mark not in before]
    if not len(new) == len(listed) == len(entries):
        return None
    read = {
        mark: Said(entry.hash, identity.digest(identity.own(raw)))
        for mark, raw, entry in zip(new, listed, entries, strict=True)
    }
    found = {mark: before.get(mark) or read[mark] for mark in marks}
    return found if len({said.own for said in found.values()}) == len(marks) else None
