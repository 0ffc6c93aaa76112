"""Two headers that strangers write: X-Hub-Signature and Link."""

from __future__ import annotations

import hashlib
import hmac
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Feed
from aggregator.parse import hub_links
from aggregator.websub import signature

PLAIN = st.text(st.characters(codec="ascii", categories=["L", "N"]), min_size=1, max_size=8)


@given(st.binary(max_size=200), st.text(min_size=1, max_size=50), st.sampled_from(sorted(signature.METHODS)))
def test_what_the_secret_signed_is_valid_in_either_case(body: bytes, secret: str, method: str) -> None:
    header = f"{method}={hmac.new(secret.encode('utf-8', 'surrogatepass'), body, method).hexdigest()}"
    for spelled in (header, header.upper(), f" {header} "):
        assert signature.is_valid(spelled, body, secret)


@given(st.text(max_size=100), st.binary(max_size=50))
def test_whatever_else_a_header_says_is_not(header: str, body: bytes) -> None:
    assert not signature.is_valid(header, body, "secret")


@given(st.binary(max_size=50), st.integers(0, 63), st.sampled_from("0123456789abcdef"))
def test_no_digit_may_differ(body: bytes, place: int, digit: str) -> None:
    right = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    given_one = right[:place] + digit + right[place + 1 :]
    assert signature.is_valid(f"sha256={given_one}", body, "secret") is (given_one == right)


def test_without_a_secret_nothing_is_valid() -> None:
    assert not signature.is_valid(f"sha256={hmac.new(b'', b'x', 'sha256').hexdigest()}", b"x", "")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ('<http://h/>; rel="hub"', [({"hub"}, "http://h/")]),
        ("<http://h/>;rel=HUB", [({"hub"}, "http://h/")]),
        ('<http://h/>; rel="hub self"', [({"hub", "self"}, "http://h/")]),
        ('<a>; title="x, <b>; rel=hub"; rel=self, <c>; rel=hub', [({"self"}, "a"), ({"hub"}, "c")]),
        ('<a>; title="\\"";rel="next" , , <b> ; rel = hub', [({"next"}, "a"), ({"hub"}, "b")]),
        ("<http://h/?a,b;c>; rel=hub", [({"hub"}, "http://h/?a,b;c")]),
        ('<a>; anchor="/x"; rel=hub, <b>; rel=hub', [({"hub"}, "b")]),
        ("<a>; rel=self; rel=hub", [({"self"}, "a")]),
        ("<a>; crossorigin; rel*=UTF-8''x; rel=hub", [({"hub"}, "a")]),
        ("<a> junk; rel=self, <b>; rel=hub", [(set(), "a"), ({"hub"}, "b")]),
        ('<a>; rel="hub', [(set(), "a")]),
        ("http://h/; rel=hub", []),
        ("", []),
    ],
)
def test_link_headers_are_read_as_rfc_8288_has_them(value: str, expected: list[tuple[set[str], str]]) -> None:
    assert [(set(rels), target) for rels, target in hub_links.header(value)] == expected


@given(st.lists(st.tuples(PLAIN, PLAIN, st.text("abc,;<>= ", max_size=10)), max_size=6))
def test_every_link_that_was_written_is_read(written: list[tuple[str, str, str]]) -> None:
    value = ", ".join(f'<{target}>; title="{title}"; rel="{rel}"' for target, rel, title in written)
    assert hub_links.header(value) == [(frozenset({rel.lower()}), target) for target, rel, _ in written]


@given(st.text('<>;,="\\ abrelhubself/:', max_size=200))
def test_whatever_stands_there_gives_web_addresses_or_nothing(value: str) -> None:
    hub, topic = hub_links.advertised(value, Feed(), "http://site.example/feed")
    assert bool(hub) == bool(topic)
    assert not hub or hub.startswith(("http://", "https://"))


@pytest.mark.parametrize("piece", ["<a>", "<a>;", ';a="', '<a>;a="\\', "<", ",", "<a>;rel=hub,<a", ' ;a="" ', '"'])
def test_no_header_takes_long(piece: str) -> None:
    started = time.process_time()
    hub_links.header("<x>" + piece * (64_000 // len(piece)))
    assert time.process_time() - started < 1


def test_only_web_addresses_of_a_sane_length_are_taken() -> None:
    base = "http://site.example/a/feed"
    for hub in ("javascript:x", "ftp://h/", "http://h:0/", "http://[/", "http://h/" + "x" * 2000):
        assert hub_links.advertised("", Feed(hub=hub), base) == ("", "")
    assert hub_links.advertised("", Feed(hub="../hub#f"), base) == ("http://site.example/hub", base)
    assert hub_links.advertised("", Feed(hub="//h/", topic="me"), base) == ("http://h/", "http://site.example/a/me")
