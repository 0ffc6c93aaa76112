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
from datetime import UTC, date, datetime

from aggregator.parse.dates import parts
from aggregator.parse.dates.parts import FIRST, LAST
from aggregator.parse.dates.words import MONTHS

_LONGEST = 120  # characters: JavaScript's, with the name of its zone in words, have 70

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
    """Return the instant that a text names, in seconds since 1970; 0 if it names none, or says anything else."""
    text = text.strip()
    if match := _RFC_822.fullmatch(text) or _RFC_3339.fullmatch(text):
        return _usual(match)
    text = " ".join(text.split()) if len(text) <= 8 * _LONGEST else ""
    if len(text) > _LONGEST or not any(map(str.isdigit, text)):
        return 0
    try:
        return _alone(text) or parts.take_apart(_plain(text)).instant()
    except (ValueError, OverflowError):  # 2022-13-45, 25:61, a word that says something else
        return 0


def period(text: str) -> int:
    """Return the beginning of a year or a month that is written as in W3CDTF ("2024", "2024-03"), 0 for all else.

    Journals date their articles so. In a text that might be any number, and in front matter it is none.
    """
    match = _PERIOD.fullmatch(text.strip())
    return instant(f"{match[1]}-{match[2] or '01'}-01") if match else 0


def _usual(match: re.Match[str]) -> int:
    """Return the instant of a date as nearly all are, not taken apart word by word: that takes twenty times as long."""
    part = match.groupdict()
    month = part["month"]
    try:
        day = date(int(part["year"]), int(month) if month.isdigit() else MONTHS[month.lower()], int(part["day"]))
    except ValueError:  # the 31st of February
        return 0
    if not FIRST <= day.year <= LAST:
        return 0
    ahead, zone = 0, part["zone"]
    if zone[0] in "+-":
        ahead = int(f"{zone[0]}1") * (int(zone[1:3]) * 3600 + int(zone[-2:]) * 60)
    clock = int(part["hour"]) * 3600 + int(part["minute"]) * 60 + int(part["second"] or 0)
    return (day.toordinal() - _EPOCH_DAY) * 86_400 + clock - ahead


def seconds(moment: datetime) -> int:
    """Return the instant of a moment; 0 for a year that no article is from, which a zone could push off the end."""
    if not FIRST <= moment.year <= LAST:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def is_unread(written: str) -> bool:
    """Tell whether a date was written that nobody understands. By the years 0 and 1 programs say that there is none."""
    return bool(written) and not (instant(written) or period(written) or _NEVER.search(written))


def not_understood(written: Sequence[str]) -> str:
    """Write a visit's note on the dates that it could not read, in one line, however many they are."""
    first = written[0] if len(written[0]) <= 40 else f"{written[0][:40]}…"
    return f"dates not understood: {len(written)}, such as {first!r}"


def matched(match: re.Match[str]) -> int:
    """Return the instant of what WRITTEN found."""
    return instant(match[0])


def _alone(text: str) -> int:
    """Return the instant of a text that is one number, or the day of a week; 0 for any other."""
    if match := _EPOCH.fullmatch(text):
        return int(match[1] or (match[2] or match[3][:-3])[:-3])
    return seconds(datetime.fromisoformat(text)) if _WEEK.fullmatch(text) else 0


def _plain(text: str) -> str:
    """Spell a date in the way that the tokens know."""
    if not text.isascii():
        text = "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)
        text = unicodedata.normalize("NFKC", text).replace("\u2212", "-").replace("\u2019", "'")
        for pattern, plain in _SPELT:
            text = pattern.sub(plain, text)
    text = _COMMENT.sub("", _HALF.sub(r"\1m ", text))
    if match := _COMPACT.match(text):
        year, month, day, hour, minute, second = match.groups()
        clock = f"T{hour}:{minute}:{second or '00'}" if hour else ""
        text = f"{year}-{month}-{day}{clock}{text[match.end() :]}"
    return text.strip()
