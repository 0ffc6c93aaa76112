"""Whether what a feed lists goes on from what it listed before, or entries went by unseen in between. Pure.

A feed lists its newest entries only: one that publishes more of them between two visits has had some that nobody saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from aggregator.model import DocumentState, SourceState

_FEWEST = 4  # entries: a feed that lists fewer may do without overlap, as one of the weather does
_JUST_NOW = 300  # seconds: what all came out since then has the date of the request


def has_missed(before: DocumentState, listed: frozenset[bytes], dates: Sequence[int], now: int) -> bool:
    """Tell whether entries probably went by unseen: all that a feed lists came out after it was read last (`before`).

    `listed` are the hashes of the entries that it lists now, `dates` when the new ones came out. Without dates, or with
    those of the request, nothing is known: the same entries may have other words.
    """
    known = before.entry_hashes
    if len(listed) < _FEWEST or not (known and before.read_at) or known & listed or len(dates) < len(listed):
        return False
    return before.read_at < min(dates) < min(now - _JUST_NOW, max(dates))


def tightened(state: SourceState, dates: Sequence[int]) -> SourceState:
    """Have a feed of which entries were `missed` asked twice in the time that what it lists now took to come out.

    `dates` are those of its new entries. That is often enough for the next list to go on from this one.
    """
    if not state.missed or not dates:
        return state
    listed = max(dates) - min(dates)
    return replace(state, gap=min(state.gap or listed, listed))
