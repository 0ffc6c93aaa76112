"""The page that a browser gets: how to subscribe, the items, and nothing that runs."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256

from lxml import html
from newsroom import CHANNEL, full, story

from aggregator.model import Channel
from aggregator.render.html import feed as pages
from aggregator.render.html import templates


def page(*stories, channel: Channel = CHANNEL) -> str:  # type: ignore[no-untyped-def]
    return pages.render(channel, stories).decode()


def test_it_says_what_it_is_and_names_every_address() -> None:
    made = page(full())
    tree = html.fromstring(made)
    assert tree.findtext(".//h1") == "River of science"
    assert "This is a feed: copy this address into your feed reader" in tree.text_content()
    for suffix, name in (("xml", "RSS"), ("atom", "Atom"), ("json", "JSON Feed")):
        address = f"https://news.example.org/feeds/science.{suffix}"
        assert name in tree.text_content()
        assert tree.xpath("//code[text()=$at]", at=address)
        assert tree.xpath("//link[@rel='alternate']/@href[.=$at]", at=address)


def test_an_item_has_its_link_source_authors_dates_content_and_files() -> None:
    tree = html.fromstring(page(full()))
    (article,) = tree.iterfind(".//article")
    (link,) = article.iterfind("h2/a")
    assert (link.get("href"), link.text) == ("https://blog.example.org/1", "Cats & dogs: 1 < 2")
    said = " ".join(article.text_content().split())
    assert "The Blog · Ann Author, Bob · 2026-01-02 12:00 UTC · updated 2026-01-02 13:00 UTC" in said
    assert [time.get("datetime") for time in article.iterfind(".//time")] == [
        "2026-01-02T12:00:00Z",
        "2026-01-02T13:00:00Z",
    ]
    assert article.xpath(".//em/text()") == ["em"]
    assert "Also at:" in said
    assert "Texts belong to their authors & publishers." in said
    assert article.get("lang") == "de-AT"
    files = article.xpath(".//ul/li/a/@href")
    assert files[0] == "https://media.example.org/one.mp3"
    assert len(files) == 3


def test_titles_and_names_are_text() -> None:
    lure = '"><script>alert(1)</script>'
    made = page(story(1, title=lure), channel=replace(CHANNEL, title=lure, description=lure))
    assert "<script" not in made
    assert made.count("&lt;script&gt;") >= 4


def test_its_policy_allows_its_style_and_nothing_that_runs() -> None:
    style = re.search("<style>(.*)</style>", page(), re.DOTALL)
    assert style
    policy = dict(part.split(" ", 1) for part in templates.policy().split("; "))
    assert policy["style-src"] == f"'sha256-{b64encode(sha256(style[1].encode()).digest()).decode()}'"
    assert policy["default-src"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["frame-ancestors"] == "'none'"
    assert policy["img-src"] == policy["media-src"] == "http: https:"
    assert "script-src" not in policy


def test_a_long_feed_is_shown_in_part() -> None:
    made = page(*map(story, range(1, pages.LIMIT + 8)))
    assert made.count("<article") == pages.LIMIT
    assert "The feed has 7 more." in made


def test_a_story_that_cannot_be_written_is_left_out_and_told() -> None:
    told: list[str] = []
    made = pages.render(CHANNEL, [replace(story(1), id=""), story(2)], report=lambda urn, _error: told.append(urn))
    assert told == [""]
    assert b"Story 2" in made


def test_without_stories_it_still_says_how_to_subscribe() -> None:
    made = page()
    assert "Nothing has been published yet" in made
    assert "science.xml" in made
