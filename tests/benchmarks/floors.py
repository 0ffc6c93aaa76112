"""What each stage costs at least, in CPU milliseconds a feed: the libraries alone, with nothing of ours around them."""

from __future__ import annotations

import asyncio
import io
import sqlite3
import tempfile
import time
from collections.abc import Callable
from hashlib import blake2b
from typing import Any
from xml.parsers import expat

import aiohttp
import feedparser
import nh3

_PARSED = 100  # feeds for the slow stages
_AT_ONCE = 64
_ROWS = (
    "CREATE TABLE entry (id INTEGER PRIMARY KEY, feed INTEGER, guid TEXT, title TEXT, data TEXT, UNIQUE (feed, guid))"
)


async def _get(addresses: list[str], tags: dict[str, str]) -> dict[str, tuple[bytes, str]]:
    """The body and ETag of each address."""
    got: dict[str, tuple[bytes, str]] = {}
    left = iter(addresses)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=_AT_ONCE)) as session:

        async def take() -> None:
            for address in left:
                known = {"If-None-Match": tags[address]} if address in tags else {}
                async with session.get(address, headers=known) as response:
                    got[address] = (await response.read(), response.headers.get("ETag", ""))

        await asyncio.gather(*(take() for _ in range(_AT_ONCE)))
    return got


def measure(addresses: list[str]) -> dict[str, float]:
    """Each stage's milliseconds of CPU a feed ("… an entry": an entry), and the entries a feed has."""
    floors: dict[str, float] = {}

    def stage(name: str, times: int, work: Callable[[], Any]) -> Any:
        before = time.process_time()
        result = work()
        floors[name] = (time.process_time() - before) * 1000 / times
        return result

    fetched = stage("GET 200", len(addresses), lambda: asyncio.run(_get(addresses, {})))
    tags = {address: tag for address, (_, tag) in fetched.items()}
    stage("GET 304", len(addresses), lambda: asyncio.run(_get(addresses, tags)))
    bodies = [fetched[address][0] for address in addresses]
    stage("hash", len(bodies), lambda: [blake2b(body, digest_size=16).digest() for body in bodies])
    few = bodies[:_PARSED]
    stage("expat", len(few), lambda: [_passed(body) for body in few])
    parsed = stage("feedparser", len(few), lambda: [_parsed(body) for body in few])
    entries = [(number, entry) for number, feed in enumerate(parsed) for entry in feed.entries]
    contents = [_html(entry) for _, entry in entries]
    floors["entries"] = len(entries) / len(few)
    floors["feedparser an entry"] = floors["feedparser"] / floors["entries"]
    stage("nh3 an entry", len(contents), lambda: [nh3.clean(content) for content in contents])
    rows = [(number, entry.get("id"), entry.get("title"), _html(entry)) for number, entry in entries]
    stage("sqlite an entry", len(rows), lambda: _insert(rows))
    return floors


def _passed(body: bytes) -> None:
    """The one pass that finds where each entry starts and ends."""
    reader = expat.ParserCreate(namespace_separator=" ")
    found: list[int] = []

    def noted(name: str, *_: Any) -> None:
        if name.endswith(("item", "entry")):
            found.append(reader.CurrentByteIndex)

    reader.StartElementHandler = reader.EndElementHandler = noted
    reader.Parse(body, True)


def _parsed(body: bytes) -> Any:
    headers = {"content-type": "application/xml"}
    return feedparser.parse(
        io.BytesIO(body), response_headers=headers, sanitize_html=False, resolve_relative_uris=False
    )


def _html(entry: Any) -> str:
    contents = entry.get("content")
    return contents[0].get("value", "") if contents else entry.get("summary", "")


def _insert(rows: list[tuple[Any, ...]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite3.connect(f"{folder}/floor.db")
        database.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_ROWS}")
        for start in range(0, len(rows), 500):
            with database:
                sql = "INSERT INTO entry (feed, guid, title, data) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
                database.executemany(sql, rows[start : start + 500])
        database.close()


def of(scenario: str, floors: dict[str, float]) -> float:
    """The least a feed can cost in this scenario: what is new is parsed, cleaned and stored, the rest passed over."""
    entry = floors["feedparser an entry"] + floors["nh3 an entry"] + floors["sqlite an entry"]
    changed = floors["GET 200"] + floors["hash"] + floors["expat"]
    return {
        "first": floors["GET 200"] + floors["hash"] + floors["entries"] * entry,
        "304": floors["GET 304"],
        "same": floors["GET 200"] + floors["hash"],
        "fresh2": changed + 2 * entry,
        "hour": 0.9 * floors["GET 304"] + 0.1 * (changed + 1.5 * entry),
    }[scenario]
