"""What something is about."""

from __future__ import annotations

from aggregator.parse.wellformed.constructs import Part
from aggregator.parse.wellformed.reader import Context, Reader, Tag

_ITUNES = "http://www.itunes.com/"


def category(_: Reader, context: Context, part: Part) -> None:
    """Read a category: its attributes name it, or its text."""
    given = part.attributes
    is_media = part.name == "media_category"
    scheme = given.get("scheme", "http://search.yahoo.com/mrss/category_schema" if is_media else given.get("domain"))
    _categorised(context, part.text(), given.get("term"), scheme, given.get("label"))


def episode_category(_: Reader, context: Context, part: Part) -> None:
    """Read a show's category."""
    _categorised(context, part.text(), part.attributes.get("text"), _ITUNES, None)


def _categorised(context: Context, value: str, term: str | None, scheme: str | None, label: str | None) -> None:
    _add(context, (term, scheme, label))
    tags = context.raw["tags"]
    if value and tags and not tags[-1]["term"]:
        context.tags.discard((tags[-1]["term"], tags[-1]["scheme"], tags[-1]["label"]))
        tags[-1]["term"] = value
        context.tags.add((value, tags[-1]["scheme"], tags[-1]["label"]))
    elif value:
        _add(context, (value, None, None))


def keywords(_: Reader, context: Context, part: Part) -> None:
    """Read a list of categories; a picture's are not the entry's."""
    text = part.text()
    if part.attributes or (part.name == "media_keywords" and context.media is not None):
        return
    for term in text.split(","):
        if term.strip():
            _add(context, (term.strip(), _ITUNES if part.name == "itunes_keywords" else None, None))


def _add(context: Context, tag: Tag) -> None:
    tags = context.raw.setdefault("tags", [])
    if any(tag) and tag not in context.tags:
        context.tags.add(tag)
        tags.append(dict(zip(("term", "scheme", "label"), tag, strict=True)))
