"""What files of a folder do: they go, move, take another's place, or give an article's id twice.

One id in a folder is one article, wherever its file lies. A file without one that comes while another goes is the same
article where the words are the same; in doubt it is a new one. What has no file any more stays stored, and is `gone`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlite_utils import Database

from aggregator.model import Arrival, Delivery, DocumentKind, DocumentState, Outcome
from aggregator.store import boilerplate, ids, packing
from aggregator.store.copies import ENTRY
from aggregator.store.file_matching import Folder, FolderEntry, Waiting
from aggregator.store.matching import Identity
from aggregator.text import characters

_SHOWN = 80  # characters of an id


def settle(database: Database, deliveries: Sequence[Delivery], rows: Mapping[str, int]) -> list[Delivery]:
    """Have entries whose files moved follow them, so that they are recognised where they arrive; first of all.

    Return the deliveries without the articles that have the id of another one which is there: their visits say so,
    and their files are read again when something changes. Call it in a transaction.
    """
    for delivery in deliveries:
        if delivery.missing:
            _leave(database, rows[delivery.source], delivery.missing)
    arrivals = {
        (rows[delivery.source], arrival.document, arrival.entry.guid): arrival
        for delivery in deliveries
        if delivery.visit
        for arrival in delivery.arrivals
        if arrival.document
    }
    if not arrivals:
        return list(deliveries)
    listed = {
        (rows[delivery.source], name): state.entry_hashes
        for delivery in deliveries
        for name, state in delivery.documents.items()
    }
    missing = {(rows[delivery.source], name) for delivery in deliveries for name in delivery.missing}
    folder = Folder(database, arrivals, listed, missing)
    folder.decide()
    _move(database, folder.moves, folder.known, arrivals)
    if not folder.waiting:
        return list(deliveries)
    return [_without(database, delivery, rows[delivery.source], folder.waiting) for delivery in deliveries]


def note(database: Database, deliveries: Iterable[Delivery], rows: Mapping[str, int]) -> None:
    """Note that what arrived is there, and no other article in the same file; call it when the arrivals are stored."""
    arrived = [(rows[each.source], arrival) for each in deliveries for arrival in each.arrivals if arrival.document]
    feeds = {(source, arrival.document) for source, arrival in arrived if not arrival.kind.is_article}
    sql = "UPDATE entry SET gone = 0 WHERE gone AND source = ? AND document = ?"
    database.conn.executemany(sql, feeds)
    _note_others_gone(database, [(source, arrival) for source, arrival in arrived if arrival.kind.is_article])


def _note_others_gone(database: Database, articles: Iterable[tuple[int, Arrival]]) -> None:
    """Note that these articles are all that their files hold: one that said something else is there no more.

    Of two that say it, the one that gave way to the other (_move) stays away.
    """
    away = """coalesce(id <> (SELECT id FROM entry WHERE source = :source AND document = :document AND hash = :hash
        ORDER BY guid = :guid DESC, id DESC LIMIT 1), 1)"""
    sql = f"UPDATE entry SET gone = {away} WHERE source = :source AND document = :document AND gone <> {away}"
    rows = [
        {"source": source, "document": each.document, "hash": each.entry.hash, "guid": each.entry.guid}
        for source, each in articles
    ]
    database.conn.executemany(sql, rows)


def _leave(database: Database, source: int, missing: Iterable[str]) -> None:
    """Note that what these files gave is gone; should they come back, they are read as if they were new."""
    rows = [(source, name) for name in missing]
    database.conn.executemany("UPDATE entry SET gone = 1 WHERE NOT gone AND source = ? AND document = ?", rows)
    database.conn.executemany("DELETE FROM document WHERE source = ? AND name = ?", rows)


def _move(
    database: Database,
    moves: Mapping[Identity, FolderEntry],
    known: Mapping[Identity, FolderEntry],
    arrivals: Mapping[Identity, Arrival],
) -> None:
    """Put the entries where they are now; those that were there give way, unless they move on themselves."""
    moving = {entry.id for entry in moves.values()}
    displaced = [known[place].id for place in moves if place in known and known[place].id not in moving]
    both = [*moving, *displaced]
    ids.keep(database, both)
    # First out of each other's way: files that are numbered anew take one another's names.
    sql = "UPDATE entry SET guid = guid || '#' || id, gone = 1 WHERE id = ?"
    database.conn.executemany(sql, [(entry,) for entry in both])
    sql = "UPDATE entry SET document = ?, kind = ?, guid = ?, data = ?, text = ?, gone = 0 WHERE id = ?"
    rows = [
        (place[1], arrivals[place].kind, place[2], *_under(database, entry.id, place[2]), entry.id)
        for place, entry in moves.items()
    ]
    database.conn.executemany(sql, rows)
    for identity, entry in moves.items():
        before, after = (kind == DocumentKind.TEXT for kind in (entry.kind, arrivals[identity].kind))
        if before != after:
            (data,) = database.execute("SELECT unpack(data) FROM entry WHERE id = ?", [entry.id]).fetchone()
            boilerplate.count(database, entry.source, ENTRY.validate_json(data).content, after - before)


def _under(database: Database, entry: int, guid: str) -> tuple[bytes, bytes]:
    """Return the entry's words under another guid, packed."""
    sql = "SELECT json_set(unpack(data), '$.guid', ?), unpack_text(text, data) FROM entry WHERE id = ?"
    data, text = database.execute(sql, [guid, entry]).fetchone()
    return packing.pack(data, text)


def _without(database: Database, delivery: Delivery, source: int, waiting: Mapping[Identity, Waiting]) -> Delivery:
    """Return the delivery without the articles that wait, and with the reason in its visit."""
    waits = [
        (arrival, waiting[source, arrival.document, arrival.entry.guid])
        for arrival in delivery.arrivals
        if (source, arrival.document, arrival.entry.guid) in waiting
    ]
    if not waits or delivery.visit is None:
        return delivery
    _note_others_gone(database, [(source, arrival) for arrival, _why in waits])
    documents, details = dict(delivery.documents), [delivery.visit.detail] if delivery.visit.detail else []
    for arrival, why in waits:
        reason = f'has the id "{characters.line(arrival.entry.guid)[:_SHOWN]}" of {characters.line(why.holder)}'
        if why.differs:
            reason += ", and waits until one of the two has another id or is gone"
        before = documents.get(arrival.document, DocumentState())
        documents[arrival.document] = replace(before, waits=True, error=reason if why.differs else "")
        details.append(f"{characters.line(arrival.document)} {reason}")
    left = tuple(each for each in delivery.arrivals if (source, each.document, each.entry.guid) not in waiting)
    detail = "; ".join(details[:4]) + (f"; and {len(details) - 4} more" if len(details) > 4 else "")
    visit, state = replace(delivery.visit, detail=detail), delivery.state
    if any(why.differs for _arrival, why in waits):
        visit, state = replace(visit, outcome=Outcome.MALFORMED), replace(state, error=detail)
    return replace(delivery, arrivals=left, documents=documents, visit=visit, state=state)
