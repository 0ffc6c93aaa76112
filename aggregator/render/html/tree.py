"""HTML that was sanitised ⇄ a tree of elements, to be changed before it stands in a page.

The sanitiser writes what an HTML parser reads as it is written, so reading takes no parser: a tag opens an element, or
closes the last one of its name. Whatever else comes (the HTML may be of old, and cut in the middle of a tag) becomes
text, or closes early; what is written is well-formed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape, unescape

_TAG = re.compile(r"""<(/?)([a-zA-Z][a-zA-Z0-9]*)((?:\s+[^\s=<>"'/]++(?:="[^"]*+")?)*+)\s*/?>""")
_ATTRIBUTE = re.compile(r"""([^\s=<>"'/]+)(?:="([^"]*)")?""")
_VOID = frozenset({"br", "col", "hr", "img", "source", "track", "wbr"})
_DEEP = 100  # elements within each other: what is deeper stands beside, browsers end at 512
_BLOCKS = frozenset(
    ("address", "article", "aside", "blockquote", "center", "details", "dialog", "dir", "div", "dl", "dd", "dt",
     "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup",
     "hr", "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "ul")
)  # fmt: skip
_UNSEEN = str.maketrans("", "", "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff")
_SCOPES = frozenset({"table", "td", "th", "caption"})  # where a paragraph that is open outside doesn't matter


@dataclass(slots=True)
class Element:
    """An element with what is within it: text, and elements."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Element | str] = field(default_factory=list)

    def elements(self) -> Iterator[Element]:
        """Yield the elements within this one, at any depth, in the order in which they are written."""
        waiting = [child for child in reversed(self.children) if isinstance(child, Element)]
        while waiting:
            element = waiting.pop()
            yield element
            waiting += [child for child in reversed(element.children) if isinstance(child, Element)]


def read(markup: str) -> Element:
    """Read sanitised HTML; what comes back is an element around it, with no name."""
    root = Element("")
    open_, counts = [root], Counter[str]()
    too_deep: Counter[str] = Counter()
    reached = 0
    for match in _TAG.finditer(markup):
        closes, tag = match[1], match[2].lower()
        _text(open_[-1], markup[reached : match.start()])
        reached = match.end()
        if closes:
            if too_deep[tag]:
                too_deep[tag] -= 1
            elif counts[tag]:
                _close(open_, counts, tag)
            continue
        if tag in _BLOCKS and counts["p"] and _paragraph_is_open(open_):
            _close(open_, counts, "p")
        if len(open_) > _DEEP and tag not in _VOID:
            too_deep[tag] += 1
            continue
        element = Element(tag, {name.lower(): unescape(value) for name, value in _ATTRIBUTE.findall(match[3])})
        open_[-1].children.append(element)
        if tag not in _VOID:
            open_.append(element)
            counts[tag] += 1
    _text(open_[-1], markup[reached:])
    return root


def _text(element: Element, written: str) -> None:
    if written:
        if element.tag == "pre" and not element.children:
            written = written.removeprefix("\n")  # which is none of its text
        element.children.append(unescape(written))


def _close(open_: list[Element], counts: Counter[str], tag: str) -> None:
    while True:
        closed = open_.pop().tag
        counts[closed] -= 1
        if closed == tag:
            return


def _paragraph_is_open(open_: list[Element]) -> bool:
    """Tell whether a block that begins here would end a paragraph."""
    for element in reversed(open_):
        if element.tag == "p" or element.tag in _SCOPES:
            return element.tag == "p"
    return False


class _End(str):
    """An end tag, among what is to be written."""

    __slots__ = ()


def write(root: Element) -> str:
    """Write what is within the element."""
    written: list[str] = []
    waiting: list[Element | str] = list(reversed(root.children))
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            written.append(part if isinstance(part, _End) else escape(part, quote=False))
            continue
        written.append(f"<{part.tag}{''.join(map(_attribute, part.attributes.items()))}>")
        if part.tag in _VOID:
            continue
        first = part.children[0] if part.tag == "pre" and part.children else None
        if isinstance(first, str) and first.startswith("\n"):
            written.append("\n")
        waiting.append(_End(f"</{part.tag}>"))
        waiting += reversed(part.children)
    return "".join(written)


def _attribute(attribute: tuple[str, str]) -> str:
    name, value = attribute
    return f' {name}="{escape(value)}"' if value or name in ("alt", "value") else f" {name}"


def text_of(element: Element, *, pictures: bool = True) -> str:
    """Return the text within the element as it is heard: with what its pictures show instead; or else as it is seen."""
    parts = []
    waiting: list[Element | str] = [element]
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            parts.append(part)
        else:
            parts.append(part.attributes.get("alt", "") if pictures and part.tag == "img" else "")
            waiting += reversed(part.children)
    return "".join(parts)


def is_blank(part: Element | str) -> bool:
    """Tell whether nothing is heard of it."""
    return not (part if isinstance(part, str) else text_of(part)).translate(_UNSEEN).strip()
