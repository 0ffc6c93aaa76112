"""A year's script of 200 sources: what each publishes when, in which form, and what befalls its server. Pure.

A seed makes it, and the same one the same. `Source.listing(at)` is what its document lists at an instant, and
tests/year/web.py what its server says to a request then.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from hashlib import blake2b
from html import escape

HOUR = 3600
DAY = 86400
WEEK = 7 * DAY
START = 1_795_392_000  # Monday 2026-11-23 00:00 UTC
END = START + 365 * DAY
MONTH = 365 * DAY // 12
NEVER = 1 << 60


@dataclass(frozen=True)
class Article:
    """One article, wherever it appears: its number, and what it says from which instant on (title, text)."""

    number: int
    versions: tuple[tuple[int, str, str], ...]

    def at(self, now: int) -> tuple[str, str]:
        """Its title and text then."""
        said = self.versions[0]
        for version in self.versions[1:]:
            if version[0] <= now:
                said = version
        return said[1:]


@dataclass(frozen=True)
class Item:
    """An article as one source lists it, from `at` on; `tail` are words that the source adds."""

    article: Article
    at: int
    path: str
    tail: str = ""
    site: str = ""  # whose address it has, "" for the source's own


@dataclass(frozen=True)
class Spell:
    """What befalls a server from one instant to another: `what` is a status, or a word that `Sites.answer` knows."""

    start: int
    end: int
    what: str
    more: str = ""


@dataclass(frozen=True)
class Shape:
    """How a source writes its document."""

    form: str = "rss"
    window: int = 20
    guids: str = "own"  # or "none", "made up" (new ones at every request)
    dates: str = "own"  # or "none", "now" (that of the request)
    validators: str = "etag"  # or "modified", "none"
    headers: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""
    restless: bool = False  # each answer has other words at its end: a counter
    tracked: bool = False  # each answer has other parameters in its addresses
    order: str = "newest"  # first, or "oldest", or "any"


@dataclass
class Source:
    """One source: its address, and all that it lists in the year, the oldest first."""

    name: str
    rhythm: str
    host: str
    items: Sequence[Item] = ()
    shape: Shape = Shape()
    spells: Sequence[Spell] = ()
    redated: Sequence[int] = ()  # when all that it lists gets that date
    rebuilt: int = NEVER  # when it moved house: guids and addresses are others from then on
    reformed: int = NEVER  # when it took to another form
    scheme: str = "http"
    absent: Sequence[tuple[int, int]] = ()  # from when until when nobody is subscribed to it

    def __post_init__(self) -> None:
        self._times = [item.at for item in self.items]
        edits = [at for item in self.items for at, _, _ in item.article.versions[1:]]
        self._changes = sorted({*self._times, *edits, *self.redated, self.rebuilt, self.reformed})
        self._written: tuple[object, bytes] = (None, b"")

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}/{self.name}.xml"

    def is_wanted(self, now: int) -> bool:
        """Whether it is subscribed to then."""
        return not any(start <= now < end for start, end in self.absent)

    def listing(self, now: int) -> Sequence[Item]:
        """What it lists then, the newest first."""
        last = bisect_right(self._times, now)
        return self.items[max(0, last - self.shape.window) : last][::-1]

    def listed(self) -> Iterator[tuple[Item, int, int]]:
        """Each item, with the instants from which and until which it is listed."""
        for at, item in enumerate(self.items):
            after = at + self.shape.window
            yield item, item.at, self.items[after].at if after < len(self.items) else NEVER

    def version(self, now: int) -> int:
        """A number for what the document says then."""
        return bisect_right(self._changes, now)

    def changed(self, now: int) -> int:
        """When it changed last."""
        at = self.version(now)
        return self._changes[at - 1] if at else START - WEEK

    def body(self, now: int, host: str, count: int) -> bytes:
        """The document; `count` is how many were asked for before."""
        shape = self.shape
        restless = shape.restless or shape.tracked or shape.dates == "now" or shape.guids == "made up"
        key = (self.version(now), host, count if restless else 0)
        if self._written[0] != key:
            self._written = key, _write(self, now, host, count)
        return self._written[1]

    def link(self, item: Item, now: int) -> str:
        """The address of an item."""
        if item.site:
            return f"http://{item.site}/{item.path}"
        moved = "www." if now >= self.rebuilt else ""
        return f"http://{moved}{self.host}/{item.path}"

    def guid(self, item: Item, now: int, count: int) -> str:
        """Its guid, "" where it has none."""
        if self.shape.guids == "none":
            return ""
        if self.shape.guids == "made up":
            return f"{self.name}-{count}-{item.path}"
        return self.link(item, now) if now >= self.rebuilt else f"tag:{item.site or self.host},2026:{item.path}"

    def dated(self, item: Item, now: int) -> int:
        """The date that it gives an item, 0 for none."""
        if self.shape.dates == "none":
            return 0
        if self.shape.dates == "now":
            return now
        if self.shape.dates == "ahead":
            return item.at + 3 * DAY
        if self.shape.dates == "1970":
            return 1
        return max([item.at, *(at for at in self.redated if item.at <= at <= now)])


def _write(source: Source, now: int, host: str, count: int) -> bytes:
    entries = [
        (
            source.guid(item, now, count),
            *item.article.at(now),
            item.tail + (f" {count} readers" if source.shape.restless else ""),
            source.link(item, now) + (f"?utm_source=feed&utm_campaign={count}" if source.shape.tracked else ""),
            source.dated(item, now),
        )
        for item in source.listing(now)
    ]
    if source.shape.order == "oldest":
        entries.reverse()
    if source.shape.order == "any":
        entries.sort(key=lambda entry: tag_of(f"{entry[0]}{source.version(now)}".encode()))
    form = source.shape.form
    if now >= source.reformed:
        form = "atom" if form == "rss" else "rss"
    return _FORMS[form](source, host, entries)


Written = tuple[str, str, str, str, str, int]
"""Of one entry the guid, title, text, tail, address and date."""


_GUID = "guid isPermaLink='false'"


def _element(name: str, content: object) -> str:
    return f"<{name}>{escape(str(content))}</{name.partition(' ')[0]}>" if content else ""


def _rss(source: Source, host: str, entries: Sequence[Written]) -> bytes:
    items = "".join(
        f"<item>{_element(_GUID, guid)}<title>{escape(title)}</title><link>{escape(link)}</link>"
        f"<description>&lt;p&gt;{text}&lt;/p&gt;{tail}</description>{_element('pubDate', at and formatdate(at))}</item>"
        for guid, title, text, tail, link, at in entries
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>{source.name}</title><link>http://{host}/</link>'
        f"{source.shape.channel}{items}</channel></rss>"
    ).encode()


def _atom(source: Source, host: str, entries: Sequence[Written]) -> bytes:
    items = "".join(
        f'<entry>{_element("id", guid)}<title>{escape(title)}</title><link href="{escape(link)}"/>'
        f'<content type="html">&lt;p&gt;{text}&lt;/p&gt;{tail}</content>{_element("updated", at and _iso(at))}</entry>'
        for guid, title, text, tail, link, at in entries
    )
    return (
        f'<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>{source.name}</title>'
        f'<id>tag:{source.host},2026:feed</id><link href="http://{host}/"/>{items}</feed>'
    ).encode()


def _json(source: Source, host: str, entries: Sequence[Written]) -> bytes:
    items = [
        {"id": guid, "title": title, "url": link, "content_html": f"<p>{text}</p>{tail}"}
        | ({"date_published": _iso(at)} if at else {})
        for guid, title, text, tail, link, at in entries
    ]
    about = {"version": "https://jsonfeed.org/version/1.1", "title": source.name, "home_page_url": f"http://{host}/"}
    return json.dumps(about | {"items": items}).encode()


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


_FORMS = {"rss": _rss, "atom": _atom, "json": _json}


def tag_of(body: bytes) -> str:
    """The entity tag of a document."""
    return f'"{blake2b(body, digest_size=6).hexdigest()}"'
