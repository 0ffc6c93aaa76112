"""The words: what flows through the aggregator, and what can go wrong.

    Source ─▶ Retrieval of Documents ─▶ Feed of Entries ─▶ refined Arrivals ─▶ Story ─▶ Edition

Every value is frozen, pickles (a worker process may make it), travels (wire.py) and knows no clock, file or connection.
An instant is a whole number of seconds since 1970-01-01 UTC, a duration a whole number of seconds.

Errors::

    AggregatorError
    ├── ConfigError        the operator's file or command line: all problems at once; exit status 2
    ├── RetrievalError     a source could not be fetched or read; becomes a failed Visit
    ├── ParseError         a document could not be understood; becomes a failed Visit
    ├── StoreError         the database cannot be used (newer than this program)
    │   └── InUseError     another process has it
    ├── TroubleError       our own trouble (no memory, no processes, no room): the round failed, and no source did
    └── WireError          a message of another machine, of another version or malformed
"""

from aggregator.model.documents import Document, DocumentKind
from aggregator.model.entries import Arrival, Enclosure, Entry, Fallback, Feed, Fingerprint, Origin, Person, Reference
from aggregator.model.errors import (
    AggregatorError,
    ConfigError,
    InUseError,
    ParseError,
    RetrievalError,
    StoreError,
    TroubleError,
    WireError,
)
from aggregator.model.failures import FailureKind
from aggregator.model.hub import HubSubscription, Intent
from aggregator.model.incidents import Ending, Incident, Trouble
from aggregator.model.settings import Bounds, Settings
from aggregator.model.sources import (
    DRAFT,
    Access,
    Because,
    DocumentState,
    Hints,
    Keep,
    Source,
    SourceKind,
    SourceState,
    host_of,
)
from aggregator.model.stories import STATUS, Channel, Copy, Edition, Story
from aggregator.model.visits import Answer, Delivery, Outcome, Retrieval, Visit

__all__ = [
    "DRAFT",
    "STATUS",
    "Access",
    "AggregatorError",
    "Answer",
    "Arrival",
    "Because",
    "Bounds",
    "Channel",
    "ConfigError",
    "Copy",
    "Delivery",
    "Document",
    "DocumentKind",
    "DocumentState",
    "Edition",
    "Enclosure",
    "Ending",
    "Entry",
    "FailureKind",
    "Fallback",
    "Feed",
    "Fingerprint",
    "Hints",
    "HubSubscription",
    "InUseError",
    "Incident",
    "Intent",
    "Keep",
    "Origin",
    "Outcome",
    "ParseError",
    "Person",
    "Reference",
    "Retrieval",
    "RetrievalError",
    "Settings",
    "Source",
    "SourceKind",
    "SourceState",
    "StoreError",
    "Story",
    "Trouble",
    "TroubleError",
    "Visit",
    "WireError",
    "host_of",
]
