"""What feedparser leaves as text → numbers, durations, instants, and what a feed says of its own rhythm."""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from typing import Any

from aggregator.model import Hints

_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def text(value: object) -> str:
    """The text without white space around it; "" for whatever is none."""
    return value.strip() if isinstance(value, str) else ""


def number(value: object) -> int:
    """A whole number of up to 15 digits; 0 for whatever is none."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def seconds(duration: str) -> int:
    """ "3723", "62:03" and "1:02:03", as podcasts write durations."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?|(\d{1,4}:)?\d{1,4}:\d{1,2}", duration, re.ASCII):
        return 0
    total = 0.0
    for part in duration.split(":"):
        total = total * 60 + float(part)
    return int(total)


def instant(moment: Any) -> int:
    """feedparser's UTC struct_time → seconds; 0 for none and for the year 1, which means none."""
    if not moment or moment[0] < 1000:
        return 0
    return calendar.timegm(moment)


def hints(channel: Mapping[str, Any], body: bytes) -> Hints:
    """What the feed says of how often to come, by feedparser and by its bytes."""
    ttl = number(channel.get("ttl")) * 60
    period = _PERIODS.get(text(channel.get("sy_updateperiod")).lower(), 0)
    if period:
        ttl = max(ttl, period // max(1, number(channel.get("sy_updatefrequency"))))
    # feedparser keeps only the last <hour> and <day> of a list.
    hours = {int(h) % 24 for h in _listed(body, b"skiphours", rb"<hour>\s*(\d{1,2})\s*</hour>")}
    days = [d.decode().lower() for d in _listed(body, b"skipdays", rb"<day>\s*([a-z]{6,9})\s*</day>")]
    return Hints(ttl, frozenset(hours), frozenset(_DAYS.index(d) for d in days if d in _DAYS))


def _listed(body: bytes, tag: bytes, item: bytes) -> list[bytes]:
    lowered = body[:65536].lower()
    start = lowered.find(b"<" + tag)
    end = lowered.find(b"</" + tag, start)
    return re.findall(item, lowered[start:end]) if 0 <= start < end else []
