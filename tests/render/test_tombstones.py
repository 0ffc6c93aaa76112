"""What Atom editions say of stories that were taken back (RFC 6721)."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree as ET

import feedparser
import pytest
import rules
from newsroom import CHANNEL, NOON, story

from aggregator import render
from aggregator.model import Edition
from aggregator.render.formats import split

_DELETED = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
WITHDRAWN = (("urn:uuid:00000000-0000-4000-8000-000000000001", 1_767_355_200), ("urn:x:\"<&'", 0))


def edition(count: int, suffix: str = "atom", *, withdrawn: bool = True) -> Edition:
    channel = replace(CHANNEL, withdrawn=WITHDRAWN if withdrawn else ())
    return render.render(channel, [story(number) for number in range(count)], suffix)


@pytest.mark.parametrize("count", [0, 1, 3])
def test_each_is_told_before_the_entries_which_stay_what_they_are(count: int) -> None:
    made = edition(count)
    render.check(made, count)
    found = ET.fromstring(made.body).findall(_DELETED)
    assert [(each.get("ref"), each.get("when")) for each in found] == [
        (WITHDRAWN[0][0], "2026-01-02T12:00:00Z"),
        (WITHDRAWN[1][0], "1990-01-01T00:00:00Z"),
    ]
    parts = split(made.body, "atom")
    plain = split(edition(count, withdrawn=False).body, "atom")
    assert parts is not None
    assert plain is not None
    assert (parts.items, parts.tail) == (plain.items, plain.tail)
    assert parts.head.startswith(plain.head), "so a delta has them, too"
    assert rules.broken(made.body, NOON + 86_400) == []
    read = feedparser.parse(made.body)
    assert not read.bozo
    assert len(read.entries) == count


@pytest.mark.parametrize("suffix", ["xml", "json"])
def test_the_other_formats_have_no_word_for_it(suffix: str) -> None:
    assert edition(2, suffix).body == edition(2, suffix, withdrawn=False).body
