"""An article's file → a feed of its one entry: from text, Markdown or HTML.

What the front matter or the head says comes first, then what the text tells, then the file's name and time.
The content is HTML of strangers still: refining makes it safe.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from aggregator.model import Document, DocumentKind, Entry, Feed, ParseError, Person
from aggregator.parse.articles import frontmatter, markdown, plaintext, values, webpage
from aggregator.parse.charset import decode
from aggregator.parse.identity import identify
from aggregator.text.characters import without_controls

_MARKDOWN = 524_288  # characters: hostile Markdown of that length takes seconds, and no article is longer


def parse(document: Document) -> Feed:
    """Return a feed of the file's one entry; raises ParseError for what is binary or has no text."""
    kind = document.form
    text = _text(document, kind)
    fallback = Entry(
        guid=document.name or document.base,
        base=document.base,
        title=PurePosixPath(document.name).stem,
        published=document.modified,
    )
    if kind is DocumentKind.HTML:
        entry = webpage.read(text, document.base, fallback)
        return _feed_of(entry, release=entry.published if entry.published != fallback.published else 0)
    front, body, malformed = frontmatter.split(text)
    title = values.string(front.get("title"))
    if kind is DocumentKind.MARKDOWN and len(body) <= _MARKDOWN:
        entry = _from_markdown(body, title, fallback)
    else:
        if kind is DocumentKind.MARKDOWN:
            malformed = malformed or "Markdown of over half a million characters is shown as plain text"
        entry = _from_text(body, title, fallback)
    entry = frontmatter.apply(front, entry, document.base)
    declared = entry.published if entry.published != fallback.published else 0  # a file's own time announces nothing
    feed = _feed_of(entry, malformed, release=max(declared, frontmatter.release(front)))
    unknown = frontmatter.unknown(front)
    draft = frontmatter.is_draft(front) or "_drafts" in PurePosixPath(document.name).parts[:-1]
    return replace(feed, draft=draft, notes=(unknown,) if unknown else ())


def _feed_of(entry: Entry, malformed: str = "", release: int = 0) -> Feed:
    (identified,) = identify([entry])
    hashes = frozenset({identified.hash})
    return Feed(entries=(identified,), hashes=hashes, malformed=malformed, release=release)


# ── Bytes → text ──────────────────────────────────────────────────────────────────────────────────────────

_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE | re.ASCII)
_IN_MARKUP = re.compile(
    rb"<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE
)


def _text(document: Document, kind: DocumentKind) -> str:
    """Return the document's text without control characters; raises ParseError if that is no text."""
    declared = _PARAMETER.search(document.content_type[:500])
    charset = declared[1] if declared else ""
    if not charset and kind is DocumentKind.HTML and (inside := _IN_MARKUP.search(document.body[:2048])):
        charset = inside[1].decode("ascii", "replace")
    text = decode(document.body, charset)
    if "\0" in text:
        raise ParseError("binary data, not text: it has NUL characters")
    text, dropped = without_controls(text)
    if dropped > len(text) // 3:
        raise ParseError("binary data, not text: much of it is control characters")
    text = _BREAKS.sub("\n", text)
    if not text or text.isspace():
        raise ParseError("no text in this file")
    return text


# ── Text and Markdown ─────────────────────────────────────────────────────────────────────────────────────


def _from_text(text: str, title: str, fallback: Entry) -> Entry:
    if title and " ".join(text.lstrip().partition("\n")[0].split()) != title:
        text = f"{title}\n\n{text}"  # the first line isn't the title then
    article = plaintext.read(text)
    return replace(
        fallback,
        title=title or article.title or fallback.title,
        summary=article.summary,
        content=article.content,
        published=article.published or fallback.published,
        authors=tuple(map(Person, article.authors)),
        categories=article.categories,
        related=article.related,
        attribution=article.attribution,
    )


def _from_markdown(text: str, title: str, fallback: Entry) -> Entry:
    """Make an entry of Markdown: a first heading at the very start is the title and goes; further down it stays."""
    body = markdown.read(text)
    heading = body.heading
    if body.starts and heading and title in ("", heading):
        body = body.without_heading()
    title = title or plaintext.shorten(heading or body.first) or fallback.title
    return replace(fallback, title=title, content=body.html())
