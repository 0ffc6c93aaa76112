"""The head of a plain text → its deck, and what its line of metadata says: date, authors, categories.

- Metadata stands right after the title or the deck, and every word of it has to be understood. One line goes
  all the same: "Posted on" with at most two words, whose date was lost when the page was saved.
- Parts of it need no mark between them: "Posted on 23 March 2022 Categories World, Harbours".
- A deck is one short block before metadata: nothing else tells it from a paragraph.
"""

from __future__ import annotations

import re
from dataclasses import replace

from aggregator.parse import dates
from aggregator.parse.articles.textparts import Article, Block, united

_LEAD = re.compile(
    r"(?:(?:first|last|originally)\s+)?(?:posted|published|updated|modified|created|written|filed|date)"
    r"(?:\s+(?:on|at))?(?=\W|$)\s*:?\s*",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:(?:written\s+)?by\s*:?\s+|(authors?)\s*:\s*)(.+?)(?:\s+in\s+(.+))?", re.IGNORECASE)
_IN = re.compile(
    r"(?:(categor(?:y|ies)|tags?|tagged|topics?|section|filed under)\s*:\s*"
    r"|(?:in|under|categor(?:y|ies)|tags?|tagged|topics?|section|filed under|filed in)\s*:?\s+)(.+)",
    re.IGNORECASE,
)
# What begins a part of such a line, in capitals as sites write it, where no mark parts it from the one before.
_LABEL = re.compile(
    r"(?<=[^\s|·•–—-])\s+(?=(?:(?:Posted|Published|Updated|Filed)\s+(?:on|in|under|by|at)\b"
    r"|(?:Posted|Published|Updated|Modified|Date|Categor(?:y|ies)|Tags?|Tagged|Topics?|Section|Authors?)\s*:"
    r"|(?:Categor(?:y|ies)|Tags|Tagged|Topics|By|Written by)\s))"
)
_LABELLED = re.compile(r"(?:Categor(?:y|ies)|Tags|Tagged|Topics|Filed under)\s")
_DECK = 3  # lines, of a deck that was wrapped
_ASIDE = re.compile(r"\d+\s+(?:min(?:ute)?s?(?:\s+read)?|comments?|views)|on|at", re.IGNORECASE | re.ASCII)
_REPLIES = re.compile(
    r"[\s|·•–—-]+(?:leave a (?:comment|reply)|(?:no|\d{1,5}) comments?|comments (?:off|are closed))(?: on .*)?$",
    re.IGNORECASE,
)
_LOST = re.compile(r"(?:posted|published) on(?: [^\s.!?]+){0,2}", re.IGNORECASE)
_PARTICLES = frozenset({"de", "da", "di", "du", "del", "der", "den", "van", "von", "la", "le", "el", "al", "bin"})


def head(blocks: list[Block]) -> tuple[str, Article, list[Block]]:
    """Return the deck, what the metadata says, and the blocks after it."""
    facts, used = _gather(blocks[:3])
    if not used and len(blocks) > 1 and len(blocks[0]) <= _DECK and len(deck := " ".join(blocks[0])) <= 400:
        facts, used = _gather(blocks[1:4])
        if used:
            return " ".join(deck.split()), facts, blocks[1 + used :]
    if not used and blocks and (deck_and_facts := _under_deck(blocks[0])):
        return (*deck_and_facts, blocks[1:])
    return "", facts, blocks[used:]


def _under_deck(block: Block) -> tuple[str, Article] | None:
    """Return the deck, and what the metadata on the lines right under it says; None for any other block."""
    for lines in range(1, min(len(block), _DECK + 1)):
        facts, used = _gather([block[lines:]])
        if used and len(deck := " ".join(" ".join(block[:lines]).split())) <= 400:
            return deck, facts
    return None


def _gather(blocks: list[Block]) -> tuple[Article, int]:
    """Return what the metadata at the start of the blocks says, and how many blocks it is."""
    facts = Article()
    for used, block in enumerate(blocks):
        for line in block if len(block) < 5 else ["text"]:
            if (stated := metadata(line, led=facts != Article())) is None:
                return facts, used
            facts = united(facts, stated)
    return facts, len(blocks)


def metadata(line: str, *, led: bool = False) -> Article | None:
    """Return what a line of metadata says; None if a word of it isn't understood: then it is text.

    `led` by another such line it may be looser.
    """
    if len(line) > 200:
        return None
    line = " ".join(line.split())
    after = led
    instants = [at for part in dates.WRITTEN.finditer(line) if (at := dates.matched(part))]
    if _LOST.fullmatch(line) and not instants:
        return Article()
    led = led or bool(instants) or _LEAD.match(line) is not None
    if led:
        line = _LABEL.sub(" | ", _REPLIES.sub("", line))
    facts = Article(published=instants[0] if instants else 0)
    for at, piece in enumerate(re.split(r"\s*[|·•]\s*|\s+[–—-]\s+", dates.WRITTEN.sub("|", line))):
        rest = _LEAD.sub("", piece.strip(" ,;"), count=1).strip(" ,;")
        part = _piece(re.sub(r" (?:on|at)$", "", rest), led, after=after or at > 0 or _LEAD.match(line) is not None)
        if part is None:
            return None
        every = tuple(dict.fromkeys((*facts.categories, *part.categories)))  # categories, and tags beside them
        facts = replace(united(facts, part), categories=every)
    return facts if facts != Article() else None


def _piece(text: str, led: bool, after: bool) -> Article | None:
    """Return what a part of the line says; `led` by a date or a "Posted", or even `after` that, it may be looser."""
    if by := _BY.fullmatch(text):
        names = _names(by[2], strict=not (led or by[1]))
        return Article(authors=names, categories=_categories(by[3] or "")) if names else None
    labelled = led and _LABELLED.match(text) is not None
    if (among := _IN.fullmatch(text)) and (after or among[1] or labelled):
        words = _categories(among[2])
        return Article(categories=words) if words else None
    return Article() if not text or _ASIDE.fullmatch(text) else None


def _names(text: str, strict: bool) -> tuple[str, ...]:
    """Return the people of a byline, () if it reads like a sentence; `strict` wants every name to be capitalised."""
    names = [name for name in re.split(r"\s*(?:[,;&]|\band\b)\s*", text) if name]
    for name in names:
        words = name.split()
        if len(words) > 5 or name.endswith(("!", "?", ":")):
            return ()
        if strict and (words[0][0].islower() or any(w[0].islower() and w not in _PARTICLES for w in words)):
            return ()
    return tuple(names[:20])


def _categories(text: str) -> tuple[str, ...]:
    """Return the categories between commas, () if they read like a sentence."""
    words = [word for word in re.split(r"\s*[,;/]\s*", text) if word]
    fits = len(words) <= 12 and all(len(w) <= 40 and len(w.split()) <= 4 for w in words)
    return tuple(words) if fits and not text.endswith((".", "!", "?")) else ()
