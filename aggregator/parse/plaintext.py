"""Text saved from the web → its parts: title, deck, paragraphs, and what stands around them.

A file is read as people save an article: title, perhaps a deck, metadata ("Posted on …", "By …"), paragraphs
between blank lines, "Read also:", "Published at …", a site's notice. What isn't plainly one of those is text:

- The title is the first line; where that starts a wrapped or long paragraph, the text keeps it too.
- Metadata stands right after the title or the deck, and every word of it has to be understood. One line goes
  all the same: "Posted on" with at most two words, whose date was lost when the page was saved.
- A deck is one line of at most 400 characters before metadata: nothing else tells it from a paragraph.
- "Read also:" takes the lines of its own block if all look like titles. Alone on its line it takes the
  one-line blocks that follow, if they reach to the end.
- "Published at …" counts in the last four blocks; what follows goes, but for an update or a correction. After
  "Source: …" it goes if it reads like a notice, else it stays.
- Where nothing would be left as text, nothing is taken from the end.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, replace

from aggregator.model import Reference
from aggregator.parse import dates

Block = list[str]


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


def read(text: str) -> Article:
    """The parts of a text whose lines end in \\n. Never fails; a text without words has no parts."""
    title, blocks = _title(_blocks(text))
    deck, head, body = _head(blocks)
    kept, tail = _tail(body)
    if deck and not kept:
        deck, kept = "", [[deck]]  # a note of one paragraph, with its metadata at the end
    content = "\n".join(f"<p>{markup(' '.join(block))}</p>" for block in kept)
    return replace(_united(head, tail), title=shorten(title), summary=markup(deck), content=content)


def _united(first: Article, second: Article) -> Article:
    """What the first says of the article, and the second where the first says nothing."""
    return Article(
        published=first.published or second.published,
        authors=first.authors or second.authors,
        categories=first.categories or second.categories,
        related=first.related or second.related,
        attribution=first.attribution or second.attribution,
    )


# ── Lines and blocks ────────────────────────────────────────────────────────────────────────────────────────

_RULE = re.compile(r"[-=_*~#+]{3,}")
_SENTENCE_ENDS = (".", "!", "?", "…", '."', ".”", ".»", ".)", "!”", "?”")


def _blocks(text: str) -> list[Block]:
    """The lines between blank ones and rules ("=====", which isn't text); no block is empty."""
    blocks: list[Block] = []
    block: Block = []
    for line in (*map(str.strip, text.split("\n")), ""):
        if line and not _RULE.fullmatch(line):
            block.append(line)
        elif block:
            blocks.extend([line] for line in block) if _unwrapped(block) else blocks.append(block)
            block = []
    return blocks


def _unwrapped(block: Block) -> bool:
    """Whether each line is a paragraph: most, the possible title aside, are long and end as sentences do."""
    alone = [len(line) > 300 or (len(line) > 90 and line.endswith(_SENTENCE_ENDS)) for line in block[1:]]
    return len(alone) > 1 and sum(alone) * 2 > len(alone)


def shorten(text: str, limit: int = 200) -> str:
    """A text cut at a word, fit for a title."""
    head = text[: limit + 1]
    return text if len(head) <= limit else (head[:limit].rsplit(None, 1) or [head[:limit]])[0] + "…"


def _title(blocks: list[Block]) -> tuple[str, list[Block]]:
    """The title and what is left: all, if the first line can't be cut off what follows it."""
    if not blocks:
        return "", []
    title, *rest = blocks[0]
    wrapped = bool(rest) and rest[0][0].islower() and _metadata(rest[0]) is None
    if wrapped or len(title) > 200:
        return title, blocks
    return title, ([rest, *blocks[1:]] if rest else blocks[1:])


_URL = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)


def markup(text: str) -> str:
    """The text as HTML: escaped, its bare addresses made links."""
    if "://" not in text:
        return html.escape(text, quote=False)
    parts, end = [], 0
    for found in _URL.finditer(text):
        url = _address(found)
        link = html.escape(url)
        parts += [html.escape(text[end : found.start()], quote=False), f'<a href="{link}">{link}</a>']
        end = found.start() + len(url)
    return "".join([*parts, html.escape(text[end:], quote=False)])


def _address(found: re.Match[str]) -> str:
    """The URL without the punctuation of the sentence around it."""
    return found[0].rstrip(".,;:!?'”’»" if "(" in found[0] else ".,;:!?'”’»)]}")


# ── The head: deck and metadata ─────────────────────────────────────────────────────────────────────────────

_LEAD = re.compile(
    r"(?:(?:first|last|originally)\s+)?(?:posted|published|updated|modified|created|written|filed|date)"
    r"(?:\s+(?:on|at))?(?=\W|$)\s*:?\s*",
    re.IGNORECASE,
)
_BY = re.compile(r"(?:(?:written\s+)?by\s*:?\s+|(authors?)\s*:\s*)(.+?)(?:\s+in\s+(.+))?", re.IGNORECASE)
_IN = re.compile(
    r"(?:(categor(?:y|ies)|tags?|topics?|section|filed under)\s*:\s*|(?:in|under)\s*:?\s+)(.+)", re.IGNORECASE
)
_ASIDE = re.compile(r"\d+\s+(?:min(?:ute)?s?(?:\s+read)?|comments?|views)|on|at", re.IGNORECASE | re.ASCII)
_LOST = re.compile(r"(?:posted|published) on(?: [^\s.!?]+){0,2}", re.IGNORECASE)
_PARTICLES = frozenset({"de", "da", "di", "du", "del", "der", "den", "van", "von", "la", "le", "el", "al", "bin"})


def _head(blocks: list[Block]) -> tuple[str, Article, list[Block]]:
    """The deck, what the metadata says, and the blocks after it."""
    facts, used = _gather(blocks[:3])
    if not used and len(blocks) > 1 and len(blocks[0]) == 1 and len(blocks[0][0]) <= 400:
        facts, used = _gather(blocks[1:4])
        if used:
            return blocks[0][0], facts, blocks[1 + used :]
    return "", facts, blocks[used:]


def _gather(blocks: list[Block]) -> tuple[Article, int]:
    """What the metadata at the start of the blocks says, and how many blocks it is."""
    facts = Article()
    for used, block in enumerate(blocks):
        for line in block if len(block) < 5 else ["text"]:
            if (found := _metadata(line)) is None:
                return facts, used
            facts = _united(facts, found)
    return facts, len(blocks)


def _metadata(line: str) -> Article | None:
    """What a line of metadata says; None if a word of it isn't understood: then it is text."""
    if len(line) > 200:
        return None
    line = " ".join(line.split())
    told = [at for found in dates.WRITTEN.finditer(line) if (at := dates.matched(found))]
    if _LOST.fullmatch(line) and not told:
        return Article()
    led = bool(told) or _LEAD.match(line) is not None
    facts = Article(published=told[0] if told else 0)
    for at, piece in enumerate(re.split(r"\s*[|·•]\s*|\s+[–—-]\s+", dates.WRITTEN.sub("|", line))):
        rest = _LEAD.sub("", piece.strip(" ,;"), count=1).strip(" ,;")
        found = _piece(re.sub(r" (?:on|at)$", "", rest), led, after=at > 0 or _LEAD.match(line) is not None)
        if found is None:
            return None
        facts = _united(facts, found)
    return facts if facts != Article() else None


def _piece(text: str, led: bool, after: bool) -> Article | None:
    """What a part of the line says; `led` by a date or a "Posted", or even `after` that, it may be looser."""
    if by := _BY.fullmatch(text):
        names = _names(by[2], strict=not (led or by[1]))
        return Article(authors=names, categories=_list(by[3] or "")) if names else None
    if (among := _IN.fullmatch(text)) and (after or among[1]):
        words = _list(among[2])
        return Article(categories=words) if words else None
    return Article() if not text or _ASIDE.fullmatch(text) else None


def _names(text: str, strict: bool) -> tuple[str, ...]:
    """The people of a byline, () if it reads like a sentence; `strict` wants every name to be capitalised."""
    names = [name for name in re.split(r"\s*(?:[,;&]|\band\b)\s*", text) if name]
    for name in names:
        words = name.split()
        if len(words) > 5 or name.endswith(("!", "?", ":")):
            return ()
        if strict and (words[0][0].islower() or any(w[0].islower() and w not in _PARTICLES for w in words)):
            return ()
    return tuple(names[:20])


def _list(text: str) -> tuple[str, ...]:
    """Categories between commas, () if they read like a sentence."""
    words = [word for word in re.split(r"\s*[,;/]\s*", text) if word]
    fits = len(words) <= 12 and all(len(w) <= 40 and len(w.split()) <= 4 for w in words)
    return tuple(words) if fits and not text.endswith((".", "!", "?")) else ()


# ── The tail: related articles, attribution, notice ─────────────────────────────────────────────────────────

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
_NOTICE = re.compile(
    r"we remind our readers|(?:opinions?|views?)[^.]{0,80} (?:are|is|do|does|belong)\b|all rights reserved|©"
    r"|do(?:es)? not (?:necessarily )?(?:mean that we|reflect|represent|imply)|creative commons|sign up for"
    r"|\b(?:copyright|disclaimer|subscribe|republish|reprinted|donat(?:e|ion))|support (?:us|our)|follow us",
    re.IGNORECASE,
)


def _tail(body: list[Block]) -> tuple[list[Block], Article]:
    """The blocks that are text; the references listed under "Read also", the attribution and its date."""
    blocks, related = _related(body)
    kept, facts, credited, closed = blocks[:-4], Article(related=related), False, False
    for block in blocks[-4:]:
        line = " ".join(block)[:2000]
        if (credit := _credit(block)) is not None:
            facts, credited, closed = _united(facts, credit), True, closed or _CLOSING.match(line) is not None
        elif _ADDED.match(line) or not (closed or (credited and _NOTICE.search(line))):
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
    """The one-line blocks from there to the end or an attribution; [] if there is text among them."""
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
    return len(line) <= 250 and (not line.endswith((".", ",", ";")) or _URL.search(line) is not None)


def _credit(block: Block) -> Article | None:
    """What a line of attribution says, None if the block is no such line."""
    line = " ".join(block[:3])  # the name is often on a line of its own
    if len(block) > 2 or len(line) > 300 or not (found := _CREDIT.fullmatch(line)):
        return None
    value = next((part for part in found.groups() if part), "")
    date = dates.WRITTEN.search(value)
    named = reference(dates.WRITTEN.sub("", value).rstrip(" ."))
    first = named.title.removeprefix("the ").partition(" ")[0]
    # "Published at the end of the war, the book …", "Published in 1949"
    sentence = (first[:1].islower() and "." not in first) or first.strip(",;").isdigit()
    if not named.url and (sentence or len(named.title.split()) > 12 or ". " in named.title):
        return None
    return Article(published=dates.matched(date) if date else 0, attribution=named if named != Reference() else None)


def reference(text: str) -> Reference:
    """A title, a URL, or both as people write them: "Title: URL", "- Title (URL)"."""
    text = re.sub(r"^(?:[-*•–]|\d{1,2}[.)])\s+", "", text)
    found = _URL.search(text)
    if not found:
        return Reference(text.strip(' :–—-|,()<>[]"'))
    url = _address(found)
    rest = f"{text[: found.start()].rstrip(' (<[')} {text[found.start() + len(url) :]}"
    return Reference(rest.strip(" :–—-|,.()<>[]"), url)
