"""What feedparser, or our own reader, makes of a feed → our values: its dictionaries end here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from aggregator.model import Document, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import coerce, dates, hints, identity, markup, media, people
from aggregator.parse.coerce import text as _text
from aggregator.parse.links import page_link as _page_link
from aggregator.parse.links import related as _related

_DETAIL = {"text/html": True, "application/xhtml+xml": True}
# An element that is named like one of feedparser's own keys (<authors> in RSS) takes the key's place, as text.
_SHAPES: Mapping[str, type] = {
    **dict.fromkeys(("links", "authors", "tags", "content", "media_content", "media_thumbnail"), list),
    **dict.fromkeys(("title_detail", "summary_detail", "rights_detail", "source", "image"), dict),
    **dict.fromkeys(("media_title_said", "media_description_said"), dict),
    **dict.fromkeys(("itunes_summary_detail", "itunes_subtitle_detail"), dict),
}
Raw = Mapping[str, Any]
Moment = Callable[[str], int]
"""A date as it is written → its instant, 0 for what is none."""


class Channel(NamedTuple):
    """What a feed says of itself; `inherited` is what it says for its entries where they don't.

    `notes` are on the entries that were read with it.
    """

    raw: Raw
    version: str
    language: str
    inherited: Raw
    notes: tuple[str, ...] = ()

    def digest(self) -> bytes:
        """Return eight bytes that stand for all that its entries depend on."""
        handed_on = (repr(_authors(self.inherited)), _plain(self.inherited, "rights"))
        return identity.digest(self.version, self.language, *handed_on)


def channel_and_entries(document: Document, parsed: Raw) -> tuple[Channel, list[Entry]]:
    """Translate what was found: what the feed says of itself, and its entries; ParseError if it is no feed."""
    version, raws = _text(parsed.get("version")), parsed.get("entries", ())
    # feedparser knows RSS 0.90 and 1.0 by their items alone.
    if not version and not raws and b"<rdf:rdf" not in document.body[:1024].lower():
        raise ParseError(f"is not a feed{_looks_like(document.body)}")
    own: Raw = parsed["feed"]
    # RFC 4287 §4.2.1 and §4.2.10: what an entry lacks of these, its feed says for it.
    inherited: Raw = own if version.startswith("atom") else {}
    moment = cache(_moment)  # feeds repeat their dates, and each is asked for twice
    channel = Channel(own, version, _text(own.get("language")), inherited, _unread(raws, moment))
    return channel, [_entry(raw, channel.language, document.base, inherited, moment) for raw in raws]


def feed(document: Document, channel: Channel, entries: Sequence[Entry], known: frozenset[bytes]) -> Feed:
    """Return the feed with those of its identified entries that are not known."""
    return Feed(
        title=_plain(channel.raw, "title"),
        link=_page_link(channel.raw),
        id=_text(channel.raw.get("id")),
        language=channel.language,
        entries=tuple(entry for entry in entries if entry.hash not in known),
        hashes=frozenset(entry.hash for entry in entries),
        hints=hints.hints(channel.raw, document.body),
        hub=_related(channel.raw, "hub"),
        topic=_related(channel.raw, "self"),
        notes=channel.notes,
    )


def _looks_like(body: bytes) -> str:
    head = body[:1024].lower()
    if not body.strip():
        return ": it is empty"
    if b"<html" in head or b"<!doctype html" in head:
        return ": it is a web page"
    return ""


# ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def sound(parsed: Raw) -> Raw:
    """Keep of what feedparser found what has its shape."""
    feed, entries = _sound(parsed.get("feed", {})), [_sound(raw) for raw in parsed.get("entries", ())]
    return {"feed": feed, "entries": entries, "version": parsed.get("version")}


def _sound(raw: Raw) -> Raw:
    """Keep what has feedparser's shape, in a plain dict: FeedParserDict has `published` for `updated`, and warns."""
    shaped: dict[str, Any] = {k: v for k, v in raw.items() if isinstance(v, _SHAPES.get(k, object))}
    return {**shaped, "source": _sound(shaped["source"])} if "source" in shaped else shaped


def _entry(raw: Raw, language: str, document_base: str, inherited: Raw, moment: Moment) -> Entry:
    get = raw.get
    content, detail = _content(get("content") or ())
    summary, summary_detail = _html(get("summary_detail"))
    if summary == content or _text(get("summary")) == _text(detail.get("value")):
        summary = ""  # feedparser repeats Atom's content here
    pictured: Sequence[Raw] = [item for item in get("media_content") or () if isinstance(item, dict)]
    if not content and not summary:
        content = _words_beside(raw, pictured)
    details: tuple[Raw, ...] = (detail, summary_detail, get("title_detail") or {})
    base = next((b for d in details if (b := _text(d.get("base"))) and b != document_base), "")
    spoken = _text(get("language")) or next((s for d in details if (s := _text(d.get("language")))), "")
    image, picture = media.image(raw, pictured)
    givers: tuple[Raw, ...] = (raw, get("source") or {}, inherited)
    return Entry(
        guid=_text(get("id")),
        title=_title(raw),
        link=_page_link(raw),
        summary=summary,
        content=content,
        authors=next(filter(None, map(_authors, givers)), ()),
        published=_instant(raw, moment, "published", "created"),
        updated=_instant(raw, moment, "updated"),
        categories=tuple(dict.fromkeys(filter(None, (_category(tag) for tag in get("tags") or ())))),
        enclosures=media.files(get("links") or (), pictured, coerce.seconds(_text(get("itunes_duration")))),
        comments=_text(get("comments")),
        image=image,
        language=spoken or language,
        rights=next(filter(None, (_plain(giver, "rights") for giver in givers)), ""),
        base=base,
        origin=_origin(get("source")),
        picture=picture,
        replies=coerce.number(get("slash_comments")),
        replies_feed=_text(get("wfw_commentrss")),
    )


_DATES = ("published", "created", "updated")


def _moment(text: str) -> int:
    return (dates.instant(text) or dates.period(text)) if text else 0


def _instant(raw: Raw, moment: Moment, *names: str) -> int:
    """Return the first of these dates that can be read."""
    return next(filter(None, (moment(_text(raw.get(name))) for name in names)), 0)


def _unread(raws: Iterable[Raw], moment: Moment) -> tuple[str, ...]:
    """Note the dates that say nothing to us, if there are any."""
    written = (text for raw in raws for name in _DATES if (text := _text(raw.get(name))))
    unread = [text for text in written if not moment(text) and dates.is_unread(text)]
    return (dates.not_understood(unread),) if unread else ()


def _words_beside(raw: Raw, pictured: Sequence[Raw]) -> str:
    """Return what stands beside an entry that says nothing itself: of its media's group, the episode, its pictures."""
    given = (raw.get("media_description_said"), raw.get("itunes_summary_detail"), raw.get("itunes_subtitle_detail"))
    videos = (item.get("media_description_said") for item in pictured if item not in media.picture_items(pictured))
    texts = (_html(detail)[0] for detail in (*given, *videos) if isinstance(detail, dict))
    return next(filter(None, texts), "") or media.pictures_html(pictured)


def _title(raw: Raw) -> str:
    """Return the entry's own title; else its media's or its episode's."""
    beside = {"media_title_detail": raw.get("media_title_said")}
    return _plain(raw, "title") or _plain(beside, "media_title") or _plain(raw, "itunes_title")


def _plain(raw: Raw, name: str) -> str:
    """Return a text construct as text: tags go where the feed says, or feedparser sees, that it is HTML."""
    detail: Raw = raw.get(f"{name}_detail") or {}
    value = _text(detail.get("value")) or _text(raw.get(name))
    if not value:
        return ""
    return markup.line(value) if _DETAIL.get(detail.get("type", "")) else " ".join(value.split())


def _html(detail: Raw | None) -> tuple[str, Raw]:
    if not detail:
        return "", {}
    value, kind = _text(detail.get("value")), detail.get("type", "")
    if kind == "text/plain":
        value = markup.paragraphs(value)
    elif kind not in _DETAIL:
        value = ""  # Atom content may be anything: an image, XML
    return value, detail


def _content(contents: Sequence[Raw]) -> tuple[str, Raw]:
    """Return the longest that is text: feeds with two contents have an excerpt or an empty one beside the article."""
    return max((_html(content) for content in contents), key=lambda text: len(text[0]), default=("", {}))


def _category(tag: Raw) -> str:
    return markup.name(_text(tag.get("label")) or _text(tag.get("term")))


def _authors(raw: Raw) -> tuple[Person, ...]:
    own = people.distinct(person for author in raw.get("authors") or () for person in _people(author))
    return own or people.read(_text(raw.get("itunes_author")))


def _people(author: Raw) -> tuple[Person, ...]:
    if text := _text(author.get("said")):
        return people.read(text)
    return (people.person(_text(author.get("name")), _text(author.get("email")), _text(author.get("href"))),)


def _origin(source: Raw | None) -> Origin | None:
    if not source:
        return None
    own = next((_text(k.get("href")) for k in source.get("links", ()) if k.get("rel") == "self"), "")
    address = own or _text(source.get("href")) or _text(source.get("url"))
    origin = Origin(_plain(source, "title"), _text(source.get("link")), address, _text(source.get("id")))
    return origin if origin != Origin() else None
