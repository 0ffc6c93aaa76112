"""What can go wrong, each with a text that is written for the operator."""

from __future__ import annotations

from aggregator.model.failures import FailureKind


class AggregatorError(Exception):
    """The root of what this program raises on purpose; its text is written for the operator."""


class ConfigError(AggregatorError):
    """What the operator has to mend; `problems` holds one line each."""

    def __init__(self, *problems: str) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class RetrievalError(AggregatorError):
    """A source that could not be retrieved, in one line; `kind` is for programs."""

    def __init__(self, message: str, kind: FailureKind = FailureKind.INVALID) -> None:
        super().__init__(message)
        self.kind = kind


class ParseError(AggregatorError):
    """Bytes that are no feed and no article, in one line."""


class StoreError(AggregatorError):
    """The database can't be used as things are, in one line."""


class InUseError(StoreError):
    """Another process has the database; nothing was done."""


class WireError(AggregatorError):
    """A message of another machine that isn't understood, in one line."""


class TroubleError(AggregatorError):
    """Our own trouble: nothing that a source did, so that no source's visit counts.

    It is one line, "what can't be done: why".
    """


def is_shortage(error: BaseException) -> bool:
    """Tell whether our own machine lacks memory, or room for a thread: CPython says that in words alone."""
    return isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "start new thread" in str(error))


def shortage(error: BaseException) -> str:
    """Say what such an error is, in one line."""
    return str(error) or "there is no memory left"
