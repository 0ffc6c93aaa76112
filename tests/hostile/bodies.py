"""Bodies that are not what they say, or not in the encoding they say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

from cases import (
    FAILING,
    OK,
    Case,
    answer,
    asked_once,
    described,
    feed,
    has,
    item,
    jsonfeed,
    one,
    titled,
    trap,
    words,
)
from world import rss

NO_FEED = "is not a feed"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(range(256)) * 40
CYRILLIC = "Съешь же ещё этих мягких французских булок, да выпей чаю. Новости и статьи на каждый день."
JAPANESE = "日本語の記事です。文字コードが宣言されていない場合でも、正しく読めなければなりません。"


def _rss(text: str, encoding: str, declared: str = "") -> bytes:
    """A feed of one item in an encoding, with or without saying so."""
    said = f' encoding="{declared}"' if declared else ""
    body = f"<description>{(text + ' ') * 5}</description>"
    document = f'<?xml version="1.0"{said}?><rss version="2.0"><channel><title>{text}</title><item><guid>1</guid>' + (
        f"<title>{text}</title>{body}</item></channel></rss>"
    )
    return document.encode(encoding)


def _soon(date: str) -> None:
    assert datetime.fromisoformat(date) <= datetime.now(UTC), date


DISGUISED = (
    Case(
        "html", FAILING, "is not a feed: it is a web page", plays=answer(b"<!DOCTYPE html><html><p>Log in", "text/xml")
    ),
    Case("png", FAILING, NO_FEED, plays=answer(PNG)),
    Case("pdf", FAILING, NO_FEED, plays=answer(b"%PDF-1.7\n" + bytes(range(256)) * 40)),
    Case("elf", FAILING, NO_FEED, plays=answer(Path("/bin/true").read_bytes())),
    Case("nuls", FAILING, NO_FEED, plays=answer(bytes(9999))),
    Case("plain text", FAILING, NO_FEED, plays=answer(b"All is well.\n" * 99, "text/plain")),
    Case("the name of a file", FAILING, NO_FEED, plays=answer(b"/etc/passwd")),
    Case("the name of a device", FAILING, NO_FEED, plays=answer(b"/dev/zero")),
    Case("an address", FAILING, NO_FEED, plays=lambda asked: answer(trap(asked).encode()), check=asked_once),
    Case("json", FAILING, "not a JSON Feed", plays=answer(b'{"a": [1, 2]}')),
    Case("json cut short", FAILING, "not valid JSON", plays=answer(jsonfeed({"id": "1"})[:-5])),
    Case("an array", FAILING, NO_FEED, plays=answer(b"[1, 2, 3]", "application/json")),
    Case("another xml", FAILING, NO_FEED, plays=answer(b"<?xml version='1.0'?><svg><script>1</script></svg>")),
    Case("opml", FAILING, NO_FEED, plays=answer(b"<opml version='2.0'><body><outline text='a'/></body></opml>")),
    Case("json called xml", OK, entries=1, plays=answer(jsonfeed({"id": "jx", "content_text": words("jx")}))),
    Case("xml called json", OK, entries=2, plays=answer(feed("xml called json"), "application/feed+json")),
    Case("xml called png", OK, entries=2, plays=answer(feed("xml called png"), "image/png")),
    Case("a type that is none", OK, entries=2, plays=answer(feed("a type"), '\xff/;;charset==;\x01x="')),
    Case("utf-7", None, entries=None, plays=answer(b"<?xml version='1.0' encoding='utf-7'?>+ADw-rss+AD4-")),
    Case(
        "utf-7 with a script",
        None,
        entries=None,
        plays=answer(
            one("utf7", "<description>+ADw-script+AD4-alert(1)+ADw-/script+AD4-</description>"),
            "text/xml; charset=utf-7",
        ),
    ),
    Case("a codec that is no charset", OK, entries=2, plays=answer(feed("zlib codec"), "text/xml; charset=zlib")),
    Case("punycode", OK, entries=2, plays=answer(feed("punycode"), "text/xml; charset=punycode")),
    Case("a charset of 99 kB", OK, entries=2, plays=answer(feed("long charset"), "text/xml; charset=" + "x" * 9000)),
    Case("a bom", OK, entries=2, plays=answer(b"\xef\xbb\xbf" + feed("bom"))),
    Case("two boms", OK, entries=2, plays=answer(b"\xef\xbb\xbf" * 2 + feed("boms"))),
    Case("a wrong bom", None, entries=None, plays=answer(b"\xff\xfe" + feed("wrong bom"))),
    Case("utf-16", OK, entries=2, plays=answer(feed("utf-16").decode().encode("utf-16"))),
    Case(
        "utf-16 said to be utf-8",
        OK,
        entries=2,
        plays=answer(feed("u16").decode().encode("utf-16"), "text/xml; charset=utf-8"),
    ),
    Case("utf-8 said to be utf-16", OK, entries=2, plays=answer(feed("u8"), "text/xml; charset=utf-16")),
    Case("utf-32", None, entries=None, plays=answer(feed("utf-32").decode().encode("utf-32"))),
    Case("ebcdic", None, entries=None, plays=answer(feed("ebcdic").decode().encode("cp500"))),
    Case("cyrillic undeclared", OK, entries=1, plays=answer(_rss(CYRILLIC, "cp1251")), check=titled(CYRILLIC)),
    Case("cyrillic koi8", OK, entries=1, plays=answer(_rss(CYRILLIC + " k", "koi8-r")), check=titled(CYRILLIC + " k")),
    Case(
        "cyrillic called latin",
        OK,
        entries=1,
        plays=answer(_rss(CYRILLIC + " l", "utf-8"), "text/xml; charset=iso-8859-1"),
    ),
    Case("japanese undeclared", OK, entries=1, plays=answer(_rss(JAPANESE, "cp932")), check=titled(JAPANESE)),
    Case(
        "japanese euc",
        OK,
        entries=1,
        plays=answer(_rss(JAPANESE + "。", "euc-jp", "euc-jp")),
        check=titled(JAPANESE + "。"),
    ),
    Case("japanese 2022", OK, entries=1, plays=answer(_rss(JAPANESE + "j", "iso2022-jp", "iso-2022-jp"))),
    Case(
        "mixed encodings",
        OK,
        entries=1,
        plays=answer(
            _rss(CYRILLIC + " m", "utf-8")[:-200]
            + "caf\xe9".encode("latin-1") * 9
            + b"</description></item></channel></rss>"
        ),
    ),
    Case("nuls in a feed", OK, entries=2, plays=answer(feed("nul").replace(b"nul1w3", b"nul\0\0x"))),
    Case(
        "control characters", OK, entries=2, plays=answer(feed("controls").replace(b"controls1w3", bytes(range(1, 32))))
    ),
    Case(
        "control references",
        OK,
        entries=2,
        plays=answer(described("control references", "&#0;&#1;&#x1f;&#127;&#x80;&#x9f;&#xfffe;")),
    ),
    Case("c1 controls", OK, entries=2, plays=answer(feed("c1").replace(b"c11w3", "\x80\x85\x9f\x7f".encode()))),
    Case(
        "noncharacters",
        OK,
        entries=2,
        plays=answer(feed("nonch").replace(b"nonch1w3", "\ufffe\uffff\ufdd0\U0001ffff".encode())),
    ),
    Case(
        "surrogate references",
        OK,
        entries=2,
        plays=answer(feed("surr", f"<description>a &#xD800; &#55357;&#56832; &#xDFFF; {words('surr')}</description>")),
        check=has("\U0001f600"),
    ),
    Case(
        "surrogates in utf-8",
        OK,
        entries=2,
        plays=answer(feed("cesu").replace(b"cesu1w3", b"\xed\xa0\xbd\xed\xb8\x80")),
    ),
    Case(
        "surrogates in json",
        OK,
        entries=2,
        plays=answer(
            jsonfeed(
                {
                    "id": "\ud800",
                    "title": "a\ud800b",
                    "content_html": "<p>\udfff</p>",
                    "url": "http://a.example/\ud800",
                    "tags": ["\udc00"],
                },
                {"id": "\udbff", "content_text": words("sj")},
                title="\ud800",
            )
        ),
    ),
    Case(
        "numbers in json",
        OK,
        entries=3,
        plays=answer(
            b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": 1e400, "title": "infinite"},'
            b'{"id": -0.0, "title": "zero", "attachments": [{"url": "http://a.example/a", "size_in_bytes": 1e999}]},'
            b'{"id": NaN, "title": "nan"}]}'
        ),
    ),
    Case(
        "wrong types in json",
        OK,
        entries=1,
        plays=answer(
            jsonfeed(
                {
                    "id": [1],
                    "title": {"a": 1},
                    "url": 5,
                    "authors": "x",
                    "tags": {"a": 1},
                    "attachments": 5,
                    "date_published": [],
                    "content_html": words("types"),
                    "_source": [],
                },
                5,
                None,
                "x",
                [],
                title=[1],
                items=None,
                language=9,
            )
        ),
    ),  # type: ignore[arg-type]
    Case(
        "a number of a million digits",
        FAILING,
        "not valid JSON",
        plays=answer(b'{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": ' + b"9" * 1_000_000 + b"}]}"),
    ),
    Case(
        "cdata that ends early",
        OK,
        entries=None,
        plays=answer(one("cdata", f"<description><![CDATA[<p>a ]]> {words('cdata')} ]]></description>")),
    ),
    Case(
        "cdata in cdata",
        OK,
        entries=None,
        plays=answer(one("cdata2", f"<description><![CDATA[<![CDATA[ {words('cdata2')} ]]>]]></description>")),
    ),
    Case("cut short", OK, entries=None, plays=answer(feed("cut short", count=9)[:-300])),
    Case("two roots", OK, entries=None, plays=answer(feed("root one") + feed("root two"))),
    Case(
        "junk before the declaration", OK, entries=2, plays=answer(b"\n\n  <!-- a --> Warning: mysql \n" + feed("junk"))
    ),
    Case(
        "php warnings around",
        OK,
        entries=2,
        plays=answer(b"<br />\n<b>Warning</b>: x in <b>y</b><br />" + feed("php") + b"<br />"),
    ),
    Case(
        "undeclared prefixes",
        OK,
        entries=2,
        plays=answer(feed("prefix", f"<a:b c:d='e'>x</a:b><description>{words('prefix')}</description>")),
    ),
    Case(
        "html entities undeclared",
        OK,
        entries=2,
        plays=answer(feed("htmlent", f"<description>caf&eacute;&nbsp;{words('htmlent')}</description>")),
    ),
    Case(
        "elements named like our keys",
        OK,
        entries=2,
        plays=answer(
            feed(
                "keys",
                f"<links>x</links><authors>y</authors><tags>z</tags><content>{words('keys')}</content>",
                "<source>s</source><published_parsed>1</published_parsed><bozo>1</bozo>",
            )
        ),
    ),
    Case(
        "dates that are none",
        OK,
        entries=9,
        plays=answer(
            rss(
                *(
                    item("dates", n) + f"<pubDate>{escape(date)}</pubDate>"
                    for n, date in enumerate(
                        (
                            "yesterday",
                            "0000-00-00T00:00:00Z",
                            "9999-12-31T23:59:59Z",
                            "99999-01-01T00:00:00Z",
                            "-0001-01-01T00:00:00Z",
                            "0001-01-01T00:00:00+14:00",
                            "2999-02-30",
                            "9" * 9999,
                            "Mon, 32 Foo 20261 99:99:99 +9999",
                        )
                    )
                )
            )
        ),
    ),
    Case(
        "a date in the far future",
        OK,
        entries=1,
        plays=answer(
            one(
                "future",
                f"<pubDate>Fri, 31 Dec 9999 23:59:59 GMT</pubDate><description>{words('future')}</description>",
            )
        ),
        check=lambda seen: _soon(seen.items[0]["date_published"]),
    ),
    Case(
        "dates that are none in json",
        OK,
        entries=3,
        plays=answer(
            jsonfeed(
                *(
                    {"id": f"jd{n}", "title": f"jd {n}", "date_published": date}
                    for n, date in enumerate(("0000-00-00", "9999-12-31T23:59:59-23:59", "12026-01-01T00:00:00Z"))
                )
            )
        ),
    ),
)
