"""HTML → words on one line, and plain text → HTML: what titles, names, categories and plain descriptions need."""

from __future__ import annotations

import html
import re

import nh3

from aggregator.parse.articles import textparts

_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_BLOCK = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figcaption|figure|footer|form"
    r"|h[1-6]|header|hr|img|li|main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b[^<>]*>",
    re.IGNORECASE,
)
_TAG = re.compile(r"</?([A-Za-z][A-Za-z0-9]*)\b[^<>]*>")
_ELEMENTS = (
    "a abbr acronym address article aside b bdi bdo big blockquote br caption center cite code dd del details dfn div "
    "dl dt em figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark nav ol p pre q s "
    "samp section small span strike strong sub summary sup table tbody td tfoot th thead time tr tt u ul var wbr"
)
_HTML = frozenset(_ELEMENTS.split())
_VOID = re.compile(r"<(?:(?:br|hr|wbr)\b|img\s[^<>]*=)", re.IGNORECASE)
_CLOSED = re.compile(r"</[A-Za-z][A-Za-z0-9]*\s*>|<(?:br|hr|img|wbr)\b[^<>]*>|<[A-Za-z][A-Za-z0-9]*\s[^<>=]*=[^<>]*>")


def is_html(text: str) -> bool:
    """Tell whether a text that may be HTML is: it has a tag that ends, or a reference, and no tag that HTML lacks."""
    if "<" not in text:
        return "&" in text and _ENTITY.search(text) is not None
    tags = _TAG.findall(text)
    return bool(tags) and all(tag.lower() in _HTML for tag in tags) and _CLOSED.search(text) is not None


def has_void(text: str) -> bool:
    """Tell whether a text has one of HTML's tags that never close (<br>, <img …>), and no tag that HTML lacks."""
    return "<" in text and _VOID.search(text) is not None and is_html(text)


def line(markup: str) -> str:
    """Put HTML's text on one line. A block or a <br> parts words, an inline tag doesn't: "H<sub>2</sub>O" is "H2O"."""
    if "<" in markup:
        markup = nh3.clean(_BLOCK.sub(" ", markup), tags=set())
    return " ".join(resolved(markup).split())


def resolved(text: str) -> str:
    """Replace references by what they stand for. "AT&T" and "?a=1&copy=2", which have none, stay as they are."""
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def name(text: str) -> str:
    """Put a person's name or a category on one line: whoever writes HTML there means its text."""
    return line(text) if is_html(text) else " ".join(text.split())


def paragraphs(text: str) -> str:
    """Write plain text as HTML: a blank line parts paragraphs, the end of a line stays one, and "<" is a "<"."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    blocks = (block.strip("\n").rstrip() for block in re.split(r"\n[^\S\n]*\n", lines))
    return "".join(f"<p>{'<br>'.join(map(_escaped, block.split(chr(10))))}</p>" for block in blocks if block.strip())


def _escaped(line: str) -> str:
    """Escape a line and make its addresses links; what it is indented by, as verse and code are, stays visible."""
    bare = line.strip()
    indent = len(line.expandtabs(4)) - len(line.expandtabs(4).lstrip())
    return "\u00a0" * min(indent, 40) + textparts.markup(bare)
