"""Words of scripts without spaces are found, in any length; all else is found as before."""

from __future__ import annotations

import pytest
from sqlite_utils import Database

from aggregator.config.query import fault, prepared
from aggregator.store.database import _register
from aggregator.store.migrations import migrations
from aggregator.text import grams

TEXTS = {
    "zh": "北京市的空气质量今天有所改善",
    "ja": "東京タワーで新しいデータベースを公開した",
    "th": "นักวิจัยกินข้าวที่กรุงเทพมหานคร",
    "lo": "ພາສາລາວເປັນພາສາທີ່ງາມ",
    "km": "ភាសាខ្មែរជាភាសាផ្លូវការ",
    "my": "မြန်မာဘာသာစကားသည်လှပသည်",
    "mixed": "新しいPython入門とGPT4の使い方",
    "latin": "The café opened in Zürich",
}


def _found(query: str) -> set[str]:
    database = Database(memory=True)
    _register(database)
    migrations.apply(database)
    tokens = "tokenize='unicode61 remove_diacritics 2'"
    database.execute(f"CREATE VIRTUAL TABLE held USING fts5 (title, author, text, {tokens})")
    for number, text in enumerate(TEXTS.values(), 1):
        database.execute("INSERT INTO held (rowid, title, text) VALUES (?, ?, ?)", [number, grams.cut(text), "body"])
    names = list(TEXTS)
    assert fault(query) == ""
    rows = database.execute("SELECT rowid FROM held WHERE held MATCH ?", [prepared(query)]).fetchall()
    return {names[row[0] - 1] for row in rows}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("空气", {"zh"}), ("京", {"zh", "ja"}), ("北京", {"zh"}), ("京北", set()), ("データ*", {"ja"}),
        ("กิน", {"th"}), ("กัน", set()), ("กรุงเทพ", {"th"}), ("ພາສາ", {"lo"}), ("ភាសា", {"km"}), ("ဘာသာ", {"my"}),
        ("title:タワー NOT 北京", {"ja"}), ('"Python入門"', {"mixed"}), ("GPT4", {"mixed"}), ("author:北京", set()),
        ("cafe", {"latin"}), ("zur*", {"latin"}), ("NEAR(北京 空气, 9)", {"zh"}), ("北京 OR 東京", {"zh", "ja"}),
    ],
)  # fmt: skip
def test_a_word_within_a_run_is_found(query: str, found: set[str]) -> None:
    assert _found(query) == found


@pytest.mark.parametrize("text", TEXTS.values())
def test_what_was_cut_can_be_read_again(text: str) -> None:
    assert grams.joined(grams.cut(text)).replace(" ", "") == text.replace(" ", "")


def test_latin_text_is_indexed_as_it_is() -> None:
    assert grams.cut(TEXTS["latin"]) == TEXTS["latin"]
