"""The words: what flows through the aggregator, and what can go wrong.

    Source ─▶ Retrieval of Documents ─▶ Feed of Entries ─▶ refined Arrivals ─▶ Story ─▶ Edition

Every value is frozen, pickles (a worker process may make it) and knows no clock, file or connection.
An instant is a whole number of seconds since 1970-01-01 UTC, a duration a whole number of seconds.

Errors::

    AggregatorError
    ├── ConfigError        the operator's file or command line: all problems at once; exit status 2
    ├── RetrievalError     a source could not be fetched or read; becomes a failed Visit
    ├── ParseError         a document could not be understood; becomes a failed Visit
    └── StoreError         the database cannot be used (in use elsewhere, newer than this program)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit


class AggregatorError(Exception):
    """The root of what this program raises on purpose; its text is written for the operator."""


class ConfigError(AggregatorError):
    """What the operator has to mend; `problems` holds one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RetrievalError(AggregatorError):
    """A source that could not be retrieved, in one line."""


class ParseError(AggregatorError):
    """Bytes that are no feed and no article, in one line."""


class StoreError(AggregatorError):
    """The database can't be used as things are, in one line."""


# ── What is configured, and what is remembered of it ─────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Source:
    """One configured input: a feed's URL, or a folder or a file.

    `key` is the address as it is configured and identifies the source for ever; `path` is set for local ones and
    is absolute. `interval` 0 lets the visits adapt. `priority` decides between copies of one article: higher wins.
    """

    key: str
    path: Path | None = None
    name: str = ""
    category: str = ""
    interval: int = 0
    enabled: bool = True
    priority: int = 0


def host_of(address: str) -> str:
    """The host that a URL names, in the form in which hosts are compared; "" for none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What is remembered of one document: a feed, or one file of a folder.

    `validators_from` is the URL that gave `etag` and `last_modified`: they go back to it alone, byte for byte
    (RFC 9110 §13.1). `stamp` tells whether a file changed. `entry_hashes` are those of the entries in the last
    document, `outline` what spares parsing them again, and `error` is why that could not be parsed.
    """

    etag: str = ""
    last_modified: str = ""
    validators_from: str = ""
    body_hash: bytes = b""
    stamp: str = ""
    entry_hashes: frozenset[bytes] = frozenset()
    outline: bytes = b""
    error: str = ""


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed says of its own rhythm; it holds while the feed answers 304.

    `ttl` is in seconds and unites RSS <ttl> and the syndication module's update period; hours and weekdays
    (Monday is 0) are GMT, from skipHours and skipDays.
    """

    ttl: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class SourceState:
    """All that is remembered between two visits to a source.

    `documents` is keyed by the document's name: "" for a feed fetched from a URL, the path relative to the source
    for a file. `moved_to` has been the target of a permanent redirect for `moved_visits` visits running; `location`
    is the URL that such a move settled on. `gap` is the mean time between the source's entries, 0 if unknown, and
    `newest` when the newest of them was published. `hub` and `topic` are what the feed advertises for WebSub, `pushed`
    is when its hub last pushed what polling would have found (0: it can't be relied on), and `lease` until when the
    hub promised to go on; the lease is the subscription's, and no visit changes it.
    """

    next_visit: int = 0
    reason: str = ""
    last_visit: int = 0
    failures: int = 0
    error: str = ""
    gone: bool = False
    location: str = ""
    moved_to: str = ""
    moved_visits: int = 0
    gap: int = 0
    newest: int = 0
    hub: str = ""
    topic: str = ""
    pushed: int = 0
    lease: int = 0
    hints: Hints = Hints()
    documents: Mapping[str, DocumentState] = field(default_factory=lambda: MappingProxyType({}))


class Intent(StrEnum):
    """What we want of a hub, and how far it has come."""

    WANTED = "wanted"
    VERIFIED = "verified"
    DENIED = "denied"
    LEAVING = "leaving"


@dataclass(frozen=True, slots=True)
class Subscription:
    """One source's subscription at a WebSub hub (W3C Recommendation of 23 January 2018, §5).

    `callback` is the address that the hub calls, and ends with `token`, which nobody can guess; `secret` signs what it
    pushes. `lease_until` is 0 before the hub verified, `asked_at` 0 where no answer is waited for; at `due` there is
    something to do about it.
    """

    token: str
    source: str
    hub: str
    topic: str
    callback: str
    secret: str
    intent: Intent = Intent.WANTED
    lease_until: int = 0
    asked_at: int = 0
    due: int = 0
    failures: int = 0
    error: str = ""


# ── What a visit brings ──────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Document:
    """Bytes as they came. `base` is the address they came from; `modified` a file's time of change, else 0."""

    name: str
    body: bytes
    content_type: str = ""
    base: str = ""
    modified: int = 0


class Outcome(StrEnum):
    """How a visit ended."""

    OK = "ok"
    UNCHANGED = "unchanged"
    MALFORMED = "malformed"
    FAILED = "failed"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server's last word was: all that the next visit's time depends on. Header values are as received.

    `host` is the server's name. `status` is 0 where nothing was answered. `permanent` is the URL that a chain of only
    permanent redirects ended at. `link` is RFC 8288's header, of which WebSub's discovery reads `hub` and `self`.
    """

    status: int = 0
    retry_after: str = ""
    cache_control: str = ""
    expires: str = ""
    date: str = ""
    permanent: str = ""
    host: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Retrieval:
    """One visit to one source: its changed documents, what is to be remembered of every document, what failed.

    `states` replaces the source's `documents`; `errors` maps the name of a document that could not be retrieved
    ("" for the source itself) to the reason. `held` is until when the host wants to be left alone: nothing was asked.
    `more` says that a large folder has further documents for now.
    """

    documents: tuple[Document, ...] = ()
    states: Mapping[str, DocumentState] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = Answer()
    size: int = 0
    seconds: float = 0.0
    held: int = 0
    more: bool = False


@dataclass(frozen=True, slots=True)
class Visit:
    """The record of one visit. `size` is in bytes; `detail` is one line: the error, or what was malformed or cut."""

    source: str
    at: int
    outcome: Outcome
    status: int = 0
    entries_new: int = 0
    entries_updated: int = 0
    stories_new: int = 0
    size: int = 0
    seconds: float = 0.0
    detail: str = ""


# ── What a document says ─────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Person:
    """An author; any part may be empty, not all."""

    name: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Enclosure:
    """A file that belongs to an entry; `length` in bytes and `duration` in seconds, 0 if unknown."""

    url: str
    type: str = ""
    length: int = 0
    title: str = ""
    duration: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an entry comes from: a feed's title, its site, the feed's own address and id; RSS and Atom <source>."""

    title: str = ""
    link: str = ""
    feed: str = ""
    id: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """Another article or site that an entry points at: its title and its address, one of them perhaps empty."""

    title: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One article as one source delivered it: a copy.

    `guid` is unique within its document. `title` is text; `summary` and `content` are HTML, of strangers until they
    are refined; relative addresses in it start from `base`. `published` and `updated` are 0 where the source gives
    none. `origin` is the source that the entry itself names, `attribution` what follows "Published at", `related`
    what is listed under "Read also". `hash` stands for all that the source says of it.
    """

    guid: str
    title: str = ""
    link: str = ""
    summary: str = ""
    content: str = ""
    authors: tuple[Person, ...] = ()
    published: int = 0
    updated: int = 0
    categories: tuple[str, ...] = ()
    enclosures: tuple[Enclosure, ...] = ()
    comments: str = ""
    image: str = ""
    language: str = ""
    rights: str = ""
    base: str = ""
    hash: bytes = field(default=b"", compare=False)
    origin: Origin | None = None
    attribution: Reference | None = None
    related: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document holds. `hashes` are those of all its entries, `entries` the ones not known before.

    `malformed` says in one line what a parser had to forgive, `cut` what went over a limit. `hub` and `topic` are the
    addresses of its links `hub` and `self`, which WebSub's discovery reads. `outline` is for the next visit: which
    bytes the entries were read from; empty where that can't be told.
    """

    title: str = ""
    link: str = ""
    id: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    hashes: frozenset[bytes] = frozenset()
    hints: Hints = Hints()
    malformed: str = ""
    cut: tuple[str, ...] = ()
    hub: str = ""
    topic: str = ""
    outline: bytes = b""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What recognises an article: its canonical URL, its headline's normal form, and what its text is found by.

    `text` is the article as plain text, `words` how many it has and `text_hash` stands for them all (0: there are
    none); `features` are the hashes under which likely copies meet. `shingles` are hashes of every few words in a row,
    as far as texts are compared: refine.shingles makes them.
    """

    url: str
    title: str
    text: str
    text_hash: int
    words: int
    features: tuple[int, ...] = ()
    shingles: bytes = b""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A clean entry on its way to the store: with the document it is from and what recognises it."""

    document: str
    entry: Entry
    fingerprint: Fingerprint


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that one visit hands to the store: its record, the next state, and what arrived.

    `visit` is None where the visit was put off: the state is all there is to it. `documents` are the states that
    changed; `feed` and `language` are the feed's own words, where one was read. `hold` is a host that wants to be left
    alone, and until when. `more` says that the visit goes on: a large folder comes in parts.
    """

    source: str
    visit: Visit | None
    state: SourceState
    documents: Mapping[str, DocumentState] = field(default_factory=dict)
    feed: Origin | None = None
    language: str = ""
    arrivals: tuple[Arrival, ...] = ()
    hold: tuple[str, int] | None = None
    more: bool = False


class Trouble(StrEnum):
    """What an incident is about."""

    FAILING = "failing"
    GONE = "gone"
    MOVED = "moved"
    SILENT = "silent"


class Ending(StrEnum):
    """How an incident ended: the source is well again, or something else took its place, or nobody visits it now."""

    RECOVERED = "recovered"
    REPLACED = "replaced"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Incident:
    """What the operator should know of a source: one trouble from beginning to end, whatever the number of visits.

    `since` is when the trouble began, `opened` when it was called one, and `until` when it ended, 0 while it lasts.
    What describes it never changes: the source's `name`, `link` and `address` as they were, to be shown to anybody
    (the address of a local source is ""), and `detail`, which is the error at the time, or the new address.
    """

    urn: str
    trouble: Trouble
    since: int
    opened: int
    name: str
    link: str = ""
    address: str = ""
    detail: str = ""
    until: int = 0
    ending: Ending | None = None


# ── What is published ────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a story: the entry, the source it came through, and that source's priority."""

    source: Origin
    entry: Entry
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Story:
    """One article, however many copies. `id` is a URN for ever; `published` never jumps; `shown` is the copy to read.

    `published` is the earlier of what the first copy said and when we saw it; `related` are other stories like it.
    """

    id: str
    published: int
    updated: int
    shown: Copy
    others: tuple[Copy, ...] = ()
    categories: tuple[str, ...] = ()
    related: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Channel:
    """What an output says of itself: all that its editions need besides stories. `link` is its page's address,
    `base` the address its editions are under, with a slash at the end. `older` is the name of the page before this
    one; an archive page has in `current` the name of the output itself. `content` is "full" or "summary"; with
    `source_line` the articles begin with a line that names their source. `hub` is the WebSub hub that tells of changes.
    """

    name: str
    title: str
    link: str
    base: str
    description: str = ""
    language: str = ""
    notice: str = ""
    older: str = ""
    current: str = ""
    content: str = "full"
    source_line: bool = False
    hub: str = ""


@dataclass(frozen=True, slots=True)
class Edition:
    """The bytes of one output in one format. `updated` is the instant of its newest change, `items` how many it has."""

    name: str
    content_type: str
    body: bytes
    updated: int
    items: int = 0
