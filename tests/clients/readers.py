"""Editions → items as a reader has them: feedparser for RSS and Atom, a strict reader of our own for JSON Feed 1.1.

`expected` says the same of the items that were published; where a format has no room for something, it says so there.
"""

from __future__ import annotations

import calendar
import html
import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import feedparser
from lxml import etree
from rules import HTTP_URL

from aggregator.model import Channel, Enclosure, Origin, Person, Story
from aggregator.render import items
from aggregator.text import writable

NINETIES = 631_152_000  # earlier dates are published as this in RSS and Atom
_ATOM = "{http://www.w3.org/2005/Atom}"


@dataclass(frozen=True)
class Read:
    """An item as a reader has it. `pointers` are links: (relation, address, title)."""

    id: str
    link: str
    title: str
    summary: str
    content: str
    authors: tuple[Person, ...]
    published: int
    updated: int
    categories: tuple[str, ...]
    language: str
    rights: str
    enclosures: tuple[Enclosure, ...]
    image: str
    comments: str
    source: Origin
    pointers: tuple[tuple[str, str, str], ...]


def read(body: bytes, suffix: str) -> list[Read]:
    return {"xml": _rss, "atom": _atom, "json": _json}[suffix](body)


def expected(channel: Channel, stories: Sequence[Story], suffix: str) -> list[Read]:
    tidy = items.tidy(channel)
    return [_expected(tidy, items.item(tidy, story), suffix) for story in stories]


# ── What was published ───────────────────────────────────────────────────────────────────────────────────────────────


def _expected(channel: Channel, it: items.Item, suffix: str) -> Read:
    whole = Read(
        it.id,
        it.link,
        it.title,
        it.summary,
        it.content,
        it.authors,
        it.published,
        it.updated,
        it.categories,
        it.language,
        it.rights,
        it.enclosures,
        it.image,
        it.comments,
        it.source,
        (),
    )
    return {"xml": _for_rss, "atom": _for_atom, "json": _for_json}[suffix](whole, it, channel)


def _for_rss(it: Read, item: items.Item, channel: Channel) -> Read:
    """A lone body is the description; no addresses of authors, no titles of files, no duration of the enclosure; a
    source is one address, and stands for an author."""
    enclosed = next((e for e in it.enclosures if HTTP_URL.match(e.url)), None)
    rest = [replace(e, title="") for e in it.enclosures if e is not enclosed]
    summary = it.summary or it.content
    here = items.address(channel, "xml", channel.current)  # a folder has no address
    address = (it.source.feed or it.source.link or here) if it.source != Origin() else ""
    people = it.authors or tuple(Person(name) for name in [writable.name(it.source.title)] if name)
    return replace(
        it,
        summary=summary,
        content=it.content if it.summary else "",
        authors=tuple(Person(name) for name in dict.fromkeys(person.name for person in people)),
        published=max(it.published, NINETIES),
        updated=max(it.updated, NINETIES),
        enclosures=(*((replace(enclosed, title="", duration=0),) if enclosed else ()), *rest),
        source=Origin(it.source.title or address, feed=address) if address else Origin(),
        pointers=_pointers(item),
    )


def _for_atom(it: Read, item: items.Item, channel: Channel) -> Read:
    """No durations; always a body, an author and, if anything is known of the source, an id of it."""
    named = writable.name(it.source.title) or writable.name(channel.title)
    known = it.source != Origin()
    source = it.source.title or it.source.link or it.source.feed or writable.identifier(it.source.id)
    return replace(
        it,
        summary=it.summary if it.content or it.link else "",
        content=it.content or ("" if it.summary and it.link else it.summary or writable.markup(it.title)),
        authors=it.authors or (Person(named),),
        published=max(it.published, NINETIES),
        updated=max(it.updated, NINETIES),
        language=it.language or channel.language,  # xml:lang is inherited
        enclosures=tuple(replace(e, duration=0) for e in it.enclosures),
        source=replace(
            it.source,
            title=source,
            link=it.source.link if it.link else "",  # it would be taken for the entry's
            id=writable.identifier(it.source.id, it.source.feed, it.source.link, it.source.title),
        )
        if known
        else Origin(),
        pointers=_pointers(item),
    )


def _for_json(it: Read, item: items.Item, _channel: Channel) -> Read:
    """An author's page or else e-mail address; a summary is text."""
    return replace(
        it,
        summary=writable.text_of(it.summary) if it.content else "",
        content=it.content or it.summary or writable.markup(it.title),
        authors=tuple(replace(p, email="" if p.url else p.email) for p in it.authors),
        pointers=(
            *((("via", item.attribution.url, item.attribution.title),) if item.attribution.url else ()),
            *(("copy", other.url, other.source.title) for other in item.others),
            *(("related", reference.url, reference.title) for reference in item.related if reference.url),
        ),
    )


def _pointers(item: items.Item) -> tuple[tuple[str, str, str], ...]:
    """In RSS and Atom: each address once in each sense; none that could be taken for the item's own."""
    if not item.link:
        return ()
    found = [("via", item.attribution.url, item.attribution.title)]
    for other in item.others:
        aside = other.url and other.url != item.link
        address = other.url if aside else other.source.feed or other.source.link
        found.append(("related" if aside else "via", address, other.source.title or other.title))
    found += [("related", reference.url, reference.title) for reference in item.related]
    once = {(rel, href): title for rel, href, title in reversed(found) if href not in ("", item.link)}
    return tuple(sorted((rel, href, title) for (rel, href), title in once.items()))


# ── What is read ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _parsed(body: bytes, version: str) -> Any:
    found = feedparser.parse(io.BytesIO(body), sanitize_html=False, resolve_relative_uris=False)
    assert not found.bozo, found.bozo_exception
    assert found.version == version
    return found.entries


def _rss(body: bytes) -> list[Read]:
    return [_rss_item(entry) for entry in _parsed(body, "rss20")]


def _rss_item(entry: Any) -> Read:
    published = calendar.timegm(entry.published_parsed)
    updated = dict.get(entry, "updated_parsed")
    source = entry.get("source", {})
    return Read(
        id=entry.id,
        link=next((x.href for x in entry.get("links", ()) if x.rel == "alternate"), ""),
        title=_text(entry.title),
        summary=_html(entry.get("summary", "")),
        content=_html(entry.content[0].value) if "content" in entry else "",
        authors=tuple(dict.fromkeys(Person(_text(author.name)) for author in entry.get("authors", ()))),
        published=published,
        updated=calendar.timegm(updated) if updated else published,
        categories=tuple(_text(tag.term) for tag in entry.get("tags", ())),
        language=entry.get("language", ""),
        rights=_text(entry.get("rights", "")),
        enclosures=(
            *(Enclosure(x.href, x.type, int(x.length)) for x in _enclosed(entry)),
            *(
                Enclosure(x["url"], x["type"], int(x.get("filesize", 0)), "", int(x.get("duration", 0)))
                for x in entry.get("media_content", ())
                if x.get("medium") != "image"
            ),
        ),
        image=_image(entry),
        comments=entry.get("comments", ""),
        source=Origin(_text(source.get("title", "")), feed=source.get("href", "")),
        pointers=_links(entry),
    )


def _atom(body: bytes) -> list[Read]:
    """feedparser gives one author's address to the next, who has none: authors are read as XML."""
    elements = etree.fromstring(body, etree.XMLParser(huge_tree=True)).findall(f"{_ATOM}entry")
    return [_atom_entry(*pair) for pair in zip(_parsed(body, "atom10"), elements, strict=True)]


def _atom_entry(entry: Any, element: Any) -> Read:
    authors = element.findall(f"{_ATOM}author")
    people = [[author.findtext(_ATOM + part, "") for part in ("name", "email", "uri")] for author in authors]
    source = entry.get("source", {})
    links = {x.rel: x.href for x in source.get("links", ())}
    return Read(
        id=entry.id,
        link=next((x.href for x in entry.get("links", ()) if x.rel == "alternate"), ""),
        title=_construct(entry, "title"),
        summary=_html(entry.get("summary", "")) if element.find(f"{_ATOM}summary") is not None else "",
        content=_html(entry.content[0].value) if "content" in entry else "",
        authors=tuple(Person(_text(name), email, url) for name, email, url in people),
        published=calendar.timegm(entry.published_parsed),
        updated=calendar.timegm(entry.updated_parsed),
        categories=tuple(tag.term for tag in entry.get("tags", ())),
        language=entry.title_detail.language or "",
        rights=_construct(entry, "rights"),
        enclosures=tuple(
            Enclosure(x.href, x.get("type", ""), int(x.get("length") or 0), _text(x.get("title", "")))
            for x in _enclosed(entry)
        ),
        image=_image(entry),
        comments=next((x.href for x in entry.get("links", ()) if x.rel == "replies"), ""),
        source=Origin(
            _construct(source, "title"), links.get("alternate", ""), links.get("self", ""), source.get("id", "")
        ),
        pointers=_links(entry),
    )


def _construct(found: Any, name: str) -> str:
    """Text, or HTML that is text with its characters escaped."""
    value = _text(found.get(name, ""))
    return html.unescape(value) if value and found[f"{name}_detail"].type == "text/html" else value


def _enclosed(entry: Any) -> Any:
    return entry.enclosures if "links" in entry else ()  # where there are no links, feedparser gives a KeyError


def _image(entry: Any) -> str:
    return next((found["url"] for found in entry.get("media_thumbnail", ())), "")


def _links(entry: Any) -> tuple[tuple[str, str, str], ...]:
    return tuple(
        sorted(
            (x.rel, x.href, _text(x.get("title", ""))) for x in entry.get("links", ()) if x.rel in {"via", "related"}
        )
    )


def _text(value: str) -> str:
    """Without the word joiners that keep text from being taken for HTML."""
    return value.replace("\u2060", "")


def _html(value: str) -> str:
    """With the characters that are references for the sake of those who look for text encoded twice."""
    return re.sub(r"&#(1[2-8]\d|19[01]);", lambda found: chr(int(found[1])), value)


# ── JSON Feed 1.1 ────────────────────────────────────────────────────────────────────────────────────────────────────

_FEED = {"version": str, "title": str, "home_page_url": str, "feed_url": str, "description": str, "language": str}
_FEED |= {"icon": str, "favicon": str}
_ITEM = dict.fromkeys(("id", "url", "title", "content_html", "summary", "image", "language"), str)


def _json(body: bytes) -> list[Read]:
    """As https://www.jsonfeed.org/version/1.1/ demands it; nothing it doesn't know but names that start with "_"."""
    feed = json.loads(body.decode("utf-8"), parse_constant=_refused, object_pairs_hook=_once)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    assert feed["title"]
    _typed(feed, {**_FEED, "items": list})
    assert _absolute(feed["feed_url"]) and _absolute(feed["home_page_url"])
    assert len({item["id"] for item in feed["items"]}) == len(feed["items"])
    return [_json_item(item) for item in feed["items"]]


def _json_item(item: dict[str, Any]) -> Read:
    lists = dict.fromkeys(("authors", "tags", "attachments"), list)
    _typed(item, {**_ITEM, "date_published": str, "date_modified": str, **lists, "author": dict})
    assert item.get("author") == item.get("authors", [None])[0]  # as version 1 has it
    assert item["id"] and item["content_html"]
    assert all(_absolute(item[name]) for name in ("url", "image") if name in item)
    for author in item.get("authors", ()):
        _typed(author, {"name": str, "url": str})
        assert author
    for attachment in item.get("attachments", ()):
        _typed(
            attachment, {"url": str, "mime_type": str, "title": str, "size_in_bytes": int, "duration_in_seconds": int}
        )
        assert _absolute(attachment["url"]) and attachment["mime_type"]
    assert all(isinstance(tag, str) and tag for tag in item.get("tags", ()))
    told = item.get("_aggregator", {})
    assert all(isinstance(value, dict) for name, value in item.items() if name.startswith("_"))
    assert not told or _absolute(told["about"])
    source = told.get("source", {})
    said = item.get("_attribution", {})
    return Read(
        id=item["id"],
        link=item.get("url", ""),
        title=item["title"],
        summary=item.get("summary", ""),
        content=item["content_html"],
        authors=tuple(_author(author) for author in item.get("authors", ())),
        published=_instant(item["date_published"]),
        updated=_instant(item["date_modified"]),
        categories=tuple(item.get("tags", ())),
        language=item.get("language", ""),
        rights=item.get("_rights", {}).get("text", ""),
        enclosures=tuple(
            Enclosure(
                x["url"],
                x["mime_type"],
                x.get("size_in_bytes", 0),
                x.get("title", ""),
                x.get("duration_in_seconds", 0),
            )
            for x in item.get("attachments", ())
        ),
        image=item.get("image", ""),
        comments=item.get("_comments", {}).get("url", ""),
        source=Origin(*(source.get(name, "") for name in ("title", "link", "feed", "id"))),
        pointers=(
            *((("via", said["url"], said.get("title", "")),) if "url" in said else ()),
            *(("copy", copy.get("url", ""), copy.get("source", "")) for copy in told.get("copies", ())),
            *(("related", r["url"], r.get("title", "")) for r in told.get("related", ()) if "url" in r),
        ),
    )


def _author(author: dict[str, str]) -> Person:
    url = author.get("url", "")
    mail = url.startswith("mailto:")
    return Person(author.get("name", ""), url.removeprefix("mailto:") if mail else "", "" if mail else url)


def _typed(found: dict[str, Any], known: dict[str, type]) -> None:
    for name, value in found.items():
        assert re.match(r"_[A-Za-z][^.]*\Z", name) or type(value) is known[name], name


def _absolute(url: str) -> bool:
    return urlsplit(url).scheme in {"http", "https"} and bool(urlsplit(url).netloc)


def _instant(value: str) -> int:
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value)
    return int(datetime.fromisoformat(value).timestamp())


def _refused(constant: str) -> None:
    raise AssertionError(constant)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)
