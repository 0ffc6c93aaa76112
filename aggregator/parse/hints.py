"""What a feed says of its own rhythm: ttl, skipHours, skipDays, sy:updatePeriod."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from aggregator.model import Hints
from aggregator.parse.coerce import number, text

_PERIODS = {"hourly": 3600, "daily": 86400, "weekly": 604800, "monthly": 2592000, "yearly": 31536000}
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def hints(channel: Mapping[str, Any], body: bytes) -> Hints:
    """Return what the feed says of how often to come, by feedparser and by its bytes."""
    ttl = number(channel.get("ttl")) * 60
    period = _PERIODS.get(text(channel.get("sy_updateperiod")).lower(), 0)
    if period:
        ttl = max(ttl, period // max(1, number(channel.get("sy_updatefrequency"))))
    # feedparser keeps only the last <hour> and <day> of a list.
    hours = {int(h) % 24 for h in _items(body, b"skiphours", rb"<hour>\s*(\d{1,2})\s*</hour>")}
    days = [d.decode().lower() for d in _items(body, b"skipdays", rb"<day>\s*([a-z]{6,9})\s*</day>")]
    return Hints(ttl, frozenset(hours), frozenset(_DAYS.index(d) for d in days if d in _DAYS))


def _items(body: bytes, tag: bytes, item: bytes) -> list[bytes]:
    lowered = body[:65536].lower()
    start = lowered.find(b"<" + tag)
    end = lowered.find(b"</" + tag, start)
    return re.findall(item, lowered[start:end]) if 0 <= start < end else []
