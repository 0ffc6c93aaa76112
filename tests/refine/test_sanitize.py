"""HTML of strangers: nothing that runs, styles, embeds or leads anywhere else than the web and a mailbox."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import nh3
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree, html

from aggregator.refine.sanitize import sanitize

BASE = "https://blog.example.org/2026/post.html"
# Written out once more, so that what is allowed changes in two places or not at all.
TAGS = frozenset((
    "a", "abbr", "acronym", "address", "article", "aside", "audio", "b", "bdi", "bdo", "blockquote", "br", "caption",
    "center", "cite", "code", "col", "colgroup", "data", "dd", "del", "details", "dfn", "div", "dl", "dt", "em",
    "figcaption", "figure", "footer", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "i", "img",
    "ins", "kbd", "li", "mark", "nav", "ol", "p", "picture", "pre", "q", "rp", "rt", "rtc", "ruby", "s", "samp",
    "section", "small", "source", "span", "strike", "strong", "sub", "summary", "sup", "table", "tbody", "td", "tfoot",
    "th", "thead", "time", "tr", "track", "tt", "u", "ul", "var", "video", "wbr",
))  # fmt: skip
ATTRIBUTES = frozenset((
    "align", "alt", "char", "charoff", "colspan", "controls", "datetime", "dir", "headers", "height", "href",
    "hreflang", "kind", "label", "lang", "open", "poster", "reversed", "rowspan", "scope", "size", "span", "src",
    "srclang", "start", "summary",
    "title", "type", "value", "width",
))  # fmt: skip
ADDRESSES = frozenset({"href", "src", "poster"})


class Reader(HTMLParser):
    """Reads markup as leniently as Python does, and keeps every tag with its attributes."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.odd: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_comment(self, data: str) -> None:
        self.odd.append(data)

    handle_decl = handle_pi = unknown_decl = handle_comment


def tags_of(markup: str) -> list[tuple[str, dict[str, str]]]:
    """The tags that the laxest of readers sees; two parsers have to see nothing else than what is allowed."""
    reader = Reader()
    reader.feed(markup)
    reader.close()
    assert not reader.odd
    found = list(reader.tags)
    if markup.strip():
        tree = html.fragment_fromstring(f"<div>{markup}</div>")
        found += [(str(e.tag), {str(k): str(v) for k, v in e.attrib.items()}) for e in tree.iterdescendants()]
    return found


def assert_harmless(markup: str) -> None:
    for tag, attributes in tags_of(markup):
        assert tag in TAGS
        assert attributes.keys() <= ATTRIBUTES
        for name in ADDRESSES & attributes.keys():
            assert re.match(r"https?://[^/]|mailto:", attributes[name]), attributes[name]


# ── What strangers try ───────────────────────────────────────────────────────────────────────────────────────────────

ATTACKS = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/onerror=alert(1)/src=x>",
    "<p onclick='alert(1)' style='position:fixed' class=x id=y>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href=' \x01javascript:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='java&#10;script:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='java&#1;script:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='data:text/html;base64,PHNjcmlwdD4='>x</a>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<a href='file:///etc/passwd'>x</a>",
    "<blockquote cite='javascript:alert(1)'>x</blockquote>",
    "<q cite='data:x'>x</q><del cite='javascript:x'>y</del>",
    "<svg><script>alert(1)</script><a xlink:href='javascript:x'>y</a></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)></style></mglyph></table></mtext></math>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "<iframe src='https://evil.example/'></iframe><object data=x></object><embed src=x>",
    "<form action='https://evil.example/'><input name=password><button formaction=x>y</button></form>",
    "<base href='https://evil.example/'><link rel=stylesheet href=x><meta http-equiv=refresh content='0;url=x'>",
    "<style>body{display:none}</style><p>x",
    "<template><script>x</script></template>",
    "<!--[if IE]><script>alert(1)</script><![endif]--><![CDATA[<script>x</script>]]><?php x ?>",
    "<video poster='javascript:x' src='x.mp4' autoplay onplay=x></video>",
    "<img srcset='javascript:x 1x' src=x><source srcset='data:x'>",
    "<map name=x><area href='javascript:x'></map><img usemap=#x>",
    "<a href='https://e.org/' ping='https://evil.example/' target=_top>x</a>",
    "<textarea><script>x</script></textarea><title><script>x</script></title><xmp><script>x</script></xmp>",
    "<plaintext><script>x",
    "<frameset><frame src=javascript:x></frameset>",
    '<p title="\'><script>x</script>">x</p>',
]


@pytest.mark.parametrize("markup", ATTACKS)
@pytest.mark.parametrize("base", [BASE, ""])
def test_nothing_active_survives(markup: str, base: str) -> None:
    clean = sanitize(markup, base)

    assert_harmless(clean)
    assert "alert(1)</script" not in clean


_PIECES = """ < > " ' </p> <p = & &# ; x3c <!-- --> ]]> &#1; &#xFFFE; <table> <td> <svg> </svg> <math> <style> <title>
    href= src= javascript: data: // text &colon; &Tab; &lt; """
_MARKUP = st.lists(
    st.sampled_from([*ATTACKS, *_PIECES.split(), " ", "\0", "\ud800", "\u2028"]) | st.text(max_size=8), max_size=8
).map("".join)
_BASES = st.sampled_from(
    [BASE, "", "http://base.invalid/", "javascript:alert(1)//", "data:x", "not a base", "http://["]
)


@given(_MARKUP, _BASES)
def test_whatever_the_markup_only_what_is_allowed_is_left(markup: str, base: str) -> None:
    assert_harmless(sanitize(markup, base))


@given(_MARKUP | st.text(st.characters(categories=None, codec=None)), _BASES)
@example("&#1;&#xFFFE;&#xD800;&#0;", BASE)
@example("no markup \x01 at all \ud800", BASE)
@example('<p title="&#8;">', BASE)
def test_whatever_the_markup_xml_can_carry_what_is_left(markup: str, base: str) -> None:
    """One "&#1;" in one article kept a whole edition from being made: lxml refuses the character it stands for."""
    etree.Element("description").text = sanitize(markup, base)


@given(_MARKUP)
def test_what_is_sanitised_stays_as_it_is(markup: str) -> None:
    once = sanitize(markup, BASE)

    assert sanitize(once, BASE) == once


_NAMES = """ a b i em code s span q ins sub audio video picture br img hr wbr source p div ul ol li dl dt dd h1 h2 pre
    blockquote figure details summary table tbody tr td caption ruby rt font object form button nobr textarea x center
    section title html body frameset option select iframe """
_TAGS = st.sampled_from(_NAMES.split())
_BETWEEN = ["x", "\n", "\r", "&#13;", " ", "&amp;#1;", "&#1;", "<a href=x>", "<a href='h&#1;://e'>", '<b title="<p>">']
_NESTED = st.lists(
    st.builds("<{}>".format, _TAGS) | st.builds("</{}>".format, _TAGS) | st.sampled_from(_BETWEEN), max_size=24
).map("".join)


@given(_NESTED, _BASES)
@example("<a><object><a>x", BASE)
@example("<p><object><p>x", BASE)
@example("<pre>\n\nx</pre>", BASE)
@example("<li><object><li>x", BASE)
@example("<h1><object><h2>x", BASE)
@example("<dd><button><dt>x", BASE)
@example("<a href='https&#xFFFE;://e.org/'>x</a>", BASE)
def test_however_tags_are_nested_what_is_left_is_read_as_it_is_written(markup: str, base: str) -> None:
    once = sanitize(markup, base)

    assert_harmless(once)
    assert "x-relative:" not in once
    assert nh3.clean(once, tags=TAGS, attributes={"*": ATTRIBUTES}, link_rel=None).strip() == once.strip()


# ── What articles need ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "markup",
    [
        "<p>Plain <b>bold</b> <em>em</em> <code>x &lt; y</code></p>",
        '<p><a href="https://e.org/?a=1&amp;b=2" title="t">x</a></p>',
        '<a href="mailto:ann@e.org">mail</a>',
        '<figure><img src="https://e.org/i.png" alt="A cat" width="10" height="20"><figcaption>c</figcaption></figure>',
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>b</td></tr></tbody><tfoot></tfoot></table>",
        '<video src="https://e.org/v.mp4" controls="" width="1" height="2"></video>',
        '<audio controls=""><source src="https://e.org/a.mp3" type="audio/mpeg"></audio>',
        '<p lang="de" dir="ltr">Grüße</p>',
        "<ol><li>1</li></ol><blockquote>q</blockquote><pre>a\n  b</pre><hr><details><summary>s</summary></details>",
        "Tom &amp; Jerry",
        "no markup, 3 > 2",
        "",
    ],
)
def test_what_is_harmless_is_left_as_it_is(markup: str) -> None:
    assert sanitize(markup, BASE) == markup


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("i.png", "https://blog.example.org/2026/i.png"),
        ("/i.png", "https://blog.example.org/i.png"),
        ("../i.png", "https://blog.example.org/i.png"),
        ("//cdn.example/i.png", "https://cdn.example/i.png"),
        ("?x=1", "https://blog.example.org/2026/post.html?x=1"),
        ("#note", "https://blog.example.org/2026/post.html#note"),
        ("HTTP://E.org/i.png", "HTTP://E.org/i.png"),
    ],
)
@pytest.mark.parametrize("markup", ['<img src="{}">', '<a href="{}">x</a>', '<audio src="{}"></audio>',
                                    '<video><source src="{}"></video>', '<video><track src="{}"></video>'])  # fmt: skip
def test_relative_addresses_start_from_the_base(markup: str, address: str, found: str) -> None:
    assert sanitize(markup.format(address), BASE) == markup.format(found)


@pytest.mark.parametrize("base", ["", "not a base", "http://["])
def test_without_a_usable_base_relative_addresses_go_and_the_others_stay(base: str) -> None:
    markup = '<img src="i.png" alt="x"><a href="https://e.org/">y</a>'

    assert sanitize(markup, base) == '<img alt="x"><a href="https://e.org/">y</a>'


def test_the_words_of_removed_tags_stay_but_not_those_of_scripts_and_styles() -> None:
    markup = "<font>a</font> <marquee>b</marquee><script>c</script><style>d</style><iframe>e</iframe><svg>f</svg>"

    assert sanitize(markup, BASE) == "a b"


def test_unclosed_tags_are_closed() -> None:
    assert sanitize("<p>a<b>c", BASE) == "<p>a<b>c</b></p>"
