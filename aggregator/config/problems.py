"""What is wrong with a config file → lines for its operator: file, line, key, what is wrong, what is allowed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import ValidationError

Tables = Mapping[str, Sequence[str]]
"""The keys that each table takes; "" is the file itself."""

_ENOUGH = 50
_PLAINLY = {
    "missing": "is required",
    "model_type": "must be a table",
    "list_type": 'must be a list like ["one", "two"]',
    "string_type": 'must be text in quotes, like "this"',
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "int_type": "must be a whole number",
    "bool_type": "must be true or false",
}


def doubled(outputs: object, path: Path, text: str) -> list[str]:
    """Return a line for each output whose name another one has, also where only the case differs.

    They would overwrite each other's files, on some disks in that case too.
    """
    tables = outputs if isinstance(outputs, list) else []
    names = [str(table.get("name")).lower() if isinstance(table, dict) else None for table in tables]
    return [
        f'{where(path, text, ("output", i, "name"))}: two outputs are named "{tables[i]["name"]}"; names must differ'
        for i, name in enumerate(names)
        if name and name in names[:i] and "name" in tables[i]
    ]


def mistakes(error: ValidationError, path: Path, text: str, tables: Tables) -> list[str]:
    """Return a line for each mistake that pydantic found, the first ones of a file that is full of them."""
    details = error.errors(include_url=False)
    lines = [_mistake(path, text, dict(detail), tables) for detail in details[:_ENOUGH]]
    more = len(details) - len(lines)
    return [*lines, f"{path}: and {more} more"] if more else lines


def _mistake(path: Path, text: str, detail: dict[str, Any], tables: Tables) -> str:
    loc = tuple(part for part in detail["loc"] if isinstance(part, int) or part.isidentifier())
    if detail["type"] == "extra_forbidden":
        return unknown(path, text, detail["loc"], tables)
    return f"{where(path, text, loc)}: {wrong(detail, loc)}"


def wrong(detail: Mapping[str, Any], loc: tuple[int | str, ...]) -> str:
    """Say what is wrong with a value, and what is allowed."""
    what = _PLAINLY.get(detail["type"]) or detail["msg"].removeprefix("Value error, ").replace(
        "Input should be", "must be"
    )
    if detail["type"] == "list_type" and loc in {("source",), ("output",), ("defaults",)}:
        what = f"must be written [[{loc[0]}]]"
    shown = detail["input"]
    if detail["type"] not in {"missing", "query", "secret"} and isinstance(shown, str | int | float):
        what += f", not {shown!r}" if not isinstance(shown, bool) else f", not {str(shown).lower()}"
    return what


def unknown(path: Path, text: str, loc: tuple[int | str, ...], tables: Tables) -> str:
    """Say what is wrong with a key that its table doesn't have."""
    allowed = tables[str(loc[0]) if loc[1:] else ""]
    close = difflib.get_close_matches(str(loc[-1]), allowed, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{where(path, text, loc)}: unknown key; {hint}allowed here: {', '.join(allowed)}"


def where(path: Path, text: str, loc: tuple[int | str, ...]) -> str:
    """Say where a key is, as precisely as the file's lines tell: "aggregator.toml:12: [[source]] 3, url"."""
    line = _line(text, loc)
    place = f"{path}:{line}" if line else str(path)
    names = [str(part + 1) if isinstance(part, int) else part for part in loc]
    if not names:
        return place
    if len(loc) > 1 and isinstance(loc[1], int):
        head = f"[[{names[0]}]] {names[1]}"
        return f"{place}: {', '.join([head, *names[2:]])}"
    return f"{place}: {'.'.join(names)}"


def _line(text: str, loc: tuple[int | str, ...]) -> int:
    """Return the line on which a key, or else its table, stands; 0 where a plain reading doesn't find it."""
    if not loc:
        return 0
    array = len(loc) > 1 and isinstance(loc[1], int)
    name = rf"""["']?{re.escape(str(loc[0]))}["']?"""
    header = re.compile(rf"\s*\[\[\s*{name}\s*\]\]" if array else rf"\s*\[\s*{name}\s*\]")
    key = str(loc[2]) if array and len(loc) > 2 else str(loc[1]) if not array and len(loc) > 1 else ""
    index = int(loc[1]) if array else 0
    inside, seen, header_line = False, -1, 0
    for number, line in enumerate(text.splitlines(), 1):
        if header.match(line):
            seen += 1
            inside = seen == index
            header_line = number if inside else header_line
        elif re.match(r"\s*\[", line) and not re.match(r"\s*\[.*=", line):
            inside = False
        elif (inside and key and re.match(rf"""\s*["']?{re.escape(key)}["']?\s*=""", line)) or (
            len(loc) == 1 and seen < 0 and re.match(rf"\s*{name}\s*=", line)
        ):
            return number
    return header_line
