"""OPML: what is written is read back, what other readers write is read, what is hostile is refused."""

from __future__ import annotations

import contextlib
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from aggregator.model import ParseError
from aggregator.model.lists import Subscription
from aggregator.parse.lists import opml
from aggregator.render import opml as written


def outlines(*lines: str) -> bytes:
    return f'<opml version="1.0"><head/><body>{"".join(lines)}</body></opml>'.encode()


def test_what_is_written_is_read_back() -> None:
    subscriptions = [
        Subscription("https://a.example/feed?x=1&y=2", 'A & <b> "c"', "science/physics", "https://a.example/"),
        Subscription("https://me:pw@d.example/feed", "D", "science/physics"),
        Subscription("http://c.example/rss", "Ç", "science"),
        Subscription("https://b.example/feed", "B"),
    ]
    body = written.write("My & list", subscriptions)
    assert opml.read(body) == subscriptions
    assert body == written.write("My & list", subscriptions)
    root = etree.fromstring(body)
    assert (root.get("version"), root.findtext("head/title")) == ("2.0", "My & list")
    assert [e.get("text") for e in root.iterfind("body/outline")] == ["science", "B"]
    assert [e.get("text") for e in root.iterfind("body/outline/outline")] == ["physics", "Ç"]


def test_a_feed_without_title_is_named_by_its_address() -> None:
    assert opml.read(written.write("", [Subscription("https://a.example/")])) == [
        Subscription("https://a.example/", "https://a.example/")
    ]


def test_without_subscriptions_there_is_still_a_document() -> None:
    assert opml.read(written.write("", [])) == []


def test_newsboat_s_exports() -> None:
    plain = b"""<?xml version="1.0"?>
<opml version="1.0">
  <head>
    <title>newsboat - Exported Feeds</title>
  </head>
  <body>
    <outline type="rss" xmlUrl="https://a.example/feed" htmlUrl="https://a.example/" title="A"/>
    <outline type="rss" xmlUrl="https://b.example/feed" text="B" title="B" category="news,daily"/>
    <outline type="rss" xmlUrl="filter:~/bin/x:https://c.example/feed" title="filtered"/>
    <outline type="rss" xmlUrl="query:unread:unread = &quot;yes&quot;" title="query"/>
  </body>
</opml>"""
    assert opml.read(plain) == [
        Subscription("https://a.example/feed", "A", "", "https://a.example/"),
        Subscription("https://b.example/feed", "B", "news"),
    ]


def test_names_in_any_case_no_type_folders_in_folders() -> None:
    body = outlines(
        '<OUTLINE TITLE="Up"><outline text=" In  side "><Outline XMLURL=" https://a.example/ " TEXT="A"/></outline>',
        '<outline xmlurl="https://b.example/" title="B" category="/else/where"/></OUTLINE>',
        '<outline xmlUrl="https://c.example/" text="C" category="/else/where,other"/>',
    )
    assert opml.read(body) == [
        Subscription("https://a.example/", "A", "Up/In side"),
        Subscription("https://b.example/", "B", "Up"),
        Subscription("https://c.example/", "C", "else/where"),
    ]


def test_an_address_comes_once_and_the_first_wins() -> None:
    body = outlines('<outline text="1" xmlUrl="https://a.example/"/><outline text="2" xmlUrl="https://a.example/"/>')
    assert opml.read(body) == [Subscription("https://a.example/", "1")]


def test_what_is_no_web_address_is_passed_over() -> None:
    urls = ("file:///etc/passwd", "javascript:alert(1)", "ftp://a.example/", "https://", "http://[::1", "x", "")
    lines = [f'<outline text="t" xmlUrl="{url}"/>' for url in urls]
    assert opml.read(outlines(*lines)) == []
    site = '<outline text="t" xmlUrl="https://a.example/" htmlUrl="javascript:alert(1)"/>'
    assert opml.read(outlines(site)) == [Subscription("https://a.example/", "t")]


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'<opml><body><outline text="A" xmlUrl="https://a.example/"><outline', ("https://a.example/", "A")),
        (
            b'<opml><body><outline text="Q&A&nbsp;&eacute;" xmlUrl="https://a.example/?x=1&y=2&copy=3"/></body>',
            ("https://a.example/?x=1&y=2&copy=3", "Q&A\xa0é"),
        ),
        (b'\n<?xml version="1.0"?><opml><outline xmlUrl="https://a.example/"/></opml>', ("https://a.example/", "")),
        (b'<opml><outline text="\x0bA" xmlUrl="https://a.example/"/></opml>', ("https://a.example/", "A")),
        (b'<opml xmlns="urn:x"><outline text="A" xmlUrl="https://a.example/"/></opml>', ("https://a.example/", "A")),
        (
            '<?xml version="1.0" encoding="utf-16"?><opml><outline text="é" xmlUrl="https://a.example/"/></opml>'.encode(
                "utf-16"
            ),
            ("https://a.example/", "é"),
        ),
    ],
    ids=["cut", "ampersands", "blank line", "control character", "namespace", "utf-16"],
)
def test_what_is_not_well_formed_is_read_as_far_as_it_goes(body: bytes, found: tuple[str, str]) -> None:
    assert [(s.url, s.title) for s in opml.read(body)] == [found]


LAUGHS = '<?xml version="1.0"{}?><!DOCTYPE x [<!ENTITY a "ha">{}]><opml><outline text="&z;" xmlUrl="http://a.example/"/></opml>'
NESTED = "".join(
    f'<!ENTITY {b} "{f"&{a};" * 10}">'
    for a, b in zip("abcdefghijklmnopqrstuvwxy", "bcdefghijklmnopqrstuvwxyz", strict=True)
)


@pytest.mark.parametrize(
    "body",
    [
        LAUGHS.format("", NESTED).encode(),
        LAUGHS.format(' encoding="utf-16"', NESTED).encode("utf-16"),
        LAUGHS.format(' encoding="utf-16"', NESTED).encode("utf-16-be"),
        b'<?xml version="1.0" encoding="UTF-7"?>' + LAUGHS.format("", "").partition("?>")[2].encode("utf-7"),
        b'<!DOCTYPE x [<!ENTITY z SYSTEM "file:///etc/passwd">]><opml><outline text="&z;"/></opml>',
        b'<!doctype x [<!entity % z SYSTEM "http://a.example/"> %z;]><opml/>',
    ],
    ids=["laughs", "utf-16", "utf-16 without mark", "utf-7", "file", "parameter"],
)
def test_entities_are_refused_at_once(body: bytes) -> None:
    start = time.monotonic()
    with pytest.raises(ParseError):
        opml.read(body)
    assert time.monotonic() - start < 2


def test_a_doctype_alone_fetches_nothing() -> None:
    body = b'<!DOCTYPE opml SYSTEM "http://127.0.0.1:9/x.dtd"><opml><outline xmlUrl="https://a.example/"/></opml>'
    assert opml.read(body) == [Subscription("https://a.example/")]


@pytest.mark.parametrize("body", [b"", b"\0\0", b"hello", b"{}", b"<html><body/></html>", b"<rss><channel/></rss>"])
def test_what_is_no_opml_is_an_error(body: bytes) -> None:
    with pytest.raises(ParseError):
        opml.read(body)


def test_a_document_beyond_all_measure_is_an_error() -> None:
    with pytest.raises(ParseError):
        opml.read(b"<opml>" + b" " * (64 * 1024 * 1024))


def test_folders_without_end_do_no_harm() -> None:
    deep = written.write("", [Subscription("https://a.example/", "A", "f/" * 5000)])
    (found,) = opml.read(deep)
    assert (found.url, found.category) == ("https://a.example/", "f/" * 4999 + "f")
    assert opml.read(b'<opml><outline text="a">' * 5000) == []


@pytest.mark.slow
def test_a_hundred_thousand_subscriptions_take_seconds() -> None:
    many = [
        Subscription(f"https://s{n}.example/feed", f"T{n}", f"c{n % 90}/d{n % 7}", f"https://s{n}.example/")
        for n in range(100_000)
    ]
    start = time.monotonic()
    found = opml.read(written.write("many", many))
    assert time.monotonic() - start < 20  # 3 s on an idle machine
    assert set(found) == set(many)


@given(st.lists(st.tuples(*[st.text(st.characters(codec=None))] * 4)), st.text(st.characters(codec=None)))
def test_any_text_makes_a_document(texts: list[tuple[str, str, str, str]], title: str) -> None:
    body = written.write(title, [Subscription(f"https://e.example/{n}", *t[1:]) for n, t in enumerate(texts)])
    etree.fromstring(body)
    assert {s.url for s in opml.read(body)} == {f"https://e.example/{n}" for n, _ in enumerate(texts)}


@given(st.one_of(st.binary(), st.binary().map(b"<opml>".__add__)))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    with contextlib.suppress(ParseError):
        opml.read(body)


# ── What readers export ──────────────────────────────────────────────────────────────────────────────────────────────

NEWSBOAT_2_21 = b"""<?xml version="1.0"?>
<opml version="1.0">
  <head>
    <title>newsboat - Exported Feeds</title>
  </head>
  <body>
    <outline type="rss" xmlUrl="https://b.example/feed?x=1&amp;y=2" htmlUrl="" title="B &quot;quoted&quot;"/>
    <outline type="rss" xmlUrl="http://me:pw@c.example/rss" htmlUrl="" title=""/>
    <outline type="rss" xmlUrl="file:///home/me/feed.xml" htmlUrl="" title=""/>
  </body>
</opml>
"""
MINIFLUX = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Miniflux</title><dateCreated>Sat, 03 Jan 2026 00:00:00 UTC</dateCreated></head><body>
<outline text="All"><outline title="A" text="A" xmlUrl="https://a.example/" htmlUrl="https://a.example" type="rss"
 description="d"></outline></outline></body></opml>"""
FRESHRSS = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml xmlns:frss="https://freshrss.org/opml" version="2.0"><head><title>FreshRSS</title></head><body>
<outline text="News"><outline text="A" type="rss" xmlUrl="https://a.example/" htmlUrl="https://a.example/"
 description="" frss:priority="main" frss:unicityCriteria="link"/>
<outline text="Scraped" type="HTML+XPath" xmlUrl="https://b.example/" frss:xPathItem="//article"/></outline>
</body></opml>"""
FEEDLY = b"""<?xml version="1.0" encoding="UTF-8"?>

<opml version="1.0"><head><title>Ann subscriptions in feedly Cloud</title></head><body>
<outline text="Tech" title="Tech"><outline type="rss" text="A" title="A" xmlUrl="https://a.example/"
 htmlUrl="https://a.example/"/></outline>
<outline text="Best" title="Best"><outline type="rss" text="A" title="A" xmlUrl="https://a.example/"
 htmlUrl="https://a.example/"/></outline></body></opml>"""
INOREADER = b"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="1.0"><head><title>Subscriptions from Inoreader [https://www.inoreader.com]</title></head><body>
<outline text="Caf&#xE9; &amp;amp; Bar" title="Caf&#xE9; &amp;amp; Bar"><outline text="A" title="A" type="rss"
 xmlUrl="https://a.example/" htmlUrl="https://a.example/"/></outline></body></opml>"""
NETNEWSWIRE = b"""<?xml version="1.0" encoding="UTF-8"?>
<!-- OPML generated by NetNewsWire -->
<opml version="1.1"><head><title>Subscriptions-OnMyMac.opml</title></head><body>
<outline text="Blogs" title="Blogs">
<outline text="A" title="A" description="" type="rss" version="RSS" htmlUrl="https://a.example/"
 xmlUrl="feed://a.example/"/></outline></body></opml>"""
LIFEREA = b"""<?xml version="1.0" encoding="utf-8"?>
<opml version="1.0"><head><title>Liferea Feed List Export</title></head><body>
<outline title="Folder" text="Folder" description="Folder" type="folder" id="f" sortColumn="time"><outline title="A"
 text="A" description="A" type="rss" xmlUrl="https://a.example/" htmlUrl="https://a.example/" updateInterval="-1"/>
<outline title="Command" text="Command" type="rss" xmlUrl="|~/bin/x"/></outline>
<outline title="Unread" text="Unread" description="Unread" type="vfolder"><outline type="rule" text="x"/></outline>
</body></opml>"""
OTHERS = """<?xml version="1.0" encoding="windows-1251"?><OPML><body><outline text="Новости">
<outline type="rss" text="А" url="https://a.example/"/><outline type="link" text="x" url="https://x.example/"/>
<outline type="include" text="y" url="https://y.example/z.opml"/>
<outline text="feed:" xmlUrl="feed:https://b.example/"/></outline></body></OPML>""".encode("cp1251")


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (NEWSBOAT_2_21, ['https://b.example/feed?x=1&y=2|B "quoted"|', "http://me:pw@c.example/rss||"]),
        (MINIFLUX, ["https://a.example/|A|All"]),
        (FRESHRSS, ["https://a.example/|A|News"]),
        (FEEDLY, ["https://a.example/|A|Tech"]),
        (INOREADER, ["https://a.example/|A|Café &amp; Bar"]),
        (NETNEWSWIRE, ["http://a.example/|A|Blogs"]),
        (LIFEREA, ["https://a.example/|A|Folder"]),
        (OTHERS, ["https://a.example/|А|Новости", "https://b.example/|feed:|Новости"]),
    ],
    ids=["newsboat", "Miniflux", "FreshRSS", "Feedly", "Inoreader", "NetNewsWire", "Liferea", "others"],
)
def test_the_exports_of_many_readers(body: bytes, found: list[str]) -> None:
    assert [f"{s.url}|{s.title}|{s.category}" for s in opml.read(body)] == found
    assert opml.read(b"\xef\xbb\xbf" + body) == opml.read(body) or b"windows-1251" in body


_NAMES = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)


@given(st.lists(st.tuples(_NAMES, st.lists(_NAMES, max_size=3).map("/".join), st.booleans()), max_size=6))
def test_what_was_read_once_is_written_and_read_the_same(feeds: list[tuple[str, str, bool]]) -> None:
    made = [
        Subscription(f"https://e.example/{n}?a=1&b={n}", title, category, "https://e.example/" if site else "")
        for n, (title, category, site) in enumerate(feeds)
    ]
    once = opml.read(written.write("T", made))
    assert {s.url for s in once} == {s.url for s in made}
    assert set(opml.read(written.write("T", once))) == set(once)


@pytest.mark.parametrize(("body", "where"), [
    (b'<opml><body>\n<outline text="A" xmlUrl="https://a.example/"/>\n<outl', "line 3, column "),
    (b'\n\n<?xml version="1.0"?><opml><body><outline xmlUrl="https://a.example/"/>', "line 3, column "),
    (b'<opml><body>\n  <outline text="Q&A" xmlUrl="https://a.example/"></body></opml>', "line 2, column 58: "),
    (b'<opml><body>\n<outline text="&&&&" xmlUrl=https://a.example/></body></opml>', "line 2, column 29: "),
    ('<opml><body>\n<outline text="A"'.encode("utf-16"), "line "),
    (b"<opml/><opml/>", "line 1, column 8: "),
])  # fmt: skip
def test_where_a_list_breaks_is_told_in_one_line(body: bytes, where: str) -> None:
    assert opml.fault(body).startswith(where) and "\n" not in opml.fault(body)


@pytest.mark.parametrize("body", [
    b'<opml><outline text="Q&A &nbsp;&eacute;" xmlUrl="https://a.example/?x&amp;y&z"/></opml>',
    b'\n<?xml version="1.0"?>\n<opml><outline text="\x0bA"/></opml>\n\n',
    '<opml><outline text="Café"/></opml>'.encode("latin-1"),
    '<?xml version="1.0" encoding="windows-1251"?><opml><outline text="Новости"/></opml>'.encode("cp1251"),
    '<?xml version="1.0" encoding="utf-16"?><opml><outline text="é"/></opml>'.encode("utf-16"),
])  # fmt: skip
def test_what_is_only_written_amiss_breaks_no_list(body: bytes) -> None:
    assert opml.fault(body) == ""
    opml.read(body)


@pytest.mark.parametrize(("written", "url"), [
    ("a.example/feed.xml", "https://a.example/feed.xml"),
    ("www.a.example:8080/?x=1", "https://www.a.example:8080/?x=1"),
    ("//a.example/feed", "https://a.example/feed"),
    ("feed://a.example/", "http://a.example/"),
    ("FEEDS://a.example/", "https://a.example/"),
    ("feed:https://a.example/", "https://a.example/"),
    ("feed:a.example/rss", "https://a.example/rss"),
    (" http://a.example/\n", "http://a.example/"),
])  # fmt: skip
def test_an_address_without_a_scheme_is_read_as_https(written: str, url: str) -> None:
    body = outlines(f'<outline text="" title="A" XMLURL="{written}"/>')
    assert opml.read(body) == [Subscription(url, "A")]


@pytest.mark.parametrize(
    "written", ["feed.xml", "/feed", "mailto:a@a.example", "me@a.example", "a b.example", "a.example."]
)
def test_what_may_be_no_host_is_no_address(written: str) -> None:
    assert opml.read(outlines(f'<outline text="A" xmlUrl="{written}"/>')) == []


@given(
    st.binary(max_size=200) | st.text(max_size=99).map(lambda text: f"<opml>{text}</opml>".encode("utf-8", "replace"))
)
def test_of_any_bytes_it_is_told_whether_they_break(body: bytes) -> None:
    assert "\n" not in opml.fault(body)


def test_a_comment_is_for_people_whatever_is_in_it() -> None:
    body = written.write("T", [], "a -- b --")
    assert b"<!-- a - - b" in body and opml.read(body) == []
