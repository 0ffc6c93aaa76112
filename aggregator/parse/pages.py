"""An article's file → a feed of its one entry: from text, Markdown or HTML.

What the front matter or the head says comes first, then what the text tells, then the file's name and time.
The content is HTML of strangers still: refining makes it safe.
"""

from __future__ import annotations

import html
import re
import tomllib
from dataclasses import replace
from datetime import UTC, date, datetime, time
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import yaml
from markdown_it import MarkdownIt

from aggregator.model import Document, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import plaintext
from aggregator.parse.charset import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from markdown_it.token import Token

T = TypeVar("T")

_FRONT_MATTER = 65_536  # characters
_MARKDOWN = 524_288  # characters: hostile Markdown of that length takes seconds, and no article is longer
_EXTRACTED = 1_000_000  # characters: trafilatura takes 4 s for that; of longer pages all text is taken

_KINDS = {
    **dict.fromkeys((".txt", ".text", "text/plain"), "text"),
    **dict.fromkeys((".md", ".markdown", "text/markdown", "text/x-markdown"), "markdown"),
    **dict.fromkeys((".html", ".htm", ".xhtml", "text/html", "application/xhtml+xml"), "html"),
}


def parse(document: Document) -> Feed:
    """A feed of the one entry; raises ParseError for what is binary or has no text."""
    kind = _kind(document)
    text = _text(document, kind)
    fallback = Entry(
        guid=document.name or document.base,
        base=document.base,
        title=PurePosixPath(document.name).stem,
        published=document.modified,
    )
    if kind == "html":
        return Feed(entries=(_from_html(text, document.base, fallback),))
    front, body, malformed = _front_matter(text)
    title = _string(front.get("title"))
    if kind == "markdown" and len(body) <= _MARKDOWN:
        entry = _from_markdown(body, title, fallback)
    else:
        if kind == "markdown":
            malformed = malformed or "Markdown of over half a million characters is shown as plain text"
        entry = _from_text(body, title, fallback)
    return Feed(entries=(_said(front, entry, document.base),), malformed=malformed)


def _kind(document: Document) -> str:
    suffix = PurePosixPath(document.name).suffix.lower()
    media_type = document.content_type.partition(";")[0].strip().lower()
    start = document.body[:256].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    shape = "html" if start.startswith((b"<!doctype html", b"<html")) else "text"
    return _KINDS.get(suffix) or _KINDS.get(media_type) or shape


# ── Bytes → text ──────────────────────────────────────────────────────────────────────────────────────────

_CONTROLS = re.compile("[\x01-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ufeff\ufffe\uffff]")
_BREAKS = re.compile("[\x0b\x0c\x85\u2028\u2029]")
_PARAMETER = re.compile(r"charset\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE | re.ASCII)
_IN_MARKUP = re.compile(
    rb"<(?:meta\b[^>]{0,200}?charset|\?xml\b[^>]{0,100}?encoding)\s*=\s*[\"']?([\w.:+-]{1,40})", re.IGNORECASE
)


def _text(document: Document, kind: str) -> str:
    """The document's text without control characters; a ParseError if that is no text."""
    declared = _PARAMETER.search(document.content_type[:500])
    charset = declared[1] if declared else ""
    if not charset and kind == "html" and (inside := _IN_MARKUP.search(document.body[:2048])):
        charset = inside[1].decode("ascii", "replace")
    text = decode(document.body, charset)
    if "\0" in text:
        raise ParseError("binary data, not text: it has NUL characters")
    text, dropped = _CONTROLS.subn("", text)
    if dropped > len(text) // 3:
        raise ParseError("binary data, not text: much of it is control characters")
    text = _BREAKS.sub("\n", text)
    if not text or text.isspace():
        raise ParseError("no text in this file")
    return text


# ── Front matter ──────────────────────────────────────────────────────────────────────────────────────────

_FENCES = {
    "---": re.compile(r"^(?:---|\.\.\.)[ \t]*$", re.MULTILINE),
    "+++": re.compile(r"^\+\+\+[ \t]*$", re.MULTILINE),
}
_LINE = re.compile(r"([A-Za-z_][\w-]{0,40})[ \t]*[:=][ \t]*([^\s\[{&*!|>%@`].*)")


def _front_matter(text: str) -> tuple[Mapping[str, Any], str, str]:
    """What the front matter says, the text after it, and what is wrong with it, if anything is."""
    opener, _, rest = text.lstrip("\n").partition("\n")
    fence = opener[:10].rstrip()
    end = _FENCES[fence].search(rest[:_FRONT_MATTER]) if fence in _FENCES else None
    if not end:
        return {}, text, ""
    block, body = rest[: end.start()], rest[end.end() :]
    try:
        said = _toml(block) if fence == "+++" else _yaml(block)
    except Exception as error:  # noqa: BLE001 - RecursionError, OverflowError, …: what a parser does with a bomb
        problem = getattr(error, "problem", None) or str(error) or type(error).__name__
        language = "TOML" if fence == "+++" else "YAML"
        malformed = f"front matter is not valid {language}: {' '.join(str(problem).split())[:150]}"
        lines = [found for line in block.split("\n") if (found := _LINE.match(line[:2000]))]
        # A title with a colon in it is the usual fault: line by line, most can be read all the same.
        said = {found[1]: found[2].strip().strip("\"'") for found in lines}
        return {key.lower(): value for key, value in said.items()}, body if lines else text, malformed
    if not isinstance(said, dict):
        return ({}, text, "") if said else ({}, body, "")  # a text between two rules
    return {key.lower(): value for key, value in said.items() if isinstance(key, str)}, body, ""


def _yaml(block: str) -> object:
    # Merging aliases multiplies: nine lines can ask for all memory. An alias needs an anchor of its name.
    if set(re.findall(r"&([\w-]+)", block)) & set(re.findall(r"\*([\w-]+)", block)):
        raise ValueError("aliases are not read")
    return yaml.safe_load(block)


def _toml(block: str) -> object:
    # tomllib takes quadratic time for the dots of a key.
    if any(line.count(".") > 300 for line in block.split("\n")):
        raise ValueError("a line has more than 300 dots")
    return tomllib.loads(block)


def _said(front: Mapping[str, Any], entry: Entry, base: str) -> Entry:
    """The entry with all that the front matter says in place of what was found otherwise."""

    def first(read: Callable[[object], T], *keys: str) -> T | None:
        return next((value for key in keys if (value := read(front.get(key)))), None)

    link = first(_web, "link", "url", "canonical_url") or entry.link
    summary = first(_string, "summary", "description")
    return replace(
        entry,
        guid=first(_string, "id") or entry.guid,
        link=link,
        summary=html.escape(summary, quote=False) if summary else entry.summary,
        authors=first(_people, "authors", "author") or entry.authors,
        published=first(_instant, "date", "published") or entry.published,
        updated=first(_instant, "updated", "lastmod") or 0,
        categories=_several(front.get(key) for key in ("categories", "category", "tags")) or entry.categories,
        image=_web(_string(front.get("image")), link or base),
        language=first(_language, "language", "lang") or "",
        rights=first(_string, "rights", "license", "copyright") or "",
    )


# ── Values of any type → what an entry takes ──────────────────────────────────────────────────────────────


def _string(value: object) -> str:
    """A scalar as one line of text, else ""."""
    if isinstance(value, bool) or (isinstance(value, int) and value.bit_length() > 128):
        return ""  # Python refuses to write numbers of thousands of digits
    # YAML's "\ud800" makes half a character, which nothing could encode.
    words = str(value).split() if isinstance(value, str | int | float | date) else []
    return _CONTROLS.sub("", " ".join(words)).replace("\0", "").encode("utf-8", "replace").decode()


def _strings(value: object) -> list[str]:
    values = value.split(",") if isinstance(value, str) else value if isinstance(value, list) else [value]
    return [text for item in values[:50] if (text := _string(item))]


def _several(values: Iterable[object]) -> tuple[str, ...]:
    """The strings among the values, each once."""
    return tuple(dict.fromkeys(text for value in values for text in _strings(value)))


def _people(value: object) -> tuple[Person, ...]:
    people = [_person(item) for item in (value[:50] if isinstance(value, list) else [value])]
    return tuple(dict.fromkeys(person for person in people if person != Person()))


def _person(value: object) -> Person:
    if isinstance(value, dict):
        return Person(_string(value.get("name")), _string(value.get("email")), _web(value.get("url")))
    name = _string(value)[:1000]
    with_mail = re.fullmatch(r"([^<>]*)<([^<>@\s]+@[^<>@\s]+)>", name)
    return Person(with_mail[1].strip(), with_mail[2]) if with_mail else Person(name)


def _instant(value: object) -> int:
    if isinstance(value, datetime):
        return plaintext.seconds(value)
    if isinstance(value, date):
        return plaintext.seconds(datetime.combine(value, time(), UTC))
    return plaintext.instant(_string(value))


def _language(value: object) -> str:
    if value is False:
        return "no"  # YAML reads Norwegian as "not true"
    code = _string(value).replace("_", "-")
    return code if re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", code) else ""


def _web(value: object, base: str = "") -> str:
    """An absolute web address, "" for anything else."""
    text = _string(value)
    try:
        url = urljoin(base, text) if text else ""
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and " " not in url
    except ValueError:  # "http://[": a bracket that is no IPv6
        return ""
    return url if fits else ""


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
    """A first heading at the very start is the title and goes; further down it is the title and stays."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(text)
    tops = (n for n, token in enumerate(tokens) if token.type == "heading_open" and token.tag == "h1")
    at = next((n for n in tops if not tokens[n].level), None)
    heading = _words(tokens[at + 1]) if at is not None else ""
    if at == 0 and heading and title in ("", heading):
        del tokens[:3]
    if not heading:
        heading = next((words for token in tokens if token.type == "inline" and (words := _words(token))), "")
    content = markdown.renderer.render(tokens, markdown.options, {})
    return replace(fallback, title=title or plaintext.shorten(heading) or fallback.title, content=content.strip())


def _words(token: Token) -> str:
    """The text of an inline token's first line."""
    words: list[str] = []
    for child in token.children or ():
        if child.type in ("softbreak", "hardbreak") and words:
            break
        words.append(child.content)
    return " ".join("".join(words).split())


# ── HTML ──────────────────────────────────────────────────────────────────────────────────────────────────

_BLOCK = re.compile(
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav"
    "|ol|p|pre|section|table|td|th|tr|ul"
)
_UNSEEN = "script", "style", "template", "noscript", "svg"
_DATES = "article:published_time", "datepublished", "date", "dc.date", "dc.date.issued", "dcterms.date"


def _from_html(text: str, base: str, fallback: Entry) -> Entry:
    from trafilatura import extract_metadata  # costs half a second, and needs lxml

    tree = _tree(text)
    # Only dates that the page declares: htmldate would search the footer, up to today.
    dates = {"original_date": True, "extensive_search": False, "max_date": "2199-12-31"}
    try:
        found = extract_metadata(_tree(text), date_config=dates).as_dict() if len(text) <= _EXTRACTED else {}
    except Exception:  # noqa: BLE001 - heuristics on a stranger's markup; the text may be readable still
        found = {}
    link = _canonical(tree, base)
    title = _string(found.get("title")) or _first_text(tree, "//title") or _first_text(tree, "//h1")
    content = _extracted(text) or _paragraphs(tree)
    if not content:
        raise ParseError("no text in this HTML")
    site = _string(found.get("sitename"))
    return replace(
        fallback,
        title=plaintext.shorten(title, 500) or fallback.title,
        link=link,
        base=link or base,
        summary=html.escape(_string(found.get("description")), quote=False),
        content=_without_title(content, title),
        authors=_people((found.get("author") or "").split("; ")),
        published=_declared_instant(tree) or _instant(found.get("date")) or fallback.published,
        categories=_several((found.get("categories"), found.get("tags"))),
        image=_web(found.get("image"), link or base),
        language=_language(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
        rights=_string(found.get("license")),
        origin=Origin(title=site) if site else None,
    )


def _tree(text: str) -> Any:
    import lxml.html  # type: ignore[import-untyped]

    # Bytes, as lxml refuses a str with an XML declaration; a new tree each time, as trafilatura prunes it.
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8")
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ParseError("no text in this HTML") from error


def _extracted(text: str) -> str:
    """The article's HTML as trafilatura finds it, "" if it finds none."""
    from trafilatura import extract

    if len(text) > _EXTRACTED:
        return ""
    try:
        page = extract(
            _tree(text),
            output_format="html",
            include_comments=False,
            include_formatting=True,
            include_images=True,
            include_links=True,
        )
    except Exception:  # noqa: BLE001 - see above
        page = None
    body = (page or "").partition("<body>")[2].rpartition("</body>")[0].strip()
    body = re.sub(r"<pre>\s*<pre>", "<pre>", re.sub(r"</pre>\s*</pre>", "</pre>", body))  # its <pre><code>
    return body if re.search(r">\s*[^<\s]", f">{body}") else ""


def _paragraphs(tree: Any) -> str:
    """All the text of the page, a paragraph for each block."""
    from lxml import etree

    # Not drop_tree(): for a megabyte of comments it takes minutes.
    etree.strip_elements(tree, "head", *_UNSEEN, etree.Comment, etree.ProcessingInstruction, with_tail=False)
    for element in tree.iter():
        if isinstance(element.tag, str) and _BLOCK.fullmatch(element.tag):
            element.text = f"\n{element.text or ''}"
            element.tail = f"\n{element.tail or ''}"
    lines = (" ".join(line.split()) for line in str(tree.text_content()).split("\n"))
    return "\n".join(f"<p>{html.escape(line, quote=False)}</p>" for line in lines if line)


def _without_title(content: str, title: str) -> str:
    heading = re.match(r"\s*<h1>([^<]{1,1000})</h1>", content)
    return content[heading.end() :].strip() if heading and _string(html.unescape(heading[1])) == title else content


def _first_text(tree: Any, path: str) -> str:
    return next((words for element in tree.xpath(path) if (words := _string(element.text_content()))), "")


def _canonical(tree: Any, base: str) -> str:
    links = (link for link in tree.xpath("//link[@rel and @href]") if "canonical" in link.get("rel").lower().split())
    return next((url for link in links if (url := _web(link.get("href"), base))), "")


def _declared_instant(tree: Any) -> int:
    """The time that the head declares to the second; trafilatura knows days only."""
    for meta in tree.xpath("//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _DATES and (at := _instant(meta.get("content"))):
            return at
    return 0
