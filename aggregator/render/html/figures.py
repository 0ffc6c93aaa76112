"""Numbers as people read them."""

from __future__ import annotations

from aggregator.text import writable

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def number(count: int) -> str:
    """Write a number with its thousands apart: 12345 → "12,345"."""
    return f"{count:,}"


def counted(count: int, one: str, many: str = "") -> str:
    """Write a number of things: (2, "entry", "entries") → "2 entries"; without `many` it is `one` with an s."""
    return f"{number(count)} {one if count == 1 else many or f'{one}s'}"


def short(count: int) -> str:
    """Write a round number in little room: 12000 → "12k"."""
    for size, letter in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if count >= size:
            return f"{count / size:g}{letter}"
    return str(count)


def size(count: int) -> str:
    """Write a number of bytes: 1234567 → "1.2 MB"."""
    value, unit = float(count), "B"
    for larger in ("kB", "MB", "GB", "TB", "PB"):
        if value < 999.5:
            break
        value, unit = value / 1000, larger
    return f"{value:.0f} {unit}" if unit == "B" or value >= 9.95 else f"{value:.1f} {unit}"


def seconds(value: float) -> str:
    """Write how long something took: 0.0421 → "42 ms", 3.14 → "3.1 s"; "" for less than nothing."""
    if value < 0:
        return ""
    return f"{value * 1000:.0f} ms" if value < 0.9995 else f"{value:.1f} s" if value < 9.95 else f"{value:,.0f} s"


def date(instant: int) -> str:
    """Write the day of an instant in little room (UTC): "27 Nov 2026"."""
    moment = writable.moment(instant)
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
