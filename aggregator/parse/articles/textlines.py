"""A block of a plain text's lines → HTML: what was only wrapped is joined, all else keeps its lines.

A wrapped paragraph is told by its lines: each is so full that the next one's first word had no room on it. Verse,
addresses and quoted mail aren't; lists have their marks, and commands their prompt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from aggregator.parse.articles.textparts import URL, Block, markup

INDENT = "\u00a0"  # begins a line that stands further in than the others of its block

_TELLING = 5000  # lines of a block that tell what it is
_NARROW = 50  # characters: what is wrapped is wrapped wider, verse is narrower
_ITEM = re.compile(rf"{INDENT}*(?:[-*+•·‣◦▪]|(\d{{1,3}})[.)])\s+(?=\S)")
_BOX = re.compile(r"\[([ xX])\]\s+")
_PROMPT = re.compile(r"(?:\$|>>>|\w*@[\w.-]+:\S*[$#]|PS \S*>|C:\\\S*>) ?\S")
_QUOTED = re.compile(r"(?:\w{0,3}>|\|)")
_PAUSE = re.compile(r"[,.;:!?…—–\"”’»)、。，！？；：」』）]$")


def width(blocks: Sequence[Block]) -> int:
    """Return how wide the text is wrapped, if it is: the longest line of those that have others beside them."""
    return max((len(line) for block in blocks if len(block) > 1 for line in block), default=0)


def shown(block: Block, wide: int) -> str:
    """Write the block as HTML; `wide` is the text's width."""
    if len(block) == 1 and not (_PROMPT.match(block[0]) or _ITEM.match(block[0])):  # what most texts are made of
        return f"<p>{markup(block[0].lstrip(INDENT))}</p>"
    begun = block[:_TELLING]
    if sum(map(bool, map(_PROMPT.match, begun))) * 2 >= len(begun):
        return f"<pre>{markup(chr(10).join(line.replace(INDENT, ' ') for line in block))}</pre>"
    marked = [number for number, line in enumerate(block) if _ITEM.match(line)]
    if len(marked) > 1 or marked == [0]:
        return _list(block, marked[0], wide)
    return f"<p>{_lines(block, wide)}</p>"


def _lines(block: Block, wide: int) -> str:
    if is_wrapped(block, wide):
        return markup(" ".join(line.lstrip(INDENT) for line in block))
    return "<br>\n".join(map(markup, block))


def is_wrapped(lines: Block, wide: int = 0) -> bool:
    """Tell whether the lines are one paragraph, wrapped by a program or by somebody with an eye on the margin."""
    block = lines[:_TELLING]
    if len(block) < 2 or any(map(_QUOTED.match, block)) or any(map(URL.fullmatch, block)):
        return len(block) < 2
    longest = max(map(len, block))
    if longest < _NARROW and all(line.startswith(INDENT) for line in block):
        return False
    if longest < _NARROW:
        return wide < _NARROW and _is_narrow_prose(block)
    full = sum(
        len(line) + len(following.lstrip(INDENT).partition(" ")[0]) >= longest - _slack(longest)
        for line, following in pairwise(block)
    )
    if len(block) > 2 and all(line.lstrip(INDENT)[:1].isupper() for line in block):
        return full == len(block) - 1 and not all(map(_PAUSE.search, block))
    return full * 4 >= (len(block) - 1) * 3


def _slack(longest: int) -> int:
    """Return by how many characters a line that people break by hand may be shorter than it could be."""
    return longest // 10


def _is_narrow_prose(block: Block) -> bool:
    """Tell whether sentences run on over the ends of narrow lines: only the last stops, and none begins anew."""
    runs_on = not any(map(_PAUSE.search, block[:-1]))
    return runs_on and not any(line.lstrip(INDENT)[:1].isupper() for line in block[1:])


def _list(block: Block, first: int, wide: int) -> str:
    """Write a list with what introduces it; lines without a bullet go on with the item before them."""
    items: list[Block] = []
    for line in block[first:]:
        if _ITEM.match(line):
            items.append([line])
        else:
            items[-1].append(line)
    started = _ITEM.match(items[0][0])
    number = started[1] if started else None
    rows = "\n".join(f"<li>{_item(item)}</li>" for item in items)
    numbered = f'<ol start="{int(number)}">' if number and number != "1" else "<ol>"
    listed = f"{numbered}\n{rows}\n</ol>" if number else f"<ul>\n{rows}\n</ul>"
    return f"<p>{_lines(block[:first], wide)}</p>\n{listed}" if first else listed


def _item(lines: Block) -> str:
    words = _ITEM.sub("", " ".join(lines).replace(INDENT, ""), count=1)
    done = _BOX.match(words)
    return markup(f"{'☐' if done[1] == ' ' else '☑'} {words[done.end() :]}" if done else words)
