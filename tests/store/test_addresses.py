"""A source whose address changed is the source that it was, and nothing that one gave is lost."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from aggregator.model import Ending, Entry, Source, SourceState
from aggregator.store import incidents, search, selection, sources, standings, trails

if TYPE_CHECKING:
    from tests.store.conftest import Desk

OLD, NEW, THIRD = "http://old.example/feed", "https://new.example/rss/", "https://third.example/atom"
NOON = 1_767_355_200
ONE, TWO = (
    Entry(str(n), title, f"https://old.example/{n}", content="<p>Of few words.</p>", published=1_767_355_200 - n)
    for n, title in ((1, "Herons"), (2, "Otters"))
)


def moved(desk: Desk, to: str = NEW, *, believed: bool = True, at: int = NOON) -> None:
    """Visits that brought two articles and led to another address."""
    desk.subscribe(OLD)
    known = {"location": to} if believed else {"moved_to": to, "moved_visits": 1}
    desk.deliver(OLD, TWO, ONE, at=at, state=SourceState(last_visit=at, next_visit=at + 900, gap=60, **known))  # type: ignore[arg-type]
    desk.writer.now(incidents.look, at)


def ids(desk: Desk) -> dict[str, str]:
    return {story.shown.entry.title: story.id for story in desk.select()}


def keys(desk: Desk) -> list[str]:
    return [standing.key for standing in desk.ask(standings.standings)]


@pytest.mark.parametrize(
    "configured",
    [
        NEW,
        "http://new.example/rss",
        "https://NEW.example:443/rss/",
        "https://old.example/feed",
        "http://old.example/feed/",
    ],
)
@pytest.mark.parametrize("removed_first", [False, True])
def test_the_config_follows_and_the_source_is_the_same(desk: Desk, configured: str, removed_first: bool) -> None:
    moved(desk)
    before, rows = ids(desk), desk.rows("SELECT * FROM entry")
    documents = desk.ask(sources.states, [OLD])[OLD].documents
    if removed_first:
        desk.subscribe()
        assert ids(desk) == {}
    desk.subscribe(Source(configured, name="Ours", category="birds"))

    assert keys(desk) == [configured]
    assert (ids(desk), desk.rows("SELECT * FROM entry")) == (before, rows)
    state = desk.ask(sources.states, [configured])[configured]
    assert (state.documents, state.gap, state.next_visit) == (documents, 60, 0)
    assert desk.deliver(configured, TWO, ONE, at=NOON + 60) == (0, 0, 0)
    assert desk.deliver(configured, Entry("3", "Newts"), TWO, ONE, at=NOON + 120) == (1, 0, 1)
    assert desk.rows("SELECT backlog FROM entry ORDER BY id DESC LIMIT 1") == [(0,)], (
        "it is no new source's old article"
    )
    assert {story.shown.source.feed for story in desk.select()} == {configured}, "outputs name where it is now"


def test_later_stories_have_the_ids_that_they_would_have_had(desk: Desk, tmp_path: object) -> None:
    moved(desk)
    desk.subscribe(NEW)
    desk.deliver(NEW, Entry("3", "Newts"), at=NOON + 60)
    after = ids(desk)
    stayed = desk.again(desk.folder.parent / "stayed")
    stayed.subscribe(OLD)
    stayed.deliver(OLD, TWO, ONE)
    stayed.deliver(OLD, Entry("3", "Newts"), at=NOON + 60)
    assert ids(stayed) == after
    stayed.writer.close()


def test_the_incident_ends_when_the_advice_is_followed(desk: Desk) -> None:
    moved(desk)
    desk.subscribe(NEW)
    desk.writer.now(incidents.look, NOON + 60)
    desk.deliver(NEW, at=NOON + 120, state=replace(desk.ask(sources.states, [NEW])[NEW], next_visit=NOON + 900))
    desk.writer.now(incidents.look, NOON + 120)
    (incident,) = desk.ask(incidents.recent)
    assert incident.ending is Ending.FOLLOWED


def test_a_redirect_that_is_seen_and_not_believed_yet_is_enough_where_the_operator_says_the_same(desk: Desk) -> None:
    moved(desk, believed=False)
    before = ids(desk)
    desk.subscribe(NEW)
    assert ids(desk) == before


def test_an_address_that_it_had_on_the_way_is_known_too(desk: Desk) -> None:
    """The status feed named the first of two moves; the config follows that one."""
    moved(desk, NEW)
    moved(desk, THIRD, at=NOON + 60)
    before = ids(desk)
    desk.subscribe(NEW)
    assert ids(desk) == before
    assert desk.ask(sources.states, [NEW])[NEW].location == THIRD


def test_there_and_back_again(desk: Desk) -> None:
    moved(desk)
    before = ids(desk)
    for key in (NEW, OLD, NEW, OLD):
        desk.subscribe(key)
        assert (ids(desk), keys(desk)) == (before, [key])
    assert desk.rows("SELECT count(*) FROM source WHERE first_key <> ''") == [(0,)]


def test_another_feed_at_the_address_that_one_left_is_another_source_with_ids_of_its_own(desk: Desk) -> None:
    moved(desk)
    desk.subscribe(NEW)
    before = ids(desk)
    desk.subscribe(NEW, OLD)
    assert desk.deliver(OLD, Entry("1", "Something else altogether"), at=NOON + 60) == (1, 0, 1)
    after = ids(desk)
    assert before.items() < after.items()
    assert len(set(after.values())) == 3
    desk.subscribe(OLD, NEW)
    assert ids(desk) == after


@pytest.mark.parametrize("other", [THIRD, "http://old.example/feed2", "https://new.example/rss/?page=2", "articles"])
def test_another_address_is_another_source(desk: Desk, other: str) -> None:
    moved(desk)
    desk.subscribe(other)
    assert ids(desk) == {}
    desk.subscribe(OLD, other)
    assert len(ids(desk)) == 2


def test_while_both_are_configured_they_are_two_and_nothing_is_lost_when_the_old_one_goes(desk: Desk) -> None:
    moved(desk)
    desk.subscribe(OLD, NEW)
    desk.deliver(NEW, TWO, Entry("3", "Newts"), at=NOON + 60)
    both = ids(desk)
    assert set(both) == {"Herons", "Otters", "Newts"}
    desk.subscribe(NEW)

    assert ids(desk) == both, "also what only the old one listed"
    assert desk.deliver(NEW, ONE, TWO, Entry("3", "Newts"), at=NOON + 120)[2] == 0
    assert ids(desk) == both
    assert desk.rows("SELECT count(*) FROM entry") == [(4,)]
    (otters,) = [story for story in desk.select() if story.shown.entry.title == "Otters"]
    assert otters.shown.entry.guid == "2"


def test_what_both_addresses_listed_under_one_guid_is_one_story_even_if_it_was_two(desk: Desk) -> None:
    moved(desk)
    desk.subscribe(OLD, NEW)
    desk.deliver(NEW, replace(TWO, title="Otters, corrected", link="https://new.example/2"), at=NOON + 60)
    before = ids(desk)
    assert len(before) == 3
    desk.subscribe(NEW)
    assert ids(desk) == {"Herons": before["Herons"], "Otters, corrected": before["Otters"]}
    (trail,) = desk.ask(trails.trails, before["Otters, corrected"])
    assert trail.story == before["Otters"]


def test_of_two_sources_that_moved_to_one_place_both_keep_their_articles(desk: Desk) -> None:
    moved(desk)
    desk.subscribe(OLD, THIRD)
    state = SourceState(last_visit=NOON, location=NEW)
    desk.deliver(THIRD, Entry("9", "Owls"), at=NOON, state=state)
    before = ids(desk)
    desk.subscribe(NEW)
    assert ids(desk) == before
    assert keys(desk) == [NEW]


def test_an_output_that_shows_every_copy_keeps_its_ids(desk: Desk) -> None:
    moved(desk)
    before = {story.id for story in desk.ask(selection.select_copies, selection.Selection(), 10)}
    desk.subscribe(NEW)
    assert {story.id for story in desk.ask(selection.select_copies, selection.Selection(), 10)} == before


def test_a_folder_in_another_spelling_is_the_same(desk: Desk) -> None:
    desk.subscribe("articles")
    desk.deliver("articles", Entry("a.md", "Herons"), document="a.md")
    before = ids(desk)
    desk.subscribe("./articles/")
    assert ids(desk) == before


def test_what_a_removed_source_gave_stays_to_be_found_and_explained(desk: Desk) -> None:
    moved(desk)
    before = ids(desk)
    desk.subscribe()
    assert ids(desk) == {}, "outputs show what is configured"
    assert [hit.title for hit in desk.ask(search.search, "herons")] == ["Herons"]
    (trail,) = desk.ask(trails.trails, before["Herons"])
    (step,) = trail.steps
    assert (step.removed, step.shown) == (True, False)
    desk.subscribe(OLD)
    assert ids(desk) == before
