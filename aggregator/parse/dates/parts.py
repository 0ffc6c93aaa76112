"""What the words and numbers of a date say, each by what it is → the instant that they name together."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from aggregator.parse.dates import zones
from aggregator.parse.dates.words import AMERICAN, FILLERS, HALVES, MONTHS, WEEKDAYS, ZONES, folded

FIRST, LAST = 1440, 2199  # years that an article may be from
_TOKEN = re.compile(
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?(?!\d)|\d{1,2}[hH]\d\d(?!\d)|\d{1,2}\.\d\d(?=\s*Uhr))"
    r"|(?P<triple>\d{1,4}([-/.])\s?\d{1,2}\3\s?\d{1,4}(?!\d))"
    r"|(?P<number>'?\d+)(?P<ordinal>st|nd|rd|th|er|re|º|ª|o|\.)?"
    rf"|(?P<place>{zones.PLACE}|(?:{zones.SHORT})(?!\w))"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)\.?"
    r"|(?P<offset>[+-]\d{1,2}:?(?:\d\d)?(?!\d))"
    r"|(?P<mark>[\s,;()|@_/:.·–—+-])"
)


@dataclass(slots=True)
class DateParts:
    """What the words and numbers of a date say, in their order."""

    numbers: list[str] = field(default_factory=list)
    triple: str = ""
    month: int = 0
    weekday: int = -1
    hour: int = -1
    minute: int = 0
    second: int = 0
    half: int = -1
    offset: int | None = None
    zone: str = ""
    place: str = ""

    def instant(self) -> int:
        """Return the instant that the parts name together; ValueError if they name none."""
        day = self._day()
        hour, minute, second = self._clock()
        if not FIRST <= day.year <= LAST:
            raise ValueError("no year of an article")
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
        return int((moment + timedelta(minutes=-self._ahead(moment), seconds=second)).timestamp())

    def _ahead(self, moment: datetime) -> int:
        """Return the minutes by which the clock is ahead of UTC. An offset or a zone's name tells more than a place."""
        if self.offset is not None:
            return self.offset
        return zones.ahead(self.place, moment) if self.place and not self.zone else ZONES.get(self.zone, 0)

    def _clock(self) -> tuple[int, int, int]:
        hour = max(self.hour, 0)
        if self.half >= 0:
            if self.hour < 0 or (self.half == 0 and hour > 12):
                raise ValueError("no clock of twelve hours")
            hour = hour % 12 + self.half if hour <= 12 else hour
        if hour > 24 or self.minute > 59 or self.second > 60 or (hour == 24 and (self.minute or self.second)):
            raise ValueError("no time of day")
        return hour, self.minute, self.second

    def _day(self) -> date:
        if self.triple and not (self.numbers or self.month):
            return self._of_numbers(*re.split(r"[-/.]\s?", self.triple))
        if self.month and len(self.numbers) == 2 and not self.triple:
            first, last = self.numbers
            year, day = (first, last) if len(first) == 4 else (last, first)
            return date(_year(year), self.month, _short(day))
        raise ValueError("no day")

    def _of_numbers(self, first: str, second: str, third: str) -> date:
        if len(first) == 4:
            return date(int(first), int(second), _short(third))
        if len(third) != 4:
            raise ValueError("no year")
        year, one, two = int(third), _short(first), _short(second)
        if "." in self.triple and two <= 12:
            return date(year, two, one)
        readings = {date(year, m, d) for m, d in ((one, two), (two, one)) if 0 < m <= 12}
        if len(readings) > 1 and self.weekday >= 0:
            readings = {day for day in readings if day.weekday() == self.weekday} or readings
        if len(readings) > 1 and self.half >= 0 and len(first) < len(second):
            return date(year, two, one)
        if len(readings) > 1 and (self.zone in AMERICAN or self.half >= 0):
            return date(year, one, two)
        (day,) = readings
        return day


def _year(year: str) -> int:
    """Return the year that is meant (RFC 5322 §4.3): 49 is 2049, 50 is 1950, and 124, as some programs count, 2024."""
    digits = year.lstrip("'")
    if len(digits) > 4 or len(digits) < 2:
        raise ValueError("no year")
    return int(digits) + (0 if len(digits) == 4 else 2000 if len(digits) == 2 and int(digits) < 50 else 1900)


def _short(number: str) -> int:
    if len(number) > 2:
        raise ValueError("no day or month")
    return int(number)


def take_apart(text: str) -> DateParts:
    """Take a date apart, word by word; ValueError for whatever has no place in one."""
    parts = DateParts()
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if not match:
            raise ValueError("not understood")
        at = match.end()
        kind = match.lastgroup
        if kind == "clock":
            _take_clock(parts, match[0])
        elif kind == "triple" and not parts.triple:
            parts.triple = match[0]
        elif kind in ("number", "ordinal"):
            _take_number(parts, match["number"], text[at:])
        elif kind == "word":
            _take_word(parts, folded(match["word"]), text[at:])
        elif kind == "offset":
            _take_offset(parts, match[0])
        elif kind == "place" and not parts.place:
            parts.place = match[0]
        elif kind != "mark":
            raise ValueError("said twice")
    return parts


def _take_clock(parts: DateParts, clock: str) -> None:
    if parts.hour >= 0:
        raise ValueError("two clocks")
    hour, minute, *rest = re.split(r"[:.,hH]", clock)
    parts.hour, parts.minute, parts.second = int(hour), int(minute), int(rest[0]) if rest else 0


def _take_number(parts: DateParts, number: str, after: str) -> None:
    if parts.hour < 0 and re.match(r"\s?(?:[ap]m|[hH])\b", after) and len(number) <= 2:
        parts.hour = int(number)  # 3 PM
    else:
        parts.numbers.append(number)


def _take_word(parts: DateParts, word: str, after: str) -> None:
    if word in MONTHS and not parts.month and not (word in WEEKDAYS and _names_month(after)):
        parts.month = MONTHS[word]
    elif word in WEEKDAYS and parts.weekday < 0:
        parts.weekday = WEEKDAYS[word]
    elif word in HALVES and parts.half < 0:
        parts.half = HALVES[word]
    elif word in ZONES and not parts.zone:
        parts.zone = word
    elif word not in FILLERS:
        raise ValueError("a word that is in no date")


def _names_month(text: str) -> bool:
    """Tell whether a month, or a whole date in numbers, follows: then "mar" was a Tuesday."""
    words = (folded(word) for word in re.findall(r"[^\W\d_]+", text))
    return any(word in MONTHS for word in words) or re.search(r"\d[-/.]\d{1,2}[-/.]\d", text) is not None


def _take_offset(parts: DateParts, offset: str) -> None:
    """Take "+02:00" or "-5"; after a day alone "-2024" is no offset but its year, as in 23-Sep-2024."""
    sign, digits = offset[0], offset[1:].strip().replace(":", "")
    if parts.hour < 0 and not (parts.triple and sign == "+"):
        parts.numbers.append(digits)
        return
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if parts.offset is not None or hours > 14 or minutes > 59 or (parts.zone and ZONES[parts.zone]):
        raise ValueError("no offset")
    parts.offset = (hours * 60 + minutes) * (1 if sign == "+" else -1)
