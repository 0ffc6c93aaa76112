"""Story → Card: what a river shows of it, with every fallback decided."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from typing import TYPE_CHECKING

from aggregator.model import Copy, Enclosure, Entry, Story
from aggregator.render import items
from aggregator.render.html.site import Site, hue, name_of
from aggregator.text import grams, local_files, writable

if TYPE_CHECKING:
    from markupsafe import Markup

_BEGINNING = 320  # characters of the text,
_TITLE, _NAME = 400, 80  # of a title, and of what names a source, an author, a category: a hundred times on a page
_TAGS, _AUTHORS = 4, 3
_ALSO = 5  # copies that are named
_PER_MINUTE, _CHARACTERS_PER_MINUTE = 230, 500  # what people read; of scripts without spaces every character is a word
_IMG = re.compile(r"<img\b[^<>]*>")
_ATTRIBUTE = re.compile(r'\s(src|alt|width|height)="([^"]*)"')
_LOOKED_AT = 30_000  # characters in which a picture is looked for
_LEAST = 100  # pixels: what is smaller is an ornament, or counts who looks

START, END = "\x02", "\x03"
"""What stands around the words that a search found, in `Hit`: no text that is stored has these characters."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What a search found in a story: its title and a passage, with START and END around the words; "" for neither."""

    title: str = ""
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture and what it shows; width and height are 0 where they aren't known.

    The address of one that is `local` starts from the site's own.
    """

    url: str
    alt: str = ""
    width: int = 0
    height: int = 0
    local: bool = False


@dataclass(frozen=True, slots=True)
class From:
    """A source as it is named on a page: its row, its name, the letter and the colour of its mark."""

    number: int
    name: str
    letter: str
    hue: int


@dataclass(frozen=True, slots=True)
class Also:
    """Another copy of a story: whose it is, and its address there, "" for none."""

    source: From
    url: str


@dataclass(frozen=True, slots=True)
class Card:
    """A story in a river. `link` is where it opens, from the site's own address where it is `local`; `page` is its own
    page from there. `title` and `beginning` are HTML, with marks in what a search found."""

    name: str
    link: str
    local: bool
    page: str
    title: str | Markup
    beginning: str | Markup
    source: From
    published: int
    authors: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    minutes: int = 0
    picture: Picture | None = None
    also: tuple[Also, ...] = ()
    more: int = 0
    """How many copies more there are."""
    language: str = ""
    direction: str = ""
    listen: tuple[Enclosure, ...] = field(default=())
    """Sound and film that belong to it."""


def card(site: Site, story: Story, words: int = 0, hit: Hit | None = None) -> Card:
    """Return what a river shows of a story whose text has so many `words`; ValueError where it has no id."""
    entry = story.shown.entry
    name = name_of(story.id)
    if not name:
        raise ValueError("a story without an id cannot be shown")
    link = writable.address(entry.link)
    title = items.title_of(entry, link)
    beginning = _beginning(entry, title)
    also = _also(story)
    return Card(
        name=name,
        link=link or site.story(story.id),
        local=not link,
        page=site.story(story.id),
        title=marked(hit.title) if hit and hit.title else writable.short(title, _TITLE),
        beginning=marked(hit.passage) if hit and hit.passage else beginning,
        source=source_of(story.shown),
        published=story.published,
        authors=_named(writable.name(person.name) for person in entry.authors)[:_AUTHORS],
        categories=_named(map(writable.line, story.categories))[:_TAGS],
        minutes=minutes(words, beginning),
        picture=_picture(site, entry),
        also=tuple(also[:_ALSO]),
        more=len(also[_ALSO:]),
        language=writable.language(entry.language),
        direction="rtl" if writable.is_right_to_left(f"{title} {beginning[:100]}") else "ltr",
        listen=tuple(e for e in items.enclosures_of(entry) if e.type.startswith(("audio/", "video/")))[:2],
    )


def _named(names: Iterable[str]) -> tuple[str, ...]:
    """Return the names that say something, each once, and none longer than a card has room for."""
    return tuple(dict.fromkeys(writable.short(name, _NAME) for name in names if name))


def source_of(copy: Copy) -> From:
    """Return the copy's source as pages name it."""
    origin = copy.source
    named = writable.line(origin.title) or writable.address(origin.link).partition("//")[2].rstrip("/") or "Unnamed"
    return marked_source(copy.source_id, named, origin.feed or origin.id)


def marked_source(number: int, named: str, identity: str) -> From:
    """Return a source with its mark, whose colour is that of its `identity`, an address or an id; else of its name."""
    letter = next((character for character in named if character.isalnum()), "·").upper()
    return From(number, writable.short(named, _NAME), letter[:1], hue(identity or named))


def marked(text: str) -> Markup:
    """Return the text as HTML with a <mark> wherever START and END stand around words."""
    from markupsafe import Markup, escape

    before, *found = text.split(START)
    html = escape(writable.clean(before))
    for piece in found:
        words, _, after = piece.partition(END)
        html += Markup("<mark>%s</mark>%s") % (writable.clean(words), writable.clean(after))
    return html


def _picture(site: Site, entry: Entry) -> Picture | None:
    """Return the entry's picture, as the site shows it: of one that lies beside the article the site has a copy."""
    picture = picture_of(entry)
    if picture and picture.url.startswith(local_files.ROOT):
        return replace(picture, url=local_files.published(picture.url, ""), local=True)
    return picture if site.images else None


def picture_of(entry: Entry) -> Picture | None:
    """Return the entry's picture: the one that it names, else the first of its text that is no ornament."""
    pictures = list(_pictures(entry))
    named = writable.address(entry.image)
    if named:
        alt = next((picture.alt for picture in pictures if picture.url == named), "")
        return Picture(named, alt, *(entry.picture if min(entry.picture) > 0 else (0, 0)))
    return next((p for p in pictures if not 0 < p.width < _LEAST and not 0 < p.height < _LEAST), None)


def _pictures(entry: Entry) -> Sequence[Picture]:
    found = []
    for match in _IMG.finditer((entry.content or entry.summary)[:_LOOKED_AT]):
        given: Mapping[str, str] = dict(_ATTRIBUTE.findall(match[0]))
        url = writable.address(unescape(given.get("src", "")))
        if url:
            alt = writable.line(unescape(given.get("alt", "")))
            found.append(Picture(url, alt, _pixels(given.get("width")), _pixels(given.get("height"))))
    return found


def _pixels(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 6 else 0


def _beginning(entry: Entry, title: str) -> str:
    for html in (entry.summary, entry.content):
        text = writable.text_of(html, _BEGINNING) if html else ""
        if text and text != title:
            return text
    return ""


def minutes(words: int, beginning: str) -> int:
    """Return how long a text of so many words, which begins so, takes to read, in minutes; 0 for a glance."""
    rate = _CHARACTERS_PER_MINUTE if grams.has_any(beginning) else _PER_MINUTE
    return round(words / rate)


def _also(story: Story) -> list[Also]:
    """Return the other copies, each source once, and not the one that is shown."""
    shown = {story.shown.source_id}
    copies = []
    for copy in story.others:
        if copy.source_id not in shown or not copy.source_id:
            shown.add(copy.source_id)
            copies.append(Also(source_of(copy), writable.address(copy.entry.link)))
    return copies
