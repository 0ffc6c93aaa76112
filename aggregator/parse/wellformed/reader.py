"""The elements in an element of a feed, one by one, each given to what reads those of its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from aggregator.parse.wellformed import constructs, handled, xhtml
from aggregator.parse.wellformed.constructs import XHTML, Part, Raw, mended
from aggregator.parse.wellformed.handled import HANDLED, may_say_something
from aggregator.parse.wellformed.names import Names, RefusedError

Tag = tuple[str | None, str | None, str | None]
"""A category's term, scheme and label."""


@dataclass(slots=True)
class Context:
    """What is being read: by which handlers, what says nothing in it, and what of its state feedparser looks at."""

    handlers: Mapping[str, Handler]
    silent: frozenset[str]
    raw: Raw = field(default_factory=dict)
    is_entry: bool = False
    is_source: bool = False
    titled: bool = False
    has_content: bool = False
    author: str = ""  # the text of the last one
    tags: set[Tag] = field(default_factory=set)  # those among what is read
    media: Raw | None = None  # the media:content that is open


class Reader:
    """Reads elements of a document of a version."""

    def __init__(self, names: Names, version: str) -> None:
        """Take the document's names, and its version as feedparser calls it."""
        self.names = names
        self.version = version
        self.is_atom = version.startswith("atom")

    def part(self, element: Element, base: str, language: str | None) -> Part:
        """Return an element with its name and attributes: `base` and `language` are those around it."""
        name = self.names.of(element.tag)
        if not element.attrib:
            return Part(element, name, {}, base, language)
        given = self.names.attributes(element)
        if own := given.get("xml:base", given.get("base")):
            base = constructs.new_base(base, own)
        spoken = given.get("xml:lang", given.get("lang"))
        return Part(element, name, given, base, language if spoken is None else spoken or None)

    def parts(self, part: Part) -> list[Part]:
        """Return the elements in one."""
        return [self.part(child, part.base, part.language) for child in part.element]

    def children(self, context: Context, part: Part) -> None:
        """Read the elements in one, in order."""
        for child in part.element:
            self.child(context, self.part(child, part.base, part.language))

    def child(self, context: Context, part: Part) -> None:
        """Read an element."""
        handler = context.handlers.get(part.name)
        if handler:
            handler(self, context, part)
        else:
            self.pass_over(context, part)

    def pass_over(self, context: Context, part: Part) -> None:
        """Make sure that an element says nothing that is asked for, in no depth."""
        within = [part]
        while within:
            part = within.pop()
            name = part.name
            silent = name in context.silent
            says = name in context.handlers or (not silent and may_say_something(name))
            if says or (name == "itunes_owner" and self.is_atom):  # the owner becomes an author
                raise RefusedError(f"{name} in depth")
            if len(part.element):
                if silent and name not in handled.CARRIERS:
                    raise RefusedError(f"elements in {name}")
                within += self.parts(part)

    def construct(self, part: Part, default: str) -> Raw:
        """Read a text construct: its value, its media type, its language and its base."""
        kind = constructs.text_kind(part, default)
        if kind == XHTML or len(part.element):
            value = self.markup(part, kind)
            kind = XHTML
        else:
            value = part.text()
            if kind == "text/plain" and not self.is_atom and constructs.looks_like_html(value):
                kind = "text/html"
        language = part.language.replace("_", "-") if part.language else part.language
        return {"type": kind, "language": language, "base": part.base, "value": value}

    def markup(self, part: Part, kind: str) -> str:
        """Read markup that stands as XML in a construct; of another kind than that it is escaped from there on."""
        element, escaped = part.element, kind == XHTML
        if not escaped and self.names.of(element[0].tag) in {"div", "xhtml_div"}:
            raise RefusedError(f"div in {part.name}")  # after which feedparser's xml:base is another
        return mended(xhtml.markup(element, self.names, HANDLED, self.version == "atom10", escaped))


Handler = Callable[[Reader, Context, Part], None]
