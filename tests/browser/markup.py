"""What is wrong with a page's HTML, as the HTML standard's own parser sees it."""

from __future__ import annotations

import html5lib


def errors(body: bytes) -> list[str]:
    """What html5lib's strict mode would stop at, all of it: the error, and the markup before it."""
    parser = html5lib.HTMLParser()
    parser.parse(body, transport_encoding="utf-8")
    lines = body.decode().split("\n")
    return [
        f"{code} {data or ''}: {lines[line - 1][max(0, column - 80) : column]!r}"
        for (line, column), code, data in parser.errors
    ]
