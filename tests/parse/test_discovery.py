"""The feeds that a web page names."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Document
from aggregator.parse.discovery import feeds_of


def found(markup: str | bytes, base: str = "https://blog.org/2026/") -> list[str]:
    return feeds_of(Document("", markup.encode() if isinstance(markup, str) else markup, base=base))


def link(href: str, kind: str = "application/rss+xml", rel: str = "alternate", title: str = "") -> str:
    return f'<link rel="{rel}" type="{kind}" title="{title}" href="{href}">'


@pytest.mark.parametrize(
    "kind",
    ["application/rss+xml", "application/atom+xml", "application/feed+json", "application/json", "application/rdf+xml",
     "text/xml", "application/xml", "Application/RSS+XML", "application/atom+xml; charset=utf-8"],
)  # fmt: skip
def test_alternates_of_every_feed_type_are_found(kind: str) -> None:
    assert found(link("https://blog.org/feed", kind)) == ["https://blog.org/feed"]


@pytest.mark.parametrize(
    "markup",
    [
        link("/feed", rel="stylesheet"),
        link("/feed", kind="text/html"),
        link("/feed", kind=""),
        link(""),
        '<link rel="alternate" type="application/rss+xml">',
        '<a rel="alternate" type="application/rss+xml" href="/feed">',
        "<!-- " + link("/feed") + " -->",
        "<script>'" + link("/feed") + "'</script>",
        link("javascript:alert(1)"),
        link("file:///etc/passwd"),
        link("data:application/rss+xml,x"),
    ],
)
def test_what_names_no_feed_of_the_web_is_not_found(markup: str) -> None:
    assert found(markup) == []


def test_feeds_come_in_the_page_s_order_each_of_them_once() -> None:
    page = link("/b", rel="Alternate home") + link("/a", "application/atom+xml") + link("https://blog.org/b")

    assert found(page) == ["https://blog.org/b", "https://blog.org/a"]


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/comments/feed/", ""),
        ("/2026/01/a-post/feed/", "The blog » A post Comments Feed"),
        ("/feeds/123/comments/default", ""),
        ("/?feed=comments-rss2", ""),
        ("/comments.xml", "RSS"),
        ("/a-post.rss", "Comments on: A post"),
        ("/kommentare/feed", "Alle Neuigkeiten"),
        ("/feed/2", "Kommentar-Feed"),
        ("/feed/2", "Flux pour les commentaires"),
        ("/feed/2", "Comentarios de la entrada"),
        ("/feed/2", "コメントフィード"),
    ],
)
def test_comments_come_last(href: str, title: str) -> None:
    page = link(href, title=title) + link("/feed/", title="The blog")
    assert found(page) == ["https://blog.org/feed/", f"https://blog.org{href}"]
    assert found(link(href, title=title)) == [f"https://blog.org{href}"], "what is there alone may be meant"


@pytest.mark.parametrize(
    ("href", "title"),
    [("/commentary/feed", "Commentary"), ("/commenting-on-law.xml", ""), ("/feed", "The Commentator"),
     ("/documents/feed", "Documents")],
)  # fmt: skip
def test_what_is_about_something_else_keeps_its_place(href: str, title: str) -> None:
    assert found(link(href, title=title) + link("/feed/2")) == [f"https://blog.org{href}", "https://blog.org/feed/2"]


@pytest.mark.parametrize(
    ("href", "address"),
    [("feed", "https://blog.org/2026/feed"), ("/feed", "https://blog.org/feed"), ("//x.org/f", "https://x.org/f"),
     ("?feed=rss&amp;a=1", "https://blog.org/2026/?feed=rss&a=1")],
)  # fmt: skip
def test_relative_addresses_start_from_the_page(href: str, address: str) -> None:
    assert found(link(href)) == [address]


def test_relative_addresses_start_from_the_page_s_base() -> None:
    assert found('<base href="//cdn.org/x/">' + link("feed")) == ["https://cdn.org/x/feed"]


def test_attributes_without_values_do_no_harm() -> None:
    assert found("<link rel type href><base href>" + link("/f")) == ["https://blog.org/f"]


@pytest.mark.parametrize("markup", [link("http://[x"), '<base href="http://[x">'])
def test_one_broken_address_does_not_hide_the_other_feeds(markup: str) -> None:
    assert found(link("/a") + markup + link("/b")) == ["https://blog.org/a", "https://blog.org/b"]


def test_a_page_names_at_most_ten() -> None:
    assert len(found("".join(link(f"/{n}") for n in range(50)))) == 10


def test_a_page_that_is_not_utf_8_is_read_all_the_same() -> None:
    assert found("<title>é</title>".encode("latin-1") + link("/f").encode()) == ["https://blog.org/f"]


_PARTS = st.lists(
    st.sampled_from(["<link ", "rel=alternate ", "type=application/rss+xml ", "href=", "http://[", "/f", ">", "<base ",
                     "<![", "<!", "]]>", '"', "<!--", "&#x110000;", "//", "\ud800", "http://a/"]) | st.text(max_size=5),
    max_size=20,
).map("".join)  # fmt: skip


@given(
    _PARTS.map(lambda text: text.encode("utf-8", "surrogatepass")) | st.binary(max_size=60),
    st.sampled_from(["", "https://b.org/"]),
)
def test_any_page_gives_addresses_of_the_web_and_never_fails(body: bytes, base: str) -> None:
    assert all(address.startswith(("http://", "https://")) for address in found(body, base))
