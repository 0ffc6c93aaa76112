"""Seed → the script of a year: 200 sources of every habit. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeVar

from tests.year.world import DAY, END, HOUR, MONTH, NEVER, START, WEEK, Article, Item, Shape, Source, Spell

T = TypeVar("T")
_SYLLABLES = [c + v for c in "bdfgklmnprstvz" for v in ("a", "e", "i", "o", "u", "an", "er", "il", "on")]


class Script:
    """Writes the sources. `articles` counts them, `doubled` are those that several sources have."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)
        self._words = [self._word() for _ in range(3000)]
        self._count = 0
        self.sources: list[Source] = []

    def _word(self) -> str:
        return "".join(self._random.choices(_SYLLABLES, k=self._random.randint(2, 4)))

    def choose(self, among: Sequence[T]) -> T:
        """One of these."""
        return self._random.choice(among)

    def _text(self, words: int) -> str:
        return " ".join(self._random.choices(self._words, k=words))

    def article(self, at: int, words: int = 45, title: str = "") -> Article:
        """A new one, which some publishers correct, and some rewrite."""
        self._count += 1
        title = title or self._text(self._random.randint(4, 7)).capitalize()
        text = self._text(words)
        versions = [(at, title, text)]
        chance = self._random.random()
        if chance < 0.03:  # a typo
            versions.append((at + self._random.randint(HOUR, 2 * DAY), title, text.replace("a", "aa", 1)))
        elif chance < 0.06:  # more came to be known
            edited = at + self._random.randint(HOUR, 2 * DAY)
            versions.append((edited, f"{title}, {self._text(2)}", f"{text} {self._text(25)}"))
        return Article(self._count, tuple(versions))

    def items(self, times: Iterable[int], words: int = 45, title: str = "") -> list[Item]:
        """An article for each of these times."""
        return [self._item(self.article(at, words, title), at) for at in sorted(times)]

    def _item(self, article: Article, at: int, tail: str = "", site: str = "") -> Item:
        return Item(article, at, f"{self._random.getrandbits(32):08x}", tail, site)

    # ── Rhythms ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def every(self, seconds: int, start: int = START - WEEK, end: int = END, jitter: float = 0.3) -> list[int]:
        """Instants about so far apart."""
        at, times = start + self._random.randrange(seconds), []
        while at < end:
            times.append(at)
            at += max(60, int(seconds * self._random.uniform(1 - jitter, 1 + jitter)))
        return times

    def weekdays(self) -> list[int]:
        """One a working day."""
        return [at for at in self.every(DAY) if (at - START) // DAY % 7 < 5]

    def bursts(self) -> list[int]:
        """Some within hours, then weeks of nothing."""
        return [
            at + self._random.randrange(3 * HOUR)
            for at in self.every(21 * DAY)
            for _ in range(self._random.randint(3, 8))
        ]

    def season(self) -> list[int]:
        """Daily for two months of the year."""
        start = START + self._random.randrange(30, 280) * DAY
        return [*self.every(DAY // 2, START - WEEK, START), *self.every(DAY, start, start + 60 * DAY)]

    def past(self) -> list[int]:
        """A few, long ago."""
        return [START - self._random.randrange(60, 900) * DAY for _ in range(3)]

    def sudden(self) -> list[int]:
        """Weekly, until there is news every hour for three weeks."""
        start = START + self._random.randrange(60, 250) * DAY
        return [*self.every(WEEK, START - 6 * WEEK), *self.every(HOUR, start, start + 21 * DAY)]

    # ── Sources ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def add(self, name: str, rhythm: str, times: Iterable[int], shape: Shape, **more: object) -> Source:
        """A source of articles of its own."""
        number = len(self.sources)
        words, title = more.pop("words", 45), more.pop("title", "")
        items = more.pop("items", None) or self.items(times, words, title)  # type: ignore[arg-type]
        named = {"host": f"{name}{number}.example"} | more
        source = Source(f"{name}{number}", rhythm, items=items, shape=shape, **named)  # type: ignore[arg-type]
        self.sources.append(source)
        return source

    def shape(self, **more: object) -> Shape:
        """One of the usual ways to write a document."""
        choose = self._random.choice
        usual = {"form": choose(("rss", "rss", "atom", "json")), "validators": choose(("etag", "modified", "none"))}
        return Shape(**usual | {"window": choose((10, 15, 20))} | more)  # type: ignore[arg-type]

    def spells(self, start: int, end: int, what: Sequence[str], shortest: int, longest: int, pause: int) -> list[Spell]:
        """Troubles of these kinds, with well times between."""
        found, at = [], start + self._random.randrange(pause)
        while at < end:
            until = at + self._random.randint(shortest, longest)
            found.append(Spell(at, until, self._random.choice(what)))
            at = until + self._random.randint(pause // 2, 2 * pause)
        return found

    def some_day(self, first: int = 30, last: int = 250) -> int:
        """An instant of the year."""
        return START + self._random.randrange(first * DAY, last * DAY)


_USUAL: Sequence[tuple[str, int, Callable[[Script], list[int]]]] = (
    ("daily", 4, lambda s: s.every(DAY)),
    ("weekday", 3, Script.weekdays),
    ("weekly", 20, lambda s: s.every(WEEK, START - 10 * WEEK)),
    ("monthly", 14, lambda s: s.every(30 * DAY, START - 200 * DAY)),
    ("burst", 5, Script.bursts),
    ("season", 4, Script.season),
    ("silent", 9, Script.past),
    ("busy", 1, lambda s: s.every(6 * HOUR)),
)
_SHORT = ("dns", "refused", "reset", "timeout", "500", "502", "503")
_LONG = ("dns", "refused", "timeout", "404", "403", "500", "parked", "garbage")


def written(seed: int) -> list[Source]:
    """The sources of a year."""
    script = Script(seed)
    for name, count, times in _USUAL:
        for _ in range(count):
            script.add(name, name, times(script), script.shape())
    _troubled(script)
    _moving(script)
    _odd(script)
    _wishful(script)
    _shared(script)
    _hard(script)
    _late(script)
    return script.sources


def _weekly(script: Script) -> list[int]:
    return script.every(9 * DAY, START - 90 * DAY)


def _troubled(script: Script) -> None:
    for _ in range(10):
        spells = script.spells(START, END, _SHORT, HOUR, 20 * HOUR, 20 * DAY)
        script.add("flaky", "daily", script.every(4 * DAY), script.shape(), spells=spells)
    for _ in range(6):
        spells = script.spells(START, END, _LONG, WEEK, 5 * WEEK, 60 * DAY)
        script.add("weeks", "weekly", _weekly(script), script.shape(), spells=spells)
    for what in ("404", "404", "dns", "dns", "refused", "parked", "parked", "garbage", "403", "timeout"):
        script.add("dead", "weekly", _weekly(script), script.shape(), spells=[Spell(script.some_day(), NEVER, what)])
    for _ in range(5):
        script.add("gone", "weekly", _weekly(script), script.shape(), spells=[Spell(script.some_day(), NEVER, "410")])
    for what in ("404", "dns", "parked", "500", "refused"):
        start = script.some_day(30, 120)
        spells = [Spell(start, start + script._random.randrange(80, 160) * DAY, what)]
        script.add("returning", "weekly", _weekly(script), script.shape(), spells=spells)


def _moving(script: Script) -> None:
    for number in range(6):
        at = script.some_day()
        new = f"new{number}.example"
        spells = [Spell(at, at + 30 * DAY, "301", new), Spell(at + 30 * DAY, NEVER, "dns")]
        rebuilt = at if number % 2 else NEVER
        script.add("moving", "weekly", _weekly(script), script.shape(), spells=spells, rebuilt=rebuilt)
    for number in range(2):
        at = script.some_day(30, 150)
        spells = [Spell(at, NEVER, "chain", f"far{number}.example")]
        script.add("chained", "weekly", _weekly(script), script.shape(), spells=spells)
    for number in range(4):
        spells = [Spell(START, NEVER, "302", f"cdn{number}.example")]
        script.add("temporary", "daily", script.every(3 * DAY), script.shape(), spells=spells)
    at = script.some_day()
    portal = [Spell(at, at + 9 * HOUR, "portal", "portal.example")]
    script.add("portal", "daily", script.every(3 * DAY), script.shape(), spells=portal)
    at = script.some_day()
    back = [Spell(at, at + 40 * DAY, "301", "lent.example"), Spell(at + 40 * DAY, NEVER, "came back", "lent.example")]
    script.add("back", "weekly", _weekly(script), script.shape(), spells=back)
    for _ in range(3):
        script.add("rebuilt", "weekly", _weekly(script), script.shape(), rebuilt=script.some_day())


def _odd(script: Script) -> None:
    for _ in range(4):
        script.add("churn", "weekly", _weekly(script), script.shape(guids="made up"))
    for _ in range(2):
        script.add("guidless", "weekly", _weekly(script), script.shape(guids="none"))
    for _ in range(2):
        script.add("undated", "weekly", _weekly(script), script.shape(dates="none"))
    script.add("bare", "weekly", _weekly(script), script.shape(guids="none", dates="none", form="rss"))
    script.add("now", "weekly", _weekly(script), script.shape(dates="now"))
    script.add("restless", "weekly", _weekly(script), script.shape(restless=True))
    for _ in range(3):
        redated = sorted(script.some_day(10, 350) for _ in range(3))
        script.add("redated", "weekly", _weekly(script), script.shape(), redated=redated)
    for title in ("Weekly open thread", "Links for Monday", "Photo of the day", "What are you reading?"):
        script.add(
            "recurring", "weekly", script.every(WEEK, START - 4 * WEEK, jitter=0.01), script.shape(), title=title
        )
    script.add("dailies", "daily", script.every(DAY, jitter=0.01), script.shape(), title="Morning brief", words=30)
    script.add("status", "weekly", _weekly(script), script.shape(), title="All systems operational", words=3)
    script.add("liar", "weekly", _weekly(script), script.shape(validators="liar"))
    script.add("narrow", "busy", script.every(9 * HOUR), script.shape(window=10))
    for _ in range(2):
        script.add("sudden", "sudden", script.sudden(), script.shape(window=10))


def _wishful(script: Script) -> None:
    for age in (6 * HOUR, 2 * DAY, 30 * DAY):
        headers = {"Cache-Control": f"public, max-age={age}"}
        script.add("fresh", "daily", script.every(3 * DAY), script.shape(headers=headers, window=20))
    for minutes in (720, 2880):
        channel = f"<ttl>{minutes}</ttl>"
        script.add("ttl", "daily", script.every(3 * DAY), script.shape(form="rss", channel=channel))
    hours = "".join(f"<hour>{hour}</hour>" for hour in range(12))
    script.add(
        "hours", "daily", script.every(3 * DAY), script.shape(form="rss", channel=f"<skipHours>{hours}</skipHours>")
    )
    days = "<skipDays><day>Saturday</day><day>Sunday</day></skipDays>"
    script.add("days", "weekday", script.weekdays(), script.shape(form="rss", channel=days))
    spells = script.spells(START, END, ("429", "held"), 2 * DAY, 4 * DAY, 40 * DAY)
    for _ in range(3):
        script.add("host", "daily", script.every(3 * DAY), script.shape(), host="crowd.example", spells=spells)
    for _ in range(3):
        spells = script.spells(START, END, ("held",), DAY, 3 * DAY, 50 * DAY)
        script.add("held", "weekly", _weekly(script), script.shape(), spells=spells)


def _shared(script: Script) -> None:
    for _ in range(4):  # one text in three papers, under an address of each
        articles = [script.article(at, 120) for at in _weekly(script)]
        for _ in range(3):
            tail = f" First published by {script._text(4)}."
            items = [
                script._item(article, article.versions[0][0] + script._random.randrange(4 * HOUR), tail)
                for article in articles
            ]
            script.add("paper", "weekly", (), script.shape(), items=in_order(items))
    for start in (0, 8):  # a planet lists what its members do, under their addresses
        members = [source for source in script.sources if source.rhythm in {"weekly", "monthly"}][start : start + 8]
        items = [
            Item(item.article, item.at + 2 * HOUR, item.path, "", member.host)
            for member in members
            for item in member.items
        ]
        script.add("planet", "planet", (), script.shape(form="atom", window=30), items=in_order(items))


def _hard(script: Script) -> None:
    damaged = ("empty", "torn", "stale")
    for guids, dates in itertools.product(("own", "none", "made up"), ("own", "none")):
        for what in damaged:
            spells = script.spells(START, END, (what,), DAY, 6 * DAY, 40 * DAY)
            shape = script.shape(guids=guids, dates=dates, form=script.choose(("rss", "atom")))
            script.add(f"{what}-{guids[:4]}-{dates}".replace(" ", ""), "weekly", _weekly(script), shape, spells=spells)
    for order in ("oldest", "any"):
        script.add("unsorted", "weekly", _weekly(script), script.shape(order=order))
    for guids in ("own", "none", "made up"):
        script.add("tracked", "weekly", _weekly(script), script.shape(tracked=True, guids=guids))
    for dates in ("ahead", "1970"):
        script.add(f"dated{dates}-", "weekly", _weekly(script), script.shape(dates=dates))
    for _ in range(3):
        shape = script.shape(form=script.choose(("rss", "atom")))
        script.add("reformed", "weekly", _weekly(script), shape, reformed=script.some_day())
    for _ in range(2):
        redated = [script.some_day(10, 350) for _ in range(3)]
        script.add("churndated", "weekly", _weekly(script), script.shape(guids="made up"), redated=redated)
    start = script.some_day(30, 120)
    spells = [Spell(start, start + 100 * DAY, "404")]
    script.add("reborn", "weekly", _weekly(script), script.shape(), spells=spells, rebuilt=start + 100 * DAY)
    same = [script.article(at, title="All is well") for at in _weekly(script)]
    items = [
        script._item(replace(one, versions=((one.versions[0][0], *same[0].versions[0][1:]),)), one.versions[0][0])
        for one in same
    ]
    script.add("verbatim", "weekly", (), script.shape(), items=in_order(items))
    for source in [source for source in script.sources if source.rhythm == "weekly"][16:20]:  # a category of another
        items = [replace(item, site=source.host) for item in source.items if script.choose((True, False))]
        script.add("category", "weekly", (), script.shape(), items=in_order(items))


def _late(script: Script) -> None:
    """Some are subscribed to later in the year, when others have brought their articles; some not always."""
    by_name = {source.name.rstrip("0123456789"): source for source in script.sources}
    for name, start, end in (("planet", 0, 6), ("category", 0, 3), ("paper", 0, 4), ("weekly", 4, 8), ("churn", 5, 7)):
        by_name[name].absent = [(START + start * MONTH, START + end * MONTH)]


def in_order(items: list[Item]) -> list[Item]:
    """The items, the oldest first."""
    return sorted(items, key=lambda item: item.at)
