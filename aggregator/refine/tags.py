"""Single tags of a stranger's HTML ↔ their attributes, as browsers tell them. What comes of it is sanitised after."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# HTML, 13.2.5.32 ff.: a name takes all but white space, "/", ">" and "="; a value without quotes ends at white space.
_ATTRIBUTE = re.compile(
    r"""[\s/]*+([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)|(?=(["']))|))?"""
)
_END = re.compile(r"[\s/]*+>")


def attributes(markup: str, start: int) -> tuple[dict[str, str], int]:
    """Return the attributes from `start`, behind a tag's name, the first of each name; and where the tag ends.

    The end is -1 for a tag that never ends: browsers drop it with all that follows.
    """
    values: dict[str, str] = {}
    at = start
    while not (end := _END.match(markup, at)):
        part = _ATTRIBUTE.match(markup, at)
        if not part or part[5]:
            return values, -1
        values.setdefault(part[1].lower(), html.unescape(part[2] or part[3] or part[4] or "").strip())
        at = part.end()
    return values, end.end()


def start_tag(name: str, given: Mapping[str, str]) -> str:
    """Write a start tag with these attributes."""
    attributes_ = (f' {key}="{html.escape(value)}"' for key, value in given.items() if value or key == "alt")
    return "".join((f"<{name}", *attributes_, ">"))
