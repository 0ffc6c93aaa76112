"""Categories: "news/local" is a part of "news", as a folder in a folder; who takes a category takes its parts."""

from __future__ import annotations

from collections.abc import Iterable

from aggregator.text.writable import line

_DEEPEST = 20  # folders; libxml2 reads 256 elements deep


def path_of(category: str) -> tuple[str, ...]:
    """Take a category apart: "a/b" is the folder b in the folder a."""
    parts = [part for part in map(str.strip, line(category).split("/")) if part]
    return (*parts[:_DEEPEST], *(["/".join(parts[_DEEPEST:])] if parts[_DEEPEST:] else []))


def tidied(category: str) -> str:
    """Return the category as it is compared: "a / b/" is "a/b"."""
    return "/".join(path_of(category))


def is_part(category: str, of: str) -> bool:
    """Tell whether a tidied category is another one or lies in it. The store asks the same in SQL (store/rules.py)."""
    return category == of or category.startswith(f"{of}/")


def with_wholes(categories: Iterable[str]) -> list[str]:
    """Return the tidied categories and those that they are parts of, in order: what can be selected by."""
    found = {category for category in categories if category}
    parts = [category.split("/") for category in found]
    return sorted(found.union("/".join(path[:depth]) for path in parts for depth in range(1, len(path))))
