"""What our parser leaves out of feedparser's work changes nothing that is read: compared with feedparser.parse()."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Feed
from aggregator.parse import feeds

PLAIN, DOTS = "https://e.org/a/feed", "https://e.org/./a/../b//feed"
RSS = '<rss version="2.0" {0}><channel><title>T</title>{1}<item><title>1</title>{2}</item>{3}</channel></rss>'
ATOM = '<feed xmlns="http://www.w3.org/2005/Atom" {0}><title>T</title>{1}<entry><id>1</id>{2}</entry>{3}</feed>'
ROOTS = [
    "",
    'xml:base="../c/" xml:lang="de_AT"',
    'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:m="http://search.yahoo.com/mrss/" xmlns:z="urn:z" xml:lang=""',
    'xmlns="http://backend.userland.com/RSS2" xmlns:DC="http://purl.org/dc/elements/1.1/" xmlns:X="urn:z"',
    'xmlns:d="http://www.w3.org/1999/xhtml" xmlns:content="http://purl.org/rss/1.0/modules/content/"',
]
PIECES = [
    "<link>x/../y</link>",
    "<description>a&#146;s &#8217; &#x80; caf&#195;&#169; caf&#233; \u4f60 &lt;b&gt;</description>",
    "<description>&amp;lt;script&amp;gt; &lt;p&gt;x&lt;/p&gt;</description>",
    "<Author>Ann &lt;a@e.org&gt;</Author><author><name>B</name><email>b@e.org</email></author>",
    "<image><url>i.png</url><title>I</title><link>/</link></image><title>after</title>",
    "<image><other>o</other><url>i.png</url></image><textInput><other>o</other><link>/</link></textInput>",
    "<textInput><title>I</title><name>q</name></textInput><link>/t</link>",
    '<summary type="html">&lt;i&gt;s&#151;&lt;/i&gt;</summary><content type="text">c</content>',
    '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>x <svg/> &#146; é</p></div></content>',
    '<summary type="xhtml">x<details>y</details></summary><title>later</title>',
    '<content type="image/png" mode="base64">aMOp</content>',
    '<z:w xmlns:z="urn:other"><z:v>1</z:v></z:w><w xmlns="urn:z">v</w>',
    '<e xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>C</dc:creator><dc:date>2020-01-01</dc:date></e>',
    "<category>x&#150;y</category><guid>g/../h</guid><pubDate>Tue, 1 Feb 2022 10:00:00 GMT</pubDate>",
    '<source><title>S\u0096</title></source><link href="l" base="k/">m</link><comments>c#d</comments>',
    "<math><mi>x</mi></math><rights>r</rights><license>l</license><enclosures>e</enclosures><updated>2020</updated>",
    "<links>x</links><tags>a,b</tags><summary_detail>x</summary_detail><detail><title/></detail>",
    "<links>x</links><link>y</link>",
    "\n \t",
    "<![CDATA[<p>\u00c3\u00a9 \u0092</p>]]>",
]


def both(body: str, base: str) -> tuple[Feed | str, Feed | str]:
    document = Document("", body.encode(), "application/xml", base)
    found: list[Feed | str] = []
    for read in (feeds.parse, feeds.whole):
        try:
            feed = read(document, frozenset())
            found.append(replace(feed, outline=b""))
        except Exception as error:  # noqa: BLE001 - the same bug has to be in both
            found.append(f"{type(error).__name__}: {error}")
    return found[0], found[1]


@pytest.mark.parametrize("base", [PLAIN, DOTS])
@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("shape", [RSS, ATOM])
def test_what_may_stand_in_an_entry_is_read_as_feedparser_reads_it(
    shape: str, piece: str, root: str, base: str
) -> None:
    ours, theirs = both(shape.format(root, piece, piece, ""), base)

    assert ours == theirs


_PARTS = st.lists(st.sampled_from(PIECES), max_size=4).map("".join)


@given(st.sampled_from([RSS, ATOM]), st.sampled_from(ROOTS), _PARTS, _PARTS, _PARTS, st.sampled_from([PLAIN, DOTS]))
def test_whatever_a_feed_is_put_together_of_is_read_as_feedparser_reads_it(
    shape: str, root: str, head: str, entry: str, tail: str, base: str
) -> None:
    next_entry = f"<item>{entry}</item><entry>{tail}</entry>" if len(entry) % 2 else tail
    ours, theirs = both(shape.format(root, head, entry, next_entry), base)

    assert ours == theirs
