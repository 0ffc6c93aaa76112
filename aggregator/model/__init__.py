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

from aggregator.model.entries import Arrival, Enclosure, Entry, Fallback, Feed, Fingerprint, Origin, Person, Reference
from aggregator.model.errors import AggregatorError, ConfigError, ParseError, RetrievalError, StoreError, TroubleError
from aggregator.model.hub import Intent, Subscription
from aggregator.model.incidents import Ending, Incident, Trouble
from aggregator.model.sources import DRAFT, DocumentState, Hints, Source, SourceState, host_of
from aggregator.model.stories import Channel, Copy, Edition, Story
from aggregator.model.visits import Answer, Delivery, Document, Outcome, Retrieval, Visit

__all__ = [
    "DRAFT",
    "AggregatorError",
    "Answer",
    "Arrival",
    "Channel",
    "ConfigError",
    "Copy",
    "Delivery",
    "Document",
    "DocumentState",
    "Edition",
    "Enclosure",
    "Ending",
    "Entry",
    "Fallback",
    "Feed",
    "Fingerprint",
    "Hints",
    "Incident",
    "Intent",
    "Origin",
    "Outcome",
    "ParseError",
    "Person",
    "Reference",
    "Retrieval",
    "RetrievalError",
    "Source",
    "SourceState",
    "StoreError",
    "Story",
    "Subscription",
    "Trouble",
    "TroubleError",
    "Visit",
    "host_of",
]
