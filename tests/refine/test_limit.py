"""Contents that grow over the limit when they are cleaned."""

from __future__ import annotations

import html
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aggregator.config import Config
from aggregator.model import Document, Entry, Feed
from aggregator.refine import refine, sanitize
from aggregator.refine.limit import fit

LIMIT = 1000
LIMITS = replace(Config().settings.bounds, content=LIMIT)


@given(st.text("&<>é a;mp", max_size=40), st.integers(1, 60))
def test_words_alone_are_cut_where_no_reference_is_left_half(words: str, times: int) -> None:
    written = html.escape(words * times, quote=False)
    feed = Feed(entries=(Entry("1", "A title", content=written),))
    ((arrival,), _) = fit(refine(feed, Document("", b""), 0), LIMITS)
    content = arrival.entry.content
    assert len(content.encode()) <= LIMIT
    assert content == sanitize.sanitize(content, ""), "it is as clean as what isn't cut"
    assert sanitize.sanitize(written, "").startswith(content)
    assert len(written.encode()) <= LIMIT or len(content.encode()) > LIMIT - 40
