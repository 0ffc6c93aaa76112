"""MathML → its text, as it is written in a line: HTML's <sup> and <sub> are all that it takes.

MathML itself is not let through: readers show it as they please, and to sanitise it safely takes a parser that never
errs about its namespace.
"""

from __future__ import annotations

import re

_PART = re.compile(r"<(/?)(?:\w{1,10}:)?([a-z][\w-]{0,30})([^<>]*)>|([^<]+)|<", re.IGNORECASE)
_UNSEEN = frozenset({"annotation", "annotation-xml", "script", "style", "template", "svg", "mphantom", "title"})
_PAIRS = frozenset({"mfrac", "mroot", "msup", "mover", "msub", "munder", "msubsup", "munderover"})
_INVISIBLE = re.compile("[\u2061-\u2064\u200b]|&(?:#x206[1-4]|#828[9]|#829[0-2]|InvisibleTimes|ApplyFunction|it|af);")
_LONGEST = 20_000  # characters: longer ones are no formulas
_OPENED = re.compile(r"<(/?)span\b[^>]*>", re.IGNORECASE)
_DOUBLE = re.compile(r"<span\b[^>]*\bclass=[\"']?katex-html\b[^>]*>", re.IGNORECASE)


def line(inner: str, alternative: str = "") -> str:
    """Write what stands within <math> in one line of HTML; `alternative` (its alttext) where that says nothing."""
    if len(inner) > _LONGEST:
        return alternative
    formula = _Formula()
    for closes, tag, rest, words in _PART.findall(inner):
        name = tag.lower()
        if words:
            formula.text(words)
        elif closes:
            formula.close(name)
        elif name:
            formula.open(name, alone=rest.endswith("/"))
    return formula.end() or alternative or formula.source


class _Formula:
    """A formula as it is read: the open elements, each with its children's text; `source` is its annotation, TeX."""

    def __init__(self) -> None:
        self._open: list[tuple[str, list[str]]] = [("math", [])]
        self.source = ""

    def text(self, words: str) -> None:
        """Take text; white space counts in <mtext> alone."""
        text = " ".join(words.split())
        if self._open[-1][0] == "mtext" and text:
            text = f"{' ' * words[0].isspace()}{text}{' ' * words[-1].isspace()}"
        self._open[-1][1].append(text)

    def open(self, name: str, *, alone: bool) -> None:
        """Open an element, unless it stands `alone` (<mspace/>)."""
        if not alone:
            self._open.append((name, []))
        elif name == "mspace":
            self._open[-1][1].append(" ")

    def close(self, name: str) -> None:
        """Close the element of that name, and what was left open within it."""
        if name in {open_ for open_, _ in self._open[1:]}:
            while self._close_innermost() != name:
                pass

    def end(self) -> str:
        """Close all elements, and return the formula in one line."""
        while len(self._open) > 1:
            self._close_innermost()
        return _INVISIBLE.sub("", "".join(self._open[0][1])).strip()

    def _close_innermost(self) -> str:
        name, parts = self._open.pop()
        if name == "annotation":
            self.source = self.source or "".join(parts)
        self._open[-1][1].append(_joined(name, parts))
        return name


def _joined(name: str, parts: list[str]) -> str:
    """Write an element's children in one line."""
    if name in _UNSEEN:
        return ""
    kids = [part for part in parts if part.strip()]
    if len(kids) > 1 and name in _PAIRS:
        return _paired(name, kids)
    match name:
        case "msqrt":
            return f"√{_grouped(''.join(parts))}"
        case "mtr":
            return " ".join(kids)
        case "mtable":
            return "; ".join(kids)
        case "mfenced":
            return f"({', '.join(kids)})"
    return "".join(parts)


def _paired(name: str, kids: list[str]) -> str:
    """Write an element whose children have places: above and below, outside and in."""
    first, second, *more = kids
    if name == "mfrac":
        return f"{_grouped(first)}/{_grouped(second)}"
    if name == "mroot":
        return f"<sup>{second}</sup>√{_grouped(first)}"
    if name in ("msup", "mover"):
        return f"{first}<sup>{second}</sup>"
    return f"{first}<sub>{second}</sub>" + "".join(f"<sup>{above}</sup>" for above in more[:1])


def _grouped(part: str) -> str:
    return part if re.fullmatch(r"[\w.,]*|&[#\w]+;", part.strip()) else f"({part})"


def undoubled(markup: str) -> str:
    """Drop what KaTeX puts beside its MathML, to be seen in its place: the same formula in a heap of <span>."""
    kept: list[str] = []
    at = 0
    while start := _DOUBLE.search(markup, at):
        kept.append(markup[at : start.start()])
        at = start.end()
        depth = 1
        while depth and (tag := _OPENED.search(markup, at)):
            depth += -1 if tag[1] else 1
            at = tag.end()
        if depth:
            break
    return "".join((*kept, markup[at:]))
