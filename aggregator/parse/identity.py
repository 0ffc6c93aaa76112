"""Entries as a document lists them → entries whose guids are there and differ, with the hash of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import TypeVar

from aggregator.model import Entry

T = TypeVar("T")


def digest(*parts: str) -> bytes:
    """Return eight bytes that stand for the parts: one in 10^13 documents of a thousand entries has two alike."""
    return blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=8).digest()


def newest(entries: Sequence[T], limit: int, dated: Callable[[T], int]) -> tuple[Sequence[T], tuple[str, ...]]:
    """Return as many of a document's entries as the limit allows, and a note if there are more.

    Feeds list the newest first, but for those that list it last; their dates tell, for which `dated` is asked.
    """
    if len(entries) <= limit:
        return entries, ()
    first, last = dated(entries[0]), dated(entries[-1])
    kept = entries[-limit:] if 0 < first < last else entries[:limit]
    return kept, (f"cut: {len(entries) - limit} entries beyond {limit}",)


# What programs write that have no id to give: today it is one article's, tomorrow another's.
_NO_GUIDS = frozenset({
    "", "-", "--", "?", "#", "n/a", "na", "none", "null", "(null)", "nil", "nan", "undefined", "unknown",
    "false", "true", "guid", "uuid", "tbd", "todo", "empty", "[object object]",
    "00000000-0000-0000-0000-000000000000", "urn:uuid:00000000-0000-0000-0000-000000000000",
})  # fmt: skip


def _guid(entry: Entry) -> str:
    """Return the entry's guid, "" where it stands for none. A number may be a counter's first: a link tells more."""
    none = entry.guid.lower() in _NO_GUIDS or (entry.guid in {"0", "-1"} and entry.link)
    return "" if none else entry.guid


def natural_key(entry: Entry) -> str:
    """Return what an entry is known by where no other of its document has the same: guid, link, or words."""
    return _guid(entry) or entry.link or digest(*_words(entry)).hex()


def identify(entries: Iterable[Entry]) -> list[Entry]:
    """Give every entry its hash, and a guid that no other of the document has; in the document's order.

    Without a guid, or with one that says there is none ("N/A"), the link serves, then the words and the date: a log
    says "Supported again" more than once. Feeds that give several articles one guid (real ones do) have all of these
    told apart by link, then by title; what repeats all three is the same entry, and the first stands. A link that only
    serves as guid doesn't vouch for that: then the words and the date tell apart, too. None of them keeps the bare
    guid: it would go to whatever stands first, and tomorrow that is another article.
    """
    listed: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        guid = natural_key(entry)
        apart = (entry.link, entry.title) if _guid(entry) else (entry.link, *_words(entry))
        listed.setdefault((guid, *apart), entry)
    guids = Counter(guid for guid, *_ in listed)
    links = Counter((guid, link) for guid, link, *_ in listed)
    identified: dict[str, Entry] = {}
    for (guid, link, *words), entry in listed.items():
        parts = (link,) if links[guid, link] == 1 else (link, *words)
        name = guid if guids[guid] == 1 else f"{guid}#{digest(*parts).hex()}"
        identified.setdefault(name, replace(entry, guid=name, hash=digest(name, repr(entry))))
    return list(identified.values())


def _words(entry: Entry) -> tuple[str, ...]:
    return (entry.title, entry.summary, entry.content, str(entry.published))
