"""The rules of an output: words, languages, age, shares, backlog; what follows whom; and why one isn't there."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from aggregator.model import Entry, Outcome, Source
from aggregator.store import entries, overrides, selection, walk
from aggregator.store.conditions import Selection
from aggregator.store.rules import Configured
from tests.store import selections

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B, C = "https://a.example/feed", "https://b.example/feed", "https://c.example/feed"
NOON = 1_767_355_200
SHARED = "the very same text of some length that two sources bring so that it is one story " * 3


def entry(number: int, words: str = "", **more: object) -> Entry:
    given = {
        "title": f"Title number {number}",
        "link": f"https://e.org/{number}",
        "published": NOON - number,
        "content": f"<p>{words}</p>" if words else "",
    }
    return Entry(str(number), **(given | more))  # type: ignore[arg-type]


def shown(desk: Desk, **chosen: object) -> list[int]:
    found = [int(story.shown.entry.guid) for story in desk.select(**chosen)]  # type: ignore[arg-type]
    limit = chosen.pop("limit", 100)
    ids = desk.ask(selection.newest, selections.chosen(**chosen), limit)
    assert len(ids) == len(found)
    return found


def copies(desk: Desk, limit: int = 100, **chosen: object) -> list[tuple[str, int]]:
    found = desk.ask(selection.select_copies, selections.chosen(**chosen), limit)
    return [(story.shown.source.feed[8], int(story.shown.entry.guid)) for story in found]


# ── Words ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_match_and_exclude_seek_in_title_text_and_author(desk: Desk) -> None:
    desk.deliver(A, entry(1, "zebras graze"), entry(2, "lions hunt", title="Zebra"), entry(3, "birds sing"))

    assert shown(desk, match="zebra*") == [1, 2]
    assert shown(desk, match="title:zebra") == [2]
    assert shown(desk, exclude="zebra*") == [3]
    assert shown(desk, match="zebra* OR birds", exclude="lions") == [1, 3]
    assert shown(desk, match="giraffe") == []
    assert shown(desk, exclude="giraffe") == [1, 2, 3]


def test_one_copy_has_to_fulfil_it_all_and_no_copy_may_be_excluded(desk: Desk) -> None:
    desk.subscribe(Source(A, category="pets"), Source(B, category="news"))
    desk.deliver(A, entry(1, SHARED + "zebra"))
    desk.deliver(B, entry(1, SHARED, published=NOON))

    assert shown(desk, match="zebra") == shown(desk, categories=("pets",), match="zebra") == [1]
    assert shown(desk, categories=("news",), match="zebra") == []
    assert shown(desk, categories=("news",), exclude="zebra") == []
    assert copies(desk, exclude="zebra") == [("b", 1)]
    assert copies(desk, match="zebra") == [("a", 1)]
    desk.subscribe(Source(B, category="news"))
    assert shown(desk, exclude="zebra") == [1], "a copy that is not shown any more doesn't exclude either"


def test_by_a_walk_or_from_the_hits_it_is_the_same(desk: Desk) -> None:
    desk.deliver(A, *(entry(n, "even" if n % 2 == 0 else "odd") for n in range(1, 20)))
    desk.deliver(B, *(entry(n, "even") for n in range(20, 30)))

    assert shown(desk, match="even", limit=3) == [2, 4, 6]
    assert shown(desk, sources=(B,), limit=2) == [20, 21]
    assert copies(desk, match="even", sources=(B,), limit=2) == [("b", 20), ("b", 21)]
    assert len(desk.ask(selection.within, selections.chosen(match="odd"), 1, 100)) == 10


FOUR = tuple(f"https://{name}.example/feed" for name in "abcd")
WANTED: tuple[dict[str, Any], ...] = (
    {}, {"languages": ("de",)}, {"languages": ("en", "und")}, {"match": "rare"}, {"sources": FOUR[1:3]},
    {"exclude": "rare"}, {"backfill": 2}, {"since": NOON - 15}, {"languages": ("fr",), "match": "rare"},
)  # fmt: skip


@pytest.mark.parametrize("each_copy", [False, True])
@pytest.mark.parametrize("share", [0, 1, 2, 3])
def test_however_it_is_sought_the_same_is_found(desk: Desk, share: int, each_copy: bool) -> None:
    """On one long walk, or on short ones and among few entries: never another story, nor in another order."""
    tongues, dice = ("en", "en-GB", "eng", "de", "de-x", ""), random.Random(7)
    desk.subscribe(*FOUR)
    for _ in range(40):
        listed = [
            entry(n, dice.choice(("rare", "common")), language=dice.choice(tongues), published=NOON - n // 2)
            for n in dice.sample(range(40), dice.choice((1, 1, 3)))
        ]
        desk.deliver(dice.choices(FOUR, (20, 5, 5, 1))[0], *listed)

    def found(wanted: dict[str, Any], most: int, look: int) -> list[walk.Row]:
        rules = selections.chosen(**wanted, **({"per_source": share} if share else {}))
        return desk.ask(lambda stored: list(walk.rows(stored, rules, each_copy=each_copy, most=most, look=look)))

    for wanted in WANTED:
        expected = found(wanted, -1, 10_000)
        for most, look in product((0, 1, 3, 10, 1000), (1, 2, 7, 100)):
            assert found(wanted, most, look) == expected, (wanted, most, look)
    assert len(found({}, -1, 10_000)) > 3


# ── Languages, age ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_language_takes_its_regions_and_und_what_names_none(desk: Desk) -> None:
    tags = ("en", "en-GB", "eng", "de", "", "EN-us")
    desk.deliver(A, *(entry(n, language=tag) for n, tag in enumerate(tags, 1)))

    assert shown(desk, languages=("en",)) == [1, 2, 6]
    assert shown(desk, languages=("EN-gb", "de")) == [2, 4]
    assert shown(desk, languages=("und",)) == [5]
    assert shown(desk, languages=("de", "und")) == [4, 5]
    assert copies(desk, languages=("de", "und")) == [("a", 4), ("a", 5)]
    assert shown(desk) == [1, 2, 3, 4, 5, 6]


def test_an_edited_language_counts(desk: Desk) -> None:
    desk.deliver(A, entry(1, language="de"))
    desk.deliver(A, entry(1, language="fr"))

    assert (shown(desk, languages=("de",)), shown(desk, languages=("fr",))) == ([], [1])


def test_what_is_older_than_since_is_left_out(desk: Desk) -> None:
    desk.deliver(A, entry(1), entry(2), entry(3))

    assert shown(desk, since=NOON - 2) == [1, 2]
    assert copies(desk, since=NOON - 2) == [("a", 1), ("a", 2)]


# ── A fair share ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_no_source_has_more_than_its_share(desk: Desk) -> None:
    desk.deliver(A, *(entry(n) for n in range(1, 10)))
    desk.deliver(B, entry(20), entry(21), entry(22))

    assert shown(desk, per_source=2) == [1, 2, 20, 21]
    assert shown(desk, per_source=2, limit=3) == [1, 2, 20]
    assert copies(desk, per_source=2) == [("a", 1), ("a", 2), ("b", 20), ("b", 21)]


def test_a_story_counts_for_the_first_of_the_sources_that_are_selected(desk: Desk) -> None:
    desk.subscribe(Source(A, category="x"), Source(B, category="y"), Source(C, category="y"))
    desk.deliver(A, entry(1), entry(2))
    desk.deliver(B, entry(1), entry(3))
    desk.deliver(C, entry(2), entry(4))

    assert shown(desk, per_source=1) == [1, 3, 4]
    assert shown(desk, categories=("y",), per_source=1) == [1, 2]


# ── What a new source brings along ───────────────────────────────────────────────────────────────────────────────────


def test_of_what_a_new_source_lists_the_newest_count_and_all_that_comes_later(desk: Desk) -> None:
    desk.deliver(A, entry(3), entry(1), entry(2))
    desk.deliver(A, entry(3), entry(1), entry(2), entry(9))

    assert shown(desk, backfill=0) == [9]
    assert shown(desk, backfill=2) == [1, 2, 9]
    assert shown(desk) == shown(desk, backfill=3) == [1, 2, 3, 9]
    assert copies(desk, backfill=1) == [("a", 1), ("a", 9)]


def test_a_source_that_was_empty_or_failed_at_first(desk: Desk) -> None:
    desk.deliver(A)
    desk.deliver(A, entry(1))
    desk.deliver(B, outcome=Outcome.FAILED)
    desk.deliver(B, entry(2))

    assert shown(desk, backfill=0) == [1], "A had nothing to list; B could not list it"


def test_all_documents_of_a_folder_s_first_visit_are_its_backlog_and_later_ones_are_new(desk: Desk) -> None:
    desk.commit(
        desk.delivery(A, entry(1), entry(5), document="x.xml"), desk.delivery(A, entry(2), entry(6), document="y.xml")
    )
    desk.deliver(A, entry(7), document="z.xml")

    assert shown(desk, backfill=2) == [1, 2, 7]


def test_a_folder_that_comes_in_parts_is_new_until_the_last(desk: Desk) -> None:
    for numbers, more in (((3, 5), True), ((2, 9), False), ((7,), False)):
        delivery = desk.delivery(A, *map(entry, numbers), document=f"{numbers}.xml")
        desk.commit(replace(delivery, more=more))

    assert shown(desk, backfill=0) == [7]
    assert shown(desk, backfill=1) == [2, 3, 7], "the first of all, and the first of what had come before"
    assert shown(desk, backfill=4) == [2, 3, 5, 7, 9]


def test_an_edit_keeps_the_backlog(desk: Desk) -> None:
    desk.deliver(A, entry(1), entry(2))
    desk.deliver(A, entry(1), entry(2, "changed"))

    assert shown(desk, backfill=1) == [1]


# ── By id: for archives ──────────────────────────────────────────────────────────────────────────────────────────────


def test_within_and_after_give_ids_in_their_order_whatever_the_age_and_the_share(desk: Desk) -> None:
    desk.deliver(A, *(entry(n, "even" if n % 2 == 0 else "odd") for n in (5, 1, 4, 2, 3, 6)))
    odd = selections.chosen(match="odd", since=NOON, per_source=1)

    assert desk.ask(selection.within, odd, 2, 6) == [2, 5]
    assert desk.ask(selection.within, Selection(), 2, 4) == [2, 3, 4]
    assert desk.ask(selection.after, odd, 0, 2) == [1, 2]
    assert desk.ask(selection.after, odd, 2, 2) == [5]
    assert desk.ask(selection.after, Selection(), 4, 100) == [5, 6]


# ── Why, and why not ─────────────────────────────────────────────────────────────────────────────────────────────────

EVERYTHING = selections.chosen(
    categories=("pets",), sources=(A, B), match="zebra*", exclude="quiz", languages=("en",), since=NOON - 50,
    per_source=2, backfill=3,
)  # fmt: skip


def _fates(desk: Desk, wanted: Selection, numbers: Sequence[int], *, each_copy: bool = False) -> list[int | str]:
    urns = {int(story.shown.entry.guid): story.id for story in desk.select()}
    found = desk.ask(selection.fates, wanted, list(urns.values()), each_copy=each_copy)
    fates = (found[urns[number]] for number in numbers)
    return [fate if isinstance(fate, int) else fate.key for fate in fates]


@pytest.mark.parametrize("each_copy", [False, True])
def test_each_story_s_fate_is_its_place_or_the_rule_that_keeps_it_out(desk: Desk, *, each_copy: bool) -> None:
    desk.subscribe(Source(A, category="pets"), Source(B, category="news"), Source(C, category="pets"))
    desk.deliver(
        A, entry(90, language="en"), entry(91, language="en"), entry(92, language="en"), entry(93, language="en")
    )
    desk.deliver(C, entry(1, "zebra", language="en"))
    desk.deliver(B, entry(2, "zebra", language="en"))
    said = {3: "zebra", 4: "lion", 5: "zebra quiz", 60: "zebra", 6: "zebra", 7: "zebra", 8: "zebra"}
    desk.deliver(A, *(entry(n, words, language="de" if n == 3 else "en") for n, words in said.items()))

    numbers = (1, 2, 3, 4, 5, 60, 6, 7, 8, 93, 90)
    told = _fates(desk, EVERYTHING, numbers, each_copy=each_copy)
    why = ["sources", "categories", "languages", "match", "exclude", "max_age", 1, 2, "per_source", "backfill", "match"]
    assert told == why


def test_of_copies_the_newest_gives_the_place(desk: Desk) -> None:
    desk.deliver(A, entry(1, SHARED, published=NOON - 100))
    desk.deliver(B, entry(1, SHARED, published=NOON - 1), entry(2))

    assert _fates(desk, Selection(), [2], each_copy=True) == [2]
    assert len(copies(desk)) == 3


def test_a_story_without_a_configured_source_says_so(desk: Desk) -> None:
    desk.deliver(A, entry(1))
    (story,) = desk.select()
    desk.subscribe(B)

    assert desk.ask(selection.fates, selections.chosen(match="x"), [story.id]) == {story.id: Configured}


def test_a_story_that_took_another_in_is_selected_by_either(desk: Desk) -> None:
    desk.deliver(A, entry(1, "zebra"))
    desk.deliver(B, entry(2, "lion"))
    desk.writer.now(overrides.merge, 1, 2)

    assert len(shown(desk, match="zebra")) == len(shown(desk, match="lion")) == 1
    assert shown(desk, match="zebra", exclude="lion") == []


def test_a_visit_that_was_put_off_leaves_a_source_new(desk: Desk) -> None:
    put_off = replace(desk.delivery(A), visit=None)
    desk.writer.now(entries.commit, [put_off])
    desk.deliver(A, entry(1))

    assert shown(desk, backfill=0) == []
