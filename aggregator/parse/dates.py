"""Dates as people write them → instants. Strict: what might be no date is none.

python-dateutil takes "May" and "12" for dates, which text is full of.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?"
)
_ZONES = {
    "CET": 1,
    "CEST": 2,
    "EST": -5,
    "CST": -6,
    "MST": -7,
    "PST": -8,
    "EDT": -4,
    "CDT": -5,
    "MDT": -6,
    "PDT": -7,
}
WRITTEN = re.compile(
    r"(?<![\w/.:-])(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+)?(?:"
    r"(?P<y1>\d{4})([-/.])(?P<m1>\d\d?)\2(?P<d1>\d\d?)"
    rf"|(?P<d2>\d\d?)(?:st|nd|rd|th)?\.?\s+(?:of\s+)?(?P<m2>{_MONTH})\.?,?\s+(?P<y2>\d{{4}})"
    rf"|(?P<m3>{_MONTH})\.?\s+(?P<d3>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y3>\d{{4}})"
    r"|(?P<d4>\d\d?)\.(?P<m4>\d\d?)\.(?P<y4>\d{4})"
    r"|(?P<m5>\d\d?)/(?P<d5>\d\d?)/(?P<y5>\d{4})"
    r")(?:(?:T|,?\s+(?:(?:at|-|–)\s+)?)(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,]\d{1,9})?)?"
    r"(?:\s?(?P<half>[ap])\.?m\b\.?)?(?:\s?(?P<zone>Z|UTC|GMT|[CEMP][SD]T|CES?T|[+-]\d\d:?\d\d)\b)?)?(?![\w/-])",
    re.IGNORECASE | re.ASCII,
)


def instant(text: str) -> int:
    """The instant that a text names, 0 if it names none or says anything else. Without a zone it is UTC."""
    text = " ".join(text[:100].split())
    if found := WRITTEN.fullmatch(text):
        return matched(found)
    try:
        return seconds(datetime.fromisoformat(text))  # ISO 8601 has more forms: 20220303, 2022-W09-4
    except ValueError:
        return 0


def seconds(moment: datetime) -> int:
    """The instant of a moment; 0 for a year that no article is from, which a zone could push off the end."""
    if not 1900 <= moment.year < 2200:
        return 0
    return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


def matched(found: re.Match[str]) -> int:
    """Read as it is most often meant: 3.4.2022 is in April, 3/4/2022 in March, 23/4/2022 in April."""
    part = {name: value for name, value in found.groupdict().items() if value}
    year, month, day = (next(part[u + n] for n in "12345" if u + n in part) for u in "ymd")
    if "m5" in part and int(month) > 12:
        month, day = day, month
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3].lower()) + 1
    hour = int(part.get("hour", 0))
    if half := part.get("half", "").lower():
        hour = hour % 12 + (12 if half == "p" else 0)
    try:
        clock = (hour, int(part.get("minute", 0)), int(part.get("second", 0)))
        return seconds(datetime(int(year), number, int(day), *clock, tzinfo=_zone(part.get("zone", ""))))
    except ValueError:  # 2022-13-45, 25:61
        return 0


def _zone(name: str) -> timezone:
    if name[:1] in ("+", "-"):
        offset = timedelta(hours=int(name[1:3]), minutes=int(name[-2:]))
        return timezone(offset if name[0] == "+" else -offset)
    return timezone(timedelta(hours=_ZONES.get(name.upper(), 0)))
