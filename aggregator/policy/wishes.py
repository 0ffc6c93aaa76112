"""What a server and its feed ask for: how long to wait, how long an answer stays fresh, at which hours not to come.

What strangers ask is capped at a week, so that no header can end a subscription. Pure.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from aggregator.model import Answer, Hints

LONGEST_WISH = 7 * 86400  # what a Retry-After, max-age, Expires, ttl or update period is cut to
_DAYS, _HOURS = 7, 24


def retry_after(answer: Answer, now: int) -> int:
    """The seconds that Retry-After asks for (RFC 9110 §10.2.3: seconds or a date), at most a week."""
    value = answer.retry_after.strip()
    seconds = int(value[:12]) if value.isascii() and value.isdigit() else _until(value, answer, now)
    return max(0, min(seconds, LONGEST_WISH))


def hold(answer: Answer, now: int) -> int:
    """Until when the host wants to be left alone with all its feeds; 0 if it did not say so."""
    wait = retry_after(answer, now) if answer.status in {429, 503} else 0
    return now + wait if wait else 0


def freshness(answer: Answer, now: int) -> tuple[int, str]:
    """How long the answer stays fresh (RFC 9111 §4.2.1), in seconds, and which header says so."""
    directives = [part.strip().lower() for part in answer.cache_control.split(",")]
    for directive in directives:
        name, _, value = directive.partition("=")
        if name == "max-age":
            value = value.strip('"')
            return (int(value[:12]) if value.isascii() and value.isdigit() else 0), "max-age"
    if "no-cache" in directives or "no-store" in directives:
        return 0, "no-cache"
    return max(0, _until(answer.expires, answer, now)), "Expires"


def _until(date: str, answer: Answer, now: int) -> int:
    """Seconds from the server's own clock, if it told the time, to an HTTP date; 0 for none."""
    at, start = http_date(date), http_date(answer.date)
    return at - (start or now) if at else 0


def http_date(value: str) -> int:
    """An HTTP date (RFC 9110 §5.6.7, obsolete forms too) → its instant; 0 for anything else."""
    try:
        moment = parsedate_to_datetime(value)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def awake(at: int, hints: Hints) -> int:
    """The first instant from `at` on that is in none of the hours and days the feed asks to be left alone (GMT)."""
    if len(hints.skip_hours) >= _HOURS or len(hints.skip_days) >= _DAYS:
        return at  # every hour of the week is skipped: nobody means that
    while skipped_by(at, hints):
        at = at - at % 3600 + 3600
    return at


def skipped_by(instant: int, hints: Hints) -> str:
    """Which of the feed's elements asks for silence at this instant; "" for none."""
    moment = datetime.fromtimestamp(instant, UTC)
    if moment.hour in hints.skip_hours:
        return "skipHours"
    return "skipDays" if moment.weekday() in hints.skip_days else ""
