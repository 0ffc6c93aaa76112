"""What feedparser leaves as text → numbers, durations, instants."""

from __future__ import annotations

import calendar
import re
from typing import Any


def text(value: object) -> str:
    """Return the text without white space around it; "" for whatever is none."""
    return value.strip() if isinstance(value, str) else ""


def number(value: object) -> int:
    """Return a whole number of up to 15 digits; 0 for whatever is none."""
    digits = text(value)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0


def seconds(duration: str) -> int:
    """Return the seconds of a duration as podcasts write it: "3723", "62:03", "1:02:03"; 0 for anything else."""
    if not re.fullmatch(r"\d{1,9}(\.\d{1,9})?|(\d{1,4}:)?\d{1,4}:\d{1,2}", duration, re.ASCII):
        return 0
    total = 0.0
    for part in duration.split(":"):
        total = total * 60 + float(part)
    return int(total)


def instant(moment: Any) -> int:
    """Return the instant of feedparser's UTC struct_time; 0 for none and for the year 1, which means none."""
    if not moment or moment[0] < 1000:
        return 0
    return calendar.timegm(moment)
