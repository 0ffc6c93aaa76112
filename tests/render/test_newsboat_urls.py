"""newsboat's urls: its lines are read as newsboat reads them, its own kinds told apart, anything else refused."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import ParseError
from aggregator.model.lists import Subscription
from aggregator.parse.lists import newsboat, opml

URLS = r"""# my feeds

https://a.example/feed.xml tech "two words" "~My A"
"https://b.example/feed?x=1&y=2" "~B \"quoted\" \\"
http://me:pw@c.example/rss ! "!hidden" news
https://a.example/feed.xml again
"query:Unread:unread = \"yes\"" tech
"filter:~/bin/x:https://d.example/feed" tech
"exec:~/bin/y"
file:///home/me/feed.xml
"""


def test_addresses_titles_and_the_first_tag_are_read_and_the_rest_is_told() -> None:
    found, others = newsboat.read(b"\xef\xbb\xbf" + URLS.encode())

    assert found == [
        Subscription("https://a.example/feed.xml", "My A", "tech"),
        Subscription("https://b.example/feed?x=1&y=2", 'B "quoted" \\'),
        Subscription("http://me:pw@c.example/rss", "", "news"),
    ]
    assert others == [
        'query:Unread:unread = "yes"',
        "filter:~/bin/x:https://d.example/feed",
        "exec:~/bin/y",
        "file:///home/me/feed.xml",
    ]


@pytest.mark.parametrize("body", [b"", b"# nothing", b"Hello", b"{}", b"https://a.example/\nand a letter", b"\0\xff"])
def test_anything_else_is_refused_in_one_line(body: bytes) -> None:
    with pytest.raises(ParseError) as found:
        newsboat.read(body)
    assert "\n" not in str(found.value) and "newsboat" in str(found.value)


def test_a_broken_line_is_told_by_its_place_and_left_out_if_asked() -> None:
    body = b"a.example/feed tech\n\n  <<<<<<< HEAD\nfeed://b.example/\n"
    with pytest.raises(ParseError, match="line 3, column 3"):
        newsboat.read(body)
    assert newsboat.read(body, partial=True) == (
        [Subscription("https://a.example/feed", "", "tech"), Subscription("http://b.example/")],
        ["<<<<<<<"],
    )


def test_titles_in_windows_1252_are_read() -> None:
    found, _ = newsboat.read('https://a.example/feed "~Café"'.encode("cp1252"))
    assert found == [Subscription("https://a.example/feed", "Café")]


@given(st.one_of(st.binary(), st.text().map(lambda text: f'https://a.example/ "{text}\n'.encode("utf-8", "replace"))))
def test_any_bytes_are_read_or_refused_and_no_others_are_opml(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        found, others = newsboat.read(body)
        assert found or others
    assert not opml.is_markup(URLS.encode()) and opml.is_markup(b"\xef\xbb\xbf\n<opml/>")
    assert all(opml.is_markup("\n<opml/>".encode(coding)) for coding in ("utf-16", "utf-16-le", "utf-32"))
