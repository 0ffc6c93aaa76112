"""The trail of a story: its copies, and how each was recognised."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlite_utils import Database

from aggregator.refine import urls
from aggregator.store import copies, hiding
from aggregator.store.copies import ENTRY
from aggregator.text import characters


@dataclass(frozen=True, slots=True)
class Step:
    """One copy on a story's trail: where and when it was seen, and how it joined. `entry` is its row.

    `score` is the containment of its text in what it joined, and `passage` the longest that both share; for a copy
    that founded its story they are of the `nearest` other story at that time, and `why` says why it is not that. It is
    `removed` where its source is configured no longer, `gone` where its file or its feed
    is, and `paused` where the operator paused its source.
    """

    source: str
    document: str
    guid: str
    url: str
    title: str
    seen: int
    published: int
    joined: str
    score: float
    shown: bool
    passage: str = ""
    length: int = 0
    nearest: str = ""
    why: str = ""
    removed: bool = False
    gone: bool = False
    paused: bool = False
    entry: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Trail:
    """A story and all its copies in the order they came; `hidden` since when, or 0. `id` is its row."""

    story: str
    published: int
    updated: int
    steps: tuple[Step, ...]
    id: int = field(default=0, compare=False)
    hidden: int = 0


def trails(database: Database, name: str) -> list[Trail]:
    """Return the stories that an id, an entry's URL (as delivered or in another spelling) or a guid names."""
    name = characters.clean(name)
    canonical = urls.canonical(name)
    rows = database.execute(
        """SELECT id FROM story WHERE urn IN (:name, 'urn:uuid:' || :name)
        UNION SELECT story FROM alias WHERE urn IN (:name, 'urn:uuid:' || :name)
        UNION SELECT story FROM entry WHERE url <> '' AND url = :canonical
        UNION SELECT story FROM entry WHERE guid = :name""",
        {"name": name, "canonical": canonical},
    )
    return [_trail(database, row[0]) for row in rows.fetchall()]


def trail_of(database: Database, urn: str) -> Trail | None:
    """Return the story with this id, or the one that it was merged into; None where there is none."""
    sql = "SELECT id FROM story WHERE urn = :urn UNION ALL SELECT story FROM alias WHERE urn = :urn LIMIT 1"
    row = database.execute(sql, {"urn": urn}).fetchone()
    return _trail(database, row[0]) if row else None


def _trail(database: Database, story: int) -> Trail:
    urn, published, updated = database.execute(
        "SELECT urn, published, updated FROM story WHERE id = ?", [story]
    ).fetchone()
    shown = next((stored.id for stored in copies.load(database, [story]).get(story, ())), 0)
    rows = database.execute(
        """SELECT e.id, f.key, e.document, e.guid, unpack(e.data), e.seen, e.published, e.joined, e.score, e.passage,
            e.length, coalesce(n.urn, ''), e.why, NOT f.configured, e.gone OR f.gone,
            f.paused
        FROM entry AS e JOIN source AS f ON f.id = e.source LEFT JOIN story AS n ON n.id = e.nearest
        WHERE e.story = ? ORDER BY e.id""",
        [story],
    )
    steps = []
    for entry, key, document, guid, data, seen, at, joined, score, passage, length, nearest, why, *lost in rows:
        removed, gone, paused = map(bool, lost)
        read = ENTRY.validate_json(data)
        place = (key, document, guid, read.link, read.title, seen, at, joined, score, entry == shown)
        steps.append(Step(*place, passage, length, nearest, why, removed, gone, paused, entry))
    return Trail(urn, published, updated, tuple(steps), story, hiding.since(database, story))
