"""HTML of strangers → HTML that carries nothing active: the only place where HTML becomes safe."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from aggregator.refine.beside import placed
from aggregator.refine.reveal import reveal
from aggregator.text import characters

_TAGS = (nh3.ALLOWED_TAGS - {"area", "map"}) | {
    "tfoot",
    "audio",
    "video",
    "source",
    "picture",
    "track",
    "section",
    "address",
}
_ATTRIBUTES = {
    # Nobody shows `cite`, and nh3 doesn't take it for an address: javascript: would stay in it.
    **{tag: set(names) - {"cite"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height", "poster"},
    "ol": {"start", "reversed", "type"},
    "ul": {"type"},
    "li": {"value"},
    "data": {"value"},
    "details": {"open"},
    "source": {"src", "type"},
    "track": {"src", "kind", "srclang", "label"},
}
_SCHEMES = {"http", "https", "mailto"}
# What a title is taken for HTML for: a whole element that is active, a handler, an address that runs. Titles that only
# speak of "<script>" stay as they are.
_RUNS = re.compile(
    r"<(script|style|iframe|object|embed|svg|math|template|noscript|form)\b[^>]*(?:>.*</\1\b|[\s/]\w+\s*=)"
    r"|<\w[^>]*[\s/\"']on\w+\s*=|<\w[^>]*=[\s\"']*(?:\w*script|data)\s*:",
    re.IGNORECASE | re.DOTALL,
)
# What a reference hid, and what is no HTML any more where a tag went from between two (<a><object><a>), takes another
# pass: it costs as much as the first. Each of them is safe; hardly any text needs a second.
_PASSES = 3
_LONGEST_NAME = 2000  # characters: more than any has
_RELATIVE = "x-relative:"  # begins what an address becomes that needs the base: no text of strangers has that scheme
# Most texts that have such addresses have this: what doesn't is told by what the first pass makes of it.
_LOCAL = re.compile('="[/#]')

# Tags that an HTML parser reads as they are written, with the exceptions of _is_settled(). It moves others: tables.
_GIVEN = r'(?: [^\s="<>]++="[^"]*+")*+>'
_TAG = re.compile(rf"<(/?[a-z1-6]++){_GIVEN}")
_DROPPED = re.compile(rf"<pre{_GIVEN}\n")
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_LISTED = {"li": (frozenset({"li"}), frozenset({"ul", "ol"})), **dict.fromkeys(
    ("dt", "dd"), (frozenset({"dt", "dd"}), frozenset({"dl"})))}  # fmt: skip
_VOID = frozenset({"br", "img", "wbr", "source", "track"})
_INLINE = frozenset(
    ("a", "abbr", "acronym", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "i", "ins", "kbd", "mark",
     "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "audio", "video",
     "picture")
)  # fmt: skip
_BLOCKS = _HEADINGS | _LISTED.keys() | {
    "address", "article", "aside", "blockquote", "center", "details", "div", "dl", "figcaption", "figure", "footer",
    "header", "hgroup", "hr", "nav", "ol", "p", "pre", "section", "summary", "ul",
}  # fmt: skip
_DEEP = 50  # open tags: what has more takes the second pass


@lru_cache(maxsize=64)  # pure: a cleaner is made of its base alone; it takes as long to make as to use
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags={
            "script",
            "style",
            "iframe",
            "noscript",
            "object",
            "svg",
            "math",
            "template",
            "noembed",
            "noframes",
        },
        url_schemes=_SCHEMES,
        url_relative=("rewrite_with_base", base) if base else "deny",
        link_rel=None,
        strip_comments=True,
    )


def sanitize(markup: str, base: str, document: str = "") -> str:
    """Return the markup without anything that runs, styles or embeds; addresses absolute, and http, https or mailto.

    Relative addresses start from `base`; without one they are dropped, since they can't lead anywhere, but for those of
    files that lie beside a local article: `document` is its stored address (text/local_files.py). Characters that XML
    forbids are gone, also those that were written as references: one "&#1;" kept a whole edition from being made.
    """
    markup = characters.clean(markup)
    if "<" not in markup and "&" not in markup:
        return markup
    markup = reveal(markup)
    if document:
        markup = placed(markup, document)
    cleaned = _cleaned(markup, base)
    safe = characters.clean(cleaned) if "&#" in markup else cleaned  # there was none to begin with
    if safe != cleaned or (safe != markup and not _is_settled(safe)):
        cleaner = _based(base)
        for _ in range(_PASSES):
            if (again := characters.clean(cleaner.clean(safe))) == safe:
                break
            safe = again
    return safe.strip()


def _cleaned(markup: str, base: str) -> str:
    """Make the first pass. Few texts have an address that needs the base: the others share a cleaner."""
    if base and not _LOCAL.search(markup):
        safe = _cleaner(_RELATIVE + "//x/").clean(markup)
        if _RELATIVE not in safe:
            return safe
    return _based(base).clean(markup)


def _based(base: str) -> nh3.Cleaner:
    try:
        return _cleaner(base)
    except ValueError:  # a base that only ammonia's URL parser refuses
        return _cleaner("")


def _is_settled(safe: str) -> bool:
    """Tell whether another pass surely changes nothing: an HTML parser reads each tag of it just as it is written.

    True only for tags that close in order, where none ends another one early (HTML, 13.2.6.4.7): a block in <p>, an
    item in an item, a heading in a heading, a link in a link. Nor is there a newline for it to drop or to change.
    """
    open_: list[str] = []
    tags = _TAG.findall(safe)
    if len(tags) != safe.count("<") or "\r" in safe or _DROPPED.search(safe):
        return False
    for tag in tags:
        if tag[0] == "/":
            if not open_ or open_.pop() != tag[1:]:
                return False
        elif tag not in _VOID:
            if not (tag in _INLINE or _may_open(tag, open_)) or (tag == "a" and "a" in open_) or len(open_) == _DEEP:
                return False
            if tag != "hr":
                open_.append(tag)
    return not open_


def _may_open(name: str, open_: list[str]) -> bool:
    if name not in _BLOCKS or "p" in open_:
        return False
    if name in _HEADINGS:
        return not open_ or open_[-1] not in _HEADINGS
    if name in _LISTED:
        items, lists = _LISTED[name]
        return items.isdisjoint(open_) or open_[-1] in lists
    return True


def line(value: str) -> str:
    """Put a title or a name on one line, without markup that would run in readers that take it for HTML."""
    value = characters.line(value[:_LONGEST_NAME])
    for _ in range(3):  # it may have been escaped more than once
        if "<" not in value or not _RUNS.search(value):
            return value
        value = characters.line(html.unescape(nh3.clean(characters.parted(value), tags=set())))
    return value.replace("<", "")
