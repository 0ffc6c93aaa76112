"""Whom something is by."""

from __future__ import annotations

from aggregator.parse.wellformed.constructs import Part, Raw
from aggregator.parse.wellformed.reader import Context, Reader


def author(reader: Reader, context: Context, part: Part) -> None:
    """Read an author: a name, an address of mail and a page, or a text of them."""
    person = _person(reader, context, part)
    if not person and (said := part.own_text()):
        person["said"] = said
    context.raw.setdefault("authors", []).append(person)


def _person(reader: Reader, context: Context, part: Part) -> Raw:
    person: Raw = {}
    for child in reader.parts(part):
        if child.name in {"name", "email"}:
            person[child.name] = child.bare()
        elif child.name in {"uri", "url", "homepage"}:
            person["href"] = child.address()
            if context.is_source:
                context.raw["href"] = person["href"]
        else:
            child.say_nothing()
            reader.pass_over(context, child)
    return person


def contributor(reader: Reader, context: Context, part: Part) -> None:
    """Pass a contributor over."""
    _person(reader, context, part)
