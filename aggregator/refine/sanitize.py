"""HTML of strangers → HTML that carries nothing active: the only place where HTML becomes safe."""

from __future__ import annotations

import html
import re
from functools import lru_cache

import nh3

from aggregator.refine import text

_TAGS = (nh3.ALLOWED_TAGS - {"area", "map"}) | {"tfoot", "audio", "video", "source", "picture", "track"}
_ATTRIBUTES = {
    # Nobody shows `cite`, and nh3 doesn't take it for an address: javascript: would stay in it.
    **{tag: set(names) - {"cite"} for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"title", "lang", "dir"},
    "a": {"href", "hreflang"},
    "img": {"src", "alt", "width", "height"},
    "audio": {"src", "controls"},
    "video": {"src", "controls", "width", "height"},
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
# pass: it costs a tenth of refinement. Each of them is safe; hardly any text needs a second.
_PASSES = 3
_LONGEST_NAME = 2000  # characters: more than any has


@lru_cache(maxsize=64)  # pure: a cleaner is made of its base alone; 12 µs, and the entries of a feed share few bases
def _cleaner(base: str) -> nh3.Cleaner:
    return nh3.Cleaner(
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        clean_content_tags={
            "script",
            "style",
            "iframe",
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


def sanitize(markup: str, base: str) -> str:
    """Without anything that runs, styles or embeds; addresses absolute, and http, https or mailto.

    Relative addresses start from `base`; without one they are dropped, since they can't lead anywhere. Characters that
    XML forbids are gone, also those that were written as references: one "&#1;" kept a whole edition from being made.
    """
    markup = text.clean(markup)
    if "<" not in markup and "&" not in markup:
        return markup
    try:
        cleaner = _cleaner(base)
    except ValueError:  # a base that only ammonia's URL parser refuses
        cleaner = _cleaner("")
    safe = text.clean(cleaner.clean(markup))
    for _ in range(_PASSES):
        if (again := text.clean(cleaner.clean(safe))) == safe:
            break
        safe = again
    return safe.strip()


def words(value: str) -> str:
    """A title or a name on one line, without markup that would run in readers that take it for HTML."""
    value = text.line(value[:_LONGEST_NAME])
    for _ in range(3):  # it may have been escaped more than once
        if "<" not in value or not _RUNS.search(value):
            return value
        value = text.line(html.unescape(nh3.clean(value, tags=set())))
    return value.replace("<", "")
