"""Whom something is by."""

from __future__ import annotations

from aggregator.parse.wellformed.constructs import Part, Raw
from aggregator.parse.wellformed.names import RefusedError
from aggregator.parse.wellformed.reader import Context, Reader

_NAMES = frozenset({"name", "email"})
_ADDRESSES = frozenset({"uri", "url", "homepage"})
_OF_PEOPLE = _NAMES | _ADDRESSES | {"itunes_name", "itunes_email"}


def author(reader: Reader, context: Context, part: Part) -> None:
    """Read an author: a name, an address of mail and a page, or a text of them."""
    person, said = _person(reader, context, part), part.own_text()
    if person and context.author:
        raise RefusedError("authors")  # feedparser gives this one what it finds in the text of the one before
    if said and not person:
        person["said"] = said
    context.author = said
    context.raw.setdefault("authors", []).append(person)


def _person(reader: Reader, context: Context, part: Part) -> Raw:
    person: Raw = {}
    for child in reader.parts(part):
        if child.name in _NAMES:
            person[child.name] = child.bare()
        elif child.name in _ADDRESSES:
            person["href"] = child.address()
            if context.is_source:
                context.raw["href"] = person["href"]
        else:
            child.say_nothing()
            reader.pass_over(context, child)
            if any(reader.names.of(inner.tag) in _OF_PEOPLE for inner in child.element.iter()):
                raise RefusedError("a person in depth")
    return person


def contributor(reader: Reader, context: Context, part: Part) -> None:
    """Pass a contributor over."""
    _person(reader, context, part)
