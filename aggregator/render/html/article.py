"""An article's HTML, sanitised → the same as it fits a page of ours: what stands around it decides what it may be.

Its headings go on from the page's, its pictures wait until they are looked at, what is wide can be scrolled, also by
keyboard, and what a screen reader would stumble over is mended or left out. No word is lost.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from aggregator.render.html import structure, tree
from aggregator.render.html.tree import Element, is_blank, text_of
from aggregator.text import writable

_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_KEPT = {  # all that the sanitiser lets through, but for what only means something beside something else
    "a": {"href", "hreflang"},
    "audio": {"src"},
    "col": {"span", "align"},
    "colgroup": {"span", "align"},
    "data": {"value"},
    "del": {"datetime"},
    "details": {"open"},
    "img": {"src", "alt", "width", "height"},
    "ins": {"datetime"},
    "li": {"value"},
    "ol": {"start", "reversed", "type"},
    "source": {"src", "type"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "time": {"datetime"},
    "tr": {"align"},
    "track": {"src", "kind", "srclang", "label"},
    "video": {"src", "width", "height", "poster"},
}
_NO_HEADING = _HEADINGS.keys() | {"caption", "summary"}
_NUMBERS = frozenset({"width", "height", "colspan", "rowspan", "span", "start", "value"})
_SCOPE = frozenset({"row", "col", "rowgroup", "colgroup"})
_LANDMARK = {"tabindex": "0", "role": "region"}
_NARROW = 28  # characters: what no screen is too narrow for
_REPLACED = frozenset({"img", "audio", "video"})


@dataclass(slots=True)
class _Dressing:
    """What is known while an article is gone through."""

    images: bool
    address: Callable[[str], str]
    regions: dict[str, int] = field(default_factory=dict)


def dressed(markup: str, *, images: bool = True, title: str = "", address: Callable[[str], str] = str) -> str:
    """Return the article's sanitised HTML as it stands in a page under its `title`, which is the page's h1.

    Without `images` pictures, sound and film are links. `address` says where what it shows is, seen from the page.
    """
    root = tree.read(markup)
    structure.mend(root)
    _walk(root, _Dressing(images, address))
    _without_the_title(root, " ".join(title.split()))
    _nest(root)
    return tree.write(root)


def _walk(root: Element, dressing: _Dressing) -> None:
    """Mend each element, what is within it first."""
    waiting: list[tuple[Element, frozenset[str], bool]] = [(root, frozenset(), False)]
    while waiting:
        element, around, is_done = waiting.pop()
        within = around | {element.tag}
        if is_done:
            element.children = [
                part
                for child in element.children
                for part in ((child,) if isinstance(child, str) else _mended(child, within, dressing))
            ]
            continue
        waiting.append((element, around, True))
        waiting += [(child, within, False) for child in reversed(element.children) if isinstance(child, Element)]


def _mended(element: Element, within: frozenset[str], dressing: _Dressing) -> list[Element | str]:
    """Return what stands in the place of an element."""
    _attributes(element)
    mend = _MENDS.get(element.tag)
    return mend(element, within, dressing) if mend else [element]


def _attributes(element: Element) -> None:
    kept: AbstractSet[str] = _KEPT.get(element.tag, frozenset())
    given = element.attributes
    element.attributes = {
        name: value
        for name, value in given.items()
        if (name in kept and (name not in _NUMBERS or _is_number(value) or element.tag == "data"))
        or name == "title"
        or (name == "dir" and value in ("ltr", "rtl", "auto"))
    }
    if language := writable.language(given.get("lang", "")):
        element.attributes["lang"] = language


def _is_number(value: str) -> bool:
    return value.isascii() and value.removeprefix("-").isdigit() and len(value) < 6


def _is(part: Element | str, *tags: str) -> bool:
    return isinstance(part, Element) and part.tag in tags


def _shows(element: Element) -> bool:
    return any(part.tag in _REPLACED for part in element.elements())


# ── Links, pictures, sound ───────────────────────────────────────────────────────────────────────────────────────────


def _link(element: Element, within: frozenset[str], _: _Dressing) -> list[Element | str]:
    """Unwrap a link that leads nowhere, that nobody sees, or that is within another."""
    if "a" in within or "summary" in within or not element.attributes.get("href"):
        return element.children
    pictures = [part for part in element.elements() if part.tag == "img"]
    if is_blank(element):
        if not pictures:
            return element.children
        host = urlsplit(element.attributes["href"]).hostname if _is_parsed(element.attributes["href"]) else ""
        element.attributes["aria-label"] = f"Picture, linked to {host or 'another page'}"
    elif pictures:
        said = " ".join(text_of(element, pictures=False).split()).casefold()
        for picture in pictures:
            if said and said == " ".join(picture.attributes.get("alt", "").split()).casefold():
                picture.attributes["alt"] = ""
    return [element]


def _is_parsed(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def _picture(element: Element, within: frozenset[str], dressing: _Dressing) -> list[Element | str]:
    """Have a picture wait until it is looked at; without pictures, a link to it."""
    given = element.attributes
    alternative = given.get("alt", given.get("title", "")).strip()
    source = dressing.address(given.get("src", ""))
    if not source or given.get("width") in ("0", "1") or given.get("height") in ("0", "1"):
        return [alternative] if alternative else []
    if not dressing.images and source.startswith(("http:", "https:")):
        if "a" in within or "summary" in within:
            return [alternative or "[Picture]"]
        return [Element("a", {"href": source}, [alternative or "Picture"])]
    element.attributes = {**given, "src": source, "alt": alternative, "loading": "lazy", "decoding": "async"}
    return [element]


def _media(element: Element, within: frozenset[str], dressing: _Dressing) -> list[Element | str]:
    """Have sound and film wait until they are asked for; what can't be played, a link to it."""
    sources = [child for child in element.children if isinstance(child, Element) and child.tag == "source"]
    for part in (element, *sources):
        part.attributes |= {
            name: dressing.address(part.attributes[name]) for name in ("src", "poster") if name in part.attributes
        }
    addresses = [a for part in (element, *sources) if (a := part.attributes.get("src", ""))]
    if not addresses:
        return [child for child in element.children if not _is(child, "source", "track")]
    if not dressing.images and addresses[0].startswith(("http:", "https:")):
        name = "Sound" if element.tag == "audio" else "Film"
        return [name] if "a" in within or "summary" in within else [Element("a", {"href": addresses[0]}, [name])]
    element.attributes |= {"controls": "", "preload": "none"}
    return [element]


def _source(element: Element, within: frozenset[str], _: _Dressing) -> list[Element | str]:
    """Keep a source of sound or film; <picture> has its picture, and its sources are of widths that we don't have."""
    is_of_media = not within.isdisjoint(("audio", "video"))
    return [element] if is_of_media and element.attributes.get("src") else []


# ── Headings, tables, lines ──────────────────────────────────────────────────────────────────────────────────────────


def _heading(element: Element, within: frozenset[str], _: _Dressing) -> list[Element | str]:
    """Keep a heading that says something; of a picture that shows nothing a screen reader would say "heading"."""
    if not within.isdisjoint(_NO_HEADING):
        return [Element("strong", {}, element.children)]
    if is_blank(element):
        element.tag = "div"
        return [element] if _shows(element) else []
    return [element]


def _paragraph(element: Element, _within: frozenset[str], _: _Dressing) -> list[Element | str]:
    return [] if is_blank(element) and not _shows(element) else [element]


def _header(element: Element, _within: frozenset[str], _: _Dressing) -> list[Element | str]:
    if is_blank(element):
        element.tag = "td"
    if element.tag == "td" or element.attributes.get("scope") not in _SCOPE:
        element.attributes.pop("scope", None)
    return [element]


def _table(element: Element, within: frozenset[str], dressing: _Dressing) -> list[Element | str]:
    """Have a table be scrolled by itself; headers of no cells are cells."""
    if "table" in within:
        return [element]
    cells = [part for part in element.elements() if part.tag in ("td", "th")]
    if all(cell.tag == "th" for cell in cells):
        for cell in cells:
            cell.tag = "td"
            cell.attributes.pop("scope", None)
    return [_region("Table", Element("div", {}, [element]), dressing)]


def _preformatted(element: Element, within: frozenset[str], dressing: _Dressing) -> list[Element | str]:
    """Have what keeps its lines be scrolled by itself, where it is wide."""
    is_narrow = all(len(line) <= _NARROW for line in tree.text_of(element).split("\n"))
    return [element] if is_narrow or "table" in within else [_region("Lines", element, dressing)]


def _region(name: str, element: Element, dressing: _Dressing) -> Element:
    dressing.regions[name] = number = dressing.regions.get(name, 0) + 1
    element.attributes |= {**_LANDMARK, "class": "wide", "aria-label": f"{name} {number}"}
    return element


_MENDS: dict[str, Callable[[Element, frozenset[str], _Dressing], list[Element | str]]] = {
    "a": _link,
    "audio": _media,
    "img": _picture,
    "p": _paragraph,
    "pre": _preformatted,
    "source": _source,
    "table": _table,
    "th": _header,
    "video": _media,
    **dict.fromkeys(_HEADINGS, _heading),
}


def _without_the_title(root: Element, title: str) -> None:
    """Leave out a heading with which the article begins, if it is the title, which stands above it."""
    for element in root.elements():
        if element.tag in _HEADINGS:
            if title and " ".join(tree.text_of(element).split()) == title:
                element.tag, element.children, element.attributes = "div", [], {}
            return
        if element.tag not in ("div", "a") and not is_blank(element):
            return


def _nest(root: Element) -> None:
    """Have the headings go on from the page's one, each one level below the one that it belongs to."""
    levels: list[int] = []
    for element in root.elements():
        level = _HEADINGS.get(element.tag)
        if level is None:
            continue
        while levels and levels[-1] >= level:
            levels.pop()
        levels.append(level)
        element.tag = f"h{min(len(levels) + 1, 6)}"
