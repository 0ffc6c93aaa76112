"""Titles, summaries, contents, dates, and whatever else is a text."""

from __future__ import annotations

from aggregator.parse.wellformed import constructs
from aggregator.parse.wellformed.constructs import Part
from aggregator.parse.wellformed.reader import Context, Handler, Reader


def title(reader: Reader, context: Context, part: Part) -> None:
    """Read a title: the first that says something stands."""
    detail = reader.construct(part, "text/plain")
    if not context.titled:
        context.raw["title"], context.raw["title_detail"] = detail["value"], detail
        context.titled = bool(detail["value"])


def described(default: str) -> Handler:
    """Make a handler of descriptions of this media type: the second one is content."""

    def handler(reader: Reader, context: Context, part: Part) -> None:
        if "summary" in context.raw and not context.has_content:
            content(reader, context, part)  # the second one
        else:
            detail = reader.construct(part, default)
            context.raw["summary"], context.raw["summary_detail"] = detail["value"], detail

    return handler


def content(reader: Reader, context: Context, part: Part, default: str = "text/plain") -> None:
    """Read content, which a summary repeats where there is none."""
    context.has_content = True
    detail = reader.construct(part, default)
    context.raw.setdefault("content", []).append(detail)
    context.raw.setdefault("summary", detail["value"])


def encoded(reader: Reader, context: Context, part: Part) -> None:
    """Read content that is HTML."""
    content(reader, context, part, "text/html")


def rights(reader: Reader, context: Context, part: Part) -> None:
    """Read whose rights are reserved."""
    detail = reader.construct(part, "text/plain")
    context.raw["rights"], context.raw["rights_detail"] = detail["value"], detail


def episode(reader: Reader, context: Context, part: Part) -> None:
    """Read a show's words on an episode."""
    context.raw[f"{part.name}_detail"] = reader.construct(part, "text/plain")


def text(key: str) -> Handler:
    """Make a handler of texts that are kept under this name."""

    def handler(_: Reader, context: Context, part: Part) -> None:
        context.raw[key] = part.text()

    return handler


def said(_: Reader, context: Context, part: Part) -> None:
    """Read what feedparser doesn't know: with an attribute it is no text for it."""
    text = part.text()
    context.raw[part.name] = part.attributes or text


def located(_: Reader, context: Context, part: Part) -> None:
    """Read an address that feedparser makes absolute, but for what has an attribute."""
    address = part.address()
    context.raw[part.name] = part.attributes or address


def unread(reader: Reader, _: Context, part: Part) -> None:
    """Make sure that a text which nobody asks for has no markup that would change how others are read."""
    if len(part.element):
        reader.markup(part, constructs.kind(part.attributes.get("type", "")))


def license_(_: Reader, __: Context, part: Part) -> None:
    """Make sure that a license has nothing in it: deeper down feedparser may not find it again, and fails."""
    part.bare()
