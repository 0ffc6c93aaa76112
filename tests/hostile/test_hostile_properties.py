"""Any bytes, and feeds from the wild with anything done to them: through parse, refine and publish without a fault."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from random import Random

import corpus
import pytest
from active import ACTIVE
from cases import feed, jsonfeed, words
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inert import assert_inert
from world import Reply

from aggregator.config.tables import Limits
from aggregator.model import Channel, Copy, Document, Origin, ParseError, Story
from aggregator.parse import parse
from aggregator.refine import channel, refine
from aggregator.refine.limit import cut, fit
from aggregator.render import render
from aggregator.render.formats import FORMATS

NOW = 1_800_000_000
LIMITS = Limits()
CHANNEL = Channel("all", "Everything", "http://localhost/", "http://localhost/", "All of it", "en", "A notice & more")
_PATIENT = settings(deadline=None, suppress_health_check=[*HealthCheck])


def through(document: Document) -> int:
    """Takes a document all the way; how many entries came out. Nothing is raised but ParseError, which is one line."""
    try:
        parsed = parse(document, frozenset(), LIMITS.entries)
    except ParseError as error:
        return _in_one_line(error)
    limited = cut(parsed, LIMITS)
    told = channel(limited, document)
    arrivals, _ = fit(refine(limited, document, NOW), LIMITS)
    source = Origin(told.title, told.link, "http://feeds.example/f", told.id)
    stories = [
        Story(
            id=f"urn:uuid:00000000-0000-4000-8000-{number:012d}",
            published=min(arrival.entry.published or NOW, NOW),
            updated=min(arrival.entry.updated or arrival.entry.published or NOW, NOW),
            shown=Copy(arrival.entry.origin or source, arrival.entry),
            others=(Copy(source, arrival.entry),) if number % 3 == 0 else (),
            categories=arrival.entry.categories,
        )
        for number, arrival in enumerate(arrivals[:50])
    ]
    for suffix in FORMATS:
        made = render(CHANNEL, stories, suffix, _failed)
        assert len(assert_inert(made.name, made.body)) == len(stories)
    return len(stories)


def _in_one_line(error: ParseError) -> int:
    assert "\n" not in str(error)
    return 0


def _failed(story: str, error: Exception) -> None:
    raise AssertionError(f"{story} can't be rendered") from error


_NAMES = st.sampled_from(["", "a.txt", "a.md", "a.html", "a.xml", "a.json", "a", "<b>.md", "a\n\x1b.txt"])
_KINDS = st.sampled_from(
    ["", "text/xml", "application/rss+xml; charset=utf-16", "text/html; charset=koi8-r", "application/json", "\x00",
     "image/png", "text/plain; charset=utf-7", "text/xml; charset=idna", "text/xml;charset='x-user-defined'"]
)  # fmt: skip
_BASES = st.sampled_from(["", "http://feeds.example/f", "http://[::1]/", "http://x.example:99999/", "javascript:x"])


def _kind(name: str, kind: str) -> str:
    return kind if not name or "." in name else "text/plain"


@settings(_PATIENT, max_examples=300)
@given(st.binary(max_size=2000), _NAMES, _KINDS, _BASES)
def test_any_bytes(body: bytes, name: str, kind: str, base: str) -> None:
    through(Document(name, body, _kind(name, kind), base, NOW))


_PIECES = st.sampled_from(
    ["<", ">", "&", '"', "'", "]]>", "<![CDATA[", "<!--", "-->", "<?", "?>", "&#0;", "&#xD800;", "&amp;", "&lt;", "&x;",
     "<script>", "</script>", "<svg onload=x>", "<img src=x onerror=x>", "<a href='javascript:x'>", "<p>", "</p>", "<b",
     "<style>", "<math>", "<!DOCTYPE x [<!ENTITY x 'y'>]>", "\ud800", "\0", "\x1b", "\u2028", "\ufffe", "\U0001ffff",
     "---\n", "+++\n", "title: ", "- ", "# ", "![](", "](", "`", "|", "[", "{", "}", '"id":', "null", "1e999", "\n\n",
     "http://a.example/", "data:text/html,x", "By A", "Posted on", "Read also:", "Published at", "3000-13-45", "word "]
)  # fmt: skip
_STARTS = st.sampled_from(
    ["<rss><channel><item><title>", "<rss><channel><item><description>", "<rss><channel><item><link>", "---\ntitle: ",
     "<feed xmlns='http://www.w3.org/2005/Atom'><entry><content type='xhtml'>", "<rdf:RDF><item><title>",
     "<html><body>",
     "<feed xmlns='http://www.w3.org/2005/Atom'><entry><author><name>", "+++\ntitle = ", "", "Title\n\n", "# Title\n\n",
     '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "content_html": "']
)  # fmt: skip


@settings(_PATIENT, max_examples=400)
@given(_STARTS, st.lists(_PIECES | st.text(max_size=8), max_size=40), _NAMES, _BASES)
def test_pieces_of_markup(start: str, pieces: list[str], name: str, base: str) -> None:
    body = (start + "".join(pieces)).encode("utf-8", "surrogatepass")
    through(Document(name, body, _kind(name, ""), base, NOW))


# ── Feeds with anything done to them ─────────────────────────────────────────────────────────────────────────────────


@cache
def _seeds() -> list[bytes]:
    """Our own hostile feeds, which are always there."""
    replies = [case.plays for case in ACTIVE if isinstance(case.plays, Reply)]
    return [feed("seed", count=3), jsonfeed({"id": "1", "content_text": words("seed")}), *(r.body for r in replies)]


@cache
def _wild() -> list[bytes]:
    """The corpus' feeds that are not too long to be parsed by the hundred."""
    with tempfile.TemporaryDirectory() as folder:
        found: dict[str, bytes] = corpus.documents(corpus.unpack(Path(folder)))
    return [body for body in found.values() if 0 < len(body) < 12_000]


def mutated(body: bytes, seed: int, others: list[bytes]) -> bytes:
    """The body with a few things done to it: bytes changed, slices cut, doubled, moved, or taken from elsewhere."""
    random, made = Random(seed), bytearray(body)
    for _ in range(random.randint(1, 6)):
        at, end = sorted(random.randrange(len(made) + 1) for _ in range(2))
        end = min(end, at + random.choice((1, 8, 200, 5000)))
        match random.randrange(7):
            case 0 if at < len(made):
                made[at] = random.randrange(256)
            case 1:
                del made[at:end]
            case 2:
                made[at:at] = made[at:end] * random.choice((1, 2, 30))
            case 3:
                made[at:at] = random.choice(_SNIPPETS)
            case 4:
                other = random.choice(others)
                start = random.randrange(len(other))
                made[at:end] = other[start : start + random.choice((10, 300))]
            case 5:
                made[at:end] = bytes(made[at:end]).swapcase()
            case _:
                made = bytearray(bytes(made).decode("utf-8", "replace").encode(random.choice(_CODECS), "replace"))
    return bytes(made[:60_000])


_WHICH = st.integers(0, 9999)
_CODECS = ("utf-16", "utf-16-be", "utf-32", "cp1251", "latin-1", "utf-7", "cp500", "shift_jis")
_SNIPPETS = (
    b"<script>alert(1)</script>", b"&lt;img src=x onerror=alert(1)&gt;", b"]]>", b"<![CDATA[", b"\0", b"\xff\xfe",
    b"&#xD800;", b"\xed\xa0\x80", b"&#1;", b"<!--", b"<item>", b"</item>", b"javascript:alert(1)", b'"', b"<b title=",
    b"<!DOCTYPE rss [<!ENTITY a 'b'>]>", b"&a;", b"9" * 400, b"\xef\xbb\xbf", b"<title>", b"<link>data:x</link>",
)  # fmt: skip


@settings(_PATIENT, max_examples=400)
@given(_WHICH, st.integers(0, 2**32))
def test_hostile_feeds_with_anything_done_to_them(which: int, seed: int) -> None:
    seeds = _seeds()
    body = seeds[which % len(seeds)]
    through(Document("", mutated(body, seed, seeds), "", "http://feeds.example/f"))


@pytest.mark.usefixtures("shared")
@settings(_PATIENT, max_examples=400)
@given(_WHICH, st.integers(0, 2**32), _KINDS)
def test_feeds_from_the_wild_with_anything_done_to_them(which: int, seed: int, kind: str) -> None:
    wild = _wild()
    body = wild[which % len(wild)]
    through(Document("", mutated(body, seed, wild), kind, "http://feeds.example/f"))


@pytest.mark.usefixtures("shared")
def test_feeds_from_the_wild_as_they_are() -> None:
    assert sum(through(Document("", body, "", "http://feeds.example/f")) for body in _wild()) > 200


@pytest.mark.usefixtures("shared")
@pytest.mark.long
@pytest.mark.timeout(600)
@settings(_PATIENT, max_examples=5000)
@given(_WHICH, st.integers(0, 2**32), _KINDS, _NAMES)
def test_many_feeds_from_the_wild_with_anything_done_to_them(which: int, seed: int, kind: str, name: str) -> None:
    wild = _wild()
    body = wild[which % len(wild)]
    through(Document(name, mutated(body, seed, wild), _kind(name, kind), "http://feeds.example/f"))
