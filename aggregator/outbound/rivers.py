"""Store → select → the stories of a river, or of one of its pages, as what is shown of them.

A river is an output's stories in time; "" is the front page's, of all that there is. Its first page shows at least
SIZE stories, and what comes before them is on pages that begin at a fixed position (store/rivers.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlite_utils import Database

from aggregator.config import Config, OutputTable
from aggregator.config.query import fault, literal
from aggregator.model.categories import with_wholes
from aggregator.outbound.archives import has_archive
from aggregator.outbound.cards import Cards
from aggregator.outbound.outputs import selection_of, site_of
from aggregator.render.html import river
from aggregator.render.html.cards import END, START
from aggregator.render.html.filters import Filter, position, position_of
from aggregator.render.html.river import Choices, River
from aggregator.store import rivers, search, selection, standings
from aggregator.store.conditions import Selection
from aggregator.store.rivers import Neighbours, OfSource, Position, Until
from aggregator.store.rules import Categories, Languages, Match, MaxAge, Rule
from aggregator.text import writable

SIZE = 50  # stories that a page has at least; with twice as many it is parted
_MOST_SOURCES = 150  # to choose from
_NAME = 80  # characters of a source's name there
_VISITORS = "visitor_"


@dataclass(frozen=True, slots=True)
class Course:
    """A river as it is configured: the output's name ("" for all that there is), its stories, and where it shows them.

    `older` is the river whose pages come behind its first one, None for none: of rules that are about the moment only
    the first page means anything.
    """

    name: str
    output: OutputTable | None
    rules: Selection
    older: str | None


def courses(config: Config, now: int) -> list[Course]:
    """Return the rivers that there are: the front page's, then one for each output.

    With one output the front page is its river: what its rules keep out is shown nowhere.
    """
    outputs = [_course(output, selection_of(output, config, now)) for output in config.outputs]
    front = replace(outputs[0], name="") if len(outputs) == 1 else Course("", None, Selection(), "")
    return [front, *outputs]


def _course(output: OutputTable, rules: Selection) -> Course:
    return Course(output.name, output, rules, output.name if has_archive(output, rules) else None)


def first_page(
    database: Database,
    config: Config,
    course: Course,
    up: str,
    begins: Position | None,
    *,
    choices: Choices,
    cards: Cards,
    is_feed: bool = False,
) -> River:
    """Return the page with the newest stories, at an address from which the way to the site's own is `up`.

    `begins` is where the next page does, as `behind_first` or a publication has it; None where there is none.
    """
    stories = _first(database, course, begins)
    page = _page(database, config, course, stories, up, _home(course, up, is_feed=is_feed), cards)
    older = _address(course, begins, up) if begins else ""
    return replace(page, older=older, is_feed=is_feed, choices=choices)


def _first(database: Database, course: Course, begins: Position | None) -> list[int]:
    if course.output is not None and course.older is None:
        most = min(course.output.limit, 2 * SIZE)
        if not course.output.dedupe:
            copies = selection.newest_copies(database, course.rules, most)
            return list(dict.fromkeys(story for story, _entry in copies))
        return selection.newest(database, course.rules, most)
    return selection.newest(database, rivers.between(course.rules, None, begins), 2 * SIZE)


def behind_first(database: Database, course: Course) -> Position | None:
    """Return where the page behind the first one begins; None where there is none."""
    return rivers.newest_page(database, course.older) if course.older is not None else None


def older_page(database: Database, config: Config, course: Course, place: Neighbours, cards: Cards) -> River:
    """Return the page at this place."""
    up = "../" if course.name else ""
    stories = selection.newest(database, rivers.between(course.rules, place.first, place.older), 2 * SIZE)
    page = _page(database, config, course, stories, up, "./", cards)
    newer = _address(course, place.newer, up) if place.newer else "./"
    return replace(page, newer=newer, older=_address(course, place.older, up) if place.older else "", is_first=False)


def place_of(database: Database, course: Course, name: str) -> Neighbours | None:
    """Return the place of the river's page with this name, None where there is none."""
    number = name.rpartition("-")[2]
    if course.older != course.name or not (number.isascii() and number.isdigit() and len(number) < 16):
        return None
    place = rivers.neighbours(database, course.name, int(number))
    return place if place and page_name(place.first) == name else None


def page_name(first: Position) -> str:
    """Return the name of the page that begins at this position: its day, and a number."""
    return f"{writable.moment(first[0]):%Y-%m-%d}-{first[1]}"


def _address(course: Course, first: Position, up: str) -> str:
    """Return the address of a page with older stories, from where the way to the site's own is `up`."""
    folder = f"{course.older}/" if course.older else ""
    return f"{up}{folder}{page_name(first)}.html"


def _home(course: Course, up: str, *, is_feed: bool = False) -> str:
    return f"{course.name}/" if is_feed else "./" if course.name or not up else up


def asked_page(database: Database, config: Config, course: Course, asked: Filter, up: str, cards: Cards) -> River:
    """Return the stories of the river that a visitor asks for, SIZE on a page."""
    problem = fault(asked.q) if asked.q else ""
    plain = Filter(q=literal(asked.q)) if problem else Filter()
    rules = Selection((*course.rules.rules, *_rules(asked)))
    if (before := position_of(asked.before)) is not None:
        rules = rivers.behind(rules, before)
    numbers = [] if problem else selection.newest(database, rules, SIZE + 1)
    hits = search.marked(database, asked.q, numbers, START, END) if asked.q and numbers else {}
    home = _home(course, up)
    page = _page(database, config, course, numbers[:SIZE], up, home, cards, hits)
    older = ""
    if len(numbers) > SIZE:
        last = rivers.positions(database, numbers[SIZE - 1 : SIZE])[0]
        older = home + asked.with_(before=position(*last))
    choices = choices_of(database, config)
    return replace(
        page,
        asked=asked,
        older=older,
        newer=home + asked.with_(before="") if asked.before else "",
        choices=choices,
        chosen=[(said, home + without) for said, without in _chosen(database, asked)],
        problem=problem,
        plain=home + plain.with_() if plain.q else "",
        is_first=not asked.before,
    )


def _rules(asked: Filter) -> list[Rule[Any]]:
    since, until = asked.instants
    rules: list[Rule[Any]] = []
    if asked.q:
        rules.append(Match(asked.q, _VISITORS))
    if asked.category:
        rules.append(Categories((asked.category,), _VISITORS))
    if asked.source:
        rules.append(OfSource(int(asked.source), _VISITORS))
    if asked.language:
        rules.append(Languages((asked.language,), _VISITORS))
    if since is not None:
        rules.append(MaxAge(since, _VISITORS))
    if until is not None:
        rules.append(Until(until, _VISITORS))
    return rules


def _chosen(database: Database, asked: Filter) -> list[tuple[str, str]]:
    named = {
        "q": f"“{asked.q}”",
        "category": asked.category,
        "source": standings.name(database, int(asked.source or 0)) or "an unknown source",
        "language": f"in {asked.language}" if asked.language != "und" else "in no language that is named",
        "since": f"since {asked.since}",
        "until": f"until {asked.until}",
    }
    return [(said, asked.with_(**{key: "", "before": ""})) for key, said in named.items() if getattr(asked, key)]


def choices_of(database: Database, config: Config) -> Choices:
    """Return what visitors may choose from; no sources where it is private which these are."""
    categories = with_wholes(source.category for source in config.sources if source.enabled)
    most = 0 if config.serve.private else _MOST_SOURCES
    sources = [(row, writable.short(name, _NAME)) for row, name in standings.names(database, most)]
    return Choices(categories, standings.languages(database), sources)


def _page(
    database: Database,
    config: Config,
    course: Course,
    numbers: Sequence[int],
    up: str,
    home: str,
    cards: Cards,
    hits: dict[int, tuple[str, str]] | None = None,
) -> River:
    site = site_of(config)
    offer = next((offer for offer in site.outputs if course.output and offer.channel.name == course.output.name), None)
    return River(site, up, home, offer, river.days(cards.of(database, site, numbers, hits)))
