"""Lets entries go that are to (excess.py), with all that goes with them: their stories, features, words, versions.

In turns: whoever wants to write waits for one, and not for all of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from sqlite_utils import Database

from aggregator.policy import retention as policy
from aggregator.refine import dedupe
from aggregator.refine.dedupe import Place
from aggregator.store import boilerplate, excess, former, let_go, likeness
from aggregator.store.copies import ENTRY

_AT_ONCE = 8  # entries between two looks at the clock: each statement has its words merged into the index
_VISITS = 1000  # at a time


def keep(database: Database, places: Iterable[Place], kept: int) -> Counter[int]:
    """Let go all but the `kept` newest entries of each of these documents, and the stories that are left without any.

    What it lists still is remembered as let go. Return how many entries of each source went; call it in a transaction,
    when the documents' states are written.
    """
    gone: Counter[int] = Counter()
    places = list(places)
    let_go.forget_unlisted(database, places)
    for source, document in places:
        (count,) = database.execute("SELECT count(*) FROM entry WHERE source = ? AND document = ?", [source, document])
        if not policy.beyond(count[0], kept):
            continue
        sql = f"""SELECT count(*) FROM ({excess.RULED}) AS r CROSS JOIN entry AS e ON e.story = r.story
            WHERE e.source = ? AND e.document = ?"""
        (ruled,) = database.execute(sql, [source, document])  # they stay, or they would come again
        if beyond := policy.beyond(count[0] - ruled[0], kept):
            rows = excess.oldest(database, source, document, beyond)
            gone[source] += _let_go(database, [entry for _, entry in rows], lasting=False)
    return gone


def sweep(database: Database, entries: Sequence[int], is_over: Callable[[], bool], *, lasting: bool) -> tuple[int, int]:
    """Let go these entries, the first ones first, until the turn `is_over`; one that was ruled on meanwhile stays.

    Return how many were looked at, and how many of them went. What is let go for a `lasting` reason doesn't come back
    while it is listed, even if there is room for it then.
    """
    looked = gone = 0
    with database.atomic():
        while looked < len(entries):
            gone += _let_go(database, entries[looked : looked + _AT_ONCE], lasting=lasting)
            looked = min(looked + _AT_ONCE, len(entries))
            if is_over():
                break
    return looked, gone


def _let_go(database: Database, entries: Sequence[int], *, lasting: bool) -> int:
    """Return how many of them went."""
    sql = f"""SELECT id, story, unpack_text(text, data), heading, source, CASE kind WHEN 'text' THEN unpack(data) END
        FROM entry WHERE id IN (SELECT value FROM json_each(?)) AND story NOT IN ({excess.RULED})"""
    rows = database.execute(sql, [json.dumps(entries)]).fetchall()
    let_go.remember(database, [row[0] for row in rows], lasting=lasting)
    sql = "DELETE FROM entry WHERE id IN (SELECT value FROM json_each(?))"
    database.execute(sql, [json.dumps([row[0] for row in rows])])
    for entry, story, text, heading, source, plain in rows:
        likeness.forget(database, entry, story, dedupe.features_of(text, heading))
        if plain is not None:
            boilerplate.forget(database, source, ENTRY.validate_json(plain).content)
    _forget_stories(database, {row[1] for row in rows})
    return len(rows)


def _forget_stories(database: Database, stories: Iterable[int]) -> None:
    """Let go those that are left without entries; their ids are noted."""
    sql = """SELECT s.id, s.urn FROM story AS s WHERE s.id IN (SELECT value FROM json_each(?))
        AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.story = s.id)"""
    left = database.execute(sql, [json.dumps(list(stories))]).fetchall()
    packed = json.dumps([story for story, _ in left])
    sql = "DELETE FROM alias WHERE story IN (SELECT value FROM json_each(?)) RETURNING urn"
    aliases = database.execute(sql, [packed]).fetchall()
    former.note(database, [*(urn for _, urn in left), *(urn for (urn,) in aliases)])
    database.execute("DELETE FROM story WHERE id IN (SELECT value FROM json_each(?))", [packed])


def forget_visits(database: Database, now: int) -> int:
    """Delete some visits that are older than they are kept; return how many went, 0 once there are none left."""
    with database.atomic():
        sql = "DELETE FROM visit WHERE id IN (SELECT id FROM visit WHERE at < ? ORDER BY at LIMIT ?)"
        return database.execute(sql, [now - policy.KEEP_VISITS, _VISITS]).rowcount
