"""The index of likeness: which stored entries an arrival may be a copy of.

A feature that many entries have tells nothing and is not indexed further, so no list grows with the store.
"""

from __future__ import annotations

import json
from collections import Counter, deque
from collections.abc import Callable, Collection, Sequence
from collections.abc import Set as AbstractSet

from sqlite_utils import Database

from aggregator.model import Arrival, DocumentKind, Entry
from aggregator.refine import dedupe, shingles
from aggregator.refine.alignment import boilerplate
from aggregator.refine.shingles import Text
from aggregator.store.matching import Place, dated

_TELLS = 24  # entries that may have a feature for it to tell something
_RIVALS = 4  # candidates by features,
_PAGES = 4  # and by address, that are looked at
_AFRESH = 3  # texts after which a feed's notices are looked for again
_END = 1000  # characters of a text's either end that notices are looked for in
_RECENT = 8  # of a feed's last entries, to know its notices by
_READ = 100_000  # words of texts that are held, to be compared again: ten megabytes

_RECORDING = "coalesce(data ->> '$.enclosures[0].url', '')"
_AT = "CASE WHEN published > 0 THEN min(published, seen) WHEN backlog = 0 THEN seen ELSE 0 END"

Features = Collection[int]
"""Under which an entry is found."""
_Said = tuple[str, bytes]
"""A text and its shingles."""


def recording(entry: Entry) -> str:
    """The address of what is to be heard or seen, without the parameters that change with every request."""
    return _bare(entry.enclosures[0].url) if entry.enclosures else ""


def _bare(address: str) -> str:
    return address.partition("?")[0]


def came_out(entry: Entry, seen: int, backlog: int) -> int:
    """The best that is known of when an entry came out; 0 for one that was there before its source was known."""
    return min(dated(entry), seen) if dated(entry) else 0 if backlog else seen


def feed_of(source: int, document: str, kind: DocumentKind) -> Place:
    """What repeats its own words: a feed, or a folder with all the articles in it."""
    return (source, "") if kind.is_article else (source, document)


class Index:
    """The candidates of a batch: among what is stored, and among the batch itself as it is added."""

    def __init__(self, database: Database, arrivals: Sequence[Arrival], *, by_text: bool) -> None:
        self._database = database
        self._by_text = by_text
        self._read = _Reader()
        self._entries: dict[int, dedupe.Candidate] = {}
        self._recent: dict[Place, _Recent] = {}
        self._added: dict[Place, list[_Said]] = {}
        self._copies: dict[int, set[int]] = {}
        self._new: list[tuple[int, int]] = []
        marks = [arrival.fingerprint for arrival in arrivals]
        self._pages = self._listed({mark.url for mark in marks if mark.url})
        self._postings = self._posted({feature for mark in marks for feature in mark.features} if by_text else set())

    def decide(self, arrival: Arrival, source: int, at: int) -> dedupe.Decision:
        """Which story the arrival joins, and why; or why not the nearest. `at` is when it came out, 0 if unknown."""
        mark = arrival.fingerprint
        weights: Counter[int] = Counter()
        for feature in mark.features if self._by_text else ():
            found = self._postings.get(feature, ())
            if len(found) <= _TELLS:
                for entry in found:
                    weights[entry] += 1 / (1 + len(found))  # type: ignore[assignment]
        rivals = sorted(weights, key=lambda entry: (-weights[entry], entry))[:_RIVALS]
        listed = dict.fromkeys((*rivals, *self._pages.get(mark.url, ())[:_PAGES]))
        if not listed:
            return dedupe.Decision()
        feed, candidates = feed_of(source, arrival.document, arrival.kind), self._load(list(listed))
        return dedupe.decide(
            mark,
            feed,
            candidates,
            self._repeated,
            self._history,
            at=at,
            published=dated(arrival.entry),
            recording=recording(arrival.entry),
            by_text=self._by_text,
            read=self._read,
        )

    def add(self, arrival: Arrival, source: int, entry: int, story: int, at: int, *, founded: bool) -> None:
        """Makes an entry of the batch a candidate for the ones after it, and remembers its features to be written.

        `founded` is whether its story is new with it.
        """
        mark, feed = arrival.fingerprint, feed_of(source, arrival.document, arrival.kind)
        self._entries[entry] = dedupe.Candidate(
            story,
            mark.title,
            mark.url,
            mark.text,
            feed,
            mark.shingles,
            at,
            dated(arrival.entry),
            recording(arrival.entry),
        )
        if mark.url:
            self._pages.setdefault(mark.url, []).insert(0, entry)
        if not self._by_text:
            return
        if feed in self._recent:
            self._recent[feed].add((mark.text, mark.shingles))
        else:
            self._added.setdefault(feed, []).append((mark.text, mark.shingles))
        siblings = self._copies.setdefault(story, set()) if founded else self._members(story)
        siblings.add(entry)
        for feature in dict.fromkeys(mark.features):
            found = self._postings.get(feature)
            # A story's copies share most features: one posting leads to all of them.
            if found is None:
                self._postings[feature] = [entry]
            elif len(found) <= _TELLS and siblings.isdisjoint(found):
                found.append(entry)
            else:
                continue
            self._new.append((feature, entry))

    def write(self) -> None:
        """Stores the features of what was added; call it in the transaction."""
        self._new.sort()  # as the table is: each page of it is sought once
        self._database.conn.executemany("INSERT OR IGNORE INTO feature (hash, entry) VALUES (?, ?)", self._new)

    def _posted(self, features: AbstractSet[int]) -> dict[int, list[int]]:
        """The entries that have each of these features."""
        sql = "SELECT f.hash, f.entry FROM json_each(?) AS wanted JOIN feature AS f ON f.hash = wanted.value"
        postings: dict[int, list[int]] = {}
        for feature, entry in self._database.execute(sql, [json.dumps(sorted(features))]):
            postings.setdefault(feature, []).append(entry)
        return postings

    def _listed(self, urls: AbstractSet[str]) -> dict[str, list[int]]:
        """The last entries that have each of these addresses, the latest first."""
        sql = """SELECT wanted.value, e.id FROM json_each(?) AS wanted JOIN entry AS e ON e.id IN (
            SELECT id FROM entry WHERE url <> '' AND url = wanted.value ORDER BY id DESC LIMIT ?)
            ORDER BY e.id DESC"""
        pages: dict[str, list[int]] = {}
        for url, entry in self._database.execute(sql, [json.dumps(sorted(urls)), _PAGES]):
            pages.setdefault(url, []).append(entry)
        return pages

    def _load(self, entries: Sequence[int]) -> list[dedupe.Candidate]:
        missing = [entry for entry in entries if entry not in self._entries]
        if missing:
            sql = f"""SELECT id, source, document, kind, story, heading, url, text, shingles, {_AT}, published,
                    {_RECORDING} FROM entry WHERE id IN (SELECT value FROM json_each(?))"""
            for row in self._database.execute(sql, [json.dumps(missing)]):
                entry, source, document, kind, story, title, url, text, shingles, at, published, heard = row
                feed = feed_of(source, document, DocumentKind(kind))
                self._entries[entry] = dedupe.Candidate(
                    story, title, url, text, feed, shingles, at, published, _bare(heard)
                )
        return [self._entries[entry] for entry in entries if entry in self._entries]

    def _members(self, story: int) -> set[int]:
        if story not in self._copies:
            stored = self._database.execute("SELECT id FROM entry WHERE story = ?", [story])
            self._copies[story] = {row[0] for row in stored}
        return self._copies[story]

    def _history(self, feed: Place, headline: str) -> int:
        """How many stories of the feed had this headline, or this pattern of one, which an arrival of the batch has."""
        posted = self._postings.get(shingles.feature(headline), ()) if headline else ()
        if len(posted) > _TELLS:
            return len(posted)
        return len({rival.story for rival in self._load(posted) if rival.source == feed})

    def _repeated(self, feed: Place) -> AbstractSet[int]:
        """The shingles that three of a feed's last entries hold."""
        if feed not in self._recent:
            source, document = feed
            sql = """SELECT text, shingles FROM entry WHERE id IN (
                SELECT id FROM entry WHERE source = ? AND ? IN ('', document)
                ORDER BY id DESC LIMIT ?) ORDER BY id"""  # the ids first: sorting would drag all texts along
            stored = self._database.execute(sql, [source, document, _RECENT]).fetchall()
            self._recent[feed] = _Recent([*stored, *self._added.pop(feed, ())], self._read)
        return self._recent[feed].boilerplate()


class _Reader:
    """Texts as they are compared: each is taken apart once, as long as there is room."""

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._held = 0

    def __call__(self, value: str, packed: bytes) -> Text:
        found = self._texts.get(value)
        if found is None:
            found = Text(value, packed)
            self._held += found.length
            if self._held > _READ:
                self._texts.clear()
                self._held = found.length
            self._texts[value] = found
        return found


class _Recent:
    """A feed's last texts, and what they repeat: found when it is asked for, and anew after every third text."""

    def __init__(self, texts: Sequence[_Said], read: Callable[[str, bytes], Text]) -> None:
        self._texts = deque(texts, _RECENT)
        self._read = read
        self._added = 0
        self._boilerplate: AbstractSet[int] | None = None

    def add(self, text: _Said) -> None:
        self._texts.append(text)
        self._added += 1
        if self._added % _AFRESH == 0:
            self._boilerplate = None

    def boilerplate(self) -> AbstractSet[int]:
        if self._boilerplate is None:
            self._boilerplate = boilerplate(_ends(self._read(*text)) for text in self._texts)
        return self._boilerplate


def _ends(text: Text) -> Sequence[int]:
    """A text's shingles without those of its middle: a notice stands above or below an article."""
    found = text.shingles
    count = len(found) * _END // max(1, len(text.value))
    return found if len(text.value) <= 2 * _END else [*found[:count], *found[-count:]]


def replace(database: Database, entry: int, story: int, before: Features, after: Features) -> None:
    """Has an edited entry found by what it says now."""
    forget(database, entry, story, before)
    _add(database, entry, after)


def forget(database: Database, entry: int, story: int, features: Features) -> None:
    """Takes an entry out of the index; where it led to its story's next copy, too, that one takes its place."""
    rows = [(feature, entry) for feature in features]
    database.conn.executemany("DELETE FROM feature WHERE hash = ? AND entry = ?", rows)
    query = "SELECT id, text, heading FROM entry WHERE story = ? AND id <> ? ORDER BY id LIMIT 1"
    for heir, text, heading in database.execute(query, [story, entry]).fetchall():
        _add(database, heir, set(features).intersection(dedupe.features_of(text, heading)))


def separate(database: Database, entries: Sequence[int]) -> None:
    """Has each of these found by all its own features: they led to one another while they were one story."""
    query = "SELECT id, text, heading FROM entry WHERE id IN (SELECT value FROM json_each(?))"
    for entry, text, heading in database.execute(query, [json.dumps(list(entries))]).fetchall():
        _add(database, entry, dedupe.features_of(text, heading))


def _add(database: Database, entry: int, features: Features) -> None:
    rows = [(feature, entry) for feature in set(features)]
    database.conn.executemany("INSERT OR IGNORE INTO feature (hash, entry) VALUES (?, ?)", rows)
