"""A document that our own reader refuses → its feed and entries, by feedparser: malformed ones, CDF, and odd ones.

It never sanitises or resolves HTML: refine/ does that, fifty times faster. Its parsers are subclassed (elements.py), so
that all feeds read the same, however they are read. That needs its insides, and they may change with any release. What
comes of them is doubted: the entries are counted, and once a process a sample is read both ways. In doubt
feedparser.parse() alone decides. That makes less of media, but it loses no entry.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, NamedTuple

import feedparser

from aggregator.model import Document, Fallback, Feed, ParseError
from aggregator.parse import READER, entry_tags, identity, sample, transcoding, translation

_FORGIVEN = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
_MISCOUNTED = identity.digest("miscounted", f"{READER} {feedparser.__version__} ") + b"!"
"""In place of an outline: that this feed's entries are not as many as it seems was found to be so."""

_CONFIRMED = 4 << 20
"""Bytes of a feed that is read a second time though entries were found: more might exceed the time for one."""

Raw = Mapping[str, Any]
Known = frozenset[bytes]
Whole = Callable[[bytes, Mapping[str, str]], Raw]
"""Does what feedparser.parse() does, given a body and headers."""


class Read(NamedTuple):
    """A feed, and how many entries were found in its document."""

    feed: Feed
    found: int


def parse(document: Document, known: Known, limit: int = 1000, before: bytes = b"", whole: Whole | None = None) -> Feed:
    """Return the document's feed with the entries not known, `limit` at most; ParseError if it is no feed at all.

    `before` is what was remembered of the document as it was read last, and `whole` reads by the installed feedparser's
    insides, if they are sound. Where it fails, the feed's `fallback` says why.
    """
    if whole is None:
        whole, why = _sound_insides()
        if whole is None:
            return replace(alone(document, known, limit).feed, fallback=Fallback(why, general=True))
    seen = entry_tags.count(_body_and_headers(document)[0])
    try:
        read = with_insides(document, known, limit, whole)
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, ParseError) and not seen:
            raise
        return _fallen_back(alone(document, known, limit).feed, f"{type(error).__name__}: {error}")
    return read.feed if read.found == seen else _confirmed(document, known, limit, before, read)


def _confirmed(document: Document, known: Known, limit: int, before: bytes, read: Read) -> Feed:
    """Return what was read, if feedparser alone finds as many entries; else what it finds.

    Some feeds do have another number: <item> in a namespace that no feed has, <product>, which feedparser takes for an
    entry, or bytes that anything can be seen in. This is found out once, not at every visit.
    """
    if before == _MISCOUNTED:
        return replace(read.feed, outline=_MISCOUNTED)
    if read.found and len(document.body) > _CONFIRMED:
        return read.feed
    try:
        doubted = alone(document, known, limit)
    except Exception:  # noqa: BLE001  it only was to confirm what there is: MemoryError, too, leaves us that
        return read.feed
    if doubted.found == read.found:
        return replace(read.feed, outline=_MISCOUNTED)
    return _fallen_back(doubted.feed, f"{read.found} entries where feedparser finds {doubted.found}")


def _fallen_back(feed: Feed, why: str) -> Feed:
    """Say in a feed, and in its notes, why feedparser alone read it."""
    why = " ".join(why.split())[:200]
    return replace(feed, fallback=Fallback(why), notes=(*feed.notes, f"read by feedparser alone ({why})"))


def alone(document: Document, known: Known = frozenset(), limit: int = 1000) -> Read:
    """Read the feed by feedparser.parse(): all that this needs of feedparser is public."""
    body, headers = _body_and_headers(document)
    parsed = feedparser.parse(
        io.BytesIO(body), response_headers=dict(headers), sanitize_html=False, resolve_relative_uris=False
    )
    return Read(_feed(document, parsed, known, limit), len(parsed["entries"]))


def with_insides(document: Document, known: Known = frozenset(), limit: int = 1000, whole: Whole | None = None) -> Read:
    """Read the feed by feedparser's insides, the installed ones if none are given. What they raise comes out."""
    parsed = (whole or _installed())(*_body_and_headers(document))
    return Read(_feed(document, parsed, known, limit), len(parsed["entries"]))


def _feed(document: Document, parsed: Raw, known: Known, limit: int) -> Feed:
    channel, listed = translation.channel_and_entries(document, translation.sound(parsed))
    malformed, notes = _malformed(parsed), channel.notes
    if malformed and known and len(listed) > 1 and entry_tags.within_entry(document.body):
        # Half an entry took the place of the whole one that was stored. What is read first is better than nothing.
        listed, notes = listed[:-1], (*notes, "it breaks off: its last entry is left out until it is whole")
    newest, cut = identity.newest(listed, limit, lambda entry: entry.published or entry.updated)
    feed = translation.feed(document, channel, identity.identify(newest), known)
    return replace(feed, malformed=malformed, cut=cut, notes=notes)


def _malformed(parsed: Raw) -> str:
    """Say what feedparser forgave, in one line; "" for nothing that matters."""
    error = parsed.get("bozo_exception")
    if not parsed.get("bozo") or error is None or isinstance(error, _FORGIVEN):
        return ""
    return " ".join(str(error).split())[:200] or type(error).__name__


def _body_and_headers(document: Document) -> tuple[bytes, Mapping[str, str]]:
    """Return what feedparser is given: the body, and the headers that it looks at."""
    body, content_type = transcoding.readable(document)
    return body, {"content-location": document.base} | ({"content-type": content_type} if content_type else {})


# ── Are its insides what we know? ────────────────────────────────────────────────────────────────────────────────────


def _installed() -> Whole:
    """Return how the installed feedparser's insides read. What these modules need and it lacks may raise anything."""
    from aggregator.parse import reading

    return reading.whole


@cache
def _sound_insides() -> tuple[Whole | None, str]:
    """Return how the installed feedparser's insides read, if they read the sample right; else what is wrong."""
    try:
        whole = _installed()
    except Exception as error:  # noqa: BLE001  whatever a module of another release does when it is imported
        return None, _unsound_message(f"{type(error).__name__}: {error}")
    wrong = difference(whole)
    return (None, _unsound_message(wrong)) if wrong else (whole, "")


def _unsound_message(why: str) -> str:
    return f"feedparser {feedparser.__version__} is not what we know: {' '.join(why.split())[:200]}"


def difference(whole: Whole) -> str:
    """Say where `whole` and feedparser alone read the sample otherwise, in one line; "" if they don't."""
    try:
        for document in sample.documents():
            if wrong := sample.compared(with_insides(document, whole=whole).feed, alone(document).feed):
                return wrong
        document, meant = sample.media()
        entries = with_insides(document, whole=whole).feed.entries
    except Exception as error:  # noqa: BLE001  it is what is looked for
        return f"{type(error).__name__}: {error}"
    return "" if [(entry.title, entry.content) for entry in entries] == meant else "what a sample says of media"
