"""What is published: stories, what an output says of itself, and the bytes."""

from __future__ import annotations

from dataclasses import dataclass, field

from aggregator.model.entries import Entry, Origin, Reference

STATUS = "status"
"""The output that tells how the sources are; no other may have its name."""


@dataclass(frozen=True, slots=True)
class Copy:
    """One copy of a story: the entry, the source it came through, and that source's priority.

    It is `gone` for good when its file is there no more, or its feed was answered with 410; what a feed merely lists no
    longer is not. `source_id` is the source's row, 0 where there is none.
    """

    source: Origin
    entry: Entry
    priority: int = 0
    gone: bool = False
    source_id: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Story:
    """One article, however many copies. `id` is a URN for ever; `published` never jumps; `shown` is the copy to read.

    `published` is the earlier of what the first copy said and when we saw it; `related` are other stories like it.
    `page` is the id of the story that has its page, "" for its own: of a copy that stands by itself.
    """

    id: str
    published: int
    updated: int
    shown: Copy
    others: tuple[Copy, ...] = ()
    categories: tuple[str, ...] = ()
    related: tuple[Reference, ...] = ()
    page: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """What an output says of itself: all that its editions need besides stories. `link` is its page's address,
    `base` the address its editions are under, with a slash at the end. `older` is the name of the page before this
    one; an archive page has in `current` the name of the output itself. `content` is "full" or "summary"; with
    `source_line` the articles begin with a line that names their source. `hub` is the WebSub hub that tells of changes,
    `icon` a picture's address ("" for our own). `pages` is the address of a story's page from `base`, with "{}" for the
    story's name, "" where stories have none. `withdrawn` are the ids of stories that were taken back lately, and when.
    """

    name: str
    title: str
    link: str
    base: str
    description: str = ""
    language: str = ""
    notice: str = ""
    older: str = ""
    current: str = ""
    content: str = "full"
    icon: str = ""
    source_line: bool = False
    hub: str = ""
    pages: str = ""
    withdrawn: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Edition:
    """The bytes of one output in one format. `updated` is the instant of its newest change, `items` how many it has."""

    name: str
    content_type: str
    body: bytes
    updated: int
    items: int = 0
