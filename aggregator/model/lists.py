"""Lists of feeds that people keep and take from one reader to another."""

from __future__ import annotations

from dataclasses import dataclass

from aggregator.text.writable import line

_DEEPEST = 20  # folders; libxml2 reads 256 elements deep


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed that somebody reads; `site` is its page's address."""

    url: str
    title: str = ""
    category: str = ""
    site: str = ""


def path_of(category: str) -> tuple[str, ...]:
    """Take a category apart: "a/b" is the folder b in the folder a."""
    parts = [part for part in map(str.strip, line(category).split("/")) if part]
    return (*parts[:_DEEPEST], *(["/".join(parts[_DEEPEST:])] if parts[_DEEPEST:] else []))
