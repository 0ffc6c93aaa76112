"""Lists of feeds that people keep and take from one reader to another."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Subscription:
    """One feed that somebody reads; `site` is its page's address."""

    url: str
    title: str = ""
    category: str = ""
    site: str = ""
