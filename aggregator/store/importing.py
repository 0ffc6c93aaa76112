"""Records (store/whole.py) → the store, a part of them at a time, each part whole or not at all.

What is stored here already stays as it is, but for what was ruled on it there: to take in the same once more changes
nothing. Into an empty store all comes with the numbers that it had, so that addresses of archive pages last; a source
that was never visited here goes on where it was there.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from sqlite_utils import Database

from aggregator.model import Arrival, DocumentKind
from aggregator.model.entries import Fingerprint
from aggregator.refine import dedupe
from aggregator.store import boilerplate, hiding, likeness, row, search, versions
from aggregator.store.copies import ENTRY
from aggregator.store.records import ENTRY_MADE, PLAIN, STORY, Column, Record, columns

_CONFIG = frozenset({"key", "name", "category", "priority", "enabled", "configured", "kind", "withdraw", "first_key"})
"""Columns of a source that the config says, or that it keeps for ever."""
Identity = tuple[int, str, str]


def is_for_numbers(database: Database, header: Record) -> bool:
    """Tell whether what comes can have the numbers that it had: nothing was ever stored here, or only the same.

    From then on whatever else comes has higher ones.
    """
    given = dict(database.execute("SELECT name, seq FROM sqlite_sequence WHERE name IN ('story', 'entry')").fetchall())
    wanted = {"story": header["stories"], "entry": header["entries"]}
    if any(given.values()):
        return {name: given.get(name, 0) for name in wanted} == wanted
    with database.atomic():
        database.execute("DELETE FROM sqlite_sequence WHERE name IN ('story', 'entry')")
        database.conn.executemany("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", list(wanted.items()))
    return True


def take(
    database: Database,
    records: Sequence[Record],
    *,
    numbers: bool,
    now: int = 0,
    configured: Collection[str] | None = None,
) -> Counter[str]:
    """Store these records, all or nothing; return how many sources, stories and entries are new. They were checked.

    `configured` are the keys of the sources in the config in force, None where none is: what is configured is told
    when one is read.
    """
    with database.atomic():
        taking = _Taking(database, numbers, now, configured)
        for record in records:
            taking.of(record["record"])(record)
        taking.write()
        return taking.new


class _Taking:
    """The records of one part, until all of it is written."""

    def __init__(self, database: Database, numbers: bool, now: int, configured: Collection[str] | None) -> None:
        self._database = database
        self._numbers = numbers
        self._now = now
        self._configured = configured
        self._tables: dict[str, dict[str, Column]] = {}
        self._arrivals: list[tuple[int, int, int, bool, Arrival, Record]] = []
        self.new: Counter[str] = Counter()

    def of(self, kind: str) -> Callable[[Record], None]:
        """Return what takes a record of this kind."""
        taking: Mapping[str, Callable[[Record], None]] = {
            **dict.fromkeys(PLAIN, self._row), "source": self._source, "story": self._story, "near": self._near,
            "version": self._version, "visit": self._visit, "ruling": self._ruling,
        }  # fmt: skip
        return taking.get(kind, lambda _record: None)

    def write(self) -> None:
        """Index the entries that came: their words, and what they are like."""
        arrivals = [arrival for *_, arrival, _ in self._arrivals]
        index = likeness.Index(self._database, arrivals, by_text=True)
        for entry, story, source, founded, arrival, record in self._arrivals:
            at = likeness.came_out(arrival.entry, record["seen"], record["backlog"])
            index.add(arrival, source, entry, story, at, founded=founded)
            if arrival.kind is DocumentKind.TEXT:
                boilerplate.count(self._database, source, arrival.entry.content)
        index.write()
        search.index_these(self._database, [entry for entry, *_ in self._arrivals])

    def _columns(self, table: str, without: frozenset[str] = frozenset({"id"})) -> dict[str, Column]:
        if table not in self._tables:
            self._tables[table] = columns(self._database, table, without)
        return self._tables[table]

    def _read(self, record: Record, known: Mapping[str, Column]) -> dict[str, Any]:
        values = {name: column.read(record[name]) for name, column in known.items() if name in record}
        return {**values, "source": self._row_of(values["source"])} if "source" in values else values

    def _row_of(self, key: str) -> int:
        if not key:  # an incident of our own line is no source's
            return 0
        found = self._database.execute("SELECT id FROM source WHERE key = ?", [key]).fetchone()
        return int(found[0])

    def _insert(self, table: str, values: Mapping[str, Any]) -> int:
        """Insert a row unless there is one like it; return its number, 0 where there was one."""
        names, marks = ", ".join(values), ", ".join(f":{name}" for name in values)
        done = self._database.conn.execute(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", dict(values))
        return (done.lastrowid or 1) if done.rowcount > 0 else 0

    # ── Rows as they are ─────────────────────────────────────────────────────────────────────────────────────────────

    def _row(self, record: Record) -> None:
        table = record["record"]
        if table in {"page", "river_page"} and not self._numbers:
            return  # they tell of stories by their numbers
        values = self._read(record, self._columns(table))
        if table == "let_go" and self._entry((values["source"], values["document"], values["guid"])):
            return
        self._insert(table, values)

    def _visit(self, record: Record) -> None:
        values = self._read(record, self._columns("visit"))
        same = " AND ".join(f"{name} = :{name}" for name in values)
        if not self._database.execute(f"SELECT 1 FROM visit WHERE {same}", values).fetchone():
            self._insert("visit", values)

    def _source(self, record: Record) -> None:
        values = self._read(record, self._columns("source"))
        sql = "SELECT id, last_visit FROM source WHERE key = ?"
        there = self._database.execute(sql, [record["key"]]).fetchone()
        first = values.get("first_key", "")
        if first and self._database.execute("SELECT 1 FROM source WHERE first_key = ?", [first]).fetchone():
            values["first_key"] = ""
        if first and there:
            self._give_first_key(there[0], values["first_key"])
        if not there:
            if self._configured is not None and record["key"] not in self._configured:
                values["configured"] = 0
            self._insert("source", values)
            self.new["sources"] += 1
        elif not there[1] and values.get("last_visit"):
            state = {name: value for name, value in values.items() if name not in _CONFIG}
            named = ", ".join(f"{name} = :{name}" for name in state)
            self._database.execute(f"UPDATE source SET {named} WHERE id = :id", {**state, "id": there[0]})

    def _give_first_key(self, source: int, first: str) -> None:
        """Have a source whose address changed there make the same ids here, unless it has made some already."""
        sql = """UPDATE source SET first_key = ? WHERE id = ? AND first_key = '' AND last_visit = 0
            AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.source = source.id)"""
        self._database.execute(sql, [first, source])

    # ── Stories and entries ──────────────────────────────────────────────────────────────────────────────────────────

    def _story(self, record: Record) -> None:
        fresh = [entry for entry in record["entries"] if self._is_fresh(entry)]
        urn = record["urn"]
        sql = "SELECT id FROM story WHERE urn = :urn UNION SELECT story FROM alias WHERE urn = :urn"
        there = self._database.execute(sql, {"urn": urn}).fetchone()
        if there is None and record["entries"] and not fresh:
            return  # its copies are in other stories here
        story = there[0] if there else self._new_story(record)
        self._rule(story, record, is_new=there is None)
        for entry in fresh:
            self._new_entry(entry, story, founded=there is None and entry is fresh[0])

    def _is_fresh(self, entry: Record) -> bool:
        identity = (self._row_of(entry["source"]), entry["document"], entry["guid"])
        gone = "SELECT 1 FROM let_go WHERE source = ? AND document = ? AND guid = ?"
        return not self._entry(identity) and not self._database.execute(gone, list(identity)).fetchone()

    def _entry(self, identity: Identity) -> int:
        """Return the row of an entry that is stored, 0 for none."""
        sql = "SELECT id FROM entry WHERE source = ? AND document = ? AND guid = ?"
        found = self._database.execute(sql, list(identity)).fetchone()
        return int(found[0]) if found else 0

    def _new_story(self, record: Record) -> int:
        values = self._read(record, self._columns("story", STORY))
        self.new["stories"] += 1
        return self._insert("story", {**self._number("story", record), **values})

    def _rule(self, story: int, record: Record, *, is_new: bool) -> None:
        """Have what was ruled on a story there count here too, also where the story was here before.

        Readers here have seen that one until now: that it is hidden is news to them.
        """
        for urn in record["aliases"]:
            if not self._database.execute("SELECT 1 FROM story WHERE urn = ?", [urn]).fetchone():
                self._insert("alias", {"urn": urn, "story": story})
        hidden = record["hidden"]
        if hidden and not hiding.since(self._database, story):
            since = hidden["since"] if is_new else max(hidden["since"], self._now)
            hiding.hide(self._database, [story], since, hidden["reason"])
        if record.get("ruled"):
            self._insert("ruled", {"story": story})

    def _number(self, table: str, record: Record) -> dict[str, int]:
        """Return the number that it had, where it can have it."""
        number = record["number"]
        taken = self._database.execute(f"SELECT 1 FROM {table} WHERE id = ?", [number]).fetchone()
        return {"id": number} if self._numbers and not taken else {}

    def _new_entry(self, record: Record, story: int, *, founded: bool) -> None:
        arrival = _arrival(record)
        values = self._read(record, self._columns("entry", ENTRY_MADE))
        source = self._row_of(record["source"])
        placed = {**self._number("entry", record), "source": source, "story": story, "nearest": 0}
        entry = self._insert("entry", {**values, **row.of_arrival(arrival), **placed})
        for tail in record["pictures"]:
            self._insert("picture", {"tail": tail, "entry": entry})
        self._arrivals.append((entry, story, source, founded, arrival, record))
        self.new["entries"] += 1

    def _near(self, record: Record) -> None:
        entry = self._named(record)
        sql = "UPDATE entry SET nearest = (SELECT id FROM story WHERE urn = :urn) WHERE id = :id AND nearest = 0"
        known = self._database.execute("SELECT 1 FROM story WHERE urn = ?", [record["nearest"]]).fetchone()
        if entry and known:
            self._database.execute(sql, {"urn": record["nearest"], "id": entry})

    def _version(self, record: Record) -> None:
        entry = self._named(record)
        sql = "SELECT data FROM version WHERE entry = ? AND at = ?"
        there = [versions.said(data) for (data,) in self._database.execute(sql, [entry, record["at"]])]
        if entry and record["entry"] not in there:
            self._insert("version", {"entry": entry, "at": record["at"], "data": versions.stored(record["entry"])})

    def _ruling(self, record: Record) -> None:
        entry, other = self._named(record["entry"]), self._named(record["other"])
        moved = [[number, each["joined"]] for each in record["entries"] if (number := self._named(each))]
        values = {"what": record["what"], "at": record["at"], "entry": entry, "other": other}
        same = "SELECT 1 FROM ruling WHERE what = :what AND at = :at AND entry = :entry AND other = :other"
        if entry and other and not self._database.execute(same, values).fetchone():
            self._insert("ruling", {**values, "entries": json.dumps(moved)})

    def _named(self, record: Record) -> int:
        return self._entry((self._row_of(record["source"]), record["document"], record["guid"]))


def _arrival(record: Record) -> Arrival:
    """Return the entry as it arrived, with its hash, which isn't part of what it says."""
    entry = ENTRY.validate_python({**record["entry"], "hash": Column("hash", "BLOB", True).read(record["hash"])})
    text, heading = record["text"], record["heading"]
    features = dedupe.features_of(text, heading)
    fingerprint = Fingerprint(record["url"], heading, text, record["text_hash"], record["words"], features)
    return Arrival(record["document"], entry, fingerprint, DocumentKind(record["kind"]))
