"""Story → Item: what every format says of a story, cleaned, with every fallback decided.

The formats only write. Also Channel → Channel, cleaned the same way, and the loop that leaves out a story
that cannot be written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape

from aggregator.model import Channel, Copy, Enclosure, Entry, Origin, Person, Reference, Story
from aggregator.publish import Report, text

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


def each(
    channel: Channel,
    stories: Sequence[Story],
    write: Callable[[Channel, Item], bytes],
    report: Report | None = None,
) -> list[bytes]:
    """The stories as `write` writes them, in their order, an id once. `channel` is a tidy one.

    One that raises is reported and left out: one bad story must not cost subscribers the feed.
    """
    written: dict[str, bytes] = {}
    for story in stories:
        if story.id in written:
            continue
        try:
            written[story.id] = write(channel, item(channel, story))
        except Exception as error:  # noqa: BLE001  whatever it is, the other stories are not to blame
            if report is not None:
                report(story.id, error)
    return list(written.values())


def tidy(channel: Channel) -> Channel:
    """The channel with what the formats demand: a title, an address, a description, a base."""
    base = text.address(channel.base).rstrip("/") + "/" if text.address(channel.base) else "http://localhost/"
    title = text.line(channel.title) or text.line(channel.name) or "Untitled"
    return replace(
        channel,
        title=title,
        link=text.address(channel.link) or base,
        base=base,
        description=text.line(channel.description),
        language=text.language(channel.language),
        notice=text.line(channel.notice),
        hub=text.address(channel.hub),
    )


def address(channel: Channel, suffix: str = "") -> str:
    """Where a tidy channel's edition is; without a suffix, what names the channel, whatever the format."""
    name = text.address(f"{channel.base}{channel.name}")
    return f"{name}.{suffix}" if suffix else name


def item(channel: Channel, story: Story) -> Item:
    """What is written of the story in a tidy channel."""
    entry, source = story.shown.entry, _origin(story.shown.source)
    link = text.address(entry.link)
    title = _title(entry, link)
    others = tuple(map(_elsewhere, story.others))
    summary, content = _bodies(
        entry, _also(others) + _read(story.related) + (text.markup(channel.notice) if channel.notice else "")
    )
    if not text.clean(story.id).strip():
        raise ValueError("a story without an id cannot be published")
    return Item(
        id=text.clean(story.id).strip(),
        link=link,
        title=title,
        summary=summary,
        content=content,
        authors=tuple(dict.fromkeys(p for p in map(_person, entry.authors) if p.name)),
        published=story.published,
        updated=story.updated,
        categories=tuple(dict.fromkeys(c for c in map(text.line, story.categories) if c)),
        enclosures=_enclosures(entry),
        comments=text.address(entry.comments),
        image=text.address(entry.image),
        language=text.language(entry.language),
        rights=text.line(entry.rights),
        source=source,
        others=others,
    )


def _title(entry: Entry, link: str) -> str:
    """The entry's title, else how its text begins, else its address: Atom requires one, readers show one."""
    beginnings = (text.words(html, 80) for html in (entry.summary, entry.content))
    return text.line(entry.title) or next((b for b in beginnings if b), "") or link or "Untitled"


def _also(others: Sequence[Elsewhere]) -> str:
    """A line with the other copies, for people; each source once."""
    links = dict.fromkeys(
        f'<a href="{escape(other.url)}">{escape(other.source.title or other.url, quote=False)}</a>'
        for other in others
        if other.url
    )
    return f"<p>Also at: {', '.join(links)}</p>" if links else ""


def _read(related: Sequence[Reference]) -> str:
    """A line with related stories, for people."""
    links = [
        f'<a href="{escape(address)}">{escape(text.line(reference.title), quote=False)}</a>'
        for reference in related
        if (address := text.address(reference.url)) and text.line(reference.title)
    ]
    return f"<p>Read also: {', '.join(links)}</p>" if links else ""


def _bodies(entry: Entry, below: str) -> tuple[str, str]:
    """Summary and content, what belongs under them below the content, or below the summary where it is alone."""
    summary, content = (text.clean(html).strip() for html in (entry.summary, entry.content))
    if content:
        return ("" if summary == content else summary), content + below
    if summary:
        return summary + below, ""
    return "", below


def _person(person: Person) -> Person:
    """With a name, if there is anything at all; addresses in names are taken out: validators warn."""
    email, url = text.email(person.email), text.address(person.url)
    name = text.name(person.name)
    return Person(name or email.partition("@")[0] or url, email, url)


def _enclosures(entry: Entry) -> tuple[Enclosure, ...]:
    """Each file once, as it is named first."""
    found: dict[str, Enclosure] = {}
    for enclosure in map(_enclosure, entry.enclosures):
        if enclosure.url:
            found.setdefault(enclosure.url, enclosure)
    return tuple(found.values())


def _enclosure(enclosure: Enclosure) -> Enclosure:
    url = text.address(enclosure.url)
    return Enclosure(
        url=url,
        type=text.media_type(enclosure.type, url),
        length=min(max(enclosure.length, 0), _LONGEST),
        title=text.line(enclosure.title),
        duration=min(max(enclosure.duration, 0), _LONGEST),
    )


def _origin(origin: Origin) -> Origin:
    return Origin(text.line(origin.title), text.address(origin.link), text.address(origin.feed), text.line(origin.id))


def _elsewhere(copy: Copy) -> Elsewhere:
    return Elsewhere(_origin(copy.source), text.address(copy.entry.link), text.line(copy.entry.title))
