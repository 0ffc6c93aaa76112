"""Which kind of source is retrieved how: to add a kind, write its module, and a row here."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass
from types import MappingProxyType

from aggregator.model import Retrieval, Source, SourceKind, SourceState
from aggregator.retrieve import folder
from aggregator.retrieve.web import Web


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes: connections, threads that a disk may keep waiting, and how many bytes one file may have."""

    web: Web
    threads: Executor
    largest: int


Retriever = Callable[[Source, SourceState, Means, int], Awaitable[Retrieval]]


async def _web(source: Source, state: SourceState, means: Means, _now: int) -> Retrieval:
    return await means.web.retrieve(source, state)


async def _files(source: Source, state: SourceState, means: Means, now: int) -> Retrieval:
    loop = asyncio.get_running_loop()
    found = await loop.run_in_executor(means.threads, folder.retrieve, source, state, means.largest, now)
    await means.web.room.take(source.key, found.size)
    return found


RETRIEVERS: Mapping[SourceKind, Retriever] = MappingProxyType({SourceKind.WEB: _web, SourceKind.FILES: _files})


async def retrieve(source: Source, state: SourceState, means: Means, now: int) -> Retrieval:
    """Return what a visit to the source at `now` finds: its changed documents, whatever kind of source it is.

    What fails is in the Retrieval; an exception is a bug.
    """
    return await RETRIEVERS[source.kind](source, state, means, now)
