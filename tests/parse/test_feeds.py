"""RSS, Atom, RDF and CDF, as specified and as found."""

from __future__ import annotations

import builtins
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Document, Enclosure, Entry, Feed, Hints, Origin, ParseError, Person
from aggregator.parse import feeds, parse

BASE = "https://e.org/feed"
NEW_YEAR = 1_767_225_600  # 2026-01-01T00:00:00Z
NAMES = (
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    'xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd" xmlns:media="http://search.yahoo.com/mrss/" '
    'xmlns:sy="http://purl.org/rss/1.0/modules/syndication/" xmlns:atom="http://www.w3.org/2005/Atom"'
)


def read(body: str | bytes, kind: str = "", known: frozenset[bytes] = frozenset(), name: str = "") -> Feed:
    """By way of parse(), so that a feed is recognised as such."""
    raw = body.encode() if isinstance(body, str) else body
    return parse(Document(name, raw, kind, BASE), known)


def rss(items: str, head: str = "", version: str = "2.0") -> str:
    return (
        f'<?xml version="1.0"?><rss version="{version}" {NAMES}><channel><title>The Blog</title>'
        f"<link>https://e.org/</link>{head}{items}</channel></rss>"
    )


def atom(entries: str, head: str = "") -> str:
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>The Blog</title><id>urn:feed</id>'
        f'<link href="https://e.org/"/><link rel="self" href="{BASE}"/><updated>2026-01-01T00:00:00Z</updated>'
        f"{head}{entries}</feed>"
    )


def said(feed: Feed) -> tuple[Entry, ...]:
    """The feed's entries without their hashes."""
    return tuple(replace(entry, hash=b"") for entry in feed.entries)


def item(inside: str, head: str = "") -> Entry:
    (entry,) = read(rss(f"<item>{inside}</item>", head)).entries
    return entry


def entry_of(inside: str, head: str = "") -> Entry:
    (entry,) = read(atom(f"<entry><id>urn:1</id>{inside}</entry>", head)).entries
    return entry


# ── The formats, whole ───────────────────────────────────────────────────────────────────────────────────────────────


def test_rss_2_0_keeps_every_field() -> None:
    feed = read(rss("""
        <item>
          <title>Cats &amp;amp; dogs</title>
          <link>https://e.org/1</link>
          <guid isPermaLink="false">one</guid>
          <description>&lt;p&gt;short&lt;/p&gt;</description>
          <content:encoded><![CDATA[<p>long <img src="i.png"></p>]]></content:encoded>
          <author>ann@e.org (Ann Author)</author>
          <pubDate>Thu, 01 Jan 2026 02:00:00 +0200</pubDate>
          <category domain="x">pets</category><category>R&amp;D</category><category>pets</category>
          <enclosure url="https://e.org/1.mp3" type="audio/mpeg" length="123"/>
          <itunes:duration>1:02:03</itunes:duration>
          <comments>https://e.org/1#comments</comments>
          <media:thumbnail url="https://e.org/t.jpg"/>
          <dc:rights>© Ann</dc:rights>
          <dc:language>de</dc:language>
          <source url="https://planet.org/rss">Planet</source>
        </item>""", "<language>en-us</language>"))  # fmt: skip

    assert (feed.title, feed.link, feed.language, feed.malformed) == ("The Blog", "https://e.org/", "en-us", "")
    assert said(feed) == (
        Entry(
            guid="one",
            title="Cats & dogs",
            link="https://e.org/1",
            summary="<p>short</p>",
            content='<p>long <img src="i.png"></p>',
            authors=(Person("Ann Author", "ann@e.org"),),
            published=NEW_YEAR,
            categories=("pets", "R&D"),
            enclosures=(Enclosure("https://e.org/1.mp3", "audio/mpeg", 123, "", 3723),),
            comments="https://e.org/1#comments",
            image="https://e.org/t.jpg",
            language="de",
            rights="© Ann",
            origin=Origin("Planet", "", "https://planet.org/rss", ""),
        ),
    )


def test_atom_1_0_keeps_every_field() -> None:
    feed = read(atom("""
        <entry xml:lang="de" xml:base="sub/">
          <id>urn:1</id>
          <title type="html">Cats &amp;amp; &lt;b&gt;dogs&lt;/b&gt;</title>
          <link href="1"/>
          <link rel="enclosure" href="1.mp3" type="audio/mpeg" length="123" title="part one"/>
          <summary>short, 1 &lt; 2</summary>
          <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>long</p></div></content>
          <author><name>Ann</name><email>ann@e.org</email><uri>https://ann.org/</uri></author>
          <author><name>Bob</name></author>
          <contributor><name>Carl</name></contributor>
          <published>2026-01-01T02:00:00+02:00</published>
          <updated>2026-01-01T00:00:01Z</updated>
          <category term="pets" label="Our pets"/><category term="R&amp;D"/>
          <rights>© Ann</rights>
          <source><id>urn:s</id><title>Planet</title><link href="https://planet.org/"/>
            <link rel="self" href="https://planet.org/atom"/></source>
        </entry>"""))  # fmt: skip

    assert (feed.title, feed.link, feed.id, feed.malformed) == ("The Blog", "https://e.org/", "urn:feed", "")
    assert said(feed) == (
        Entry(
            guid="urn:1",
            title="Cats & dogs",
            link="https://e.org/sub/1",
            summary="<p>short, 1 &lt; 2</p>",
            content="<p>long</p>",
            authors=(Person("Ann", "ann@e.org", "https://ann.org/"), Person("Bob")),
            published=NEW_YEAR,
            updated=NEW_YEAR + 1,
            categories=("Our pets", "R&D"),
            enclosures=(Enclosure("https://e.org/sub/1.mp3", "audio/mpeg", 123, "part one"),),
            language="de",
            rights="© Ann",
            base="https://e.org/sub/",
            origin=Origin("Planet", "https://planet.org/", "https://planet.org/atom", "urn:s"),
        ),
    )


def test_atom_0_3_is_read() -> None:
    feed = read("""<feed version="0.3" xmlns="http://purl.org/atom/ns#" xml:lang="en"><title>The Blog</title>
        <link rel="alternate" type="text/html" href="https://e.org/"/>
        <entry><title mode="escaped" type="text/html">A &lt;i&gt;title&lt;/i&gt;</title>
          <link rel="alternate" type="text/html" href="https://e.org/1"/><id>urn:1</id>
          <issued>2026-01-01T00:00:00Z</issued><modified>2026-01-01T00:00:01Z</modified>
          <author><name>Ann</name><url>https://ann.org/</url></author>
          <summary type="text/plain">short</summary>
          <content type="text/html" mode="escaped">&lt;p&gt;long&lt;/p&gt;</content></entry></feed>""")

    assert said(feed) == (
        Entry(
            guid="urn:1",
            title="A title",
            link="https://e.org/1",
            summary="<p>short</p>",
            content="<p>long</p>",
            authors=(Person("Ann", "", "https://ann.org/"),),
            published=NEW_YEAR,
            updated=NEW_YEAR + 1,
            language="en",
        ),
    )


RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"'


def test_rss_1_0_is_read() -> None:
    feed = read(f"""<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/">
        <channel rdf:about="https://e.org/"><title>The Blog</title><link>https://e.org/</link></channel>
        <item rdf:about="https://e.org/1"><title>One</title><link>https://e.org/1</link><description>short</description>
          <dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator><dc:subject>pets</dc:subject>
          <dc:date>2026-01-01T00:00:00Z</dc:date></item></rdf:RDF>""")

    assert feed.title == "The Blog"
    assert said(feed) == (
        Entry(
            guid="https://e.org/1",
            title="One",
            link="https://e.org/1",
            summary="short",
            authors=(Person("Ann"), Person("Bob")),
            updated=NEW_YEAR,
            categories=("pets",),
        ),
    )


def test_rss_0_90_is_read() -> None:
    feed = read(f"""<rdf:RDF {RDF} xmlns="http://my.netscape.com/rdf/simple/0.9/"><channel><title>The Blog</title>
        <link>https://e.org/</link></channel><item><title>One</title><link>https://e.org/1</link></item></rdf:RDF>""")

    assert said(feed) == (Entry("https://e.org/1", title="One", link="https://e.org/1"),)


@pytest.mark.parametrize("version", ["0.91", "0.92", "0.93", "0.94", "2.0", "2.0.1"])
def test_rss_of_every_version_is_read(version: str) -> None:
    feed = read(rss("<item><title>One</title><link>https://e.org/1</link></item>", version=version))

    assert said(feed) == (Entry("https://e.org/1", title="One", link="https://e.org/1"),)
    assert feed.malformed == ""


def test_cdf_is_read() -> None:
    feed = read("""<?xml version="1.0"?><CHANNEL HREF="https://e.org/"><TITLE>The Blog</TITLE>
        <ITEM HREF="https://e.org/1" LASTMOD="2026-01-01T00:00Z"><TITLE>One</TITLE><ABSTRACT>short</ABSTRACT></ITEM>
        </CHANNEL>""")

    assert feed.title == "The Blog"
    assert said(feed) == (
        Entry("https://e.org/1", title="One", link="https://e.org/1", summary="<p>short</p>", updated=NEW_YEAR),
    )


@pytest.mark.parametrize("body", [rss(""), atom(""), f'<rdf:RDF {RDF} xmlns="http://purl.org/rss/1.0/"/>'])
def test_a_feed_without_entries_is_a_feed(body: str) -> None:
    assert read(body).entries == ()


# ── Field by field ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("AT&amp;T", "AT&T"),
        ("1 &lt; 2 &gt; 0", "1 < 2 > 0"),
        ("A &lt;b&gt;bold&lt;/b&gt; title", "A bold title"),
        ("<![CDATA[A <b>bold</b> title]]>", "A bold title"),
        ("<![CDATA[Cats &amp; dogs]]>", "Cats & dogs"),
        (" two\n\t lines ", "two lines"),
        ("", ""),
    ],
)
def test_an_rss_title_is_text_whatever_is_in_it(written: str, title: str) -> None:
    assert item(f"<title>{written}</title>").title == title


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("<title>&lt;b&gt; is a tag</title>", "<b> is a tag"),
        ('<title type="text">1 &lt; 2 &amp;amp; 3</title>', "1 < 2 &amp; 3"),
        ('<title type="html">1 &amp;lt; 2 &lt;br/&gt;&amp;amp; 3</title>', "1 < 2 & 3"),
        ('<title type="html">x&lt;script&gt;alert(1)&lt;/script&gt;</title>', "x"),
        ('<title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">1 &lt; <b>2</b></div></title>', "1 < 2"),
    ],
)
def test_an_atom_title_is_what_its_type_says_as_text(written: str, title: str) -> None:
    assert entry_of(written).title == title


@pytest.mark.parametrize(
    ("written", "content"),
    [
        ('<content type="html">&lt;p&gt;a &amp;amp; b&lt;/p&gt;</content>', "<p>a &amp; b</p>"),
        ("<content>one &lt;b&gt;\n\ntwo &amp; three</content>", "<p>one &lt;b&gt;</p><p>two &amp; three</p>"),
        ('<content type="image/png">iVBORw0KGgo=</content>', ""),
        ('<content type="application/xml"><x xmlns="">y</x></content>', ""),
        ('<content type="html" src="https://e.org/x"/>', ""),
    ],
)
def test_atom_content_is_html_or_nothing(written: str, content: str) -> None:
    assert entry_of(written).content == content


def test_a_summary_that_only_repeats_the_content_is_none() -> None:
    assert entry_of('<content type="html">&lt;p&gt;x&lt;/p&gt;</content>').summary == ""
    assert item("<description>x</description><content:encoded>x</content:encoded>").summary == ""


def test_of_two_contents_the_longer_is_the_article() -> None:
    entry = item("<content:encoded>short</content:encoded><content:encoded>much longer</content:encoded>")

    assert entry.content == "much longer"


@pytest.mark.parametrize(
    ("written", "authors"),
    [
        ("<author>ann@e.org (Ann)</author>", (Person("Ann", "ann@e.org"),)),
        ("<author>Ann &lt;ann@e.org&gt;</author>", (Person("Ann", "ann@e.org"),)),
        ("<author>ann@e.org</author>", (Person("", "ann@e.org"),)),
        ("<author>Ann</author>", (Person("Ann"),)),
        ("<dc:creator>Ann</dc:creator><dc:creator>Bob</dc:creator>", (Person("Ann"), Person("Bob"))),
        ("<dc:creator>Ann</dc:creator><dc:creator>Ann</dc:creator>", (Person("Ann"),)),
        ("<author/>", ()),
        ("", ()),
    ],
)
def test_authors_in_all_their_forms(written: str, authors: tuple[Person, ...]) -> None:
    assert item(written).authors == authors


def test_an_author_s_address_is_not_given_to_the_next_one() -> None:
    """feedparser 6.0.14 hands it on to every author after the one who has it."""
    ann, bob, carl = entry_of("""<author><name>Ann</name><email>ann@e.org</email></author>
        <author><name>Bob</name></author><author><name>Carl</name><email>carl@e.org</email></author>""").authors

    assert (ann, bob, carl) == (Person("Ann", "ann@e.org"), Person("Bob"), Person("Carl", "carl@e.org"))


def test_an_atom_entry_without_author_and_rights_has_its_source_s_or_its_feed_s() -> None:
    """RFC 4287 §4.2.1 and §4.2.10."""
    head = "<author><name>Feed's</name></author><rights>Feed's</rights>"

    assert entry_of("<author><name>Own</name></author>", head).authors == (Person("Own"),)
    assert entry_of("<source><author><name>Source's</name></author></source>", head).authors == (Person("Source's"),)
    assert entry_of("", head).authors == (Person("Feed's"),)
    assert entry_of("", head).rights == "Feed's"
    assert entry_of("<rights>Own</rights>", head).rights == "Own"


def test_an_rss_item_does_not_inherit_the_editor_as_author() -> None:
    assert item("<title>x</title>", "<managingEditor>ed@e.org (Ed)</managingEditor>").authors == ()


@pytest.mark.parametrize(
    ("written", "published", "updated"),
    [
        ("<pubDate>Thu, 01 Jan 2026 00:00:00 GMT</pubDate>", NEW_YEAR, 0),
        ("<pubDate>Thu, 01 Jan 2026 02:00 +0200</pubDate>", NEW_YEAR, 0),
        ("<pubDate>2026-01-01T00:00:00Z</pubDate>", NEW_YEAR, 0),
        ("<dc:date>2026-01-01</dc:date>", 0, NEW_YEAR),
        ("<atom:updated>2026-01-01T00:00:00Z</atom:updated>", 0, NEW_YEAR),
        ("<pubDate>yesterday</pubDate>", 0, 0),
        ("<pubDate>Mon, 01 Jan 0001 00:00:00 +0000</pubDate>", 0, 0),
        ("<pubDate></pubDate>", 0, 0),
        ("<pubDate>Wed, 31 Dec 1969 23:59:59 GMT</pubDate>", -1, 0),
    ],
)
def test_dates_are_instants_or_none(written: str, published: int, updated: int) -> None:
    entry = item(f"<title>x</title>{written}")

    assert (entry.published, entry.updated) == (published, updated)


@pytest.mark.parametrize(
    ("written", "guid", "link"),
    [
        ('<guid isPermaLink="false">x</guid><link>https://e.org/1</link>', "x", "https://e.org/1"),
        ("<guid>https://e.org/1</guid>", "https://e.org/1", "https://e.org/1"),
        ("<guid>https://e.org/1</guid><link>https://e.org/2</link>", "https://e.org/1", "https://e.org/2"),
        ("<link>https://e.org/1</link>", "https://e.org/1", "https://e.org/1"),
        ("<link>1</link>", "https://e.org/1", "https://e.org/1"),
        ('<guid isPermaLink="false">x</guid>', "x", ""),
        ('<guid isPermaLink="false">x</guid><atom:link rel="alternate" href="/1"/>', "x", "https://e.org/1"),
    ],
)
def test_guids_and_links(written: str, guid: str, link: str) -> None:
    entry = item(f"<title>x</title>{written}")

    assert (entry.guid, entry.link) == (guid, link)


@pytest.mark.parametrize(
    ("link", "canonical", "shown"),
    [
        ("https://amp.e.org/1.htm", "https://www.e.org/one-1", "https://www.e.org/one-1"),
        ("https://e.org/m/1", "/one-1", "https://e.org/one-1"),
        ("https://e.org/1", "https://elsewhere.org/one-1", "https://e.org/1"),  # its author had it there, too
        ("https://e.org/1", "https://e.org/", "https://e.org/1"),
        ("https://e.org/1", "http://[e.org/2", "https://e.org/1"),
        ("https://a.co.uk/1", "https://b.co.uk/1", "https://a.co.uk/1"),
        ("https://ee.org/1", "https://e.org/1", "https://ee.org/1"),
    ],
)
def test_what_an_entry_calls_canonical_is_its_page_on_its_own_site(link: str, canonical: str, shown: str) -> None:
    entry = item(f'<title>x</title><link>{link}</link><atom:link rel="canonical" href="{canonical}"/>')

    assert entry.link == shown


def test_items_without_guid_and_link_are_told_apart_by_their_words() -> None:
    one, other = read(rss("<item><title>One</title></item><item><title>Two</title></item>")).entries

    assert one.guid
    assert other.guid not in {"", one.guid}


def test_several_enclosures_and_media_are_kept_each_address_once() -> None:
    entry = item("""
        <enclosure url="https://e.org/1.mp3" type="audio/mpeg" length="no number"/>
        <enclosure url="https://e.org/2.pdf" type="application/pdf" length="-5"/><enclosure/>
        <media:content url="https://e.org/1.mp3" type="audio/mpeg"/>
        <media:content url="https://e.org/3.mp4" medium="video" filesize="99" duration="61"/>
        <media:content url="https://e.org/4.jpg" medium="image"/>""")

    assert entry.enclosures == (
        Enclosure("https://e.org/1.mp3", "audio/mpeg"),
        Enclosure("https://e.org/2.pdf", "application/pdf"),
        Enclosure("https://e.org/3.mp4", "video/mp4", 99, "", 61),
    )
    assert entry.image == "https://e.org/4.jpg"


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("3723", 3723), ("62:03", 3723), ("1:02:03", 3723), ("61.9", 61), ("", 0), ("1h", 0), ("-1", 0), ("1:2:3:4", 0),
     ("9" * 5000, 0), ("٣", 0)],
)  # fmt: skip
def test_durations_of_podcasts(written: str, seconds: int) -> None:
    entry = item(f'<enclosure url="https://e.org/1"/><itunes:duration>{written}</itunes:duration>')

    assert entry.enclosures[0].duration == seconds


@pytest.mark.parametrize(
    ("written", "image"),
    [
        (
            '<media:thumbnail url="https://e.org/t.jpg"/><itunes:image href="https://e.org/i.jpg"/>',
            "https://e.org/t.jpg",
        ),
        ('<media:group><media:thumbnail url="https://e.org/t.jpg"/></media:group>', "https://e.org/t.jpg"),
        ('<media:content type="image/png" url="https://e.org/c.png"/>', "https://e.org/c.png"),
        ('<itunes:image href="https://e.org/i.jpg"/>', "https://e.org/i.jpg"),
        ("<image>https://e.org/x.png</image>", ""),
        ("", ""),
    ],
)
def test_the_image(written: str, image: str) -> None:
    assert item(f"<title>x</title>{written}").image == image


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ('<source url="https://s.org/rss">S</source>', Origin("S", "", "https://s.org/rss", "")),
        ('<source url="https://s.org/rss"/>', Origin("", "", "https://s.org/rss", "")),
        ("<source>S</source>", Origin("S", "", "", "")),
        ("<source/>", None),
        ("", None),
    ],
)
def test_the_source_that_an_item_names(written: str, origin: Origin | None) -> None:
    assert item(f"<title>x</title>{written}").origin == origin


def test_an_entry_speaks_its_own_language_or_its_feed_s() -> None:
    assert item("<dc:language>fr</dc:language>", "<language>de</language>").language == "fr"
    assert item("<title>x</title>", "<language>de</language>").language == "de"
    assert item("<title>x</title>").language == ""


# ── What a feed says of its rhythm ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("head", "hints"),
    [
        ("", Hints()),
        ("<ttl>60</ttl>", Hints(3600)),
        ("<ttl>an hour</ttl>", Hints()),
        ("<ttl>-60</ttl>", Hints()),
        ("<ttl>" + "9" * 30 + "</ttl>", Hints()),
        ("<sy:updatePeriod> Hourly </sy:updatePeriod>", Hints(3600)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>4</sy:updateFrequency>", Hints(21600)),
        ("<sy:updatePeriod>daily</sy:updatePeriod><sy:updateFrequency>0</sy:updateFrequency>", Hints(86400)),
        ("<sy:updatePeriod>often</sy:updatePeriod>", Hints()),
        ("<ttl>60</ttl><sy:updatePeriod>daily</sy:updatePeriod>", Hints(86400)),
        ("<skipHours><hour>0</hour><hour> 5 </hour><hour>24</hour></skipHours>", Hints(0, frozenset({0, 5}))),
        ("<skipHours/><skipDays></skipDays>", Hints()),
        ("<skipHours><hour>x</hour><hour>-1</hour></skipHours>", Hints()),
        (
            "<skipDays><day>Saturday</day><day>SUNDAY</day><day>Someday</day></skipDays>",
            Hints(0, frozenset(), frozenset({5, 6})),
        ),
    ],
)
def test_hints_of_a_feed_s_rhythm(head: str, hints: Hints) -> None:
    assert read(rss("", head)).hints == hints


# ── Malformed, and no feed at all ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "body",
    [
        rss("<item><title>One</title></item><item><title>Two</title></item>")[: -len("</item></channel></rss>")],
        rss("<item><title>One & only</title></item><item><title>Two</title></item>"),
        rss("<item><title>One</title><description><p>x</description></item><item><title>Two</title></item>"),
        rss("<item><title>One</title><nonsense:x/></item><item><title>Two</title></item>"),
        rss("<item><title>One\x01</title></item><item><title>Two</title></item>"),
        rss("<item><title>One</title><description>&bogus;</description></item><item><title>Two</title></item>"),
        rss("<item><title>One</title></item><item><title>Two</title></item>") + "<rubbish",
    ],
    ids=["cut off", "ampersand", "unclosed", "prefix", "control", "entity", "rubbish"],
)
def test_a_malformed_feed_keeps_what_can_be_saved_and_says_why_in_a_line(body: str) -> None:
    feed = read(body)

    assert [entry.title.rstrip("\x01") for entry in feed.entries] in (["One", "Two"], ["One & only", "Two"])
    assert feed.malformed
    assert len(feed.malformed.splitlines()) == 1
    assert len(feed.malformed) <= 200


@pytest.mark.parametrize(
    "end",
    [
        "Two</title></item",
        "Two</title><link>http://a.example/2</link>",
        "Two</title><guid>tag:a.exa",
        "T",
        "<![CDATA[<item>",
    ],
)
def test_half_an_entry_waits_for_its_other_half(end: str) -> None:
    """It took the place of the whole one that was stored. Where nothing is known yet it is what can be saved."""
    torn = rss(f"<item><title>One</title></item><item><title>{end}").partition("</item></channel></rss>")[0]
    torn = torn.removesuffix("</channel></rss>")
    feed = read(torn, known=frozenset({b"12345678"}))

    assert [entry.title for entry in feed.entries] == ["One"]
    assert len(feed.hashes) == 1
    assert any("breaks off" in note for note in feed.notes)
    assert next(entry.title for entry in read(torn).entries) == "One"


def test_of_a_document_that_is_half_an_entry_it_is_what_can_be_saved() -> None:
    assert [entry.title for entry in read("<rss version='2.0'><channel><item><title>One</title>").entries] == ["One"]


def test_entries_without_ends_are_whole_where_the_document_is() -> None:
    body = rss("<item><title>One</title></item><item><title>Two</title>").replace("</item></channel>", "</channel>")
    assert [entry.title for entry in read(body).entries] == ["One", "Two"]


@pytest.mark.parametrize(
    "kind", ["text/html", "text/plain", "application/octet-stream", "", "text/xml; charset=nonsense"]
)
def test_a_wrong_content_type_makes_no_feed_malformed(kind: str) -> None:
    feed = read(rss("<item><title>Üne</title></item>"), kind)

    assert [entry.title for entry in feed.entries] == ["Üne"]
    assert feed.malformed == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_declared_encodings_are_read(encoding: str) -> None:
    declared = encoding.removesuffix("-sig")
    body = rss("<item><title>Üñé</title></item>").replace("?>", f' encoding="{declared}"?>', 1)

    assert read(body.encode(encoding)).entries[0].title == "Üñé"


def test_cyrillic_in_a_declared_encoding_is_read_and_a_header_goes_before_the_declaration() -> None:
    body = '<?xml version="1.0" encoding="koi8-r"?><rss version="2.0"><channel><title>Привет</title></channel></rss>'

    assert read(body.encode("koi8-r")).title == "Привет"
    assert read(body.encode("windows-1251"), "application/xml; charset=windows-1251").title == "Привет"


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("&#55357;&#56832;", "😀"),
        ("&#xD83D;&#xDE00; &#xd83d;&#xde00;", "😀 😀"),
        ("a&#55357;b&#xDE00;c&#56832;&#55357;d", "abcd"),
        ("&#128512;&#65;", "😀A"),
    ],
)
def test_characters_written_as_two_halves_of_utf_16_do_not_cost_the_feed(written: str, title: str) -> None:
    """What JavaScript's charCodeAt makes of emoji. feedparser raised UnicodeEncodeError, and every entry was lost."""
    feed = read(rss(f"<item><title>{written}</title></item><item><title>Two</title></item>"))

    assert [entry.title for entry in feed.entries] == [title, "Two"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "is not a feed: it is empty"),
        (b" \n", "is not a feed: it is empty"),
        (b"<!DOCTYPE html><html><body>x</body></html>", "is not a feed: it is a web page"),
        (b"<html><head><title>Log in</title></head></html>", "is not a feed: it is a web page"),
        (b"hello", "is not a feed"),
        (b"[1, 2]", "is not a feed"),
        (b"\x00\x01\x02", "is not a feed"),
        (b"\x1f\x8b\x08\x00", "is not a feed"),
        (b'<?xml version="1.0"?><opml version="2.0"><body/></opml>', "is not a feed"),
    ],
)
def test_what_is_no_feed_is_told_in_one_line(body: bytes, said: str) -> None:
    with pytest.raises(ParseError) as raised:
        read(body)

    assert str(raised.value) == said


def test_whatever_feedparser_raises_is_a_parse_error() -> None:
    """feedparser 6.0.14 ends with KeyError over a <gml:pos> that no <georss:where> surrounds."""
    body = rss('<item><gml:pos xmlns:gml="http://www.opengis.net/gml">1 2</gml:pos></item>')
    with pytest.raises(KeyError):
        feeds.parse(Document("", body.encode(), "", BASE), frozenset())

    with pytest.raises(ParseError, match=r"^KeyError while parsing: 'where'$"):
        read(body)


# ── What a body can't make us do ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def _sealed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Any]]:
    """Every attempt to open a file of the system's or a connection, after all that is imported is imported."""
    read(rss("<item><title>x</title></item>") + "<")
    attempts: list[Any] = []
    opened = builtins.open

    def watched(file: Any, *args: Any, **kwargs: Any) -> Any:
        attempts.append(file)
        return opened(file, *args, **kwargs)

    monkeypatch.setattr(builtins, "open", watched)
    monkeypatch.setattr(socket.socket, "connect", lambda _, address: attempts.append(address))
    yield attempts
    monkeypatch.undo()
    assert attempts == []


@pytest.mark.usefixtures("_sealed")
@pytest.mark.parametrize(
    "body",
    [b"/etc/passwd", b"/dev/zero", b"http://127.0.0.1:9/feed", b"file:///etc/passwd", b"feed://127.0.0.1:9/", b"-"],
)
def test_a_body_that_is_a_path_or_an_address_opens_nothing(body: bytes) -> None:
    with pytest.raises(ParseError, match=r"^is not a feed$"):
        read(body)


def test_a_body_that_is_the_path_of_a_feed_is_not_that_feed(tmp_path: Path) -> None:
    (tmp_path / "feed.xml").write_text(rss("<item><title>secret</title></item>"), "utf-8")

    with pytest.raises(ParseError):
        read(str(tmp_path / "feed.xml"))


@pytest.mark.usefixtures("_sealed")
@pytest.mark.parametrize(
    "subset",
    ['<!ENTITY x SYSTEM "file://{path}">', '<!ENTITY x PUBLIC "p" "{path}">', '<!ENTITY % x SYSTEM "file://{path}">%x;',
     '<!ENTITY x SYSTEM "http://127.0.0.1:9/x">'],
)  # fmt: skip
@pytest.mark.parametrize("tail", ["", "<"], ids=["well-formed", "malformed"])
def test_external_entities_are_not_read(tmp_path: Path, subset: str, tail: str) -> None:
    secret = tmp_path / "secret"
    secret.write_bytes(b"SECRET")
    document = f"<!DOCTYPE rss [{subset.format(path=secret)}]>"
    body = rss("<item><title>a &x; b</title><description>&x;</description></item>").replace("?>", f"?>{document}", 1)

    assert "SECRET" not in repr(read(body + tail))


@pytest.mark.usefixtures("_sealed")
def test_an_external_document_type_is_not_read() -> None:
    body = rss("<item><title>x</title></item>").replace("?>", '?><!DOCTYPE rss SYSTEM "http://127.0.0.1:9/rss.dtd">', 1)

    assert read(body).entries[0].title == "x"


@pytest.mark.slow
def test_a_billion_laughs_are_no_entry_of_any_size() -> None:
    levels = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 10))
    body = rss("<item><title>&a9;</title></item>").replace("?>", f'?><!DOCTYPE rss [<!ENTITY a0 "lol">{levels}]>', 1)

    assert len(repr(read(body))) < 10_000


# ── What is new ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_that_are_known_are_not_given_again_and_edited_ones_are() -> None:
    first = read(rss("<item><guid>u:1</guid><title>a</title></item><item><guid>u:2</guid><title>b</title></item>"))
    again = read(
        rss(
            "<item><guid>u:1</guid><title>A</title></item><item><guid>u:2</guid><title>b</title></item>"
            "<item><guid>u:3</guid></item>"
        ),
        known=first.hashes,
    )

    assert [entry.guid for entry in first.entries] == ["u:1", "u:2"]
    assert [(entry.guid, entry.title) for entry in again.entries] == [("u:1", "A"), ("u:3", "")]
    assert len(again.hashes) == 3


# ── Anything ─────────────────────────────────────────────────────────────────────────────────────────────────────────

_TAGS = """item entry channel feed title link guid id description summary content content:encoded author name email uri
    dc:creator dc:date pubDate published updated category enclosure comments source image url width media:group
    media:content media:thumbnail itunes:duration itunes:image itunes:author skipHours hour skipDays day ttl
    sy:updatePeriod language dc:rights rights div p atom:link atom:author"""
_ATTRIBUTE_NAMES = "href url type rel length isPermaLink mode xml:lang xml:base term label version"
_ATTRIBUTES = st.dictionaries(
    st.sampled_from(_ATTRIBUTE_NAMES.split()),
    st.sampled_from(["", "https://e.org/x", "text/html", "xhtml", "base64", "enclosure", "1", "http://[", "de", "a/"]),
    max_size=2,
)
_TEXTS = st.sampled_from(
    ["", "x", "&lt;b&gt;", "<![CDATA[<p>x]]>", "2026-01-01T00:00:00Z", "9999-99-99", "a@b (c)", "&#1;", "&#56832;", "&",
     "http://[", "60", "1:02", "&bogus;", "<", "Sunday", "\x00", "-1"]
) | st.text(max_size=6)  # fmt: skip
_MARKUP = st.recursive(
    _TEXTS,
    lambda inner: st.builds(
        lambda tag, attributes, parts: "".join(
            [f"<{tag}", *(f' {k}="{v}"' for k, v in attributes.items()), ">", *parts, f"</{tag}>"]
        ),
        st.sampled_from(_TAGS.split()),
        _ATTRIBUTES,
        st.lists(inner, max_size=4),
    ),
    max_leaves=12,
)


def outcome(body: bytes, name: str = "") -> Feed | str:
    try:
        return read(body, name=name)
    except ParseError as error:
        return str(error)


@settings(deadline=None)
@given(_MARKUP, st.booleans(), st.sampled_from(["", "<", "</item>"]))
def test_whatever_is_in_a_feed_it_is_a_feed_or_one_line(markup: str, is_rss: bool, tail: str) -> None:
    whole = rss(f"<item>{markup}</item>") if is_rss else atom(f"<entry>{markup}</entry>")
    found = outcome((whole + tail).encode("utf-8", "replace"))

    if isinstance(found, Feed):
        assert len(found.hashes) == len(found.entries) == len({entry.guid for entry in found.entries})
    else:
        assert len(found.splitlines()) == 1


@settings(deadline=None)
@given(
    st.binary(max_size=200) | st.text(max_size=80).map(str.encode), st.sampled_from(["", "x.xml", "x.json", "x.rss"])
)
def test_any_bytes_are_a_feed_or_one_line(body: bytes, name: str) -> None:
    found = outcome(body, name)

    assert isinstance(found, Feed) or len(found.splitlines()) == 1


RUSSIAN = (
    "<rss version='2.0'><channel><title>Новости</title><item><title>Новости культуры и спорта</title><description>"
    "Сегодня в Москве прошла большая выставка современного искусства, её посетили тысячи человек.</description>"
    "</item></channel></rss>"
)


@pytest.mark.parametrize("encoding", ["windows-1251", "koi8-r", "utf-8", "utf-16"])
@pytest.mark.parametrize("declared", ["", "<?xml version='1.0'?>", "<?xml version='1.0' encoding='utf-8'?>"])
@pytest.mark.parametrize("content_type", ["", "text/xml", "application/rss+xml; charset=utf-8"])
def test_cyrillic_is_read_right_whatever_is_declared(encoding: str, declared: str, content_type: str) -> None:
    """feedparser takes what it is not told for windows-1252."""
    feed = parse(Document("", (declared + RUSSIAN).encode(encoding), content_type))
    assert (feed.title, feed.entries[0].title) == ("Новости", "Новости культуры и спорта")


def test_a_broken_character_in_utf8_doesn_t_cost_the_others() -> None:
    feed = parse(Document("", RUSSIAN.encode().replace("тысячи".encode(), b"\xd1\xff")))
    assert feed.entries[0].title == "Новости культуры и спорта"


@pytest.mark.parametrize(
    ("told", "replies", "feed"),
    [
        ("<slash:comments>12</slash:comments>", 12, ""),
        (
            "<slash:comments> 3\n</slash:comments><wfw:commentRss>https://e.org/1/feed</wfw:commentRss>",
            3,
            "https://e.org/1/feed",
        ),
        ("<wfw:commentRSS>https://e.org/1/feed</wfw:commentRSS>", 0, "https://e.org/1/feed"),
        ("<slash:comments>many</slash:comments>", 0, ""),
        ("<slash:comments>-1</slash:comments>", 0, ""),
        ("<slash:comments>١٢</slash:comments>", 0, ""),
        (f"<slash:comments>{'9' * 400}</slash:comments>", 0, ""),
        ("<slash:comments/><wfw:commentRss/>", 0, ""),
    ],
)
def test_how_many_comments_there_are_and_where(told: str, replies: int, feed: str) -> None:
    entry = item(f"<title>x</title>{told}")
    assert (entry.replies, entry.replies_feed) == (replies, feed)


@pytest.mark.parametrize(
    ("told", "picture"),
    [
        ('<media:thumbnail url="/a.jpg" width="640" height="360"/>', (640, 360)),
        ('<media:content url="/a.jpg" medium="image" width="640" height="360"/>', (640, 360)),
        ('<media:thumbnail url="/a.jpg" width="75"/><media:content url="/b.jpg" width="9" height="9"/>', (75, 0)),
        ('<media:content url="/v.mp4" medium="video" width="640" height="360"/>', (0, 0)),
        ('<media:thumbnail url="/a.jpg" width="100%" height="auto"/>', (0, 0)),
        ('<media:thumbnail url="/a.jpg" width="-5" height="1e9"/>', (0, 0)),
        ('<enclosure url="/a.jpg" type="image/jpeg" length="7"/>', (0, 0)),
    ],
)
def test_how_large_a_picture_is(told: str, picture: tuple[int, int]) -> None:
    assert item(f"<title>x</title>{told}").picture == picture
