"""What the last editions of a file held, so that a reader that has one of them gets only what came after it.

An item is remembered as 8 bytes, a hash of its own: an edition of 500 items takes 4 kB.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

from aggregator.render import parts

KEPT = 30  # editions of a file; published every quarter of an hour, that is a working day of them
_SIZE = 8


class History:
    """The editions of one file that were served, the last KEPT of them: by digest, the hashes of their items."""

    def __init__(self) -> None:
        self._held: OrderedDict[str, bytes] = OrderedDict()

    def note(self, digest: str, items: bytes) -> None:
        """Remembers an edition and its `hashes`."""
        self._held[digest] = items
        self._held.move_to_end(digest)
        while len(self._held) > KEPT:
            self._held.popitem(last=False)

    def get(self, digest: str) -> bytes | None:
        """The hashes of that edition's items, None where it isn't remembered."""
        return self._held.get(digest)


def hashes(body: bytes, suffix: str) -> bytes | None:
    """Those of an edition's items in one string; None where it can't be taken apart."""
    found = parts.split(body, suffix)
    return None if found is None else b"".join(map(_hash, found.items))


def delta(held: bytes, body: bytes, suffix: str) -> bytes | None:
    """The edition with only the items that aren't in `held`, another edition's `hashes`: the new and changed ones."""
    found = parts.split(body, suffix)
    if found is None:
        return None
    known = {held[at : at + _SIZE] for at in range(0, len(held), _SIZE)}
    return parts.join(found, [item for item in found.items if _hash(item) not in known])


def _hash(item: bytes) -> bytes:
    return blake2b(item, digest_size=_SIZE).digest()
