"""Articles in files: nothing is shown before its time, nothing that was written is changed."""

from __future__ import annotations

import pytest

from aggregator.model import Document, Entry, Feed
from aggregator.parse import parse
from aggregator.refine import withheld
from aggregator.refine.sanitize import sanitize

NOW = 1_750_000_000  # 15 June 2025


def feed(body: str, name: str = "note.md") -> Feed:
    return parse(Document(name, body.encode(), modified=5))


def entry(body: str, name: str = "note.md") -> Entry:
    (found,) = feed(body, name).entries
    return found


# ── Not yet ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("front", ["draft: true", "draft: yes", "published: false", "Published: No", "status: draft"])
def test_a_draft_is_held_back_until_the_file_changes(front: str) -> None:
    found = withheld(feed(f"---\ntitle: T\n{front}\n---\nx"), NOW)
    assert found.draft and found.entries == () and found.hashes == frozenset()


def test_drafts_by_toml_and_by_their_folder() -> None:
    assert feed("+++\ndraft = true\n+++\nx").draft
    assert feed("x", "_drafts/note.md").draft
    assert not feed("x", "_drafts.md").draft


@pytest.mark.parametrize(
    "front", ["draft: false", "published: true", "published: 2024-01-02", "status: published", "a: b"]
)
def test_what_is_no_draft_is_shown(front: str) -> None:
    found = withheld(feed(f"---\n{front}\n---\nx"), NOW)
    assert not found.draft and len(found.entries) == 1


@pytest.mark.parametrize("front", ["date: 2025-06-16", "date: 2025-01-01\npublishDate: 2025-06-16T00:00:00Z"])
def test_a_post_that_is_dated_ahead_waits_for_its_time(front: str) -> None:
    found = feed(f"---\n{front}\n---\nx")
    assert found.release == 1_750_032_000
    assert withheld(found, found.release - 1).entries == ()
    assert withheld(found, found.release) == found


def test_a_file_s_own_time_announces_nothing() -> None:
    found = parse(Document("note.md", b"x", modified=NOW + 99))
    assert withheld(found, NOW) == found


# ── As it is written ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "title", ["1.10", "007", "0x1F", "Yes", "no", "12:30", "1e3", "Null", "2024-01-02", "1_000", ".5", "true"]
)
def test_scalars_stay_as_they_are_written(title: str) -> None:
    found = entry(f"---\ntitle: {title}\ntags: [{title}x, 3.10, off]\nauthor: ~\nimage: null\n---\nText.")
    assert (found.title, found.categories, found.authors, found.image) == (title, (f"{title}x", "3.10", "off"), (), "")


def test_unknown_keys_are_named_once_and_in_one_line() -> None:
    assert feed("---\ntitle: T\nlayout: post\nweight: 3\n---\nx").notes == ("unknown in front matter: layout, weight",)
    assert feed("---\ntitle: T\n---\nx").notes == ()


def test_markdown_as_people_write_it() -> None:
    content = sanitize(entry(
        "# T\n\n<kbd>Q</kbd>, ~~never~~ see https://quay.example.org/a.\n\n<!-- more -->\n\n- [ ] rope\n- [x] oil\n\n"
        "A note.[^1] README.md\n\n<script>alert(1)</script>\n\n[^1]: The *note*.\n"
    ).content, "")  # fmt: skip
    assert '<kbd>Q</kbd>, <s>never</s> see <a href="https://quay.example.org/a">' in content
    assert "<li>☐ rope</li>" in content and "<li>☑ oil</li>" in content
    assert "note.<sup>[1]</sup> README.md" in content and "The <em>note</em>." in content
    assert "more" not in content and "alert" not in content


def test_a_heading_of_two_lines_is_one_title() -> None:
    assert entry("The quay\nin winter\n===\n\nx").title == "The quay in winter"


# ── Saved pages ──────────────────────────────────────────────────────────────────────────────────────────────────────

LONG = "The harbour master came down to the quay at six, as he had done on every morning of the eleven years before."
PAGE = f"""<!DOCTYPE html><html lang="en"><head><title>The quay</title><base href="https://quay.example.org/log/">
<meta property="article:published_time" content="2024-05-06">
<script type="application/ld+json">{{"@graph": [{{"@type": "WebPage"}}, {{"@type": "Article",
"datePublished": "2024-05-06T07:08:09+02:00"}}]}}</script></head><body>
<nav><a href="/">Home</a></nav><main><article><h1>The quay</h1><p>{LONG}</p>
<ol start="3"><li>rope</li><li>oil</li></ol><dl><dt>Weir</dt><dd>A low dam.</dd></dl>
<figure><img src="quay.jpg" alt="Q"><figcaption>The quay at six</figcaption></figure>
<p>Type <code>ls -l</code> and then <kbd>Q</kbd>. {LONG}</p><pre><code>for x in y:
    print(x)</code></pre>
<table><tr><th>Boat</th><td>one</td></tr></table><blockquote><p>{LONG}</p></blockquote>
<div class="share-buttons"><a href="#">Tweet this</a></div><script>alert(1)</script></article></main>
<footer>Contact</footer></body></html>"""


def test_a_saved_page_keeps_its_own_markup() -> None:
    found = entry(PAGE, "page.html")
    content = sanitize(found.content, found.base)
    for part in (
        '<ol start="3"><li>rope</li>', "<dt>Weir</dt>", "<figcaption>The quay at six</figcaption>",
        "<code>ls -l</code> and",
        "<pre><code>for x in y:\n    print(x)</code></pre>", "<th>Boat</th>", "<blockquote><p>The harbour",
        'src="https://quay.example.org/log/quay.jpg"',
    ):  # fmt: skip
        assert part in content
    for gone in ("<h1>", "Home", "Contact", "Tweet", "alert"):
        assert gone not in content


def test_a_saved_page_s_time_is_to_the_second_where_any_part_of_it_tells() -> None:
    assert entry(PAGE, "page.html").published == 1_714_972_089


# ── Short pages, and what else pages say ─────────────────────────────────────────────────────────────────────────────

SHORT = """<html><head><title>Kiln day</title>{head}</head><body><nav>Home</nav><article><h1>Kiln day</h1>
<p>Lit at dawn.</p><figure><img src="https://k.example/k.jpg" alt="Kiln"><figcaption>The <em>kiln</em></figcaption>
</figure><ol start="3"><li>ash</li></ol><p>Use <code>ls</code>.</p></article><footer>Ours</footer></body></html>"""


@pytest.mark.parametrize("around", ["article", "main", "div"])
def test_a_short_page_keeps_its_markup(around: str) -> None:
    """trafilatura gives all of its text in one paragraph."""
    found = entry(SHORT.replace("article>", f"{around}>").format(head=""), "page.html")
    assert "<figcaption>The <em>kiln</em></figcaption>" in found.content
    assert '<ol start="3"><li>ash</li></ol><p>Use <code>ls</code>.</p>' in found.content
    assert "Home" not in found.content and "Ours" not in found.content and "<h1>" not in found.content


@pytest.mark.parametrize(
    "head",
    [
        '<script type="application/ld+json">{"@graph": [{"@type": "WebSite", "datePublished": "2010-01-01T00:00:00Z"},'
        ' {"@type": ["NewsArticle"], "datePublished": "2024-03-05T06:07:08Z"}]}</script>',
        '<script type="application/ld+json; charset=utf-8">\n//<![CDATA[\n{"@type": "BlogPosting",'
        ' "datePublished": "2024-03-05T08:07:08+02:00"}\n//]]>\n</script>',
        '<time class="entry-date published" datetime="2024-03-05T06:07:08+00:00">5 March</time>',
    ],
)
def test_an_articles_own_time_of_day_is_read(head: str) -> None:
    assert entry(SHORT.replace("{head}", head), "page.html").published == 1709618828


@pytest.mark.parametrize(
    "said",
    [
        "<!-- saved from url=(0024)https://k.example/kiln -->",
        "<!--\n Page saved with SingleFile \n url: https://k.example/kiln \n saved date: Tue -->",
        '<meta property="og:url" content="https://k.example/kiln">',
    ],
)
def test_a_saved_page_tells_where_it_is_from(said: str) -> None:
    found = entry(SHORT.replace("{head}", "").replace("<html>", f"<html>{said}"), "page.html")
    assert found.link == "https://k.example/kiln"


# ── Markdown ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_comment_before_the_heading_is_nothing_before_it() -> None:
    found = entry("<!-- todo -->\n\n<!-- more\nof it --> \n# Kiln\n\nLit.")
    assert (found.title, found.content) == ("Kiln", "<p>Lit.</p>")


def test_a_bare_site_is_a_link_and_a_file_is_none() -> None:
    found = entry("See www.kiln.example/a?b. And README.md, www.x")
    link = '<a href="https://www.kiln.example/a?b">www.kiln.example/a?b</a>'
    assert found.content == f"<p>See {link}. And README.md, www.x</p>"
