"""A saved page's tree, and what an extractor found in it → the article's own markup, as it was published.

trafilatura knows where an article is, and loses what it looks like: numbers of lists, captions, code in a sentence.
So its words only tell the element; the markup is the page's.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from itertools import islice
from typing import Any

_BLOCKS = "p", "li", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "td", "th", "dd", "dt", "figcaption", "div"
_PREFIX = 48  # characters without white space that tell a paragraph from the others
_PIECES = 60  # of text that they are put together of, at most
_MOST = 0.8  # of the paragraphs that were found: the rest are strays, as a box of related articles has them
_DEEPEST = 256
_GONE = "x-gone"
_ASIDE = (
    "head", "script", "style", "template", "nav", "aside", "form", "button", "input", "select", "textarea", "dialog",
)  # fmt: skip
_FURNITURE = re.compile(
    r"\b(?:share|sharing|social|related|newsletter|subscribe|promo|advert|breadcrumbs?|pagination|comments?|sidebar"
    r"|cookie|toolbar|menu|nav)\b"
)


def markup(tree: Any, extracted: str, title: str) -> str:
    """Return the HTML of the smallest element that holds what was extracted; "" if none does. Prunes the tree."""
    starts = _starts(extracted)
    blocks = [element for element in tree.iter(*_BLOCKS) if starts and _start(element) in starts]
    element = _holding(blocks)
    if element is None:  # of a short page trafilatura gives all text in one paragraph
        element = _holding_all(tree, extracted)
    if element is None:
        return ""
    _prune(element, set(blocks), title)
    return _inner(element)


def _starts(extracted: str) -> set[str]:
    """Return how the paragraphs begin, those of one word too."""
    parts = re.split(r"</?(?:p|li|h\d|blockquote|pre|td|th|tr|ul|ol|table|br|hr|figure|div)\b[^>]*>", extracted)
    words = ("".join(html.unescape(re.sub(r"<[^>]*>", "", part)).split()) for part in parts)
    return {word[:_PREFIX] for word in words if word}


def _start(element: Any) -> str:
    text = ""
    for piece in islice(element.itertext(), _PIECES):
        text += "".join(piece.split())
        if len(text) >= _PREFIX:
            break
    return text[:_PREFIX]


def _holding(blocks: list[Any]) -> Any:
    """Return the deepest element that holds most of the blocks; None for none."""
    holding: Counter[Any] = Counter()
    depths: dict[Any, int] = {}
    for element in blocks:
        above = list(islice(element.iterancestors(), _DEEPEST))
        for depth, ancestor in enumerate(reversed(above)):
            holding[ancestor] += 1
            depths[ancestor] = depth
    enough = [element for element, number in holding.items() if number >= _MOST * len(blocks)]
    return max(enough, key=lambda element: depths[element], default=None)


def _holding_all(tree: Any, extracted: str) -> Any:
    """Return the <article>, else the <main> or the <body>, that has all the text from its beginning to its end."""
    words = "".join(html.unescape(re.sub(r"<[^>]*>", "", extracted)).split())
    for name in ("article", "main", "body"):
        for element in tree.iter(name):
            text = "".join("".join(element.itertext()).split())
            if words and words[:_PREFIX] in text and words[-_PREFIX:] in text:
                return element
    return None


def _prune(element: Any, blocks: set[Any], title: str) -> None:
    """Take out what is no article: scripts, forms, boxes around it; and the title, which stands above it already."""
    from lxml import etree

    kept = {ancestor for block in blocks for ancestor in block.iterancestors()} | blocks
    gone = [
        inner
        for inner in element.iterdescendants()
        if isinstance(inner.tag, str) and (inner.tag in _ASIDE or (inner not in kept and _is_furniture(inner)))
    ]
    heading = next((h for h in element.iter("h1") if " ".join(str(h.text_content()).split()) == title), None)
    for inner in (*gone, *([heading] if heading is not None else [])):
        inner.tag = _GONE  # not drop_tree(): of many it takes minutes
    etree.strip_elements(element, _GONE, etree.Comment, etree.ProcessingInstruction, with_tail=False)


def _is_furniture(element: Any) -> bool:
    """Tell whether an element is the site's and not the article's: by its class, id or role."""
    if element.tag == "footer" or "hidden" in element.attrib:
        return True
    named = f"{element.get('class', '')} {element.get('id', '')} {element.get('role', '')}".lower().replace("_", "-")
    return _FURNITURE.search(named[:500]) is not None


def _inner(element: Any) -> str:
    from lxml import etree

    if element.tag in ("pre", "ul", "ol", "dl", "table", "blockquote"):
        return str(etree.tostring(element, method="html", encoding="unicode", with_tail=False)).strip()
    inner = (str(etree.tostring(child, method="html", encoding="unicode")) for child in element)
    return (html.escape(element.text or "", quote=False) + "".join(inner)).strip()
