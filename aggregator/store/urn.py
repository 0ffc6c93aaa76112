"""A story's id for ever: made of where its first copy came from, so that a database built again gives the same.

What moves keeps the id that it had: a source its `first_key`, an entry its `urn` (see migrations.py).
"""

from __future__ import annotations

from uuid import UUID, uuid5

NAMESPACE = UUID("9a1c0c5e-6f0b-5d0e-9a55-6d1b0a3d1f57")


def urn_of(key: str, document: str, guid: str) -> str:
    """Return the URN of the story that this entry founds: of its source's address, its document and its guid there."""
    return uuid5(NAMESPACE, "\0".join((key, document, guid))).urn


def substitute(urn: str) -> str:
    """Return the id to take in place of one that is taken."""
    return uuid5(NAMESPACE, urn).urn
