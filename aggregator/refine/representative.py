"""Of several copies of one article, which is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aggregator.model import Copy, host_of
from aggregator.refine import urls
from aggregator.text import characters

_NEARLY_ALL = 0.9  # of the fullest copy's words: a footer more doesn't make a copy the better one
_HREF = re.compile(r'href="(https?://[^"]*)"')


def order(copies: Sequence[Copy]) -> list[int]:
    """Return the positions of a story's copies, the one to show first.

    One that is there before one that is gone for good, and of these the original, if the others say which that is; else
    the operator's preference; else the fullest; else the earliest. `copies` are in the order in which they came.
    """
    if len(copies) < 2:
        return list(range(len(copies)))
    pointers = [sum(_points_at(other, copy) for other in copies if other is not copy) for copy in copies]
    points = [any(_points_at(copy, other) for other in copies if other is not copy) for copy in copies]
    all_gone = all(copy.gone for copy in copies)
    words = [len(characters.plain(copy.entry.content or copy.entry.summary).split()) for copy in copies]
    full = max(count for count, copy in zip(words, copies, strict=True) if not copy.gone or all_gone) * _NEARLY_ALL

    def rank(at: int) -> tuple[bool, bool, int, bool, int]:
        original = pointers[at] > 0 and not points[at]
        return (copies[at].gone, not original, -copies[at].priority, words[at] < full, at)

    return sorted(range(len(copies)), key=rank)


def _points_at(copy: Copy, other: Copy) -> bool:
    """Tell whether a copy says that the other is the original: by attribution, origin, link, or a link in the text."""
    ours, theirs = _site(copy), _site(other)
    if not theirs or ours == theirs:
        return False
    entry = copy.entry
    links = [entry.link, *(reference.url for reference in (entry.attribution,) if reference)]
    links += [address for origin in (entry.origin,) if origin for address in (origin.link, origin.feed)]
    if theirs in {_host(address) for address in links}:
        return True
    if entry.attribution and entry.attribution.title and entry.attribution.title == other.source.title:
        return True
    target = urls.canonical(other.entry.link)
    return bool(target) and any(urls.canonical(href) == target for href in _HREF.findall(entry.content))


def _site(copy: Copy) -> str:
    """Return the host that the copy's source is at: its site's, else its feed's."""
    return _host(copy.source.link) or _host(copy.source.feed)


def _host(address: str) -> str:
    return host_of(address).removeprefix("www.")
