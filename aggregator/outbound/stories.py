"""Store → select → the page of one story: its copies, compared, and what edits changed."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice, pairwise

from sqlite_utils import Database

from aggregator.config import Config
from aggregator.model import Copy, Entry, Story
from aggregator.outbound import rivers
from aggregator.outbound.outputs import channel_of, site_of, untracked
from aggregator.refine import edits
from aggregator.refine.difference import COMPARED, difference
from aggregator.refine.passages import along
from aggregator.render import items
from aggregator.render.html import story as pages
from aggregator.render.html.cards import source_of
from aggregator.render.html.site import Site
from aggregator.render.html.story import Compared, Link, Sighting, StoryPage
from aggregator.store import copies, selection, trails, versions
from aggregator.store import rivers as reading
from aggregator.store.copies import StoredCopy
from aggregator.store.trails import Step, Trail
from aggregator.text import characters, writable

_ALIKE = 5  # other stories
_COMPARED = 10  # copies whose texts are shown beside the article's
_LISTED = 100  # copies
_EDITS = 10
_SHORT = 100  # characters: what has less is compared at a glance


def find(database: Database, urn: str) -> Trail | None:
    """Return the trail of the story with this id, or of the one that it was merged into; None where there is none."""
    return trails.trail_of(database, urn)


def page(database: Database, config: Config, trail: Trail, up: str) -> StoryPage | None:
    """Return a story's page, at an address from which the way to the site's own is `up`.

    None for one that is hidden, whose sources are all configured no longer, or that the only output's rules keep out.
    """
    if trail.hidden:
        return None
    stored = copies.load(database, [trail.id]).get(trail.id)
    shown_anywhere = rivers.courses(config, 0)[0].rules  # what the front page shows nowhere has no page either
    if not stored or not selection.within(database, shown_anywhere, trail.id, trail.id):
        return None
    site = site_of(config)
    row = (trail.story, trail.published, trail.updated)
    story = untracked(selection.of_copies(row, [copy.copy for copy in stored]))
    steps = {step.entry: step for step in trail.steps}
    shown = steps[stored[0].id]
    changes = list(_edits(database, stored[0]))
    return pages.page(
        site,
        items.tidy(channel_of(config.outputs[0], config)),
        story,
        up=up,
        row=stored[0].id,
        words=reading.words(database, [trail.id]).get(trail.id, 0),
        how=pages.recognised(shown.joined, shown.score),
        seen=shown.seen,
        alike=_alike(database, config, site, story, up),
        copies=list(_sightings(stored, story, steps)),
        edits=[pages.edit(at, difference(*title), difference(*text)) for at, title, text in changes[:_EDITS]],
        earlier=len(changes[_EDITS:]),
    )


def _alike(database: Database, config: Config, site: Site, story: Story, up: str) -> list[Link]:
    """Return the stories most like this one of those that the front page may show."""
    rules = rivers.courses(config, 0)[0].rules
    links: list[Link] = []
    for other in selection.alike(database, story, _ALIKE):
        if len(links) < _ALIKE and selection.within(database, rules, other.id, other.id):
            title = items.title_of(other.entry, writable.address(other.entry.link))
            links.append(Link(title, up + site.story(other.urn)))
    return links


def _sightings(stored: list[StoredCopy], story: Story, steps: dict[int, Step]) -> Iterator[Sighting]:
    """Yield the copies beside the one that is shown, as they came; the texts of the first ones compared to it."""
    text = _text(story.shown.entry)
    by_entry = {one.id: copy for one, copy in zip(stored[1:], story.others, strict=True)}
    compared = 0
    for entry, copy in islice(sorted(by_entry.items()), _LISTED):
        beside = _beside(text, _text(copy.entry)) if compared < _COMPARED else None
        compared += beside is not None
        yield _sighting(copy, steps[entry], beside)


def _beside(text: str, other: str) -> Compared | None:
    if min(len(text), len(other)) < _SHORT:
        return None
    beside = along(text, other)
    return pages.compared(beside.ours, beside.theirs, beside.bands, beside.share)


def _sighting(copy: Copy, step: Step, beside: Compared | None) -> Sighting:
    link = writable.address(copy.entry.link)
    title = items.title_of(copy.entry, link)
    return Sighting(
        source=source_of(copy),
        title=title,
        url=link,
        seen=step.seen,
        said=step.published,
        how=pages.recognised(step.joined, step.score),
        gone=step.gone,
        compared=beside,
        entry=step.entry,
        language=writable.language(copy.entry.language),
        direction="rtl" if writable.is_right_to_left(f"{title} {_text(copy.entry)[:300]}") else "ltr",
    )


def _text(entry: Entry) -> str:
    """Return what is compared of an entry: its text, as far as one of ordinary length goes."""
    return characters.clean(characters.plain(entry.content or entry.summary)[:COMPARED])


def _edits(database: Database, stored: StoredCopy) -> Iterator[tuple[int, tuple[str, str], tuple[str, str]]]:
    """Yield each edit that readers should know of, the newest first: when, and title and text before and after."""
    said = [*versions.of(database, stored.id)]
    states = [*((version.at, version.entry) for version in said), (0, stored.copy.entry)]
    told = [(at, entry.title, _text(entry)) for at, entry in states]
    for (_, *after), (at, *before) in pairwise(reversed(told)):
        if edits.is_substantive((before[0], before[1]), (after[0], after[1])):
            yield at, (before[0], after[0]), (before[1], after[1])
