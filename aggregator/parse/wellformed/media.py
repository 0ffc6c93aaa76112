"""An entry's pictures, sound and films, and a feed's picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aggregator.parse.wellformed import categories
from aggregator.parse.wellformed.constructs import Part
from aggregator.parse.wellformed.names import RefusedError
from aggregator.parse.wellformed.reader import Context, Handler, Reader


def media_content(reader: Reader, context: Context, part: Part) -> None:
    """Read a picture, a sound or a film, and what is said of it."""
    context.raw.setdefault("media_content", []).append(part.attributes)
    context.media = part.attributes
    media_group(reader, context, part)


def media_group(reader: Reader, context: Context, part: Part) -> None:
    """Read what is said of an entry's media."""
    for child in reader.parts(part):
        handler = MEDIA.get(child.name)
        if handler:
            handler(reader, context, child)
        else:
            reader.pass_over(context, child)
    context.media = None


def media_words(reader: Reader, context: Context, part: Part) -> None:
    """Read the title or the description of a picture, or of a group: the first stands."""
    to = context.raw if context.media is None else context.media
    to.setdefault(f"{part.name}_said", reader.construct(part, "text/plain"))


def thumbnail(_: Reader, context: Context, part: Part) -> None:
    """Read a small picture."""
    given: dict[str, Any] = part.attributes
    if address := part.address():
        given.setdefault("url", address)
    context.raw.setdefault("media_thumbnail", []).append(given)


def episode_image(_: Reader, context: Context, part: Part) -> None:
    """Read an episode's picture."""
    part.bare()
    if address := part.attributes.get("href") or part.attributes.get("url"):
        context.raw["image"] = {"href": address}


def image(reader: Reader, context: Context, part: Part) -> None:
    """Read an entry's picture."""
    context.titled = False
    for child in reader.parts(part):
        if child.name not in {"url", "title", "link", "width", "height"} or child.attributes:
            raise RefusedError(f"{child.name} in an entry's image")
        if child.name == "url":
            address = child.address()
            if address.lower().startswith(("http://", "https://")):
                context.raw.setdefault("image", {"href": address})
        child.bare()
    if context.raw.get("link") == "":
        raise RefusedError("link")


def feed_image(reader: Reader, context: Context, part: Part) -> None:
    """Make sure that a feed's picture, or its search box, has nothing that would say something of the feed."""
    context.titled = False
    inner = {"title", "link", "description"}
    inner |= {"name"} if part.name == "textinput" else {"url", "width", "height"}
    for child in reader.parts(part):
        if child.name not in inner:
            raise RefusedError(f"{child.name} in {part.name}")
        child.bare()


MEDIA: Mapping[str, Handler] = {
    "media_category": categories.category,
    "media_keywords": categories.keywords,
    "media_content": media_content,
    "media_group": media_group,
    "media_title": media_words,
    "media_description": media_words,
    "media_thumbnail": thumbnail,
}
"""What may stand in each other."""
