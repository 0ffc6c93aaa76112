"""The web of the script: a client that asks the year's sites, and notes each request. Nothing leaves the process."""

from __future__ import annotations

import asyncio
import errno
import socket
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from email.utils import formatdate, parsedate_to_datetime

from yarl import URL

from aggregator.model import Settings, host_of
from aggregator.retrieve.answers import Response
from aggregator.retrieve.room import Take
from aggregator.retrieve.web import Web
from tests.year.world import DAY, HOUR, Source, Spell, tag_of

PARKED = b"<!DOCTYPE html><html><head><title>This domain is for sale</title></head><body>Buy it now</body></html>"
GARBAGE = b"Fatal error: Uncaught PDOException in /srv/www/feed.php on line 12"
_EMPTY = b"<?xml version='1.0'?><rss version='2.0'><channel><title>Back soon</title></channel></rss>"
_MOVES = {"301", "302", "portal", "chain", "came back"}
_PAGES = {"parked": PARKED, "garbage": GARBAGE}
_ERRORS: Mapping[str, Callable[[], Exception]] = {
    "dns": lambda: socket.gaierror(socket.EAI_NONAME, "Name or service not known"),
    "refused": lambda: OSError(errno.ECONNREFUSED, "Connection refused"),
    "reset": lambda: OSError(errno.ECONNRESET, "Connection reset by peer"),
    "timeout": TimeoutError,
}
_HELD = 5 * HOUR


Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""


class Sites:
    """All sites of the year, under its clock."""

    def __init__(self, sources: Sequence[Source], clock: Callable[[], int], down: Sequence[tuple[int, int]]) -> None:
        """`down` is when our own line is."""
        self.clock = clock
        self._by_host: dict[str, list[Source]] = defaultdict(list)
        self._by_url: dict[str, Source] = {}
        for source in sources:
            self._by_url[source.url] = source
            self._by_host[source.host].append(source)
            for spell in source.spells:
                for host in filter(None, (spell.more, spell.what == "chain" and f"via.{spell.more}")):
                    self._by_url[f"https://{host}/feed"] = source
        self.down = down
        self.asked: dict[str, array[int]] = {source.name: array("q") for source in sources}
        self.heeded: dict[str, list[tuple[int, int, str]]] = defaultdict(list)  # from when until when to be left alone
        self.counts: Counter[str] = Counter()
        self.open: Counter[str] = Counter()
        self.most_open = 0

    @property
    def is_down(self) -> bool:
        """Whether our own line is."""
        return any(start <= self.clock() < end for start, end in self.down)

    def of(self, url: str) -> Source:
        """The source that has this address, or had it."""
        return self._by_url[url]

    def spell(self, source: Source) -> Spell | None:
        """What befalls its server now."""
        now = self.clock()
        return next((spell for spell in source.spells if spell.start <= now < spell.end), None)

    def answer(self, url: str, headers: Mapping[str, str]) -> Answer:
        """What is answered to a request; or the error that a client meets."""
        source, now = self._by_url[url], self.clock()
        if self.is_down:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        self.counts[url] += 1
        asked = self.asked[source.name]
        if not asked or asked[-1] != now:
            asked.append(now)
        spell = self.spell(source)
        if spell and spell.what in {"empty", "torn", "stale"}:
            return self._damaged(source, spell.what, host_of(url))
        if spell:
            told = _trouble(source, spell, url, now, self.heeded)
            if told:
                return told
        return self._document(source, host_of(url), headers)

    def _damaged(self, source: Source, what: str, host: str) -> Answer:
        """A document without its entries, or half of it, or, every other time, the one of three days ago."""
        count, now = self.counts[source.url], self.clock()
        if what == "stale":
            return 200, {}, source.body(now - (count % 2) * 3 * DAY, host, count)
        if what == "empty":
            return 200, {}, _EMPTY
        body = source.body(now, host, count)
        return 200, {}, body[: len(body) * 2 // 3]

    def _document(self, source: Source, host: str, headers: Mapping[str, str]) -> Answer:
        shape, now = source.shape, self.clock()
        body = source.body(now, host, self.counts[source.url])
        named = dict(shape.headers)
        if shape.validators == "liar":
            named["ETag"] = '"for ever"'
            if headers.get("If-None-Match") == '"for ever"':
                return 304, named, b""
        if shape.validators == "etag":
            named["ETag"] = tag_of(body)
            if headers.get("If-None-Match") == named["ETag"]:
                return 304, named, b""
        if shape.validators == "modified":
            named["Last-Modified"] = formatdate(source.changed(now), usegmt=True)
            since = headers.get("If-Modified-Since")
            if since and parsedate_to_datetime(since).timestamp() >= source.changed(now):
                return 304, named, b""
        return 200, named, body


def _trouble(
    source: Source, spell: Spell, url: str, now: int, heeded: dict[str, list[tuple[int, int, str]]]
) -> Answer | None:
    """What comes in the document's place, if anything does: an error, or a status with headers and body."""
    at_first = url == source.url
    if spell.what in _MOVES:
        return _moved(spell, url, at_first)
    if not at_first and (spell.end < 1 << 59 or source.spells[0].what == "301"):
        return None  # it is the old address that is no more
    return _ill(source.host, spell.what, now, heeded)


def _moved(spell: Spell, url: str, at_first: bool) -> Answer | None:
    target = f"https://{spell.more}/feed"
    if spell.what == "came back":
        return None if at_first else (404, {}, b"")
    if spell.what == "portal":
        return (301, {"location": target}, b"") if at_first else (200, {}, PARKED)
    if spell.what == "chain":
        if at_first:
            return 301, {"location": f"https://via.{spell.more}/feed"}, b""
        return (308, {"location": target}, b"") if "via." in url else None
    return (int(spell.what), {"location": target}, b"") if at_first else None


def _ill(host: str, what: str, now: int, heeded: dict[str, list[tuple[int, int, str]]]) -> Answer:
    if what in _ERRORS:
        error = _ERRORS[what]()
        raise error
    if what in _PAGES:
        return 200, {"content-type": "text/html"}, _PAGES[what]
    if what == "held":
        heeded[host].append((now, now + _HELD, "Retry-After"))
        return 503, {"retry-after": str(_HELD)}, b""
    if what == "429":
        heeded[host].append((now, now + HOUR, "429"))
    return int(what), {}, b""


class YearsWeb(Web):
    """The HTTP client, with the script's sites at the other end."""

    def __init__(self, settings: Settings, clock: Callable[[], int], sites: Sites) -> None:
        super().__init__(settings, clock)
        self._sites = sites

    async def exchange(self, url: str, address: URL, headers: Mapping[str, str], take: Take) -> Response:
        sites, host = self._sites, host_of(url)
        sites.open[host] += 1
        sites.most_open = max(sites.most_open, sites.open[host])
        await asyncio.sleep(0)
        try:
            status, named, body = sites.answer(url, headers)
            await take(len(body))
        finally:
            sites.open[host] -= 1
        return Response(url, status, {name.lower(): value for name, value in named.items()}, body)

    async def resolves(self, host: str) -> bool:
        """Whether a name can be looked up: a dead one can't, and none while the line is down."""
        return not self._sites.is_down
