"""Stories that are hidden: nowhere, for good, and as before when that is undone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from conftest import NOON, A, B, Desk
from sqlite_utils import Database

from aggregator.model import Entry, Source
from aggregator.outbound.archives import archive
from aggregator.store import hiding, overrides, pictures, rivers, search, selection, sources, trails
from aggregator.store.conditions import Selection
from aggregator.store.rules import Categories, Exclude, MaxAge, Visible

WORDS = "The council has decided upon the harbour and all that lies along the river until the end of the year. "
ONE = Entry("1", "The harbour is rebuilt", "https://a.example/1", content=WORDS * 10)
TWO = Entry(
    "2", "Snow falls upon the mountains", "https://a.example/2", content="Quite another matter is told here. " * 9
)


@pytest.fixture
def told(desk: Desk) -> Desk:
    desk.deliver(A, ONE, TWO)
    return desk


def story(desk: Desk, name: str) -> int:
    (trail,) = desk.ask(trails.trails, name)
    return trail.id


def titles(desk: Desk, **chosen: Any) -> list[str]:
    return [each.shown.entry.title for each in desk.select(**chosen)]


def hide(desk: Desk, name: str, at: int = NOON, reason: str = "") -> int:
    return desk.writer.now(hiding.hide, [story(desk, name)], at, reason)


def unhide(desk: Desk, name: str) -> int:
    return desk.writer.now(hiding.unhide, [story(desk, name)])


def test_what_is_hidden_is_selected_nowhere_and_undone_it_is_as_before(told: Desk) -> None:
    tables = "SELECT * FROM entry ORDER BY id", "SELECT id, urn, published, updated FROM story", "SELECT * FROM hidden"
    before = [told.rows(sql) for sql in tables]
    everything = Selection()
    number = story(told, "1")

    assert hide(told, "1") == 1
    assert hide(told, "1", NOON + 9) == 0, "it is already"

    assert titles(told) == titles(told, match="council OR matter") == [TWO.title]
    assert [each.shown.entry.title for each in told.ask(selection.select_copies, everything, 9)] == [TWO.title]
    assert number not in told.ask(selection.within, everything, 1, 99)
    assert number not in told.ask(selection.after, everything, 0, 99)
    assert told.ask(search.search, "council") == []
    assert told.ask(rivers.hidden, [number, story(told, "2")]) == {number}
    (hidden,) = told.ask(hiding.listed)
    assert (hidden.title, hidden.url, hidden.since, hidden.reason) == (ONE.title, ONE.link, NOON, "")
    assert told.ask(trails.trails, "1")[0].hidden == NOON
    urn = hidden.urn
    assert told.ask(selection.fates, everything, [urn]) == {urn: Visible}

    assert unhide(told, "1") == 1
    assert unhide(told, "1") == 0
    assert [told.rows(sql) for sql in tables] == before
    assert len(titles(told)) == 2


@pytest.mark.parametrize(
    ("key", "again"),
    [
        (A, ONE),
        (A, replace(ONE, title="The harbour is rebuilt at last", content=WORDS * 10 + "More of it.")),
        (A, replace(ONE, guid="churned")),
        (B, ONE),
        (B, Entry("other", ONE.title, ONE.link, content="Hardly a word.")),
        (B, Entry("elsewhere", "Harbour: council decides", "https://b.example/x", content=WORDS * 10)),
    ],
    ids=["the same", "edited", "under another guid", "elsewhere", "by its address", "by its text"],
)
def test_what_comes_again_is_hidden_too(told: Desk, key: str, again: Entry) -> None:
    hide(told, "1")
    told.deliver(key, again)
    assert titles(told) == [TWO.title]
    unhide(told, again.guid)
    assert len(titles(told)) == 2


def test_it_is_not_let_go_or_it_would_come_again_as_new(told: Desk) -> None:
    hide(told, "1")
    for number in range(30, 60):
        told.deliver(A, Entry(str(number), f"News number {number}", content=f"It is {number}. " * 9), at=NOON + number)
    told.sweep(3)
    kept = [row[0] for row in told.rows("SELECT guid FROM entry ORDER BY id")]
    assert kept == ["1", "57", "58", "59"]
    told.deliver(A, ONE)
    assert ONE.title not in titles(told)


def test_what_is_split_off_is_visible_whichever_copy_it_is(told: Desk) -> None:
    told.deliver(B, Entry("b", ONE.title, "https://b.example/1", content=WORDS * 10))
    for guid, shown in (("b", "https://b.example/1"), ("1", ONE.link)):
        hide(told, "1")
        (entry,) = (row[0] for row in told.rows(f"SELECT id FROM entry WHERE guid = '{guid}'"))
        told.writer.now(overrides.split, entry)
        links = [each.shown.entry.link for each in told.select()]
        assert sorted(links) == sorted([shown, TWO.link])
        ids = [row[0] for row in told.rows("SELECT DISTINCT story FROM entry WHERE guid IN ('1', 'b')")]
        told.writer.now(overrides.merge, *ids)
        assert titles(told) == [TWO.title], "together again, with one that is hidden"
        told.writer.now(hiding.unhide, [story(told, "1")])


def test_merged_with_a_hidden_one_a_story_is_hidden(told: Desk) -> None:
    hide(told, "2")
    told.writer.now(overrides.merge, story(told, "1"), story(told, "2"))
    assert titles(told) == []
    assert told.rows("SELECT count(*) FROM hidden") == [(1,)]
    unhide(told, "1")
    assert len(titles(told)) == 1


def test_what_names_it_as_like_itself_is_made_anew(told: Desk) -> None:
    later = Entry("3", "The harbour is rebuilt, and the river too", "https://a.example/3", content="New words. " * 9)
    told.deliver(A, later)

    def related() -> list[str]:
        (found,) = (each for each in told.select() if each.shown.entry.title == later.title)
        return [reference.url for reference in told.ask(selection.related, found, 5)]

    def revision() -> int:
        return int(told.rows(f"SELECT revision FROM story WHERE id = {story(told, '3')}")[0][0])

    assert related() == [ONE.link]
    before = revision()
    hide(told, "1")
    assert related() == []
    assert revision() > before
    before = revision()
    unhide(told, "1")
    assert related() == [ONE.link]
    assert revision() > before


def test_lately_hidden_is_what_the_output_would_have_shown(told: Desk) -> None:
    told.subscribe(Source(A, category="news"), Source(B, category="else"))
    hide(told, "1", NOON + 1)
    hide(told, "2", NOON + 2)
    urns = [each.urn for each in told.ask(hiding.listed)]

    def lately(*rules: Any, after: int = 0, most: int = 9, each_copy: bool = False) -> list[str]:
        found = told.ask(hiding.lately, Selection(rules), after, most, each_copy=each_copy)
        return [urn for urn, _ in found]

    assert lately() == lately(Categories(("news",))) == urns
    assert lately(Categories(("else",))) == []
    assert lately(Exclude("mountains")) == urns[1:]
    assert lately(MaxAge(NOON + 999)) == urns, "what it showed once"
    assert lately(after=NOON + 1) == lately(most=1) == urns[:1]
    assert lately(each_copy=True) == urns, "each founded its story"
    told.subscribe(B)
    assert lately() == urns, "also of a source that was removed"


def test_what_came_through_one_source_alone_is_found(told: Desk) -> None:
    told.deliver(B, Entry("b", ONE.title, "https://b.example/1", content=WORDS * 10))
    row = told.ask(sources.ids, [A])[A]
    assert told.ask(hiding.only_of, row) == [story(told, "2")]


def test_no_archive_page_has_it(told: Desk) -> None:
    from aggregator.config import parse

    config = parse(f'[[source]]\nurl = "{A}"\n', Path("a.toml"))
    told.deliver(A, *(Entry(f"n{n}", f"Number {n}", content=f"Words of the article {n}. " * 5) for n in range(150)))
    hide(told, "1")
    page = archive(told.folder, config, "feed", 1, 140, "json")
    assert page is not None
    assert TWO.title.encode() in page.body
    assert ONE.title.encode() not in page.body


def test_pictures_of_hidden_articles_are_not_answered(told: Desk) -> None:
    def name(database: Database) -> None:
        for tail, entry in (("k/both.png", 1), ("k/both.png", 2), ("k/one.png", 1)):
            database.execute("INSERT INTO picture (tail, entry) VALUES (?, ?)", [tail, entry])

    told.writer.now(name)
    hide(told, "1")
    assert told.ask(pictures.all_named) == {"k/both.png"}
    assert told.ask(pictures.hidden) == {"k/one.png"}
    assert not told.ask(pictures.is_named, "k/one.png")
    unhide(told, "1")
    assert told.ask(pictures.is_named, "k/one.png")


def test_it_costs_a_walk_nothing(told: Desk) -> None:
    """The index that it goes through has no hidden stories, and their rows aren't read for that."""
    sql = f"SELECT s.id FROM story AS s INDEXED BY story_published WHERE {Selection().of_story()}"
    plan = told.rows(f"EXPLAIN QUERY PLAN {sql}")
    assert any("SCAN s USING COVERING INDEX story_published" in row[-1] for row in plan)
