"""sources: chosen, ordered, counted, and as wide as the terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import subprocess
import termios
from collections.abc import Sequence
from contextlib import suppress

import pytest
from house import House, QuickHouse, environment

from aggregator.cli.columns import Column, aligned
from aggregator.model import Source, SourceState, Visit
from aggregator.model.visits import Delivery, Outcome
from aggregator.store import entries, sources
from aggregator.store.database import Writer

NOW = 1_767_355_200
WELL = SourceState(last_visit=NOW, next_visit=NOW + 7200, reason="publishes about every 2 hours")
FAILING = SourceState(last_visit=NOW - 60, next_visit=NOW + 60, failures=3, error="answered 503", reason="3 failures")
WORSE = SourceState(last_visit=NOW - 30, next_visit=NOW + 90, failures=7, error="no such host", reason="7 failures")
GONE = SourceState(last_visit=NOW - 90, failures=1, gone=True, error="answered 410", reason="410 Gone")
KNOWN = {
    "http://a.example/feed.xml": ("Ann", "news", WELL),
    "http://b.example/a/very/long/path/to/what/the/beacon/publishes/feed.xml": ("", "news/local", FAILING),
    "http://c.example/feed.xml?key=0123456789abcdef0123456789abcdef": ("Cat", "newsletters", WORSE),
    "http://d.example/feed.xml": ("Dan", "news", GONE),
}


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Four sources that were visited, one that wasn't and one that is off."""
    house = QuickHouse(tmp_path_factory.mktemp("sources"))
    tables = [
        f'[[source]]\nurl = "{key}"\nname = "{name}"\ncategory = "{of}"\n' for key, (name, of, _) in KNOWN.items()
    ]
    tables.append('[[source]]\nurl = "http://e.example/"\n[[source]]\nurl = "http://f.example/"\nenabled = false\n')
    house.write("".join(tables))
    writer = Writer(house.data)
    writer.now(sources.register, [Source(key, name=name, category=of) for key, (name, of, _) in KNOWN.items()])
    visits = [(key, state, Visit(key, NOW, Outcome.OK)) for key, (_, _, state) in KNOWN.items()]
    writer.now(entries.commit, [Delivery(key, visit, state, {}, None, "", ()) for key, state, visit in visits])
    writer.close()
    return house


def listed(house: House, *options: str) -> list[str]:
    """The hosts' first letters, in the order in which the sources come."""
    return [source["url"][7] for source in house.json("sources", *options)]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ((), "abcdef"),
        (("--failing",), "bc"),
        (("--category", "news"), "abd"),
        (("--category", " news / local "), "b"),
        (("--category", "news", "--failing"), "b"),
        (("FEED.xml",), "abcd"),
        (("ann",), "a"),
        (("feed", "beacon"), "b"),
        (("nothing-like-it",), ""),
        (("--sort", "name"), "abcdef"),
        (("--sort", "state"), "bcdefa"),
        (("--sort", "failures"), "cbdaef"),
        (("--sort", "entries", "--reverse"), "fedcba"),
        (("--sort", "last_visit"), "acbdef"),
        (("--sort", "next_visit"), "bcadef"),
        (("--sort", "next_visit", "--failing", "--reverse"), "cb"),
    ],
    ids=" ".join,
)
def test_sources_are_chosen_and_ordered(asked: House, options: Sequence[str], found: str) -> None:
    assert "".join(listed(asked, *options)) == found


def test_a_category_that_no_source_has_is_a_slip(asked: House) -> None:
    done = asked.run("sources", "--category", "newz", status=2)
    assert done.stderr == "aggregator: --category: no source has 'newz'\n"
    asked.run("sources", "--sort", "weight", status=2)


def test_they_are_counted_by_state(asked: House) -> None:
    assert asked.run("sources").stdout.splitlines()[-1] == "6 sources: 1 ok, 2 failing, 1 gone, 1 pending, 1 paused"
    assert asked.run("sources", "--failing").stdout.splitlines()[-1] == "2 of 6 sources: 2 failing"
    assert asked.run("sources", "nothing-like-it").stdout.splitlines()[-1] == "0 of 6 sources"


def test_in_a_pipe_everything_is_whole_and_without_colour_or_keys(asked: House) -> None:
    out = asked.run("sources").stdout
    assert "http://b.example/a/very/long/path/to/what/the/beacon/publishes/feed.xml" in out
    assert "\x1b" not in out and "…/" not in out
    assert "0123456789abcdef" not in out


def on_terminal(house: House, width: int, *options: str, **variables: str) -> list[str]:
    """The lines that a terminal of this width gets."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))
    left = {key: value for key, value in environment(**variables).items() if key not in {"COLUMNS", "LINES"}}
    process = subprocess.Popen(house.argv("sources", *options), stdout=theirs, env=left, cwd=house.folder)
    os.close(theirs)
    read = b""
    with suppress(OSError):  # the end, on Linux
        while some := os.read(ours, 65536):
            read += some
    os.close(ours)
    assert process.wait(60) == 0
    return read.decode().splitlines()


@pytest.mark.parametrize("width", [50, 80, 300])
def test_on_a_terminal_each_is_one_line_and_the_middle_of_what_is_long_is_left_out(asked: House, width: int) -> None:
    lines = on_terminal(asked, width, NO_COLOR="1")
    assert len(lines) == 1 + 6 + 1
    assert max(map(len, lines[:-1])) <= width
    (long,) = (line for line in lines if "failing" in line and "b.exa" in line)
    assert ("…" in long) == (width < 300)
    assert "feed.xml" in long
    assert ("Address" in lines[0]) == (width == 300)


def test_what_fails_is_red_on_a_terminal_unless_no_colour_is_wanted(asked: House) -> None:
    red = [line for line in on_terminal(asked, 100, NO_COLOR="") if "\x1b[31m" in line]
    assert len(red) == 3
    assert all("failing" in line or "gone" in line for line in red)
    assert "\x1b" not in "".join(on_terminal(asked, 100, NO_COLOR="1"))


def test_wide_characters_are_aligned_and_cut_whole() -> None:
    columns, rows = [Column("A", least=6), Column("B")], [["日本語の長い名前", "x"], ["plain", "y"]]
    assert aligned(columns, rows) == ["A                 B", "日本語の長い名前  x", "plain             y"]
    assert aligned(columns, rows, 9) == ["A       B", "日…前   x", "plain   y"]


def test_json_is_as_it_was(asked: House) -> None:
    (only,) = json.loads(asked.run("sources", "--json", "ann").stdout)
    assert list(only) == [
        "name", "url", "category", "state", "error", "entries", "failures", "last_visit", "next_visit", "reason",
    ]  # fmt: skip
