"""What is let go: old visits and the space they took, and entries by number, age and room, which are no news when they
return.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from sqlite_utils import Database

from aggregator.model import DocumentKind, Entry, Keep
from aggregator.policy.retention import KEEP_VISITS
from aggregator.store import entries, excess, former, hiding, overrides, rendered, retention, sources, space
from aggregator.store.excess import Shows
from aggregator.store.rendered import Notes

if TYPE_CHECKING:
    from tests.store.conftest import Desk

A, B = "https://a.example/feed", "https://b.example/feed"
NOON = 1_767_355_200


def fill(desk: Desk, visits: int, at: int) -> None:
    """Many visits of one instant, with details that take space."""

    def act(stored: Database) -> None:
        with stored.atomic():
            stored.conn.executemany(
                "INSERT INTO visit VALUES (NULL, 1, ?, 'failed', 0, 0, 0, 0, 0, 0.0, ?, '5xx')",
                ((at, "x" * 300) for _ in range(visits)),
            )

    desk.writer.now(act)


def tidy(desk: Desk, now: int) -> int:
    """How many visits went."""
    gone = 0
    while count := desk.writer.now(retention.forget_visits, now):
        gone += count
    while desk.writer.now(space.give_back):
        pass
    desk.writer.now(space.settle)
    return gone


def test_giving_back_ends_where_the_file_cant_get_shorter(desk: Desk) -> None:
    """As after .dump or .recover, which make a file without auto_vacuum."""

    def make_anew(stored: Database) -> None:
        for sql in ("journal_mode=DELETE", "auto_vacuum=NONE"):
            stored.execute(f"PRAGMA {sql}").fetchall()
        stored.conn.executescript("VACUUM")

    desk.deliver(A, at=NOON - KEEP_VISITS - 1)
    fill(desk, 1000, NOON - KEEP_VISITS - 1)
    desk.writer.now(make_anew)
    while desk.writer.now(retention.forget_visits, NOON):
        pass
    assert desk.rows("PRAGMA auto_vacuum") == [(0,)]
    assert desk.rows("PRAGMA freelist_count")[0][0] > 10
    assert not desk.writer.now(space.give_back)


def test_visits_older_than_thirty_days_go_and_the_younger_stay(desk: Desk) -> None:
    for at in (NOON - KEEP_VISITS - 1, NOON - KEEP_VISITS, NOON):
        desk.deliver(A, at=at)

    assert tidy(desk, NOON) == 1
    assert desk.rows("SELECT at FROM visit") == [(NOON - KEEP_VISITS,), (NOON,)]


def test_entries_stories_and_what_is_remembered_stay_however_old(desk: Desk) -> None:
    desk.deliver(A, Entry("1", "One", published=NOON - 1), at=NOON)
    before = desk.select(), desk.ask(sources.states, [A, B])
    tidy(desk, NOON + 10 * 365 * 86400)

    assert (desk.select(), desk.ask(sources.states, [A, B])) == before
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_many_visits_go_in_slices_all_of_them(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * KEEP_VISITS)

    assert tidy(desk, NOON) == 12_000
    assert desk.rows("SELECT count(*) FROM visit") == [(0,)]


def test_the_space_is_given_back(desk: Desk) -> None:
    fill(desk, 12_000, NOON - 2 * KEEP_VISITS)
    (full,) = desk.rows("PRAGMA page_count")[0]
    tidy(desk, NOON)

    (left,) = desk.rows("PRAGMA page_count")[0]
    (free,) = desk.rows("PRAGMA freelist_count")[0]
    assert full > 1000
    assert left < full / 2
    assert free == 0


def test_with_nothing_to_let_go_nothing_goes(desk: Desk) -> None:
    assert tidy(desk, NOON) == 0


# ── Beyond `kept` ────────────────────────────────────────────────────────────────────────────────────────────────────

LISTED = [
    Entry(f"g-{n}", f"Ferry {n}", f"https://a.example/{n}", content=f"<p>{' '.join(f'pier{n}{i}' for i in range(30))}")
    for n in range(8, 0, -1)
]


def visit(desk: Desk, listed: list[Entry], days: int = 0, kept: int = 3) -> None:
    delivery = desk.delivery(A, *listed, at=NOON + days * 86400)
    desk.writer.now(entries.commit, [delivery], kept)


def shown(desk: Desk) -> list[str]:
    return [story.shown.entry.title for story in desk.select()]


def remembered(desk: Desk) -> set[str]:
    return {guid for (guid,) in desk.rows("SELECT guid FROM let_go")}


def edited(entry: Entry) -> Entry:
    return replace(entry, content=f"{entry.content}<p>There was a storm, and none went that night at all.</p>")


@pytest.mark.parametrize(
    "again",
    [
        LISTED,  # as after an upgrade that reads better
        [*LISTED[:-2], *map(edited, LISTED[-2:])],
        [*LISTED[:-2], *(replace(entry, guid=f"{entry.guid}?session=2") for entry in LISTED[-2:])],
        [*LISTED[:-1], replace(LISTED[-1], updated=NOON + 86400)],
    ],
    ids=["the same", "edited", "under other guids", "with a date of update"],
)
def test_what_was_let_go_and_is_listed_still_is_no_news_when_it_is_read_again(desk: Desk, again: list[Entry]) -> None:
    visit(desk, LISTED)
    before = shown(desk)
    assert len(before) == 3
    for days in (1, 2):
        visit(desk, again, days)
        assert shown(desk) == before
    assert len(remembered(desk)) == 5


def test_another_article_under_a_guid_that_was_let_go_is_news(desk: Desk) -> None:
    visit(desk, LISTED)
    gone = min(remembered(desk))
    other = Entry(
        gone, "Tram to the harbour", "https://a.example/tram", content="<p>Rails are laid along the quay.</p>"
    )
    visit(desk, [other, *(entry for entry in LISTED if entry.guid != gone)], 1)
    assert "Tram to the harbour" in shown(desk)


def test_as_much_is_remembered_as_is_listed(desk: Desk) -> None:
    visit(desk, LISTED)
    left = [entry for entry in LISTED if entry.guid not in sorted(remembered(desk))[:4]]
    visit(desk, [*left, Entry("g-9", "Ferry 9", "https://a.example/9")], 1)
    visit(desk, [Entry("g-10", "Ferry 10", "https://a.example/10")], 2)
    assert remembered(desk) == set()


def test_where_more_is_kept_now_what_comes_again_has_its_old_place(desk: Desk) -> None:
    visit(desk, LISTED)
    before, gone = shown(desk), remembered(desk)
    visit(desk, [Entry("g-9", "Ferry 9", "https://a.example/9"), *LISTED], 1, kept=3)
    visit(desk, [*LISTED[:-2], *map(edited, LISTED[-2:])], 5, kept=100)
    back = [entry.title for entry in LISTED[-2:] if entry.guid in gone]
    seen = dict(desk.rows("SELECT title, seen FROM entry"))
    assert back and {seen[title] for title in back} == {NOON}
    assert shown(desk)[0] == "Ferry 9" and before[0] in shown(desk)
    assert not remembered(desk) & {entry.guid for entry in LISTED[-2:]}


def test_at_night_it_goes_from_sources_that_bring_nothing_and_from_those_that_were_removed(desk: Desk) -> None:
    for key in (A, B):
        desk.deliver(key, *(replace(entry, published=NOON - n) for n, entry in enumerate(LISTED)), document="")
    desk.subscribe(B)
    assert desk.sweep(2) == 12
    assert desk.sweep(2) == 0
    assert desk.rows("SELECT count(*) FROM entry") == [(4,)]
    assert desk.rows("SELECT count(*) FROM story") == [(2,)]
    assert {title for (title,) in desk.rows("SELECT title FROM entry")} == {"Ferry 8", "Ferry 7"}
    assert len(remembered(desk)) == 6  # of each source


def test_it_goes_in_turns_and_whoever_waits_for_the_writer_waits_for_one(desk: Desk) -> None:
    dated(desk, A, *range(100))
    found = desk.ask(excess.of_documents, 10)
    over = iter([False, False, True])
    looked, gone = desk.writer.now(retention.sweep, found, lambda: next(over), lasting=False)
    assert 0 < looked == gone < len(found) == 90
    assert stored(desk) == list(range(gone, 100)), "the oldest go first"


# ── By age and number ────────────────────────────────────────────────────────────────────────────────────────────────

DAY = 86400
NONE = Keep(0, 0)


def article(number: int, **how: Any) -> Entry:
    """One that was published on that day."""
    words = " ".join(f"quay{number}x{i}" for i in range(30))
    return Entry(f"d-{number}", f"Day {number}", f"https://a.example/d{number}", content=words, **how)


def dated(desk: Desk, key: str, *days: int, document: str = "") -> None:
    listed = [article(day, published=NOON + day * DAY) for day in reversed(days)]
    desk.deliver(key, *listed, at=NOON + 1000 * DAY, document=document)


def stored(desk: Desk, key: str = A) -> list[int]:
    rows = desk.rows("SELECT f.key, e.guid FROM entry AS e JOIN source AS f ON f.id = e.source ORDER BY e.published")
    return [int(guid[2:]) for source, guid in rows if source == key]


def visited(desk: Desk, at: int) -> None:
    sql = "INSERT INTO visit SELECT NULL, 1, ?, 'unchanged', 304, 0, 0, 0, 0, 0.1, '', ''"
    desk.writer.now(lambda database: database.execute(sql, [NOON + at * DAY]))


def purge(desk: Desk, general: Keep, keeps: dict[str, Keep] | None = None, at: int = 0, each: Shows = ()) -> int:
    """How many go by age and number, on that day, where all was visited as ever."""
    visited(desk, at - 8)
    found = desk.ask(excess.of_sources, keeps or {}, general, NOON + at * DAY, each)
    return desk.writer.now(retention.sweep, found, lambda: False, lasting=True)[1]


def test_entries_go_by_age_and_by_number_of_a_source_whatever_documents_they_are_in(desk: Desk) -> None:
    for day in range(6):
        dated(desk, A, day, document=f"{day}.md")
        dated(desk, B, day + 100)
    assert purge(desk, NONE, at=900) == 0
    assert purge(desk, Keep(0, 4)) == 4
    assert (stored(desk), stored(desk, B)) == ([2, 3, 4, 5], [102, 103, 104, 105])
    assert purge(desk, Keep(10 * DAY, 0), at=14) == 2
    assert (stored(desk), stored(desk, B)) == ([4, 5], [102, 103, 104, 105])


def test_by_a_clock_that_jumped_ahead_nothing_is_too_old(desk: Desk) -> None:
    """What went didn't come back when it was put right, though all visits of that day are of that time."""
    dated(desk, A, 1, 2, 3)
    ask = partial(desk.ask, excess.of_sources, {}, Keep(DAY, 0), copies=())
    assert len(ask(NOON + 1001 * DAY)) == 3, "all came just now: that tells nothing against the clock"
    visited(desk, 5000)
    assert ask(NOON + 5001 * DAY) == []
    assert len(desk.ask(excess.of_sources, {}, Keep(DAY, 2), NOON + 5001 * DAY, ())) == 1, "those too many go"
    assert len(ask(NOON + 5007 * DAY)) == 3, "it is so for a week"


def test_a_source_may_say_otherwise_and_for_a_removed_one_counts_what_is_said_of_all(desk: Desk) -> None:
    dated(desk, A, 1, 2, 3)
    dated(desk, B, 101, 102, 103)
    desk.subscribe(B)
    assert purge(desk, Keep(0, 1), {B: Keep(entries=2)}, at=110) == 3
    assert (stored(desk), stored(desk, B)) == ([3], [102, 103])
    assert purge(desk, Keep(8 * DAY, 1), {B: Keep(entries=0)}, at=110) == 1, "its age is that of all"
    assert (stored(desk), stored(desk, B)) == ([3][1:], [102, 103])


def test_what_is_shown_stays_whether_an_output_shows_stories_or_copies(desk: Desk) -> None:
    dated(desk, A, 1, 2, 3, 4)
    of = {guid: (story, entry) for guid, story, entry in desk.rows("SELECT guid, story, id FROM entry")}
    items = {"feed": {"xml": {of["d-1"][0]: (b"", b"")}}, "each": {"xml": {of["d-2"][1]: (b"", b"")}}}
    desk.writer.now(rendered.note, Notes(items=items, shown={name: list(made["xml"]) for name, made in items.items()}))
    assert purge(desk, Keep(0, 1), each=["each"]) == 1
    assert stored(desk) == [1, 2, 4]
    desk.writer.now(rendered.note, Notes(shown={"feed": [], "each": []}))
    assert purge(desk, Keep(0, 1), each=["each"]) == 2


def rule(desk: Desk, how: str) -> None:
    """Has the operator rule on the story of day 1."""
    ((story,),) = desk.rows("SELECT story FROM entry WHERE guid = 'd-1'")
    if how == "hidden":
        desk.writer.now(hiding.hide, [story], NOON)
        return
    desk.deliver(B, article(1))
    ((copy, its),) = desk.rows(
        "SELECT e.id, story FROM entry AS e JOIN source AS f ON f.id = source WHERE key <> '" + A + "'"
    )
    assert its == story
    desk.writer.now(overrides.split, copy)
    if how == "merged":
        ((other,),) = desk.rows(f"SELECT story FROM entry WHERE id = {copy}")
        desk.writer.now(overrides.merge, story, other)


@pytest.mark.parametrize("how", ["hidden", "split", "merged"])
@pytest.mark.parametrize("bound", ["age", "kept"])
def test_what_the_operator_ruled_on_stays(desk: Desk, how: str, bound: str) -> None:
    dated(desk, A, 1, 2, 3, 4)
    rule(desk, how)
    before = desk.rows("SELECT e.id, s.urn FROM entry AS e JOIN story AS s ON s.id = story WHERE e.url LIKE '%/d1'")
    if bound == "age":
        purge(desk, Keep(DAY, 0), at=4)
    else:
        desk.sweep(1)
    after = desk.rows("SELECT e.id, s.urn FROM entry AS e JOIN story AS s ON s.id = story WHERE e.url LIKE '%/d1'")
    assert after == before
    assert 2 not in stored(desk) and 4 in stored(desk)


def test_what_was_ruled_on_after_it_was_found_stays(desk: Desk) -> None:
    dated(desk, A, 1, 2, 3)
    found = desk.ask(excess.of_sources, {}, Keep(0, 1), NOON, ())
    rule(desk, "hidden")
    assert desk.writer.now(retention.sweep, found, lambda: False, lasting=True) == (2, 1)
    assert stored(desk) == [1, 3]


AGAIN = [article(n) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "again",
    [
        AGAIN,
        [edited(AGAIN[0]), *AGAIN[1:]],
        [replace(entry, guid=f"{entry.guid}?session=2") for entry in AGAIN],
        [replace(entry, updated=NOON + 500 * DAY) for entry in AGAIN],
    ],
    ids=["the same", "edited", "under other guids", "with a date of update"],
)
@pytest.mark.parametrize("removed", [False, True], ids=["", "removed and added again"])
def test_what_was_purged_is_no_news_while_it_is_listed(desk: Desk, again: list[Entry], removed: bool) -> None:
    desk.deliver(A, *AGAIN)
    assert purge(desk, Keep(DAY, 0), at=9) == 3
    if removed:
        desk.subscribe(B)
        desk.subscribe(A, B)
    for days in (10, 11):
        desk.deliver(A, *again, at=NOON + days * DAY)
        assert stored(desk) == []
    desk.deliver(A, article(9), *again, at=NOON + 12 * DAY)
    assert stored(desk) == [9]


def test_a_source_that_moved_takes_along_what_was_purged_of_it(desk: Desk) -> None:
    desk.deliver(A, *AGAIN)
    purge(desk, Keep(DAY, 0), at=9)
    moved = A.replace("https", "http")
    desk.subscribe(moved, B)
    desk.deliver(moved, *AGAIN, at=NOON + 10 * DAY)
    assert desk.rows("SELECT count(*) FROM entry") == [(0,)]


def test_with_an_entry_goes_all_that_is_there_for_it(desk: Desk) -> None:
    empty = {table: desk.rows(f"SELECT count(*) FROM {table}") for table in PARTS}
    dated(desk, A, 1, 2)
    desk.deliver(A, edited(article(1)), at=NOON + 1001 * DAY)
    desk.deliver(B, article(7), at=NOON)
    desk.writer.now(lambda database: database.execute("INSERT INTO picture VALUES ('x/y.png', 1)"))
    desk.writer.now(overrides.unite, 1, 3)
    assert desk.rows("SELECT count(*) FROM alias") == [(1,)]
    assert purge(desk, Keep(DAY, 0), at=5000) == 3
    assert {table: desk.rows(f"SELECT count(*) FROM {table}") for table in PARTS} == empty
    assert desk.rows("SELECT rowid FROM entry_fts WHERE entry_fts MATCH 'quay1x1 OR quay7x1 OR day'") == []


def test_what_a_folder_repeats_is_known_as_long_as_articles_show_it_and_no_longer(desk: Desk) -> None:
    desk.subscribe("articles", A, B)
    for number in range(4):
        own = " ".join(f"own{number}x{i}" for i in range(9))
        text = f"<p>{own}</p><p>Write to the editors of the harbour news.</p>" + "<p>Twice.</p>" * (number > 1)
        article = Entry(f"{number}.txt", f"No {number}", content=text, published=NOON + number * DAY)
        delivery = desk.delivery("articles", article, document=f"{number}.txt", at=NOON + 10 * DAY)
        arrivals = tuple(replace(arrival, kind=DocumentKind.TEXT) for arrival in delivery.arrivals)
        desk.commit(replace(delivery, arrivals=arrivals))
    assert len(desk.rows("SELECT * FROM paragraph")) == 6
    shown = desk.select()[0].shown.entry.content
    assert "editors" not in shown and "Twice" in shown
    assert purge(desk, Keep(0, 1), at=10) == 3
    assert [story.shown.entry.content for story in desk.select()] == [shown]
    assert sorted(desk.rows("SELECT articles FROM paragraph")) == [(1,), (1,), (4,)]


PARTS = ("entry", "story", "alias", "feature", "feature_fresh", "version", "picture")


# ── Ids ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def urns(desk: Desk) -> dict[str, str]:
    return dict(desk.rows("SELECT e.title, s.urn FROM entry AS e JOIN story AS s ON s.id = e.story"))


def test_the_id_of_a_story_that_was_let_go_is_never_given_to_another(desk: Desk) -> None:
    for number in range(3):
        before = urns(desk)
        words = " ".join(f"n{number}w{i}" for i in range(40))
        desk.deliver(A, Entry("today", f"Picture {number}", content=words), at=NOON + number)
        (given,) = urns(desk).values()
        assert desk.ask(former.former, before.values()) == set(before.values())
        assert given not in before.values()
        purge(desk, Keep(1, 0), at=1)
        desk.deliver(A, at=NOON + number)  # it is listed no more
        desk.writer.now(lambda database: database.execute("DELETE FROM let_go"))
        assert desk.ask(former.former, [given]) == {given}


def test_merged_ones_leave_both_their_ids(desk: Desk) -> None:
    dated(desk, A, 1, 2)
    ids = set(urns(desk).values())
    desk.writer.now(overrides.unite, 1, 2)
    purge(desk, Keep(1, 0), at=5000)
    assert desk.ask(former.former, ids) == ids


def test_what_comes_back_because_more_is_kept_has_its_id(desk: Desk) -> None:
    visit(desk, LISTED)
    before = urns(desk)
    visit(desk, LISTED, 1, kept=2)
    desk.sweep(1)
    visit(desk, [replace(entry, categories=("x",)) for entry in LISTED], 2, kept=100)
    assert len(urns(desk)) == len(LISTED)
    assert {title: urns(desk)[title] for title in before} == before
