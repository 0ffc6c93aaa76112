"""What the operator ruled is listed with when and what, and undone: then the rules decide again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import AggregatorError, Entry, StoreError
from aggregator.operate import rulings as orders
from aggregator.operate import sources as operated
from aggregator.store import hiding, overrides, rulings

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200
LONG = " ".join(f"Badger number {n} digs a tunnel of {n + 7} metres under the old railway." for n in range(12))


@pytest.fixture
def copied(desk: Desk) -> Desk:
    """Two copies of one article, and another article."""
    desk.subscribe(A, B, C)
    desk.deliver(A, Entry("a", "Badgers", "https://a.example/1", content=f"<p>{LONG}</p>"))
    desk.deliver(B, Entry("b", "Badgers", "https://b.example/1", content=f"<p>{LONG}</p>"), at=NOON + 60)
    desk.deliver(A, Entry("g", "Gulls", "https://a.example/2", content="<p>Chips.</p>"), at=NOON + 120)
    return desk


def state(desk: Desk) -> list[tuple[Any, ...]]:
    """Which entry is in which story, under which id, and how it joined."""
    return desk.rows("SELECT e.guid, s.urn, e.joined FROM entry AS e JOIN story AS s ON s.id = e.story ORDER BY e.id")


def order(desk: Desk, what: str, **given: Any) -> str:
    return str(desk.writer.now(orders.RULINGS[what], given, NOON + 900)["said"])


def listed(desk: Desk) -> list[str]:
    return [ruling.name for ruling in desk.ask(rulings.listed)]


@pytest.mark.parametrize("entry", [1, 2], ids=["the founder", "a copy"])
def test_a_split_is_listed_and_undone_and_later_copies_join_by_themselves(copied: Desk, entry: int) -> None:
    before = state(copied)
    copied.writer.now(overrides.split, entry, NOON + 300)
    (ruling,) = copied.ask(rulings.listed)
    assert (ruling.name, ruling.at, ruling.title) == ("split-1", NOON + 300, "Badgers")
    assert ruling.url == f"https://{'ab'[entry - 1]}.example/1"
    assert state(copied) != before

    assert "one story again" in order(copied, "undo", ruling="split-1")
    assert state(copied) == before
    assert listed(copied) == []
    (story,) = {urn for guid, urn, _ in before if guid in "ab"}
    copied.deliver(C, Entry("c", "Badgers", "https://c.example/1", content=f"<p>{LONG}</p>"), at=NOON + 400)
    assert state(copied)[-1][:2] == ("c", story)
    assert not copied.ask(overrides.is_ruled, [1, 2, 3])


def test_a_merge_is_listed_and_undone(copied: Desk) -> None:
    before = state(copied)
    order(copied, "merge", one="https://a.example/1", other="https://a.example/2")
    assert listed(copied) == ["merge-1"]
    copied.deliver(C, Entry("c", "Badgers", "https://c.example/1", content=f"<p>{LONG}</p>"), at=NOON + 400)
    said = order(copied, "undo", ruling="merge-1")
    assert before[2][1] in said
    assert state(copied)[:3] == before
    assert state(copied)[3][1] == before[0][1]
    assert copied.rows("SELECT * FROM alias") == []
    copied.deliver(B, Entry("g2", "Gulls", "https://a.example/2", content="<p>Chips.</p>"), at=NOON + 500)
    assert state(copied)[-1][1] == before[2][1], "by its address"


def test_what_a_later_ruling_parted_stays_parted(copied: Desk) -> None:
    """A merge is overruled by a split; undoing the merge then has nothing to do."""
    order(copied, "merge", one="https://a.example/1", other="https://a.example/2")
    order(copied, "split", entry="https://a.example/2")
    parted = [row[:2] for row in state(copied)]
    assert listed(copied) == ["split-2", "merge-1"]
    assert order(copied, "undo", ruling="merge-1") == "They were two already."
    assert [row[:2] for row in state(copied)] == parted
    assert listed(copied) == ["split-2"]


def test_what_was_hidden_stays_hidden_when_a_merge_is_undone(copied: Desk) -> None:
    copied.writer.now(hiding.hide, [2], NOON)
    order(copied, "merge", one="https://a.example/1", other="https://a.example/2")
    order(copied, "undo", ruling="merge-1")
    assert copied.select() == []


def test_hidden_purged_and_paused_are_in_the_list_and_undone(copied: Desk) -> None:
    order(copied, "hide", name="https://a.example/2")
    order(copied, "purge", source=B)
    (row,) = copied.rows(f"SELECT id FROM source WHERE key = '{C}'")[0]
    copied.writer.now(operated.pause, row, NOON)
    copied.writer.now(hiding.hide, [1], NOON, B)
    names = set(listed(copied))
    assert names == {"hide-2", "purge-2", f"pause-{row}"}
    for name in names:
        assert order(copied, "undo", ruling=name)
    assert listed(copied) == []
    assert len(copied.select()) == 2
    assert copied.rows("SELECT 1 FROM source WHERE paused") == []


@pytest.mark.parametrize(
    "name", ["", "split-1", "merge-x", "split--1", "hide-9", "pause-1", "x" * 5000, "split-" + "9" * 30]
)
def test_what_is_no_ruling_is_told_in_a_line(copied: Desk, name: str) -> None:
    with pytest.raises((AggregatorError, StoreError)) as raised:
        order(copied, "undo", ruling=name)
    assert "`aggregator rulings` lists them" in str(raised.value)
    assert "\n" not in str(raised.value)


def test_what_is_not_stored_any_more_cannot_be_undone_and_is_not_listed(copied: Desk) -> None:
    copied.writer.now(overrides.split, 2, NOON)
    copied.writer.now(lambda stored: stored.execute("DELETE FROM entry WHERE id = 2"))
    assert listed(copied) == []
    with pytest.raises(StoreError, match="isn't stored any more"):
        order(copied, "undo", ruling="split-1")
