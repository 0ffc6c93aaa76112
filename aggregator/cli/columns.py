"""Rows → aligned lines: whole, or within a terminal's width."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from aggregator.text.characters import printable

_GAP = 2
_CUT = "…"


@dataclass(frozen=True, slots=True)
class Column:
    """One column. It may be cut down to `least` characters, 0 for never; where that isn't enough, `dispensable` ones
    are left out, those with the highest number first."""

    heading: str
    least: int = 0
    dispensable: int = 0


def aligned(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None) -> list[str]:
    """Return the headings and the rows, a line each; of what is too long for `width` the middle is left out.

    What a terminal would obey is left out, too: strangers name feeds and articles.
    """
    texts = [[column.heading for column in columns], *([printable(cell) for cell in row] for row in rows)]
    natural = [max(cell_len(row[n]) for row in texts) for n in range(len(columns))]
    shown = list(range(len(columns)))
    widths = dict(enumerate(natural))
    if width is not None:
        shown = _that_fit(columns, natural, width)
        widths = _shared(columns, natural, shown, width)
    return [(" " * _GAP).join(_fitted(row[n], widths[n]) for n in shown).rstrip() for row in texts]


def _least(column: Column, natural: int) -> int:
    return min(natural, column.least or natural)


def _that_fit(columns: Sequence[Column], natural: Sequence[int], width: int) -> list[int]:
    """Return the columns for which there is room at their least."""
    shown = list(range(len(columns)))
    while _GAP * (len(shown) - 1) + sum(_least(columns[n], natural[n]) for n in shown) > width:
        last = max(shown, key=lambda n: columns[n].dispensable)
        if not columns[last].dispensable:
            break
        shown.remove(last)
    return shown


def _shared(columns: Sequence[Column], natural: Sequence[int], shown: Sequence[int], width: int) -> dict[int, int]:
    """Return how wide each is: the widest that can be cut give way first."""
    widths = {n: natural[n] for n in shown}
    while sum(widths.values()) + _GAP * (len(shown) - 1) > width:
        widest = max(shown, key=lambda n: widths[n] - _least(columns[n], natural[n]))
        if widths[widest] == _least(columns[widest], natural[widest]):
            break
        widths[widest] -= 1
    return widths


def _fitted(text: str, width: int) -> str:
    long = cell_len(text)
    if long <= width:
        return text + " " * (width - long)
    room = width - cell_len(_CUT)
    begin = _taken(text, -(-room // 2))
    end = _taken(text[::-1], room - cell_len(begin))[::-1]
    cut = f"{begin}{_CUT}{end}"
    return cut + " " * (width - cell_len(cut))


def _taken(text: str, width: int) -> str:
    """Return as much of the beginning as is at most so wide."""
    count, left = 0, width
    for character in text:
        left -= cell_len(character)
        if left < 0:
            break
        count += 1
    return text[:count]
