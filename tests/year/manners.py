"""What the sites of the year were asked, and whether a guest behaves so: a line for each breach."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from tests.year.audit import patience, well
from tests.year.web import Sites
from tests.year.world import DAY, HOUR, NEVER, START, WEEK, Source

MIN_INTERVAL = 4 * HOUR
READ = {"301", "302", "chain", "came back", "portal", "empty", "torn", "stale"}  # a source in such a spell is


def breaches(sources: Sequence[Source], sites: Sites, longest: int, end: int) -> Iterator[str]:
    """Whatever was asked too often, too late, or of somebody who wanted to be left alone."""
    if sites.most_open > 1:
        yield f"{sites.most_open} requests to one host at once"
    for source in sources:
        asked = sites.asked[source.name]
        gaps = list(itertools.pairwise(asked))
        least = max(MIN_INTERVAL, _wish(source))
        yield from (
            f"{source.name}: asked again after {b - a} s, at {a - START}"
            for a, b in gaps
            if b - a < (MIN_INTERVAL if _is_ill(source, a) else least)
        )
        for since, until, why in sites.heeded[source.host]:
            yield from (f"{source.name}: {why} not heeded at {at - START}" for at in asked if since < at < until)
        yield from _starved(source, [START, *asked, end], sites, longest)
        yield from _pestered(source, asked)
        yield from (f"{source.name}: asked, and nobody wanted it" for at in asked if not source.is_wanted(at))
        if "skipHours" in source.shape.channel:
            yield from (f"{source.name}: asked at its hour" for at in asked[1:] if at % DAY < 12 * HOUR)
        if "skipDays" in source.shape.channel:
            yield from (f"{source.name}: asked at its weekend" for at in asked[1:] if (at - START) // DAY % 7 > 4)


def _wish(source: Source) -> int:
    """How long its server or its feed asks to wait, in seconds."""
    shape = source.shape
    if "max-age" in shape.headers.get("Cache-Control", ""):
        return min(int(shape.headers["Cache-Control"].rpartition("=")[2]), WEEK)
    return int(shape.channel.removeprefix("<ttl>").partition("<")[0]) * 60 if "<ttl>" in shape.channel else 0


def _is_ill(source: Source, at: int) -> bool:
    return any(spell.start <= at < spell.end for spell in source.spells)


def _starved(source: Source, instants: Sequence[int], sites: Sites, longest: int) -> Iterator[str]:
    """Nobody is left alone for longer than he may be, well or ill; but for one who is gone."""
    gone = next((spell.start for spell in source.spells if spell.what == "410"), NEVER)
    held = [(since, until) for since, until, _ in sites.heeded[source.host]]
    most = patience(source, longest) if source.shape.validators != "liar" else longest
    for a, b in itertools.pairwise(instants):
        stretches = well(a, min(b, gone), [*held, *source.absent, *sites.down])
        waited = max((until - since for since, until in stretches), default=0)
        if waited > most:
            yield f"{source.name}: not asked for {waited // HOUR} h, from {a - START}"


def _pestered(source: Source, asked: Sequence[int]) -> Iterator[str]:
    """One that stays ill is asked once a day at last, and one that is gone not at all."""
    for spell in source.spells:
        times = [at for at in asked if spell.start <= at < spell.end]
        if spell.what == "410" and len(times) > 1:
            yield f"{source.name}: asked {len(times)} times after it was gone"
        if spell.what not in READ and times and len(times) > 8 + (min(spell.end, times[-1] + 1) - spell.start) // DAY:
            yield f"{source.name}: asked {len(times)} times while it answered {spell.what}"
    days = [at // DAY for at in asked]
    most = max((len(list(group)) for _, group in itertools.groupby(days)), default=0)
    if most > DAY // MIN_INTERVAL:
        yield f"{source.name}: asked {most} times a day"
