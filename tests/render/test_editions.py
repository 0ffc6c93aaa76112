"""What every edition promises, whatever its format: the same bytes, every story but the bad one, any text."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import CHANNEL, NOON, full, shown, story
from strangers import CHANNELS, STORY

from aggregator import render
from aggregator.model import Channel, Copy, Entry, Origin, Story

SUFFIXES = tuple(render.FORMATS)


def test_formats_are_in_the_order_in_which_they_are_offered() -> None:
    assert list(render.FORMATS.items()) == [
        ("xml", "application/rss+xml"),
        ("atom", "application/atom+xml"),
        ("json", "application/feed+json"),
    ]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_edition_has_its_name_and_the_instant_of_its_newest_change(suffix: str) -> None:
    edition = render.render(CHANNEL, [story(5), full()], suffix)
    assert (edition.name, edition.updated) == (f"science.{suffix}", NOON + 3600)
    assert edition.content_type == render.FORMATS[suffix]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_the_same_stories_make_the_same_bytes(suffix: str) -> None:
    stories = [full(), *map(story, range(2, 30))]
    assert render.render(CHANNEL, stories, suffix) == render.render(CHANNEL, list(stories), suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_another_process_in_another_locale_and_time_zone_makes_the_same_bytes(suffix: str) -> None:
    program = (
        "import sys; sys.path[:0] = ['tests/render']\n"
        "from newsroom import *; from aggregator import render\n"
        f"sys.stdout.buffer.write(render.render(CHANNEL, [full(), story(2)], {suffix!r}).body)"
    )
    environment = {"TZ": "Asia/Kathmandu", "LC_ALL": "C", "PYTHONHASHSEED": "7", "PYTHONPATH": "."}
    made = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, env=environment)
    assert made.stdout == render.render(CHANNEL, [full(), story(2)], suffix).body


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_stories_keep_their_order_and_an_id_comes_once(suffix: str) -> None:
    stories = [story(3), story(1), story(2), story(1)]
    assert shown(render.render(CHANNEL, stories, suffix).body, suffix) == [s.id for s in stories[:3]]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_without_stories_there_is_still_a_feed(suffix: str) -> None:
    edition = render.render(CHANNEL, [], suffix)
    assert (shown(edition.body, suffix), edition.updated) == ([], 0)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_story_that_cannot_be_written_is_left_out_and_reported(suffix: str) -> None:
    bad = replace(story(2), published="yesterday")  # type: ignore[arg-type]
    told: list[tuple[str, Exception]] = []
    body = render.render(CHANNEL, [story(1), bad, story(3)], suffix, lambda *what: told.append(what)).body
    assert shown(body, suffix) == [story(1).id, story(3).id]
    assert [(name, type(error)) for name, error in told] == [(bad.id, TypeError)]
    assert render.render(CHANNEL, [story(1), bad, story(3)], suffix).body == body


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_story_around_others_keeps_its_bytes(suffix: str) -> None:
    """So that what is rendered can be kept: nothing in an item depends on its neighbours."""
    alone, among = (render.render(CHANNEL, s, suffix).body for s in ([full()], [story(2), full(), story(3)]))
    (line,) = (line for line in alone.splitlines() if full().id.encode() in line)
    assert line.rstrip(b",") in {other.rstrip(b",") for other in among.splitlines()}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_source_s_password_is_not_published(suffix: str) -> None:
    origin = Origin("Paid", "https://me:hunter2@paid.example/", "https://me:hunter2@paid.example/feed")
    entry = Entry("1", "T", "https://me:hunter2@paid.example/1")
    body = render.render(CHANNEL, [replace(full(), shown=Copy(origin, entry))], suffix).body
    assert b"hunter2" not in body
    assert b"https://paid.example/feed" in body


def test_importing_the_package_imports_neither_feedgen_nor_lxml() -> None:
    program = "import sys, aggregator.render; sys.exit(bool({'feedgen', 'lxml', 'json'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


# ── Any text anywhere ────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
@settings(max_examples=80, deadline=None)
@given(channel=CHANNELS, stories=st.lists(STORY, max_size=3, unique_by=lambda found: found.id))
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_any_text_in_any_place_makes_a_feed_with_every_story(
    suffix: str, channel: Channel, stories: list[Story]
) -> None:
    failures: list[Any] = []
    body = render.render(channel, stories, suffix, lambda *what: failures.append(what)).body
    assert not failures
    assert shown(body, suffix) == [found.id for found in stories]
    assert body == render.render(channel, stories, suffix).body
