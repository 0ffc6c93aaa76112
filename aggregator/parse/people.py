"""Whom an entry is by, as feeds name them: a name, a mail address, both in either order, or links to their pages."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from aggregator.model import Person
from aggregator.parse import markup

_LONGEST = 1000  # characters of a name that is taken apart
_MAIL = r"[^\s@<>()\"',;:]+@[^\s@<>()\"',;:]+"
_FORMS = (
    re.compile(rf"(?:mailto:)?(?P<mail>{_MAIL})\s*\((?P<name>[^()]*(?:\([^()]*\)[^()]*)*)\)"),  # RSS 2.0: mail (Name)
    re.compile(rf"(?P<name>[^<>]*?)\s*<(?:mailto:)?(?P<mail>{_MAIL})>"),
    re.compile(rf"(?P<name>[^()]*?)\s*\((?:mailto:)?(?P<mail>{_MAIL})\)"),
    re.compile(rf"(?:mailto:)?(?P<mail>{_MAIL})(?P<name>)"),
)
_LINK = re.compile(r"<a\s[^<>]*?href\s*=\s*[\"']?([^\"'\s<>]*)[^<>]*>(.*?)</a\s*>", re.IGNORECASE | re.DOTALL)
_BETWEEN = re.compile(r"[\s,;&]*(?:and)?[\s,;&]*")


def read(text: str) -> tuple[Person, ...]:
    """Return the people that a text names: one, or several where each has a link of their own."""
    if not text:
        return ()
    text = text[:_LONGEST]
    if "<a" in text.lower():
        links = _LINK.findall(text)
        if links and _BETWEEN.fullmatch(markup.resolved(_LINK.sub(",", text))):
            return distinct(Person(markup.line(name), url=html.unescape(url)) for url, name in links)
    return distinct([person(text)])


def person(text: str, email: str = "", url: str = "") -> Person:
    """Return one person, whose name may hold the mail address, tags and references."""
    text = " ".join(text[:_LONGEST].split())
    bare = markup.resolved(text)
    match = None if email or "@" not in bare else next(filter(None, (form.fullmatch(bare) for form in _FORMS)), None)
    if match:
        return Person(markup.name(match["name"]).strip("\"' "), match["mail"], url)
    name = markup.name(text)
    return Person(name[1:-1].strip() if re.fullmatch(r"\([^()]*\)", name) else name, email, url)


def distinct(people: Iterable[Person]) -> tuple[Person, ...]:
    """Return those who are somebody, once each: RSS has the name in <dc:creator> and both in <author>, or the mail."""
    somebody = list(dict.fromkeys(person for person in people if person != Person()))
    more = {person.name for person in somebody if person.email or person.url}
    return tuple(person for person in somebody if person.email or person.url or person.name not in more)
