"""What the last editions of a file held, so that a reader that has one of them gets only what came after it.

An item is remembered as 8 bytes, a hash of its own: an edition of 500 items takes 4 kB.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

from aggregator.render import parts
from aggregator.render.formats import split

KEPT = 30  # editions of a file; published every quarter of an hour, that is a working day of them
_SIZE = 8


class History:
    """The last KEPT editions of one file that were served: the hashes of their items, by the edition's digest."""

    def __init__(self) -> None:
        self._hashes: OrderedDict[str, bytes] = OrderedDict()

    def note(self, digest: str, items: bytes) -> None:
        """Remember an edition and its `hashes`."""
        self._hashes[digest] = items
        self._hashes.move_to_end(digest)
        while len(self._hashes) > KEPT:
            self._hashes.popitem(last=False)

    def get(self, digest: str) -> bytes | None:
        """Return the hashes of that edition's items, None where it isn't remembered."""
        return self._hashes.get(digest)


def hashes(body: bytes, suffix: str) -> bytes | None:
    """Return those of an edition's items in one string; None where it can't be taken apart."""
    edition = split(body, suffix)
    return None if edition is None else b"".join(map(_hash, edition.items))


def delta(base: bytes, body: bytes, suffix: str) -> bytes | None:
    """Return the edition with only the items that aren't in `base`, another's `hashes`: the new and changed ones."""
    edition = split(body, suffix)
    if edition is None:
        return None
    known = {base[at : at + _SIZE] for at in range(0, len(base), _SIZE)}
    return parts.join(edition, [item for item in edition.items if _hash(item) not in known])


def _hash(item: bytes) -> bytes:
    return blake2b(item, digest_size=_SIZE).digest()
