"""An edition taken apart: its bytes come back, and no text in it can look like its markup."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import CHANNEL, full, shown, story

from aggregator import render
from aggregator.model import Story
from aggregator.render import parts

SUFFIXES = tuple(render.FORMATS)
LURES = [
    "<item>", "</item>", "</item>\n<item>", "</entry>\n<entry>", "<entry xml:lang='x'>", "</channel>", "\n</channel>",
    "\n</feed>\n", "]]>", "<![CDATA[", "<!--", "-->", "&lt;/item&gt;", '"items":[\n', "},\n{", "\n]}\n", ",\n",
    "\u2028", "\\", '"', "\r\n", "<p>text</p>", "é",
]  # fmt: skip
TEXT = st.lists(st.one_of(st.sampled_from(LURES), st.text(max_size=5)), max_size=6).map("".join)


@st.composite
def stories(draw: st.DrawFn) -> list[Story]:
    return [
        story(number, title=draw(TEXT), content=draw(TEXT), summary=draw(TEXT), language="de")
        for number in range(draw(st.integers(0, 4)))
    ]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", SUFFIXES)
@given(found=stories(), data=st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_its_texts_are_an_edition_is_its_frame_and_its_items(
    suffix: str, found: list[Story], data: st.DataObject
) -> None:
    body = render.render(CHANNEL, found, suffix).body
    split = parts.split(body, suffix)
    assert split is not None
    assert len(split.items) == len(found)
    assert parts.join(split, split.items) == body
    chosen = data.draw(st.lists(st.sampled_from(range(len(found))), unique=True)) if found else []
    delta = parts.join(split, [split.items[index] for index in chosen])
    assert shown(delta, suffix) == [found[index].id for index in chosen]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_fewer_items_make_the_edition_of_fewer_stories(suffix: str) -> None:
    """But for its date, which is the whole one's."""
    split = parts.split(render.render(CHANNEL, [full(), story(2), story(3)], suffix).body, suffix)
    assert split is not None
    assert parts.join(split, split.items[:1]) == render.render(CHANNEL, [full()], suffix).body


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"<rss><channel><item></item></channel></rss>",
        b"<rss><channel>\n<item><item></item>\n</channel></rss>",
        b"<rss><channel>\n<item><![CDATA[</item>\n<item>]]></item>\n</channel></rss>",
        b"<rss><channel>\n<item/>\n</channel></rss>",
        b"<rss><channel>\n<item></item> text\n</channel></rss>",
        b"<feed>\n<entry></entry><entry></entry>\n</feed>",
        b'{"items":[]}',
        b'{"items":[\n1\n]}\n',
        b'{"items":[\n{}\n],"more":1}\n',
        b'{"items":[\n{\n}\n]}\n',
    ],
)
def test_what_we_did_not_write_is_not_taken_apart(suffix: str, body: bytes) -> None:
    assert parts.split(body, suffix) is None


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(body=st.binary(max_size=200))
def test_any_bytes_give_their_parts_or_nothing(suffix: str, body: bytes) -> None:
    split = parts.split(body, suffix)
    assert split is None or parts.join(split, split.items) == body


def test_an_unknown_format_has_no_parts() -> None:
    assert parts.split(b"<rss/>", "opml") is None
