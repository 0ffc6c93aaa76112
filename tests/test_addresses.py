"""Addresses as people paste and servers write them."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.text.addresses import is_web, joined, mended, requested


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("https://a.example/feed.xml?x=%7E&y=ä#z", "https://a.example/feed.xml?x=%7E&y=ä#z"),
        ("  https://a.example/f\n", "https://a.example/f"),
        ("\ufeffhttps://a.example/f\u200b", "https://a.example/f"),
        ("https://a.example/lo\n  ng", "https://a.example/lo%20%20ng"),
        ("https://a.example/my feed.xml?q=a b", "https://a.example/my%20feed.xml?q=a%20b"),
        ("https://a.example/a\u3000b", "https://a.example/a%E3%80%80b"),
        ("https://a.example/caf\udce9", "https://a.example/caf%E9"),
        ("feed://a.example/f", "http://a.example/f"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("FEED:http://a.example/f", "http://a.example/f"),
        ("feed:feed:https://a.example/f", "https://a.example/f"),
        ("feed:a.example/f", "http://a.example/f"),
        ("itpc://a.example/f", "http://a.example/f"),
        ("https:/a.example/f", "https://a.example/f"),
        ("http:\\\\a.example/f", "http://a.example/f"),
        ("HTTP://a.example/f", "HTTP://a.example/f"),
        ("ftp://a.example/f", "ftp://a.example/f"),
    ],
)
def test_an_address_is_mended_as_browsers_do_and_else_stays_as_it_is_spelt(written: str, meant: str) -> None:
    assert mended(written) == meant


@pytest.mark.parametrize(
    ("reference", "meant"),
    [
        ("/my feed.xml", "http://h.example/my%20feed.xml"),
        ("caf\udce9.xml", "http://h.example/a/caf%E9.xml"),
        ("..\\feed.xml?a=\\b", "http://h.example/feed.xml?a=\\b"),
        ("feed:https://z.example/f", "https://z.example/f"),
        ("//z.example/f", "http://z.example/f"),
        (" ?page=2 ", "http://h.example/a/b?page=2"),
    ],
)
def test_a_reference_is_mended_too(reference: str, meant: str) -> None:
    assert joined("http://h.example/a/b", reference) == meant


def test_what_goes_over_the_wire_is_ascii_and_keeps_its_escapes() -> None:
    assert requested('http://h.example/%7e/ä"b>?q=[é]#part') == "http://h.example/%7e/%C3%A4%22b%3E?q=[%C3%A9]"


@given(st.text(), st.text())
def test_mending_twice_is_mending_once_and_leaves_nothing_that_breaks_a_request(start: str, rest: str) -> None:
    for text in (start, f"http://a.example/{rest}", f"feed:{rest}"):
        once = mended(text)
        assert mended(once) == once
    told = requested(mended(f"http://a.example/{rest}"))
    assert told.isascii() and not set(told) & set(" \r\n\t\0")
    assert urlsplit(told).hostname == "a.example"


@given(st.sampled_from(["http://", "https://", "HTTP://", "ftp://", ""]), st.text("a1.-:@[]/?#\\ é\n℀", max_size=12))
def test_of_the_web_is_what_has_a_host_and_no_impossible_port(scheme: str, rest: str) -> None:
    try:
        parts = urlsplit(scheme + rest)
        expected = scheme.lower().startswith("http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        expected = False

    assert is_web(scheme + rest) == expected
