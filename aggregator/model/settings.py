"""What of the operator's file a visit needs, wherever it is made: small values without addresses and rules."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Bounds:
    """What reading one document may cost: numbers of entries, of characters, of bytes, of seconds ([limits]).

    A process that parses gets these and no more: what checks the file (pydantic) is nothing it would need.
    """

    entries: int
    kept: int
    title: int
    content: int
    categories: int
    parse_time: int
    parse_memory: int


@dataclass(frozen=True, slots=True)
class Settings:
    """How often and how hard sources are visited ([polling]), and what a stranger may cost us ([limits]).

    `contact` is where those who are asked find us; times are in seconds, sizes in bytes.
    """

    contact: str
    min_interval: int
    max_interval: int
    timeout: int
    concurrency: int
    allow_networks: tuple[str, ...]
    body: int
    headers: int
    connect: int
    redirects: int
    bounds: Bounds
