"""Front matter → what it says of the article: YAML between --- lines, TOML between +++ lines."""

from __future__ import annotations

import html
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from aggregator.parse import values

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aggregator.model import Entry

T = TypeVar("T")

_LONGEST = 65_536  # characters
_FENCES = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_LINE = re.compile(r"([A-Za-z_][\w-]{0,40})[ \t]*[:=][ \t]*([^\s\[{&*!|>%@`].*)")


def split(text: str) -> tuple[Mapping[str, Any], str, str]:
    """What the front matter says, the text after it, and what is wrong with it, if anything is."""
    opener, _, rest = text.lstrip("\n").partition("\n")
    fence = opener[:10].rstrip()
    end = _FENCES[fence].search(rest[:_LONGEST]) if fence in _FENCES else None
    if not end:
        return {}, text, ""
    block, body = rest[: end.start()], rest[end.end() :]
    try:
        said = _toml(block) if fence == "+++" else _yaml(block)
    except Exception as error:  # noqa: BLE001 - RecursionError, OverflowError, …: what a parser does with a bomb
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        language = "TOML" if fence == "+++" else "YAML"
        malformed = f"front matter is not valid {language}: {' '.join(str(problem).split())[:150]}"
        lines = [found for line in block.split("\n") if (found := _LINE.match(line[:2000]))]
        # A title with a colon in it is the usual fault: line by line, most can be read all the same.
        said = {found[1]: found[2].strip().strip("\"'") for found in lines}
        return {key.lower(): value for key, value in said.items()}, body if lines else text, malformed
    if not isinstance(said, dict):
        return ({}, text, "") if said else ({}, body, "")  # a text between two rules
    return {key.lower(): value for key, value in said.items() if isinstance(key, str)}, body, ""


def _yaml(block: str) -> object:
    # Merging aliases multiplies: nine lines can ask for all memory. An alias needs an anchor of its name.
    if set(re.findall(r"&([\w-]+)", block)) & set(re.findall(r"\*([\w-]+)", block)):
        raise ValueError("aliases are not read")
    return yaml.safe_load(block)


def _toml(block: str) -> object:
    # tomllib takes quadratic time for the dots of a key.
    if any(line.count(".") > 300 for line in block.split("\n")):
        raise ValueError("a line has more than 300 dots")
    return tomllib.loads(block)


def apply(front: Mapping[str, Any], entry: Entry, base: str) -> Entry:
    """The entry with all that the front matter says in place of what was found otherwise."""

    def first(read: Callable[[object], T], *keys: str) -> T | None:
        return next((value for key in keys if (value := read(front.get(key)))), None)

    link = first(values.web, "link", "url", "canonical_url") or entry.link
    summary = first(values.string, "summary", "description")
    return replace(
        entry,
        guid=first(values.string, "id") or entry.guid,
        link=link,
        summary=html.escape(summary, quote=False) if summary else entry.summary,
        authors=first(values.people, "authors", "author") or entry.authors,
        published=first(values.instant, "date", "published") or entry.published,
        updated=first(values.instant, "updated", "lastmod") or 0,
        categories=values.several(front.get(key) for key in ("categories", "category", "tags")) or entry.categories,
        image=values.web(values.string(front.get("image")), link or base),
        language=first(values.language, "language", "lang") or "",
        rights=first(values.string, "rights", "license", "copyright") or "",
    )
