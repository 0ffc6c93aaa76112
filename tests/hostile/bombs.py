"""Bodies that take more than they may: entities, depth, floods, and what holds a parser for minutes."""

from __future__ import annotations

import json
from xml.sax.saxutils import escape

from cases import (
    FAILING,
    OK,
    Case,
    Seen,
    answer,
    at_most,
    feed,
    jsonfeed,
    one,
    tells,
    together,
    trap,
    words,
)
from world import rss

_BOLDER = "<p>" + "".join(f"<b title={n}>" for n in range(60))


def _external(kind: str) -> bytes:
    return (
        f'<?xml version="1.0"?><!DOCTYPE rss {kind}><rss version="2.0"><channel><title>T</title>'
        f"<item><guid>x</guid><title>t</title><description>a {words(kind[:9])} &xxe; b</description></item>"
        "</channel></rss>"
    ).encode()


def _no_secret(seen: Seen) -> None:
    assert "root:" not in json.dumps(seen.items)
    assert all(asked.path != "/trap" for asked in seen.everything)


def _laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    return _external(f'[<!ENTITY l0 "lol">{entities}<!ENTITY xxe "&l9;">]')


def _nested(depth: int, tag: str = "b") -> bytes:
    inside = f"<{tag}>" * depth + "x" + f"</{tag}>" * depth
    return f'<rss version="2.0"><channel><title>T</title>{inside}</channel></rss>'.encode()


def _small(seen: Seen) -> None:
    assert len(seen.html) < 510_000


BOMBS = (
    Case("billion laughs", None, entries=None, plays=answer(_laughs()), check=_small),
    Case(
        "quadratic blowup",
        None,
        entries=None,
        plays=answer(_external(f'[<!ENTITY a "{"x" * 100_000}"><!ENTITY xxe "{"&a;" * 9000}">]')),
        check=_small,
    ),
    Case(
        "quadratic blowup in the text",
        None,
        entries=None,
        plays=answer(_external(f'[<!ENTITY xxe "{"x" * 100_000}">]').replace(b"&xxe;", b"&xxe;" * 9000)),
        check=_small,
    ),
    Case(
        "external entity of a file",
        OK,
        entries=1,
        plays=answer(_external('[<!ENTITY xxe SYSTEM "file:///etc/passwd">]')),
        check=_no_secret,
    ),
    Case(
        "external entity of the web",
        OK,
        entries=1,
        plays=lambda asked: answer(_external(f'[<!ENTITY xxe SYSTEM "{trap(asked)}">]')),
        check=_no_secret,
    ),
    Case(
        "parameter entities",
        OK,
        entries=1,
        plays=lambda asked: answer(
            _external(
                f'[<!ENTITY % p SYSTEM "{trap(asked)}"> %p;'
                "<!ENTITY % q \"<!ENTITY xxe SYSTEM 'file:///etc/passwd'>\"> %q;]"
            )
        ),
        check=_no_secret,
    ),
    Case(
        "an external dtd",
        OK,
        entries=1,
        plays=lambda asked: answer(_external(f'SYSTEM "{trap(asked)}"')),
        check=_no_secret,
    ),
    Case("an entity of itself", None, entries=None, plays=answer(_external('[<!ENTITY xxe "&xxe;">]'))),
    Case(
        "a stylesheet and an inclusion",
        OK,
        entries=1,
        plays=lambda asked: answer(
            b'<?xml-stylesheet href="'
            + trap(asked).encode()
            + b'"?>'
            + one(
                "xinclude",
                f"<xi:include xmlns:xi='http://www.w3.org/2001/XInclude' href='{trap(asked)}' parse='text'/>",
                f"<description>{words('xinclude')}</description>",
            )
        ),
        check=_no_secret,
    ),
    Case(
        "pages that a feed names",
        OK,
        entries=1,
        plays=lambda asked: answer(
            one(
                "named",
                f"<enclosure url='{trap(asked)}' type='audio/mpeg' length='1'/><comments>{trap(asked)}</comments>",
                f"<description>{words('named')}</description>",
            ).replace(
                b"<item>",
                (
                    f"<image><url>{trap(asked)}</url></image>"
                    f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='hub' href='{trap(asked)}'/>"
                    f"<atom:link xmlns:atom='http://www.w3.org/2005/Atom' rel='self' href='{trap(asked)}'/><item>"
                ).encode(),
                1,
            )
        ),
        check=_no_secret,
    ),
    Case("deep elements", None, entries=None, plays=answer(_nested(100_000))),
    Case("deep items", None, entries=None, plays=answer(_nested(100_000, "item"))),
    Case(
        "deep xhtml",
        None,
        entries=None,
        plays=answer(
            one(
                "xhtml",
                "<content type='xhtml' xmlns='http://www.w3.org/2005/Atom'>",
                f"{'<div>' * 20_000}x{'</div>' * 20_000}</content>",
            )
        ),
    ),
    Case(
        "formatting that multiplies",
        OK,
        entries=1,
        plays=answer(
            one(
                "multiplies",
                f"<description>{escape(_BOLDER + '<p>x' * 4000)}</description>",
            )
        ),
        check=together(tells("over 500 kB when cleaned"), lambda seen: at_most(len(seen.html), 510_000)),
    ),
    Case(
        "deep html",
        None,
        entries=None,
        plays=answer(one("deep", f"<description>{escape('<div>' * 90_000)}x</description>")),
    ),
    Case(
        "deep formatting",
        None,
        entries=None,
        plays=answer(one("formatting", f"<description>{escape('<a href=x><b><p>' * 20_000)}x</description>")),
    ),
    Case(
        "deep tables",
        None,
        entries=None,
        plays=answer(one("tables", f"<description>{escape('<table><tr><td>' * 20_000)}x</description>")),
    ),
    Case("deep json", FAILING, "not valid JSON", plays=answer(b'{"items":' * 100_000)),
    Case(
        "deep arrays",
        FAILING,
        plays=answer(
            b'{"version":"https://jsonfeed.org/version/1.1","items":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
        ),
    ),
    Case(
        "a flood of attributes",
        None,
        entries=None,
        plays=answer(
            one("attributes", "<description " + " ".join(f'a{n}="x"' for n in range(60_000)) + ">x</description>")
        ),
    ),
    Case(
        "a flood of attributes in html",
        None,
        entries=None,
        plays=answer(
            one(
                "htmlattr",
                "<description>" + escape("<p " + " ".join(f"a{n}=x" for n in range(50_000)) + ">x") + "</description>",
            )
        ),
    ),
    Case(
        "a flood of namespaces",
        None,
        entries=None,
        plays=answer(one("namespaces", "<x " + " ".join(f'xmlns:a{n}="http://x/{n}"' for n in range(20_000)) + "/>")),
    ),
    Case(
        "a flood of categories",
        None,
        entries=None,
        plays=answer(
            one(
                "categories",
                "".join(f"<category>c{n}</category>" for n in range(60_000)),
                f"<description>{words('categories')}</description>",
            )
        ),
    ),
    Case(
        "a thousand categories",
        OK,
        entries=1,
        plays=answer(
            one(
                "thousand",
                "".join(f"<category>c{n}</category>" for n in range(1000)),
                f"<description>{words('thousand')}</description>",
            )
        ),
        check=together(tells("entries with over 50 categories"), lambda seen: at_most(len(seen.items[0]["tags"]), 50)),
    ),
    Case(
        "a flood of authors",
        None,
        entries=None,
        plays=answer(one("authors", "<author>joe@example.org (Joe)</author>" * 5000)),
    ),
    Case(
        "an author that holds a regex",
        OK,
        entries=1,
        plays=answer(one("held", f"<author>{'a' * 200_000}</author>")),
    ),
    Case(
        "an address that holds a regex",
        OK,
        entries=1,
        plays=answer(one("mail", f"<author>x@{'a.' * 60_000}</author>")),
    ),
    Case(
        "an author of brackets",
        None,
        entries=None,
        plays=answer(one("brackets", f"<author>{'(' * 100_000}{'&lt;' * 100_000}</author>")),
    ),
    Case("a million empty lines", None, entries=None, plays=answer(b"\n" * 1_000_000 + feed("empty lines"))),
    Case(
        "brackets without end",
        None,
        entries=None,
        plays=answer(b"<rss><channel><item><description>" + b"<a " * 200_000),
    ),
    Case(
        "ampersands without end",
        None,
        entries=None,
        plays=answer(b"<rss><channel><item><description>" + b"&" * 500_000),
    ),
    Case("a flood of doctypes", None, entries=None, plays=answer(b"<!DOCTYPE " * 300_000)),
    Case("a flood of entities", None, entries=None, plays=answer(b"<!ENTITY " * 300_000 + feed("entities"))),
    Case(
        "50000 entries",
        None,
        entries=None,
        plays=answer(rss(*(f"<guid>{n}</guid><title>{n}</title>" for n in range(50_000)))),
    ),
    Case(
        "3000 entries",
        OK,
        entries=1000,
        plays=answer(rss(*(f"<guid>{n}</guid><title>n {n}</title>" for n in range(3000)))),
        check=tells("cut: 2000 entries beyond 1000"),
    ),
    Case(
        "50000 entries in json",
        OK,
        entries=1000,
        plays=answer(jsonfeed(*({"id": f"fj{n}", "title": f"fj {n}"} for n in range(50_000)))),
        check=tells("cut: 49000 entries beyond 1000"),
    ),
    Case(
        "a title of 2 mb",
        OK,
        entries=1,
        plays=answer(
            one("title", f"<description>{words('title')}</description>").replace(
                b"<title>title 1", b"<title>" + b"word " * 400_000
            )
        ),
        check=lambda seen: at_most(len(seen.titles[0]), 300),
    ),
    Case(
        "a text of 9 mb",
        OK,
        entries=1,
        plays=answer(one("text", f"<description>{'word ' * 1_800_000}</description>")),
        check=together(tells("contents over 500 kB"), lambda seen: at_most(len(seen.html), 510_000)),
    ),
    Case(
        "a text of brackets", OK, entries=1, plays=answer(one("lt", f"<description>{'&lt;' * 400_000}</description>"))
    ),
    Case(
        "a text of ampersands",
        OK,
        entries=1,
        plays=answer(one("amp", f"<description>{'&amp;' * 300_000}</description>")),
        check=lambda seen: at_most(len(seen.html), 510_000),
    ),
    Case(
        "a name of a megabyte",
        OK,
        entries=1,
        plays=answer(
            one(
                "name",
                f"<author>{'n ' * 500_000}</author><category>{'c ' * 500_000}</category>",
                f"<description>{words('name')}</description>",
            )
        ),
        check=lambda seen: at_most(len(json.dumps(seen.items)), 20_000),
    ),
    Case(
        "thousands of enclosures",
        OK,
        entries=1,
        plays=answer(
            one(
                "enclosures",
                "".join(
                    f'<enclosure url="http://a.example/{n}.mp3" type="audio/mpeg" length="1"/>' for n in range(5000)
                ),
                f"<description>{words('enclosures')}</description>",
            )
        ),
        check=tells("over 100 authors or enclosures"),
    ),
    Case(
        "thousands of authors in json",
        OK,
        entries=1,
        plays=answer(
            jsonfeed(
                {"id": "ja", "content_text": words("ja"), "authors": [{"name": f"Author {n}"} for n in range(20_000)]}
            )
        ),
        check=tells("over 100 authors or enclosures"),
    ),
    Case(
        "a guid of a megabyte",
        OK,
        entries=1,
        plays=answer(
            one("guid", f"<description>{words('guid')}</description>").replace(b"<guid>", b"<guid>" + b"g" * 1_000_000)
        ),
    ),
    Case(
        "an address of a megabyte",
        OK,
        entries=1,
        plays=answer(
            one("address", f"<description>{words('address')}</description>", link="http://a.example/" + "a" * 1_000_000)
        ),
        check=lambda seen: at_most(len(seen.entries[0]["url"]), 8000),
    ),
    Case("a body of 9 mb of spaces", FAILING, "is not a feed", plays=answer(b" " * 9_000_000)),
    Case(
        "all items with one guid",
        OK,
        entries=50,
        plays=answer(
            rss(
                *(
                    f"<guid>same</guid><title>one guid {n}</title><link>http://a.example/one/{n}</link>"
                    for n in range(50)
                )
            )
        ),
    ),
    Case("items that are alike", OK, entries=1, plays=answer(rss(*(["<guid>same</guid><title>alike</title>"] * 500)))),
    Case("items without anything", OK, entries=None, plays=answer(rss(*([""] * 500)))),
)
