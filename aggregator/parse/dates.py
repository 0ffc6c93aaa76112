"""Dates as publishers write them → instants. Read whole or not at all: what might be no date is none.

Every word and number of a date has to be understood. The order of its parts is told by what they are: a year has four
digits, a month a name. Numbers alone are year first ("2024/03/05") or, with dots, day first ("05.03.2024"). Of
"03/05/2024" nobody knows the month; it is read where one reading is no date ("03/25/2024", "04/04/2024") or
something else tells: the weekday that stands beside it, the name of an American time zone, or a clock of twelve hours,
which puts the month first but for "5/03/2024 3:15 PM", as Australia writes. Without a zone it is UTC; a wrong weekday
is no harm (feeds have many).

python-dateutil takes "May" and "12" for dates, and feedparser "2024/03/05" for the 1st of November.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from aggregator.parse import zones
from aggregator.parse.datewords import AMERICAN, FILLERS, HALVES, MONTHS, WEEKDAYS, ZONES, folded

_LONGEST = 120  # characters: JavaScript's, with the name of its zone in words, have 70
_FIRST, _LAST = 1440, 2199  # years that an article may be from

_EPOCH_DAY = date(1970, 1, 1).toordinal()
_CLOCK = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)"
_RFC_822 = re.compile(
    r"(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<day>\d\d?) (?P<month>Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) "
    rf"(?P<year>\d{{4}}) {_CLOCK}(?::(?P<second>[0-5]\d))? (?P<zone>GMT|UTC|Z|[+-](?:0\d|1[0-4])[0-5]\d)",
    re.ASCII,
)
_RFC_3339 = re.compile(
    rf"(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[T ]{_CLOCK}:(?P<second>[0-5]\d)(?:\.\d{{1,9}})?"
    r"(?P<zone>Z|[+-](?:0\d|1[0-4]):?[0-5]\d)",
    re.ASCII,
)

# What no date needs a word for: Chinese, Japanese and Korean dates, "p. m.", a comment (RFC 822) after the zone.
_SPELT = (
    (re.compile(r"(\d{4})\s*[年년]\s*(\d{1,2})\s*[月월]\s*(\d{1,2})\s*[日일号號]?"), r" \1-\2-\3 "),
    (
        re.compile(
            r"(?:星期|周|週|礼拜)[一二三四五六日天]|[(]?[月火水木金土日월화수목금토일](?:曜日?|요일)?[)]|.요일|.曜日?"
        ),
        " ",
    ),
    (re.compile(r"(?:上午|午前|오전)\s*(\d[\d:]*)"), r" \1 am "),
    (re.compile(r"(?:下午|午後|오후)\s*(\d[\d:]*)"), r" \1 pm "),
    (re.compile(r"(\d{1,2})\s*[時时点點시]\s*(?:(\d{1,2})\s*[分분])(?:\s*(\d{1,2})\s*[秒초])?"), r" \1:\2 "),
)
_HALF = re.compile(r"(?<=[\d\s])([ap])\.?\s?m\b\.?", re.IGNORECASE)
_COMMENT = re.compile(r"(?:(?<=[+-]\d{4})|(?<=[+-]\d\d:\d\d))\s*(?:\([^()]{1,60}\)|\[[^\[\]]{1,60}\])$")
_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[Tt ]?(\d\d)(\d\d)(\d\d)?(?:[.,]\d{1,9})?)?(?=$|[Zz+-]|\s*[A-Za-z])")
_EPOCH = re.compile(r"(\d{9,10})(?:\.\d{1,9})?|(\d{13})|(\d{16})")  # in seconds, milliseconds, microseconds
_PERIOD = re.compile(r"(\d{4})(?:-(\d\d))?", re.ASCII)
_NEVER = re.compile(r"(?<!\d)000[01](?!\d)")
_WEEK = re.compile(r"\d{4}-?W\d\d-?[1-7]")
_TOKEN = re.compile(
    r"(?P<clock>\d{1,2}:\d\d(?::\d\d(?:[.,:]\d{1,9})?)?(?!\d)|\d{1,2}[hH]\d\d(?!\d)|\d{1,2}\.\d\d(?=\s*Uhr))"
    r"|(?P<triple>\d{1,4}([-/.])\s?\d{1,2}\3\s?\d{1,4}(?!\d))"
    r"|(?P<number>'?\d+)(?P<ordinal>st|nd|rd|th|er|re|º|ª|o|\.)?"
    rf"|(?P<place>{zones.PLACE}|(?:{zones.SHORT})(?!\w))"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)?)\.?"
    r"|(?P<offset>[+-]\d{1,2}:?(?:\d\d)?(?!\d))"
    r"|(?P<mark>[\s,;()|@_/:.·–—+-])"
)
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)"
)
WRITTEN = re.compile(
    r"(?<![\w/.:-])(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+)?(?:"
    r"\d{4}([-/.])\d\d?\1\d\d?"
    rf"|\d\d?(?:st|nd|rd|th)?\.?\s+(?:of\s+)?{_MONTH}\.?,?\s+\d{{4}}"
    rf"|{_MONTH}\.?\s+\d\d?(?:st|nd|rd|th)?,?\s+\d{{4}}"
    r"|\d\d?\.\d\d?\.\d{4}"
    r"|\d\d?/\d\d?/\d{4}"
    r")(?:(?:T|,?\s+(?:(?:at|-|–)\s+)?)\d\d?:\d\d(?::\d\d(?:[.,]\d{1,9})?)?"
    r"(?:\s?[ap]\.?m\b\.?)?(?:\s?(?:Z|UTC|GMT|[CEMP][SD]T|CES?T|[+-]\d\d:?\d\d)\b)?)?(?![\w/-])",
    re.IGNORECASE | re.ASCII,
)
"""What in a text may be a date; instant() of it tells."""


def instant(text: str) -> int:
    """The instant that a text names, in seconds since 1970; 0 if it names none, or says anything else."""
    text = text.strip()
    if found := _RFC_822.fullmatch(text) or _RFC_3339.fullmatch(text):
        return _usual(found)
    text = " ".join(text.split()) if len(text) <= 8 * _LONGEST else ""
    if len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return 0
    try:
        return _alone(text) or _said(_plain(text)).instant()
    except (ValueError, OverflowError):  # 2022-13-45, 25:61, a word that says something else
        return 0


def period(text: str) -> int:
    """The beginning of a year or a month that is written as W3CDTF has it ("2024", "2024-03"), 0 for all else.

    Journals date their articles so. In a text that might be any number, and in front matter it is none.
    """
    found = _PERIOD.fullmatch(text.strip())
    return instant(f"{found[1]}-{found[2] or '01'}-01") if found else 0


def _usual(found: re.Match[str]) -> int:
    """What nearly all dates are, without taking them apart word by word: that takes twenty times as long."""
    part = found.groupdict()
    month = part["month"]
    try:
        day = date(int(part["year"]), int(month) if month.isdigit() else MONTHS[month.lower()], int(part["day"]))
    except ValueError:  # the 31st of February
        return 0
    if not _FIRST <= day.year <= _LAST:
        return 0
    ahead, zone = 0, part["zone"]
    if zone[0] in "+-":
        ahead = int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    clock = int(part["hour"]) * 3600 + int(part["minute"]) * 60 + int(part["second"] or 0)
    return (day.toordinal() - _EPOCH_DAY) * 86_400 + clock - ahead


def seconds(moment: datetime) -> int:
    """The instant of a moment; 0 for a year that no article is from, which a zone could push off the end."""
    if not _FIRST <= moment.year <= _LAST:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def is_unread(written: str) -> bool:
    """Whether a date was written that nobody understands. By the years 0 and 1 programs say that there is none."""
    return bool(written) and not (instant(written) or period(written) or _NEVER.search(written))


def not_understood(written: Sequence[str]) -> str:
    """What a visit tells of the dates that it could not read, in one line, however many they are."""
    first = written[0] if len(written[0]) <= 40 else f"{written[0][:40]}…"
    return f"dates not understood: {len(written)}, such as {first!r}"


def matched(found: re.Match[str]) -> int:
    """The instant of what WRITTEN found."""
    return instant(found[0])


def _alone(text: str) -> int:
    """The instant of a text that is one number, or the day of a week; 0 for any other."""
    if found := _EPOCH.fullmatch(text):
        return int(found[1] or (found[2] or found[3][:-3])[:-3])
    return seconds(datetime.fromisoformat(text)) if _WEEK.fullmatch(text) else 0


def _plain(text: str) -> str:
    """With what is spelt in other ways in the way that the tokens know."""
    if not text.isascii():
        text = "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)
        text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'")
        for pattern, plain in _SPELT:
            text = pattern.sub(plain, text)
    text = _COMMENT.sub("", _HALF.sub(r"\1m ", text))
    if found := _COMPACT.match(text):
        year, month, day, hour, minute, second = found.groups()
        clock = f"T{hour}:{minute}:{second or '00'}" if hour else ""
        text = f"{year}-{month}-{day}{clock}{text[found.end() :]}"
    return text.strip()


@dataclass(slots=True)
class _Said:
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
        day = self._day()
        hour, minute, second = self._clock()
        if not _FIRST <= day.year <= _LAST:
            raise ValueError("no year of an article")
        moment = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute)
        return int((moment + timedelta(minutes=-self._ahead(moment), seconds=second)).timestamp())

    def _ahead(self, moment: datetime) -> int:
        """Minutes by which the clock is ahead of UTC. An offset, or a zone's name, tells more than a place."""
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
    """RFC 5322 §4.3: 49 is 2049, 50 is 1950, and 124, as some programs count, 2024."""
    digits = year.lstrip("'")
    if len(digits) > 4 or len(digits) < 2:
        raise ValueError("no year")
    return int(digits) + (0 if len(digits) == 4 else 2000 if len(digits) == 2 and int(digits) < 50 else 1900)


def _short(number: str) -> int:
    if len(number) > 2:
        raise ValueError("no day or month")
    return int(number)


def _said(text: str) -> _Said:
    said = _Said()
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if not found:
            raise ValueError("not understood")
        at = found.end()
        kind = found.lastgroup
        if kind == "clock":
            _take_clock(said, found[0])
        elif kind == "triple" and not said.triple:
            said.triple = found[0]
        elif kind in ("number", "ordinal"):
            _take_number(said, found["number"], text[at:])
        elif kind == "word":
            _take_word(said, folded(found["word"]), text[at:])
        elif kind == "offset":
            _take_offset(said, found[0])
        elif kind == "place" and not said.place:
            said.place = found[0]
        elif kind != "mark":
            raise ValueError("said twice")
    return said


def _take_clock(said: _Said, clock: str) -> None:
    if said.hour >= 0:
        raise ValueError("two clocks")
    hour, minute, *rest = re.split(r"[:.,hH]", clock)
    said.hour, said.minute, said.second = int(hour), int(minute), int(rest[0]) if rest else 0


def _take_number(said: _Said, number: str, after: str) -> None:
    if said.hour < 0 and re.match(r"\s?(?:[ap]m|[hH])\b", after) and len(number) <= 2:
        said.hour = int(number)  # 3 PM
    else:
        said.numbers.append(number)


def _take_word(said: _Said, word: str, after: str) -> None:
    if word in MONTHS and not said.month and not (word in WEEKDAYS and _names_month(after)):
        said.month = MONTHS[word]
    elif word in WEEKDAYS and said.weekday < 0:
        said.weekday = WEEKDAYS[word]
    elif word in HALVES and said.half < 0:
        said.half = HALVES[word]
    elif word in ZONES and not said.zone:
        said.zone = word
    elif word not in FILLERS:
        raise ValueError("a word that is in no date")


def _names_month(text: str) -> bool:
    """Whether a month, or a whole date in numbers, follows: then "mar" was a Tuesday."""
    words = (folded(word) for word in re.findall(r"[^\W\d_]+", text))
    return any(word in MONTHS for word in words) or re.search(r"\d[-/.]\d{1,2}[-/.]\d", text) is not None


def _take_offset(said: _Said, offset: str) -> None:
    """ "+02:00", "-5"; after a day alone "-2024" is no offset but its year, as in 23-Sep-2024."""
    sign, digits = offset[0], offset[1:].strip().replace(":", "")
    if said.hour < 0 and not (said.triple and sign == "+"):
        said.numbers.append(digits)
        return
    hours, minutes = (int(digits[:-2]), int(digits[-2:])) if len(digits) > 2 else (int(digits), 0)
    if said.offset is not None or hours > 14 or minutes > 59 or (said.zone and ZONES[said.zone]):
        raise ValueError("no offset")
    said.offset = (hours * 60 + minutes) * (1 if sign == "+" else -1)
