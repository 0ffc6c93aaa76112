"""match and exclude: a query is taken and can be sought, or it is refused in one line that says where."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aggregator import config
from aggregator.config.query import COLUMNS, TOKENS, fault
from aggregator.model import ConfigError
from aggregator.store.database import Writer, reading

FILE = Path("/etc/news/aggregator.toml")


@pytest.mark.parametrize(
    "query",
    ["cat", "cat dog", '"cat dog"', "cat*", "title:cat", "title : cat OR author:ann", "{title text}: cat", "-title:cat",
     "^cat", "NEAR(cat dog, 5)", "cat NOT dog", "(cat OR dog) AND bird", '"C++"', '"say ""hi"""', "çà et là", "猫",
     "“cat”", "a\nOR\tb", "NEAR", "near not and", '"cat" + "dog"'],
)  # fmt: skip
def test_a_query_that_can_be_sought_is_taken(query: str) -> None:
    assert fault(query) == ""


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("a AND AND b", 'unexpected "AND" at character 7'),
        ("a AND ANDREW AND AND", 'unexpected "AND" at character 18'),
        ("é OR\nAND b", 'unexpected "AND" at character 6'),
        ("NOT x", 'unexpected "NOT" at character 1; it stands between'),
        ("R&D", 'unexpected "&" at character 2; words with other characters'),
        ("it's", 'unexpected "\'" at character 3'),
        ("a OR )", 'unexpected ")" at character 6'),
        ("foo (bar foo) baz", 'unexpected "foo" at character 1; before "("'),
        ("x (bar OR b)", 'unexpected "OR" at character 8'),
        ("a AND", "ends too early, at character 6"),
        ("cat AND (dog OR  ", "ends too early, at character 16"),
        ("^", "ends too early, at character 2"),
        ("- title", "ends too early, at character 8"),
        ("title:", "ends too early, at character 7"),
        ('a "b" "c', "the quote at character 7 is not closed"),
        ('"a""b', "the quote at character 1 is not closed"),
        ("foo:bar", '"foo" at character 1 is no column; there are title, author, text'),
        ("x x:y", '"x" at character 3 is no column'),
        ("{title x} : y x", '"x" at character 8 is no column'),
        ('a "fo""o": x', '"fo""o" at character 3 is no column'),
        ("NEAR(a x, x)", '"x" at character 11 must be a whole number'),
        ("*", 'unexpected "*" at character 1; it goes after'),
        ("*reads", 'unexpected "*" at character 1'),
        ("cat *", ""),
        ("!!!", 'unexpected "!" at character 1'),
        ("''", 'unexpected "\'" at character 1'),
        ('cat "!!!"', '"!!!" at character 5 has no letters or digits'),
        ('title:""', '"" at character 7 has no letters or digits'),
        ("— OR a", '"—" at character 1 has no letters or digits'),
        ('"a" + "?\n!"', '"? !" at character 7 has no letters or digits'),
        ("a\0b", "character 2 is none that can be sought"),
        ("a \ud800", "character 3 is none that can be sought"),
        (" \t", "must have words to seek"),
        ("a " * 6000, "must be at most 10000 characters long"),
        ("(" * 3000, "at character"),
    ],
)
def test_what_is_wrong_with_a_query_is_told_with_its_place(query: str, told: str) -> None:
    assert told in fault(query)
    assert bool(told) == bool(fault(query))


def test_a_bad_query_is_one_line_with_file_line_and_key() -> None:
    with pytest.raises(ConfigError) as raised:
        config.parse("[[output]]\nname = 'a'\nexclude = 'quiz OR OR {x}'", FILE)

    assert raised.value.problems == (f'{FILE}:3: [[output]] 1, exclude: unexpected "OR" at character 9',)


# ── Whatever is written ──────────────────────────────────────────────────────────────────────────────────────────────

_PARTS = st.sampled_from(
    ["cat", "AND", "OR", "NOT", "NEAR", "(", ")", '"', '""', ":", "*", "^", "+", "-", ",", "{", "}", "title", "x",
     " ", "  ", "\n", "5", "é", "—", "\x1a", "\0", "'", "猫", '"a b"', '"!"']
)  # fmt: skip
_QUERIES = (
    st.lists(_PARTS, max_size=12).map("".join) | st.lists(_PARTS, max_size=12).map(" ".join) | st.text(max_size=20)
)


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A store's own, empty."""
    folder = tmp_path_factory.mktemp("index")
    Writer(folder).close()
    with reading(folder) as stored:
        yield stored.conn


@given(query=_QUERIES)
@example(query='"\x1a"')
@example(query="\U00010fff")
def test_any_text_is_a_query_that_runs_or_a_line_that_says_what_is_wrong(index: sqlite3.Connection, query: str) -> None:
    told = fault(query)

    assert "\n" not in told and told.isprintable()
    if told:
        return
    assert index.execute("SELECT rowid FROM entry_fts WHERE entry_fts MATCH ?", [query]).fetchall() == []


@given(query=_QUERIES)
def test_what_is_refused_is_what_fts5_refuses_or_has_nothing_to_seek(index: sqlite3.Connection, query: str) -> None:
    told = fault(query)
    try:
        index.execute("SELECT rowid FROM entry_fts WHERE entry_fts MATCH ?", [query]).fetchall()
    except sqlite3.Error:
        assert told
    else:
        assert not told or any(
            s in told for s in ("has no letters", "none that can be sought", "to seek", "character 1;")
        )


@given(query=_QUERIES)
def test_in_a_file_it_is_a_config_or_one_line(query: str) -> None:
    text = f"[[output]]\nname = 'a'\nmatch = {json.dumps(query.replace(chr(127), ' '))}"
    try:
        assert config.parse(text, FILE).outputs[0].match == query.replace(chr(127), " ")
    except ConfigError as error:
        (problem,) = error.problems
        assert problem.startswith(str(FILE)) and "\n" not in problem


def test_the_query_is_checked_as_the_index_is_made(index: sqlite3.Connection) -> None:
    (made,) = index.execute("SELECT sql FROM sqlite_master WHERE name = 'entry_fts'").fetchone()

    assert TOKENS in made
    listed = made.partition("(")[2].replace("[", "").replace("]", "").replace('"', "")
    assert all(column in map(str.strip, listed.split(",")) for column in COLUMNS)
