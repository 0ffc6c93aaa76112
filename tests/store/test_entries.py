"""Arrivals become entries of stories: once each, together where they are one article, and under ids for ever."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Delivery, Entry, Outcome, Source, SourceState, Story, Visit
from aggregator.store import entries as stories
from aggregator.store import export, sources

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200
HOUR = 3600
LONG = "<p>" + " ".join(f"word{n}" for n in range(80)) + "</p>"
CATS = Entry("1", "Cats sleep all day", "https://e.org/cats", content="<p>They do.</p>", published=NOON - HOUR)


def joined(desk: Desk) -> list[tuple[str, str, str]]:
    """How each entry came to its story: source, guid, how."""
    return [(e["source"], e["guid"], e["joined"]) for e in desk.ask(lambda stored: list(export.entries(stored)))]


def only(found: list[Story]) -> Story:
    (story,) = found
    return story


# ── Once ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_entry_is_stored_and_founds_a_story(desk: Desk) -> None:
    assert desk.deliver(A, CATS) == (1, 0, 1)

    story = only(desk.select())
    assert replace(story.shown.entry, hash=b"") == CATS
    assert (story.published, story.updated, story.others) == (NOON - HOUR, NOON - HOUR, ())
    assert joined(desk) == [(A, "1", "new")]


def test_the_same_delivery_twice_adds_nothing(desk: Desk) -> None:
    listed = [CATS, Entry("2", "Dogs"), Entry("", "", "https://e.org/3")]
    desk.deliver(A, *listed)
    before = desk.rows("SELECT * FROM entry"), desk.rows("SELECT * FROM story")

    assert desk.deliver(A, *listed, at=NOON + HOUR) == (0, 0, 0)
    assert (desk.rows("SELECT * FROM entry"), desk.rows("SELECT * FROM story")) == before


def test_the_same_delivery_twice_in_one_commit_adds_nothing(desk: Desk) -> None:
    first, second = desk.commit(desk.delivery(A, CATS), desk.delivery(A, CATS, at=NOON + 1))

    assert first.entries_new + second.entries_new == 1
    assert desk.rows("SELECT count(*) FROM entry") == [(1,)]


def test_a_guid_is_unique_within_its_document_and_not_across_the_documents_of_a_folder(desk: Desk) -> None:
    desk.subscribe("articles")
    for document in ("a.xml", "sub/b.xml"):
        assert desk.deliver("articles", Entry("1", f"In {document}"), document=document) == (1, 0, 1)
        assert desk.deliver("articles", Entry("1", f"In {document}"), document=document) == (0, 0, 0)

    assert {story.shown.entry.title for story in desk.select()} == {"In a.xml", "In sub/b.xml"}


def test_a_guid_is_not_unique_across_sources(desk: Desk) -> None:
    assert desk.deliver(A, Entry("1", "Cats")) == desk.deliver(B, Entry("1", "Dogs")) == (1, 0, 1)


def test_an_entry_that_is_listed_no_more_stays(desk: Desk) -> None:
    desk.deliver(A, CATS, Entry("2", "Dogs"))
    desk.deliver(A, Entry("2", "Dogs"), at=NOON + HOUR)
    desk.deliver(A, at=NOON + 2 * HOUR)

    assert len(desk.select()) == 2


def test_a_large_delivery_is_stored_whole(desk: Desk) -> None:
    assert desk.deliver(A, *(Entry(str(n), f"Title {n}", f"https://e.org/{n}") for n in range(2000))) == (2000, 0, 2000)


def test_odd_characters_in_guids_do_no_harm(desk: Desk) -> None:
    odd = [Entry(guid, guid) for guid in ("'", '"', "%", "a\nb", "\\u0000", "💩", "a" * 5000, "[1]", "null")]

    assert desk.deliver(A, *odd) == (len(odd), 0, len(odd))
    assert desk.deliver(A, *odd, at=NOON + 1) == (0, 0, 0)


# ── Edited ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edited_entry_takes_the_place_of_what_it_was(desk: Desk) -> None:
    desk.deliver(A, CATS)
    before = only(desk.select())
    edited = replace(CATS, title="Cats sleep all night", content="<p>New words.</p>", categories=("pets",))

    assert desk.deliver(A, edited, at=NOON + HOUR) == (0, 1, 0)

    after = only(desk.select())
    assert replace(after.shown.entry, hash=b"") == edited
    assert (after.id, after.published) == (before.id, before.published), "ids and dates never jump"


@pytest.mark.parametrize(
    "change",
    [{"title": "Cats sleep all night"}, {"content": "<p>They do not.</p>"}, {"content": "<p>They do. Really.</p>"}],
)
def test_other_words_make_a_story_updated(desk: Desk, change: dict[str, str]) -> None:
    desk.deliver(A, replace(CATS, content=LONG))
    desk.deliver(A, replace(CATS, **({"content": LONG} | change)), at=NOON + HOUR)

    assert only(desk.select()).updated == NOON + HOUR


@pytest.mark.parametrize(
    "change",
    [
        {"content": "<p><b>They</b>  do.</p>"},
        {"title": "CATS sleep all day!"},
        {"link": "https://e.org/cats?utm_source=rss"},
        {"image": "https://e.org/cat.jpg"},
        {"categories": ("pets",)},
        {"published": NOON - 2 * HOUR},
        {"updated": NOON + HOUR},
    ],
)
def test_the_same_words_in_other_dress_do_not(desk: Desk, change: dict[str, object]) -> None:
    desk.deliver(A, CATS)
    assert desk.deliver(A, replace(CATS, **change), at=NOON + HOUR) == (0, 1, 0)  # type: ignore[arg-type]

    assert only(desk.select()).updated == NOON - HOUR


def test_the_instant_of_an_update_is_the_entry_s_own_if_it_is_not_ahead(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(A, replace(CATS, title="Second", updated=NOON + 60), at=NOON + HOUR)
    assert only(desk.select()).updated == NOON + 60

    desk.deliver(A, replace(CATS, title="Third", updated=NOON + 9 * HOUR), at=NOON + 2 * HOUR)
    assert only(desk.select()).updated == NOON + 2 * HOUR


def test_an_update_of_a_copy_that_is_not_shown_does_not_make_its_story_updated(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(B, CATS, at=NOON + 1)
    desk.deliver(B, replace(CATS, content="<p>Other words.</p>"), at=NOON + HOUR)

    assert only(desk.select()).updated == NOON - HOUR


def test_an_entry_that_is_edited_is_not_taken_for_the_one_that_has_its_old_words_now(desk: Desk) -> None:
    """A page "latest" whose yesterday's words went into the archive: both were written into one row."""
    latest, archived = Entry("latest", "News", "https://e.org/", content=LONG), Entry("1", "News", content=LONG)
    desk.deliver(A, latest)

    assert desk.deliver(A, replace(latest, content="<p>Other words.</p>"), archived, at=NOON + 1) == (1, 1, 1)
    assert {entry[1] for entry in joined(desk)} == {"latest", "1"}


def test_an_entry_under_another_guid_is_the_entry_it_was(desk: Desk) -> None:
    desk.deliver(A, CATS)
    before = only(desk.select())
    assert desk.deliver(A, replace(CATS, guid="made up again"), at=NOON + 1) == (0, 0, 0)

    after = only(desk.select())
    assert (after.id, after.shown.entry.guid, after.others) == (before.id, "made up again", ())


def test_an_edited_article_file_is_the_same_story(desk: Desk) -> None:
    desk.subscribe("articles")
    desk.deliver("articles", Entry("a.txt", "One"), document="a.txt")
    assert desk.deliver("articles", Entry("a.txt", "Two"), document="a.txt", at=NOON + 1) == (0, 1, 0)

    assert only(desk.select()).shown.entry.title == "Two"


# ── Dates ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("published", "updated", "story"),
    [
        (NOON - HOUR, 0, (NOON - HOUR, NOON - HOUR)),
        (NOON - HOUR, NOON - 60, (NOON - HOUR, NOON - 60)),
        (NOON - 60, NOON - HOUR, (NOON - 60, NOON - 60)),
        (0, NOON - HOUR, (NOON - HOUR, NOON - HOUR)),
        (0, 0, (NOON, NOON)),
        (NOON + HOUR, NOON + HOUR, (NOON, NOON)),
        (-HOUR, 0, (-HOUR, -HOUR)),
    ],
)
def test_a_story_is_from_when_its_first_copy_says_but_never_from_later_than_it_was_seen(
    desk: Desk, published: int, updated: int, story: tuple[int, int]
) -> None:
    """Where a feed has no other date than `updated` (xkcd's, every RSS 1.0) its old entries came as from today."""
    desk.deliver(A, Entry("1", "One", published=published, updated=updated))

    found = only(desk.select())
    assert (found.published, found.updated) == story


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_copies_of_one_article_from_two_sources_are_one_story_with_two_entries(desk: Desk) -> None:
    desk.deliver(A, CATS)
    copy = replace(CATS, guid="b", link="http://www.e.org/cats/?utm_source=b", content="<p>They […]</p>")

    assert desk.deliver(B, copy, at=NOON + HOUR) == (1, 0, 0)

    story = only(desk.select())
    assert story.shown.source.feed == A
    assert [copy.source.feed for copy in story.others] == [B]
    assert joined(desk) == [(A, "1", "new"), (B, "b", "url")]


def test_copies_in_one_commit_are_one_story(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    visits = desk.commit(*(desk.delivery(key, CATS) for key in (A, B, C)))

    assert [(visit.entries_new, visit.stories_new) for visit in visits] == [(1, 1), (1, 0), (1, 0)]
    assert len(only(desk.select()).others) == 2


def test_a_reprint_elsewhere_under_another_title_joins_by_its_text(desk: Desk) -> None:
    desk.deliver(A, replace(CATS, content=LONG))
    desk.deliver(B, Entry("b", "Lazy animals", "https://paper.example/", content=LONG.upper()))

    assert joined(desk)[1] == (B, "b", "text")
    assert len(desk.select()) == 1


def test_the_same_text_under_another_title_in_the_same_feed_is_another_story(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "Weather for Monday", "https://e.org/1", content=LONG))
    desk.deliver(A, Entry("1", "Weather for Monday", "https://e.org/1", content=LONG),
                 Entry("2", "Weather for Tuesday", "https://e.org/2", content=LONG), at=NOON + 1)  # fmt: skip

    assert len(desk.select()) == 2


def test_untitled_notes_that_all_link_to_one_home_page_are_as_many_stories(desk: Desk) -> None:
    notes = [Entry(str(n), "", "https://ann.example.org/", content=f"<p>Note {n}</p>") for n in range(5)]

    assert desk.deliver(A, *notes) == (5, 0, 5)


def test_a_copy_of_what_was_edited_since_joins_by_what_it_says_now(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(A, replace(CATS, title="Cats sleep all night"), at=NOON + 1)
    desk.deliver(B, replace(CATS, title="Cats sleep all night"), at=NOON + 2)

    assert joined(desk)[1] == (B, "1", "url")


def test_every_entry_of_a_story_points_to_it_and_every_story_has_an_entry(desk: Desk) -> None:
    desk.deliver(A, CATS, Entry("2", "Dogs"))
    desk.deliver(B, CATS)

    assert desk.rows("SELECT count(*) FROM story WHERE id NOT IN (SELECT story FROM entry)") == [(0,)]
    assert desk.rows("SELECT count(*) FROM entry WHERE story NOT IN (SELECT id FROM story)") == [(0,)]


# ── Ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_story_s_id_is_a_urn_and_the_same_in_a_database_built_again(desk: Desk, tmp_path: Path) -> None:
    other = desk.again(tmp_path / "again")
    other.subscribe(C, B, A)
    other.deliver(C, Entry("x", "First of all"))
    for store, at in ((desk, NOON), (other, NOON + HOUR)):
        store.deliver(A, CATS, Entry("2", "Dogs"), at=at)
        store.deliver(B, CATS, at=at)
    other.writer.close()

    ids = {story.shown.entry.title: story.id for story in desk.select()}
    again = {story.shown.entry.title: story.id for story in other.select()}
    assert ids.items() <= again.items()
    assert all(UUID(id_.removeprefix("urn:uuid:")).version == 5 for id_ in ids.values())
    assert len(set(again.values())) == 3


def test_a_new_article_under_a_guid_that_several_share_is_a_story_of_its_own(desk: Desk) -> None:
    """It took over the first one's story: subscribers never saw it, and the first one came again as new."""
    one, two, three = (Entry("x", title, f"https://e.org/{title}") for title in ("one", "two", "three"))
    desk.deliver(A, two, one)
    before = {story.shown.entry.title: story.id for story in desk.select()}

    assert desk.deliver(A, three, two, one, at=NOON + HOUR) == (1, 0, 1)

    after = {story.shown.entry.title: story.id for story in desk.select()}
    assert before.items() <= after.items()
    assert len(after) == 3


# ── Which copy is read ───────────────────────────────────────────────────────────────────────────────────────────────


def test_of_several_copies_the_first_is_shown_unless_another_has_a_higher_priority(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(B, CATS, at=NOON + 1)
    assert only(desk.select()).shown.source.feed == A

    desk.subscribe(A, Source(B, priority=1))

    story = only(desk.select())
    assert story.shown.source.feed == B
    assert [copy.source.feed for copy in story.others] == [A]
    desk.deliver(B, replace(CATS, content="<p>Other words.</p>"), at=NOON + HOUR)
    assert only(desk.select()).updated == NOON + HOUR, "it is the shown copy whose words tell"


def test_a_copy_whose_feed_is_gone_for_good_gives_way_and_one_that_scrolled_out_does_not(desk: Desk) -> None:
    desk.deliver(A, CATS)
    desk.deliver(B, CATS, at=NOON + 1)
    desk.deliver(A, Entry("2", "Dogs"), at=NOON + 2)
    assert {story.shown.source.feed for story in desk.select()} == {A}
    failing = SourceState(last_visit=NOON + 3, failures=9, error="x")
    desk.commit(Delivery(A, Visit(A, NOON + 3, Outcome.FAILED), failing))
    assert {story.shown.source.feed for story in desk.select()} == {A}, "it may be back tomorrow"

    desk.commit(Delivery(A, Visit(A, NOON + 4, Outcome.GONE), replace(failing, gone=True)))
    assert {story.shown.entry.title: story.shown.source.feed for story in desk.select()} == {"Cats sleep all day": B,
                                                                                            "Dogs": A}  # fmt: skip


def test_a_guid_that_comes_again_after_its_entry_has_another_is_not_taken_for_it(desk: Desk) -> None:
    """It was put into the story that was founded under that guid, whatever it said."""
    desk.deliver(A, CATS)
    desk.deliver(A, replace(CATS, guid="made up again"), at=NOON + 1)
    assert desk.deliver(A, Entry("1", "Something else altogether", "https://e.org/else"), at=NOON + 2) == (1, 0, 1)

    assert len({story.id for story in desk.select()}) == 2


# ── Anything ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_FEW = st.sampled_from(["", "a", "b", "https://e.org/1", "https://e.org/2", LONG, "\x00x"])
_ENTRIES = st.builds(
    Entry,
    guid=_FEW,
    title=_FEW,
    link=_FEW,
    content=_FEW,
    published=st.integers(-5, NOON),
    updated=st.integers(0, NOON),
)
_ROUNDS = st.lists(st.tuples(st.sampled_from([A, B]), st.lists(_ENTRIES, max_size=5)), max_size=5)


@settings(deadline=None, max_examples=50)
@given(rounds=_ROUNDS)
def test_whatever_arrives_the_counts_are_right_and_repeating_it_adds_nothing(
    fresh_desk: Callable[[], AbstractContextManager[Desk]], rounds: list[tuple[str, list[Entry]]]
) -> None:
    with fresh_desk() as desk:
        counts = [desk.deliver(key, *entries, at=NOON + n) for n, (key, entries) in enumerate(rounds)]

        assert desk.rows("SELECT count(*) FROM entry") == [(sum(new for new, _, _ in counts),)]
        founded = sum(stories for _, _, stories in counts)
        united = "SELECT (SELECT count(*) FROM story) + (SELECT count(*) FROM alias)"
        assert desk.rows(united) == [(founded,)], "each is there, or led to the one that took it in"
        found = desk.select()
        assert len({story.id for story in found}) == len(found) == desk.rows("SELECT count(*) FROM story")[0][0]
        assert all(story.published <= story.updated <= NOON + 10 for story in found)
        if rounds:
            key, entries = rounds[-1]
            assert desk.deliver(key, *entries, at=NOON + 9) == (0, 0, 0)


def test_a_visit_that_was_put_off_only_changes_the_state(desk: Desk) -> None:
    state = SourceState(next_visit=NOON + HOUR, reason="Retry-After")

    assert desk.writer.now(stories.commit, [Delivery(A, None, state)]) == []
    assert desk.ask(sources.states, [A])[A] == state
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_a_host_that_wants_to_be_left_alone_is_for_all_its_sources(desk: Desk) -> None:
    other = "https://A.example/other"
    desk.subscribe(A, B, other)
    delivery = Delivery(
        A, Visit(A, NOON, Outcome.FAILED), SourceState(next_visit=NOON + 2 * HOUR), hold=("a.example", NOON + HOUR)
    )
    desk.commit(delivery)

    found = desk.ask(sources.states, [A, B, other])
    assert [found[key].next_visit for key in (A, B, other)] == [NOON + 2 * HOUR, 0, NOON + HOUR]


# ── Other forms of a page ────────────────────────────────────────────────────────────────────────────────────────────

PAGE, MOBILE, AMP = (f"https://{at}" for at in ("e.org/cats-1", "m.e.org/cats-1", "www.e.org/cats-1/amp/"))


@pytest.mark.parametrize("first", [PAGE, MOBILE, AMP])
def test_the_amp_and_the_mobile_form_of_a_page_are_one_story_under_one_headline(desk: Desk, first: str) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(A, replace(CATS, link=first))
    for source, link in zip((B, C), {PAGE, MOBILE, AMP} - {first}, strict=True):
        desk.deliver(source, replace(CATS, link=link, content="<p>More of it in the evening.</p>"))

    assert [how for _, _, how in joined(desk)] == ["new", "url", "url"]
    assert len(only(desk.select()).others) == 2


def test_under_another_headline_or_again_in_the_feed_another_form_is_another_article(desk: Desk) -> None:
    desk.subscribe(A, B)
    desk.deliver(A, CATS, replace(CATS, guid="2", link="https://m.e.org/cats", published=NOON - 9 * HOUR))
    desk.deliver(
        B, replace(CATS, title="Where phones are sold", link="https://m.e.org/cats", content="<p>Not they.</p>")
    )

    assert [how for _, _, how in joined(desk)] == ["new"] * 3
