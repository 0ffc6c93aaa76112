"""How an article's HTML is dressed for its page: what a screen reader, a keyboard and a strict parser meet."""

from __future__ import annotations

import importlib.util
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.refine.sanitize import sanitize
from aggregator.render.html import tree
from aggregator.render.html.article import dressed
from aggregator.text import characters

PIXEL = "https://example.org/cat.jpg"
TAGS = (
    "a", "abbr", "article", "aside", "audio", "b", "blockquote", "br", "caption", "center", "code", "col",
    "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption", "figure", "footer", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "i", "img", "ins", "li", "nav", "ol", "p", "picture", "pre",
    "q", "rp", "rt", "ruby", "s", "section", "small", "source", "span", "strike", "strong", "sub", "summary",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "time", "tr", "track", "tt", "u", "ul", "video",
    "wbr",
)  # fmt: skip
ATTRIBUTES = st.sampled_from(
    ["", ' href="https://a.example/"', f' src="{PIXEL}"', ' alt="A cat"', ' alt=""', ' lang="xx-yy"', ' dir="rtl"',
     ' title="T"', ' width="1"', ' scope="col"', ' type="a" start="x"', " controls", ' headers="x"']
)  # fmt: skip
PIECES = st.one_of(
    st.builds("<{}{}>".format, st.sampled_from(TAGS), ATTRIBUTES),
    st.builds("</{}>".format, st.sampled_from(TAGS)),
    st.sampled_from(["text", " ", "\n", "&amp;", "&lt;b>", "\u00a0", "a very long line of text that goes on and on"]),
)
WORDED = PIECES.filter(lambda piece: not piece.startswith(("<img", "<audio", "<video", "<details", "<summary")))
MARKUP = st.lists(PIECES, max_size=30).map("".join)


def elements(html: str) -> list[tree.Element]:
    return list(tree.read(html).elements())


def headings(html: str) -> list[int]:
    return [int(tag[1]) for tag in re.findall(r"<(h[1-6])", html)]


@given(st.one_of(st.text(max_size=200), MARKUP))
def test_it_takes_whatever_is_stored(markup: str) -> None:
    """Of old, too, and cut in the middle of a tag."""
    for images in (True, False):
        once = dressed(markup, images=images)
        assert "<script" not in once and " on" not in re.sub(r"[^<>]*(?=<|\Z)", "", once)


@given(st.lists(WORDED, max_size=30).map("".join))
def test_no_word_is_lost(markup: str) -> None:
    safe = sanitize(markup, "")

    assert "".join(characters.plain(dressed(safe)).split()) == "".join(characters.plain(safe).split())


@given(MARKUP)
def test_a_strict_parser_finds_no_error(markup: str) -> None:
    if importlib.util.find_spec("html5lib") is None:
        return
    import html5lib

    page = f"<!doctype html><title>x</title><main><h1>t</h1><div>{dressed(sanitize(markup, ''))}</div></main>"
    html5lib.HTMLParser(strict=True).parse(page)


@given(MARKUP)
def test_everything_stands_where_it_may(markup: str) -> None:
    html = dressed(sanitize(markup, ""))
    root = tree.read(html)
    for parent in (root, *root.elements()):
        tags = [child.tag for child in parent.children if isinstance(child, tree.Element)]
        if parent.tag in ("ul", "ol"):
            assert set(tags) <= {"li"}
        else:
            assert "li" not in tags
        if parent.tag == "dl":
            assert tags[0] == "dt" and tags[-1] == "dd" and set(tags) == {"dt", "dd"}
        else:
            assert not {"dt", "dd"} & set(tags)
        if parent.tag == "details":
            assert tags[0] == "summary" and tags.count("summary") == 1
        if parent.tag == "a":
            assert not any(inner.tag == "a" for inner in parent.elements())
            assert parent.attributes.get("aria-label") or not tree.is_blank(parent)
        if parent.tag in ("h1", "h2", "h3", "h4", "h5", "h6", "th"):
            assert not tree.is_blank(parent)
        if parent.tag == "img":
            assert {"alt", "loading", "src"} <= set(parent.attributes)
    levels = headings(html)
    assert all(level <= before + 1 for before, level in zip([1, *levels], levels, strict=False))
    labels = [element.attributes["aria-label"] for element in root.elements() if "role" in element.attributes]
    assert len(labels) == len(set(labels))


@given(MARKUP)
def test_dressing_again_changes_little(markup: str) -> None:
    once = dressed(sanitize(markup, ""))

    assert headings(dressed(once)) == headings(once)


def test_headings_go_on_from_the_page_s() -> None:
    assert headings(dressed("<h3>a</h3><h5>b</h5><h3>c</h3><h1>d</h1><h4>e</h4>")) == [2, 3, 2, 2, 3]
    assert headings(dressed("".join(f"<h{level}>x</h{level}>" for level in range(1, 7)))) == [2, 3, 4, 5, 6, 6]


def test_the_title_is_not_said_twice() -> None:
    assert dressed("<div><h1>The  title</h1><p>x</p></div>", title="The title") == "<div><div></div><p>x</p></div>"
    assert headings(dressed("<p>x</p><h1>The title</h1>", title="The title")) == [2]


def test_a_heading_that_says_nothing_is_none() -> None:
    assert dressed("<h2> \u200b</h2><p>x</p>") == "<p>x</p>"
    assert dressed(f'<h2><img src="{PIXEL}"></h2>').startswith("<div><img ")


def test_pictures_wait_and_say_what_they_show() -> None:
    assert dressed(f'<img src="{PIXEL}">') == f'<img src="{PIXEL}" alt="" loading="lazy" decoding="async">'
    assert 'alt="A &lt;cat&gt;"' in dressed(f'<img src="{PIXEL}" alt="A &lt;cat&gt;">')
    assert dressed(f'<img src="{PIXEL}" width="1" height="1">x') == "x"


def test_without_pictures_they_are_links() -> None:
    assert dressed(f'<img src="{PIXEL}" alt="A cat">', images=False) == f'<a href="{PIXEL}">A cat</a>'
    linked = dressed(f'<a href="https://a.example/"><img src="{PIXEL}"></a>', images=False)
    assert linked == '<a href="https://a.example/">[Picture]</a>'
    film = dressed('<video><source src="https://a.example/v.mp4"></video>', images=False)
    assert film == '<a href="https://a.example/v.mp4">Film</a>'


def test_own_pictures_are_shown_from_where_the_page_is() -> None:
    html = dressed('<img src="https://n.example/pictures/x/y.png">', images=False, address=lambda url: f"../{url[18:]}")
    assert 'src="../pictures/x/y.png"' in html


def test_nothing_plays_by_itself_or_is_fetched_unasked() -> None:
    html = dressed('<audio src="https://a.example/a.mp3" autoplay loop></audio>')
    assert html == '<audio src="https://a.example/a.mp3" controls preload="none"></audio>'
    assert dressed("<video>No film</video>") == "No film"


def test_what_is_wide_is_a_region_that_the_keyboard_reaches() -> None:
    html = dressed("<table><tr><td>x</td></tr></table><table><tr><td>y</td></tr></table>")
    assert re.findall(r'<div tabindex="0" role="region" class="wide" aria-label="([^"]+)">', html) == [
        "Table 1",
        "Table 2",
    ]
    assert "tabindex" not in dressed("<pre>short\nlines</pre>")
    assert 'aria-label="Lines 1"' in dressed("<pre>a line that is too long for a narrow screen</pre>")


def test_lines_keep_their_first_empty_one() -> None:
    assert dressed("<pre>\n\nx</pre>") == "<pre>\n\nx</pre>"
    assert dressed("<pre>\nx</pre>") == "<pre>x</pre>"


def test_lists_are_mended() -> None:
    assert dressed("<ul><li>a</li><ul><li>b</li></ul>c</ul>") == "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>"
    assert dressed("<li>a</li><li>b</li>") == "<ul><li>a</li><li>b</li></ul>"
    assert dressed("<dl><dd>a</dd></dl>") == "<div><div>a</div></div>"
    assert dressed("<dl><div><dt>a</dt><dd>b</dd></div></dl>") == "<dl><dt>a</dt><dd>b</dd></dl>"


def test_links_are_mended() -> None:
    assert dressed('<a href="https://a.example/"></a>x<a>y</a>') == "xy"
    assert dressed('<a href="https://a.example/"><b> </b></a>') == "<b> </b>"
    pictured = dressed(f'<a href="https://a.example/b"><img src="{PIXEL}"></a>')
    assert 'aria-label="Picture, linked to a.example"' in pictured
    doubled = dressed(f'<a href="https://a.example/b"><img src="{PIXEL}" alt="Cats"> Cats</a>')
    assert 'alt=""' in doubled
    within = dressed(f'<a href="https://a.example/"><img src="{PIXEL}" alt="A  Cat"><br><em>A <b>cat</b></em></a>')
    assert 'alt=""' in within  # wherever in the link its words stand


def test_tables_are_mended() -> None:
    html = dressed('<table><tr><th></th><th scope="x">A</th></tr><tr><td scope="row" headers="q">1</td></tr></table>')
    assert "<tr><td></td><th>A</th></tr><tr><td>1</td></tr>" in html
    assert "<th" not in dressed("<table><tr><th>only</th></tr></table>")


def test_languages_that_are_none_are_left_out() -> None:
    assert dressed('<p lang="de-at" dir="RTL">x</p><p lang="xx">y</p>') == '<p lang="de-at">x</p><p>y</p>'.replace(
        "de-at", dressed_language()
    )


def dressed_language() -> str:
    found = re.search(r'lang="([^"]+)"', dressed('<p lang="de-at">x</p>'))
    assert found is not None
    return found[1]


@pytest.mark.parametrize(
    "piece", ["<div>", "<b>", "<table><tr><td>", "<ul><li>", "<a href='x'>", "<dl><dt>a<dd>", "<p>x", "</p>"]
)
def test_a_large_or_deep_article_costs_no_more_than_its_length(piece: str) -> None:
    start = time.process_time()
    html = dressed((piece * 500_000)[:500_000])

    assert time.process_time() - start < 15
    assert len(html) < 5_000_000
