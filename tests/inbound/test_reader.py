"""What an older version read is read anew once: in place, without validators, and shown as the same article."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from house import House

from aggregator.model import DocumentState, SourceState
from aggregator.parse import READER
from aggregator.policy.outcome import to_read
from aggregator.store import packing

FEED = """<rss version="2.0"><channel><title>Log</title><link>https://log.example/</link>
<item><guid>https://log.example/1</guid><title>The mill burned</title>
<description>All night, and nobody saw it before the morning came over the hill.</description></item></channel></rss>"""


def test_what_an_older_version_left_of_a_document_does_not_count() -> None:
    old = DocumentState(
        "e", "m", "https://log.example/feed", b"h", "1 2", frozenset({b"12345678"}), b"o", "", READER - 1
    )
    state = to_read(SourceState(documents={"": old, "kept": DocumentState("e", "m", "u", b"h", reader=READER)}), READER)
    assert state.documents[""] == DocumentState(validators_from="https://log.example/feed", reader=READER)
    assert state.documents["kept"].etag == "e"


def test_a_document_is_read_anew_once_and_its_entries_stay_who_they_are(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.write('[[source]]\npath = "in"\n')
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log.xml").write_text(FEED)
    house.json("once", "--all")
    (before,) = house.entries()
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database, database:
        database.execute("UPDATE document SET reader = 0")
        database.create_function("cut", 1, lambda text: text)
        packing.register(database)
        text, data = database.execute("SELECT unpack_text(text, data), unpack(data) FROM entry").fetchone()
        as_read_then = packing.pack(data.replace("All night", "Al night"), text)
        database.execute("UPDATE entry SET data = ?, text = ?", as_read_then)
        updated = database.execute("SELECT updated FROM story").fetchall()
    rounds = [house.json("once", "--all") for _ in range(2)]
    assert [(told["entries_new"], told["entries_updated"], told["unchanged"]) for told in rounds] == [
        (0, 1, 0),
        (0, 0, 1),
    ]
    (after,) = house.entries()
    assert (after["guid"], after["story"]) == (before["guid"], before["story"])
    with closing(sqlite3.connect(house.data / "aggregator.db")) as database:
        assert database.execute("SELECT updated FROM story").fetchall() == updated
        assert database.execute("SELECT reader FROM document").fetchall() == [(READER,)]
