"""Story → its page: all that there is of it, each copy with how it was recognised, and what edits changed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import ClassVar

from markupsafe import Markup

from aggregator.model import Channel, Reference, Story
from aggregator.render import items
from aggregator.render.html import article
from aggregator.render.html.cards import From, Picture, minutes, source_of
from aggregator.render.html.site import Site, name_of
from aggregator.render.html.templates import Context
from aggregator.render.items import Item
from aggregator.text import writable
from aggregator.text.segments import Kind, Segment, abridged

_SHOWN, _AROUND = 3000, 240  # characters of a text that is compared, and of each end of a passage
_EDITED, _BESIDE = 4000, 160  # the same of an edit
_BAR = 1000  # units that a text is wide in the picture
_LEAST = 4  # units: what is narrower can't be seen
_HOW = {
    "new": "The first copy that came here.",
    "guid": "Recognised by its id, which a copy had that was here before.",
    "url": "Recognised by its address, which another copy has, too.",
    "text": "Recognised by its text, which runs along another copy's: {score} of the shorter is in the longer.",
    "operator": "Put here by the operator.",
}


Band = tuple[float, float, float, float]
"""Where a shared passage starts and ends in the article and in the copy, each from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Link:
    """Where to read on: a title and an address from the page, and whose it is, None where nobody says."""

    title: str
    url: str
    source: From | None = None


@dataclass(frozen=True, slots=True)
class Picturing:
    """Two texts as bars, one above the other, and what joins them: for each passage, the corners of its bands in the
    upper bar, in the lower, and of what is between. `width` is the bars', `said` the picture in words."""

    width: int
    ours: tuple[tuple[int, int], ...]
    theirs: tuple[tuple[int, int], ...]
    between: tuple[str, ...]
    said: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A copy's text beside the one that is shown, both abridged."""

    ours: Sequence[Segment]
    theirs: Sequence[Segment]
    picture: Picturing


@dataclass(frozen=True, slots=True)
class Sighting:
    """A copy other than the one that is shown. `url` is "" where it has none; `said` is when its source published it, 0
    for never; `how` it was recognised, in words. It is `gone` where its file or its feed is."""

    source: From
    title: str
    url: str
    seen: int
    said: int
    how: str
    gone: bool = False
    compared: Compared | None = None
    entry: int = 0
    language: str = ""
    direction: str = "ltr"


@dataclass(frozen=True, slots=True)
class Edit:
    """What an edit changed, `at` this instant; empty where the title or the text stayed."""

    at: int
    title: Sequence[Segment]
    text: Sequence[Segment]


@dataclass(frozen=True, slots=True)
class StoryPage(Context):
    """What story.html is given."""

    template: ClassVar[str] = "story.html"

    site: Site
    """What every page shows."""
    up: str
    """The way from this page's address to the site's own."""
    name: str
    """What names the story in its page's address."""
    row: int
    """The row of the copy that is shown."""
    item: Item
    """What every format says of the story, without the lines below its text, which are here each by itself."""
    canonical: str
    """The page's one address, absolute."""
    deck: str
    """What the article says before it begins, as text; "" for nothing."""
    body: Markup
    """The article, as it fits the page; "" where its source has sent no more than a title."""
    picture: Picture | None
    """The picture that the source names beside the article, where the article itself doesn't show it."""
    source: From
    """Whose copy is shown."""
    how: str
    """How the copy that is shown was recognised, in words."""
    seen: int
    """When the copy that is shown was first seen here."""
    minutes: int
    """How long it takes to read; 0 for what is read at a glance."""
    published_at: Reference
    """Where the article was published: what its text says, else its source."""
    read_also: Sequence[Link]
    """What the article itself says is to be read also."""
    alike: Sequence[Link]
    """Other stories here that are most like this one."""
    copies: Sequence[Sighting]
    """The copies beside the one that is shown, in the order in which they came."""
    edits: Sequence[Edit]
    """What substantive edits changed, the newest first."""
    earlier: int
    """How many more edits there were."""


def page(
    site: Site,
    channel: Channel,
    story: Story,
    *,
    up: str,
    row: int = 0,
    words: int,
    how: str,
    seen: int,
    alike: Sequence[Link] = (),
    copies: Sequence[Sighting] = (),
    edits: Sequence[Edit] = (),
    earlier: int = 0,
) -> StoryPage:
    """Return the page of a story whose text has so many `words`, at an address from which the site's own is `up`.

    `channel` is the one whose words the page has, tidy. ValueError for a story without an id.
    """
    entry = story.shown.entry
    bare = replace(entry, attribution=None, related=())
    item = items.item(
        replace(channel, notice="", content="full", source_line=False),
        replace(story, shown=replace(story.shown, entry=bare), others=(), related=()),
    )
    text, deck = _parts(item)
    attribution = items.reference(entry.attribution or Reference())
    source = source_of(story.shown)
    own = "" if item.link == items.page(channel, story) else item.link
    related = [Link(r.title or r.url, r.url) for r in items.unsaid(entry, items.related_to(story))]
    local = _local(channel.base, up)
    return StoryPage(
        site=site,
        up=up,
        name=name_of(story.id),
        row=row,
        item=replace(item, link=own),
        canonical=writable.address(f"{channel.base}{site.story(story.id)}"),
        deck=deck,
        body=Markup(article.dressed(text, images=site.images, title=item.title, address=local)),  # noqa: S704
        picture=_picture(site, item, text, local),
        source=source,
        how=how,
        seen=seen,
        minutes=minutes(words, writable.text_of(text, 300)),
        published_at=attribution if attribution != Reference() else Reference(source.name, own),
        read_also=related,
        alike=alike,
        copies=copies,
        edits=edits,
        earlier=earlier,
    )


def _parts(item: Item) -> tuple[str, str]:
    """Return the article's HTML, and what the source says of it first: its summary, if that is another text."""
    if not item.content or not item.summary:
        return item.content or item.summary, ""
    summary = writable.text_of(item.summary)
    beginning = writable.text_of(item.content, len(summary) + 200)
    told = "".join(filter(str.isalnum, summary)).casefold()
    said = "".join(filter(str.isalnum, beginning)).casefold()
    return item.content, ("" if not told or said.startswith(told[:200]) else summary)


def _picture(site: Site, item: Item, text: str, local: Callable[[str], str]) -> Picture | None:
    """Return the picture that the article has beside its text, where that may be shown and isn't shown in it."""
    url = local(item.image)
    if not url or escape(item.image) in text or (url == item.image and not site.images):
        return None
    return Picture(url, "", *item.picture)


def _local(base: str, up: str) -> Callable[[str], str]:
    """Return what writes the addresses of pictures that are the site's own from the page, on whatever host it is."""
    return lambda url: up + url.removeprefix(base) if url.startswith(f"{base}pictures/") else url


def recognised(joined: str, score: float) -> str:
    """Say how a copy was recognised; `score` is how much of the shorter text is in the longer, 0 to 1."""
    return _HOW.get(joined, "").format(score=_percent(score))


def _percent(share: float) -> str:
    """Write a share, 0 to 1; what is almost all is not all."""
    return f"{100 if share >= 1 else min(round(100 * share), 99)} %"


def compared(ours: Sequence[Segment], theirs: Sequence[Segment], bands: Sequence[Band], share: float) -> Compared:
    """Return the article's text and a copy's as they are shown beside each other, and the picture of how they lie.

    `bands` are where they run along each other, `share` is how much of the copy's words do so, 0 to 1.
    """
    said = f"{_percent(share)} of this copy's words run along the article."
    upper = tuple(_span(a, b) for a, b, _, _ in bands)
    lower = tuple(_span(a, b) for _, _, a, b in bands)
    between = tuple(
        f"{a},12 {a + width},12 {b + other},36 {b},36" for (a, width), (b, other) in zip(upper, lower, strict=True)
    )
    return Compared(
        abridged(ours, _SHOWN, _AROUND),
        abridged(theirs, _SHOWN, _AROUND),
        Picturing(_BAR, upper, lower, between, said),
    )


def _span(start: float, end: float) -> tuple[int, int]:
    """Return where a band is in the picture, and how wide."""
    first = min(round(start * _BAR), _BAR - _LEAST)
    return first, max(round(end * _BAR) - first, _LEAST)


def edit(at: int, title: Sequence[Segment], text: Sequence[Segment]) -> Edit:
    """Return an edit as it is shown: what changed, abridged."""
    return Edit(at, title if _is_changed(title) else (), abridged(text, _EDITED, _BESIDE) if _is_changed(text) else ())


def _is_changed(segments: Sequence[Segment]) -> bool:
    return any(segment.kind is not Kind.PLAIN for segment in segments)
