"""Editions against the W3C validator's rules: hostile entries, refined, and the rules against known faults."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from typing import Any

import feedparser
import pytest
import rules
from hypothesis import given, settings
from hypothesis import strategies as st
from newsroom import CHANNEL, NOON, SOURCE, full, story
from strangers import CHANNELS, ORIGIN, RAW, REFERENCE

from aggregator import render
from aggregator.model import Channel, Copy, Document, Enclosure, Entry, Feed, Person, Story
from aggregator.refine import refine

XML = ("xml", "atom")
NOW = NOON + 86_400


def bodies(*stories: Story, channel: Channel = CHANNEL) -> dict[str, bytes]:
    """The editions; each passes the strict reading."""
    made = {suffix: render.render(channel, stories, suffix, fail) for suffix in render.FORMATS}
    for edition in made.values():
        render.check(edition, len(stories))
    return {suffix: edition.body for suffix, edition in made.items()}


def fail(name: str, error: Exception) -> None:
    raise AssertionError(name) from error


def fine(*stories: Story, channel: Channel = CHANNEL) -> dict[str, bytes]:
    """The editions, of which nobody complains."""
    made = bodies(*stories, channel=channel)
    assert [rules.broken(made[suffix], NOW) for suffix in XML] == [[], []]
    return made


def test_the_newsroom_is_valid() -> None:
    fine(full(), *map(story, range(2, 30)))
    fine()
    fine(story(), channel=replace(CHANNEL, title="A & B </i> Ã©", description="<b>", language="", notice="&amp; Ã©"))


@pytest.mark.parametrize(
    "image", ["https://nas/one.jpg", "https://media.example.org/one.jpg", "http://[::1]/one.jpg", ""]
)
@pytest.mark.parametrize("author", ["Ann </b> & Bob", "word " * 100, "x" * 400, ""])
def test_an_episode_is_valid_whoever_speaks_and_wherever_its_picture_is(image: str, author: str) -> None:
    episode = Enclosure("https://media.example.org/one.mp3", "audio/mpeg", 9, "", 3723)
    authors = (Person(author),) if author else ()
    fine(story(1, image=image, authors=authors, enclosures=(episode,)), story(2))


@pytest.mark.parametrize(
    ("suffix", "before", "after", "rule"),
    [
        ("xml", b"<pubDate>Fri", b"<pubDate>Thu", "IncorrectDOW"),
        ("xml", b"<pubDate>Fri, 02 Jan 2026", b"<pubDate>Fri, 02 Jan 2099", "IncorrectDOW|ImplausibleDate"),
        ("xml", b" +0000</pubDate>", b" GMT</pubDate>", "InvalidRFC2822Date"),
        ("xml", b"<title>Cats", b"<title>&lt;/b>", "ContainsHTML"),
        ("xml", b"<title>Cats", "<title>Ã©".encode(), "BadCharacters"),
        ("xml", b"<title>Cats", "<title>\ufffd".encode(), "BadCharacters"),
        ("xml", b"https://media.example.org/one.mp3", b"https://nas/one.mp3", "InvalidURLAttribute"),
        ("xml", b'isPermaLink="false"', b'isPermaLink="true"', "InvalidPermalink"),
        ("xml", b"<dc:language>de-AT", b"<dc:language>German of Austria", "InvalidLanguage"),
        ("xml", b"&lt;em&gt;", b"&lt;/em&gt;", "NotHtml"),
        ("xml", b"&lt;em&gt;", b"&lt;em style='x'&gt;", "SecurityRiskAttr"),
        ("xml", b'href="https://example.org/', b'href="/', "ContainsRelRef"),
        ("xml", b"&lt;b&gt;", b"&lt;blink&gt;", "SecurityRisk"),
        ("xml", b'rel="self"', b'rel="via"', "MissingSelf"),
        ("xml", b"<comments>", b"<comment>x</comment><comments>", "UndefinedElement"),
        ("xml", b"<comments>", b"<comments>/", "InvalidFullLink"),
        ("xml", full().id.encode(), story(2).id.encode(), "DuplicateValue"),
        ("xml", b"<item><title>", b"<item><title/><title>", "DuplicateElement|NotBlank"),
        ("atom", b"<published>2026-01-02", b"<published>1926-01-02", "ImplausibleDate"),
        ("atom", full().id.encode(), full().id.upper().encode(), "NonCanonicalURI"),
        ("atom", b'type="html">&lt;p&gt;In', b">&lt;p&gt;In", "ContainsUndeclaredHTML"),
        ("atom", b"<name>Bob", b"<name>Bob &lt;bob@example.org>", "ContainsEmail"),
        ("atom", b"ann@example.org", b"ann@example", "InvalidContact"),
        ("atom", b'rel="related"', b'rel="akin"', "UnregisteredAtomLinkRel"),
        ("atom", b'length="1234"', b'length="-1"', "InvalidInteger"),
        ("atom", b"<author><name>Bob</name></author>", b"<author/>", "MissingElement"),
    ],
)
def test_a_fault_is_seen(suffix: str, before: bytes, after: bytes, rule: str) -> None:
    body = bodies(full(), story(2))[suffix]
    assert before in body
    found = rules.broken(body.replace(before, after, 1), NOW)
    assert {complaint.partition(":")[0].partition(" ")[0] for complaint in found} & set(rule.split("|")), found


# ── What it found ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_could_be_text_encoded_twice_is_told_apart() -> None:
    """The validator tries, and warns: "Ã©" may be a mistake of the source's, a joke, or just a word."""
    text = "Martine Ã©crit en UTF-8, NÂ°5"
    made = fine(
        story(1, title=text, summary=f"<p>{text}</p>", rights=text),
        story(2, content=f"<p>{text}</p>", title=text + " </b>"),
    )
    for suffix in XML:
        one, two = feedparser.parse(io.BytesIO(made[suffix]), sanitize_html=False).entries
        assert one.title == text.replace("Ã©", "Ã\u2060©").replace("Â°", "Â\u2060°")
        assert "Ã&#169;" in one.summary and "Â&#176;" in two.summary
    assert json.loads(made["json"])["items"][0]["title"] == text


@pytest.mark.parametrize(
    "markup", ["<a href='/1'><object><a href='/2'>x</a></object></a>", "<p><button><p>x</button>", "<h1><font><h2>x"]
)
def test_html_from_which_a_tag_between_two_went_is_html(markup: str) -> None:
    (arrival,) = refine(
        Feed(entries=(Entry("1", "T", content=markup),)), Document("", b"", base="https://blog.example.org/"), NOW
    )
    fine(replace(story(), shown=Copy(SOURCE, arrival.entry)))


@pytest.mark.parametrize("host", ["nas", "a_b.example", "example.org.", "localhost:8000"])
def test_a_file_on_a_host_without_a_domain_is_media_content_in_rss_and_an_enclosure_elsewhere(host: str) -> None:
    """RSS' <enclosure> has a rule of its own; the file isn't lost for it, and the next one takes its place."""
    files = (Enclosure(f"http://{host}/1.mp3", "audio/mpeg", 7), Enclosure("http://example.org/2.mp3", "audio/mpeg", 8))
    made = fine(story(1, enclosures=files[:1]), story(2, enclosures=files))
    rss, atom = (feedparser.parse(io.BytesIO(made[suffix])).entries for suffix in XML)
    assert [[x.href for x in entry.enclosures] for entry in rss] == [[], [files[1].url]]
    assert [[x["url"] for x in entry.media_content] for entry in rss] == [[files[0].url]] * 2
    assert [[x.href for x in entry.enclosures] for entry in atom] == [[files[0].url], [f.url for f in files]]


@pytest.mark.slow
def test_five_hundred_entries_of_one_second_differ_in_updated() -> None:
    fine(*(replace(story(number), updated=NOON) for number in range(500)))


# ── Any entry ────────────────────────────────────────────────────────────────────────────────────────────────────────


def refined(raw: Entry) -> Entry:
    (arrival,) = refine(Feed(entries=(raw,)), Document("", b"", base="https://blog.example.org/feed.xml"), NOW)
    return arrival.entry


@st.composite
def stories(draw: st.DrawFn) -> list[Story]:
    """Stories of entries of strangers, as the pipeline hands them to publication."""
    found = []
    for number, copies in enumerate(
        draw(st.lists(st.lists(st.tuples(RAW, ORIGIN), min_size=1, max_size=2), max_size=3))
    ):
        shown, *others = (
            Copy(replace(origin, title=refined(Entry("", origin.title)).title), refined(raw)) for raw, origin in copies
        )
        published = min(shown.entry.published or NOW, NOW)
        updated = max(published, min(shown.entry.updated, NOW))
        related = tuple(draw(st.lists(REFERENCE, max_size=1)))
        found.append(Story(story(number).id, published, updated, shown, tuple(others), shown.entry.categories, related))
    return found


@pytest.mark.slow
@settings(max_examples=150)
@given(found=stories(), channel=CHANNELS)
def test_any_entry_makes_valid_feeds_that_readers_read_whole(found: list[Story], channel: Channel) -> None:
    made = fine(*found, channel=replace(channel, name="science", base="https://news.example.org/"))
    for suffix in XML:
        read: Any = feedparser.parse(io.BytesIO(made[suffix]))
        assert not read.bozo, read.bozo_exception
        assert [entry.id for entry in read.entries] == [one.id for one in found]
    assert [item["id"] for item in json.loads(made["json"])["items"]] == [one.id for one in found]
