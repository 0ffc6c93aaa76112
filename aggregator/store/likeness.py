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
from aggregator.refine.dedupe import Place
from aggregator.refine.shingles import COMPARED, Text
from aggregator.store import features
from aggregator.store.matching import dated

_TELLS = 24  # entries that may have a feature for it to tell something
_RIVALS = 4  # candidates by features,
_SAME_ADDRESS = 4  # and by address, that are looked at
_AFRESH = 3  # texts after which a feed's boilerplate is looked for again
_END = 1000  # characters of a text's either end that boilerplate is looked for in
_RECENT = 8  # of a feed's last entries, to know its boilerplate by
_READ = 100_000  # words of texts that are held, to be compared again: ten megabytes

_RECORDING = "coalesce(unpack(data) ->> '$.enclosures[0].url', '')"
_TEXT = "unpack_text(text, data)"
_AT = "CASE WHEN published > 0 THEN min(published, seen) WHEN backlog = 0 THEN seen ELSE 0 END"

Features = Collection[int]
"""Under which an entry is found."""
_Shingled = tuple[str, bytes]
"""A text and its shingles, as far as they are at hand: those of what is stored are made again."""


def recording(entry: Entry) -> str:
    """Return the address of what is to be heard or seen, without the parameters that change with every request."""
    return _bare(entry.enclosures[0].url) if entry.enclosures else ""


def _bare(address: str) -> str:
    return address.partition("?")[0]


def came_out(entry: Entry, seen: int, backlog: int) -> int:
    """Return the best that is known of when an entry came out; 0 for one that was there before its source was known."""
    return min(dated(entry), seen) if dated(entry) else 0 if backlog else seen


def feed_of(source: int, document: str, kind: DocumentKind) -> Place:
    """Return what repeats its own words: a feed, or a folder with all the articles in it."""
    return (source, "") if kind.is_article else (source, document)


class Index:
    """The candidates of a batch: among what is stored, and among the batch itself as it is added."""

    def __init__(self, database: Database, arrivals: Sequence[Arrival], *, by_text: bool) -> None:
        self._database = database
        self._by_text = by_text
        self._read = _Reader()
        self._entries: dict[int, dedupe.Candidate] = {}
        self._recent: dict[Place, _Recent] = {}
        self._added: dict[Place, list[_Shingled]] = {}
        self._copies: dict[int, set[int]] = {}
        self._new: list[features.Row] = []
        self._came: list[int] = []
        fingerprints = [arrival.fingerprint for arrival in arrivals]
        self._by_address = self._of_addresses({fingerprint.url for fingerprint in fingerprints if fingerprint.url})
        sought = {feature for fingerprint in fingerprints for feature in fingerprint.features} if by_text else set()
        self._postings = features.entries(database, sought)

    def decide(self, arrival: Arrival, source: int, at: int) -> dedupe.Decision:
        """Decide which story the arrival joins, or why not the nearest. `at` is when it came out, 0 if unknown."""
        fingerprint = arrival.fingerprint
        weights: Counter[int] = Counter()
        for feature in fingerprint.features if self._by_text else ():
            entries = self._postings.get(feature, ())
            if len(entries) <= _TELLS:
                for entry in entries:
                    weights[entry] += 1 / (1 + len(entries))  # type: ignore[assignment]
        rivals = sorted(weights, key=lambda entry: (-weights[entry], entry))[:_RIVALS]
        likely = dict.fromkeys((*rivals, *self._by_address.get(fingerprint.url, ())[:_SAME_ADDRESS]))
        if not likely:
            return dedupe.Decision()
        feed, candidates = feed_of(source, arrival.document, arrival.kind), self._load(list(likely))
        return dedupe.decide(
            fingerprint,
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
        """Make an entry of the batch a candidate for the ones after it, and remember its features to be written.

        `founded` tells whether its story is new with it.
        """
        fingerprint, feed = arrival.fingerprint, feed_of(source, arrival.document, arrival.kind)
        self._came.append(entry)
        self._entries[entry] = dedupe.Candidate(
            story,
            fingerprint.title,
            fingerprint.url,
            fingerprint.text,
            feed,
            fingerprint.shingles,
            at,
            dated(arrival.entry),
            recording(arrival.entry),
        )
        if fingerprint.url:
            self._by_address.setdefault(fingerprint.url, []).insert(0, entry)
        if not self._by_text:
            return
        if feed in self._recent:
            self._recent[feed].add((fingerprint.text, fingerprint.shingles))
        else:
            self._added.setdefault(feed, []).append((fingerprint.text, fingerprint.shingles))
        siblings = self._copies.setdefault(story, set()) if founded else self._members(story)
        siblings.add(entry)
        for feature in dict.fromkeys(fingerprint.features):
            entries = self._postings.get(feature)
            # A story's copies share most features: one posting leads to all of them.
            if entries is None:
                self._postings[feature] = [entry]
            elif len(entries) <= _TELLS and siblings.isdisjoint(entries):
                entries.append(entry)
            else:
                continue
            self._new.append((feature, entry))

    def write(self) -> None:
        """Store the features of what was added; call it in the transaction."""
        features.add_fresh(self._database, self._new, self._came)

    def _of_addresses(self, urls: AbstractSet[str]) -> dict[str, list[int]]:
        """Return the last entries that have each of these addresses, the latest first."""
        sql = """SELECT wanted.value, e.id FROM json_each(?) AS wanted CROSS JOIN entry AS e ON e.id IN (
            SELECT id FROM entry WHERE url <> '' AND url = wanted.value ORDER BY id DESC LIMIT ?)
            ORDER BY e.id DESC"""
        by_address: dict[str, list[int]] = {}
        for url, entry in self._database.execute(sql, [json.dumps(sorted(urls)), _SAME_ADDRESS]):
            by_address.setdefault(url, []).append(entry)
        return by_address

    def _load(self, entries: Sequence[int]) -> list[dedupe.Candidate]:
        missing = [entry for entry in entries if entry not in self._entries]
        if missing:
            sql = f"""SELECT id, source, document, kind, story, heading, url, {_TEXT}, {_AT}, published,
                    {_RECORDING} FROM entry WHERE id IN (SELECT value FROM json_each(?))"""
            for row in self._database.execute(sql, [json.dumps(missing)]):
                entry, source, document, kind, story, title, url, text, at, published, heard = row
                feed = feed_of(source, document, DocumentKind(kind))
                self._entries[entry] = dedupe.Candidate(story, title, url, text, feed, b"", at, published, _bare(heard))
        return [self._entries[entry] for entry in entries if entry in self._entries]

    def _members(self, story: int) -> set[int]:
        if story not in self._copies:
            stored = self._database.execute("SELECT id FROM entry WHERE story = ?", [story])
            self._copies[story] = {row[0] for row in stored}
        return self._copies[story]

    def _history(self, feed: Place, headline: str) -> int:
        """Count the stories of the feed that had this headline, or this pattern of one, which an arrival has."""
        entries = self._postings.get(shingles.feature(headline), ()) if headline else ()
        if len(entries) > _TELLS:
            return len(entries)
        return len({rival.story for rival in self._load(entries) if rival.place == feed})

    def _repeated(self, feed: Place) -> AbstractSet[int]:
        """Return the shingles that three of a feed's last entries hold."""
        if feed not in self._recent:
            source, document = feed
            sql = f"""SELECT {_TEXT} FROM entry WHERE id IN (
                SELECT id FROM entry WHERE source = ? AND ? IN ('', document)
                ORDER BY id DESC LIMIT ?) ORDER BY id"""  # the ids first: sorting would drag all texts along
            stored = [(text, b"") for (text,) in self._database.execute(sql, [source, document, _RECENT])]
            self._recent[feed] = _Recent([*stored, *self._added.pop(feed, ())], self._read)
        return self._recent[feed].boilerplate()


class _Reader:
    """Texts as they are compared: each is taken apart once, as long as there is room."""

    def __init__(self) -> None:
        self._texts: dict[str, Text] = {}
        self._words = 0

    def __call__(self, value: str, packed: bytes) -> Text:
        text = self._texts.get(value)
        if text is None:
            text = Text(value, packed)
            self._words += text.length
            if self._words > _READ:
                self._texts.clear()
                self._words = text.length
            self._texts[value] = text
        return text


class _Recent:
    """A feed's last texts, and what they repeat: looked for when it is needed, and anew after every third text."""

    def __init__(self, texts: Sequence[_Shingled], read: Callable[[str, bytes], Text]) -> None:
        self._texts = deque(texts, _RECENT)
        self._read = read
        self._added = 0
        self._boilerplate: AbstractSet[int] | None = None

    def add(self, text: _Shingled) -> None:
        """Take the feed's next text for its last."""
        self._texts.append(text)
        self._added += 1
        if self._added % _AFRESH == 0:
            self._boilerplate = None

    def boilerplate(self) -> AbstractSet[int]:
        """Return the shingles that three of the texts have near their ends."""
        if self._boilerplate is None:
            self._boilerplate = boilerplate(map(self._ends, self._texts))
        return self._boilerplate

    def _ends(self, text: _Shingled) -> Sequence[int]:
        """Return a text's shingles without those of its middle: boilerplate stands above or below an article.

        Of a long text whose shingles aren't at hand the middle isn't even read: that is two thirds of all there is.
        """
        value, packed = text
        value = value[:COMPARED]
        if len(value) > 2 * _END and not packed:
            return [*self._read(value[:_END], b"").shingles, *self._read(value[-_END:], b"").shingles]
        every = self._read(value, packed).shingles
        count = len(every) * _END // max(1, len(value))
        return every if len(value) <= 2 * _END else [*every[:count], *every[-count:]]


def replace(database: Database, entry: int, story: int, before: Features, after: Features) -> None:
    """Have an edited entry found by what it says now."""
    forget(database, entry, story, before)
    _add(database, entry, after)


def forget(database: Database, entry: int, story: int, before: Features) -> None:
    """Take an entry out of the index; its story's first other copy takes its place under the features that both have.

    Copies of one story are indexed once under each: without that, nothing would lead to the others any more.
    """
    features.remove(database, entry, before)
    sql = f"SELECT id, {_TEXT}, heading FROM entry WHERE story = ? AND id <> ? ORDER BY id LIMIT 1"
    for heir, text, heading in database.execute(sql, [story, entry]).fetchall():
        _add(database, heir, set(before).intersection(dedupe.features_of(text, heading)))


def separate(database: Database, entries: Sequence[int]) -> None:
    """Have each of these found by all its own features: one led to the others while they were one story."""
    sql = f"SELECT id, {_TEXT}, heading FROM entry WHERE id IN (SELECT value FROM json_each(?))"
    for entry, text, heading in database.execute(sql, [json.dumps(list(entries))]).fetchall():
        _add(database, entry, dedupe.features_of(text, heading))


def _add(database: Database, entry: int, of_entry: Features) -> None:
    features.add(database, ((feature, entry) for feature in set(of_entry)))
