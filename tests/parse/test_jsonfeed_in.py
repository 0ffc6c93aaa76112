"""JSON Feed 1.0 and 1.1, as specified and as found."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Enclosure, Entry, Feed, Origin, ParseError, Person
from aggregator.parse import jsonfeed, parse

V1 = "https://jsonfeed.org/version/1"
V1_1 = "https://jsonfeed.org/version/1.1"


def read(value: object, known: frozenset[bytes] = frozenset()) -> Feed:
    """By way of parse(), so that JSON is recognised as such."""
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return parse(Document("", body, base="https://e.org/feed.json"), known)


def item(**fields: object) -> Entry:
    (entry,) = read({"version": V1_1, "items": [{"id": "1", **fields}]}).entries
    return entry


def test_a_feed_of_version_1_1_keeps_every_field() -> None:
    feed = read({
        "version": V1_1, "title": "The Blog", "home_page_url": "https://e.org/", "feed_url": "https://e.org/feed.json",
        "language": "de", "authors": [{"name": "Feed's"}],
        "items": [{
            "id": "urn:1", "url": "https://e.org/1", "external_url": "https://x.org/",
            "title": " A\n <b>title</b> & more ",
            "content_html": "<p>long</p>", "content_text": "long", "summary": "one < two\n\nthree",
            "image": "https://e.org/i.png", "banner_image": "https://e.org/b.png",
            "date_published": "2026-01-02T12:00:00Z", "date_modified": "2026-01-02T14:30:00+02:00",
            "authors": [{"name": "Ann", "url": "https://ann.org/"}, {"name": "Bob"}], "tags": ["a", "b", "a"],
            "language": "en-GB",
            "attachments": [{"url": "https://e.org/1.mp3", "mime_type": "audio/mpeg", "title": "one",
                             "size_in_bytes": 123, "duration_in_seconds": 61.9}],
        }],
    })  # fmt: skip

    assert (feed.title, feed.link, feed.id) == ("The Blog", "https://e.org/", "https://e.org/feed.json")
    assert (feed.language, feed.malformed) == ("de", "")
    (entry,) = feed.entries
    assert replace(entry, hash=b"") == (
        Entry(
            guid="urn:1",
            title="A <b>title</b> & more",
            link="https://e.org/1",
            summary="<p>one &lt; two</p><p>three</p>",
            content="<p>long</p>",
            authors=(Person("Ann", "", "https://ann.org/"), Person("Bob")),
            published=1767355200,
            updated=1767357000,
            categories=("a", "b"),
            enclosures=(Enclosure("https://e.org/1.mp3", "audio/mpeg", 123, "one", 61),),
            image="https://e.org/i.png",
            language="en-GB",
        )
    )


def test_version_1_0_s_single_author_is_one_of_the_authors() -> None:
    feed = read({"version": V1, "author": {"name": "Ann"}, "items": [
        {"id": "1"}, {"id": "2", "author": {"name": "Bob", "avatar": "x"}}, {"id": "3", "author": {"avatar": "x"}},
    ]})  # fmt: skip

    assert [entry.authors for entry in feed.entries] == [(Person("Ann"),), (Person("Bob"),), (Person("Ann"),)]


def test_an_item_without_language_has_the_feed_s() -> None:
    (entry,) = read({"version": V1_1, "language": "de", "items": [{"id": "1"}]}).entries

    assert entry.language == "de"


def test_text_becomes_paragraphs_and_nothing_in_it_markup() -> None:
    assert item(content_text="a <b>\n\n\nc & d").content == "<p>a &lt;b&gt;</p><p>c &amp; d</p>"


def test_an_external_url_is_the_link_where_there_is_no_other() -> None:
    assert item(external_url="https://x.org/").link == "https://x.org/"


SAID = {"title": "S", "link": "https://s.org/", "feed": "https://s.org/f", "id": "urn:s"}
ONCE_SAID = {"title": "S", "home_page_url": "https://s.org/", "feed_url": "https://s.org/f", "id": "urn:s"}


@pytest.mark.parametrize(
    "extensions",
    [
        {"_aggregator": {"about": "https://e.org/", "source": SAID}, "_rights": {"text": "© Ann"},
         "_comments": {"url": "https://e.org/1#c"}},
        {"_source": SAID, "_rights": {"text": "© Ann"}, "_comments": {"url": "https://e.org/1#c"}},
        {"_source": ONCE_SAID, "_rights": "© Ann", "_comments": "https://e.org/1#c"},
    ],
)  # fmt: skip
def test_what_our_own_outputs_add_is_read_back(extensions: dict[str, object]) -> None:
    entry = item(**extensions)

    assert (entry.rights, entry.comments) == ("© Ann", "https://e.org/1#c")
    assert entry.origin == Origin("S", "https://s.org/", "https://s.org/f", "urn:s")


@pytest.mark.parametrize(("id_", "guid"), [(1, "1"), (1.5, "1.5"), (0, "0"), (-7, "-7"), ("x", "x")])
def test_a_number_serves_as_id(id_: object, guid: str) -> None:
    assert item(id=id_).guid == guid


@pytest.mark.parametrize("id_", [None, True, [], {}, ""])
def test_without_a_usable_id_the_link_serves(id_: object) -> None:
    assert item(id=id_, url="https://e.org/1").guid == "https://e.org/1"


@pytest.mark.parametrize(
    "odd", [None, True, 5, 1.5, [], {}, [[]], [None], {"x": 1}, "x" * 9, [5], [{"name": 5, "url": []}]]
)
def test_wrong_types_are_left_out_and_the_rest_is_kept(odd: Any) -> None:
    names = [
        "url", "external_url", "content_html", "content_text", "summary", "image", "banner_image", "date_published",
        "date_modified", "authors", "author", "tags", "language", "attachments", "_aggregator", "_source", "_rights",
        "_comments",
    ]  # fmt: skip
    feed = read({
        "version": V1_1, "title": odd, "home_page_url": odd, "feed_url": odd, "language": odd, "authors": odd,
        "items": [{"id": "1", "title": "kept", **dict.fromkeys(names, odd)}, odd],
    })  # fmt: skip

    (entry, *_) = feed.entries
    assert (entry.guid, entry.title, entry.published, entry.enclosures) == ("1", "kept", 0, ())


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2026-01-02T12:00:00Z", 1767355200),
        ("2026-01-02T12:00:00.999Z", 1767355200),
        ("2026-01-02T12:00:00-08:00", 1767384000),
        ("2026-01-02t12:00:00z", 1767355200),
        ("2026-01-02T12:00:00", 1767355200),
        ("2026-01-02", 1767312000),
        ("yesterday", 0),
        ("2026-13-02T12:00:00Z", 0),
        ("9999-99-99T00:00:00Z", 0),
        ("", 0),
        (1767355200, 1767355200),  # seconds, milliseconds, RFC 822: what publishers write all the same
        (1767355200000, 1767355200),
        ("Fri, 02 Jan 2026 12:00:00 GMT", 1767355200),
    ],
)
def test_dates_are_rfc_3339_or_left_out(written: object, seconds: int) -> None:
    assert item(date_published=written).published == seconds


@pytest.mark.parametrize("size", [-1, 0, "5", None, 1e300, float("inf"), float("nan"), 10**30])
def test_odd_sizes_are_unknown_ones(size: object) -> None:
    (enclosure,) = item(
        attachments=[{"url": "u", "size_in_bytes": size, "duration_in_seconds": size}, {"url": ""}, 5]
    ).enclosures

    assert enclosure == Enclosure("u")


def test_an_unknown_version_is_read_and_called_malformed() -> None:
    feed = read({"version": "2", "items": [{"id": "1"}]})

    assert (len(feed.entries), feed.malformed) == (1, "no JSON Feed version")


def test_a_feed_without_items_is_an_empty_feed() -> None:
    assert read({"version": V1, "title": "T"}).entries == ()


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"a": 1}', "is JSON, but not a JSON Feed"),
        (b'{"items": {}}', "is JSON, but not a JSON Feed"),
        (b'{"version": "https://jsonfeed.org/version/1", "items": [', "is not valid JSON: "),
        (b"{" * 10, "is not valid JSON: "),
        (b'{"a":' + b"[" * 100_000, "is not valid JSON: "),
        (b'{"items": [' + b"1" * 5000 + b"]}", "is not valid JSON: "),
        (b'{"items": "\xff"}', "is JSON, but not a JSON Feed"),
    ],
)  # fmt: skip
def test_what_is_no_json_feed_is_told_in_one_line(body: bytes, said: str) -> None:
    with pytest.raises(ParseError) as raised:
        read(body)

    assert str(raised.value).startswith(said)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_json_in_any_unicode_encoding_is_recognised(encoding: str) -> None:
    text = json.dumps({"version": V1_1, "title": "Ünï", "items": []}, ensure_ascii=False)

    assert read(text.encode(encoding)).title == "Ünï"


def test_entries_that_are_known_are_not_given_again_but_their_hashes_are() -> None:
    feed = read({"version": V1_1, "items": [{"id": "1"}, {"id": "2"}]})
    again = read({"version": V1_1, "items": [{"id": "1"}, {"id": "2", "title": "new"}]}, feed.hashes)

    assert [entry.guid for entry in again.entries] == ["2"]
    assert len(again.hashes) == 2


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just("2026-01-02T12:00:00Z"),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(["id", "url", "title", "authors", "author", "name", "tags", "attachments", "items", "_source",
                         "size_in_bytes", "date_published", "content_text", "version", "language"]), inner, max_size=6),
    max_leaves=20,
)  # fmt: skip


@given(st.lists(_JSON, max_size=4), _JSON)
def test_any_json_is_a_feed_of_its_items(items: list[object], anything: object) -> None:
    body = json.dumps({"version": V1_1, "authors": anything, "title": anything, "items": items}).encode()
    feed = jsonfeed.parse(Document("", body), frozenset())

    assert len(feed.entries) <= sum(isinstance(item, dict) for item in items)
    assert all(entry.guid for entry in feed.entries)


@given(st.binary(max_size=60).map(b"{".__add__) | _JSON.map(lambda value: json.dumps(value).encode()))
def test_any_bytes_are_a_feed_or_a_parse_error(body: bytes) -> None:
    try:
        jsonfeed.parse(Document("", body), frozenset())
    except ParseError as error:
        told = str(error)
    else:
        told = "a feed"
    assert len(told.splitlines()) == 1
