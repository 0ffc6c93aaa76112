"""Real feeds lose no entry, however few they list at a time, and two of their entries are two."""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import documents
from replay import histories, replayed


@pytest.mark.parametrize("window", [1, pytest.param(3, marks=pytest.mark.long)])
def test_no_entry_of_a_real_feed_is_lost_or_joined_but_true_doubles(unpacked: Path, window: int) -> None:
    listed = histories(documents(unpacked))
    if window == 1:
        listed = {name: entries[-60:] for name, entries in listed.items()}
    lost, joined = replayed(listed, window)

    assert lost == 0
    assert joined <= 2, "one blog published two long posts again a year later"
