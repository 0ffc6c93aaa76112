"""What a document says: its entries, and what recognises them."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.model.documents import DocumentKind
from aggregator.model.sources import Hints


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
    what is listed under "Read also". `hash` stands for all that the source says of it, but for what
    `repr` leaves out, which is no news by itself: `picture` is the image's width and height, `replies` is how many
    comments there are and `replies_feed` where they can be subscribed to.
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
    picture: tuple[int, int] = field(default=(0, 0), repr=False)
    replies: int = field(default=0, repr=False)
    replies_feed: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Fallback:
    """Why a feed was read by a parser that makes less of it, in one line; `general` if that holds for all like it."""

    why: str
    general: bool = False


@dataclass(frozen=True, slots=True)
class Feed:
    """What a document holds. `hashes` are those of all its entries, `entries` the ones not known before.

    `malformed` says in one line what a parser had to forgive, `cut` what went over a limit, `notes` what else the visit
    tells (dates that nobody understands); each is one line, however many entries it is about. `hub` and `topic` are the
    addresses of its links `hub` and `self`, which WebSub's discovery reads. `outline` is for the next visit: which
    elements its entries were read from; empty where that is unknown. `draft` says that an article in a file of its own
    is none to be shown yet, `release` from when it may be, where it tells. `fallback` is why a parser that does
    more was not trusted with it, if so.
    """

    title: str = ""
    link: str = ""
    id: str = ""
    language: str = ""
    entries: tuple[Entry, ...] = ()
    hashes: frozenset[bytes] = frozenset()
    hints: Hints = field(default_factory=Hints)
    malformed: str = ""
    cut: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    hub: str = ""
    topic: str = ""
    outline: bytes = b""
    draft: bool = False
    release: int = 0
    fallback: Fallback | None = None


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
    """A clean entry on its way to the store: with the document it is from, of which kind, and what recognises it."""

    document: str
    entry: Entry
    fingerprint: Fingerprint
    kind: DocumentKind = field(default=DocumentKind.FEED, compare=False)
