"""Markup that stands in a feed as XML → as text: what feedparser makes of Atom's type="xhtml"."""

from __future__ import annotations

import re
from collections.abc import Collection
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape

from aggregator.parse.wellformed.names import Names, RefusedError

_VOID = frozenset({
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
})  # fmt: skip
_WORD = re.compile("[a-z0-9]*")
_FOREIGN = frozenset({"svg", "math", "xhtml_svg", "xhtml_math"})
_DEEPEST = 200


def markup(element: Element, names: Names, handled: Collection[str], without_div: bool, escaped: bool) -> str:
    """Write what stands in an element, without the <div> around it all in Atom 1.0.

    What comes before the first element is `escaped` if the whole said that it is markup. RefusedError where an element
    is `handled`: feedparser takes it for one of the feed's.
    """
    pieces: list[str] = []
    if element.text:
        pieces.append(escape(element.text) if escaped else element.text)
    _write(element, names, handled, pieces, 0)
    if without_div:
        pieces = _bare(pieces)
    return "".join(pieces).strip()


def _write(element: Element, names: Names, handled: Collection[str], pieces: list[str], depth: int) -> None:
    if depth > _DEEPEST:
        raise RefusedError("deep markup")
    for child in element:
        name = names.of(child.tag)
        if name in handled or name in _FOREIGN:
            raise RefusedError(f"markup {name}")
        if "_" in name and not name.startswith("xhtml_"):
            raise RefusedError(f"markup {name}")
        tag = name.removeprefix("xhtml_")
        attributes = _attributes(child, names) if child.attrib else ""
        word = _WORD.match(tag)
        if word and word[0] in _VOID:
            attributes += " /"
        pieces.append(f"<{tag}{attributes}>")
        if child.text:
            pieces.append(escape(child.text))
        _write(child, names, handled, pieces, depth + 1)
        if not (word and word[0] in _VOID):
            pieces.append(f"</{tag}>")
        if child.tail:
            pieces.append(escape(child.tail))


def _attributes(element: Element, names: Names) -> str:
    found = names.attributes(element)
    if any(":" in name and not name.startswith("xml:") for name in found):
        raise RefusedError("an attribute in markup")
    quoted = (f' {name}="{escape(value, {chr(34): "&quot;"})}"' for name, value in found.items())
    return "".join(quoted)


def _bare(pieces: list[str]) -> list[str]:
    while len(pieces) > 1 and not pieces[-1].strip():
        del pieces[-1]
    while len(pieces) > 1 and not pieces[0].strip():
        del pieces[0]
    if not (pieces and (pieces[0] == "<div>" or pieces[0].startswith("<div ")) and pieces[-1] == "</div>"):
        return pieces
    depth = 0
    for piece in pieces[:-1]:
        if piece.startswith("</"):
            depth -= 1
            if depth == 0:
                return pieces
        elif piece.startswith("<") and not piece.endswith("/>"):
            depth += 1
    return pieces[1:-1]
