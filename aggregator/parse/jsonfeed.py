"""A document of JSON Feed 1.0 or 1.1 → its feed and entries. https://jsonfeed.org/version/1.1

Wrong types are read generously, as the specification asks of numbers in `id`; what can't be read is left out.
"""

from __future__ import annotations

import json
from typing import Any

from aggregator.model import Document, Enclosure, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import charset, dates, identity, markup, people


def parse(document: Document, known: frozenset[bytes], limit: int = 1000) -> Feed:
    """Return the document's feed with the entries not known, `limit` at most; ParseError if it is no JSON Feed."""
    try:
        raw = json.loads(_text_of(document))
    except (ValueError, RecursionError) as error:
        raise ParseError(f"is not valid JSON: {' '.join(str(error).split())[:120]}") from None
    if not isinstance(raw, dict) or not (_is_version(raw.get("version")) or isinstance(raw.get("items"), list)):
        raise ParseError("is JSON, but not a JSON Feed")
    authors, language = _authors(raw), _text(raw.get("language"))
    items = raw.get("items")
    listed = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    newest, cut = identity.newest(listed, limit, lambda item: _dated(_entry(item, (), "")))
    undated = [text for item in newest for name in _DATES if dates.is_unread(text := _text(item.get(name)))]
    entries = identity.identify(_entry(item, authors, language) for item in newest)
    return Feed(
        title=_text(raw.get("title")),
        link=_text(raw.get("home_page_url")),
        id=_text(raw.get("feed_url")),
        language=language,
        entries=tuple(entry for entry in entries if entry.hash not in known),
        hashes=frozenset(entry.hash for entry in entries),
        malformed="" if _is_version(raw.get("version")) else "no JSON Feed version",
        cut=cut,
        notes=(dates.not_understood(undated),) if undated else (),
        hub=next((h for hub in _list(raw.get("hubs")) if isinstance(hub, dict) and (h := _hub(hub))), ""),
        topic=_text(raw.get("feed_url")),
    )


_DATES = ("date_published", "date_modified")


def _dated(entry: Entry) -> int:
    return entry.published or entry.updated


def _text_of(document: Document) -> bytes | str:
    """Return JSON to load: in UTF-8 (RFC 8259 §8.1), UTF-16 or -32, which json tells, or decoded from another."""
    try:
        document.body.decode(json.detect_encoding(document.body))
    except ValueError:
        return charset.decode(document.body, charset.declared_in(document.content_type))
    return document.body


def _hub(raw: dict[str, Any]) -> str:
    """Return the address of a hub that speaks WebSub, or PubSubHubbub, as it was called before; "" for another."""
    return _text(raw.get("url")) if _text(raw.get("type")).lower() in {"websub", "pubsubhubbub"} else ""


def _is_version(value: object) -> bool:
    return isinstance(value, str) and "jsonfeed.org/version/" in value


def _entry(item: dict[str, Any], authors: tuple[Person, ...], language: str) -> Entry:
    extension = item.get("_aggregator")
    source = (
        extension.get("source") if isinstance(extension, dict) else item.get("_source")
    )  # ours before it was an extension
    return Entry(
        guid=_text(item.get("id")),
        title=" ".join(_text(item.get("title")).split()),
        link=_text(item.get("url")) or _text(item.get("external_url")),
        summary=markup.paragraphs(_text(item.get("summary"))),
        content=_text(item.get("content_html")) or markup.paragraphs(_lines(item.get("content_text"))),
        authors=_authors(item) or authors,
        published=_instant(item.get("date_published")),
        updated=_instant(item.get("date_modified")),
        categories=tuple(dict.fromkeys(filter(None, map(markup.name, map(_text, _several(item.get("tags"))))))),
        enclosures=tuple(e for a in _list(item.get("attachments")) if (e := _enclosure(a))),
        image=_text(item.get("image")) or _text(item.get("banner_image")),
        language=_text(item.get("language")) or language,
        rights=_of_extension(item.get("_rights"), "text"),
        comments=_of_extension(item.get("_comments"), "url"),
        origin=_origin(source) if isinstance(source, dict) else None,
    )


def _text(value: object) -> str:
    if isinstance(value, str):
        return value.strip()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _of_extension(value: object, name: str) -> str:
    """Return what an extension says under this name, or what stands in its place."""
    return _text(value.get(name) if isinstance(value, dict) else value)


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _several(value: object) -> list[Any]:
    """Return a list, or one of the value that stands in its place."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _lines(value: object) -> str:
    """Return a text with the white space that its first line begins with: verse and code stay as they are written."""
    return value.rstrip().lstrip("\n") if isinstance(value, str) else _text(value)


def _authors(item: dict[str, Any]) -> tuple[Person, ...]:
    """Read objects as the specification has them, names alone, and one of either in the place of a list."""
    raws = [*_several(item.get("authors")), *_several(item.get("author"))]  # `author` is 1.0's
    return people.distinct(person for raw in raws for person in _people(raw))


def _people(raw: object) -> tuple[Person, ...]:
    if isinstance(raw, dict):
        return (people.person(_text(raw.get("name")), _text(raw.get("email")), _text(raw.get("url"))),)
    return people.read(_text(raw))


def _enclosure(raw: object) -> Enclosure | None:
    if not isinstance(raw, dict) or not _text(raw.get("url")):
        return None
    size, duration = _whole(raw.get("size_in_bytes")), _whole(raw.get("duration_in_seconds"))
    return Enclosure(_text(raw["url"]), _text(raw.get("mime_type")), size, _text(raw.get("title")), duration)


def _origin(raw: dict[str, Any]) -> Origin | None:
    names = (("title",), ("link", "home_page_url"), ("feed", "feed_url"), ("id",))
    origin = Origin(*(next(filter(None, (_text(raw.get(n)) for n in of)), "") for of in names))
    return origin if origin != Origin() else None


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) and 0 < value < 1e15 else 0


def _instant(value: object) -> int:
    """Read RFC 3339, as the specification wants it, or whatever else says when; without a zone it is UTC."""
    text = _text(value)
    return dates.instant(text) or dates.period(text)
