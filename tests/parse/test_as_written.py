"""What was written arrives as it was written: in both of the ways in which feeds are read, and in JSON Feed."""

from __future__ import annotations

import json

import pytest

from aggregator.model import Document, Entry, Feed, Person
from aggregator.parse import by_feedparser, feeds, jsonfeed, parse, people

BASE = "https://paper.example/feed"
NAMES = " ".join(
    f'xmlns:{prefix}="{uri}"'
    for prefix, uri in {
        "media": "http://search.yahoo.com/mrss/",
        "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
        "dc": "http://purl.org/dc/elements/1.1/",
        "content": "http://purl.org/rss/1.0/modules/content/",
    }.items()
)
RSS = f'<rss version="2.0" {NAMES}><channel><title>Paper</title><item><guid>g</guid>%s</item></channel></rss>'
ATOM = f'<feed xmlns="http://www.w3.org/2005/Atom" {NAMES}><title>Paper</title><entry><id>u:1</id>%s</entry></feed>'


@pytest.fixture(params=["fast", "whole", "malformed"])
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def read(way: str, shape: str, inside: str) -> Entry:
    body = shape % inside
    if way == "malformed":
        body = body.replace("<title>Paper", "<title>Paper &nbsp; & more")
    document = Document("", body.encode(), "application/xml", BASE)
    feed = by_feedparser.with_insides(document).feed if way == "whole" else parse(document)
    assert bool(feed.malformed) == (way == "malformed")
    (entry,) = feed.entries
    return entry


# ── Whose words these are ────────────────────────────────────────────────────────────────────────────────────────────

OWN = "<description>&lt;p&gt;The mill burned.&lt;/p&gt;</description>"
PICTURE = (
    '<media:content url="https://paper.example/{0}.jpg"><media:title>Fire {0}</media:title>'
    "<media:description>Flames behind {0} windows, seen from the bridge at night</media:description></media:content>"
)


@pytest.mark.parametrize("before", [True, False])
def test_what_describes_a_picture_never_takes_the_posts_place(way: str, before: bool) -> None:
    parts = [OWN, PICTURE.format("two"), PICTURE.format("six")]
    entry = read(way, RSS, "".join(parts if not before else parts[::-1]))
    assert (entry.title, entry.summary, entry.content) == ("", "<p>The mill burned.</p>", "")
    assert {file.url for file in entry.enclosures} == {"https://paper.example/two.jpg", "https://paper.example/six.jpg"}
    assert all(file.title.startswith("Flames behind") and file.type == "image/jpeg" for file in entry.enclosures)


def test_a_post_of_pictures_alone_shows_them(way: str) -> None:
    entry = read(way, RSS, PICTURE.format("two"))
    assert '<img src="https://paper.example/two.jpg" alt="Flames behind two windows' in entry.content
    assert (entry.image, entry.enclosures) == ("https://paper.example/two.jpg", ())


def test_the_shows_words_serve_where_the_episode_has_none(way: str) -> None:
    show = "<itunes:title>Nine</itunes:title><itunes:summary>Longer than what follows, by far.</itunes:summary>"
    show += "<itunes:author>The network</itunes:author>"
    alone = read(way, RSS, show)
    assert (alone.title, alone.authors) == ("Nine", (Person("The network"),))
    assert "by far" in alone.content
    told = read(way, RSS, f"{show}<title>Own</title><description>Short.</description><author>Ann</author>")
    assert (told.title, told.summary, told.content, told.authors) == ("Own", "Short.", "", (Person("Ann"),))


def test_an_entrys_image_keeps_its_own_title(way: str) -> None:
    inside = "<title>Right</title><image><url>https://paper.example/i.png</url><title>Wrong</title></image>"
    entry = read(way, RSS, inside)
    assert (entry.title, entry.image) == ("Right", "https://paper.example/i.png")


@pytest.mark.parametrize(
    ("attributes", "kind"),
    [
        ('url="https://paper.example/a.MP3?x=1"', "audio/mpeg"),
        ('url="https://paper.example/a.webm" type=""', "video/webm"),
        ('url="https://paper.example/a" medium="video"', ""),
        ('url="https://paper.example/a.pdf" type="application/octet-stream"', "application/pdf"),
    ],
)
def test_media_without_a_type_are_told_by_their_suffix(way: str, attributes: str, kind: str) -> None:
    for element in ("media:content", "enclosure"):
        (file,) = read(way, RSS, f"<{element} {attributes}/>").enclosures
        assert file.type == kind


# ── Lines, markup, links ─────────────────────────────────────────────────────────────────────────────────────────────


def test_plain_text_keeps_its_lines_and_its_brackets(way: str) -> None:
    text = "Fog on the hill\n  sheep below\n\nuse std::vec&lt;int&gt; &amp;amp; co"
    entry = read(way, ATOM, f'<content type="text">{text}</content>')
    assert entry.content == (
        "<p>Fog on the hill<br>\u00a0\u00a0sheep below</p><p>use std::vec&lt;int&gt; &amp;amp; co</p>"
    )
    video = f"<media:group><media:description>{text}</media:description></media:group>"
    assert read(way, ATOM, video).content == entry.content


@pytest.mark.parametrize("kind", ["content", "summary"])
def test_void_elements_of_xhtml_come_once(way: str, kind: str) -> None:
    inside = '<div xmlns="http://www.w3.org/1999/xhtml"><p>a<br/>b<img src="x.png"/></p><hr/></div><title>after</title>'
    entry = read(way, ATOM, f'<{kind} type="xhtml">{inside.replace("<title>", f"</{kind}><title>")}')
    markup = entry.content or entry.summary
    assert "</br>" not in markup
    assert "</img>" not in markup
    assert markup.count("<br") == markup.count("<hr") == 1
    assert entry.title == "after"


@pytest.mark.parametrize(
    ("title", "meant"),
    [
        ("Two&lt;br&gt;lines", "Two lines"),
        ("&lt;p&gt;One&lt;/p&gt;&lt;p&gt;Two&lt;/p&gt;", "One Two"),
        ("H&lt;sub&gt;2&lt;/sub&gt;O", "H2O"),
        ("&lt;a href='/t'&gt;@&lt;span&gt;tom&lt;/span&gt;&lt;/a&gt;, #&lt;b&gt;river&lt;/b&gt;", "@tom, #river"),
        ("R&amp;amp;D", "R&D"),
        ("AT&amp;T and vec&lt;int&gt;", "AT&T and vec<int>"),
        ("&lt;img src='t.png'&gt; Tides&lt;wbr&gt;book", "Tidesbook"),
    ],
)
def test_a_title_made_of_html(way: str, title: str, meant: str) -> None:
    assert read(way, RSS, f"<title>{title}</title>").title == meant


@pytest.mark.parametrize(
    ("links", "meant"),
    [
        ('<link href="/a"/><link rel="alternate" hreflang="de" href="/b"/>', "https://paper.example/a"),
        ('<link href="gemini://x/a"/><link href="/b"/>', "https://paper.example/b"),
        ('<link href="/a"/><link rel="enclosure">https://paper.example/p.jpg</link>', "https://paper.example/a"),
        ('<link rel="alternate" type="application/pdf" href="/a.pdf"/>', "https://paper.example/a.pdf"),
        ('<link type="application/pdf" href="/a.pdf"/><link href="/a"/>', "https://paper.example/a"),
        (
            '<link rel="self" href="/a.atom"/><link rel="related" href="/r"/><link href="/a"/>',
            "https://paper.example/a",
        ),
    ],
)
def test_the_first_alternate_on_the_web_is_the_entrys(way: str, links: str, meant: str) -> None:
    assert read(way, ATOM, links).link == meant


def test_a_link_without_scheme_leads_to_the_site_that_it_names(way: str) -> None:
    assert read(way, RSS, "<link> www.mill.example/a</link>").link == "https://www.mill.example/a"
    assert read(way, RSS, "<link>www/a</link>").link == "https://paper.example/www/a"


def test_an_empty_link_leaves_the_guid_its_place(way: str) -> None:
    inside = "<link/><guid>https://paper.example/9</guid>"
    assert read(way, RSS.replace("<guid>g</guid>", ""), inside).link == "https://paper.example/9"


@pytest.mark.parametrize("read_by", [feeds.ours, by_feedparser.parse])
@pytest.mark.parametrize("base", ["", BASE])
def test_the_base_of_an_entry_ends_with_it(read_by: object, base: str) -> None:
    entry = '<entry{0}><id>{1}</id><content type="html">&lt;img src="x"&gt;</content></entry>'
    body = ATOM.replace("<entry><id>u:1</id>%s</entry>", "{}{}").format(
        entry.format(' xml:base="https://other.example/a/"', "u:1"), entry.format("", "u:2")
    )
    feed = read_by(Document("", body.encode(), "", base), frozenset())  # type: ignore[operator]
    assert [found.base for found in feed.entries] == ["https://other.example/a/", ""]


# ── People and categories ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("ann@mill.photography (Ann Weir)", [Person("Ann Weir", "ann@mill.photography")]),
        ("Ann Weir <ann@mill.co.uk>", [Person("Ann Weir", "ann@mill.co.uk")]),
        ("Ann &amp; Bo", [Person("Ann & Bo")]),
        ("<b>Ann</b> Weir", [Person("Ann Weir")]),
        ("<a href='https://a.example/?x=1&amp;y=2'>Ann</a> and <a href=\"/bo\">Bo</a>",
         [Person("Ann", "", "https://a.example/?x=1&y=2"), Person("Bo", "", "/bo")]),
        ("ann@mill.example", [Person("", "ann@mill.example")]),
        ("(Ann Weir)", [Person("Ann Weir")]),
        ("", []),
    ],
)  # fmt: skip
def test_whom_it_is_by(said: str, meant: list[Person]) -> None:
    assert people.read(said) == tuple(meant)


def test_who_is_named_with_and_without_a_mail_address_is_one(way: str) -> None:
    inside = "<author>post@mill.example (Ann)</author><dc:creator>Ann</dc:creator><dc:creator>Bo</dc:creator>"
    assert read(way, RSS, inside).authors == (Person("Ann", "post@mill.example"), Person("Bo"))


def test_entities_and_tags_of_categories_and_authors_are_resolved(way: str) -> None:
    inside = (
        "<category><![CDATA[Arts &amp; <i>Crafts</i>]]></category><dc:creator><![CDATA[Ann &amp; Bo]]></dc:creator>"
    )
    entry = read(way, RSS, inside)
    assert (entry.categories, entry.authors) == (("Arts & Crafts",), (Person("Ann & Bo"),))


@pytest.mark.parametrize(
    "authors",
    [
        {"authors": [{"name": "Ann"}, "Bo"]},
        {"authors": {"name": "Ann"}, "author": "Bo"},
        {"authors": ["Ann", {"name": "<b>Bo</b>"}]},
    ],
)
def test_authors_of_json_feed_in_every_shape(authors: dict[str, object]) -> None:
    assert by_json({"id": "1", **authors}).entries[0].authors == (Person("Ann"), Person("Bo"))


def by_json(item: dict[str, object]) -> Feed:
    body = {"version": "https://jsonfeed.org/version/1.1", "title": "P", "items": [item]}
    return jsonfeed.parse(Document("", json.dumps(body).encode()), frozenset())


def test_json_text_keeps_its_lines() -> None:
    (entry,) = by_json({"id": "1", "content_text": "one\ntwo <b>\n\nthree"}).entries
    assert entry.content == "<p>one<br>two &lt;b&gt;</p><p>three</p>"


# ── What the visit says, and encodings ───────────────────────────────────────────────────────────────────────────────


def test_dates_that_nobody_understands_are_told_in_one_line() -> None:
    items = "</item><item>".join(f"<guid>{n}</guid><pubDate>soon {n}</pubDate>" for n in range(3))
    feed = parse(Document("", (RSS % f"</item><item>{items}").encode(), "", BASE))
    assert feed.notes == ("dates not understood: 3, such as 'soon 0'",)
    assert {entry.published for entry in feed.entries} == {0}
    assert by_json({"id": "1", "date_published": "soon"}).notes == ("dates not understood: 1, such as 'soon'",)


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("gb2312", "gb18030", "朱镕基"), ("x-gbk", "gbk", "山路"), ("Shift_JIS", "cp932", "①髙橋"),
        ("x-sjis", "cp932", "夜の灯台"), ("windows-31j", "cp932", "週末"), ("Big5", "big5hkscs", "香港啲嘢"),
        ("euc-kr", "cp949", "똠방각하"), ("iso-8859-1", "cp1252", "“curly”"), ("iso-8859-9", "cp1254", "“şehir”"),
        ("tis-620", "cp874", "“ไทย”"), ("koi8-ru", "koi8_u", "Їжак"), ("iso-2022-jp", "iso2022_jp", "町の図書館"),
        ("us-ascii", "utf-8", "dünn"), ("windows-1251", "cp1251", "Снег"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("where", ["declaration", "header"])
def test_labels_mean_what_browsers_mean_by_them(label: str, codec: str, text: str, where: str) -> None:
    declared = f'<?xml version="1.0" encoding="{label}"?>' if where == "declaration" else ""
    kind = f"application/rss+xml; charset={label}" if where == "header" else "application/rss+xml"
    body = (declared + RSS % f"<title>{text}</title>").encode(codec)
    assert parse(Document("", body, kind, BASE)).entries[0].title == text


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="utf-8"?>'])
def test_utf_8_with_an_error_is_utf_8(declared: str) -> None:
    body = declared.encode() + (RSS % "<title>Übergröße, 你好</title>").encode().replace(
        b"</title><i", b"\xff</title><i"
    )
    assert parse(Document("", body, "", BASE)).entries[0].title == "Übergröße, 你好"


def test_addresses_in_plain_text_are_links(way: str) -> None:
    said = "<media:group><media:description>Tide\nhttps://mill.example/a?b=1&amp;c=2.</media:description></media:group>"
    link = '<a href="https://mill.example/a?b=1&amp;c=2">https://mill.example/a?b=1&amp;c=2</a>'
    assert read(way, ATOM, said).content == f"<p>Tide<br>{link}.</p>"


def test_of_a_feed_that_declares_nothing_the_letters_tell() -> None:
    """Emoji are written as two halves, each in UTF-8, by what thinks in UTF-16."""
    body = (RSS % "<title>Düne, naïve @</title>").encode().replace(b"@", b"\xff\xff\xed\xa0\xbd\xed\xb8\x80")
    assert parse(Document("", body, "", BASE)).entries[0].title == "Düne, naïve \ufffd\ufffd😀"


@pytest.mark.parametrize("guid", ["N/A", "undefined", "0", "null"])
def test_a_guid_that_says_there_is_none_is_none(guid: str) -> None:
    """Today it is one article's, tomorrow another's."""
    inside = "<guid isPermaLink='false'>{}</guid><link>https://paper.example/{}</link>"
    found = [
        parse(Document("", (RSS.replace("<guid>g</guid>", "") % inside.format(guid, n)).encode(), "", BASE)).entries[0]
        for n in (1, 2)
    ]
    assert [entry.guid for entry in found] == ["https://paper.example/1", "https://paper.example/2"]
