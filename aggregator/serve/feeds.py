"""Edition files on disk → HTTP answers: each file is read and encoded once a change, and of the last ones it is
remembered what they held, for deltas (RFC 3229)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from aiohttp import web
from multidict import CIMultiDict

from aggregator.serve import delta, representation
from aggregator.serve.encoding import IDENTITY, accepted
from aggregator.serve.representation import Sheet
from aggregator.serve.singleflight import Flights

_DELTAS = 8  # of one edition that are kept ready: subscribers come from the last few editions

# Bytes of a file that is made ready at once: these take 10 ms, and a thread that has to wait for its turns beside those
# that store and publish takes 200.
_SMALL = 200_000

Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Offer:
    """A file that may be served. `links` is its Link header (RFC 8288), which names itself and perhaps a hub."""

    content_type: str
    links: str = ""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file ready to be sent. `stamp` tells whether the file is still this one, `items` are its items' hashes."""

    stamp: Stamp
    sheet: Sheet
    items: bytes | None
    deltas: dict[str, Sheet] = field(default_factory=dict)


class Editions:
    """The files of one folder that are offered: nothing else leaves it, and no others are held in memory."""

    def __init__(self, folder: Path, offers: Mapping[str, Offer] = MappingProxyType({})) -> None:
        self._folder = folder
        self._prepared: dict[str, _Prepared] = {}
        self._histories: dict[str, delta.History] = {}
        self._flights = Flights()
        self._one = asyncio.Lock()
        self._offers: Mapping[str, Offer] = {}
        self.offer(offers)

    def offer(self, offers: Mapping[str, Offer]) -> None:
        """From now on these, by name; what isn't offered any more is forgotten."""
        self._prepared = {n: p for n, p in self._prepared.items() if offers.get(n) == self._offers.get(n)}
        self._histories = {name: held for name, held in self._histories.items() if name in offers}
        self._offers = offers
        self._paths = {name: self._folder / name for name in offers}

    async def prime(self) -> None:
        """Remembers what lies there before it is replaced: a restart costs no delta. About 10 ms for 2 MB."""
        for name, path in self._paths.items():
            self._note(name, await asyncio.to_thread(_remembered, path))

    def stamp(self, name: str) -> Stamp | None:
        """What changes whenever the file does; None where there is none."""
        try:
            return _stamp(self._paths[name].stat())
        except (OSError, KeyError):
            return None

    async def answer(self, request: web.BaseRequest, name: str) -> web.Response:
        """The file's answer to this GET or HEAD; 404 before it was first published."""
        prepared = await self._get(name)
        if prepared is None:
            return web.Response(
                status=404,
                text="This feed has not been published yet.\n",
                headers={"Cache-Control": "no-store", "Vary": representation.VARY, **representation.SHARED},
            )
        variant, known = representation.choose(request, prepared.sheet)
        if variant is not None and not known and representation.takes_deltas(request):
            return await self._delta(request, name, prepared) or await representation.answer(variant, known)
        return await representation.answer(variant, known)

    async def _get(self, name: str) -> _Prepared | None:
        stamp = self.stamp(name)
        if stamp is None:
            return None
        found = self._prepared.get(name)
        if found is None or found.stamp != stamp:
            found = await self._flights.once((name, stamp), lambda: self._prepare(name))
        return found

    async def _prepare(self, name: str) -> _Prepared | None:
        offer = self._offers.get(name)
        if offer is None:
            return None
        path = self._folder / name
        stamp = self.stamp(name)
        if stamp is not None and stamp[1] <= _SMALL:
            prepared = _prepare(path, offer)
        else:
            prepared = await asyncio.to_thread(_prepare, path, offer)
        if prepared is not None and self._offers.get(name) == offer:
            self._prepared[name] = prepared
            self._note(name, (prepared.sheet.digest, prepared.items))
        return prepared

    def _note(self, name: str, edition: tuple[str, bytes | None]) -> None:
        digest, items = edition
        if items is not None:
            self._histories.setdefault(name, delta.History()).note(digest, items)

    async def _delta(self, request: web.BaseRequest, name: str, prepared: _Prepared) -> web.Response | None:
        """226 with what is newer than an edition that the client names; None where none of them is remembered."""
        held = self._histories.get(name)
        for tag in representation.tags_of(request):
            digest = tag.partition("-")[0]  # whatever the coding was
            items = held.get(digest) if held else None
            if items is not None and digest != prepared.sheet.digest:
                break
        else:
            return None
        made = prepared.deltas.get(digest)
        if made is None:
            work = _Delta(name.rpartition(".")[2], items, prepared)
            made = await self._flights.once((name, prepared.stamp, digest), lambda: self._make(work))
            if made is None:
                return None
            while len(prepared.deltas) >= _DELTAS:
                prepared.deltas.pop(next(iter(prepared.deltas)), None)
            prepared.deltas[digest] = made
        return await _im_used(request, made, prepared.sheet, tag)

    async def _make(self, work: _Delta) -> Sheet | None:
        async with self._one:  # naming one old edition after the other must not keep every core busy
            return await asyncio.to_thread(work.make)


@dataclass(frozen=True, slots=True)
class _Delta:
    """One to be made."""

    suffix: str
    items: bytes
    prepared: _Prepared

    def make(self) -> Sheet | None:
        """It; None where the edition can't be taken apart."""
        sheet = self.prepared.sheet
        whole = sheet.variants[IDENTITY]
        body = delta.delta(self.items, whole.coded.body, self.suffix)
        return None if body is None else representation.prepare(sheet.digest, body, whole.headers, sheet.modified)


async def _im_used(request: web.BaseRequest, made: Sheet, current: Sheet, base: str) -> web.Response:
    """RFC 3229 §10.4.1: the ETag is the whole edition's; and no cache that doesn't know of deltas keeps it (§5.5)."""
    coding = accepted(request.headers.get("Accept-Encoding"))[0]
    headers: CIMultiDict[str] = representation.dated(made.variants[coding].headers, made.modified).copy()
    headers["ETag"] = current.variants[coding].tag
    headers["IM"] = "feed"
    headers["Delta-Base"] = f'"{base}"'
    headers["Cache-Control"] = "no-store, im"
    headers["Vary"] = f"{representation.VARY}, If-None-Match, User-Agent"
    return web.Response(status=226, reason="IM Used", body=await made.variants[coding].body(), headers=headers)


def _prepare(path: Path, offer: Offer) -> _Prepared | None:
    """The stamp is that of the file that was read, which may have been replaced since it was asked for."""
    try:
        with path.open("rb") as file:
            stamp = _stamp(os.fstat(file.fileno()))
            body = file.read()
    except OSError:
        return None
    headers = {
        "Content-Type": f"{offer.content_type}; charset=utf-8",
        "Accept-Ranges": "none",
        **representation.SHARED,
        "X-Content-Type-Options": "nosniff",
        **({"Link": offer.links} if offer.links else {}),
    }
    sheet = representation.prepare(representation.digest_of(body), body, headers, stamp[0] // 10**9)
    return _Prepared(stamp, sheet, delta.hashes(body, path.suffix[1:]))


def _remembered(path: Path) -> tuple[str, bytes | None]:
    try:
        body = path.read_bytes()
    except OSError:
        return "", None
    return representation.digest_of(body), delta.hashes(body, path.suffix[1:])


def _stamp(about: os.stat_result) -> Stamp:
    return about.st_mtime_ns, about.st_size, about.st_ino
