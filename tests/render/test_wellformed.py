"""No edition is put in place that a strict reader would refuse."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from newsroom import CHANNEL, full, story

from aggregator import render
from aggregator.model import Edition
from aggregator.render.formats import FORMATS

SUFFIXES = tuple(FORMATS)


def made(suffix: str, count: int = 2) -> Edition:
    return render.render(CHANNEL, [full(), *map(story, range(2, count + 1))], suffix)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_rendered_passes(suffix: str) -> None:
    render.check(made(suffix))
    render.check(made(suffix), 2)
    render.check(render.render(CHANNEL, [], suffix), 0)


ID = full().id.encode()
OTHER = story(2).id.encode()
BROKEN = [
    ("xml", b"</item>", b"", "mismatched tag"),
    ("xml", b"</rss>", b"", "no element"),
    ("xml", b"<title>", b"<title>\x0b", "invalid token"),
    ("xml", b"<title>", b"<title>\xff", "invalid token"),
    ("xml", b"<title>", b"<title>&nbsp;", "undefined entity"),
    ("xml", b'xmlns:dc="', b'xmlns:no="', "unbound prefix"),
    ("xml", b"<rss ", b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss ", "document type"),
    ("xml", b"</rss>\n", b"</rss>\n<rss/>", "junk"),
    ("xml", b'rel="self"', b'rel="hub"', "itself"),
    ("xml", ID, b" ", "no id"),
    ("xml", ID, OTHER, "twice"),
    ("atom", b'xmlns="http://www.w3.org/2005/Atom"', b'xmlns="http://purl.org/atom/ns#"', "root"),
    ("atom", b'rel="self"', b'rel="hub"', "itself"),
    ("atom", b"<id>" + ID + b"</id>", b"", "no id"),
    ("atom", ID, OTHER, "twice"),
    ("json", b'"items"', b'"item"', "no items"),
    ("json", b'"items":', b'"items":[],"items":', "twice"),
    ("json", b'"feed_url"', b'"feed"', "itself"),
    ("json", b'"size_in_bytes":1234', b'"size_in_bytes":NaN', "NaN"),
    ("json", b"/version/", b"/", "no JSON Feed"),
    ("json", b'"id":"' + ID + b'"', b'"id":7', "no text"),
    ("json", ID, OTHER, "twice"),
    ("json", b"]}\n", b"]", "delimiter"),
    ("json", b'"title":"', b'"title":"\xff', "decode"),
    ("json", b'"title":"', b'"title":"\n', "control"),
]


@pytest.mark.parametrize(("suffix", "before", "after", "why"), BROKEN)
def test_what_is_broken_is_named_in_one_line(suffix: str, before: bytes, after: bytes, why: str) -> None:
    edition = made(suffix)
    assert before in edition.body
    with pytest.raises(ValueError, match=rf"(?s)^science\.{suffix}: .*{why}") as told:
        render.check(replace(edition, body=edition.body.replace(before, after, 1)))
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "body", [b"", b"\0", b"null", b"[]", b"<", b"<rss/>", b"[" * 100_000, b"<rss><channel/></rss>"]
)
def test_what_is_no_feed_does_not_pass(suffix: str, body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^science\."):
        render.check(replace(made(suffix), body=body))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_items_are_counted(suffix: str) -> None:
    with pytest.raises(ValueError, match="2 items in place of 3"):
        render.check(made(suffix), 3)


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_takes_next_to_no_time(suffix: str) -> None:
    """About 10 ms for 1.5 MB; a machine under load may take ten times that."""
    text = "<p>" + "word ümlaut &amp; <b>bold</b> text " * 75 + "</p>"
    edition = render.render(CHANNEL, [story(number, content=text) for number in range(500)], suffix)
    assert len(edition.body) > 1_000_000
    started = time.process_time()
    render.check(edition, 500)
    assert time.process_time() - started < 0.1
