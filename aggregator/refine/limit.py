"""A feed of any size → one within the limits, and what was cut in words."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import replace

from aggregator.config import Limits
from aggregator.model import Arrival, Entry, Feed
from aggregator.refine import dedupe, sanitize, text

_MANY = 100  # authors, enclosures: more than any article has


def cut(feed: Feed, limits: Limits) -> Feed:
    """The feed with titles, content and categories within the limits; `cut` says how many entries that concerned.

    HTML is cut before it is sanitised, which closes what the cut left open.
    """
    long_titles = sum(len(entry.title) > limits.title for entry in feed.entries)
    long_contents = sum(_too_long(e.content, limits) or _too_long(e.summary, limits) for e in feed.entries)
    many_categories = sum(len(entry.categories) > limits.categories for entry in feed.entries)
    many_others = sum(max(len(e.authors), len(e.enclosures), len(e.related)) > _MANY for e in feed.entries)
    told = (
        (long_titles, f"titles over {limits.title} characters"),
        (long_contents, f"contents over {limits.content // 1000} kB"),
        (many_categories, f"entries with over {limits.categories} categories"),
        (many_others, f"entries with over {_MANY} authors or enclosures"),
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
        authors=entry.authors[:_MANY],
        enclosures=entry.enclosures[:_MANY],
        related=entry.related[:_MANY],
    )


def fit(arrivals: Sequence[Arrival], limits: Limits) -> tuple[tuple[Arrival, ...], tuple[str, ...]]:
    """Clean entries whose content is within the limit still, and what was cut.

    Cleaning closes and repeats tags as browsers do: 80 kB of crafted HTML become 36 MB.
    """
    grown = sum(_too_long(a.entry.content, limits) or _too_long(a.entry.summary, limits) for a in arrivals)
    if not grown:
        return tuple(arrivals), ()
    fitting = tuple(_fitting(arrival, limits) for arrival in arrivals)
    return fitting, (f"cut: {grown} contents that are over {limits.content // 1000} kB when cleaned",)


def _fitting(arrival: Arrival, limits: Limits) -> Arrival:
    entry = arrival.entry
    entry = replace(entry, summary=_recut(entry.summary, limits), content=_recut(entry.content, limits))
    return arrival if entry == arrival.entry else replace(arrival, entry=entry, fingerprint=dedupe.fingerprint(entry))


def _recut(markup: str, limits: Limits) -> str:
    """Cut and cleaned once more; plain text where even that doesn't help: tags that are all open at the cut."""
    if not _too_long(markup, limits):
        return markup
    shorter = sanitize.sanitize(_shortened(markup, limits), "")
    return html.escape(text.plain(shorter), quote=False) if _too_long(shorter, limits) else shorter


def _too_long(markup: str, limits: Limits) -> bool:
    return len(markup) * 4 > limits.content and len(markup.encode("utf-8", "replace")) > limits.content


def _shortened(markup: str, limits: Limits) -> str:
    if not _too_long(markup, limits):
        return markup
    return markup.encode("utf-8", "replace")[: limits.content].decode("utf-8", "ignore")
