"""What is configured, and what is remembered of it from one visit to the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit


class SourceKind(StrEnum):
    """Where a source's documents come from, and so how it is visited (retrieve/kinds.py)."""

    WEB = "web"
    """A feed's URL: one document, whose name is ""."""
    FILES = "files"
    """A folder, with all that are in it, or one file."""


@dataclass(frozen=True, slots=True)
class Keep:
    """What stays stored of a source: entries up to this `age` in seconds, and the newest so many; 0 for any.

    None is for what is said of all sources.
    """

    age: int | None = None
    entries: int | None = None

    def or_else(self, general: Keep) -> Keep:
        """Return it with what is said of all sources where it says nothing."""
        return Keep(
            general.age if self.age is None else self.age, general.entries if self.entries is None else self.entries
        )


@dataclass(frozen=True, slots=True)
class Access:
    """What a source's server wants to see: user and password, and headers. They are sent to the URL's origin alone,
    whatever redirects follow. `user_agent` is no secret and goes wherever the visit leads; "" is for our own.
    """

    username: str = ""
    password: str = field(default="", repr=False)
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    user_agent: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """One configured input: a feed's URL, or a folder or a file.

    `key` is the address as it is configured and identifies the source for ever; `path` is set for local ones and
    is absolute. `interval` 0 lets the visits adapt. `priority` decides between copies of one article: higher wins.
    It is to `withdraw` what is deleted from it, and to `keep` what it says. `access` is what its server wants to see.
    """

    key: str
    path: Path | None = None
    name: str = ""
    category: str = ""
    access: Access = Access()
    interval: int = 0
    enabled: bool = True
    priority: int = 0
    withdraw: bool = False
    keep: Keep = Keep()

    @property
    def kind(self) -> SourceKind:
        """What kind of source it is."""
        return SourceKind.WEB if self.path is None else SourceKind.FILES


@lru_cache(maxsize=1024)  # pure; a visit asks for it five times
def host_of(address: str) -> str:
    """Return the host that a URL names, in the form in which hosts are compared; "" for none."""
    try:
        return (urlsplit(address).hostname or "").rstrip(".")
    except ValueError:
        return ""


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What is remembered of one document: a feed, or one file of a folder.

    `validators_from` is the URL that gave `etag` and `last_modified`: they go back to it alone, byte for byte
    (RFC 9110 §13.1). `stamp` tells whether a file changed. `entry_hashes` are those of the entries in the last
    document, `outline` what spares parsing them again, and `error` is why that could not be parsed. A file `waits`
    while another one has the id that it gives its article. `reader` is the version of our reading (parse.READER) that
    it was read by. `held` is until when what an article's file says is held back: 0 where it isn't, DRAFT for one that
    says no date. `read_at` is when it last came whole, and `plain` says that its server refuses
    conditional requests.
    """

    etag: str = ""
    last_modified: str = ""
    validators_from: str = ""
    body_hash: bytes = b""
    stamp: str = ""
    entry_hashes: frozenset[bytes] = frozenset()
    outline: bytes = b""
    error: str = ""
    waits: bool = False
    reader: int = 0
    held: int = 0
    read_at: int = 0
    plain: bool = False


DRAFT = -1  # held until the file changes


@dataclass(frozen=True, slots=True)
class Hints:
    """What a feed says of its own rhythm; it holds while the feed answers 304.

    `ttl` is in seconds and unites RSS <ttl> and the syndication module's update period; hours and weekdays
    (Monday is 0) are GMT, from skipHours and skipDays.
    """

    ttl: int = 0
    skip_hours: frozenset[int] = frozenset()
    skip_days: frozenset[int] = frozenset()


class Because(StrEnum):
    """What decided when the next visit is: for programs, beside the `reason` that people read."""

    NOT_VISITED = ""
    INTERVAL = "interval"  # these five are our own pace
    MIN_INTERVAL = "min interval"
    RHYTHM = "rhythm"
    SILENCE = "silence"
    LOCAL = "local"
    FRESH = "fresh"  # max-age, Expires
    TTL = "ttl"
    RETRY_AFTER = "retry after"
    TOO_MANY = "too many requests"
    FAILURES = "failures"
    GONE = "gone"
    SKIPPED = "skipped"  # skipHours, skipDays
    OFFLINE = "offline"
    BACK = "back"  # our own connection is, and what waited for it is tried
    PUSHED = "pushed"  # and polled all the same
    HUB_CHANGED = "hub changed"
    HUB_SILENT = "hub silent"
    ASKED = "asked"  # by the operator


@dataclass(frozen=True, slots=True)
class SourceState:
    """All that is remembered between two visits to a source.

    `reason` tells people when the next visit is and why, `because` the rest of the program. `documents` is keyed by the
    document's name: "" for a feed fetched from a URL, the path relative to the source for a
    file. `moved_to` has been the target of a permanent redirect for `moved_visits` visits running; `location` is
    the URL that such a move settled on. `gap` is the mean time between the source's entries, 0 if unknown, and
    `newest` when the newest of them was published, or came, where no gap is known. `missed` is the visit since which
    entries went by unseen, 0 where the last reading went on from the one before. `hub` and `topic` are what the
    feed advertises for WebSub, `pushed` is when its hub last pushed what polling would have found (0: it can't be
    relied on), and `lease` until when the hub promised to go on; the lease is the subscription's, and no visit
    changes it.
    """

    next_visit: int = 0
    reason: str = ""
    because: Because = Because.NOT_VISITED
    last_visit: int = 0
    failures: int = 0
    error: str = ""
    gone: bool = False
    location: str = ""
    moved_to: str = ""
    moved_visits: int = 0
    gap: int = 0
    newest: int = 0
    missed: int = 0
    hub: str = ""
    topic: str = ""
    pushed: int = 0
    lease: int = 0
    hints: Hints = Hints()
    documents: Mapping[str, DocumentState] = field(default_factory=dict)
