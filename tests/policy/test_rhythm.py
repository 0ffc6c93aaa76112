"""Visits follow a rhythm that changes, at no cost to the sources that publish evenly."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest

from aggregator.config import parse
from aggregator.model import Answer, SourceState
from aggregator.policy import politeness

HOUR, DAY, WEEK = 3600, 86400, 7 * 86400
START = 1_795_392_000
NEWS = START + 60 * DAY
CONFIG = parse('[[source]]\nurl = "http://a.example/feed"', Path("aggregator.toml"))


def visited(published: Sequence[int], end: int, window: int) -> tuple[int, set[int]]:
    """How many visits a feed that lists so many entries has until `end`, and which of them are seen."""
    state, now, seen, visits = SourceState(), START, set[int](), 0
    while now < end:
        came = [at for at in [at for at in published if at <= now][-window:] if at not in seen]
        seen.update(came)
        state = politeness.after_success(CONFIG.sources[0], state, Answer(status=200), CONFIG.settings, now, came)
        visits, now = visits + 1, state.next_visit
    return visits, seen


@pytest.mark.parametrize("calm", [DAY, WEEK, 30 * DAY])
@pytest.mark.parametrize(("pace", "window"), [(HOUR, 10), (HOUR // 4, 15)])
def test_news_that_break_are_not_missed_but_for_the_first_day(calm: int, pace: int, window: int) -> None:
    """A weekly feed that took to ten entries in ten hours lost 66 of them in five days, a monthly one 112 in eight."""
    before = range(START - 10 * calm, NEWS, calm)
    news = list(range(NEWS, NEWS + 14 * DAY, pace))
    _, seen = visited([*before, *news], news[-1], window)

    assert [at for at in news[:-window] if at not in seen and at > NEWS + DAY + HOUR] == []


@pytest.mark.parametrize(("mean", "most"), [(DAY, 1.8), (4 * HOUR, 9.5)])
def test_a_feed_that_publishes_by_chance_is_visited_about_twice_in_its_interval(mean: int, most: float) -> None:
    dice, at, published = Random(1), float(START - 20 * mean), []
    while at < START + 120 * DAY:
        published.append(int(at))
        at += dice.expovariate(1 / mean)
    visits, seen = visited(published, START + 120 * DAY, 20)

    assert visits / 120 < most
    assert len([at for at in published if at > START and at not in seen]) <= 5


@pytest.mark.parametrize("gap", [DAY, WEEK])
@pytest.mark.parametrize("stamped", [False, True])
def test_a_feed_that_makes_up_its_guids_or_its_dates_is_visited_no_more_often(gap: int, stamped: bool) -> None:
    """All that it lists comes at every visit. One with daily entries was asked 14 times a day for it, or 85 times."""
    published = range(START - 20 * gap, START + 60 * DAY, gap)
    state, now, visits = SourceState(), START, 0
    while now < START + 60 * DAY:
        listed = [at for at in published if at <= now][-15:]
        dates = [now] * len(listed) if stamped else listed
        state = politeness.after_success(CONFIG.sources[0], state, Answer(status=200), CONFIG.settings, now, dates)
        visits, now = visits + 1, state.next_visit

    assert visits / 60 < 3
