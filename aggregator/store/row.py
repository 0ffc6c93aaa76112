"""What arrives, as a row of the table of entries."""

from __future__ import annotations

from typing import Any

from aggregator.model import Arrival, Entry
from aggregator.refine import dedupe
from aggregator.store import packing
from aggregator.store.copies import ENTRY
from aggregator.store.matching import dated


def written(entry: Entry) -> str:
    """Return the entry as it is stored, before it is packed."""
    return ENTRY.dump_json(entry, exclude_defaults=True, exclude={"hash"}).decode()


def names_of(entry: Entry) -> str:
    """Return the names of who wrote the entry, as they are stored and sought."""
    return ", ".join(person.name for person in entry.authors if person.name)


def of_arrival(arrival: Arrival) -> dict[str, Any]:
    """Return the columns that hold what the arrival says."""
    entry, fingerprint = arrival.entry, arrival.fingerprint
    data, text = packing.pack(written(entry), fingerprint.text)
    return {
        "kind": arrival.kind,
        "url": fingerprint.url,
        "heading": fingerprint.title,
        "text_hash": fingerprint.text_hash,
        "words": fingerprint.words,
        "published": dated(entry),
        "language": entry.language.lower(),
        "title": entry.title,
        "author": names_of(entry),
        "text": text,
        "hash": entry.hash,
        "data": data,
    }


def of_decision(decision: dedupe.Decision, story: int) -> dict[str, Any]:
    """Return the columns that hold the story it is in, and why."""
    return {
        "story": story,
        "joined": decision.joined,
        "score": decision.score,
        "passage": decision.passage,
        "length": decision.length,
        "nearest": decision.nearest,
        "why": decision.why,
    }
