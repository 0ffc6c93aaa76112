"""What a visitor wants to see of a river ⇄ the query string of its address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from aggregator.render.html.query_string import QueryString
from aggregator.text import writable

_LONGEST = 400  # characters of a search
_MOST = 2**53


@dataclass(frozen=True, slots=True)
class Filter(QueryString):
    """What is asked for; empty values ask for nothing. The names are those of the query string.

    `source` is its row, `since` and `until` are days (UTC, both included). `before` is the position of the last story
    of the page before, as `position` writes it.
    """

    q: str = ""
    category: str = ""
    source: str = ""
    language: str = ""
    since: str = ""
    until: str = ""
    before: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Filter:
        """Return what a query string asks for; values that mean nothing are left out, and so is what else is in it."""
        given = cls.given(query, _LONGEST)
        given["source"] = str(number) if (number := _number(given["source"])) else ""
        given["language"] = writable.language(given["language"]) or ("und" if given["language"] == "und" else "")
        for name in ("since", "until"):
            given[name] = _day(given[name])
        if position_of(given["before"]) is None:
            given["before"] = ""
        return cls(**given)

    @property
    def instants(self) -> tuple[int | None, int | None]:
        """The first instant that is asked for, and the first one after the last."""
        days = (date.fromisoformat(self.since) if self.since else None, _after(self.until))
        first, last = (
            int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) if day else None for day in days
        )
        return first, last


def position(published: int, story: int) -> str:
    """Write the position of a story in time."""
    return f"{published}.{story}"


def position_of(written: str) -> tuple[int, int] | None:
    """Read a position: when its story was published, and its row. None for what is none."""
    published, dot, story = written.partition(".")
    negative, digits = published.startswith("-"), published.removeprefix("-")
    if not dot or (not _number(digits, least=0) and digits != "0") or not _number(story):
        return None
    return -int(digits) if negative else int(digits), int(story)


def _number(value: str, least: int = 1) -> int:
    is_one = value.isascii() and value.isdigit() and len(value) < 17
    return int(value) if is_one and least <= int(value) < _MOST else 0


def _day(value: str) -> str:
    try:
        return date.fromisoformat(value).isoformat() if value.isascii() else ""
    except ValueError:
        return ""


def _after(day: str) -> date | None:
    try:
        return date.fromisoformat(day) + timedelta(days=1) if day else None
    except OverflowError:  # the last day of all
        return None
