"""Story → Item: what every format says of a story, cleaned, with every fallback decided.

The formats only write. Also Channel → Channel, cleaned the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from aggregator.model import Channel, Copy, Enclosure, Entry, Origin, Person, Reference, Story
from aggregator.text import local_files, writable

_SHORT = 300  # characters that an article's beginning has,
_SUMMARY = 1000  # and at most what a source calls its summary, for where there is nothing else it is the whole article
_LONGEST = 2**53  # beyond it a number is no longer one to every JSON reader


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another copy of the story: through which source it came, its address and title there."""

    source: Origin
    url: str
    title: str


@dataclass(frozen=True, slots=True)
class Item:
    """A story as it is written. Addresses are http(s) or empty, texts clean, `summary` and `content` HTML.

    `title` is never empty. `summary` and `content` differ, or both are empty. Each of the `authors` has a name.
    """

    id: str
    link: str
    title: str
    summary: str
    content: str
    authors: tuple[Person, ...]
    published: int
    updated: int
    categories: tuple[str, ...]
    enclosures: tuple[Enclosure, ...]
    comments: str
    image: str
    language: str
    rights: str
    source: Origin
    others: tuple[Elsewhere, ...]
    attribution: Reference
    related: tuple[Reference, ...]
    picture: tuple[int, int] = (0, 0)
    replies: int = 0
    replies_feed: str = ""
    direction: str = ""


def tidy(channel: Channel) -> Channel:
    """Return the channel with what the formats demand: a title, an address, a description, a base."""
    base = writable.address(channel.base).rstrip("/") + "/"
    if not writable.address(f"{base}{channel.name}"):  # "http://0.." is an address, and nothing in it is
        base = "http://localhost/"
    title = writable.line(channel.title) or writable.line(channel.name) or "Untitled"
    return replace(
        channel,
        title=title,
        link=writable.address(channel.link) or base,
        base=base,
        description=writable.line(channel.description),
        language=writable.language(channel.language),
        notice=writable.line(channel.notice),
        hub=writable.address(channel.hub),
        icon=writable.address(channel.icon) or f"{base}icon.png",
    )


def address(channel: Channel, suffix: str, name: str = "") -> str:
    """Return the address of a tidy channel's edition, or of another name's beside it."""
    return writable.address(f"{channel.base}{name or channel.name}") + f".{suffix}"


def identity(channel: Channel) -> str:
    """Return what names a tidy channel for ever, whatever the format; its archive pages are parts of it."""
    return writable.address(f"{channel.base}{channel.current or channel.name}")


def item(channel: Channel, story: Story) -> Item:
    """Return what is written of the story in a tidy channel."""
    entry, source = _with_files(story.shown.entry, channel.base), _origin(story.shown.source)
    link = writable.address(entry.link)
    title = title_of(entry, link)
    link = link or page(channel, story)
    others = tuple(map(_elsewhere, story.others))
    above = _from_html(source) if channel.source_line else ""
    attribution = reference(entry.attribution or Reference())
    related = related_to(story)
    notice = writable.markup(channel.notice) if channel.notice else ""
    below = _published_at_html(attribution) + _also_at_html(others) + _read_also_html(entry, related) + notice
    language = writable.language(entry.language)
    beginning = f"{entry.title} {writable.text_of(entry.content or entry.summary, 500)}"
    direction = "rtl" if writable.is_right_to_left(beginning) else ""
    shown = _summarised(entry, link) if channel.content == "summary" else entry
    summary, content = _bodies(_directed(shown, direction, language), above, below)
    if not writable.clean(story.id).strip():
        raise ValueError("a story without an id cannot be published")
    return Item(
        id=writable.clean(story.id).strip(),
        link=link,
        title=title,
        summary=summary,
        content=content,
        authors=tuple(dict.fromkeys(p for p in map(_person, entry.authors) if p.name)),
        published=story.published,
        updated=story.updated,
        categories=tuple(dict.fromkeys(c for c in map(writable.line, story.categories) if c)),
        enclosures=enclosures_of(entry),
        comments=writable.address(entry.comments),
        image=writable.address(entry.image),
        language=language,
        rights=writable.line(entry.rights),
        source=source,
        others=others,
        attribution=attribution,
        related=related,
        picture=entry.picture if min(entry.picture) > 0 else (0, 0),
        replies=min(max(entry.replies, 0), _LONGEST),
        replies_feed=writable.address(entry.replies_feed),
        direction=direction,
    )


def page(channel: Channel, story: Story) -> str:
    """Return the address of the story's page in a tidy channel, "" where there is none."""
    name = writable.clean(story.page or story.id).strip().removeprefix("urn:uuid:")
    return writable.address(f"{channel.base}{channel.pages.format(name)}") if channel.pages and name else ""


def related_to(story: Story) -> tuple[Reference, ...]:
    """Return what the story says is to be read also, then what is like it."""
    related = map(reference, (*story.shown.entry.related, *story.related))
    return tuple(dict.fromkeys(other for other in related if other != Reference()))


def _with_files(entry: Entry, base: str) -> Entry:
    """Return the entry with the public addresses of the files that lie beside it: pictures, sound, films."""
    summary, content, image = (
        local_files.published(text, base) for text in (entry.summary, entry.content, entry.image)
    )
    return replace(entry, summary=summary, content=content, image=image)


def _directed(entry: Entry, direction: str, language: str) -> Entry:
    """Return the entry with its HTML set from right to left, where it is written so: readers start from the left."""
    if not direction:
        return entry
    lang = f' lang="{escape(language)}"' if language else ""
    start = f'<div dir="{direction}"{lang}>'
    summary, content = (f"{start}{html}</div>" if html.strip() else "" for html in (entry.summary, entry.content))
    return replace(entry, summary=summary, content=content)


def title_of(entry: Entry, link: str) -> str:
    """Return the entry's title, else how its text begins, what its picture shows, its address: Atom requires one."""
    html = entry.summary, entry.content
    beginnings = (read(markup, 80) for read in (writable.text_of, writable.pictured) for markup in html)
    return writable.line(entry.title) or next((b for b in beginnings if b), "") or link or "Untitled"


# The lines below the text, for people.


def _published_at_html(attribution: Reference) -> str:
    """Return the "Published at" line: where the text says that it is from, which was taken out when it was read."""
    return f"<p>Published at: {_link_html(attribution)}</p>" if attribution != Reference() else ""


def _also_at_html(others: Sequence[Elsewhere]) -> str:
    """Return the "Also at" line: the other copies, each source once."""
    links = dict.fromkeys(_link_html(Reference(other.source.title, other.url)) for other in others if other.url)
    return f"<p>Also at: {', '.join(links)}</p>" if links else ""


def _read_also_html(entry: Entry, related: Sequence[Reference]) -> str:
    """Return the "Read also" line."""
    shown = unsaid(entry, related)
    return f"<p>Read also: {', '.join(map(_link_html, shown))}</p>" if shown else ""


def unsaid(entry: Entry, related: Sequence[Reference]) -> list[Reference]:
    """Return what is to be read also without what the text itself still says."""
    body = entry.content or entry.summary
    return [r for r in related if (escape(r.url) or escape(r.title, quote=False)) not in body]


def _link_html(reference: Reference) -> str:
    name = escape(reference.title or reference.url, quote=False)
    return f'<a href="{escape(reference.url)}">{name}</a>' if reference.url else name


def _from_html(source: Origin) -> str:
    """Return the "From" line with the source, for people whose reader hides it."""
    name = escape(source.title or source.link, quote=False)
    shown = f'<a href="{escape(source.link)}">{name}</a>' if source.link else name
    return f"<p>From {shown}</p>" if name else ""


def _summarised(entry: Entry, link: str) -> Entry:
    """Return the entry with its summary alone, or else how its text begins, and where to read on."""
    summary, content = (writable.clean(html).strip() for html in (entry.summary, entry.content))
    if not summary or summary == content or (not content and len(writable.text_of(summary)) > _SUMMARY):
        whole = writable.text_of(content or summary)
        beginning = writable.text_of(content or summary, _SHORT) if len(whole) > _SHORT else whole
        summary, is_whole = writable.markup(beginning) if beginning else "", beginning == whole
    else:
        is_whole = not content
    more = "" if is_whole or not link else f'<p><a href="{escape(link)}">Read on</a></p>'
    return replace(entry, summary=summary + more, content="")


def _bodies(entry: Entry, above: str, below: str) -> tuple[str, str]:
    """Return summary and content; what belongs above and below goes with the content, or a summary that is alone."""
    summary, content = (writable.clean(html).strip() for html in (entry.summary, entry.content))
    if content:
        return ("" if summary == content else summary), above + content + below
    if summary:
        return above + summary + below, ""
    return "", above + below


def _person(person: Person) -> Person:
    """Return the person with a name, if there is anything at all; no addresses in names: validators warn of them."""
    email, url = writable.email(person.email), writable.address(person.url)
    name = writable.name(person.name)
    return Person(name or email.partition("@")[0] or url, email, url)


def enclosures_of(entry: Entry) -> tuple[Enclosure, ...]:
    """Return each file once, as it is named first."""
    by_address: dict[str, Enclosure] = {}
    for enclosure in map(_enclosure, entry.enclosures):
        if enclosure.url:
            by_address.setdefault(enclosure.url, enclosure)
    return tuple(by_address.values())


def _enclosure(enclosure: Enclosure) -> Enclosure:
    url = writable.address(enclosure.url)
    return Enclosure(
        url=url,
        type=writable.media_type(enclosure.type, url),
        length=min(max(enclosure.length, 0), _LONGEST),
        title=writable.line(enclosure.title),
        duration=min(max(enclosure.duration, 0), _LONGEST),
    )


def _origin(origin: Origin) -> Origin:
    line, address = writable.line, writable.address
    return Origin(line(origin.title), address(origin.link), address(origin.feed), line(origin.id))


def reference(given: Reference) -> Reference:
    """Return a reference as it is written."""
    return Reference(writable.line(given.title), writable.address(given.url))


def _elsewhere(copy: Copy) -> Elsewhere:
    return Elsewhere(_origin(copy.source), writable.address(copy.entry.link), writable.line(copy.entry.title))
