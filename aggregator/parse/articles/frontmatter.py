"""Front matter → what it says of the article: YAML between --- lines, TOML between +++ lines."""

from __future__ import annotations

import html
import re
import tomllib
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import yaml

from aggregator.parse.articles import values

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
    """Return what the front matter says, the text after it, and what is wrong with it, if anything is."""
    opener, _, rest = text.lstrip("\n").partition("\n")
    fence = opener[:10].rstrip()
    end = _FENCES[fence].search(rest[:_LONGEST]) if fence in _FENCES else None
    if not end:
        return {}, text, ""
    block, body = rest[: end.start()], rest[end.end() :]
    try:
        front = _toml(block) if fence == "+++" else _yaml(block)
    except Exception as error:  # noqa: BLE001 - RecursionError, OverflowError, …: what a parser does with a bomb
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        language = "TOML" if fence == "+++" else "YAML"
        malformed = f"front matter is not valid {language}: {' '.join(str(problem).split())[:150]}"
        lines = [match for line in block.split("\n") if (match := _LINE.match(line[:2000]))]
        # A title with a colon in it is the usual fault: line by line, most can be read all the same.
        front = {match[1]: match[2].strip().strip("\"'") for match in lines}
        return {key.lower(): value for key, value in front.items()}, body if lines else text, malformed
    if not isinstance(front, dict):
        return ({}, text, "") if front else ({}, body, "")  # a text between two rules
    return {key.lower(): value for key, value in front.items() if isinstance(key, str)}, body, ""


def _yaml(block: str) -> object:
    # Aliases multiply: nine lines can ask for all memory. An alias needs an anchor of its name.
    if set(re.findall(r"&([\w-]+)", block)) & set(re.findall(r"\*([\w-]+)", block)):
        raise ValueError("aliases are not read")
    front = yaml.load(block, Loader=_AsWritten)  # noqa: S506 - it makes texts, lists and mappings, and nothing else
    if isinstance(front, dict) and (null := _NULL_TITLE.search(block)):
        front["title"] = null[1]
    return front


class _AsWritten(yaml.SafeLoader):
    """YAML whose scalars are texts as they are written: 1.10 is no 1.1, 12:30 no 750, No no False. null is none."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own


_AsWritten.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_NULL_TITLE = re.compile(r"^title:[ \t]+(null)[ \t]*$", re.IGNORECASE | re.MULTILINE)


def _toml(block: str) -> object:
    # tomllib takes quadratic time for the dots of a key.
    if any(line.count(".") > 300 for line in block.split("\n")):
        raise ValueError("a line has more than 300 dots")
    return tomllib.loads(block, parse_float=str)


_DATES = "date", "published", "publishdate", "pubdate", "created"
_IMAGES = "image", "cover", "thumbnail"
_KNOWN = frozenset({
    *_DATES, *_IMAGES, "title", "id", "link", "url", "canonical_url", "summary", "description", "excerpt", "authors",
    "author", "updated", "lastmod", "modified", "last_modified_at", "categories", "category", "tags", "language",
    "lang", "rights", "license", "copyright", "draft", "status",
})  # fmt: skip
_NO = frozenset({"false", "no", "off", "n", "0"})
_YES = frozenset({"true", "yes", "on", "y", "1"})
_NAMED = 6  # unknown keys


def unknown(front: Mapping[str, Any]) -> str:
    """Name the keys that say nothing to us, in one line; "" for none."""
    names = [values.string(key)[:40] for key in front if key not in _KNOWN]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"unknown in front matter: {', '.join(names[:_NAMED])}{more}" if names else ""


def is_draft(front: Mapping[str, Any]) -> bool:
    """Tell whether the article isn't to be seen yet: `draft: true`, `published: false`, `status: draft`."""
    values_ = {key: str(front[key]).strip().lower() for key in ("draft", "published", "status") if key in front}
    return (
        values_.get("draft") in _YES
        or values_.get("published") in _NO
        or values_.get("status") in ("draft", "private", "pending")
    )


def release(front: Mapping[str, Any]) -> int:
    """Return from when the article may be seen: the latest of the dates on which it says that it comes out."""
    return max(values.instant(front.get(key)) for key in ("date", "published", "publishdate"))


def _picture(value: object, base: str) -> str:
    if isinstance(value, dict):  # Hugo's cover: {image: …}, and {src: …}, {url: …} of others
        value = value.get("image") or value.get("src") or value.get("url")
    return values.picture(value, base)


def apply(front: Mapping[str, Any], entry: Entry, base: str) -> Entry:
    """Return the entry with all that the front matter says in place of what was found otherwise."""

    def first(read: Callable[[object], T], *keys: str) -> T | None:
        return next((value for key in keys if (value := read(front.get(key)))), None)

    link = first(values.web, "link", "url", "canonical_url") or entry.link
    summary = first(values.string, "summary", "description", "excerpt")
    return replace(
        entry,
        guid=first(values.string, "id") or entry.guid,
        link=link,
        summary=html.escape(summary, quote=False) if summary else entry.summary,
        authors=first(values.people, "authors", "author") or entry.authors,
        published=first(values.instant, *_DATES) or entry.published,
        updated=first(values.instant, "updated", "lastmod", "modified", "last_modified_at") or 0,
        categories=values.several(front.get(key) for key in ("categories", "category", "tags")) or entry.categories,
        image=next((url for key in _IMAGES if (url := _picture(front.get(key), link or base))), ""),
        language=first(values.language, "language", "lang") or "",
        rights=first(values.string, "rights", "license", "copyright") or "",
    )
