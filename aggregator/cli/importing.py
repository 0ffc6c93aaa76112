"""import --jsonl: what `export --jsonl --whole` wrote → the store, part by part, beside a daemon or without one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from aggregator.cli.common import Surroundings, say
from aggregator.cli.door import by_store
from aggregator.model import AggregatorError

_RECORDS, _BYTES = 200, 1_000_000  # that are stored at once: a fifth of a second, in which nobody else writes


def take(surroundings: Surroundings, file: Path) -> None:
    """Store what the file has and isn't stored yet; AggregatorError, before any of it is, for a line that can't be."""
    if not file.is_file():  # it is read twice
        raise AggregatorError(f"{file}: is no regular file; write what comes through a pipe to one first")
    _check(file)
    store(surroundings, file)


def store(surroundings: Surroundings, file: Path) -> None:
    """Store what the file has, which was checked; AggregatorError where it is another one by now."""
    new: Counter[str] = Counter()
    numbers = False
    for number, part in enumerate(_parts(file)):
        if number == 0 and not (part and part[0]["record"] == "store"):
            raise AggregatorError(f"{file}: changed while it was read; nothing was imported")
        came = by_store(surroundings, "take", {"records": part, "numbers": numbers})
        numbers = came["numbers"]
        new.update(came["new"])
    told = ", ".join(f"{new[name]:,} {name}" for name in ("sources", "stories", "entries"))
    say(f"Imported {told}." if new else "All of it was there already.")


def _check(file: Path) -> None:
    from aggregator.store.database import blank
    from aggregator.store.records import Checker, RecordError

    checker = Checker(blank())
    read = 0
    try:
        for line in _lines(file):
            read += 1
            checker.check(_json(line))
        read += 1
        checker.finish()
    except RecordError as error:
        raise AggregatorError(f"{file}: line {read}: {error}; nothing was imported") from None


def _json(line: bytes) -> Any:
    from aggregator.store.records import RecordError

    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"no JSON: {str(error)[:100]}") from None


def _lines(file: Path) -> Iterator[bytes]:
    try:
        with file.open("rb") as opened:
            yield from opened
    except OSError as error:
        raise AggregatorError(f"{file}: can't be read: {error.strerror}") from None


def _parts(file: Path) -> Iterator[list[dict[str, Any]]]:
    part: list[dict[str, Any]] = []
    size = 0
    for line in _lines(file):
        if part and (len(part) >= _RECORDS or size + len(line) > _BYTES):
            yield part
            part, size = [], 0
        part.append(json.loads(line))
        size += len(line)
    yield part
