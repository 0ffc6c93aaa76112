"""Failures weigh by their kind: what passes is tried again soon, a server that says no is believed sooner."""

from __future__ import annotations

import pytest

from aggregator.config import Config
from aggregator.model import Answer, FailureKind, Source, SourceState
from aggregator.policy import politeness
from aggregator.policy.backoff import wait

MINUTE, HOUR, DAY = 60, 3600, 86400
A = Source("https://a.example/f")
PASSING = [FailureKind.DNS, FailureKind.CONNECTION, FailureKind.TIMEOUT, FailureKind.SERVER, FailureKind.LOGIN]


def _waits(kind: FailureKind, usual: int = 15 * MINUTE, longest: int = DAY) -> list[int]:
    return [wait(kind, failures, usual, longest) for failures in range(1, 10)]


@pytest.mark.parametrize("kind", PASSING)
def test_what_passes_is_tried_again_soon_and_then_ever_more_seldom(kind: FailureKind) -> None:
    minutes = [seconds // MINUTE for seconds in _waits(kind)]
    assert minutes == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


@pytest.mark.parametrize("kind", [FailureKind.TLS, FailureKind.UNPARSABLE, FailureKind.INVALID, FailureKind.TOO_MANY])
def test_what_somebody_has_to_mend_waits_twice_as_long(kind: FailureKind) -> None:
    assert [seconds // MINUTE for seconds in _waits(kind)] == [30, 60, 120, 240, 480, 960, 1440, 1440, 1440]


def test_a_server_that_says_no_is_asked_once_a_day_after_three_times() -> None:
    assert [seconds // HOUR for seconds in _waits(FailureKind.REFUSED)][:4] == [1, 4, 16, 24]


def test_the_operator_s_own_intervals_bound_it() -> None:
    assert max(_waits(FailureKind.SERVER, longest=HOUR)) == HOUR
    assert _waits(FailureKind.SERVER, longest=7 * DAY)[-1] == 15 * MINUTE * 256
    assert set(_waits(FailureKind.SERVER, usual=2 * DAY)) == {2 * DAY}
    assert max(_waits(FailureKind.REFUSED, longest=HOUR)) == DAY, "no server is asked each hour for what it refuses"


def test_failures_without_end_are_no_numbers_without_end() -> None:
    assert {wait(kind, 10**9, 15 * MINUTE, DAY) for kind in FailureKind} == {DAY}


def test_410_ends_it_at_once() -> None:
    polling = Config().settings
    after = politeness.after_failure(A, SourceState(), Answer(410), FailureKind.GONE, "gone", polling, 0)
    assert after.gone
