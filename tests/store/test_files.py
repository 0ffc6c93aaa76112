"""Whatever becomes of the files of a folder: each has its article, nothing that was stored is lost, no id is shared."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TYPE_CHECKING

from hypothesis import example, given, settings
from hypothesis import strategies as st

from aggregator.model import Delivery, Document, DocumentState, Entry, Feed, Outcome, SourceState, Visit
from aggregator.parse.identity import identify
from aggregator.refine import refine

if TYPE_CHECKING:
    from tests.store.conftest import Desk

NOON = 1_767_355_200
Files = dict[str, tuple[str, int]]
"""A folder: each file's id ("" for none), and the number of its text."""

_NAMES = st.sampled_from(["a.md", "b.md", "c.txt", "sub/a.md"])
_ACTS = st.one_of(
    st.tuples(st.just("write"), _NAMES, st.tuples(st.sampled_from(["", "", "x", "y"]), st.integers(0, 5))),
    st.tuples(st.just("move"), _NAMES, _NAMES),
    st.tuples(st.just("swap"), _NAMES, _NAMES),
    st.tuples(st.just("delete"), _NAMES, st.none()),
)


def after(files: Files, act: tuple[str, str, object]) -> Files:
    """The folder once this was done."""
    what, name, other = act
    changed = dict(files)
    if what == "write":
        changed[name] = other  # type: ignore[assignment]
    elif what == "move" and name in files:
        changed[str(other)] = changed.pop(name)
    elif what == "swap" and {name, other} <= files.keys():
        changed[name], changed[str(other)] = files[str(other)], files[name]
    elif what == "delete":
        changed.pop(name, None)
    return changed


def words(number: int) -> str:
    return " ".join(f"word{number}x{n}" for n in range(70))


class Folder:
    """A folder that is visited, as `retrieve.folder` and the parsers hand it on."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.subscribe("articles")
        self.seen: Files = {}
        self.at = NOON

    def visit(self, files: Files) -> None:
        self.at += 60
        waiting = {name for (name,) in self.desk.rows("SELECT name FROM document WHERE waits")}
        changed = files.items() - self.seen.items()
        missing = frozenset(self.seen.keys() - files.keys()) if files else frozenset()
        if changed or missing:
            changed |= {(name, files[name]) for name in waiting & files.keys()}
        arrivals, documents = [], {}
        for name, (own, number) in sorted(changed):
            entry = Entry(own or name, f"Text {number}", content=f"<p>{words(number)}</p>", published=NOON - number)
            feed = Feed(entries=tuple(identify([entry])))
            (arrival,) = refine(feed, Document(name, b""), self.at)
            arrivals.append(arrival)
            documents[name] = DocumentState(stamp="x", entry_hashes=frozenset({arrival.entry.hash}))
        visit, state = Visit("articles", self.at, Outcome.OK), SourceState(last_visit=self.at)
        brought = Delivery("articles", visit, state, documents, arrivals=tuple(arrivals))
        self.desk.commit(replace(brought, missing=missing))
        self.seen = {name: text for name, text in self.seen.items() if name not in missing} | files


_SAID_AGAIN = [
    [("write", "a.md", ("", 0))],
    [("delete", "a.md", None), ("write", "b.md", ("", 1))],
    [("write", "b.md", ("", 0))],
    [("write", "b.md", ("", 1))],
]


_ID_TWICE = [
    [("write", "a.md", ("x", 0))],
    [("write", "a.md", ("", 1))],
    [("write", "a.md", ("x", 0)), ("write", "b.md", ("x", 0))],
]


@settings(deadline=None, max_examples=60)
@example(rounds=_ID_TWICE)  # an id that is given up comes back in two files at once
@example(rounds=_SAID_AGAIN)  # what took another's place says later what that one said
@given(rounds=st.lists(st.lists(_ACTS, min_size=1, max_size=3), max_size=6))
def test_every_file_has_its_article_and_no_article_or_id_is_lost(
    fresh_desk: Callable[[], AbstractContextManager[Desk]], rounds: list[list[tuple[str, str, object]]]
) -> None:
    with fresh_desk() as desk:
        folder, files, urns, count = Folder(desk), Files(), set[str](), 0
        for acts in rounds:
            for act in acts:
                files = after(files, act)
            folder.visit(files)
            there = dict(desk.rows("SELECT document, title FROM entry WHERE NOT gone"))
            waits = {name for (name,) in desk.rows("SELECT name FROM document WHERE waits")}
            if files:  # an empty folder tells nothing
                assert there == {n: f"Text {t}" for n, (_, t) in files.items() if n not in waits}
                assert desk.rows("SELECT count(*) FROM entry WHERE NOT gone") == [(len(there),)]
            ids = [own for name, (own, _) in files.items() if own and name not in waits]
            assert len(ids) == len(set(ids)), "one id in a folder is one article"
            assert all(files[name][0] in ids for name in waits if name in files), "and somebody has it"
            (now,) = desk.rows("SELECT count(*) FROM entry")[0]
            held = {urn for (urn,) in desk.rows("SELECT urn FROM story UNION SELECT urn FROM alias")}
            assert now >= count and held >= urns
            urns, count = held, now


@settings(deadline=None, max_examples=60)
@given(order=st.permutations(["a.md", "b.md", "c.txt", "sub/a.md"]))
def test_files_that_only_change_places_keep_their_stories(
    fresh_desk: Callable[[], AbstractContextManager[Desk]], order: list[str]
) -> None:
    with fresh_desk() as desk:
        folder = Folder(desk)
        names = sorted(order)
        folder.visit({name: ("", number) for number, name in enumerate(names)})
        sql = "SELECT e.title, s.urn FROM entry AS e JOIN story AS s ON s.id = e.story ORDER BY e.id"
        before = desk.rows(sql)
        folder.visit({name: ("", number) for number, name in enumerate(order)})
        assert desk.rows(sql) == before
