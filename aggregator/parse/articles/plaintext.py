"""Text saved from the web → its parts: title, deck, paragraphs, and what stands around them.

A file is read as people save an article: title, perhaps a deck, metadata ("Posted on …", "By …"), paragraphs
between blank lines, "Read also:", "Published at …", a site's boilerplate. What isn't plainly one of those is text.

The title is the first line; where that starts a wrapped or long paragraph, the text keeps it too.
"""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.parse.articles.byline import head, metadata
from aggregator.parse.articles.endmatter import reference, tail
from aggregator.parse.articles.textlines import INDENT, shown, width
from aggregator.parse.articles.textparts import Article, Block, markup, united

__all__ = ["Article", "markup", "read", "reference", "shorten"]


def read(text: str) -> Article:
    """Take a text, whose lines end in \\n, apart. Never fails; a text without words has no parts."""
    title, blocks = _title(_blocks(text))
    deck, before, body = head(blocks)
    kept, after = tail(body)
    if deck and not kept:
        deck, kept = "", [[deck]]  # a note of one paragraph, with its metadata at the end
    wide = width(kept)
    content = "\n".join(shown(block, wide) for block in kept)
    return replace(united(before, after), title=shorten(title), summary=markup(deck), content=content)


_RULES = frozenset("-=_*~#+")
_CODE = 4  # spaces
_RULE = re.compile(r"[-=_*~#+]{3,}")
_SENTENCE_ENDS = (".", "!", "?", "…", '."', ".”", ".»", ".)", "!”", "?”")


def _blocks(text: str) -> list[Block]:
    """Return the lines between blank ones and rules ("=====", which isn't text); no block is empty."""
    blocks: list[Block] = []
    block: list[str] = []
    is_indented = False
    margin = _margin(text)
    for raw in (*text.split("\n"), ""):
        line = raw.strip()
        if line and not (line[0] in _RULES and _RULE.fullmatch(line)):
            if line[0] != raw[0]:
                line, is_indented = raw.rstrip().expandtabs(4), True
            block.append(line)
        elif block:
            lines = _outdented(block, margin) if is_indented else block
            blocks.extend([line] for line in lines) if _unwrapped(lines) else blocks.append(lines)
            block, is_indented = [], False
    return blocks


def _margin(text: str) -> int:
    """Count the characters by which all lines of the text are indented."""
    margins = (len(line) - len(line.lstrip(" \t")) for line in text.split("\n") if line and not line.isspace())
    least = next(margins, 0)
    while least and (other := next(margins, None)) is not None:
        least = min(least, other)
    return least


def _outdented(raw: list[str], margin: int) -> Block:
    """Return the lines without the space before them all; what stands further in begins with INDENT.

    A block of lines that all stand four or more further in than the text is code, or verse: it stays so.
    """
    outer = min(len(line) - len(line.lstrip()) for line in raw)
    if len(raw) > 1 and outer - margin >= _CODE:
        outer = margin
    return [INDENT * min(len(line) - len(line.lstrip()) - outer, 40) + line.strip() for line in raw]


def _unwrapped(block: Block) -> bool:
    """Tell whether each line is a paragraph: most, the possible title aside, are long and end as sentences do."""
    if len(block) < 3:
        return False
    alone = [len(line) > 300 or (len(line) > 90 and line.endswith(_SENTENCE_ENDS)) for line in block[1:]]
    return sum(alone) * 2 > len(alone)


def shorten(text: str, limit: int = 200) -> str:
    """Cut a text at a word, to be a title."""
    head = text[: limit + 1]
    return text if len(head) <= limit else (head[:limit].rsplit(None, 1) or [head[:limit]])[0] + "…"


def _title(blocks: list[Block]) -> tuple[str, list[Block]]:
    """Return the title and what is left: all, if the first line can't be cut off what follows it."""
    if not blocks:
        return "", []
    title, *rest = blocks[0]
    title = title.lstrip(INDENT)
    wrapped = bool(rest) and rest[0].lstrip(INDENT)[0].islower() and metadata(rest[0]) is None
    if wrapped or len(title) > 200:
        return title, blocks
    return title, ([rest, *blocks[1:]] if rest else blocks[1:])
