"""Store → how the sources stand, and what came of the visits to them, as what is shown of them.

What anybody may see is without passwords and keys: a feed whose address is secret shows its name alone.
"""

from __future__ import annotations

from dataclasses import replace

from sqlite_utils import Database

from aggregator.config import Config
from aggregator.model import SourceKind, Visit
from aggregator.model.categories import with_wholes
from aggregator.outbound import rivers
from aggregator.outbound.cards import Cards
from aggregator.outbound.outputs import site_of
from aggregator.policy.retention import KEEP_VISITS
from aggregator.render.html import charts, figures, river, source, sources
from aggregator.render.html.cards import From, marked_source
from aggregator.render.html.listing import Listing
from aggregator.render.html.source import Fact, SourcePage
from aggregator.render.html.sources import Row, Sources
from aggregator.store import selection, standings, statistics
from aggregator.store.conditions import Selection
from aggregator.store.rivers import OfSource
from aggregator.store.standings import Standing, Wanted
from aggregator.text import secrets, writable

SIZE = 100  # sources on a page
_VISITS, _FAILURES = 20, 10  # that are shown of a source
_LOOKED_AT = 200  # failed visits of which the causes are told


def list_page(database: Database, config: Config, asked: Listing, now: int) -> Sources:
    """Return the list of the sources that a visitor asks for; of pages beyond the last one, the last."""
    wanted = Wanted(asked.state, asked.category, asked.q)
    counts = standings.counts(database, wanted)
    found = counts.get(asked.state, 0) if asked.state else sum(counts.values())
    last = max(1, -(-found // SIZE))
    if asked.number > last:
        asked = replace(asked, page=str(last) if last > 1 else "")
    skip = (asked.number - 1) * SIZE
    listed = standings.listed(database, wanted, asked.by, descending=asked.descending, skip=skip, most=SIZE)
    outcomes = statistics.outcomes(database, now)
    first = next(iter(outcomes.values()))
    stories, copies = statistics.arrivals(database, now)
    return Sources(
        site=site_of(config),
        up="",
        asked=asked,
        states=sources.states(asked, counts),
        found=found,
        first=skip + 1,
        headings=sources.headings(asked),
        rows=_rows(database, listed, now),
        charts=[
            sources.outcomes(first.start, first.step, {str(name): series.values for name, series in outcomes.items()}),
            sources.stories(stories.start, stories.step, stories.values),
            sources.copies(copies.start, copies.step, copies.values),
        ],
        categories=with_wholes(table.category for table in config.sources),
        orders=sources.orders(),
        newer=asked.with_(page=str(asked.number - 1) if asked.number > 2 else "") if asked.number > 1 else "",
        older=asked.with_(page=str(asked.number + 1)) if asked.number < last else "",
    )


def _rows(database: Database, listed: list[Standing], now: int) -> list[Row]:
    ids = [standing.id for standing in listed]
    weekly, saved = statistics.weekly(database, ids, now), statistics.saved(database, ids)
    latencies = standings.latencies(database, ids)
    return [
        Row(
            source=_from(standing),
            category=writable.line(standing.category),
            state=standing.state,
            error=_line(standing.error),
            failures=standing.failures,
            entries=standing.entries,
            spark=charts.sparkline(values := weekly[standing.id].values, charts.weekly_words(values)),
            newest=standing.newest,
            silent=standing.silent,
            last=standing.last_visit,
            next=_next(standing),
            reason=_line(standing.reason),
            latency=latencies.get(standing.id, -1.0),
            saved=saved[standing.id][1],
        )
        for standing in listed
    ]


def source_page(database: Database, config: Config, number: int, now: int, cards: Cards) -> SourcePage | None:
    """Return the page of the source in this row; None where it isn't configured."""
    standing = standings.standing(database, number)
    if standing is None:
        return None
    site = site_of(config)
    weekly = statistics.weekly(database, [number], now)[number]
    visiting = statistics.visiting(database, number)
    rules = rivers.courses(config, now)[0].rules.rules  # what the front page shows nowhere, this one doesn't either
    stories = selection.newest(database, Selection((*rules, OfSource(number, "only_"))), rivers.SIZE)
    failed = statistics.visits(database, number, _LOOKED_AT, failed=True)
    return SourcePage(
        site=site,
        up="../",
        source=_from(standing),
        state=standing.state,
        paused=standing.paused,
        said=source.said(standing.state, standing.failures, _line(standing.error), standing.silent),
        facts=_facts(standing, visiting),
        chart=source.weekly(weekly.start, weekly.step, weekly.values),
        visited=source.visited({str(key): count for key, count in visiting.outcomes.items()}, KEEP_VISITS // 86400),
        visits=[_shown(visit) for visit in statistics.visits(database, number, _VISITS)],
        outcomes=sources.OUTCOMES,
        failures=source.failures([_shown(visit) for visit in failed], _FAILURES),
        days=river.days(cards.of(database, site, stories)),
    )


def _facts(standing: Standing, visiting: statistics.Visiting) -> list[Fact]:
    site = writable.address(secrets.shown(standing.link))
    is_open = standing.kind is SourceKind.WEB and not secrets.is_secret(standing.key)
    address = writable.address(standing.key) if is_open else ""
    latency = ""
    if visiting.mean >= 0:
        latency = f"{figures.seconds(visiting.median)} (middle), {figures.seconds(visiting.mean)} (mean)"
    saved = f"about {figures.size(visiting.saved)} by {figures.counted(visiting.unchanged, 'answer')} of 304"
    facts = [
        Fact("Category", writable.line(standing.category)),
        Fact("Site", site, link=site),
        Fact("Feed", address, link=address),
        Fact("Last visit", at=standing.last_visit),
        Fact("Next visit", at=_next(standing)),
        Fact("Because", _line(standing.reason) if _next(standing) else ""),
        Fact("Newest entry", at=standing.newest),
        Fact("Silent since", at=standing.silent),
        Fact("Entries", figures.number(standing.entries)),
        Fact("Latency", latency),
        Fact("Saved", saved if visiting.saved else ""),
    ]
    return [fact for fact in facts if fact.words or fact.at]


def _from(standing: Standing) -> From:
    identity = standing.key if standing.kind is SourceKind.WEB else standing.feed_id
    return marked_source(standing.id, writable.line(standing.shown_name) or "Unnamed", secrets.shown(identity))


def _next(standing: Standing) -> int:
    """Return when it is visited next, 0 where it isn't, or at once."""
    return 0 if standing.state in {"gone", "paused"} else standing.next_visit


def _shown(visit: Visit) -> Visit:
    """Return the visit as anybody may see it."""
    return replace(visit, source="", detail=_line(visit.detail))


def _line(text: str) -> str:
    return writable.line(secrets.shown_in(text))
