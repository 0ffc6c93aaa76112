"""What another store held, on the open store: an order of `import --jsonl`, a part of the records at a time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlite_utils import Database

from aggregator.model import WireError
from aggregator.store import importing


def take(database: Database, given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """Store the next records, which were checked; return how many sources, stories and entries are new.

    The first of all is the header; what is returned as `numbers` for it is given back with those that follow. A daemon
    says which sources are `configured`: others are neither visited nor published.
    """
    records, numbers = given.get("records"), given.get("numbers") is True
    try:
        if records and records[0]["record"] == "store":
            numbers = importing.is_for_numbers(database, records[0])
        new = importing.take(database, records or [], numbers=numbers, now=now, configured=given.get("configured"))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WireError(f"the records weren't checked: {type(error).__name__}") from error
    return {"new": dict(new), "numbers": numbers}
