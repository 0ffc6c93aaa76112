"""Who works on which source: taken with its state, released with what came of it, and never left behind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from conftest import A, B, Desk

from aggregator.model import Entry, Source
from aggregator.store import claims, entries, sources
from aggregator.store.database import Writer


def claimed(desk: Desk) -> list[tuple[str, str]]:
    return desk.writer.now(
        lambda database: database.execute("SELECT source, holder FROM claim ORDER BY source").fetchall()
    )


def take(desk: Desk, holder: str, *keys: str) -> list[str]:
    return sorted(desk.writer.now(claims.take, keys, holder))


def test_a_source_is_given_to_one_with_what_is_remembered_of_it(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One"))
    taken = desk.writer.now(claims.take, [A, B, A], "round")
    assert taken == desk.ask(sources.states, [A, B])
    assert take(desk, "push", A) == []
    desk.writer.now(claims.release, [A], "push")  # it has none
    assert claimed(desk) == [(A, "round"), (B, "round")]
    desk.writer.now(claims.release, [A], "round")
    assert take(desk, "push", A, B) == [A]
    assert desk.writer.now(claims.end, "round") == [B]
    assert claimed(desk) == [(A, "push")]


def test_the_commit_of_what_came_releases_it(desk: Desk) -> None:
    take(desk, "round", A, B)
    desk.deliver(A, Entry("1", "One"))
    assert claimed(desk) == [(B, "round")]


def test_a_visit_that_goes_on_is_still_one(desk: Desk) -> None:
    take(desk, "round", A)
    part = desk.delivery(A, Entry("1", "One"))
    desk.commit(replace(part, more=True))
    assert take(desk, "push", A) == []
    desk.commit(replace(part, more=True), part)
    assert take(desk, "push", A) == [A]


def test_a_commit_that_is_undone_leaves_the_claim(desk: Desk) -> None:
    take(desk, "round", A)
    broken = replace(desk.delivery(A, Entry("1", "One")), documents={"": None})  # type: ignore[dict-item]
    with pytest.raises(AttributeError):
        desk.writer.now(entries.commit, [broken])
    assert claimed(desk) == [(A, "round")]


def test_what_a_process_had_claimed_is_free_for_the_next_one(tmp_path: Path) -> None:
    for _ in range(2):
        writer = Writer(tmp_path)
        writer.now(sources.register, [Source(A)])
        assert set(writer.now(claims.take, [A], "round")) == {A}
        writer.close()
