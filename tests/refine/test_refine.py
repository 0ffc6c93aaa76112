"""An entry of strangers → an arrival that can be stored and published."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import Arrival, Document, Enclosure, Entry, Feed, Origin, Person, Reference
from aggregator.refine import dedupe, refine

NOW = 1_767_355_200
DAY = 86400


def refined(entry: Entry, *, link: str = "", base: str = "", name: str = "", title: str = "") -> Entry:
    feed = Feed(title=title, link=link, id="urn:feed", entries=(entry,))
    (arrival,) = refine(feed, Document(name, b"", base=base), NOW)
    assert arrival.document == name
    assert arrival.fingerprint == dedupe.fingerprint(arrival.entry)
    return arrival.entry


def test_a_clean_entry_passes_as_it_is() -> None:
    entry = Entry(
        "tag:e.org,2026:1",
        title="Cats & dogs: 1 < 2",
        link="https://e.org/1?b=2&a=1#top",
        summary="<p>short</p>",
        content='<p>long <a href="https://e.org/2">x</a></p>',
        authors=(Person("Ann", "ann@e.org", "https://ann.e.org/"), Person("Bob")),
        published=NOW - DAY,
        updated=NOW,
        categories=("pets", "R&D"),
        enclosures=(Enclosure("https://e.org/1.mp3", "audio/mpeg", 5, "one", 61),),
        comments="https://e.org/1#comments",
        image="https://e.org/1.png",
        language="de-AT",
        rights="© Ann",
        origin=Origin("Planet", "https://p.org/", "https://p.org/feed", "urn:p"),
        attribution=Reference("The Times", "https://t.org/"),
        related=(Reference("Other", ""),),
    )

    assert refined(entry) == entry


def test_every_string_loses_what_xml_forbids() -> None:
    bad = "a\x00\x1f\ud800\ufffe\nb"
    entry = refined(
        Entry(
            guid=bad,
            title=bad,
            link=f"https://e.org/{bad}",
            summary=bad,
            content=f"<p title='{bad}'>{bad}&#1;</p>",
            authors=(Person(bad, f"{bad}@e.org", bad),),
            categories=(bad, "\x00"),
            enclosures=(Enclosure(f"https://e.org/{bad}", bad, 0, bad),),
            comments=bad,
            image=bad,
            language=bad,
            rights=bad,
            origin=Origin(bad, bad, bad, bad),
            attribution=Reference(bad, bad),
            related=(Reference(bad, bad), Reference("\x00", "")),
        )
    )

    assert (entry.title, entry.categories) == ("a b", ("a b",))
    assert len(entry.related) == 1
    etree.Element("e").text = repr(entry)
    etree.Element("e").text = entry.content + entry.summary + entry.link + str(entry.origin)


def test_guids_that_differ_in_what_has_to_go_stay_apart_and_stay_the_same_when_the_entry_is_edited() -> None:
    one, other, edited, clean = (
        refined(Entry(guid, title=title, hash=title.encode())).guid
        for guid, title in (("a\x00", "t"), ("a\ud800", "t"), ("a\x00", "T"), ("a", "t"))
    )

    assert len({one, other, clean}) == 3
    assert one == edited
    assert clean == "a"
    etree.Element("e").text = one + other


def test_relative_addresses_start_from_the_entry_s_base_then_its_link_then_the_site_then_the_document() -> None:
    entry = Entry("g", content='<img src="i.png">', image="j.png", enclosures=(Enclosure("k.mp3"),))

    def base_of(entry: Entry, **feed: str) -> str:
        found = refined(entry, **feed)
        (base,) = {found.content[10:-7], found.image[:-5], found.enclosures[0].url[:-5]}
        return base

    site = {"link": "https://site.org/", "base": "https://feed.org/x/rss"}
    inside = {f: getattr(entry, f) for f in ("content", "image", "enclosures")}
    assert base_of(entry, base="https://feed.org/x/rss") == "https://feed.org/x/"
    assert base_of(entry, **site) == "https://site.org/"
    assert base_of(Entry("g", link="a/1", **inside), **site) == "https://site.org/a/"
    assert base_of(Entry("g", link="a/1", base="https://b.org/", **inside), **site) == "https://b.org/"
    assert base_of(Entry("g", link="a/1", base="not a base", **inside), **site) == "https://site.org/a/"


def test_without_any_base_relative_addresses_go() -> None:
    entry = refined(
        Entry("g", link="a/1", content='<img src="i.png" alt="x">', image="j", enclosures=(Enclosure("k"),))
    )

    assert (entry.link, entry.content, entry.image, entry.enclosures) == ("", '<img alt="x">', "", ())


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "urn:x", "ftp://e.org/"]
)
def test_addresses_that_are_not_of_the_web_go(link: str) -> None:
    entry = refined(
        Entry(
            "g", link=link, comments=link, image=link, enclosures=(Enclosure(link),), authors=(Person("A", "", link),)
        ),
        link="https://e.org/",
    )

    assert (entry.link, entry.comments, entry.image, entry.enclosures, entry.authors[0].url) == ("", "", "", (), "")


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (NOW, NOW),
        (NOW + DAY, NOW + DAY),
        (NOW + DAY + 1, NOW + DAY),
        (253_402_300_799, NOW + DAY),
        (0, 0),
        (-1, -1),
        (-16_725_225_600, -16_725_225_600),
        (-16_725_225_601, 0),
        (-62_135_596_800, 0),
    ],
)
def test_dates_are_at_most_a_day_ahead_and_not_before_printing_and_updates_have_been(said: int, kept: int) -> None:
    entry = refined(Entry("g", published=said, updated=said))

    assert (entry.published, entry.updated) == (kept, min(kept, NOW))


def test_the_content_is_sanitised() -> None:
    entry = refined(
        Entry("g", summary="<script>x</script>s", content="<p onclick=x>c</p><iframe src=https://e.org></iframe>")
    )

    assert (entry.summary, entry.content) == ("s", '<p>c</p> <a href="https://e.org">e.org</a>')


def test_authors_of_whom_nothing_is_left_go() -> None:
    entry = refined(Entry("g", authors=(Person("\x00", "no address", "javascript:x"), Person(" Ann\n Author "))))

    assert entry.authors == (Person("Ann Author"),)


def test_categories_are_lines_each_of_them_once() -> None:
    assert refined(Entry("g", categories=(" a\n b", "a b", "", " ", "A b"))).categories == ("a b", "A b")


def test_a_feed_in_a_folder_is_where_its_entries_come_from() -> None:
    entry = refined(Entry("g"), name="sub/feed.xml", title="The Blog", link="https://blog.org/")

    assert entry.origin == Origin("The Blog", "https://blog.org/", "", "urn:feed")


def test_what_the_entry_itself_names_as_its_source_goes_before_the_feed_in_the_folder() -> None:
    entry = refined(Entry("g", origin=Origin("Planet")), name="feed.xml", title="The Blog")

    assert entry.origin == Origin("Planet")


def test_a_feed_that_was_fetched_is_no_origin_of_its_entries() -> None:
    assert refined(Entry("g"), title="The Blog", link="https://blog.org/").origin is None


def test_an_article_file_has_no_origin() -> None:
    assert refined(Entry("g"), name="article.txt").origin is None


_TEXT = st.text(st.characters(categories=None, codec=None), max_size=15)
_WORDS = _TEXT | st.sampled_from(["https://e.org/a", "../b", "<p>x", "&#2;", "javascript:x", "http://[", "ann@e.org"])
_ENTRIES = st.builds(
    Entry,
    guid=_WORDS,
    title=_WORDS,
    link=_WORDS,
    summary=_WORDS,
    content=_WORDS,
    authors=st.lists(st.builds(Person, _WORDS, _WORDS, _WORDS), max_size=2).map(tuple),
    published=st.integers(-(10**12), 10**12),
    updated=st.integers(-(10**12), 10**12),
    categories=st.lists(_WORDS, max_size=2).map(tuple),
    enclosures=st.lists(st.builds(Enclosure, _WORDS, _WORDS, st.integers(0, 9), _WORDS), max_size=2).map(tuple),
    comments=_WORDS,
    image=_WORDS,
    language=_WORDS,
    rights=_WORDS,
    base=_WORDS,
    origin=st.none() | st.builds(Origin, _WORDS, _WORDS, _WORDS, _WORDS),
    attribution=st.none() | st.builds(Reference, _WORDS, _WORDS),
    related=st.lists(st.builds(Reference, _WORDS, _WORDS), max_size=2).map(tuple),
)


def strings(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [found for part in value for found in strings(part)]
    return [found for name in getattr(value, "__slots__", ()) for found in strings(getattr(value, name))]


@given(_ENTRIES, _WORDS, _WORDS, _WORDS)
def test_whatever_an_entry_says_it_is_fit_to_store_to_publish_and_to_pass_on(
    entry: Entry, link: str, base: str, name: str
) -> None:
    feed = Feed(title=name, link=link, entries=(entry,))
    (arrival,) = refine(feed, Document(name, b"", base=base), NOW)

    for string in strings(arrival.entry):
        etree.Element("e").text = string
    assert pickle.loads(pickle.dumps(arrival)) == arrival
    assert max(arrival.entry.published, arrival.entry.updated) <= NOW + DAY


@given(_ENTRIES)
def test_what_is_refined_stays_as_it_is(entry: Entry) -> None:
    def again(entry: Entry) -> Arrival:
        return refine(Feed(entries=(entry,)), Document("", b"", base="https://e.org/x/"), NOW)[0]

    once = again(entry)
    assert again(once.entry) == once
