"""Which file of a folder holds which article: pure of effects, it only asks what is stored.

One id in a folder is one article. Without one the words tell: those of a file that comes while another goes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlite_utils import Database

from aggregator.model import Arrival, DocumentKind
from aggregator.refine.dedupe import Place
from aggregator.store.matching import Identity

_TELLS = 20  # words that are one article's, whenever they come again; fewer only in the same visit, or of the same date
_MANY = 100  # entries that have one text: a form that is filled in tells nothing


@dataclass(frozen=True, slots=True)
class FolderEntry:
    """An entry that is stored of a folder, as far as files are compared with it."""

    id: int
    source: int
    document: str
    kind: str
    guid: str
    hash: bytes
    url: str
    heading: str
    text_hash: int
    words: int
    published: int
    gone: int

    @property
    def identity(self) -> Identity:
        """Where it is stored."""
        return self.source, self.document, self.guid

    @property
    def is_article(self) -> bool:
        """Whether a file of its own held it, and not a feed."""
        return DocumentKind(self.kind).is_article


_COLUMNS = ", ".join(f"e.{name}" for name in FolderEntry.__slots__)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A file that gives its article the id of another one, which is there: its document, and whether they differ."""

    holder: str
    differs: bool


class Folder:
    """The arrivals of a commit that files brought, beside what is stored of their folders."""

    def __init__(
        self,
        database: Database,
        arrivals: Mapping[Identity, Arrival],
        listed: Mapping[Place, frozenset[bytes]],
        missing: set[Place],
    ) -> None:
        """Look up what is stored of the arrivals.

        `listed` has what is in each file that was read now, `missing` are those that went with this visit.
        """
        self._database = database
        self._arrivals = arrivals
        self._listed = dict(listed)
        self._missing = missing
        self.known = {entry.identity: entry for entry in self._stored("e.document = w.value ->> 1 AND", arrivals)}
        self.moves: dict[Identity, FolderEntry] = {}
        self.waiting: dict[Identity, Waiting] = {}

    def decide(self) -> None:
        """Find the `moves`, of what is stored to where it arrived, and what is `waiting`."""
        self._by_id()
        for identity, arrival in self._arrivals.items():
            known = self.known.get(identity)
            if not arrival.kind.is_article or identity in self.moves or identity in self.waiting:
                continue
            if known is None or (_by_path(identity) and not _says(known, arrival)):
                self._by_words(identity, arrival)

    def _by_id(self) -> None:
        """Leave the article of an id with the file that has it; else give it to the newest that does."""
        claims: dict[tuple[int, str], list[Identity]] = {}
        for identity, arrival in self._arrivals.items():
            if identity not in self.known and not (arrival.kind.is_article and _by_path(identity)):
                claims.setdefault((identity[0], identity[2]), []).append(identity)
        stored: dict[tuple[int, str], list[FolderEntry]] = {}
        for entry in self._stored("e.document <> '' AND", (identity for each in claims.values() for identity in each)):
            stored.setdefault((entry.source, entry.guid), []).append(entry)
        for name, claimants in claims.items():
            self._claim([c for c in claimants if self._arrivals[c].kind.is_article], stored.get(name, []))
            for identity in claimants:
                if not self._arrivals[identity].kind.is_article:
                    self._in_feed(identity, stored.get(name, []))

    def _claim(self, claimants: Sequence[Identity], stored: Sequence[FolderEntry]) -> None:
        """Settle which of the files that give their article one id has it."""
        if not claimants:
            return
        articles = [entry for entry in stored if entry.is_article]
        there = [entry for entry in articles if self._is_there(entry)]
        if there:
            self._wait(claimants, there[0].document, self._arrivals.get(there[0].identity), there[0])
            return
        first = min(claimants, key=lambda identity: (-_date(self._arrivals[identity]), identity[1]))
        if articles:
            self.moves[first] = max(articles, key=lambda entry: entry.id)
        self._wait([each for each in claimants if each != first], first[1], self._arrivals[first])

    def _wait(
        self, claimants: Iterable[Identity], document: str, holder: Arrival | None, stored: FolderEntry | None = None
    ) -> None:
        for identity in claimants:
            fingerprint = self._arrivals[identity].fingerprint
            said = (holder.fingerprint.title, holder.fingerprint.text_hash) if holder else None
            if stored and not said:
                said = (stored.heading, stored.text_hash)
            self.waiting[identity] = Waiting(document, said != (fingerprint.title, fingerprint.text_hash))

    def _in_feed(self, identity: Identity, stored: Sequence[FolderEntry]) -> None:
        """Have an entry of a feed's file that moved go along with it."""
        title, url = self._arrivals[identity].fingerprint.title, self._arrivals[identity].fingerprint.url
        alike = [e for e in stored if e.gone and (e.heading == title or (url and e.url == url))]
        taken = {entry.id for entry in self.moves.values()}
        left = [entry for entry in alike if entry.id not in taken]
        if left:
            self.moves[identity] = max(left, key=lambda entry: entry.id)

    def _by_words(self, identity: Identity, arrival: Arrival) -> None:
        """Find the last article of the folder with the same headline and text, where its own file has it no more."""
        taken = {entry.id for entry in self.moves.values()}
        fingerprint = arrival.fingerprint
        column, value = ("text_hash", fingerprint.text_hash) if fingerprint.text_hash else ("url", fingerprint.url)
        if not value:
            return
        nothing = 0 if fingerprint.text_hash else ""
        sql = f"""SELECT {_COLUMNS} FROM entry AS e WHERE e.{column} <> ? AND e.{column} = ? AND +e.source = ?
            AND e.heading = ? AND e.document <> '' ORDER BY e.id DESC LIMIT {_MANY}"""
        for row in self._database.execute(sql, [nothing, value, identity[0], fingerprint.title]):
            entry = FolderEntry(*row)
            if entry.id in taken or not entry.is_article or entry.document == identity[1] or not _says(entry, arrival):
                continue
            if not self._is_there(entry) and self._is_the_same(entry, arrival):
                self.moves[identity] = entry
                return

    def _is_the_same(self, entry: FolderEntry, arrival: Arrival) -> bool:
        """Tell whether the same words are the same article: "All is well" of today is not that of last month."""
        went_now = (entry.source, entry.document) in self._missing or not entry.gone
        date = arrival.entry.published or arrival.entry.updated
        return went_now or entry.words >= _TELLS or (entry.published == date and date > 0)

    def _is_there(self, entry: FolderEntry) -> bool:
        """Tell whether its own file has it still, or again."""
        arrival = self._arrivals.get(entry.identity)
        if arrival is not None:
            return not _by_path(entry.identity) or _says(entry, arrival)
        if entry.gone:
            return False
        return entry.hash in self._hashes((entry.source, entry.document), entry.hash)

    def _hashes(self, place: Place, doubtful: bytes) -> frozenset[bytes]:
        """Return what is in a file, now or when it was read last; where nothing is remembered, what is `doubtful`."""
        if place not in self._listed:
            sql = "SELECT entry_hashes FROM document WHERE source = ? AND name = ?"
            row = self._database.execute(sql, list(place)).fetchone()
            if row is None:
                return frozenset({doubtful})
            packed = row[0]
            self._listed[place] = frozenset(packed[i : i + 8] for i in range(0, len(packed), 8))
        return self._listed[place]

    def _stored(self, where: str, identities: Iterable[Identity]) -> list[FolderEntry]:
        """Return the entries with these sources and guids that fulfil a condition."""
        sql = f"""SELECT {_COLUMNS} FROM json_each(?) AS w CROSS JOIN entry AS e
            ON {where} e.source = w.value ->> 0 AND e.guid = w.value ->> 2"""
        return [FolderEntry(*row) for row in self._database.execute(sql, [json.dumps(list(identities))])]


def _by_path(identity: Identity) -> bool:
    """Tell whether the article has no id but its file's path."""
    return identity[1] == identity[2]


def _says(entry: FolderEntry, arrival: Arrival) -> bool:
    fingerprint = arrival.fingerprint
    return entry.heading == fingerprint.title and entry.text_hash == fingerprint.text_hash


def _date(arrival: Arrival) -> int:
    return arrival.entry.updated or arrival.entry.published
