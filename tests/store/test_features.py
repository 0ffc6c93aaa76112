"""Which entries have which features: what is found is the same, in whichever of the two tables it lies."""

from __future__ import annotations

from contextlib import closing

from hypothesis import given
from hypothesis import strategies as some

from aggregator.store import database, features

_HASH = some.integers(-(2**31), 2**31 - 1) | some.sampled_from((-(2**31), -(2**26), -1, 0, 2**26 - 1, 2**31 - 1))
_BATCHES = some.lists(some.tuples(some.integers(1, 700), some.lists(some.tuples(_HASH, some.integers(0, 699)))))


@given(_BATCHES, some.data())
def test_what_came_is_found_in_the_order_in_which_it_came_until_it_is_removed(
    batches: list[tuple[int, list[features.Row]]], data: some.DataObject
) -> None:
    known: set[features.Row] = set()
    last = 0
    with closing(database.blank()) as stored:
        for size, rows in batches:
            fresh = {(feature, last + 1 + place % size) for feature, place in rows}
            features.add_fresh(stored, fresh, range(last + 1, last + size + 1))
            known |= fresh
            last += size
        for feature, entry in data.draw(some.sets(some.sampled_from(sorted(known)))) if known else ():
            features.remove(stored, entry, [feature])
            known.remove((feature, entry))
        features.add(stored, known)  # noted once more, it is found once

        found = features.entries(stored, {feature for feature, _ in known} | {4711})
    assert found == {feature: sorted(e for f, e in known if f == feature) for feature, _ in known}


def test_what_came_last_stays_in_the_small_table_and_all_else_goes_to_the_large_one() -> None:
    with closing(database.blank()) as stored:
        for first in range(1, 100_001, 500):
            came = range(first, first + 500)
            features.add_fresh(stored, [((entry * 2_654_435_761) % 2**32 - 2**31, entry) for entry in came], came)
        fresh, large = (
            stored.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in ("feature_fresh", "feature")
        )
        assert fresh + large == 100_000
        assert 10_000 < fresh < 33_000
