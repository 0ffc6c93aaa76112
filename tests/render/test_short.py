"""Summaries instead of articles, and the line that names a source: the same in all three formats."""

from __future__ import annotations

import json
from dataclasses import replace

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st
from newsroom import CHANNEL, SOURCE, full, story

from aggregator.model import Channel, Copy, Origin, Story
from aggregator.render import FORMATS, render
from aggregator.render.items import item, tidy

SHORT = replace(CHANNEL, content="summary", notice="")
LINED = replace(CHANNEL, source_line=True, notice="")
READ_ON = '<p><a href="https://blog.example.org/1">Read on</a></p>'
LINE = '<p>From <a href="https://blog.example.org/">The Blog</a></p>'
LONG = "".join(f"<p>Sentence {n} &amp; more.</p>" for n in range(100))


def bodies(channel: Channel, told: Story) -> tuple[str, str]:
    made = item(tidy(channel), told)
    return made.summary, made.content


def test_the_source_s_summary_is_shown_and_where_to_read_on() -> None:
    assert bodies(SHORT, story(summary="<p>In <b>short</b></p>", content=LONG)) == (
        f"<p>In <b>short</b></p>{READ_ON}",
        "",
    )
    assert bodies(SHORT, story(summary="<p>All there is</p>")) == ("<p>All there is</p>", "")


@pytest.mark.parametrize("given_", [{"content": LONG}, {"summary": LONG}, {"summary": LONG, "content": LONG}])
def test_without_a_summary_the_text_begins_and_ends_in_an_ellipsis(given_: dict[str, str]) -> None:
    summary, content = bodies(SHORT, story(**given_))

    assert content == ""
    assert summary.startswith("<p>Sentence 0 &amp; more. Sentence 1 &amp; more.")
    assert summary.endswith(f"…</p>{READ_ON}")
    assert 250 < len(summary) - len(READ_ON) < 400


def test_a_short_text_is_shown_whole_and_needs_no_link() -> None:
    assert bodies(SHORT, story(content="<div>Just <i>a</i> line</div>")) == ("<p>Just a line</p>", "")
    assert bodies(SHORT, story()) == ("", "")


def test_what_belongs_below_stays_and_so_do_files_and_image() -> None:
    made = item(tidy(replace(SHORT, notice="A notice")), full())

    assert made.summary.endswith("</a></p><p>A notice</p>")
    assert "Also at" in made.summary
    assert len(made.enclosures) == 3
    assert made.image == "https://media.example.org/cat.jpg"


@pytest.mark.parametrize("suffix", FORMATS)
def test_no_format_has_the_whole_article(suffix: str) -> None:
    edition = render(
        SHORT, [story(content=LONG), story(2, summary="In short", content=LONG), story(3, summary=LONG)], suffix
    )

    assert b"Sentence 0" in edition.body and b"Sentence 60" not in edition.body
    if suffix == "json":
        shown = [listed["content_html"] for listed in json.loads(edition.body)["items"]]
    else:
        read = feedparser.parse(edition.body, sanitize_html=False)
        assert not read.bozo
        assert not any("content" in entry for entry in read.entries)
        shown = [entry.summary for entry in read.entries]
    assert shown[1] == 'In short<p><a href="https://blog.example.org/2">Read on</a></p>'


def test_a_line_above_the_article_names_its_source() -> None:
    assert bodies(LINED, story(content="<p>Text</p>")) == ("", f"{LINE}<p>Text</p>")
    assert bodies(LINED, story(summary="<p>S</p>", content="<p>Text</p>")) == ("<p>S</p>", f"{LINE}<p>Text</p>")
    assert bodies(LINED, story(summary="<p>S</p>")) == (f"{LINE}<p>S</p>", "")
    assert bodies(replace(LINED, content="summary"), story(summary="<p>S</p>")) == (f"{LINE}<p>S</p>", "")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (Origin("A & <b>", "https://b.example/?a&b"),
            '<p>From <a href="https://b.example/?a&amp;b">A &amp; &lt;b&gt;</a></p>'),
        (Origin("Ours"), "<p>From Ours</p>"),
        (Origin("", "https://b.example/"), '<p>From <a href="https://b.example/">https://b.example/</a></p>'),
        (Origin("Bad", "javascript:alert(1)"), "<p>From Bad</p>"),
        (Origin(), ""),
    ],
)  # fmt: skip
def test_the_line_is_harmless_whatever_the_source_is_called(source: Origin, line: str) -> None:
    told = story(content="<p>Text</p>")

    assert bodies(LINED, replace(told, shown=Copy(source, told.shown.entry))) == ("", f"{line}<p>Text</p>")


@given(st.text(), st.text(), st.booleans())
def test_whatever_they_hold_the_feeds_are_well_formed(summary: str, content: str, line: bool) -> None:
    for suffix in ("xml", "atom"):
        edition = render(replace(SHORT, source_line=line), [story(summary=summary, content=content)], suffix)
        assert not feedparser.parse(edition.body).bozo
    assert SOURCE.title in edition.body.decode()
