"""A feed of any size → one within the limits, and what was cut in words."""

from __future__ import annotations

from dataclasses import replace

from aggregator.config import Limits
from aggregator.model import Entry, Feed


def cut(feed: Feed, limits: Limits) -> Feed:
    """The feed with titles, content and categories within the limits; `cut` says how many entries that concerned.

    HTML is cut before it is sanitised, which closes what the cut left open.
    """
    long_titles = sum(len(entry.title) > limits.title for entry in feed.entries)
    long_contents = sum(_too_long(e.content, limits) or _too_long(e.summary, limits) for e in feed.entries)
    many_categories = sum(len(entry.categories) > limits.categories for entry in feed.entries)
    told = (
        (long_titles, f"titles over {limits.title} characters"),
        (long_contents, f"contents over {limits.content // 1000} kB"),
        (many_categories, f"entries with over {limits.categories} categories"),
    )
    notes = tuple(f"cut: {number} {what}" for number, what in told if number)
    if not notes:
        return feed
    return replace(feed, entries=tuple(_cut(entry, limits) for entry in feed.entries), cut=(*feed.cut, *notes))


def _cut(entry: Entry, limits: Limits) -> Entry:
    title = entry.title if len(entry.title) <= limits.title else entry.title[: limits.title - 1].rstrip() + "…"
    return replace(
        entry,
        title=title,
        summary=_shortened(entry.summary, limits),
        content=_shortened(entry.content, limits),
        categories=entry.categories[: limits.categories],
    )


def _too_long(markup: str, limits: Limits) -> bool:
    return len(markup) * 4 > limits.content and len(markup.encode("utf-8", "replace")) > limits.content


def _shortened(markup: str, limits: Limits) -> str:
    if not _too_long(markup, limits):
        return markup
    return markup.encode("utf-8", "replace")[: limits.content].decode("utf-8", "ignore")
