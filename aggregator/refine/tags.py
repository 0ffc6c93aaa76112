"""Single tags of a stranger's HTML ↔ their attributes, as browsers tell them. What comes of it is sanitised after."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping

# HTML, 13.2.5.32 ff.: a name takes all but white space, "/", ">" and "="; a value without quotes ends at white space.
# The next of a tag's parts: its end, or an attribute.
_PART = re.compile(
    r"""[\s/]*+(?:(>)|([^\s/>][^\s/>=]*+)(?:\s*+=\s*+(?:"([^"]*+)"|'([^']*+)'|([^\s>"'][^\s>]*+)|(?=(["']))|))?)"""
)


def attributes(markup: str, start: int) -> tuple[dict[str, str], int]:
    """Return the attributes from `start`, behind a tag's name, the first of each name; and where the tag ends.

    The end is -1 for a tag that never ends: browsers drop it with all that follows.
    """
    values: dict[str, str] = {}
    at = start
    while (part := _PART.match(markup, at)) and not part[6]:
        at = part.end()
        if part[1]:
            return values, at
        values.setdefault(part[2].lower(), html.unescape(part[3] or part[4] or part[5] or "").strip())
    return values, -1


def start_tag(name: str, given: Mapping[str, str]) -> str:
    """Write a start tag with these attributes."""
    attributes_ = (f' {key}="{html.escape(value)}"' for key, value in given.items() if value or key == "alt")
    return "".join((f"<{name}", *attributes_, ">"))
