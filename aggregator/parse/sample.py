"""Feeds of our own that feedparser reads alone as it does with our changes: where it doesn't, its insides have changed.

They have what feeds are made of, but for what we mean to read otherwise (elements.py says what).
"""

from __future__ import annotations

from dataclasses import fields, replace

from aggregator.model import Document, Feed

_BASE = "https://mill.example/feeds/all"

_RSS = """<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:c="http://purl.org/rss/1.0/modules/content/"
 xmlns:media="http://search.yahoo.com/mrss/" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
 xmlns:slash="http://purl.org/rss/1.0/modules/slash/" xmlns:wfw="http://wellformedweb.org/CommentAPI/"
 xmlns:atom="http://www.w3.org/2005/Atom">
<channel><title>The Mill &amp; the River</title>
<image><url>https://mill.example/w.png</url><title>Wheel</title><link>https://mill.example/wheel</link></image>
<link>https://mill.example/</link><description>Water</description>
<language>en-GB</language><ttl>90</ttl><atom:link rel="hub" href="https://hub.example/"/>
<item><guid isPermaLink="false">m-1</guid><title>Grain &lt;b&gt;in&lt;/b&gt; spring</title>
<link>https://mill.example/1</link>
<description>&lt;p&gt;Ärger am &lt;a href="/wehr"&gt;Wehr&lt;/a&gt;&lt;/p&gt;</description>
<c:encoded><![CDATA[<p>All of it, <img src="w.jpg"> & more than the <em>excerpt</em>.</p>]]></c:encoded>
<author>ann@mill.test (Ann Weir)</author><pubDate>Tue, 06 Jan 2026 08:00:00 +0100</pubDate>
<category>Grain</category><category domain="x">Water</category><comments>https://mill.example/1#talk</comments>
<slash:comments>7</slash:comments><wfw:commentRss>https://mill.example/1/feed</wfw:commentRss>
<source url="https://other.example/feed">The other mill</source></item>
<item><title>Plain words</title><link>https://mill.example/2</link><description>No tags, 3 &lt; 4.</description>
<dc:creator>Bo</dc:creator><dc:date>2026-01-05T07:00:00Z</dc:date><dc:rights>All of them</dc:rights>
<enclosure url="https://mill.example/2.mp3" length="1234" type="audio/mpeg"/><itunes:duration>1:02</itunes:duration>
<media:thumbnail url="https://mill.example/2.jpg" width="20" height="10"/>
<media:content url="https://mill.example/2.mp4" type="video/mp4" fileSize="99" duration="62"/>
<media:keywords>flour, bread</media:keywords></item>
<item><guid>https://mill.example/3</guid><title>Last</title><itunes:author>Cy</itunes:author></item>
</channel></rss>"""

_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="https://mill.example/a/">
<title type="html">Rad &amp;amp; Wehr</title><id>urn:mill</id><link href="/"/><updated>2026-01-06T08:00:00Z</updated>
<link rel="self" href="feed"/><author><name>Ann Weir</name><uri>/ann</uri></author><rights>Ours</rights>
<entry><id>urn:mill:1</id><title>Eins</title><link rel="alternate" href="1"/><link rel="replies" href="1/talk"/>
<link rel="enclosure" href="1.pdf" type="application/pdf" length="5"/><updated>2026-01-06T08:00:00Z</updated>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>One <em>two</em> &amp; three</p></div></content>
<category term="rad" label="Das Rad"/></entry>
<entry xml:base="b/" xml:lang="fr"><id>urn:mill:2</id><title type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">Le
<b>blé</b></div></title><link href="2"/>
<published>2026-01-04T08:00:00Z</published><updated>2026-01-05T08:00:00Z</updated>
<author><name>Bo</name><email>bo@mill.test</email></author><summary>Short</summary>
<content type="html">&lt;p&gt;Long&lt;/p&gt;</content>
<source><title>Their feed</title><id>urn:theirs</id><link rel="self" href="https://theirs.example/f"/></source></entry>
<entry><id>urn:mill:3</id><title>Drei</title>
<issued>2026-01-03T08:00:00Z</issued><modified>2026-01-04</modified><summary type="text">3 &lt; 4</summary></entry>
</feed>"""

_RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:x="urn:mill:unknown">
<channel rdf:about="https://mill.example/"><title>Mill</title><link>https://mill.example/</link></channel>
<item rdf:about="https://mill.example/1"><title>One</title><link>https://mill.example/1</link>
<description>Words</description><dc:creator>Ann</dc:creator><dc:subject>Grain</dc:subject><x:y>z</x:y></item>
<item rdf:about="https://mill.example/2"><title>Two</title><link>https://mill.example/2</link></item>
</rdf:RDF>"""

_MALFORMED = """<rss version="2.0"><channel><title>Caf&eacute; & mill</title><link>https://mill.example/</link>
<item><title>One & two</title><link>https://mill.example/1</link><guid>1</guid>
<description><![CDATA[<p>Raw & <b>bold</b></p>]]></description></item>
<item><title>Three</title><guid>2</guid><description>cut of"""


_MEDIA = """<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"
 xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Films</title>
<item><guid>f-1</guid><title>Own</title><media:group><media:title>Not this</media:title>
<media:content url="https://mill.example/f.mp4" type="video/mp4"/><media:description>A film</media:description>
</media:group></item>
<item><guid>f-2</guid><media:title>The weir</media:title><itunes:summary>An episode</itunes:summary></item>
<item><guid>f-3</guid><title>Third</title><itunes:subtitle>In short</itunes:subtitle></item>
</channel></rss>"""
_MEANT = [("Own", "<p>A film</p>"), ("The weir", "<p>An episode</p>"), ("Third", "<p>In short</p>")]


def media() -> tuple[Document, list[tuple[str, str]]]:
    """What feedparser alone reads otherwise than we mean it: a feed, and the titles and texts that it has to us."""
    return Document("", _MEDIA.encode(), "application/xml; charset=utf-8", _BASE), _MEANT


def documents() -> list[Document]:
    """The sample: sound RSS, Atom and RDF, and one that is neither closed nor well-formed."""
    return [
        Document("", body.encode(), "application/xml; charset=utf-8", _BASE) for body in (_RSS, _ATOM, _RDF, _MALFORMED)
    ]


def compared(ours: Feed, alone: Feed) -> str:
    """Where the two differ, in one line; "" where they don't. What is for the next visit isn't compared."""
    ours, alone = (replace(feed, outline=b"") for feed in (ours, alone))
    if len(ours.entries) != len(alone.entries):
        return f"{len(ours.entries)} entries of a sample's {len(alone.entries)}"
    for own, other in zip(ours.entries, alone.entries, strict=True):
        for field in fields(own):
            if getattr(own, field.name) != getattr(other, field.name):
                return f"the {field.name} of a sample's entry"
    return next(
        (f"the {f.name} of a sample" for f in fields(ours) if getattr(ours, f.name) != getattr(alone, f.name)), ""
    )
