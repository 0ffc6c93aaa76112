"""Pictures beside a local article: what is read of Markdown and HTML, and what of it is stored."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document, Entry
from aggregator.parse import parse
from aggregator.refine import refine
from aggregator.refine.sanitize import sanitize
from aggregator.text import local_files

NOW = 1_767_355_200
KEY = local_files.key("articles")
TRIP = f"{local_files.ROOT}{KEY}/trip/"
WORDS = "<p>" + "A long paragraph of the kind that articles are made of, with a number of words in it. " * 5 + "</p>"


def read(body: str, name: str = "trip/index.md", place: str | None = None) -> Entry:
    """What is stored of an article."""
    placed = local_files.address(KEY, name) if place is None else place
    document = Document(name, body.encode(), modified=5, place=placed)
    (arrival,) = refine(parse(document), document, NOW)
    return arrival.entry


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![A lake](lake.jpg)", f'<img src="{TRIP}lake.jpg" alt="A lake">'),
        ("![A lake](<my lake.jpg>)", f'<img src="{TRIP}my%20lake.jpg" alt="A lake">'),
        ("![A lake](søe.jpg)", f'<img src="{TRIP}s%C3%B8e.jpg" alt="A lake">'),
        ("![A lake](img\\lake.jpg)", f'<img src="{TRIP}img/lake.jpg" alt="A lake">'),
        ('![A lake](lake.jpg "Title")', f'<img src="{TRIP}lake.jpg" alt="A lake" title="Title">'),
        ("![A lake](../../lake.jpg)", '<img alt="A lake">'),
        ("![A lake](lake)", '<img alt="A lake">'),
        ("![A lake](https://e.org/lake.jpg)", '<img src="https://e.org/lake.jpg" alt="A lake">'),
        ("![A lake](//e.org/lake.jpg)", '<img alt="A lake">'),
        ('x <img src="img/lake.jpg" width="3">', f'x <img src="{TRIP}img/lake.jpg" width="3">'),
        ("x <IMG SRC='img/lake.jpg'/>", f'x <img src="{TRIP}img/lake.jpg">'),
        ('x <img data-src="lake.jpg" src="data:image/gif;base64,x">', f'x <img src="{TRIP}lake.jpg">'),
        ('x <img srcset="a.jpg 1x, b.jpg 2x">', f'x <img src="{TRIP}b.jpg">'),
        (
            'x <picture><source srcset="a.webp"><img src="a.jpg"></picture>',
            f'x <picture><img src="{TRIP}a.jpg"></picture>',
        ),
        (
            'x <video src="a.mp4" poster="a.jpg" controls></video>',
            f'x <video src="{TRIP}a.mp4" poster="{TRIP}a.jpg" controls="controls"></video>',
        ),
        (
            'x <audio controls><source src="a.mp3" type="audio/mpeg"></audio>',
            f'x <audio controls=""><source src="{TRIP}a.mp3" type="audio/mpeg"></audio>',
        ),
        ("[a page](other.md)", "<a>a page</a>"),
        ("[a picture](lake.jpg)", "<a>a picture</a>"),
    ],
)
def test_what_markdown_shows_has_a_stored_address(written: str, shown: str) -> None:
    content = read(f"# A trip\n\n{written}\n").content
    attributes = html.unescape(content.removeprefix("<p>").removesuffix("</p>"))
    assert sorted(attributes.replace(">", " >").split()) == sorted(shown.replace(">", " >").split())


@pytest.mark.parametrize("key", ["image: lake.jpg", "cover:\n  image: lake.jpg", "thumbnail: ./lake.jpg"])
def test_the_picture_in_the_front_matter_too(key: str) -> None:
    assert read(f"---\ntitle: T\n{key}\n---\nx").image == f"{TRIP}lake.jpg"
    assert read(f'---\n{key}\nimage: "A lake"\n---\nx').image in ("", f"{TRIP}lake.jpg")


@pytest.mark.parametrize("image", ["A lake", "lake", "../../lake.jpg", "C:\\lake.jpg", "javascript:x.jpg"])
def test_what_is_no_picture_in_the_front_matter_is_none(image: str) -> None:
    assert read(f"---\ntitle: T\nimage: {image}\n---\nx").image == ""


def test_a_page_without_an_address_has_its_pictures_beside_it() -> None:
    page = f"""<html><head><title>A trip</title><meta property="og:image" content="cover.png"></head><body><article>
        <h1>A trip</h1>{WORDS}<figure><img src="A%20trip_files/lake.jpg" alt="A lake"></figure>{WORDS}
        </article></body></html>"""
    entry = read(page, "trip/A trip.html")
    assert f'<img src="{TRIP}A%20trip_files/lake.jpg" alt="A lake">' in entry.content
    assert entry.image == f"{TRIP}cover.png"


@pytest.mark.parametrize(
    "head",
    ['<link rel="canonical" href="https://e.org/trip/">', '<base href="https://e.org/trip/">'],
)
def test_a_page_that_says_where_it_is_has_them_there(head: str) -> None:
    page = f"""<html><head><title>A trip</title>{head}<meta property="og:image" content="cover.png"></head><body>
        <article><h1>A trip</h1>{WORDS}<figure><img src="lake.jpg" alt="A lake"></figure>{WORDS}</article>"""
    entry = read(page, "trip/index.html")
    assert 'src="https://e.org/trip/lake.jpg"' in entry.content and "local.invalid" not in entry.content
    assert entry.image == "https://e.org/trip/cover.png"


def test_an_article_with_a_link_has_them_there() -> None:
    entry = read("---\nlink: https://e.org/trip/\nimage: cover.png\n---\n![A lake](lake.jpg)")
    assert entry.image == "https://e.org/trip/cover.png"
    assert 'src="https://e.org/trip/lake.jpg"' in entry.content


def test_a_feed_in_a_folder_and_what_has_no_place_have_none_beside_them() -> None:
    feed = '<rss version="2.0"><channel><item><guid>1</guid><description>&lt;img src="a.jpg" alt="A"&gt;</description>'
    assert read(feed, "trip/feed.xml").summary == '<img alt="A">'
    assert read("![A](a.jpg)", place="").content == '<p><img alt="A"></p>'


def test_what_is_beside_is_no_other_text_than_before() -> None:
    """Nothing that was stored is an edit for readers when its pictures are found."""
    body = "# A trip\n\nWords, and ![A lake](lake.jpg).\n"
    documents = [Document("trip/index.md", body.encode(), modified=5, place=p) for p in ("", f"{TRIP}index.md")]
    (before,), (after,) = (refine(parse(document), document, NOW) for document in documents)
    assert before.fingerprint == after.fingerprint
    assert before.entry != after.entry and before.entry.hash == after.entry.hash


_PIECES = "<img", "<source ", "<video poster=", " src=", "'", '"', " ", ">", "a.jpg", "../", "\\", "%2e%2e", "&#x2e;"


@given(st.lists(st.sampled_from(_PIECES)).map("".join))
def test_whatever_is_written_only_files_of_the_folder_are_named(markup: str) -> None:
    safe = sanitize(markup, "", f"{TRIP}index.md")
    for tail in local_files.named(safe):
        assert local_files.located(tail) is not None
    assert sanitize(safe, "", f"{TRIP}index.md") == safe
