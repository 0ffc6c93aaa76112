"""What the operator does to stories: as the commands do, beside a daemon that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, TroubleError
from aggregator.operate import Came, Controls, Done
from aggregator.operate import stories as operate
from aggregator.store import overrides

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"
WORDS = " ".join(f"word{n}" for n in range(80))
OTHER = WORDS.replace("word", "other")


@pytest.fixture
def reprinted(desk: Desk) -> Desk:
    """An article at two places, and another one."""
    desk.deliver(A, Entry("1", "The article", "https://a.example/1", content=WORDS))
    desk.deliver(B, Entry("2", "The article", "https://b.example/2", content=WORDS))
    desk.deliver(B, Entry("3", "Something else", "https://b.example/3", content=OTHER))
    return desk


def stories(desk: Desk) -> dict[str, str]:
    return dict(desk.rows("SELECT e.guid, s.urn FROM entry AS e JOIN story AS s ON s.id = e.story"))


def row(desk: Desk, guid: str) -> int:
    return next(entry for entry, found in desk.rows("SELECT id, guid FROM entry") if found == guid)


def name(urn: str) -> str:
    return urn.removeprefix("urn:uuid:")


def test_a_copy_is_split_off_as_the_command_does_it(reprinted: Desk) -> None:
    before = stories(reprinted)
    assert before["1"] == before["2"] != before["3"]

    came = reprinted.writer.now(operate.split, name(before["1"]), row(reprinted, "2"))

    assert came == Came(Done.SPLIT, before["1"])
    after = stories(reprinted)
    assert after["1"] == before["1"] and after["2"] not in set(before.values())
    assert reprinted.rows("SELECT joined FROM entry WHERE guid = '2'") == [(overrides.BY_OPERATOR,)]
    again = reprinted.writer.now(operate.split, name(before["1"]), row(reprinted, "2"))
    assert again == Came(Done.NO_COPY, before["1"]), "the form was sent twice"
    assert reprinted.writer.now(operate.split, name(before["1"]), row(reprinted, "1")) == Came(Done.ALONE, before["1"])
    assert stories(reprinted) == after


def test_only_a_copy_of_the_story_that_is_named_is_split_off(reprinted: Desk) -> None:
    before = stories(reprinted)
    assert reprinted.writer.now(operate.split, name(before["3"]), row(reprinted, "2")) == Came(
        Done.NO_COPY, before["3"]
    )
    assert reprinted.writer.now(operate.split, name(before["1"]), 4711).done is Done.NO_COPY
    assert reprinted.writer.now(operate.split, "0" * 36, row(reprinted, "2")) == Came(Done.NO_STORY)
    assert stories(reprinted) == before


@pytest.mark.parametrize(
    "way",
    [
        "{id}", "urn:uuid:{id}", "https://news.example/story/{id}", "http://localhost:8000/x/story/{id}.html?done=split#top",
        "/story/{id}", " story/{id} ", "https://b.example/3", "http://www.b.example/3/", "3",
    ],
)  # fmt: skip
def test_two_stories_are_merged_however_the_other_is_named(reprinted: Desk, way: str) -> None:
    before = stories(reprinted)
    other = way.format(id=name(before["3"]))

    assert reprinted.writer.now(operate.merge, name(before["1"]), other) == Came(Done.MERGED, before["1"])

    assert set(stories(reprinted).values()) == {before["1"]}
    again = reprinted.writer.now(operate.merge, name(before["1"]), other)
    assert again == Came(Done.ONE_ALREADY, before["1"]), "the form was sent twice"


def test_the_id_of_a_story_that_was_merged_away_names_the_one_that_it_is_now(reprinted: Desk) -> None:
    before = stories(reprinted)
    reprinted.writer.now(operate.merge, name(before["3"]), name(before["1"]))
    assert reprinted.writer.now(operate.split, name(before["3"]), row(reprinted, "3")) == Came(Done.SPLIT, before["1"])
    assert stories(reprinted) == before, "it has its id again"


def test_what_names_no_story_or_several_is_said(reprinted: Desk) -> None:
    before = stories(reprinted)
    reprinted.deliver(A, Entry("3", "A third", "https://a.example/3", content="Not the same at all."))
    merge = operate.merge
    assert reprinted.writer.now(merge, name(before["1"]), "https://nowhere.example/") == Came(
        Done.NO_OTHER, before["1"]
    )
    assert reprinted.writer.now(merge, name(before["1"]), "") == Came(Done.NO_OTHER, before["1"])
    assert reprinted.writer.now(merge, name(before["1"]), "3") == Came(Done.SEVERAL, before["1"])
    assert reprinted.writer.now(merge, "0" * 36, "3") == Came(Done.NO_STORY)


def test_a_guid_that_looks_like_an_id_stands_for_no_other_story(reprinted: Desk) -> None:
    """A stranger chooses the guids."""
    before = stories(reprinted)
    reprinted.deliver(A, Entry(before["3"], "A trap", "https://a.example/trap", content="Not the same at all, this."))
    came = reprinted.writer.now(operate.merge, name(before["1"]), f"https://news.example/story/{name(before['3'])}")
    assert came == Came(Done.MERGED, before["1"])
    assert stories(reprinted)["3"] == before["1"]
    assert stories(reprinted)[before["3"]] != before["1"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(st.text(), st.text())
def test_whatever_is_written_into_the_form_is_answered(reprinted: Desk, story: str, other: str) -> None:
    known = name(stories(reprinted)["1"])
    assert reprinted.writer.now(operate.merge, known, other.replace("3", "")).done is not Done.MERGED
    assert reprinted.writer.now(operate.merge, story, other).done is Done.NO_STORY


async def test_what_changes_is_published_and_what_doesnt_isnt(reprinted: Desk) -> None:
    before = stories(reprinted)
    published: list[int] = []
    controls = Controls(reprinted.writer, lambda: None, lambda: published.append(1), lambda: 0)
    assert (await controls.split(name(before["1"]), row(reprinted, "2"))).done is Done.SPLIT
    assert (await controls.split(name(before["1"]), row(reprinted, "2"))).done is Done.NO_COPY
    assert (await controls.merge(name(before["1"]), "2")).done is Done.MERGED
    assert (await controls.merge(name(before["1"]), "2")).done is Done.ONE_ALREADY
    assert published == [1, 1]


async def test_a_store_that_cant_be_written_is_one_line(reprinted: Desk) -> None:
    before = stories(reprinted)
    reprinted.writer.now(lambda database: database.execute("PRAGMA query_only=1"))
    controls = Controls(reprinted.writer, lambda: None, lambda: None, lambda: 0)
    with pytest.raises(TroubleError, match="nothing can be stored"):
        await controls.split(name(before["1"]), row(reprinted, "2"))
    reprinted.writer.now(lambda database: database.execute("PRAGMA query_only=0"))
