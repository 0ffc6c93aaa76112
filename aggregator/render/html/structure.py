"""A tree of an article → the same with only elements that may stand in a page, each where it may stand.

Lists have items, and items are in lists; terms have definitions; what can be opened begins with what says so. Browsers
show the rest somehow, screen readers call it out of place.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from aggregator.render.html.tree import Element, is_blank

_TAGS = frozenset(
    ("a", "abbr", "address", "audio", "b", "bdi", "bdo", "blockquote", "br", "caption", "cite", "code", "col",
     "colgroup", "data", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "h1",
     "h2", "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "rp",
     "rt", "ruby", "s", "samp", "small", "source", "span", "strong", "sub", "summary", "sup", "table", "tbody",
     "td", "tfoot", "th", "thead", "time", "tr", "track", "u", "ul", "var", "video", "wbr")
)  # fmt: skip
# Within an article these are no landmarks of the page.
_RENAMED = {
    **dict.fromkeys(("article", "aside", "center", "footer", "header", "hgroup", "main", "nav", "section"), "div"),
    "acronym": "abbr",
    "strike": "s",
    "tt": "code",
}
_OUTSIDE = {"dt": "div", "dd": "div", "summary": "div", "rt": "span", "rp": "span"}
_LISTS = frozenset({"ul", "ol"})
_Parts = list[Element | str]


def mend(root: Element) -> None:
    """Mend what is within the element, in place."""
    waiting = [root]
    while waiting:
        element = waiting.pop()
        children = _known(element.children)
        rule = _RULES.get(element.tag)
        element.children = rule(element, children) if rule else _anywhere(children)
        waiting += [child for child in element.children if isinstance(child, Element)]


def _known(parts: Iterable[Element | str]) -> _Parts:
    """Return the parts under the names that we have for them; of what may not stand in a page, what is within it."""
    known: _Parts = []
    waiting = list(parts)[::-1]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Element):
            part.tag = _RENAMED.get(part.tag, part.tag)
            if part.tag not in _TAGS:
                waiting += part.children[::-1]
                continue
        known.append(part)
    return known


def _tag(part: Element | str) -> str:
    return part.tag if isinstance(part, Element) else ""


def _is_space(part: Element | str) -> bool:
    return isinstance(part, str) and not part.strip()


def _anywhere(parts: _Parts) -> _Parts:
    """Put items that are in no list into one; what else is out of its place is a part like any other."""
    for part in parts:
        if isinstance(part, Element):
            part.tag = _OUTSIDE.get(part.tag, part.tag)
    if not any(_tag(part) == "li" for part in parts):
        return parts
    grouped: _Parts = []
    for are_items, group in groupby(parts, lambda part: _tag(part) == "li"):
        members = list(group)
        grouped += [Element("ul", {}, members)] if are_items else members
    return grouped


def _list(_: Element, parts: _Parts) -> _Parts:
    """Return what a list may have: items. A list within the list belongs to the item before, the rest makes its own."""
    items: _Parts = []
    for part in parts:
        last = next((item for item in reversed(items) if isinstance(item, Element)), None)
        if _tag(part) == "li" or _is_space(part):
            items.append(part)
        elif _tag(part) in _LISTS and last is not None:
            last.children.append(part)
        else:
            items.append(Element("li", {}, [part]))
    return items


def _definitions(element: Element, parts: _Parts) -> _Parts:
    """Return terms and definitions, where these are all that the list has; else it is none, and they are parts."""
    flat: _Parts = []
    for part in parts:
        is_group = (
            isinstance(part, Element) and part.tag == "div" and any(_tag(p) in ("dt", "dd") for p in part.children)
        )
        flat += _known(part.children) if is_group and isinstance(part, Element) else [part]
    tags = [_tag(part) for part in flat if not _is_space(part)]
    if tags and tags[0] == "dt" and tags[-1] == "dd" and set(tags) == {"dt", "dd"}:
        return flat
    element.tag = "div"
    return _anywhere(flat)


def _details(_: Element, parts: _Parts) -> _Parts:
    """Have what can be opened begin with what says so."""
    summary = next((part for part in parts if isinstance(part, Element) and part.tag == "summary"), None)
    rest = [part for part in parts if part is not summary]
    if summary is None or is_blank(summary):
        rest = [*(summary.children if summary else ()), *rest]
        summary = Element("summary", {}, ["Details"])
    return [summary, *_anywhere(rest)]


def _ruby(_: Element, parts: _Parts) -> _Parts:
    return parts


_RULES = {"ul": _list, "ol": _list, "dl": _definitions, "details": _details, "ruby": _ruby}
