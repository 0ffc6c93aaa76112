"""Files → entries: what front matter and heads say, what is forgiven, and that nothing but ParseError comes out."""

import pickle
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from time import process_time

import pytest
from corpus import SEED
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aggregator.model import Document, Entry, Feed, Origin, ParseError, Person, Reference
from aggregator.parse.articles.files import parse
from aggregator.refine.sanitize import sanitize

ROOT = Path(__file__).parents[2]
DAY = int(datetime(2022, 3, 3, tzinfo=UTC).timestamp())


def feed(body: str | bytes, name: str = "a/note.md", content_type: str = "") -> Feed:
    data = body if isinstance(body, bytes) else body.encode()
    return replace(parse(Document(name, data, content_type=content_type, modified=5)), hashes=frozenset())


def entry(body: str | bytes, name: str = "a/note.md", content_type: str = "") -> Entry:
    (only,) = feed(body, name, content_type).entries
    return only


# ── What it is ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.usefixtures("shared")
def test_the_seed_article():
    body = SEED.read_bytes()
    lines = [line for line in body.decode().splitlines() if line.strip()]
    found = entry(body, "news/article.txt")
    assert (found.guid, found.published, found.updated) == ("news/article.txt", 5, 0)
    assert (found.title, found.summary) == (lines[0], lines[1])
    assert found.content == "\n".join(f"<p>{line}</p>" for line in lines[3:9])
    assert (found.related, found.attribution) == ((Reference(lines[10]),), None)


@pytest.mark.parametrize(("name", "content_type"), [
    ("x.HTML", ""), ("x.htm", "text/plain"), ("x.xhtml", ""), ("x", "text/html; charset=utf-8"),
    ("x", "application/xhtml+xml"),
])  # fmt: skip
def test_the_suffix_comes_before_the_type(name, content_type):
    assert entry("<title>T</title><p>Words <b>here</b>", name, content_type).title == "T"


def test_kinds_without_suffix():
    assert entry("# T\n\n*x*", "x", "text/markdown").content == "<p><em>x</em></p>"
    assert entry("T\n\n*x*", "x", "text/plain").content == "<p>*x*</p>"
    assert entry("T\n\n*x*", "x").content == "<p>*x*</p>"
    assert entry("<!DOCTYPE html><title>T</title><p>Words", "x").title == "T"


@pytest.mark.parametrize("name", ["x.txt", "x.md", "x.html"])
@pytest.mark.parametrize(
    "body", [b"", b" \r\n\t", b"\xef\xbb\xbf", b"ab\0cd", b"\x89PNG\r\n\x1a\n\0\0", b"\1\2\3a" * 20]
)
def test_empty_and_binary_files(name, body):
    with pytest.raises(ParseError) as caught:
        feed(body, name)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("body", ["<!-- x -->", "<title>T</title><script>x()</script>", "<html><body></body></html>"])
def test_html_without_text(body):
    with pytest.raises(ParseError, match="no text"):
        feed(body, "x.html")


def test_encodings_and_control_characters():
    assert entry("Ä\n\nü\x01\x0cé".encode("utf-16"), "x.txt").content == "<p>ü é</p>"
    assert (
        entry('<meta charset="windows-1251"><p>Привет всем'.encode("windows-1251"), "x.html").content
        == "<p>Привет всем</p>"
    )
    assert entry("T\n\nПривет".encode("koi8-r"), "x.txt", "text/plain; charset=koi8-r").content == "<p>Привет</p>"


# ── Front matter ─────────────────────────────────────────────────────────────────────────────────────────


def test_yaml():
    found = entry(
        "---\nid: 77\ntitle: A title\ndate: 2022-03-03\nlastmod: 2022-03-03T01:00:00+01:00\n"
        "authors: [Jane, {name: Joe, email: j@x.org, url: https://x.org/}, Kim <k@x.org>]\ntags: a, b\n"
        "categories: [b, c, 3]\nsummary: 1 < 2\nurl: https://x.org/a\nlang: en_GB\n"
        "image: /i.png\nlicense: CC0\n---\n*Text*\n"
    )
    assert found == Entry(
        guid="77", title="A title", link="https://x.org/a", summary="1 &lt; 2", content="<p><em>Text</em></p>",
        authors=(Person("Jane"), Person("Joe", "j@x.org", "https://x.org/"), Person("Kim", "k@x.org")),
        published=DAY, updated=DAY, categories=("b", "c", "3", "a"), image="https://x.org/i.png", language="en-GB",
        rights="CC0",
    )  # fmt: skip


def test_toml_and_text():
    found = entry('+++\ntitle = "T"\ndate = 2022-03-03T00:00:00Z\n[author]\nname = "J"\n+++\n\nOne.\n\nTwo.', "x.txt")
    assert (found.title, found.published, found.authors) == ("T", DAY, (Person("J"),))
    assert found.content == "<p>One.</p>\n<p>Two.</p>"


def test_wrong_types_are_ignored():
    found = feed(
        "---\nid: [1]\ntitle: {a: b}\ndate: soon\nupdated: [2]\nauthors: {x: y}\ntags: {a: b}\nsummary: [x]\n"
        "url: javascript:x\nimage: 'http://['\nlang: [x]\nrights: true\n1: 2\n---\n# H\n\nx"
    )
    assert found.entries == (Entry(guid="a/note.md", title="H", content="<p>x</p>", published=5, rights="true"),)


def test_norwegian_is_not_false():
    assert entry("---\nlang: no\n---\nx").language == "no"


def test_malformed_front_matter_is_read_line_by_line():
    found = feed("---\ntitle: Foo: bar\ndate: 2022-03-03\n---\nText")
    assert found.malformed.startswith("front matter is not valid YAML: ")
    assert "\n" not in found.malformed
    assert [(e.title, e.published, e.content) for e in found.entries] == [("Foo: bar", DAY, "<p>Text</p>")]


@pytest.mark.parametrize("body", [
    "---\n\nJust text\n\n---\n\nMore text", "---\nnever: closed\n\nJust text", "----\nJust text",
    "---\n- a\n- Just text\n---\n",
    "+++\n[\n+++\nJust text", "---\nx: y\n" + "Just text\n" * 8000 + "---\n",
])  # fmt: skip
def test_what_is_no_front_matter_stays_text(body):
    assert "Just text" in entry(body).content


BOMBS = [
    "a: &a [x,x,x]\nb: &b [*a,*a,*a]\nc: &c [*b,*b,*b]\ntitle: *c",
    "a: &a {k: v}\n"
    + "".join(f"m{n}: &m{n}\n  <<: [{', '.join(['*' + (f'm{n - 1}' if n else 'a')] * 9)}]\n" for n in range(15)),
    "title: !!python/object/apply:os.system ['false']",
    "title: !!python/name:os.system",
    "title: " + "[" * 60_000, "title: " + "{a: " * 15_000, "- " * 30_000,
    "title: " + "9" * 60_000, "a: " + "1:" * 20_000 + "1",
    "date: 2022-99-99", "title: !!timestamp x", "title: !!int x", "? [a]\n: b",
    '"\\ud800": "\\ud800"', "<<: 1", "%YAML 9",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("bomb", BOMBS)
def test_yaml_bombs(bomb):
    start = process_time()
    assert "Text" in entry(f"---\n{bomb}\n---\nText").content
    assert process_time() - start < 5


@pytest.mark.slow
@pytest.mark.parametrize(
    "bomb", ["a = " + "[" * 60_000, "a." * 30_000 + "a = 1", "a = " + "9" * 60_000, "a = {b = " * 6000]
)
def test_toml_bombs(bomb):
    start = process_time()
    found = feed(f"+++\n{bomb}\n+++\nText")
    assert "Text" in found.entries[0].content
    assert found.malformed.startswith("front matter is not valid TOML: ")
    assert process_time() - start < 5


def test_half_characters_do_not_get_through():
    found = entry('---\ntitle: "a\\ud800b\\0c"\nid: "\\udfff"\n---\nText')
    assert found.title == "a?bc"
    assert found.guid.isalnum(), "half a character names no article"


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("body", "title", "content"), [
    ("# A *title*\n\nx", "A title", "<p>x</p>"),
    ("A title\n=======\n\nx", "A title", "<p>x</p>"),
    ("x\n\n# Later", "Later", "<p>x</p>\n<h1>Later</h1>"),
    ("First *line*\nsecond", "First line", "<p>First <em>line</em>\nsecond</p>"),
    ("```\n# no\n```", "note", '<pre><code># no\n</code></pre>'),
    ("---\ntitle: T\n---\n# T\n\nx", "T", "<p>x</p>"),
    ("---\ntitle: T\n---\n# Other\n\nx", "T", "<h1>Other</h1>\n<p>x</p>"),
])  # fmt: skip
def test_titles_of_markdown(body, title, content):
    found = entry(body)
    assert (found.title, found.content) == (title, content)


def test_markdown_has_tables_and_its_html_is_refined_as_any():
    content = entry("# T\n\n|a|\n|-|\n|b|\n\n<script>x</script>\n\n[l](javascript:x) [m](https://x.org/)").content
    assert "<td>b</td>" in content
    assert "<script" not in sanitize(content, "")
    assert 'href="javascript' not in content
    assert '<a href="https://x.org/">m</a>' in content


@pytest.mark.slow
def test_endless_markdown_is_text():
    found = feed("T\n\n" + "*a* b\n\n" * 100_000)
    assert "plain text" in found.malformed
    assert found.entries[0].content.startswith("<p>*a* b</p>")


# ── HTML ─────────────────────────────────────────────────────────────────────────────────────────────────

PAGE = """<!DOCTYPE html><html lang="en-GB"><head><title>A page - Site</title><meta name="author" content="Jane Doe">
<meta name="description" content="What &lt; it is"><meta property="og:site_name" content="Site">
<meta property="og:title" content="A page"><meta property="og:image" content="https://x.org/i.png">
<meta property="article:published_time" content="2022-03-03T01:00:00+01:00"><link rel="canonical" href="https://x.org/a">
</head><body><nav><a href="/">Home</a> <a href="/b">About</a></nav><article><h1>A page</h1>
<p>A first paragraph with a <a href="https://y.org/">link</a> in it, long enough to be taken for one by everybody.</p>
<h2>Part</h2><ul><li>one</li><li>two</li></ul><blockquote><p>Somebody said this.</p></blockquote>
<p>A last paragraph that is long enough, too, so that there is no doubt about this being an article.</p></article>
<footer>Copyright 2019 Site</footer></body></html>"""


def test_a_page():
    found = entry(PAGE, "page.html")
    assert (found.guid, found.title, found.link, found.base) == (
        "page.html",
        "A page",
        "https://x.org/a",
        "https://x.org/a",
    )
    assert (found.authors, found.published, found.language) == ((Person("Jane Doe"),), DAY, "en-GB")
    assert (found.summary, found.image, found.origin) == ("What &lt; it is", "https://x.org/i.png", Origin("Site"))
    for part in ('<a href="https://y.org/">link</a>', "<h2>Part</h2>", "<li>two</li>", "<blockquote>", "A last"):
        assert part in found.content
    for part in ("<h1>", "About", "Copyright"):
        assert part not in found.content


def test_a_page_that_says_nothing_of_itself():
    found = entry("<p>Posted under a tree in 2019.</p><pre><code>x = 1\n  y</code></pre>", "some/page.html")
    assert (found.title, found.link, found.published, found.origin) == ("page", "", 5, None)
    assert "<p>Posted under a tree in 2019.</p>" in found.content


def test_text_is_found_where_the_extractor_finds_none():
    padding = "<!-- x -->" * 110_000  # too long for it
    found = entry(
        f"<title>T</title><body>{padding}<style>s</style><div>One &lt;<b>bold</b></div>two<br>three", "x.html"
    )
    assert (found.title, found.content) == ("T", "<p>One &lt;bold</p>\n<p>two</p>\n<p>three</p>")


def test_an_xml_declaration_and_a_hostile_link():
    body = '<?xml version="1.0" encoding="iso-8859-1"?><html><head><link rel=canonical href="javascript:x"></head><p>é'
    found = entry(body.encode("latin-1"), "x.xhtml")
    assert ("é" in found.content, found.link) == (True, "")


@pytest.mark.slow
@pytest.mark.parametrize(
    "piece", ["<div>", "<b>x", "<!-- x -->", "<a href=x>y", "<table><tr><td>x", "<", "&amp;", "<p>x", "<li>x"]
)
def test_html_takes_its_time_but_no_more(piece):
    start = process_time()
    with suppress(ParseError):
        feed(piece * (400_000 // len(piece)), "x.html")
    assert process_time() - start < 20


# ── Anything at all ──────────────────────────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(["x.txt", "x.md", "x.html", "x", "a/b.markdown", ""])
SEEDS = [
    PAGE.encode(),
    *(f"---\n{bomb[:500]}\n---\nText".encode() for bomb in BOMBS),
    b"+++\na = 1\n+++\n# T\n\n| a |\n",
]
patiently = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=150)


def accept(name: str, body: bytes, content_type: str = "") -> None:
    """Whatever comes: a feed of one entry that pickles and can be encoded, or a ParseError of one line."""
    try:
        found = parse(Document(name, body, content_type))
    except ParseError as error:
        assert "\n" not in str(error)  # noqa: PT017 - one of two good ends
        return
    (only,) = found.entries
    assert "\n" not in found.malformed
    assert pickle.loads(pickle.dumps(found)) == found
    repr(only).encode()
    "".join([only.guid, only.title, only.content, only.summary, *only.categories]).encode()


@pytest.mark.slow
@patiently
@given(NAMES, st.binary(max_size=400), st.sampled_from(["", "text/html", "text/plain; charset=utf-16"]))
def test_any_bytes(name, body, content_type):
    accept(name, body, content_type)


@pytest.mark.slow
@patiently
@given(NAMES, st.text(max_size=400))
def test_any_text(name, text):
    accept(name, text.encode())
    accept(name, f"---\n{text}\n---\nText".encode())
    accept(name, f"<html><head><title>{text}</title></head><body>{text}</body>".encode())


@pytest.mark.slow
@patiently
@given(NAMES, st.sampled_from(SEEDS), st.data())
def test_mutated_files(name, seed, data):
    at = data.draw(st.integers(0, len(seed)))
    cut = data.draw(st.integers(0, 20))
    accept(name, seed[:at] + data.draw(st.binary(max_size=10)) + seed[at + cut :])


SAMPLES = sorted((ROOT / "config" / "articles").glob("*.*"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_samples(path):
    found = feed(path.read_bytes(), path.name)
    assert found.malformed == ""
    assert found.entries[0].title
    assert "<p>" in found.entries[0].content
    assert found.entries[0].published != 5
