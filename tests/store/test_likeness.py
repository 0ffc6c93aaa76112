"""The index of likeness: copies find each other, whichever comes first, and what has gone is found no more."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Document, Entry, Source
from aggregator.store import database, entries, likeness
from tests.refine import articles
from tests.refine.articles import BEES, BREAD, COMET, GARDEN, HARBOUR, TRAM

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200
HOUR = 3600
FERRY = "Ferry to the outer islands sails again from May"
ORIGINAL = Entry("o", FERRY, "https://a.example/ferry", content=articles.html(HARBOUR), published=NOON - HOUR)
COPY = Entry(
    "c", "A winter without a boat", "https://b.example/8", content=articles.html(articles.republished(HARBOUR))
)
EXCERPT = Entry("e", f"{FERRY} | Example", "https://c.example/9", content=f"<p>{articles.first(HARBOUR, 60)}</p>")
VERSIONS = (ORIGINAL, COPY, EXCERPT)

FEATURES = "(SELECT hash, entry FROM feature UNION ALL SELECT hash, entry FROM feature_fresh)"


def groups(desk: Desk) -> set[frozenset[str]]:
    """The guids of each story's entries."""
    rows = desk.rows("SELECT group_concat(guid, ' ') FROM entry GROUP BY story")
    return {frozenset(guids.split()) for (guids,) in rows}


def urns(desk: Desk) -> dict[str, str]:
    """The story's URN of each entry, by guid."""
    return dict(desk.rows("SELECT e.guid, s.urn FROM entry AS e JOIN story AS s ON s.id = e.story"))


def indexed(desk: Desk) -> list[tuple[Any, ...]]:
    return desk.rows(f"SELECT hash, entry FROM {FEATURES} ORDER BY 1, 2")


# ── Copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
@pytest.mark.parametrize("at_once", [True, False])
def test_copies_are_one_story_within_a_commit_and_across_commits_in_whatever_order(
    desk: Desk, order: tuple[int, ...], at_once: bool
) -> None:
    desk.subscribe(A, B, C)
    deliveries = [desk.delivery((A, B, C)[n], VERSIONS[n]) for n in order]
    for group in [deliveries] if at_once else [[delivery] for delivery in deliveries]:
        desk.commit(*group)

    assert groups(desk) == {frozenset("oce")}
    assert desk.rows("SELECT count(*) FROM story") == [(1,)]


def test_the_id_is_that_of_the_first_copy_and_stays_whatever_comes_and_after_a_restart(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(B, COPY)
    (before,) = desk.select()
    desk.deliver(C, EXCERPT, at=NOON + HOUR)
    desk.writer.close()
    desk.writer = database.Writer(desk.folder)
    desk.deliver(A, ORIGINAL, at=NOON + 2 * HOUR)
    (after,) = desk.select()

    assert set(urns(desk).values()) == {before.id} == {after.id}
    assert after.published == before.published
    assert len(after.others) == 2


def test_the_same_order_gives_the_same_ids_in_a_database_built_again(desk: Desk, tmp_path: Any) -> None:
    other = desk.again(tmp_path / "other")
    try:
        for one in (desk, other):
            one.subscribe(A, B)
            one.deliver(A, ORIGINAL)
            one.deliver(B, COPY)
    finally:
        other.writer.close()

    assert urns(desk) == urns(other)


def test_a_story_stays_under_its_id_when_the_first_copy_s_source_is_removed(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    desk.deliver(B, COPY)
    (before,) = desk.select()
    desk.subscribe(B)

    (after,) = desk.select()
    assert (after.id, after.shown.entry.guid) == (before.id, "c")
    desk.subscribe(B, C)
    desk.deliver(C, EXCERPT)
    assert set(urns(desk).values()) == {before.id}


def test_other_articles_are_other_stories_whatever_else_comes_with_them(desk: Desk) -> None:
    bodies = dict(zip("1234", (BEES, BREAD, TRAM, COMET), strict=True))
    listed = [Entry(n, f"Article number {n}", f"https://a.example/{n}", content=text) for n, text in bodies.items()]
    desk.commit(desk.delivery(A, ORIGINAL, *listed), desk.delivery(B, COPY))

    assert groups(desk) == {frozenset("oc"), *map(frozenset, "1234")}


def test_how_a_copy_joined_or_why_it_did_not_is_kept(desk: Desk) -> None:
    frame, twelve, thirteen = articles.WEEKLY_FRAME, articles.NEWS_12, articles.NEWS_13
    desk.deliver(A, ORIGINAL, Entry("12", "Type Weekly #12", content=frame.format(twelve)))
    desk.deliver(B, COPY, Entry("13", "Type Weekly #13", content=frame.format(thirteen)))
    sql = "SELECT guid, joined, score > .9, length > 20, nearest, why FROM entry"
    kept = {guid: tuple(about) for guid, *about in desk.rows(sql)}

    assert kept == {
        "o": ("new", 0, 0, 0, ""),
        "12": ("new", 0, 0, 0, ""),
        "c": ("text", 1, 1, 0, ""),
        "13": ("new", 0, 1, 2, "another of a series"),
    }


def test_without_likeness_nothing_is_indexed_and_copies_are_as_many_stories(desk: Desk) -> None:
    deliveries = [desk.delivery(A, ORIGINAL), desk.delivery(B, COPY)]
    desk.writer.now(entries.commit, deliveries, by_text=False)

    assert groups(desk) == {frozenset("o"), frozenset("c")}
    assert indexed(desk) == []


# ── Edited, let go ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_edited_entry_is_found_by_what_it_says_now_and_no_longer_by_what_it_said(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(A, ORIGINAL)
    edited = replace(ORIGINAL, title="Of bees and clocks", content=articles.html(BEES))
    desk.deliver(A, edited, at=NOON + HOUR)
    desk.deliver(B, COPY, at=NOON + 2 * HOUR)
    desk.deliver(C, Entry("b", "They know the hour", content=articles.html(BEES)), at=NOON + 2 * HOUR)

    assert groups(desk) == {frozenset("ob"), frozenset("c")}


def test_an_edit_and_a_copy_of_what_it_says_now_may_come_in_one_commit(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    edited = replace(ORIGINAL, title="Of bees and clocks", content=articles.html(BEES))
    bees = Entry("b", "They know the hour", content=articles.html(BEES))
    desk.commit(desk.delivery(B, bees, at=NOON + HOUR), desk.delivery(A, edited, at=NOON + HOUR))

    assert groups(desk) == {frozenset("ob")}


def test_an_edit_leaves_the_features_of_what_an_entry_says_now(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    edited = replace(ORIGINAL, title="Of bees and clocks", content=articles.html(BEES))
    desk.deliver(A, edited, at=NOON + HOUR)
    (arrival,) = desk.delivery(A, edited).arrivals

    assert {hash_ for hash_, _ in indexed(desk)} == set(arrival.fingerprint.features)


def test_a_new_headline_over_the_same_text_is_indexed_too(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    edited = replace(ORIGINAL, title="Brass band for the first boat")
    desk.deliver(A, edited, at=NOON + HOUR)
    (arrival,) = desk.delivery(A, edited).arrivals

    assert {hash_ for hash_, _ in indexed(desk)} == set(arrival.fingerprint.features)


def test_a_new_link_makes_the_entry_found_under_it(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    desk.deliver(A, replace(ORIGINAL, link="https://a.example/moved"), at=NOON + HOUR)
    desk.deliver(B, Entry("t", FERRY, "https://a.example/moved", content="A teaser"))

    assert groups(desk) == {frozenset("ot")}


def test_entries_that_are_let_go_leave_no_features_behind(desk: Desk) -> None:
    listed = [
        Entry(str(n), f"Article number {n}", content=articles.html(text), published=NOON - n)
        for n, text in enumerate((HARBOUR, BEES, BREAD, TRAM))
    ]
    desk.writer.now(entries.commit, [desk.delivery(A, *listed)], 2)

    assert desk.rows("SELECT guid FROM entry ORDER BY guid") == [("0",), ("1",)]
    assert desk.rows(f"SELECT count(*) FROM {FEATURES} WHERE entry NOT IN (SELECT id FROM entry)") == [(0,)]
    assert desk.rows(f"SELECT count(DISTINCT entry) FROM {FEATURES}") == [(2,)]
    desk.deliver(B, Entry("tram", "Three routes", content=articles.html(TRAM)))
    assert frozenset(["tram"]) in groups(desk)


def test_a_story_is_still_found_by_its_other_copies_when_the_first_one_was_let_go(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(A, ORIGINAL)
    desk.deliver(B, COPY)
    newer = Entry("n", "Rye bread", content=articles.html(BREAD), published=NOON)
    desk.writer.now(entries.commit, [desk.delivery(A, newer)], 1)
    assert desk.rows("SELECT guid FROM entry ORDER BY guid") == [("c",), ("n",)]
    desk.deliver(C, EXCERPT)

    assert groups(desk) == {frozenset("ce"), frozenset("n")}


def test_a_story_is_still_found_by_its_other_copies_when_the_first_one_says_something_else_now(desk: Desk) -> None:
    desk.subscribe(A, B, C)
    desk.deliver(A, ORIGINAL)
    desk.deliver(B, COPY)
    desk.deliver(A, replace(ORIGINAL, title="Of bees and clocks", content=articles.html(BEES)), at=NOON + HOUR)
    desk.deliver(C, EXCERPT, at=NOON + 2 * HOUR)

    assert groups(desk) == {frozenset("oce")}


def test_the_last_copy_leaves_no_features_behind_either(desk: Desk) -> None:
    desk.deliver(A, ORIGINAL)
    desk.deliver(B, COPY)
    for at, key in enumerate((A, B)):
        newer = Entry("n", "Rye bread", content=articles.html(BREAD))
        desk.writer.now(entries.commit, [desk.delivery(key, newer, at=NOON + HOUR + at)], 1)

    assert groups(desk) == {frozenset("n")}
    assert desk.rows(f"SELECT count(*) FROM {FEATURES} WHERE entry NOT IN (SELECT id FROM entry)") == [(0,)]


# ── What many have ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", [1, 7, 60])
def test_a_feature_that_many_entries_have_is_not_indexed_further(desk: Desk, size: int) -> None:
    own = [" ".join(f"{word}{n}" for word in GARDEN.split()) for n in range(60)]
    notes = [Entry(str(n), "Open thread", content=f"<p>{text} {articles.FOOTER}</p>") for n, text in enumerate(own)]
    for at in range(0, len(notes), size):
        desk.deliver(A, *notes[: at + size])

    (most,) = desk.rows(f"SELECT max(n) FROM (SELECT count(*) AS n FROM {FEATURES} GROUP BY hash)")[0]
    assert likeness._TELLS < most <= likeness._TELLS + 1
    assert len(groups(desk)) == 60


def test_copies_of_one_story_share_their_postings(desk: Desk) -> None:
    desk.subscribe(*(f"https://{n}.example/feed" for n in range(20)))
    for n in range(20):
        desk.deliver(f"https://{n}.example/feed", replace(ORIGINAL, guid=str(n), link=f"https://{n}.example/1"))

    assert desk.rows("SELECT count(DISTINCT story) FROM entry") == [(1,)]
    assert desk.rows(f"SELECT count(DISTINCT entry) FROM {FEATURES}") == [(1,)]


# ── What is one source ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_pages_of_a_folder_are_one_source_and_feeds_in_it_are_sources_of_their_own() -> None:
    def feed_of(source: int, name: str) -> tuple[int, str]:
        return likeness.feed_of(source, name, Document(name, b"").kind)

    assert feed_of(3, "a.md") == feed_of(3, "sub/b.TXT") == (3, "")
    assert len({feed_of(3, name) for name in ("a.xml", "b.xml", "sub/a.xml", "a.md")}) == 4
    assert feed_of(3, "a.md") != feed_of(4, "a.md")
    assert feed_of(3, "") == (3, "")


@pytest.mark.parametrize(("suffix", "stories_"), [(".md", 2), (".xml", 1)])
def test_a_template_in_the_pages_of_a_folder_is_no_copy_and_one_in_two_feeds_is(
    desk: Desk, suffix: str, stories_: int
) -> None:
    """Within a source another headline tells two articles apart; two feeds that lie in one folder are two sources."""
    desk.subscribe(Source("articles", Path("articles")))
    for name, title in (("one", FERRY), ("two", "Brass band for the first boat")):
        entry = Entry(name, title, content=articles.html(TRAM))
        desk.deliver("articles", entry, document=f"{name}{suffix}")

    assert desk.rows("SELECT count(*) FROM story") == [(stories_,)]


def footed(name: str, body: str) -> Entry:
    """An article that is mostly its source's boilerplate."""
    return Entry(name, f"Notes on {name}s", content=f"<p>{articles.first(body, 40)} {articles.FOOTER} {GARDEN}</p>")


BODIES = {"ferry": HARBOUR, "bee": BEES, "loaf": BREAD, "tram": TRAM}


def reprint(desk: Desk) -> set[frozenset[str]]:
    """Another source prints an article on another thing with the boilerplate of the first one."""
    desk.deliver(B, footed("comet", COMET), at=NOON + HOUR)
    return groups(desk)


@pytest.mark.parametrize("at_once", [True, False])
def test_what_a_source_repeats_does_not_count_within_a_commit_and_across_commits(desk: Desk, at_once: bool) -> None:
    listed = [footed(name, body) for name, body in BODIES.items()]
    for some in [listed] if at_once else [[entry] for entry in listed]:
        desk.deliver(A, *some)

    assert frozenset(["comet"]) in reprint(desk)


def test_the_notices_of_a_source_are_those_of_its_latest_entries(desk: Desk) -> None:
    _strangers(desk)
    for name, body in BODIES.items():
        desk.deliver(A, footed(name, body))

    assert frozenset(["comet"]) in reprint(desk)


def _strangers(desk: Desk) -> None:
    """Older entries of the source, without the boilerplate."""
    texts = [" ".join(f"{word}{n}" for word in TRAM.split()) for n in range(8)]
    desk.deliver(
        A, *(Entry(f"old{n}", f"Old number {n}", content=text, published=NOON) for n, text in enumerate(texts))
    )


def test_what_a_source_has_begun_to_repeat_in_this_very_commit_does_not_count(desk: Desk) -> None:
    _strangers(desk)
    fresh = [footed(name, body) for name, body in BODIES.items()]
    desk.commit(desk.delivery(A, *fresh, at=NOON + HOUR), desk.delivery(B, footed("comet", COMET), at=NOON + HOUR))

    assert frozenset(["comet"]) in groups(desk)
