"""What only a browser with scripts would show is there all the same: embeds, lazy pictures, formulas; nothing twice."""

from __future__ import annotations

from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_sanitize import assert_harmless

from aggregator.refine.reveal import reveal
from aggregator.refine.sanitize import sanitize

BASE = "https://quay.example.org/log/7.html"


# ── Embeds ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("player", "page", "name"), [
    ("https://www.youtube.com/embed/aB-3_xyzQ9w?rel=0", "https://www.youtube.com/watch?v=aB-3_xyzQ9w", "YouTube"),
    ("//www.youtube-nocookie.com/embed/aB-3_xyzQ9w", "https://www.youtube.com/watch?v=aB-3_xyzQ9w", "YouTube"),
    ("https://www.youtube.com/embed/aB-3_xyzQ9w?start=90", "https://www.youtube.com/watch?v=aB-3_xyzQ9w&amp;t=90s",
     "YouTube"),
    ("https://www.youtube.com/embed/videoseries?list=PL12", "https://www.youtube.com/playlist?list=PL12", "YouTube"),
    ("https://player.vimeo.com/video/4711?h=0f0f", "https://vimeo.com/4711/0f0f", "Vimeo"),
    ("https://player.vimeo.com/video/4711?dnt=1", "https://vimeo.com/4711", "Vimeo"),
    ("https://geo.dailymotion.com/player.html?video=x8abc", "https://www.dailymotion.com/video/x8abc", "Dailymotion"),
    ("https://open.spotify.com/embed/episode/5xYz?utm=1", "https://open.spotify.com/episode/5xYz", "Spotify"),
    ("https://w.soundcloud.com/player/?url=https%3A//soundcloud.com/moor/tide", "https://soundcloud.com/moor/tide",
     "SoundCloud"),
    ("https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1",
     "https://w.soundcloud.com/player/?url=https%3A//api.soundcloud.com/tracks/1", "SoundCloud"),
    ("https://codepen.io/moor/embed/preview/aBcD?height=300", "https://codepen.io/moor/pen/aBcD", "CodePen"),
    ("https://bandcamp.com/EmbeddedPlayer/album=12/", "https://bandcamp.com/EmbeddedPlayer/album=12/", "Bandcamp"),
    ("https://tube.example/videos/embed/9f-1", "https://tube.example/videos/watch/9f-1", "PeerTube"),
    ("https://platform.twitter.com/embed/Tweet.html?id=99", "https://twitter.com/i/status/99", "Twitter"),
    ("https://www.google.com/maps/embed?pb=1", "https://www.google.com/maps/embed?pb=1", "Google Maps"),
    ("https://www.openstreetmap.org/export/embed.html?bbox=1", "https://www.openstreetmap.org/export/embed.html?bbox=1",
     "OpenStreetMap"),
    ("https://player.twitch.tv/?channel=moor&parent=a.example", "https://www.twitch.tv/moor", "Twitch"),
    ("https://www.facebook.com/plugins/video.php?href=https%3A%2F%2Fwww.facebook.com%2Fv%2F1",
     "https://www.facebook.com/v/1", "Facebook"),
    ("https://www.films.example/p/77?a=1&b=2", "https://www.films.example/p/77?a=1&amp;b=2", "films.example"),
    ("/player/3", "https://quay.example.org/player/3", "3"),
])  # fmt: skip
@pytest.mark.parametrize("frame", ['<iframe src="{}"></iframe>', "<iframe data-src='{}' src='about:blank'/>",
                                   '<IFRAME SRC="{}">no frames here</IFRAME>', '<embed src="{}">',
                                   '<object data="{}"></object>',
                                   '<object><param name="movie" value="{0}"><embed src="{0}"></object>'])  # fmt: skip
def test_an_embed_becomes_one_link_to_its_page(frame: str, player: str, page: str, name: str) -> None:
    found = sanitize(f"<p>before{frame.format(player)}after</p>", BASE)

    assert found.startswith("<p>before <a href=") and found.endswith("</a> after</p>")
    assert f'<a href="{page}">' in found and f"{name}</a>" in found and found.count("<a ") == 1


def test_the_title_names_the_embed_and_the_provider_s_picture_comes_with_it() -> None:
    found = sanitize('<iframe title="Tides &lt; explained" src="https://www.youtube.com/embed/k0"></iframe>', BASE)

    assert found == (
        '<a href="https://www.youtube.com/watch?v=k0"><img src="https://i.ytimg.com/vi/k0/hqdefault.jpg" alt=""><br>'
        "Tides &lt; explained</a>"
    )


@pytest.mark.parametrize("element", [
    '<amp-youtube data-videoid="k0-1" layout></amp-youtube>', '<lite-youtube videoid="k0-1"></lite-youtube>',
])  # fmt: skip
def test_an_element_of_the_page_s_own_for_a_video_becomes_a_link(element: str) -> None:
    found = sanitize(f"<p>a</p>{element}<p>b</p>", BASE)

    assert '<a href="https://www.youtube.com/watch?v=k0-1"><img src="https://i.ytimg.com/vi/k0-1' in found


@pytest.mark.parametrize("markup", [
    '<lite-youtube videoid="&quot;><script>"></lite-youtube>',
    '<iframe src="https://count.example/x" width="1" height="1"></iframe>',
    '<iframe src="https://count.example/x" style="display: none"></iframe>',
    '<iframe src="https://www.googletagmanager.com/ns.html?id=1"></iframe>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<iframe src="about:blank"></iframe>',
    "<iframe srcdoc='<script>x</script>'></iframe>",
    "<object><param name=a value=b></object>",
    '<iframe src="http://["></iframe>',
    '<iframe src="https://films.example/1"',
])  # fmt: skip
def test_what_nobody_would_see_leaves_nothing(markup: str) -> None:
    assert sanitize(f"<p>x</p>{markup}", BASE) == "<p>x</p>"


def test_a_frame_without_end_takes_nothing_with_it() -> None:
    found = sanitize('<iframe src="https://a.example/1"/><p>one</p><iframe src="https://a.example/2"><p>two</p>', BASE)

    assert "<p>one</p>" in found and "<p>two</p>" in found and found.count("<a ") == 2


def test_an_object_leaves_what_stands_in_for_it_and_a_picture_is_one() -> None:
    assert sanitize('<object data="a.pdf"><p>Or <a href="b.txt">as text</a></p></object>', BASE) == (
        '<a href="https://quay.example.org/log/a.pdf">a.pdf</a> '
        '<p>Or <a href="https://quay.example.org/log/b.txt">as text</a></p>'
    )
    assert sanitize('<object type="image/svg+xml" data="d.svg">The quay</object>', BASE) == (
        '<img src="https://quay.example.org/log/d.svg" alt="The quay">'
    )


# ── Pictures ─────────────────────────────────────────────────────────────────────────────────────────────────────────

PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAAAAACH5"


@pytest.mark.parametrize("attributes", [
    'data-src="{}"',
    f'src="{PLACEHOLDER}" data-src="{{}}"',
    'src="/i/blank.gif" data-lazy-src="{}"',
    "src='' data-original='{}'",
    'src="small.jpg" data-src="{}"',
    'src="https://a.example/1x1.trans.gif" data-orig-file="{}"',
    'srcset="{} 640w, tiny.jpg 80w"',
    'src="blurred.jpg" data-srcset="{} 900w, tiny.jpg 80w"',
    'src="loading.svg" data-srcset="tiny.jpg 80w,{} 1200w, huge.jpg 6000w"',
    'srcset="tiny.jpg, {} 2x"',
    f'srcset="{PLACEHOLDER} 1w" data-srcset="{{}} 900w"',
])  # fmt: skip
def test_a_lazy_picture_has_the_address_that_it_would_get(attributes: str) -> None:
    picture = f"<img class=lazy {attributes.format('pics/quay,w_9.jpg')} alt='The quay' height=20>"

    assert sanitize(f"<p>{picture}</p>", BASE) == (
        '<p><img src="https://quay.example.org/log/pics/quay,w_9.jpg" alt="The quay" height="20"></p>'
    )


@pytest.mark.parametrize("attributes", [
    'src="real.jpg" srcset="other.jpg 2x" alt="A"',
    'src="real.jpg" data-src="{&quot;json&quot;: 1}" alt="A"',
    'src="real.jpg" data-large-file="large.jpg" alt="A"',
])  # fmt: skip
def test_a_picture_with_an_address_keeps_it(attributes: str) -> None:
    assert sanitize(f"<img {attributes}>", BASE) == '<img src="https://quay.example.org/log/real.jpg" alt="A">'


@pytest.mark.parametrize(("picture", "left"), [
    ('<img src="">', ""), ("<img src='' alt='Ann &lt;3'>", "Ann &lt;3"), (f'<img src="{PLACEHOLDER}">', ""),
    (f'<img src="{PLACEHOLDER}" alt="☺">', "☺"),
])  # fmt: skip
def test_without_an_address_it_is_no_picture(picture: str, left: str) -> None:
    assert sanitize(f"<p>x{picture}y</p>", BASE) == f"<p>x{left}y</p>"


@pytest.mark.parametrize("markup", [
    '<img src="data:image/gif;base64,R0" data-src="a.jpg"><noscript><img src="a.jpg"></noscript>',
    '<img src="data:image/gif;base64,R0" data-src="a-300x200.jpg?x=1"><noscript><img src="a.jpg"></noscript>',
    '<img src="data:image/gif;base64,R0" class="lazy"><noscript><img src="a.jpg"></noscript>',
    '<noscript><img src="a.jpg"></noscript><img src="spacer.gif" data-src="a.jpg">',
    '<img src="a.jpg"><noscript><IMG SRC="a.jpg"></noscript>',
    '<noscript>&lt;img src="a.jpg" alt="it&amp;#39;s"&gt;</noscript>',
    '<img src="spacer.gif" data-src="a.jpg"><noscript>&lt;img src=&quot;a.jpg&quot;&gt;</noscript>',
    '<picture><source srcset="a.avif 1x"><source data-srcset="a.jpg 1x"><img alt></picture>',
    '<picture><source srcset="a.avif"><img src="a.jpg"></picture>',
    '<picture><source srcset="a.jpg"></picture>',
    '<amp-img src="a.jpg" layout=fill></amp-img>',
])  # fmt: skip
def test_a_picture_is_there_once(markup: str) -> None:
    found = sanitize(f"<p>x {markup} y</p>", BASE)

    assert found.count("<img") == 1 and "quay.example.org/log/a" in found and "&lt;" not in found


@pytest.mark.parametrize(("markup", "left"), [
    ("<noscript>Please turn on JavaScript to see this.</noscript>", ""),
    ('<noscript><p>Vote: <a href="https://polls.example/1">the poll</a></p></noscript>',
     '<p>Vote: <a href="https://polls.example/1">the poll</a></p>'),
    ('<noscript><img height="1" width="1" src="https://count.example/p"></noscript>', ""),
    ("<noscript><b>never ends", "<b>never ends</b>"),
    ("<p>x</noscript></p>", "<p>x</p>"),
    ('<noscript><style>p{color:red}</style><img src="https://a.example/b.jpg"></noscript>',
     '<img src="https://a.example/b.jpg">'),
])  # fmt: skip
def test_noscript_is_never_seen_as_source(markup: str, left: str) -> None:
    assert sanitize(markup, BASE) == left


def test_films_and_sounds_have_their_sources_and_a_film_its_poster() -> None:
    assert sanitize('<video controls poster="p.jpg"><source data-src="v.webm" type="video/webm"></video>', BASE) == (
        '<video controls="" poster="https://quay.example.org/log/p.jpg">'
        '<source type="video/webm" src="https://quay.example.org/log/v.webm"></video>'
    )
    assert sanitize('<audio data-src="a.ogg" controls></audio>', BASE) == (
        '<audio controls="controls" src="https://quay.example.org/log/a.ogg"></audio>'
    )


# ── Formulas ─────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("formula", "line"), [
    ("<mi>E</mi><mo>=</mo><mi>m</mi><msup><mi>c</mi><mn>2</mn></msup>", "E=mc<sup>2</sup>"),
    ("<mfrac><mrow><mi>a</mi><mo>+</mo><mn>1</mn></mrow><mi>b</mi></mfrac>", "(a+1)/b"),
    ("<msqrt><mi>x</mi></msqrt><mo>&lt;</mo><mroot><mrow><mi>y</mi><mo>-</mo><mi>z</mi></mrow><mn>3</mn></mroot>",
     "√x&lt;<sup>3</sup>√(y-z)"),
    ("<munderover><mo>∑</mo><mi>i</mi><mi>n</mi></munderover><msub><mi>a</mi><mi>i</mi></msub>",
     "∑<sub>i</sub><sup>n</sup>a<sub>i</sub>"),
    ("<semantics><mi>x</mi><annotation encoding='application/x-tex'>\\frac</annotation></semantics>", "x"),
    ("<semantics><annotation encoding='application/x-tex'>x^2</annotation></semantics>", "x^2"),
    ("<mtext>where x is<script>alert(1)</script></mtext>", "where x is"),
    ("<mi>x<mn>2", "x2"),
])  # fmt: skip
@pytest.mark.parametrize("tag", ["math", "mml:math"])
def test_a_formula_is_left_in_a_line(tag: str, formula: str, line: str) -> None:
    assert sanitize(f"<p>Let <{tag}>{formula}</{tag}> be.</p>", BASE) == f"<p>Let {line} be.</p>"


def test_a_formula_is_there_once() -> None:
    katex = (
        '<span class="katex"><span class="katex-mathml"><math alttext="y"><mi>y</mi></math></span>'
        '<span class="katex-html" aria-hidden="true"><span><span>y</span></span></span></span>'
    )
    assert sanitize(f"<p>a {katex} b</p>", BASE) == "<p>a <span><span>y</span></span> b</p>"
    assert sanitize('<math alttext="z&lt;1"></math>', BASE) == "z&lt;1"


# ── All of it ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("markup", [
    '<ol reversed="" type="i" start="3"><li value="9">nine</li></ol>',
    '<details open=""><summary>s</summary><p>d</p></details>',
    '<table><caption>c</caption><tbody><tr><th scope="row" colspan="2">h</th><td rowspan="2">d</td></tr>'
    "</tbody></table>",
    "<p><ruby>漢<rp>(</rp><rt>kan</rt><rp>)</rp></ruby> <mark>m</mark> <kbd>k</kbd> H<sub>2</sub>O</p>",
    "<dl><dt>t</dt><dd>d</dd></dl><section><p>a</p></section><address>4 Mill Lane</address>",
])  # fmt: skip
def test_what_html_says_is_left_as_it_is(markup: str) -> None:
    assert sanitize(markup, BASE) == markup


_PIECES = """ <iframe src="https://e.org/ <iframe </iframe> <object> </object> <param name=movie value=javascript:x>
    <embed src=x> <noscript> </noscript> <img data-src= <img srcset=" "> '> <picture> </picture> <source srcset=x>
    <math> </math> <msup> <mtext> <annotation> </annotation> <script> </script> <style> javascript:alert(1) x onerror=y
    <!-- --> " ' > < /> = &lt; &#60; title= data:image/gif """
_MARKUP = st.lists(st.sampled_from([*_PIECES.split(), " "]) | st.text(max_size=4), max_size=14).map("".join)


@given(_MARKUP)
def test_whatever_is_revealed_only_what_is_allowed_is_left(markup: str) -> None:
    once = sanitize(markup, BASE)

    assert_harmless(once)
    assert sanitize(once, BASE) == once


@pytest.mark.slow
@pytest.mark.parametrize("end", ["", "</iframe></noscript></object></math></picture>"])
@pytest.mark.parametrize("piece", [
    "<iframe src=x>", "<iframe src='", "<noscript>", "<noscript><img src=a></noscript>", "<object>", "<math>", "<msup>",
    '<img data-src="', "<img data-src=a ", "<picture><source srcset=a>", "<math><msup>",
    '<span class="katex-html"><math>',
    '<img srcset="a, ', "<embed =", "<math><mrow>x</mrow></math>",
])  # fmt: skip
def test_hostile_markup_takes_no_more_than_its_length(piece: str, end: str) -> None:
    markup = "<img data-src=x>" + piece * (400_000 // len(piece)) + end
    began = process_time()

    reveal(markup)

    assert process_time() - began < 5
