"""A message (RFC 5322), or an mbox of them (RFC 4155) → a feed: an entry a message.

Its Message-ID is the guid, so a message that is in two folders is one article. The list, or else whoever sent it, is
where it comes from. What is published is for everybody: the receiver's own address and ways to unsubscribe stay out
(body.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from email import message_from_string, policy
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, unquote
from hashlib import blake2b

from aggregator.model import Document, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import dates
from aggregator.parse.charset import decode
from aggregator.parse.identity import identify
from aggregator.parse.mail import body
from aggregator.text.addresses import is_web
from aggregator.text.characters import without_controls

_RECEIVERS = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "x-forwarded-to")
_BEGINS = re.compile(rb"(?:\A|(?<=\n\n)|(?<=\r\n\r\n))From [^\r\n]*\r?\n")
_STUFFED = re.compile(rb"^>(>*From )", re.MULTILINE)  # how mboxrd and mboxo write a line that would begin a message
_WEB_IN_BRACKETS = re.compile(r"<\s*(https?://[^<>\s]+)\s*>", re.IGNORECASE)
_LONGEST = 20_000  # characters of a header: reading what is longer takes the standard library minutes
_MOST_RECEIVERS = 20
_DEEPEST = 20  # parts in parts
_MOST_PARTS = 500


def parse(document: Document) -> Feed:
    """Return a feed of the message's one entry; ParseError where it is no message, or has no text."""
    return _feed([_entry(document.body, document.modified)])


def parse_box(document: Document, known: frozenset[bytes], limit: int) -> Feed:
    """Return a feed of the mbox's last messages, so many, that aren't known; ParseError where none can be read."""
    messages = list(_split(document.body))
    entries, unread = [], 0
    for raw in messages[-limit:]:  # each new one is put at the end
        try:
            entries.append(_entry(raw, 0))
        except ParseError:
            unread += 1
    if not entries:
        raise ParseError("no message in this mbox")
    feed = _feed(entries)
    before = len(messages) - limit
    cut = (f"cut: {before} messages before the last {limit}",) if before > 0 else ()
    notes = (f"{unread} messages without text",) if unread else ()
    new = tuple(entry for entry in feed.entries if entry.hash not in known)
    return replace(feed, entries=new, cut=cut, notes=notes)


def _feed(entries: Iterable[Entry]) -> Feed:
    identified = tuple(identify(entries))
    return Feed(entries=identified, hashes=frozenset(entry.hash for entry in identified))


def _split(box: bytes) -> Iterator[bytes]:
    """Yield the messages, as they were before they were put into one file."""
    starts = [match.span() for match in _BEGINS.finditer(box)]
    ends = [start for start, _ in starts[1:]] + [len(box)]
    for (_, start), end in zip(starts, ends, strict=True):
        yield _STUFFED.sub(rb"\1", box[start:end])


def _entry(raw: bytes, modified: int) -> Entry:
    message = message_from_string(raw.decode("latin-1"), policy=policy.compat32)  # each byte a character
    headers = _Headers(message)
    if not headers.known:
        raise ParseError("is no message: it has none of a message's headers")
    markup, text = _parts(message)
    private = [address for name in _RECEIVERS for _, address in headers.people(name)][:_MOST_RECEIVERS]
    unsubscribe = frozenset(_WEB_IN_BRACKETS.findall(headers.text("list-unsubscribe")))
    read = body.read(markup, text, private, unsubscribe)
    if not read.content:
        raise ParseError("no text in this message")
    (name, sender), *_ = [*headers.people("from"), ("", "")]
    return Entry(
        guid=headers.id or blake2b(raw, digest_size=16).hexdigest(),
        title=body.masked(headers.text("subject"), private),
        link=read.link,
        content=read.content,
        authors=(Person(name or sender.partition("@")[0]),) if sender else (),
        published=dates.instant(headers.text("date"))
        or dates.instant(headers.text("received").rpartition(";")[2])
        or modified,
        language=headers.text("content-language").partition(",")[0].strip(),
        origin=_origin(headers, name or sender.rpartition("@")[2]),
    )


def _origin(headers: _Headers, sender: str) -> Origin | None:
    """Return the list that a message came through (RFC 2919), or else its sender."""
    name, _, bracketed = headers.text("list-id").rpartition("<")
    title = unquote(name.strip()) or bracketed.strip("> ") or sender
    page = next((url for url in _WEB_IN_BRACKETS.findall(headers.text("list-archive")) if is_web(url)), "")
    return Origin(title=title, link=page) if title else None


class _Headers:
    """A message's headers, whatever is in them: the standard library's own reading of some raises."""

    def __init__(self, message: Message) -> None:
        self._message = message

    @property
    def known(self) -> bool:
        """Whether it has what makes it a message."""
        return any(self._message.get(name) is not None for name in ("from", "date", "message-id", "subject"))

    @property
    def id(self) -> str:
        """The Message-ID, "" where it has none."""
        first = self.text("message-id").partition(">")[0].rpartition("<")[2].strip()
        return first if "@" in first and " " not in first else ""

    def text(self, name: str) -> str:
        """Return a header on one line, its encoded words read; "" where there is none."""
        return _words(_written(self._message.get(name, "")))

    def people(self, name: str) -> list[tuple[str, str]]:
        """Return the names and addresses in a header."""
        written = [_written(value) for value in self._message.get_all(name, [])[:_MOST_RECEIVERS]]
        try:
            pairs = getaddresses(written)
        except (ValueError, LookupError, RecursionError):  # brackets in brackets without end
            return []
        return [(_words(who), where) for who, where in pairs if "@" in where]


def _written(value: object) -> str:
    """Return a header as it was written: its bytes came as latin-1, and may be in any charset."""
    return decode(str(value)[:_LONGEST].encode("latin-1", "replace")).replace("\n", " ")


def _words(written: str) -> str:
    """Return a text with its encoded words read (RFC 2047), on one line."""
    if "=?" in written:
        with suppress(ValueError, LookupError):  # as it stands is better than not at all
            pieces = decode_header(written)
            written = "".join(p if isinstance(p, str) else decode(p, charset or "") for p, charset in pieces)
    return " ".join(without_controls(written)[0].split())


def _parts(message: Message) -> tuple[str, str]:
    """Return the message's HTML and its plain text, "" for what it hasn't; attached files and messages are no part."""
    found = {"text/html": "", "text/plain": ""}
    waiting = [(message, 0)]
    for _ in range(_MOST_PARTS):
        if not waiting:
            break
        part, depth = waiting.pop(0)
        if str(part.get("content-disposition", "")).lower().lstrip().startswith("attachment"):
            continue
        kind = part.get_content_type()
        payload = part.get_payload()
        if isinstance(payload, list):
            if kind.startswith("multipart/") and depth < _DEEPEST:
                waiting[:0] = [(inner, depth + 1) for inner in payload if isinstance(inner, Message)]
        elif kind in found and not found[kind]:
            content = part.get_payload(decode=True)
            charset = part.get_param("charset") or ""
            found[kind] = (
                decode(content, charset if isinstance(charset, str) else charset[2])
                if isinstance(content, bytes)
                else ""
            )
    return found["text/html"], found["text/plain"]
