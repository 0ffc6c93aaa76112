"""A farm of feeds on loopback for speed.py: real bodies, many hosts, one small process.

    python tests/benchmarks/farm.py CORPUS.tar.xz --feeds 500 --hosts 100 [--small 2] [--copies]

Feed i is one of the corpus's feeds, with its letters set into every entry's guid and link and into every second plain
word of its text: no two feeds have an entry or a text in common, so what is measured is no story of five hundred
copies (`--copies` leaves the words alone). With `--small N` only every tenth feed, one that is busy, is as long as in
the corpus; the others have N entries. Hosts are addresses 127.0.y.z.

    GET /feed/I            with ETag and Last-Modified; 304 where either still holds
    GET /control?plain=1   from now on no validators, and always the whole body
    GET /control?new=K     every feed gets K new entries; &of=busy: one or two, and busy feeds only
    GET /stats             {requests, not_modified, bytes, cpu, first, expected}, since the last /stats
    GET /addresses         of all feeds
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import resource
import socket
import tarfile
import time
from email.utils import formatdate
from pathlib import Path
from string import ascii_lowercase
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.parsers import expat
from zlib import crc32

LONGEST = 600_000  # bytes of a body that is taken,
MOST = 500  # and its entries: of those beyond [limits] entries not all would be stored
KEPT = 2000  # feeds whose bodies are made before they are asked for; of more they are made when asked for
EPOCH = int(time.time())
FEED, NEW = b"\x02", b"\x03"  # stand for a feed's letters and a new entry's: no XML has these bytes
_ITEM = re.compile(rb"<(item|entry)[\s>].*?</\1\s*>", re.DOTALL)
_NAMED = re.compile(rb"(<(guid|id|link)\b[^>]*(?<!/)>\s*(?:<!\[CDATA\[\s*)?)(https?://|)(?=[^<\s])")
_HREF = re.compile(rb"((?:<link\b[^>]*\bhref|rdf:about)\s*=\s*[\"'])(https?://)")
_DATE = re.compile(rb"(<(pubDate|published|updated|dc:date)\b[^>]*>)[^<]*(?=</\2)")
_WORD = re.compile(rb"(?<=[ \n(])([a-z]{2,}|[A-Z][a-z]{3,})(?=[ ,.;:?!)<])")


class Template:
    """A body of the corpus, cut into what comes before its entries, the entries, and what comes after."""

    def __init__(self, raw: bytes, *, words: bool) -> None:
        found = list(_ITEM.finditer(raw))
        if not 0 < len({_key(item[0]) for item in found}) == len(found) <= MOST or FEED in raw or NEW in raw:
            raise ValueError("no entries, too many, or two under one guid")
        self.head, self.tail = raw[: found[0].start()], raw[found[-1].end() :]
        self.items = [_marked(item[0], words=words) for item in found]
        for added in (0, 2):
            expat.ParserCreate(namespace_separator=" ").Parse(self.body(b"aaaa", added, 10**6), True)

    def body(self, feed: bytes, added: int, most: int) -> bytes:
        """With `added` new entries at the top; as in real feeds the oldest give way, where there are more than ten."""
        listed = [item.replace(NEW, b"") for item in self.items[:most]]
        fresh = [_dated(self.items[g % len(listed)]).replace(NEW, letters(g)) for g in range(added, 0, -1)]
        keep = max(len(listed) - added, 10)
        whole = self.head + b"\n".join([*fresh, *listed[:keep]]) + self.tail
        return whole.replace(FEED, feed)


def _key(item: bytes) -> bytes:
    found = re.search(rb"<(?:guid|id)\b[^>]*>(.*?)</", item, re.DOTALL)
    return found[1] if found else item


def _marked(item: bytes, *, words: bool) -> bytes:
    mark = b"f" + FEED + NEW

    def named(match: re.Match[bytes]) -> bytes:
        if match[2] == b"link" and not match[3]:
            return match[0]
        return match[1] + match[3] + mark + (b"." if match[3] else b"-")

    item = _HREF.sub(lambda match: match[1] + match[2] + mark + b".", _NAMED.sub(named, item))
    if not re.search(rb"<(guid|id)\b", item):
        start = item.index(b">") + 1
        item = item[:start] + b'<guid isPermaLink="false">' + mark + b"-%d</guid>" % crc32(item) + item[start:]
    if words:
        count = iter(range(10**9))
        item = _WORD.sub(lambda match: match[0] + (FEED + NEW if next(count) % 2 == 0 else b""), item)
    return item


def _dated(item: bytes) -> bytes:
    def now(match: re.Match[bytes]) -> bytes:
        iso = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(EPOCH))
        return match[1] + (formatdate(EPOCH, usegmt=True) if match[2] == b"pubDate" else iso).encode()

    return _DATE.sub(now, item)


def letters(number: int) -> bytes:
    """Four letters, another four for each number."""
    return "".join(ascii_lowercase[number // 26**place % 26] for place in range(4)).encode()


def templates(corpus: Path, *, words: bool) -> list[Template]:
    """Of every real feed in the corpus that is XML, well-formed and not too long."""
    found = []
    with tarfile.open(corpus) as archive:
        for member in sorted(archive.getmembers(), key=lambda m: m.name):
            if "feeds/real/" in member.name and member.isfile() and member.size <= LONGEST:
                file = archive.extractfile(member)
                try:
                    found.append(Template(file.read() if file else b"", words=words))
                except (ValueError, expat.ExpatError):
                    continue
    return found


class Farm:
    """The feeds as they stand, and what has been asked of them."""

    def __init__(self, kinds: list[Template], feeds: int, small: int) -> None:
        self.kinds = kinds
        self.feeds = feeds
        self.small = small
        self.added = [0] * feeds
        self.plain = False
        self.ready: dict[int, bytes] = {}
        self.clear()
        self.prepare()

    def clear(self) -> None:
        self.requests = self.unchanged = self.sent = 0
        self.first = 0.0
        self.cpu = _cpu()

    def busy(self, feed: int) -> bool:
        """Whether it is one of the tenth that has something new in a usual hour: in turn of all kinds of bodies."""
        return (feed + feed // len(self.kinds)) % 10 == 0

    def body(self, feed: int) -> bytes:
        most = 10**6 if self.busy(feed) or not self.small else self.small
        return self.kinds[feed % len(self.kinds)].body(letters(feed), self.added[feed], most)

    def prepare(self) -> None:
        if self.feeds <= KEPT:
            self.ready = {feed: self.body(feed) for feed in range(self.feeds)}

    def expected(self) -> int:
        """Entries published so far."""
        kinds, small = self.kinds, self.small
        lengths = [len(kinds[f % len(kinds)].items) for f in range(self.feeds)]
        shown = (n if self.busy(f) or not small else min(n, small) for f, n in enumerate(lengths))
        return sum(shown) + sum(self.added)

    def control(self, asked: dict[str, str]) -> dict[str, Any]:
        self.plain = bool(asked.get("plain"))
        for feed in range(self.feeds):
            if asked.get("of") != "busy":
                self.added[feed] += int(asked.get("new", 0))
            elif self.busy(feed):
                self.added[feed] += 1 + feed // 10 % 2
        self.prepare()
        self.clear()
        return {"expected": self.expected()}

    def stats(self) -> dict[str, Any]:
        told = {
            "requests": self.requests,
            "not_modified": self.unchanged,
            "bytes": self.sent,
            "cpu": _cpu() - self.cpu,
            "first": self.first,
            "expected": self.expected(),
        }
        self.clear()
        return told

    def answer(self, feed: int, head: bytes) -> bytes:
        self.requests += 1
        self.first = self.first or time.time()
        etag = b'"%d-%d"' % (feed, self.added[feed])
        validators = b"ETag: %s\r\nLast-Modified: %s\r\n" % (etag, _modified(self.added[feed]))
        if self.plain:
            validators = b""
        elif etag in head or (b"if-none-match" not in head.lower() and _modified(self.added[feed]) in head):
            self.unchanged += 1
            return b"HTTP/1.1 304 Not Modified\r\n%s\r\n" % validators
        body = self.ready.get(feed) or self.body(feed)
        self.sent += len(body)
        start = b"HTTP/1.1 200 OK\r\nContent-Type: application/xml\r\n%sContent-Length: %d\r\n\r\n"
        return start % (validators, len(body)) + body


def _modified(added: int) -> bytes:
    return formatdate(EPOCH - 10**6 + 60 * added, usegmt=True).encode()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


class Responder(asyncio.Protocol):
    """HTTP/1.1 as far as GETs that are kept alive need it."""

    def __init__(self, farm: Farm, addresses: list[str]) -> None:
        self.farm = farm
        self.addresses = addresses
        self.received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.received += data
        while b"\r\n\r\n" in self.received:
            head, _, self.received = self.received.partition(b"\r\n\r\n")
            target = head.split(b" ", 2)[1].decode()
            if target.startswith("/feed/"):
                self.transport.write(self.farm.answer(int(target[6:]), head))
            else:
                text = json.dumps(self.page(target)).encode()
                self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
            if b"connection: close" in head.lower():
                self.transport.close()

    def page(self, target: str) -> Any:
        parts = urlsplit(target)
        if parts.path == "/control":
            return self.farm.control(dict(parse_qsl(parts.query)))
        return self.farm.stats() if parts.path == "/stats" else self.addresses


async def serve(asked: argparse.Namespace) -> None:
    """Serves until it is ended."""
    kinds = templates(asked.corpus, words=not asked.copies)
    farm = Farm(kinds, asked.feeds, asked.small)
    hosts = [f"127.0.{1 + host // 250}.{1 + host % 250}" for host in range(asked.hosts)]
    port, listening = asked.port, []
    for host in ["127.0.0.1", *hosts]:
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
        port = bound.getsockname()[1]
        listening.append(bound)
    addresses = [f"http://{hosts[feed % len(hosts)]}:{port}/feed/{feed}" for feed in range(asked.feeds)]
    loop = asyncio.get_running_loop()
    for bound in listening:
        await loop.create_server(lambda: Responder(farm, addresses), sock=bound, backlog=1024)
    sample = [farm.body(feed) for feed in range(min(asked.feeds, len(kinds)))]
    mean = {"kinds": len(kinds), "bytes": sum(map(len, sample)) // len(sample)}
    print(json.dumps({"port": port, "expected": farm.expected(), **mean}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    """Prints one line of JSON when it serves: its port, and what its bodies are like."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("corpus", type=Path)
    asked.add_argument("--feeds", type=int, default=500)
    asked.add_argument("--hosts", type=int, default=100)
    asked.add_argument("--port", type=int, default=0)
    asked.add_argument("--small", type=int, default=0)
    asked.add_argument("--copies", action="store_true")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    asyncio.run(serve(asked.parse_args()))


if __name__ == "__main__":
    main()
