"""The records that a store travels in, a JSON object each: what kinds there are, and what one must look like.

What lies in tables is named by what it is, not by rows: a source by its key, a story by its URN. Columns are those of
the tables as they are, so that a later step's travel too; bytes are base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from sqlite_utils import Database

from aggregator.model import DocumentKind
from aggregator.store.copies import ENTRY

VERSION = 1
PLAIN = ("source", "document", "let_go", "visit", "incident", "page", "river_page", "former_story")
"""The kinds that are rows of the table of this name, just as they are."""
STORY = frozenset({"id", "revision", "hidden"})
"""What a story's record leaves to the triggers, and where it goes."""
ENTRY_MADE = frozenset({"id", "source", "story", "nearest", "data", "text", "title", "author", "language", "published"})
"""What an entry's record has under another name, or what is made of that (store/row.py)."""

_INTEGER = range(-(2**63), 2**63)
Record = Mapping[str, Any]


class RecordError(ValueError):
    """What is wrong with a record, in one line."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: SQLite's type, and whether a row must say something there."""

    name: str
    type: str
    required: bool

    def refuse(self, value: Any) -> None:
        """Raise RecordError for a value that the column can't hold."""
        good: dict[str, Callable[[], bool]] = {
            "INTEGER": lambda: type(value) is int and value in _INTEGER,
            "REAL": lambda: type(value) in (int, float),
            "TEXT": lambda: isinstance(value, str) and _is_text(value),
            "BLOB": lambda: value is None or (isinstance(value, str) and _is_base64(value)),
        }
        if not good[self.type]():
            raise RecordError(f"{self.name} is no {'base64' if self.type == 'BLOB' else self.type.lower()}")

    def read(self, value: Any) -> Any:
        """Return a value as the table has it."""
        return base64.b64decode(value) if self.type == "BLOB" and value is not None else value


def _is_text(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:  # half a pair of UTF-16
        return False
    return True


def _is_base64(value: str) -> bool:
    try:
        base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def columns(database: Database, table: str, without: Iterable[str] = ("id",)) -> dict[str, Column]:
    """Return the columns of a table by name, without some."""
    left = set() if table == "former_story" else set(without)  # its ids are what it tells
    rows = database.execute(f"PRAGMA table_info({table})")
    return {
        name: Column(name, type_, bool(needed and default is None))
        for _, name, type_, needed, default, _ in rows
        if name not in left
    }


def written(value: Any) -> Any:
    """Return a value of a table as JSON can say it."""
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


@dataclass(slots=True)
class Checker:
    """Reads records one after the other, and raises RecordError for one that can't be stored after those before."""

    database: Database
    """With the tables of today."""
    _tables: dict[str, dict[str, Column]] = field(default_factory=dict)
    _sources: set[str] = field(default_factory=set)
    _read: int = 0
    _ended: bool = False

    def check(self, record: Any) -> None:
        """Take the next record."""
        if not isinstance(record, dict) or not isinstance(record.get("record"), str):
            raise RecordError(
                "no object that says which record it is; `export --jsonl --whole` writes what can be imported"
            )
        kind = record["record"]
        if (self._read == 0) is not (kind == "store"):
            raise RecordError(
                "what `export --jsonl --whole` writes begins with a record of the kind store, and has one"
            )
        if self._ended:
            raise RecordError("it comes after the end")
        checks: dict[str, Callable[[Record], None]] = {
            "store": self._store, "story": self._story, "near": self._near, "version": self._version, "end": self._end,
            "ruling": self._ruling,
            **dict.fromkeys(PLAIN, self._plain),
        }  # fmt: skip
        if kind not in checks:
            raise RecordError(f"its kind {kind[:40]!r} is unknown here; a newer aggregator may know it")
        checks[kind](record)
        self._read += 1

    def finish(self) -> None:
        """Raise RecordError where records are missing at the end."""
        if not self._ended:
            raise RecordError("the end is missing: the file was cut off")

    def _columns(self, table: str, without: Iterable[str] = ("id",)) -> dict[str, Column]:
        if table not in self._tables:
            self._tables[table] = columns(self.database, table, without)
        return self._tables[table]

    def _store(self, record: Record) -> None:
        if record.get("version") != VERSION:
            raise RecordError(f"it is of version {str(record.get('version'))[:20]}, and this program reads {VERSION}")
        _number(record, "stories", "entries")

    def _end(self, record: Record) -> None:
        if record.get("records") != self._read:
            raise RecordError(f"{self._read} records came before the end, and {record.get('records')} were written")
        self._ended = True

    def _plain(self, record: Record) -> None:
        known = self._columns(record["record"])
        if record["record"] == "source":
            self._refuse(known, {name: value for name, value in record.items() if name != "source"})
            self._sources.add(record["key"])
            return
        self._refuse({name: column for name, column in known.items() if name != "source"}, record)
        if "source" in known and (record.get("source") or record["record"] != "incident"):  # or our own line's
            self._source(record)

    def _source(self, record: Record) -> None:
        if record.get("source") not in self._sources:
            raise RecordError(f"its source {str(record.get('source'))[:200]!r} is in no record before")

    def _refuse(self, known: Mapping[str, Column], record: Record) -> None:
        for column in known.values():
            if column.name in record:
                column.refuse(record[column.name])
            elif column.required:
                raise RecordError(f"{column.name} is missing")

    def _story(self, record: Record) -> None:
        self._refuse(self._columns("story", STORY), record)
        _number(record, "number")
        _list(record, "aliases", str)
        if not isinstance(record.get("ruled", False), bool):
            raise RecordError("ruled is neither true nor false")
        if record.get("hidden") is not None:
            hidden = record["hidden"]
            _number(hidden if isinstance(hidden, dict) else {}, "since")
            if not isinstance(hidden.get("reason"), str):
                raise RecordError("hidden has no reason")
        for entry in _list(record, "entries", dict):
            self._source(entry)
            self._refuse(self._columns("entry", ENTRY_MADE), entry)
            _number(entry, "number")
            if entry.get("kind") not in set(DocumentKind):
                raise RecordError(f"an entry's document is of no known kind: {str(entry.get('kind'))[:40]!r}")
            if not isinstance(entry.get("text"), str) or not _is_text(entry["text"]):
                raise RecordError("an entry's text is no text")
            _list(entry, "pictures", str)
            _entry(entry)

    def _near(self, record: Record) -> None:
        self._source(record)
        _texts(record, "document", "guid", "nearest")

    def _version(self, record: Record) -> None:
        self._source(record)
        _texts(record, "document", "guid")
        _number(record, "at")
        _entry(record)

    def _ruling(self, record: Record) -> None:
        _texts(record, "what")
        _number(record, "at")
        sides = _list({"sides": [record.get("entry"), record.get("other")]}, "sides", dict)
        for entry in (*sides, *_list(record, "entries", dict)):
            self._source(entry)
            _texts(entry, "document", "guid")
        for entry in record["entries"]:
            _texts(entry, "joined")


def _number(record: Record, *names: str) -> None:
    for name in names:
        if type(record.get(name)) is not int or not 0 <= record[name] < 2**62:
            raise RecordError(f"{name} is no number")


def _texts(record: Record, *names: str) -> None:
    for name in names:
        if not isinstance(record.get(name), str) or not _is_text(record[name]):
            raise RecordError(f"{name} is no text")


def _list(record: Record, name: str, kind: type) -> list[Any]:
    values = record.get(name)
    if not isinstance(values, list) or not all(
        isinstance(value, kind) and (not isinstance(value, str) or _is_text(value)) for value in values
    ):
        raise RecordError(f"{name} is no list of {'texts' if kind is str else 'objects'}")
    return values


def _entry(record: Record) -> None:
    try:
        ENTRY.validate_python(record.get("entry"))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise RecordError(f"its entry can't be read: {f'{where}: ' if where else ''}{first['msg']}") from None
