"""Whose a story's id is, when stories are parted and joined: the founder's, and each gets back what it had."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, StoreError
from aggregator.store import export, overrides
from aggregator.store import trails as trails_

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from tests.store.conftest import Desk

A, B, C, D = (f"https://{name}.example/feed" for name in "abcd")
NOON = 1_767_355_200


def article(guid: str, subject: str, **more: object) -> Entry:
    words = " ".join(f"{subject}{n}" for n in range(70))
    return Entry(guid, f"About the {subject}", f"https://{guid}.example/", content=f"<p>{words}</p>", **more)  # type: ignore[arg-type]


class Room:
    """A store of four sources, its entries named by their guids."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.subscribe(A, B, C, D)

    def bring(self, key: str, guid: str, subject: str, at: int = NOON) -> str:
        self.desk.deliver(key, article(guid, subject), at=at)
        return self.ids()[guid]

    def ids(self) -> dict[str, str]:
        return {entry["guid"]: entry["story"] for entry in self.desk.ask(lambda stored: list(export.entries(stored)))}

    def split(self, guid: str) -> str:
        ((entry,),) = self.desk.rows(f"SELECT id FROM entry WHERE guid = '{guid}'")
        return self.desk.writer.now(overrides.split, entry)

    def merge(self, one: str, other: str) -> str:
        rows = [self.desk.rows(f"SELECT story FROM entry WHERE guid = '{guid}'")[0][0] for guid in (one, other)]
        return self.desk.writer.now(overrides.merge, *rows)

    def leads_to(self, urn: str) -> set[str]:
        """The copies that an id finds."""
        trails = self.desk.ask(trails_.trails, urn)
        return {step.guid for trail in trails for step in trail.steps}


@pytest.fixture
def room(desk: Desk) -> Room:
    return Room(desk)


def test_the_founder_keeps_the_id_and_the_others_stay_together_under_another(room: Room) -> None:
    for key, guid in ((A, "a"), (B, "b"), (C, "c")):
        room.bring(key, guid, "heron", NOON + ord(guid))
    (story,) = set(room.ids().values())
    assert room.split("a") == story
    ids = room.ids()
    assert ids["a"] == story
    assert ids["b"] == ids["c"] != story
    assert {guid: room.leads_to(urn) for guid, urn in ids.items()} == {"a": {"a"}, "b": {"b", "c"}, "c": {"b", "c"}}


def test_one_that_did_not_found_it_leaves_the_id_where_it_is(room: Room) -> None:
    for key, guid in ((A, "a"), (B, "b"), (C, "c")):
        room.bring(key, guid, "heron", NOON + ord(guid))
    story = room.ids()["a"]
    new = room.split("b")
    assert room.ids() == {"a": story, "b": new, "c": story}


@pytest.mark.parametrize("first", ["a", "b"])
def test_a_merge_is_undone_with_the_ids_that_were_whichever_is_split_off(room: Room, first: str) -> None:
    before = {"a": room.bring(A, "a", "heron"), "b": room.bring(B, "b", "otter", NOON + 60)}
    dates = room.desk.rows("SELECT urn, published FROM story ORDER BY urn")
    for _ in range(3):
        assert room.merge("b", "a") == before["a"]
        assert room.leads_to(before["b"]) == {"a", "b"}
        assert room.split(first) == before[first]
        assert room.ids() == before
        assert room.leads_to(before["b"]) == {"b"}
        assert room.desk.rows("SELECT urn, published FROM story ORDER BY urn") == dates
        assert room.desk.rows("SELECT * FROM alias") == []


@pytest.mark.parametrize("order", ["bcd", "dcb", "cbd", "a", "ba", "da"])
def test_of_several_merged_stories_each_gets_its_id_back(room: Room, order: str) -> None:
    before = {
        guid: room.bring(key, guid, subject, NOON + ord(guid))
        for key, guid, subject in ((A, "a", "heron"), (B, "b", "otter"), (C, "c", "newt"), (D, "d", "owl"))
    }
    room.merge("c", "b")
    room.merge("d", "c")
    room.merge("b", "a")
    for guid in order:
        room.split(guid)
    ids = room.ids()
    split = set(order)
    assert {guid: ids[guid] for guid in split} == {guid: before[guid] for guid in split}
    assert ids["a"] == before["a"]
    left = sorted(set("bcd") - split)
    if "a" in split and left:
        assert {ids[guid] for guid in left} == {before[left[0]]}
    for guid, urn in before.items():
        assert guid in room.leads_to(urn), "an id leads to where its article is"


def test_a_copy_of_a_story_that_was_merged_takes_its_id_back_where_it_is_free(room: Room) -> None:
    heron = room.bring(A, "a", "heron")
    otter = room.bring(B, "b", "otter", NOON + 60)
    assert room.bring(C, "c", "otter", NOON + 90) == otter
    room.merge("a", "b")
    assert room.split("c") == otter
    other = room.split("b")
    assert room.ids() == {"a": heron, "b": other, "c": otter}
    assert len({heron, otter, other}) == 3
    assert room.merge("b", "c") == other, "that of the one whose first copy came first"
    assert room.leads_to(otter) == {"b", "c"}


def test_what_was_split_off_is_not_joined_again_by_a_later_copy(room: Room) -> None:
    room.bring(A, "a", "heron")
    room.bring(B, "b", "heron", NOON + 60)
    room.split("a")
    parted = room.ids()
    room.bring(C, "c", "heron", NOON + 90)
    ids = room.ids()
    assert {guid: ids[guid] for guid in "ab"} == parted
    assert ids["c"] in parted.values()


def test_an_entry_that_came_back_keeps_the_id_it_founded_a_story_under(room: Room) -> None:
    """Its guid was made up anew: the id is that of the first one, and the guid of then founds another."""
    story = room.bring(A, "a", "heron")
    room.desk.deliver(A, article("z", "heron", published=0), at=NOON + 60)
    room.bring(B, "b", "heron", NOON + 90)
    assert room.split(next(guid for guid in room.ids() if guid in "az")) == story


_ACTS = st.lists(st.tuples(st.sampled_from(["split", "merge"]), st.sampled_from("abcd"), st.sampled_from("abcd")))


@settings(deadline=None, max_examples=25)
@given(acts=_ACTS)
def test_whatever_is_ruled_no_id_is_lost_or_shared_and_all_undone_is_as_before(
    fresh_desk: Callable[[], AbstractContextManager[Desk]], acts: list[tuple[str, str, str]]
) -> None:
    with fresh_desk() as desk:
        room = Room(desk)
        sources = ((A, "a", "heron"), (B, "b", "otter"), (C, "c", "newt"), (D, "d", "owl"))
        before = {guid: room.bring(key, guid, subject, NOON + ord(guid)) for key, guid, subject in sources}
        for act, one, other in acts:
            try:
                room.split(one) if act == "split" else room.merge(one, other)
            except StoreError:
                continue
            assert all(room.leads_to(urn) for urn in before.values())
        for guid in "abcd":
            while len(room.leads_to(room.ids()[guid])) > 1:
                room.split(guid)
        assert room.ids() == before
        assert desk.rows("SELECT * FROM alias") == []
