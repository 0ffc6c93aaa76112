"""Edition files on disk → HTTP answers: each file is read and encoded once a change, and of the last ones it is
remembered what they held, for deltas (RFC 3229)."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import MappingProxyType

from aiohttp import web
from multidict import CIMultiDict

from aggregator.serve import delta, representation
from aggregator.serve.cache import Cache
from aggregator.serve.encoding import IDENTITY, accepted
from aggregator.serve.representation import Representation

_DELTAS = 8  # of one edition that are kept ready: subscribers come from the last few editions
_AT_A_TIME = 4  # files that are read and taken apart

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
    """A file ready to be sent, its items' hashes, and what of it is new to who has an older edition, by its digest."""

    whole: Representation
    items: bytes | None
    deltas: Cache[Representation]

    def delta(self, suffix: str, base: bytes) -> Representation | None:
        """Return what is new since the edition with these hashes; None where this one can't be taken apart."""
        identity = self.whole.variants[IDENTITY]
        body = delta.delta(base, identity.coded.body, suffix)
        if body is None:
            return None
        return representation.prepare(self.whole.digest, body, identity.headers, self.whole.modified)


class Editions:
    """The files of one folder that are offered: nothing else leaves it, and no others are held in memory."""

    def __init__(self, folder: Path, offers: Mapping[str, Offer] = MappingProxyType({})) -> None:
        self._folder = folder
        self._prepared: Cache[_Prepared] = Cache(0, asyncio.Semaphore(_AT_A_TIME))
        self._deltas = asyncio.Semaphore(1)  # naming one old edition after the other must not keep every core busy
        self._histories: dict[str, delta.History] = {}
        self._offers: Mapping[str, Offer] = {}
        self.offer(offers)

    def offer(self, offers: Mapping[str, Offer]) -> None:
        """Offer these from now on, by name; forget what isn't offered any more."""
        self._prepared.forget(but={name for name, offer in offers.items() if offer == self._offers.get(name)})
        self._prepared.size = len(offers)
        self._histories = {name: history for name, history in self._histories.items() if name in offers}
        self._offers = offers
        self._paths = {name: self._folder / name for name in offers}

    async def prime(self) -> None:
        """Remember what lies there before it is replaced: a restart costs no delta. About 10 ms for 2 MB."""
        for name, path in self._paths.items():
            self._note(name, *await asyncio.to_thread(_digest_and_hashes, path))

    def stamp(self, name: str) -> Stamp | None:
        """Return what changes whenever the file does; None where there is none."""
        try:
            return _stamp(self._paths[name].stat())
        except (OSError, KeyError):
            return None

    async def answer(self, request: web.BaseRequest, name: str) -> web.Response:
        """Answer this GET or HEAD with the file; 404 before it was first published."""
        stamp = self.stamp(name)
        prepared = None if stamp is None else self._prepared.get(name, stamp) or await self._prepare(name, stamp)
        if prepared is None:
            return web.Response(
                status=404,
                text="This feed has not been published yet.\n",
                headers={"Cache-Control": "no-store", "Vary": representation.VARY, **representation.SHARED},
            )
        variant, known = representation.choose(request, prepared.whole)
        if variant is not None and not known and representation.takes_deltas(request):
            return await self._delta(request, name, prepared) or await representation.answer(variant, known)
        return await representation.answer(variant, known)

    async def _prepare(self, name: str, stamp: Stamp) -> _Prepared | None:
        """Read a file that is offered; a newer one under this stamp, if it was just replaced, is read once more."""
        work = partial(_prepare, self._paths[name], self._offers[name], self._deltas)
        if stamp[1] <= _SMALL:
            prepared = self._prepared.keep(name, stamp, work())
        else:
            prepared = await self._prepared.make(name, stamp, work)
        if prepared is not None and name in self._offers:
            self._note(name, prepared.whole.digest, prepared.items)
        return prepared

    def _note(self, name: str, digest: str, items: bytes | None) -> None:
        if items is not None:
            self._histories.setdefault(name, delta.History()).note(digest, items)

    async def _delta(self, request: web.BaseRequest, name: str, prepared: _Prepared) -> web.Response | None:
        """Answer 226 with what is newer than an edition that the client names; None where none is remembered."""
        history = self._histories.get(name)
        for tag in representation.tags_of(request):
            digest = tag.partition("-")[0]  # whatever the coding was
            items = history.get(digest) if history else None
            if items is not None and digest != prepared.whole.digest:
                break
        else:
            return None
        work = partial(prepared.delta, name.rpartition(".")[2], items)
        patch = await prepared.deltas.make(digest, prepared.whole.digest, work)
        return None if patch is None else await _im_used(request, patch, prepared.whole, tag)


async def _im_used(request: web.BaseRequest, patch: Representation, current: Representation, base: str) -> web.Response:
    """Answer 226 (RFC 3229 §10.4.1): the ETag is the whole edition's; no cache that knows no deltas keeps it (§5.5)."""
    coding = accepted(request.headers.get("Accept-Encoding"))[0]
    headers: CIMultiDict[str] = representation.dated(patch.variants[coding].headers, patch.modified).copy()
    headers["ETag"] = current.variants[coding].tag
    headers["IM"] = "feed"
    headers["Delta-Base"] = f'"{base}"'
    headers["Cache-Control"] = "no-store, im"
    headers["Vary"] = f"{representation.VARY}, If-None-Match, User-Agent"
    return web.Response(status=226, reason="IM Used", body=await patch.variants[coding].body(), headers=headers)


def _prepare(path: Path, offer: Offer, turns: asyncio.Semaphore) -> _Prepared | None:
    """Read a file, as it is by now; None where it is gone. Its deltas are made in `turns`."""
    try:
        with path.open("rb") as file:
            modified = os.fstat(file.fileno()).st_mtime_ns // 10**9
            body = file.read()
    except OSError:
        return None
    headers = {
        **representation.headers(offer.content_type),
        "Accept-Ranges": "none",
        **({"Link": offer.links} if offer.links else {}),
    }
    whole = representation.prepare(representation.digest_of(body), body, headers, modified)
    return _Prepared(whole, delta.hashes(body, path.suffix[1:]), Cache(_DELTAS, turns))


def _digest_and_hashes(path: Path) -> tuple[str, bytes | None]:
    try:
        body = path.read_bytes()
    except OSError:
        return "", None
    return representation.digest_of(body), delta.hashes(body, path.suffix[1:])


def _stamp(status: os.stat_result) -> Stamp:
    return status.st_mtime_ns, status.st_size, status.st_ino
