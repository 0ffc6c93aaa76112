"""What feedparser makes of a feed → our values: its dictionaries end here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import feedparser

from aggregator.model import Document, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import coerce, dates, hints, identity, markup, media, people
from aggregator.parse.coerce import text as _text
from aggregator.parse.links import page as _page
from aggregator.parse.links import related as _related

_DETAIL = {"text/html": True, "application/xhtml+xml": True}
_FORGIVEN = (feedparser.NonXMLContentType, feedparser.CharacterEncodingOverride)
# An element that is named like one of feedparser's own keys (<authors> in RSS) takes the key's place, as text.
_SHAPES: Mapping[str, type] = {
    **dict.fromkeys(("links", "authors", "tags", "content", "media_content", "media_thumbnail"), list),
    **dict.fromkeys(("title_detail", "summary_detail", "rights_detail", "source", "image"), dict),
    **dict.fromkeys(("media_title_said", "media_description_said"), dict),
    **dict.fromkeys(("itunes_summary_detail", "itunes_subtitle_detail"), dict),
}
Raw = Mapping[str, Any]


class Channel(NamedTuple):
    """What a feed says of itself; `inherited` is what it says for its entries where they don't.

    `notes` are on the entries that were read with it.
    """

    said: Raw
    version: str
    language: str
    inherited: Raw
    notes: tuple[str, ...] = ()

    def mark(self) -> bytes:
        """Eight bytes that stand for all that its entries depend on."""
        handed_on = (repr(_authors(self.inherited)), _plain(self.inherited, "rights"))
        return identity.digest(self.version, self.language, *handed_on)


def told(document: Document, parsed: Raw) -> tuple[Channel, list[Entry]]:
    """What feedparser found: the feed's own words and its entries; ParseError if it is no feed."""
    version, raws = _text(parsed.get("version")), parsed.get("entries", ())
    # feedparser knows RSS 0.90 and 1.0 by their items alone.
    if not version and not raws and b"<rdf:rdf" not in document.body[:1024].lower():
        raise ParseError(f"is not a feed{_looks_like(document.body)}")
    said = _sound(parsed.get("feed", {}))
    # RFC 4287 §4.2.1 and §4.2.10: what an entry lacks of these, its feed says for it.
    inherited: Raw = said if version.startswith("atom") else {}
    sound = [_sound(raw) for raw in raws]
    channel = Channel(said, version, _text(said.get("language")), inherited, _unread(sound))
    return channel, [_entry(raw, channel.language, document.base, inherited) for raw in sound]


def feed(document: Document, channel: Channel, entries: Sequence[Entry], known: frozenset[bytes]) -> Feed:
    """The feed with those of its identified entries that are not known."""
    return Feed(
        title=_plain(channel.said, "title"),
        link=_page(channel.said),
        id=_text(channel.said.get("id")),
        language=channel.language,
        entries=tuple(entry for entry in entries if entry.hash not in known),
        hashes=frozenset(entry.hash for entry in entries),
        hints=hints.hints(channel.said, document.body),
        hub=_related(channel.said, "hub"),
        topic=_related(channel.said, "self"),
        notes=channel.notes,
    )


def _looks_like(body: bytes) -> str:
    head = body[:1024].lower()
    if not body.strip():
        return ": it is empty"
    if b"<html" in head or b"<!doctype html" in head:
        return ": it is a web page"
    return ""


def malformed(parsed: Raw) -> str:
    error = parsed.get("bozo_exception")
    if not parsed.get("bozo") or error is None or isinstance(error, _FORGIVEN):
        return ""
    return " ".join(str(error).split())[:200] or type(error).__name__


# ── Entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _sound(raw: Raw) -> Raw:
    """A plain dict (FeedParserDict answers `updated` with `published`, and warns) of what has feedparser's shape."""
    shaped: dict[str, Any] = {k: v for k, v in raw.items() if isinstance(v, _SHAPES.get(k, object))}
    return {**shaped, "source": _sound(shaped["source"])} if "source" in shaped else shaped


def _entry(raw: Raw, language: str, document_base: str, inherited: Raw) -> Entry:
    get = raw.get
    content, detail = _content(get("content") or ())
    summary, summary_detail = _html(get("summary_detail"))
    if summary == content or _text(get("summary")) == _text(detail.get("value")):
        summary = ""  # feedparser repeats Atom's content here
    pictured: Sequence[Raw] = [item for item in get("media_content") or () if isinstance(item, dict)]
    if not content and not summary:
        content = _others_words(raw, pictured)
    details: tuple[Raw, ...] = (detail, summary_detail, get("title_detail") or {})
    base = next((b for d in details if (b := _text(d.get("base"))) and b != document_base), "")
    spoken = _text(get("language")) or next((s for d in details if (s := _text(d.get("language")))), "")
    image, picture = media.image(raw, pictured)
    givers: tuple[Raw, ...] = (raw, get("source") or {}, inherited)
    return Entry(
        guid=_text(get("id")),
        title=_title(raw),
        link=_page(raw),
        summary=summary,
        content=content,
        authors=next(filter(None, map(_authors, givers)), ()),
        published=_instant(raw, "published", "created"),
        updated=_instant(raw, "updated"),
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


def _instant(raw: Raw, *names: str) -> int:
    """The first of these dates that can be read."""
    texts = filter(None, (_text(raw.get(name)) for name in names))
    return next(filter(None, (dates.instant(text) or dates.period(text) for text in texts)), 0)


def _unread(raws: Iterable[Raw]) -> tuple[str, ...]:
    """A note on the dates that say nothing to us, if there are any."""
    told = [text for raw in raws for name in _DATES if dates.is_unread(text := _text(raw.get(name)))]
    return (dates.not_understood(told),) if told else ()


def _others_words(raw: Raw, pictured: Sequence[Raw]) -> str:
    """What is said beside an entry that says nothing itself: of its group of media, of the episode, its pictures."""
    given = (raw.get("media_description_said"), raw.get("itunes_summary_detail"), raw.get("itunes_subtitle_detail"))
    videos = (item.get("media_description_said") for item in pictured if item not in media.pictured(pictured))
    found = (_html(detail)[0] for detail in (*given, *videos) if isinstance(detail, dict))
    return next(filter(None, found), "") or media.shown(pictured)


def _title(raw: Raw) -> str:
    """The entry's own; else its media's or its episode's."""
    said = {"media_title_detail": raw.get("media_title_said")}
    return _plain(raw, "title") or _plain(said, "media_title") or _plain(raw, "itunes_title")


def _plain(raw: Raw, name: str) -> str:
    """A text construct as text: tags go where the feed says, or feedparser sees, that it is HTML."""
    detail: Raw = raw.get(f"{name}_detail") or {}
    value = _text(detail.get("value")) or _text(raw.get(name))
    return markup.words(value) if _DETAIL.get(detail.get("type", "")) else " ".join(value.split())


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
    """The longest that is text: feeds with two contents have an excerpt or an empty one beside the article."""
    return max((_html(content) for content in contents), key=lambda found: len(found[0]), default=("", {}))


def _category(tag: Raw) -> str:
    return markup.name(_text(tag.get("label")) or _text(tag.get("term")))


def _authors(raw: Raw) -> tuple[Person, ...]:
    own = people.each(person for said in raw.get("authors") or () for person in _people(said))
    return own or people.read(_text(raw.get("itunes_author")))


def _people(said: Raw) -> tuple[Person, ...]:
    if text := _text(said.get("said")):
        return people.read(text)
    return (people.person(_text(said.get("name")), _text(said.get("email")), _text(said.get("href"))),)


def _origin(source: Raw | None) -> Origin | None:
    if not source:
        return None
    own = next((_text(k.get("href")) for k in source.get("links", ()) if k.get("rel") == "self"), "")
    address = own or _text(source.get("href")) or _text(source.get("url"))
    found = Origin(_plain(source, "title"), _text(source.get("link")), address, _text(source.get("id")))
    return found if found != Origin() else None
