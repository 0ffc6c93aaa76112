"""What a plain text is made of: its parts once they are found, its blocks of lines, its addresses."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from aggregator.model import Reference

Block = list[str]
"""Lines between blank ones, none of them empty."""


@dataclass(frozen=True, slots=True)
class Article:
    """The parts of a text: `title` is text, `summary` and `content` HTML. What it doesn't tell is empty."""

    title: str = ""
    summary: str = ""
    content: str = ""
    published: int = 0
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    related: tuple[Reference, ...] = ()
    attribution: Reference | None = None


def united(first: Article, second: Article) -> Article:
    """Unite what two parts say of the article; the first ranks above the second."""
    return Article(
        published=first.published or second.published,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        related=first.related or second.related,
        attribution=first.attribution or second.attribution,
    )


URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def markup(text: str) -> str:
    """Write the text as HTML: escaped, its bare addresses made links."""
    if "://" not in text:
        return html.escape(text, quote=False)
    parts, end = [], 0
    for match in URL.finditer(text):
        url = address(match)
        link = html.escape(url)
        parts += [html.escape(text[end : match.start()], quote=False), f'<a href="{link}">{link}</a>']
        end = match.start() + len(url)
    return "".join([*parts, html.escape(text[end:], quote=False)])


def address(match: re.Match[str]) -> str:
    """Return the URL without the punctuation of the sentence around it."""
    return match[0].rstrip(".,;:!?'”’»" if "(" in match[0] else ".,;:!?'”’»)]}")
