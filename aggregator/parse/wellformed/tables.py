"""Which elements of an entry, of a feed and of an entry's source are read, and how."""

from __future__ import annotations

from collections.abc import Mapping

from aggregator.parse.wellformed import categories, handled, links, media, people, texts
from aggregator.parse.wellformed.constructs import Part
from aggregator.parse.wellformed.reader import Context, Handler, Reader


def _source(reader: Reader, context: Context, part: Part) -> None:
    inner = source()
    if "url" in part.attributes:
        inner.raw["href"] = part.attributes["url"]
    for child in reader.parts(part):
        if child.name not in SOURCE or child.name == "link":
            child.say_nothing()
        reader.child(inner, child)
    if title := part.own_text():
        inner.raw["title"] = title
    context.raw["source"] = inner.raw
    context.titled = False


# ── Which elements are read, and how ─────────────────────────────────────────────────────────────────────────────────


def _of(handler: Handler, *names: str) -> dict[str, Handler]:
    return dict.fromkeys(names, handler)


_ALL: Mapping[str, Handler] = {
    **_of(texts.title, "title", "dc_title"),
    **_of(links.link, "link"),
    **_of(links.guid, "guid", "id"),
    **_of(people.author, "author", "managingeditor", "dc_author", "dc_creator"),
    **_of(people.contributor, "contributor"),
    **_of(texts.text("itunes_author"), "itunes_author"),
    **_of(texts.rights, "rights", "copyright", "dc_rights"),
    **_of(texts.license_, "creativecommons_license"),
}
ENTRY: Mapping[str, Handler] = {
    **_ALL,
    **media.MEDIA,
    **_of(texts.unread, "subtitle", "tagline"),
    **_of(texts.described("text/html"), "description", "dc_description"),
    **_of(texts.described("text/plain"), "abstract", "summary"),
    **_of(texts.content, "content"),
    **_of(texts.encoded, "content_encoded"),
    **_of(texts.episode, "itunes_summary", "itunes_subtitle"),
    **_of(texts.text("published"), "published", "issued", "pubdate", "dcterms_issued"),
    **_of(texts.text("updated"), "updated", "modified", "lastbuilddate", "dc_date", "dcterms_modified"),
    **_of(texts.text("created"), "created", "dcterms_created"),
    **_of(texts.text("language"), "language", "dc_language"),
    **_of(categories.category, "category", "keywords", "dc_subject"),
    **_of(categories.episode_category, "itunes_category"),
    **_of(categories.keywords, "itunes_keywords"),
    **_of(links.enclosure, "enclosure"),
    **_of(_source, "source"),
    **_of(media.image, "image"),
    **_of(media.episode_image, "itunes_image", "itunes_link"),
    **_of(texts.said, "itunes_duration", "itunes_title", "slash_comments"),
    **_of(texts.located, "comments", "wfw_commentrss"),
}
SOURCE: Mapping[str, Handler] = {**_ALL, **_of(texts.unread, "subtitle", "tagline")}
FEED: Mapping[str, Handler] = {
    **_ALL,
    **_of(texts.text("language"), "language", "dc_language"),
    **_of(media.feed_image, "image", "textinput"),
    **_of(texts.unread, "subtitle", "tagline", "description", "dc_description", "abstract", "info"),
    **_of(texts.unread, "feedburner_browserfriendly", "itunes_summary", "itunes_subtitle"),
    **_of(texts.said, "ttl", "sy_updateperiod", "sy_updatefrequency"),
}


def entry() -> Context:
    """Begin to read an entry."""
    return Context(ENTRY, handled.IN_ENTRIES, is_entry=True)


def feed() -> Context:
    """Begin to read a feed."""
    return Context(FEED, handled.IN_FEEDS)


def source() -> Context:
    """Begin to read an entry's source."""
    return Context(SOURCE, handled.IN_SOURCES, is_source=True)
