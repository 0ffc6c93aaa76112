"""Files with many sources are read quickly, and as tomllib reads them."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import toml

LINES = [
    "[[source]]", "[[source]]", "[[source]]", 'url = "https://a.example/"', 'name = "ä # b"', "priority = 3",
    "enabled = false",
    "", "# note", "[[output]]", "[polling]", "[source.x]", "[source]", 'name = "a\\tb"', "name = 'x'",
    'x = [', "]", '["a"]',
    'x = """', '"""', "priority = 03", "priority = -1", 'a.b = 1', "url = 'x' # y", '[[ source ]]', 'name = "a" # note',
    'name = "a"# note', "source = 1", "[[source]] # note", "x = {a = 1}", "\ty = 1", 'name = "a" b = "c"',
    "\r", "\x00", '"""x"""',
]  # fmt: skip


def tried(read: Any, text: str) -> Any:
    try:
        return read(text)
    except ValueError as error:
        return str(error)


@given(st.lists(st.sampled_from(LINES)).map("\n".join))
def test_it_reads_what_tomllib_reads(text: str) -> None:
    assert tried(toml.read, text) == tried(tomllib.loads, text)


@given(st.lists(st.sampled_from(LINES[:12])).map(lambda lines: "\n".join(["[[source]]", *lines])))
def test_it_reads_what_tomllib_reads_of_plain_tables(text: str) -> None:
    assert tried(toml.read, text) == tried(tomllib.loads, text)


@pytest.mark.parametrize("after", ["", '[[output]]\nname = "x"\n'])
def test_plain_sources_between_other_tables_are_all_there(after: str) -> None:
    sources = "".join(f'[[source]]\nurl = "https://{n}.example/"\npriority = {n + 1}\n\n' for n in range(100))
    text = f'[site]\ntitle = "x"\n\n{sources}{after}'
    assert toml.read(text) == tomllib.loads(text)
    assert len(toml.read(text)["source"]) == 100
