"""A feed of any size → one within the limits, and what was cut in words."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from dataclasses import replace

from aggregator.model import Arrival, Bounds, Entry, Feed
from aggregator.refine import dedupe, sanitize
from aggregator.text import characters

_CUT_REFERENCE = re.compile(r"&[^&;]*\Z")
_MANY = 100  # authors, enclosures: more than any article has


def cut(feed: Feed, limits: Bounds) -> Feed:
    """Cut titles, content and categories to the limits; the feed's `cut` says how many entries that concerned.

    HTML is cut before it is sanitised, which closes what the cut left open.
    """
    long_titles = sum(len(entry.title) > limits.title for entry in feed.entries)
    long_contents = sum(bool(_over(e.content, limits) or _over(e.summary, limits)) for e in feed.entries)
    many_categories = sum(len(entry.categories) > limits.categories for entry in feed.entries)
    many_others = sum(max(len(e.authors), len(e.enclosures), len(e.related)) > _MANY for e in feed.entries)
    counts = (
        (long_titles, f"titles over {limits.title} characters"),
        (long_contents, f"contents over {limits.content // 1000} kB"),
        (many_categories, f"entries with over {limits.categories} categories"),
        (many_others, f"entries with over {_MANY} authors or enclosures"),
    )
    notes = tuple(f"cut: {number} {what}" for number, what in counts if number)
    if not notes:
        return feed
    return replace(feed, entries=tuple(_cut(entry, limits) for entry in feed.entries), cut=(*feed.cut, *notes))


def _cut(entry: Entry, limits: Bounds) -> Entry:
    title = entry.title if len(entry.title) <= limits.title else entry.title[: limits.title - 1].rstrip() + "…"
    return replace(
        entry,
        title=title,
        summary=_shortened(entry.summary, limits.content) if _over(entry.summary, limits) else entry.summary,
        content=_shortened(entry.content, limits.content) if _over(entry.content, limits) else entry.content,
        categories=entry.categories[: limits.categories],
        authors=entry.authors[:_MANY],
        enclosures=entry.enclosures[:_MANY],
        related=entry.related[:_MANY],
    )


def fit(arrivals: Sequence[Arrival], limits: Bounds) -> tuple[tuple[Arrival, ...], tuple[str, ...]]:
    """Return clean entries whose content is within the limit still, and what was cut.

    Cleaning closes and repeats tags as browsers do: 80 kB of crafted HTML become 36 MB.
    """
    lengths = [max(_over(a.entry.content, limits), _over(a.entry.summary, limits)) for a in arrivals]
    if not any(lengths):
        return tuple(arrivals), ()
    grown = sum(over > limits.content // 10 for over in lengths)  # a few closed tags are no news
    note = f"cut: {grown} contents that are over {limits.content // 1000} kB when cleaned"
    return tuple(_fitting(arrival, limits) for arrival in arrivals), (note,) if grown else ()


def _fitting(arrival: Arrival, limits: Bounds) -> Arrival:
    entry = arrival.entry
    entry = replace(entry, summary=_recut(entry.summary, limits), content=_recut(entry.content, limits))
    return arrival if entry == arrival.entry else replace(arrival, entry=entry, fingerprint=dedupe.fingerprint(entry))


def _recut(markup: str, limits: Bounds) -> str:
    """Cut and clean once more; keep the words alone where even that doesn't help: tags that are all open at the cut."""
    over = _over(markup, limits)
    if not over:
        return markup
    if "<" not in markup:  # nothing is left open by the cut, but perhaps a reference
        return _CUT_REFERENCE.sub("", _shortened(markup, limits.content)).strip()
    shorter = sanitize.sanitize(_shortened(markup, limits.content - min(over, limits.content // 2)), "")
    if not _over(shorter, limits):
        return shorter
    return _shortened(html.escape(characters.plain(shorter), quote=False), limits.content)


def _over(markup: str, limits: Bounds) -> int:
    """Count the bytes over the limit; 0 if there are none."""
    return max(0, len(markup.encode("utf-8", "replace")) - limits.content) if len(markup) * 4 > limits.content else 0


def _shortened(markup: str, length: int) -> str:
    return markup.encode("utf-8", "replace")[:length].decode("utf-8", "ignore")
