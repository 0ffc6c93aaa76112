"""What a case of the hostile world is, and the words in which its tables are written.

A case is one source among many in one round of the real command line: what its server answers or what lies in its
folder, and what has to come of it. The tables are in addresses.py, wire.py, bodies.py, bombs.py, active.py, disks.py.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from world import Asked, Reply, Script, rss

OK, FAILING = "ok", "failing"
TRAP = "/trap"
"""A path on a host that nobody may visit; a request for it fails every case."""
ELSEWHERE = "127.1.0.250"
"""A host that may be visited, and is no case's own."""


@dataclass(frozen=True)
class Seen:
    """What came of a case."""

    source: Mapping[str, Any]
    entries: list[dict[str, Any]]
    items: list[dict[str, Any]]
    asked: list[Asked]
    everything: list[Asked]
    log: list[str]

    @property
    def error(self) -> str:
        return self.source["error"] or ""

    @property
    def html(self) -> str:
        return "\n".join(item["content_html"] for item in self.items)

    @property
    def titles(self) -> list[str]:
        return [entry["title"] for entry in self.entries]


@dataclass(frozen=True)
class Case:
    """One source and its expected outcome.

    `plays` are what its server answers in turn at its address, or `address` is another one, in which {port}, {host}
    (its own) and {path} are filled in; `also` answers at paths below its own. `lays` fills its folder instead. `error`
    must be part of what `sources` says, `entries` is how many are stored (None: whatever), `check` looks at the rest.
    """

    name: str
    state: str = FAILING
    error: str = ""
    entries: int | None = 0
    plays: Reply | Script | tuple[Reply | Script, ...] | None = None
    also: Mapping[str, Reply | Script] = field(default_factory=dict)
    address: str = ""
    lays: Callable[[Path], None] | None = None
    check: Callable[[Seen], None] | None = None

    @property
    def path(self) -> str:
        return "/" + self.name.replace(" ", "-")


# ── What servers say ─────────────────────────────────────────────────────────────────────────────────────────────────


def raw(*pieces: bytes, then: str = "close") -> Reply:
    """Sends these bytes and then closes, resets or holds the connection."""

    async def play(writer: asyncio.StreamWriter) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if then == "hold":
            await asyncio.Event().wait()
        elif then == "reset":
            made: socket.socket = writer.get_extra_info("socket")
            made.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()

    return Reply(raw=play)


def endless(head: bytes, piece: bytes, gap: float = 0.0) -> Reply:
    """Sends the head, and then this piece for ever."""

    async def play(writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(gap)

    return Reply(raw=play)


def answer(body: bytes, kind: str = "application/rss+xml", status: int = 200, **headers: str) -> Reply:
    """A well-formed answer; "_" in a header's name stands for "-"."""
    named = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, body, named)


def redirect(to: str, status: int = 302) -> Script:
    """Redirects to an address in which {port} and {host} are filled in."""

    def script(asked: Asked) -> Reply:
        host, _, port = asked.headers["host"].partition(":")
        return Reply(status, headers={"Location": to.format(host=host, port=port)})

    return script


def head(*lines: str, status: str = "200 OK") -> bytes:
    """The head of an answer, with the empty line at its end."""
    return "\r\n".join((f"HTTP/1.1 {status}", "Content-Type: application/rss+xml", *lines, "", "")).encode("latin-1")


# ── What feeds say ───────────────────────────────────────────────────────────────────────────────────────────────────


def words(name: str, number: int = 1) -> str:
    """Text that no other item has."""
    return " ".join(f"{name.replace(' ', '')}{number}w{n}" for n in range(30))


def item(name: str, number: int = 1, *elements: str, title: str = "", link: str = "") -> str:
    """The content of an <item> that is well."""
    link = link or f"http://site.example/{name.replace(' ', '-')}/{number}"
    told = elements or (f"<description>{words(name, number)}</description>",)
    head = f"<guid>{escape(name)}-{number}</guid><title>{title or escape(f'{name} {number}')}</title>"
    return f"{head}<link>{link}</link>{''.join(told)}"


def feed(name: str, *elements: str, count: int = 2, **parts: str) -> bytes:
    """An RSS document of `count` items that are well; `elements` come instead of the description of the first."""
    return rss(item(name, 1, *elements, **parts), *(item(name, n) for n in range(2, count + 1)), title=escape(name))


def one(name: str, *elements: str, **parts: str) -> bytes:
    """A feed of one item, of these elements."""
    return feed(name, *elements, count=1, **parts)


def trap(asked: Asked) -> str:
    """An address that could be visited, and that nobody asked for."""
    return f"http://{ELSEWHERE}:{asked.headers['host'].rpartition(':')[2]}{TRAP}"


def described(name: str, markup: str) -> bytes:
    """A feed whose first item's content this HTML is, between words that have to stay."""
    return feed(name, f"<description>{escape(f'<p>before {words(name)}</p>{markup}<p>after</p>')}</description>")


def jsonfeed(*items: Mapping[str, Any], **parts: Any) -> bytes:
    """A JSON Feed; lone surrogates are written as \\ud800 is."""
    return json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", **parts, "items": items}).encode()


# ── What is expected ─────────────────────────────────────────────────────────────────────────────────────────────────


def has(*parts: str) -> Callable[[Seen], None]:
    """These are in the published content."""

    def check(seen: Seen) -> None:
        for part in parts:
            assert part in seen.html, (part, seen.html[:1000])

    return check


def titled(*titles: str) -> Callable[[Seen], None]:
    """These are the titles of what is stored."""

    def check(seen: Seen) -> None:
        assert seen.titles == list(titles)

    return check


def asked_once(seen: Seen) -> None:
    """One request, and no second one."""
    assert len(seen.asked) == 1


def nothing_asked(seen: Seen) -> None:
    """Not even a connection."""
    assert not seen.asked


def tells(part: str) -> Callable[[Seen], None]:
    """The visit's line in the log says this."""

    def check(seen: Seen) -> None:
        assert any(part in line for line in seen.log), seen.log

    return check


def at_most(found: int, most: int) -> None:
    assert found <= most


def together(*checks: Callable[[Seen], None]) -> Callable[[Seen], None]:
    def check(seen: Seen) -> None:
        for one in checks:
            one(seen)

    return check
