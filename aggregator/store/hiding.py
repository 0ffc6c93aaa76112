"""Stories that are taken out of everything that is published, until they are taken back: by the operator, or because
their files were deleted from a folder that withdraws such.

A story is hidden, and so is whatever is recognised as a copy of it when it comes again: that joins it. What the
operator splits off is visible. Hidden stories are never let go, or they would come back as new ones.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Delivery
from aggregator.store import ids, selection
from aggregator.store.conditions import Selection
from aggregator.store.copies import ENTRY

WITHDRAWN = "withdrawn"
"""The reason of those whose files were deleted; the operator's own have none, or the source that was purged."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A story that is hidden: its id, the title and the address of its first copy, since when, and the reason."""

    urn: str
    title: str
    url: str
    since: int
    reason: str


def listed(database: Database) -> list[Hidden]:
    """Return all that are hidden, the latest first."""
    rows = database.execute(
        """SELECT s.urn, unpack(e.data), h.since, h.reason FROM hidden AS h JOIN story AS s ON s.id = h.story
            JOIN entry AS e ON e.id = (SELECT min(id) FROM entry WHERE entry.story = h.story)
        ORDER BY h.since DESC, h.story DESC"""
    )
    read = ((urn, ENTRY.validate_json(data), since, reason) for urn, data, since, reason in rows)
    return [Hidden(urn, entry.title, entry.link, since, reason) for urn, entry, since, reason in read]


def since(database: Database, story: int) -> int:
    """Return since when the story in this row is hidden, 0 where it isn't."""
    row = database.execute("SELECT since FROM hidden WHERE story = ?", [story]).fetchone()
    return int(row[0]) if row else 0


def hide(database: Database, stories: Sequence[int], now: int, reason: str = "") -> int:
    """Hide these stories; return how many were visible. What is hidden for another reason has this one then."""
    with database.atomic():
        before = _hidden(database, stories)
        rows = [(story, now, reason) for story in stories]
        database.conn.executemany(
            """INSERT INTO hidden (story, since, reason) VALUES (?, ?, ?)
            ON CONFLICT DO UPDATE SET reason = excluded.reason""",
            rows,
        )
        return _changed(database, [story for story in stories if story not in before])


def unhide(database: Database, stories: Sequence[int]) -> int:
    """Show these stories again; return how many were hidden."""
    with database.atomic():
        hidden = _hidden(database, stories)
        packed = json.dumps(list(hidden))
        database.execute("DELETE FROM hidden WHERE story IN (SELECT value FROM json_each(?))", [packed])
        return _changed(database, list(hidden))


def of_reason(database: Database, reason: str) -> list[int]:
    """Return the stories that are hidden for this reason."""
    return [row[0] for row in database.execute("SELECT story FROM hidden WHERE reason = ?", [reason])]


def only_of(database: Database, source: int) -> list[int]:
    """Return the stories that have no copy but from the source in this row."""
    sql = """SELECT DISTINCT story FROM entry WHERE source = :source AND NOT EXISTS (
        SELECT 1 FROM entry AS other WHERE other.story = entry.story AND other.source <> :source)"""
    return [row[0] for row in database.execute(sql, {"source": source})]


def follow(database: Database, kept: int, gone: int) -> None:
    """Hide the story that takes another one in, where that is hidden; call it before they are united."""
    sql = "INSERT OR IGNORE INTO hidden (story, since, reason) SELECT ?, since, reason FROM hidden WHERE story = ?"
    database.execute(sql, [kept, gone])


def leave_visible(database: Database, story: int, new: int, *, stays: bool) -> None:
    """Where a story is hidden of which a `new` one is made: hide the others, but not what was split off.

    That `stays` in the story where it founded it.
    """
    if stays and since(database, story):
        follow(database, new, story)
        database.execute("DELETE FROM hidden WHERE story = ?", [story])


def withdraw(database: Database, now: int) -> None:
    """Hide what was deleted from folders that withdraw that and is nowhere else, and show what is there again."""
    wanted = {
        row[0]
        for row in database.execute(
            """SELECT e.story FROM source AS f CROSS JOIN entry AS e ON e.source = f.id
            WHERE f.withdraw AND f.configured AND e.gone AND NOT EXISTS (
                SELECT 1 FROM entry AS o JOIN source AS q ON q.id = o.source
                WHERE o.story = e.story AND q.configured AND NOT (q.withdraw AND o.gone))"""
        )
    }
    hidden = set(of_reason(database, WITHDRAWN))
    unhide(database, sorted(hidden - wanted))
    hide(database, sorted(wanted - _hidden(database, sorted(wanted))), now, WITHDRAWN)


def settle(database: Database, deliveries: Iterable[Delivery], rows: Mapping[str, int]) -> None:
    """Do so where it matters to these deliveries; call it when they are stored."""
    visits = [each for each in deliveries if each.visit and (each.missing or each.arrivals)]
    sql = "SELECT 1 FROM source WHERE withdraw AND id IN (SELECT value FROM json_each(?)) LIMIT 1"
    packed = json.dumps([rows[delivery.source] for delivery in visits])
    if visits and database.execute(sql, [packed]).fetchone():
        withdraw(database, max(delivery.visit.at for delivery in visits if delivery.visit))


def lately(
    database: Database, chosen: Selection, after: int, most: int, *, each_copy: bool
) -> tuple[tuple[str, int], ...]:
    """Return what was hidden after an instant of what a selection would take: ids, and since when, the latest first.

    With `each_copy` the ids are those of the copies.
    """
    sql = f"""SELECT s.id, s.urn, h.since FROM hidden AS h CROSS JOIN story AS s ON s.id = h.story
        WHERE h.since > :hidden_after AND {chosen.of_former()} ORDER BY h.since DESC, s.id LIMIT :most"""
    values = {**chosen.values(), "hidden_after": after, "most": most}
    rows = database.execute(sql, values).fetchall()
    if not each_copy:
        return tuple((urn, at) for _, urn, at in rows)
    found = []
    for story, _, at in rows:
        entries = [row[0] for row in database.execute("SELECT id FROM entry WHERE story = ? ORDER BY id", [story])]
        found += [(urn, at) for urn in ids.own(database, entries).values()]
    return tuple(found[:most])


def _hidden(database: Database, stories: Sequence[int]) -> set[int]:
    sql = "SELECT story FROM hidden WHERE story IN (SELECT value FROM json_each(?))"
    return {row[0] for row in database.execute(sql, [json.dumps(list(stories))])}


def _changed(database: Database, stories: Sequence[int]) -> int:
    """Have all made anew that shows these stories, those too that name them as like themselves; return how many."""
    named = {like for story in stories for like in selection.naming(database, story)}
    sql = "UPDATE story SET revision = revision + 1 WHERE id IN (SELECT value FROM json_each(?))"
    database.execute(sql, [json.dumps(sorted({*stories, *named}))])
    return len(stories)
