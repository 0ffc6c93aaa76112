"""Accept-Encoding, read as RFC 9110 §12.5.3 has it."""

from __future__ import annotations

import asyncio
import gzip

import brotli
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.serve.encoding import CODINGS, Coded, accepted


@pytest.mark.parametrize(
    ("header", "first"),
    [
        (None, "identity"),
        ("", "identity"),
        ("gzip", "gzip"),
        ("gzip, br", "br"),
        ("gzip, deflate, br, zstd", "br"),
        ("br;q=0.8, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("*", "br"),
        ("*;q=0.5, br;q=0.1", "gzip"),
        ("br;q=0, gzip;q=0, *", "identity"),
        ("gzip;q=0.5, identity", "identity"),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("identity;q=0, gzip;q=0.1", "gzip"),
        ("*;q=0, gzip", "gzip"),
        ("GZIP ; Q=1.0", "gzip"),
        ("x-gzip", "gzip"),
        (",,gzip,", "gzip"),
        ("gzip;q=2", "identity"),
        ("gzip;level=9", "identity"),
    ],
)
def test_the_best_that_is_taken_is_sent(header: str | None, first: str) -> None:
    assert accepted(header)[0] == first


@pytest.mark.parametrize("header", ["identity;q=0", "*;q=0", "identity;q=0, br;q=0, gzip;q=0.0, deflate"])
def test_who_refuses_everything_gets_nothing(header: str) -> None:
    assert accepted(header) == ()


def test_without_brotli_it_is_gzip() -> None:
    assert accepted("br, gzip;q=0.1", ("gzip", "identity")) == ("gzip", "identity")
    assert accepted("br", ("gzip", "identity")) == ("identity",)


@given(st.text())
def test_whatever_is_asked_the_answer_is_of_what_there_is(header: str) -> None:
    assert set(accepted(header)) <= set(CODINGS)


async def test_every_coding_gives_the_bytes_back_and_is_made_once() -> None:
    body = b"<item>word</item>\n" * 1000
    coded = Coded(body)
    made = {coding: await coded.get(coding) for coding in CODINGS}
    assert tuple(sorted(made)) == ("br", "gzip", "identity")
    assert brotli.decompress(made["br"]) == gzip.decompress(made["gzip"]) == made["identity"] == body
    again = await asyncio.gather(*(coded.get(coding) for coding in CODINGS))
    assert all(one is other for one, other in zip(again, made.values(), strict=True))
    assert [await Coded(body).get(coding) for coding in CODINGS] == list(made.values())
