"""A saved web page → an entry: what its head declares, and the article that trafilatura finds in it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from aggregator.model import Entry, Origin, ParseError
from aggregator.parse.articles import main_content, plaintext, values

_EXTRACTED = 1_000_000  # characters: trafilatura takes 4 s for that; of longer pages all text is taken
_BLOCK = re.compile(
    "address|article|aside|blockquote|br|caption|dd|div|dl|dt|figcaption|figure|footer|h[1-6]|header|hr|li|main|nav"
    "|ol|p|pre|section|table|td|th|tr|ul"
)
_UNSEEN = "script", "style", "template", "noscript", "svg"
_DATES = frozenset({
    "article:published_time", "og:published_time", "article:published", "datepublished", "date", "dc.date",
    "dc.date.issued", "dcterms.date", "dcterms.issued", "dcterms.created", "pubdate", "publishdate", "parsely-pub-date",
    "sailthru.date", "citation_publication_date",
})  # fmt: skip
_ARTICLES = re.compile(r"(?:Article|Posting|Report|Review|Recipe|Essay|Story)\b")  # of schema.org's types
# What browsers, and SingleFile, write into a page when they save it.
_SAVED = re.compile(r"<!--\s*(?:saved from url=\(\d{1,5}\)|Page saved with SingleFile\s+url:\s*)(https?://[^\s<>]+)")
_WRAPPED = re.compile(r"^\s*(?:/[/*]\s*)?<!\[CDATA\[(?:\s*\*/)?|(?:/[/*]\s*)?\]\]>(?:\s*\*/)?\s*$")
_DAY = 86400


def read(text: str, base: str, fallback: Entry) -> Entry:
    """Make an entry of a page, with what `fallback` says where the page doesn't; ParseError if it has no text."""
    from trafilatura import extract_metadata  # costs half a second, and needs lxml

    tree = _tree(text)
    # Only dates that the page declares: htmldate would search the footer, up to today.
    dates = {"original_date": True, "extensive_search": False, "max_date": "2199-12-31"}
    try:
        metadata = extract_metadata(_tree(text), date_config=dates).as_dict() if len(text) <= _EXTRACTED else {}
    except Exception:  # noqa: BLE001 - heuristics on a stranger's markup; the text may be readable still
        metadata = {}
    declared = next((url for url in tree.xpath("//base/@href") if values.web(url, base)), "")
    base = values.web(declared, base) or base
    link = _canonical(tree, base) or _saved_from(tree, text)
    title = values.string(metadata.get("title")) or _first_text(tree, "//title") or _first_text(tree, "//h1")
    extracted = _extracted(text)
    content = (main_content.markup(_tree(text), extracted, title) or extracted) if extracted else _paragraphs(tree)
    if not content:
        raise ParseError("no text in this HTML")
    site = values.string(metadata.get("sitename"))
    return replace(
        fallback,
        title=plaintext.shorten(title, 500) or fallback.title,
        link=link,
        base=base if declared else link or base,
        summary=html.escape(values.string(metadata.get("description")), quote=False),
        content=_without_title(content, title),
        authors=values.people((metadata.get("author") or "").split("; ")),
        published=_declared_instant(tree) or values.instant(metadata.get("date")) or fallback.published,
        categories=values.several((metadata.get("categories"), metadata.get("tags"))),
        image=values.picture(metadata.get("image"), link or base),
        language=values.language(tree.get("lang") or tree.get("{http://www.w3.org/XML/1998/namespace}lang")),
        rights=values.string(metadata.get("license")),
        origin=Origin(title=site) if site else None,
    )


def _tree(text: str) -> Any:
    import lxml.html

    # Bytes, as lxml refuses a str with an XML declaration; a new tree each time, as trafilatura prunes it.
    try:
        parser = lxml.html.HTMLParser(encoding="utf-8")
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.LxmlError, ValueError) as error:
        raise ParseError("no text in this HTML") from error


def _extracted(text: str) -> str:
    """Return the article's HTML as trafilatura finds it, "" if it finds none."""
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
    """Return all the text of the page as HTML, a paragraph for each block."""
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
    repeated = heading is not None and values.string(html.unescape(heading[1])) == title
    return content[heading.end() :].strip() if heading and repeated else content


def _first_text(tree: Any, path: str) -> str:
    return next((words for element in tree.xpath(path) if (words := values.string(element.text_content()))), "")


def _canonical(tree: Any, base: str) -> str:
    links = (link for link in tree.xpath("//link[@rel and @href]") if "canonical" in link.get("rel").lower().split())
    return next((url for link in links if (url := values.web(link.get("href"), base))), "")


def _saved_from(tree: Any, text: str) -> str:
    """Return where the page says that it is, for others or by the browser that saved it; "" if it doesn't."""
    urls = tree.xpath("//meta[@property='og:url']/@content")
    saved = _SAVED.search(text[:4000])
    return next(filter(None, map(values.web, (*urls[:1], *([saved[1]] if saved else ())))), "")


def _declared_instant(tree: Any) -> int:
    """Return when the page says that it came out, to the second; trafilatura knows days only. 0 if it doesn't.

    What comes first counts; where that is a day, the time of day that another one has for the same day.
    """
    instants = [at for at in _instants(tree) if at]
    first = instants[0] if instants else 0
    return (
        next((at for at in instants if at // _DAY == first // _DAY and at % _DAY), first)
        if first % _DAY == 0
        else first
    )


def _instants(tree: Any) -> Iterator[int]:
    for meta in tree.xpath("//meta[@content]"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        if name.lower() in _DATES:
            yield values.instant(meta.get("content"))
    for script in tree.xpath("//script[contains(@type, 'ld+json')]")[:20]:
        try:
            yield from _published(json.loads(_WRAPPED.sub("", script.text or ""), strict=False))
        except (ValueError, RecursionError):
            continue
    timed = "self::time and (contains(@class, 'publish') or contains(@class, 'entry-date'))"
    for marked in tree.xpath(f"//*[@itemprop='datePublished' or @pubdate or ({timed})]")[:20]:
        yield values.instant(marked.get("datetime") or marked.get("content") or str(marked.text_content())[:100])


def _published(linked: object) -> Iterator[int]:
    """Yield every datePublished of a document in JSON-LD (https://schema.org/datePublished): articles', then others'.

    Each from the outside inward. A graph tells of the site and of the page, too, which are older.
    """
    dated = list(_dated(linked))
    yield from (at for is_article, at in dated if is_article)
    yield from (at for is_article, at in dated if not is_article)


def _dated(linked: object) -> Iterator[tuple[bool, int]]:
    waiting = [linked]
    for _ in range(1000):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, dict):
            yield (
                _ARTICLES.search(str(value.get("@type"))[:500]) is not None,
                values.instant(value.get("datePublished")),
            )
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
