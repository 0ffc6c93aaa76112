"""Markdown → its headings and its HTML: CommonMark with what GitHub adds, and footnotes.

HTML in it stays what it is: refining makes it safe, as it does that of feeds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from markdown_it import MarkdownIt
from mdit_py_plugins.footnote import footnote_plugin

if TYPE_CHECKING:
    from markdown_it.token import Token

_SITE = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:/[^\s<>\"]*[^\s<>\"?!.,:*_~'\")\]])?")
_COMMENTS = re.compile(r"(?:\s*<!--.*?-->)+\s*", re.DOTALL)
_BOX = re.compile(r"\[([ xX])\]\s+")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that was read: `heading` is its first of level one, which `starts` it or not; `first`, its first words."""

    tokens: Sequence[Token]
    environment: dict[str, Any]
    heading: str
    starts: bool
    first: str

    def without_heading(self) -> Text:
        """Drop the heading that the text starts with."""
        return replace(self, tokens=self.tokens[3:], starts=False)

    def html(self) -> str:
        """Write the text as HTML, which is a stranger's still."""
        parser = _parser()
        rendered: str = parser.renderer.render(self.tokens, parser.options, self.environment)
        return rendered.strip()


def read(text: str) -> Text:
    """Read a text of any length. Hostile ones take seconds for half a megabyte."""
    environment: dict[str, Any] = {}
    tokens = _parser().parse(text, environment)
    while tokens and tokens[0].type == "html_block" and _COMMENTS.fullmatch(tokens[0].content):
        tokens = tokens[1:]  # nobody sees it: what follows is the start
    tops = (n for n, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1")
    at = next((n for n in tops if not tokens[n].level), None)
    heading = _words(tokens[at + 1], whole=True) if at is not None else ""
    texts = (_words(t, whole=tokens[n - 1].type == "heading_open") for n, t in enumerate(tokens) if t.type == "inline")
    first = next(filter(None, texts), "")
    for n, token in enumerate(tokens):
        if token.type == "inline" and n > 1 and tokens[n - 2].type == "list_item_open":
            _tick(token)
    return Text(tokens, environment, heading, at == 0, first)


@cache  # it is made of nothing but what is below, and takes as long to make as to read a page
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": True})
    parser.enable(["table", "strikethrough", "linkify"]).use(footnote_plugin)
    if parser.linkify:
        parser.linkify.set({"fuzzy_link": False})  # README.md is a file, whatever a registry sells under .md
        parser.linkify.add("www.", {"validate": _site, "normalize": _schemed})  # GitHub's markdown, 6.9
    # What leads from a note back to the text has nowhere to lead once ids are gone.
    parser.add_render_rule("footnote_anchor", _nothing)
    parser.add_render_rule("footnote_ref", _reference)
    return parser


def _site(_: Any, text: str, at: int) -> int:
    """Count the characters from `at` that go on an address that begins with "www."."""
    match = _SITE.match(text, at)
    return len(match[0]) if match else 0


def _schemed(_: Any, match: Any) -> None:
    match.url = f"https://{match.url}"


def _nothing(*_: Any) -> str:
    return ""


def _reference(_: Any, tokens: Sequence[Token], at: int, *__: Any) -> str:
    return f"<sup>[{int(tokens[at].meta['id']) + 1}]</sup>"


def _tick(token: Token) -> None:
    """Write a task's box as a character: HTML's is a form's, and goes."""
    box = _BOX.match(token.content)
    if box and token.children and (first := token.children[0]).type == "text" and _BOX.match(f"{first.content} "):
        first.content = f"{'☐' if box[1] == ' ' else '☑'} {first.content[3:].lstrip()}"


def _words(token: Token, *, whole: bool) -> str:
    """Return the text of an inline token, of its first line alone unless the `whole` is wanted."""
    words: list[str] = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak"):
            if words and not whole:
                break
            words.append(" ")
        elif child.type != "html_inline":
            words.append(child.content)
    return " ".join("".join(words).split())
