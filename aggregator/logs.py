"""What is logged, as [log] has it: records → one line an event on standard error.

    text     2026-11-27T16:52:06Z WARNING https://example.org/feed: answered 503
    logfmt   time=2026-11-27T16:52:06.120Z level=warning message="…" source=https://example.org/feed
    json     {"time": "2026-11-27T16:52:06.120Z", "level": "warning", "message": "…", "source": "…"}

The journal is read by others, and pasted into bug reports: passwords and keys in addresses stay out of it. It has a
time of its own, and takes the level from "<4>" before a line (sd-daemon(3)).
"""

from __future__ import annotations

import json
import logging
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import IO, Any

from aggregator.text.secrets import shown_in

SOURCE = "source"
"""Beside a message that concerns one source: `extra={SOURCE: key}`."""
_FIELDS = (SOURCE, "outcome", "status", "new", "updated", "recovered", "repeats")
_AGAIN = 86400  # seconds after which the same is told of a source again
_MESSAGES = 20  # that are remembered of a source
_PRIORITIES = {logging.CRITICAL: 2, logging.ERROR: 3, logging.WARNING: 4, logging.INFO: 6, logging.DEBUG: 7}


def log_to_stderr(level: str = "warning", style: str = "text") -> None:
    """Log what is at least as grave as `level`, written in `style`; called again, it is as told last."""
    at_least = logging.getLevelNamesMapping()[level.upper()]
    handler = _StandardError()
    handler.setFormatter(STYLES[style](to_journal=is_journal(os.environ, sys.stderr)))
    handler.addFilter(Repeats())
    root = logging.getLogger()
    for before in root.handlers[:]:
        if isinstance(before, _StandardError):
            root.removeHandler(before)
    root.addHandler(handler)
    root.setLevel(max(at_least, logging.WARNING))
    logging.getLogger("aggregator").setLevel(at_least)
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # schedule.py tells what failed
    logging.getLogger("asyncio").setLevel(logging.ERROR)


def is_journal(environ: Mapping[str, str], stream: IO[str]) -> bool:
    """Tell whether the stream goes to systemd's journal, and not elsewhere out of a service (systemd.exec(5))."""
    try:
        about = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"


class _StandardError(logging.StreamHandler[IO[str]]):
    """Writes to what sys.stderr is at the time: a progress bar puts itself there, to keep below the lines."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


@dataclass(slots=True)
class _Said:
    at: float
    more: int = 0


class Repeats(logging.Filter):
    """Lets the same message of a source through once a day, with the number of times it was met meanwhile.

    What a source brings, and that it works again, is always told, and trouble after it is new.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, dict[str, _Said]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is to be written; its `repeats` are those that were not."""
        source = getattr(record, SOURCE, "")
        if not source:
            return True
        if any(getattr(record, name, 0) for name in ("new", "updated", "recovered")):
            self._said.pop(source, None)
            return True
        messages = self._said.setdefault(source, {})
        said = messages.get(record.getMessage())
        if said and 0 <= record.created - said.at < _AGAIN:
            said.more += 1
            return False
        if said and said.more:
            record.repeats = said.more
        if len(messages) >= _MESSAGES:
            messages.clear()
        messages[record.getMessage()] = _Said(record.created)
        return True


class _Line(logging.Formatter, ABC):
    """Whatever a stranger's server made us say stays one line."""

    def __init__(self, *, to_journal: bool = False) -> None:
        super().__init__()
        self._to_journal = to_journal

    def format(self, record: logging.LogRecord) -> str:
        line = self.line(record, " ".join(record.getMessage().split()))
        if not self._to_journal:
            return line
        priority = _PRIORITIES.get(record.levelno, 6)
        return "\n".join(f"<{priority}>{each}" for each in line.split("\n"))

    @abstractmethod
    def line(self, record: logging.LogRecord, message: str) -> str:
        """Write a record whose message is this one."""

    def trace(self, record: logging.LogRecord) -> str:
        """Return the traceback of a bug, "" for none."""
        return self.formatException(record.exc_info) if record.exc_info and record.exc_info[0] else ""


class Text(_Line):
    """For people; a bug's traceback follows on lines of its own."""

    def line(self, record: logging.LogRecord, message: str) -> str:
        """Return the time but for the journal, the level and the message."""
        stamp = "" if self._to_journal else f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%SZ} "
        repeats = getattr(record, "repeats", 0)
        more = f" (and {repeats} times more since that was said last)" if repeats else ""
        trace = self.trace(record)
        return shown_in(f"{stamp}{record.levelname} {message}{more}" + (f"\n{trace}" if trace else ""))


class _Fields(_Line):
    """For programs."""

    def line(self, record: logging.LogRecord, message: str) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        told = {"time": at, "level": record.levelname.lower(), "message": message, "logger": record.name}
        more = {name: getattr(record, name) for name in _FIELDS if getattr(record, name, None) not in {None, ""}}
        trace = self.trace(record)
        fields = {**told, **more, **({"traceback": trace} if trace else {})}
        return self.written({k: shown_in(value) if isinstance(value, str) else value for k, value in fields.items()})

    @abstractmethod
    def written(self, fields: Mapping[str, Any]) -> str:
        """Write the fields on one line."""


class Logfmt(_Fields):
    """key=value, in quotes where the value has spaces, quotes or characters that a terminal would act upon."""

    def written(self, fields: Mapping[str, Any]) -> str:
        """Write the fields on one line."""
        return " ".join(f"{name}={_quoted(str(value))}" for name, value in fields.items())


class Json(_Fields):
    """An object a line."""

    def written(self, fields: Mapping[str, Any]) -> str:
        """Write the fields on one line."""
        return json.dumps(fields)


STYLES: Mapping[str, type[_Line]] = {"text": Text, "logfmt": Logfmt, "json": Json}


def _quoted(value: str) -> str:
    plain = value and value.isprintable() and not set(value) & set(' "=\\')
    return value if plain else json.dumps(value, ensure_ascii=not value.isprintable())
