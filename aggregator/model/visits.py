"""What a visit brings, and what is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from aggregator.model.documents import Document
from aggregator.model.entries import Arrival, Origin
from aggregator.model.failures import FailureKind
from aggregator.model.sources import DocumentState, SourceState


class Outcome(StrEnum):
    """How a visit ended."""

    OK = "ok"
    UNCHANGED = "unchanged"
    MALFORMED = "malformed"
    FAILED = "failed"
    GONE = "gone"

    @property
    def is_failure(self) -> bool:
        """Tell whether nothing came of the visit."""
        return self in {Outcome.FAILED, Outcome.GONE}


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
    ("" for the source itself) to the reason, and `kind` is of what kind the latter is. `held` is until when the host
    wants to be left alone: nothing was asked.
    `more` says that a large folder has further documents for now; `missing` are those that it had and has no more.
    """

    documents: tuple[Document, ...] = ()
    states: Mapping[str, DocumentState] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    answer: Answer = Answer()
    size: int = 0
    seconds: float = 0.0
    held: int = 0
    more: bool = False
    missing: frozenset[str] = frozenset()
    kind: FailureKind = FailureKind.NONE


@dataclass(frozen=True, slots=True)
class Visit:
    """The record of one visit. `size` is in bytes; `detail` is one line: the error, or what was malformed or cut.

    `kind` is why it failed, if it did; `recovered` is how many failed visits in a row it ended, if they were many.
    """

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
    kind: FailureKind = FailureKind.NONE
    recovered: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that one visit hands to the store: its record, the next state, and what arrived.

    `visit` is None where the visit was put off: the state is all there is to it. `documents` are the states that
    changed; `feed` and `language` are the feed's own words, where one was read. `hold` is a host that wants to be left
    alone, and until when. `more` says that the visit goes on: a large folder comes in parts. `missing` are the
    documents that a folder has no more.
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
    missing: frozenset[str] = frozenset()
