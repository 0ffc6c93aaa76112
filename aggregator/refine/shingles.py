"""Texts as they are remembered and compared: their words, their shingles, their features for the index.

Every five words in a row are a shingle. A few shingles are indexed, chosen by their hashes, so that two texts choose
alike where they are alike; most are chosen near the start, because the lead is what every copy keeps.
"""

from __future__ import annotations

import re
import struct
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from hashlib import blake2b
from itertools import islice
from zlib import crc32

from aggregator.text import characters

WIDTH = 5  # words in a shingle: shorter ones are idioms, longer ones don't survive edits
_GRAM = 4  # characters that stand for a word in scripts without spaces
_SAMPLES = ((40, 4), (100, 4), (250, 4), (1 << 30, 4))  # of so many first shingles, so many
COMPARED = 20_000  # characters: the text of an article, and of a book enough
FRONT = 20  # words: dateline, byline and "share this" may stand before the lead

_UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
_ANY_UNSPACED = re.compile(f"[{_UNSPACED}]")
_WORD = re.compile(r"\w+")
_NO_WORD = re.compile(rf"[^\w\x00-\x7f{_UNSPACED}]+")
_UNSPACED_PIECE = re.compile(f"[{_UNSPACED}]+")
_PIECE = re.compile(rf"[{_UNSPACED}]+|[^\W{_UNSPACED}]+")
_MARKS = frozenset("\"“„«‹「『‘'")


def words(value: str) -> list[str]:
    """Return the words in their normal form. Where a script has no spaces, each character with a few more is one."""
    return characters.spelled(value, _parted).decode().split()


def spelled(value: str) -> list[bytes]:
    """Return the words() in UTF-8, as shingles and features are made of them."""
    return characters.spelled(value, _parted).split()


def _parted(normal: str) -> str:
    return _UNSPACED_PIECE.sub(_grams, _NO_WORD.sub(" ", normal))


def _grams(piece: re.Match[str]) -> str:
    return f" {' '.join(piece[0][i : i + _GRAM] for i in range(len(piece[0])))} "


def spans(value: str) -> Iterator[tuple[str, int]]:
    """Yield each word of a text in its normal form, with where it starts."""
    for match in _PIECE.finditer(value):
        piece, start = match[0], match.start()
        if _ANY_UNSPACED.match(piece):
            yield from ((piece[i : i + _GRAM], start + i) for i in range(len(piece)))
        else:
            yield piece, start


def hashes(text: Sequence[bytes]) -> list[int]:
    """Return the shingles of a text's words, as crc32s: the same in every process and release, unlike hash()."""
    return list(map(crc32, map(b" ".join, zip(*(islice(text, i, None) for i in range(WIDTH)), strict=False))))


def features(text: Sequence[bytes], titles: Sequence[str], hashed: Sequence[int] | None = None) -> tuple[int, ...]:
    """Return what goes into the index: some shingles and headlines, as signed 32-bit numbers (four bytes in SQLite).

    `text` are its words. The lowest `hashed` (its hashes(), if at hand) choose; what is stored is another hash, because
    the lowest of 2³² are few.
    """
    hashed = hashes(text) if hashed is None else hashed
    rows = (b" ".join(text[at : at + WIDTH]) for at in _chosen(hashed))
    return (*map(_feature, rows), *(feature(title) for title in titles if " " in title))


def feature(headline: str) -> int:
    """Return the number under which a headline is in the index."""
    return _feature(headline.encode("utf-8", "replace"))


def _feature(key: bytes) -> int:
    return int.from_bytes(blake2b(key, digest_size=4).digest(), "big", signed=True)


def _chosen(hashed: Sequence[int]) -> Iterable[int]:
    """Choose the lowest in each sample, each once, and return where they stand first.

    Of a longer sample only those count that are below the last one's count; and one that is new among the lowest stands
    nowhere in the samples before, or it would have been among theirs.
    """
    start, least = 0, 1 << 32
    lowest: list[int] = []
    chosen: dict[int, int] = {}
    for end, number in _SAMPLES:
        lower = {value for value in hashed[start:end] if value <= least}
        lowest = sorted(lower.union(lowest))[:number]
        chosen |= {value: hashed.index(value, start) for value in lowest if value not in chosen}
        if end >= len(hashed):
            break
        start, least = end, (lowest[-1] if len(lowest) == number else least)
    return chosen.values()


def pack(hashed: Sequence[int]) -> bytes:
    """Pack the hashes() of a text as they are stored, four bytes each."""
    return struct.pack(f"<{len(hashed)}I", *hashed)


class Text:
    """A text as it is compared: its shingles and, where it comes to that, its words."""

    def __init__(self, value: str, packed: bytes = b"") -> None:
        """Take a text; `packed` are its shingles, if they are at hand: that takes a tenth of the time."""
        self.value = value[:COMPARED]
        self.shingles = struct.unpack(f"<{len(packed) // 4}I", packed) if packed else hashes(spelled(self.value))

    @cached_property
    def words(self) -> Sequence[str]:
        return words(self.value)

    @cached_property
    def numbers(self) -> Sequence[tuple[int, str]]:
        """The words with digits in them, each with its place."""
        words = [(at, word) for at, word in enumerate(self.words) if not word.isalpha()]
        return [(at, word) for at, word in words if word.isdecimal() or any(map(str.isdigit, word))]

    @property
    def length(self) -> int:
        """The number of words."""
        return len(self.shingles) + WIDTH - 1 if self.shingles else len(self.words)

    @cached_property
    def places(self) -> Mapping[int, int]:
        """The place at which each shingle stands first."""
        last = len(self.shingles) - 1
        return dict(zip(reversed(self.shingles), range(last, -1, -1), strict=True))

    def quoted(self, start: int) -> bool:
        """Tell whether an opening quotation mark touches this word."""
        value = unicodedata.normalize("NFKC", self.value).casefold()
        at = _spots(value, start, 1)[0][0]
        return value[at - 1 : at] in _MARKS or value[at - 2 : at] == "« "  # a closing mark has a space behind it

    def excerpt(self, start: int, length: int) -> str:
        """Return so many words from this one on, as they are written."""
        value = unicodedata.normalize("NFKC", self.value) if length else ""
        spots = _spots(value, start, length)
        return " ".join(value[spots[0][0] : spots[-1][1]].split()) if spots else ""


def _spots(value: str, start: int, length: int) -> list[tuple[int, int]]:
    """Return where so many words from this one on begin and end."""
    if not value.isascii() and _ANY_UNSPACED.search(value):
        return [(at, at + len(word)) for word, at in islice(spans(value), start, start + length)]
    return [match.span() for match in islice(_WORD.finditer(value), start, start + length)]
