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


def read(said: str) -> tuple[Person, ...]:
    """The people that a text names: one, or several where each has a link of their own."""
    said = said[:_LONGEST]
    if "<a" in said.lower():
        links = _LINK.findall(said)
        if links and _BETWEEN.fullmatch(markup.resolved(_LINK.sub(",", said))):
            return each(Person(markup.words(name), url=html.unescape(url)) for url, name in links)
    return each([person(said)])


def person(said: str, email: str = "", url: str = "") -> Person:
    """One person, whose name may hold the mail address, tags and references."""
    said = " ".join(said[:_LONGEST].split())
    bare = markup.resolved(said)
    found = None if email or "@" not in bare else next(filter(None, (form.fullmatch(bare) for form in _FORMS)), None)
    if found:
        return Person(markup.name(found["name"]).strip("\"' "), found["mail"], url)
    name = markup.name(said)
    return Person(name[1:-1].strip() if re.fullmatch(r"\([^()]*\)", name) else name, email, url)


def each(people: Iterable[Person]) -> tuple[Person, ...]:
    """Those who are somebody, once each: RSS says the name in <dc:creator> and both in <author>, or the mail alone."""
    found = list(dict.fromkeys(person for person in people if person != Person()))
    more = {person.name for person in found if person.email or person.url}
    return tuple(person for person in found if person.email or person.url or person.name not in more)
