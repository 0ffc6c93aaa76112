"""Feeds that publish more between two visits than they list: it is said, and they are asked more often."""

from __future__ import annotations

from email.utils import formatdate
from pathlib import Path

import pytest
from days import DAY, HOUR, START, Days
from world import Asked, Reply, World, rss

from aggregator.model import DocumentState, SourceState, Trouble
from aggregator.policy import overlap
from aggregator.store import incidents
from aggregator.store.database import reading

READ = START
NOW = START + DAY
NEW = [READ + HOUR * n for n in (3, 5, 7, 9)]


def hashes(*numbers: int) -> frozenset[bytes]:
    return frozenset(number.to_bytes(8, "big") for number in numbers)


BEFORE = DocumentState(entry_hashes=hashes(1, 2, 3, 4), read_at=READ)


def test_all_that_is_listed_came_after_the_last_reading() -> None:
    assert overlap.has_missed(BEFORE, hashes(5, 6, 7, 8), NEW, NOW)


@pytest.mark.parametrize(
    ("before", "listed", "dates"),
    [
        (BEFORE, hashes(4, 5, 6, 7), NEW[:3]),  # it goes on
        (BEFORE, hashes(5, 6, 7), NEW[:3]),  # it lists few at any time
        (BEFORE, hashes(5, 6, 7, 8), [READ - 1, *NEW[1:]]),  # one is old, in other words perhaps
        (BEFORE, hashes(5, 6, 7, 8), [0, *NEW[1:]]),  # nothing is known of one
        (BEFORE, hashes(5, 6, 7, 8), [NEW[0]] * 4),  # all have one date: that of the build
        (BEFORE, hashes(5, 6, 7, 8), [NOW - 3, NOW - 2, NOW - 1, NOW]),  # and here of the request
        (DocumentState(), hashes(5, 6, 7, 8), NEW),  # nothing was read before
        (DocumentState(entry_hashes=hashes(1)), hashes(5, 6, 7, 8), NEW),  # by a version that noted no time
    ],
)
def test_in_doubt_nothing_was_missed(before: DocumentState, listed: frozenset[bytes], dates: list[int]) -> None:
    assert not overlap.has_missed(before, listed, dates, NOW)


def test_it_is_asked_twice_in_the_time_that_its_list_took() -> None:
    assert overlap.tightened(SourceState(missed=READ, gap=DAY), NEW).gap == 6 * HOUR
    assert overlap.tightened(SourceState(missed=READ, gap=HOUR), NEW).gap == HOUR
    assert overlap.tightened(SourceState(gap=DAY), NEW).gap == DAY


async def test_it_is_told_until_a_visit_finds_what_it_knows_and_then_no_more_is_missed(
    tmp_path: Path, world: World
) -> None:
    days, burst = Days(tmp_path, world), START + 5 * DAY

    def busy(asked: Asked) -> Reply:
        calm = [START + DAY * n for n in range(-9, 6)]
        published = [at for at in (*calm, *range(burst + HOUR, asked.at + 1, 2 * HOUR)) if at <= asked.at][-5:]
        entries = [f"<guid>{at}</guid><title>t{at}</title><pubDate>{formatdate(at)}</pubDate>" for at in published]
        return Reply(body=rss(*entries))

    url = world.plays("/f", busy)
    config = days.config(f'[[source]]\nurl = "{url}"')
    await days.live(5 * DAY - HOUR, config)
    reasons = []
    while days.now < burst + 2 * DAY:
        (standing,) = await days.live(HOUR, config)
        reasons.append(standing.reason)
    with reading(tmp_path / "data") as database:
        (told,) = [each for each in incidents.recent(database) if each.trouble is Trouble.MISSED]
        titles = {row[0] for row in database.execute("SELECT title FROM entry")}
    assert any("entries were probably missed" in reason for reason in reasons)
    assert told.until and burst - DAY <= told.since < told.opened < told.until
    since = [at for at in range(burst + HOUR, days.now, 2 * HOUR) if told.opened <= at < days.now - 8 * HOUR]
    assert len(since) > 5 and {f"t{at}" for at in since} <= titles
    status = (tmp_path / "data/public/status.xml").read_text("utf-8")
    assert "were probably missed" in status and "is visited often enough again" in status
