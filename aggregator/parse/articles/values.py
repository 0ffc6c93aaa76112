"""Values of any type, as YAML, TOML and web pages give them → what an entry takes. What doesn't fit is left out."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from aggregator.model import Person
from aggregator.parse import dates
from aggregator.text import local_files
from aggregator.text.characters import without_controls

if TYPE_CHECKING:
    from collections.abc import Iterable


def string(value: object) -> str:
    """Return a scalar as one line of text, "" for anything else."""
    if isinstance(value, bool) or (isinstance(value, int) and value.bit_length() > 128):
        return ""  # Python refuses to write numbers of thousands of digits
    # YAML's "\ud800" makes half a character, which nothing could encode.
    words = str(value).split() if isinstance(value, str | int | float | date) else []
    text, _dropped = without_controls(" ".join(words))
    return text.encode("utf-8", "replace").decode()


def strings(value: object) -> list[str]:
    """Return the texts of a list, or of a string with commas."""
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [text for item in values[:50] if (text := string(item))]


def several(values: Iterable[object]) -> tuple[str, ...]:
    """Return the strings among the values, each once."""
    return tuple(dict.fromkeys(text for value in values for text in strings(value)))


def people(value: object) -> tuple[Person, ...]:
    """Return the people whom a value names, or the values in a list, each once."""
    people = [person(item) for item in (value[:50] if isinstance(value, list) else [value])]
    return tuple(dict.fromkeys(person for person in people if person != Person()))


def person(value: object) -> Person:
    """Return whom a mapping, a name or "Name <mail address>" stands for."""
    if isinstance(value, dict):
        return Person(string(value.get("name")), string(value.get("email")), web(value.get("url")))
    name = string(value)[:1000]
    with_mail = re.fullmatch(r"([^<>]*)<([^<>@\s]+@[^<>@\s]+)>", name)
    return Person(with_mail[1].strip(), with_mail[2]) if with_mail else Person(name)


def instant(value: object) -> int:
    """Return the instant of a date, a moment or a text, in seconds since 1970; 0 for anything else."""
    if isinstance(value, datetime):
        return dates.seconds(value)
    if isinstance(value, date):
        return dates.seconds(datetime.combine(value, time(), UTC))
    return dates.instant(string(value))


def language(value: object) -> str:
    """Return a language's code (BCP 47), "" for anything else."""
    if value is False:
        return "no"  # YAML reads Norwegian as "not true"
    code = string(value).replace("_", "-")
    return code if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", code) else ""


def web(value: object, base: str = "") -> str:
    """Return an absolute web address, "" for anything else."""
    text = string(value)
    try:
        url = urljoin(base, text) if text else ""
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url
    except ValueError:  # "http://[": a bracket that is no IPv6
        return ""
    return url if fits else ""


def picture(value: object, base: str) -> str:
    """Return a picture's absolute web address; or as it is written where it may lie beside an article without base."""
    text = string(value)
    return web(text, base) or (text if not base and local_files.is_relative(text) else "")
