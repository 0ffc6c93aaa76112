"""When to come back: (state, what happened, now) → the next state, with the reason in words.

Nothing here touches a clock or the net. A wait is the longest of what the operator, the publishing rhythm and the
server ask for; what strangers ask is capped at a week, so that no header can end a subscription.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from hashlib import blake2b
from typing import NamedTuple

from aggregator.model import (
    Answer,
    Because,
    DocumentState,
    FailureKind,
    Hints,
    Settings,
    Source,
    SourceKind,
    SourceState,
)
from aggregator.policy import backoff, overlap
from aggregator.policy.wishes import LONGEST_WISH, awake, freshness, retry_after, skipped_by

TOO_MANY_REQUESTS = 3600  # a bare 429 waits at least this long
FOLDER_INTERVAL = 60  # nobody is bothered by a look at one's own disk
MOVED_AFTER = 3  # visits running that a permanent redirect must lead to one feed before it is believed
_LONGEST_JITTER = 3600
_OWN_PACE = frozenset({Because.INTERVAL, Because.MIN_INTERVAL, Because.RHYTHM, Because.SILENCE, Because.LOCAL})
DOUBTED_AFTER = 8 * 86400  # seconds of silence in which 304s are believed, at least,
_GAPS = 4  # or so many times the usual gap
_TRUSTED = 3  # failures running that a short Retry-After is believed
_NOT_THERE = frozenset({401, 403, 404, 410})
_SEVERAL, _FASTER = 4, 3  # entries that came at once, so many times as fast as usual: the rhythm is another one
_JUST_NOW = 300  # seconds: several entries that came out since then have the date of the request
_UNHURRIED = 24  # of a silence without any rhythm the part that is waited
OFFLINE = "our own connection was down"
BACK = "our own connection is back"
SOONEST_TRY, _LATEST_TRY = 300, 3600  # seconds until what could not be reached is tried again: one source, each of them
PUSHED = "pushed by its hub"


class _Wait(NamedTuple):
    """Seconds to wait, why in words, and what that is."""

    seconds: int
    reason: str
    because: Because


def after_success(
    source: Source,
    state: SourceState,
    answer: Answer,
    polling: Settings,
    now: int,
    arrived: Sequence[int] = (),
) -> SourceState:
    """Return the state after a visit that read its source, or heard that it is unchanged.

    `arrived` are the instants of its new entries. `state` has the hints and documents of this visit already.
    """
    state = overlap.tightened(_rhythm(_moved(state, answer), arrived, now), arrived)
    if source.kind is SourceKind.FILES:
        wait = _Wait(source.interval or FOLDER_INTERVAL, "a local folder or file", Because.LOCAL)
    else:
        wait = max((_own_pace(source, state, polling, now), *_wishes(state.hints, answer, now)), key=_seconds)
    at = now + wait.seconds if source.kind is SourceKind.FILES else _spread(source.key, now, wait.seconds)
    return replace(
        state,
        last_visit=now,
        failures=0,
        error="",
        gone=False,
        next_visit=awake(at, state.hints),
        because=wait.because,
        reason=f"{wait.reason}; entries were probably missed" if state.missed else wait.reason,
    )


def after_failure(
    source: Source,
    state: SourceState,
    answer: Answer,
    kind: FailureKind,
    error: str,
    polling: Settings,
    now: int,
) -> SourceState:
    """Return the state after a visit that failed: the wait grows as its kind says; a longer Retry-After holds.

    A short one holds, too, a few times: the server knows when it will be well. One's own disk is looked at as ever.
    """
    failures = state.failures + 1
    wait = _backoff(source, failures, answer, kind, polling, now)
    at = _spread(source.key, now, wait.seconds)
    if wait.seconds <= backoff.LONGEST:
        at = min(at, now + backoff.LONGEST)
    gone = kind is FailureKind.GONE and not state.location
    state = _taken_back(state, answer, failures)
    return replace(
        state,
        last_visit=now,
        failures=failures,
        error=error,
        gone=gone,
        next_visit=awake(at, state.hints),
        reason="410 Gone: not visited any more" if gone else wait.reason,
        because=Because.GONE if gone else wait.because,
    )


def _backoff(source: Source, failures: int, answer: Answer, kind: FailureKind, polling: Settings, now: int) -> _Wait:
    counted = "1 failure" if failures == 1 else f"{failures} failures"
    if source.kind is SourceKind.FILES:
        return _Wait(source.interval or FOLDER_INTERVAL, counted, Because.FAILURES)
    requested = _Wait(retry_after(answer, now), "Retry-After", Because.RETRY_AFTER)
    if requested.seconds and failures <= _TRUSTED:
        return requested
    grown = backoff.wait(kind, failures, source.interval or polling.min_interval, polling.max_interval)
    waits = [_Wait(grown, counted, Because.FAILURES)]
    if kind is FailureKind.TOO_MANY:
        waits.append(_Wait(TOO_MANY_REQUESTS, "429 Too Many Requests", Because.TOO_MANY))
    return max(*waits, requested, key=_seconds)


def _taken_back(state: SourceState, answer: Answer, failures: int) -> SourceState:
    """Forget a move whose end is not there any more, or fails for the third time: the configured address may be back.

    If that one still redirects, it leads there as before, and the move is believed again in time.
    """
    if state.location and (answer.status in _NOT_THERE or failures >= MOVED_AFTER):
        return replace(state, location="", moved_to="", moved_visits=0)
    return state


def after_push(
    source: Source, state: SourceState, polling: Settings, now: int, arrived: Iterable[int] = ()
) -> SourceState:
    """Return the state after a hub pushed something valid: the next visit may wait longer, and never comes sooner.

    A push says nothing of the feed's own server: failures, and what it asked for, stay as they are. The wait counts
    from the last visit, or a hub that never rests would put off the next one for ever.
    """
    state = replace(_rhythm(state, arrived, now), pushed=now)
    wait = _own_pace(source, state, polling, now)
    at = awake(_spread(source.key, state.last_visit, wait.seconds), state.hints)
    if state.failures or state.gone or at <= state.next_visit:
        return state
    return postponed(state, at, wait.because, wait.reason)


def is_doubtful(state: SourceState, document: DocumentState, now: int) -> bool:
    """Tell whether a feed has answered 304 for too long to be believed any more: it is asked for whole, once.

    Servers exist that answer 304 to whatever validator (a cache that never expires, a date in the future). Once in that
    time: the answer moves `read_at`.
    """
    if document.plain or not (document.etag or document.last_modified):
        return False
    return now - min(document.read_at or state.newest, now) > max(DOUBTED_AFTER, _GAPS * state.gap)


def postponed(
    state: SourceState, until: int, because: Because = Because.RETRY_AFTER, reason: str = "Retry-After"
) -> SourceState:
    """Put off the next visit to `until`: the host wants to be left alone, or we were offline."""
    return replace(state, next_visit=until, because=because, reason=reason)


def asleep(state: SourceState, now: int) -> SourceState | None:
    """Put off the next visit to when the feed wants to be asked again; return None where it may be asked now.

    Planned visits keep to skipHours and skipDays; a machine that slept, cron and a hub's hint come at any hour. What
    the operator asks for is done at any hour.
    """
    until = awake(now, state.hints)
    if until == now or state.because is Because.ASKED:
        return None
    return postponed(state, until, Because.SKIPPED, f"the feed's {skipped_by(now, state.hints)}")


def offline(state: SourceState, now: int) -> SourceState:
    """Put off a visit that our own connection prevented: the time since the last one doubles, to an hour.

    One of those that wait is tried sooner, and if it answers, so are all.
    """
    wait = max(SOONEST_TRY, min(now - state.last_visit, _LATEST_TRY))
    return postponed(state, now + wait, Because.OFFLINE, OFFLINE)


def longest(polling: Settings, sources: Iterable[Source]) -> int:
    """Return what no wait goes beyond, in seconds: an appointment further ahead was made by a clock that was wrong."""
    own = max((source.interval for source in sources), default=0)
    return max(LONGEST_WISH, backoff.LONGEST, polling.max_interval, own) + _LONGEST_JITTER + 8 * 86400


def reappointed(source: Source, next_visit: int, because: Because, polling: Settings, now: int) -> int:
    """Return when to visit a source under the config in force, where its own pace made the appointment. Pure.

    An interval that was shortened counts from now; what a server asked for, or failures, stay as they are.
    """
    wait = source.interval or (FOLDER_INTERVAL if source.kind is SourceKind.FILES else polling.max_interval)
    if because is Because.MIN_INTERVAL and not source.interval:
        wait = polling.min_interval
    elif because not in _OWN_PACE:
        return next_visit
    late = now + wait + min(wait // 4, _LONGEST_JITTER)
    return now + wait if next_visit > late else next_visit


def _own_pace(source: Source, state: SourceState, polling: Settings, now: int) -> _Wait:
    if source.interval:
        return _Wait(source.interval, "interval", Because.INTERVAL)
    if state.pushed and state.lease > now:
        reason = f"{PUSHED}; polled every {span(polling.max_interval)} all the same"
        return _Wait(polling.max_interval, reason, Because.PUSHED)
    least = _Wait(polling.min_interval, "min_interval", Because.MIN_INTERVAL)
    if not state.gap:  # one entry, one date or none: nothing is known but how long it has been silent
        silence = max(0, now - state.newest) if state.newest else 0
        slower = min(silence // _UNHURRIED, polling.max_interval)
        return max(least, _Wait(slower, f"silent for {span(silence)}", Because.SILENCE))
    # Twice in the time between two entries; a source gone quiet is asked less and less.
    gap = max(state.gap, (now - state.newest) // 3)
    wait = max(polling.min_interval, min(gap // 2, polling.max_interval))
    return _Wait(wait, f"publishes about every {span(gap)}", Because.RHYTHM)


def _wishes(hints: Hints, answer: Answer, now: int) -> list[_Wait]:
    fresh, name = freshness(answer, now)
    wishes = (
        (retry_after(answer, now), "Retry-After", Because.RETRY_AFTER),
        (fresh, f"{name} {span(fresh)}", Because.FRESH),
        (hints.ttl, f"the feed's ttl {span(hints.ttl)}", Because.TTL),
    )
    return [_Wait(min(seconds, LONGEST_WISH), reason, because) for seconds, reason, because in wishes if seconds]


def _seconds(wait: _Wait) -> int:
    return wait.seconds


def _rhythm(state: SourceState, arrived: Iterable[int], now: int) -> SourceState:
    """Update the mean gap and the newest instant with the entries of this visit.

    Of entries without dates, or with one date, nothing is learnt but that they came now: the gap is then what passes
    between such visits.
    """
    # What it dates before its newest is no news: an edit, or all of it once more under other guids.
    came = [at for at in arrived if not at or not state.gap or at > state.newest]
    stamped = len(came) >= _SEVERAL and min(came) >= now - _JUST_NOW  # by the clock, whenever anybody asks
    if not came or stamped:
        return state if state.newest else replace(state, newest=now)  # its silence begins now
    instants = sorted(min(at, now) for at in came if at > 0)[-20:]
    spread = (instants[-1] - instants[0]) // (len(instants) - 1) if len(instants) > 1 else 0
    gap = spread
    if state.newest and (state.gap or not spread):
        passed = max(0, now - max(state.newest, state.last_visit - LONGEST_WISH)) / max(1, len(instants))
        # One that took to publishing by the hour must not scroll its news out of the feed until the mean has noticed.
        sudden = len(instants) >= _SEVERAL and _FASTER * passed < state.gap
        gap = int(0.7 * state.gap + 0.3 * passed) if state.gap and not sudden else int(passed)
    newest = max(state.newest, instants[-1]) if instants and gap else now
    return replace(state, gap=gap, newest=newest)


def _moved(state: SourceState, answer: Answer) -> SourceState:
    """Count the visits that a permanent redirect (301, 308) led to the same feed, and believe the third.

    One is not enough: captive portals and misconfigured servers answer 301 to everything.
    """
    if answer.status == 0 or not (answer.permanent or state.moved_to):
        return state
    if not answer.permanent:
        return replace(state, moved_to="", moved_visits=0)
    visits = state.moved_visits + 1 if answer.permanent == state.moved_to else 1
    if visits >= MOVED_AFTER:
        return replace(state, location=answer.permanent, moved_to="", moved_visits=0)
    return replace(state, moved_to=answer.permanent, moved_visits=visits)


def _spread(key: str, now: int, wait: int) -> int:
    """Return the instant `wait` seconds on, up to a quarter later (an hour at most), the same for the same visit.

    Sources that were added together drift apart by it.
    """
    chance = blake2b(f"{key} {now}".encode("utf-8", "replace"), digest_size=2).digest()
    return now + wait + int(min(wait // 4, _LONGEST_JITTER) * int.from_bytes(chance, "big") / 65536)


def span(seconds: int) -> str:
    """Write a number of seconds for people, in one unit: 7200 → "2 h"."""
    for size, unit in ((86400, "day"), (3600, "h"), (60, "min")):
        if seconds >= size:
            number = round(seconds / size)
            return f"{number} {unit}s" if unit == "day" and number > 1 else f"{number} {unit}"
    return f"{seconds} s"
