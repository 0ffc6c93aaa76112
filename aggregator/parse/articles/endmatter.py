"""The end of a plain text → the references under "Read also", the attribution, and the paragraphs before them.

- "Read also:" takes the lines of its own block if all look like titles. Alone on its line it takes the
  one-line blocks that follow, if they reach to the end.
- "Published at …" counts in the last four blocks; what follows goes, but for an update or a correction. After
  "Source: …" it goes if it reads like a site's boilerplate, else it stays.
- Where nothing would be left as text, nothing is taken from the end.
"""

from __future__ import annotations

import re

from aggregator.model import Reference
from aggregator.parse import dates
from aggregator.parse.articles.textparts import URL, Article, Block, address, united

_RELATED = re.compile(
    r"(?:(?:read|see) (?:also|more|next)|further reading"
    r"|related(?: (?:articles?|stories|posts?|reading|links?))?)(?:\s*:\s*(.*))?",
    re.IGNORECASE,
)
_CREDIT = re.compile(
    r"(?:(?:this|the) (?:article|story|post|piece|text|essay) (?:was|has been|is) )?"
    r"(?:(?:originally|first) )?(?:published|appeared|posted) (?:at|by|in|on)\b(?:\s*:)?\s*(.*)"
    r"|(?:originally|first) (?:published|appeared|posted)\b(?:\s*:)?\s*(.*)"
    r"|(?:source|sources|via|original(?: (?:article|text|source))?)\s*:\s*(.*)"
    r"|(?:published|posted) (?:at|by|in|on)|first published",
    re.IGNORECASE,
)
# After "Published at …" only the site speaks, but for what an editor added to the article.
_CLOSING = re.compile(r"(?:(?:originally|first) )?(?:published|appeared|posted)\b", re.IGNORECASE)
_ADDED = re.compile(r"\W*(?:update|correction|edit|p\.?s|note)\b", re.IGNORECASE)
_BOILERPLATE = re.compile(
    r"we remind our readers|(?:opinions?|views?)[^.]{0,80} (?:are|is|do|does|belong)\b|all rights reserved|©"
    r"|do(?:es)? not (?:necessarily )?(?:mean that we|reflect|represent|imply)|creative commons|sign up for"
    r"|\b(?:copyright|disclaimer|subscribe|republish|reprinted|donat(?:e|ion))|support (?:us|our)|follow us",
    re.IGNORECASE,
)


def tail(body: list[Block]) -> tuple[list[Block], Article]:
    """Return the blocks that are text; the references listed under "Read also", the attribution and its date."""
    blocks, related = _related(body)
    kept, facts, credited, closed = blocks[:-4], Article(related=related), False, False
    for block in blocks[-4:]:
        line = " ".join(block)[:2000]
        if (credit := _credit(block)) is not None:
            facts, credited, closed = united(facts, credit), True, closed or _CLOSING.match(line) is not None
        elif _ADDED.match(line) or not (closed or (credited and _BOILERPLATE.search(line))):
            kept.append(block)
    return (kept, facts) if kept else (body, Article())


def _related(body: list[Block]) -> tuple[list[Block], tuple[Reference, ...]]:
    kept: list[Block] = []
    related: list[Reference] = []
    for at, block in enumerate(body):
        label = _RELATED.fullmatch(block[0]) if len(block[0]) <= 250 and len(block) <= 30 else None
        if not label:
            kept.append(block)
            continue
        ends = next((n for n, line in enumerate(block) if n and _credit([line]) is not None), len(block))
        titles = [line for line in (label[1], *block[1:ends]) if line]
        following = _titles_to_the_end(body, at + 1) if not titles else []
        if not (titles or following) or not all(map(_is_title, titles)):
            kept.append(block)
            continue
        related += map(reference, titles or following)
        kept += [[line] for line in block[ends:]]
        if following:
            kept += body[at + 1 + len(following) :]
            break
    return kept, tuple(related)


def _titles_to_the_end(body: list[Block], start: int) -> list[str]:
    """Return the one-line blocks from `start` to the end or an attribution; [] if there is text among them."""
    titles: list[str] = []
    if len(body) - start > 35:
        return titles
    for block in body[start:]:
        if _credit(block) is not None:
            return titles
        if len(block) > 1 or not _is_title(block[0]):
            return []
        titles.append(block[0])
    return titles


def _is_title(line: str) -> bool:
    return len(line) <= 250 and (not line.endswith((".", ",", ";")) or URL.search(line) is not None)


def _credit(block: Block) -> Article | None:
    """Return what a line of attribution says, None if the block is no such line."""
    line = " ".join(block[:3])  # the name is often on a line of its own
    if len(block) > 2 or len(line) > 300 or not (match := _CREDIT.fullmatch(line)):
        return None
    value = next((part for part in match.groups() if part), "")
    date = dates.WRITTEN.search(value)
    named = reference(dates.WRITTEN.sub("", value).rstrip(" ."))
    first = named.title.removeprefix("the ").partition(" ")[0]
    # "Published at the end of the war, the book …", "Published in 1949"
    sentence = (first[:1].islower() and "." not in first) or first.strip(",;").isdigit()
    if not named.url and (sentence or len(named.title.split()) > 12 or ". " in named.title):
        return None
    return Article(published=dates.matched(date) if date else 0, attribution=named if named != Reference() else None)


def reference(text: str) -> Reference:
    """Read a title, a URL, or both as people write them: "Title: URL", "- Title (URL)"."""
    text = re.sub(r"^(?:[-*•–]|\d{1,2}[.)])\s+", "", text)
    match = URL.search(text)
    if not match:
        return Reference(text.strip(' :–—-|,()<>[]"'))
    url = address(match)
    rest = f"{text[: match.start()].rstrip(' (<[')} {text[match.start() + len(url) :]}"
    return Reference(rest.strip(" :–—-|,.()<>[]"), url)
