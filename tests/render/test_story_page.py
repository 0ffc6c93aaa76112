"""The page of a story: all that there is of it, each part once, and nothing of strangers unescaped."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import replace

import pytest
from hypothesis import given
from newsroom import CHANNEL, full, story
from strangers import RAW, STORY

from aggregator.model import Channel, Entry, Reference, Story
from aggregator.refine.difference import difference
from aggregator.refine.passages import along
from aggregator.refine.sanitize import sanitize
from aggregator.render import items
from aggregator.render.html import story as pages
from aggregator.render.html.cards import From
from aggregator.render.html.site import Site
from aggregator.render.html.story import Link, Sighting

SITE = Site("The River", "https://news.example.org/", notice="Texts belong to their <authors>.")
PAGED = replace(CHANNEL, base="https://news.example.org/", pages="story/{}")
MIRROR = From(7, "The <Mirror>", "M", 3)
LEAD = "The water mill at the bend of the river has turned since 1712, and it was turning on Friday"


def shown(story: Story, site: Site = SITE, **more: object) -> str:
    given = {"up": "../", "words": 500, "how": "The first copy that came here.", "seen": 1_767_355_300} | more
    return pages.page(site, items.tidy(PAGED), story, **given).render().decode()  # type: ignore[arg-type]


def lines(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).split())


def test_it_has_what_a_republishing_site_shows() -> None:
    article = full()
    entry = replace(
        article.shown.entry,
        attribution=Reference("The Wire", "https://wire.example.org/1"),
        related=(Reference("Dogs", "https://blog.example.org/dogs"),),
    )
    html = shown(replace(article, shown=replace(article.shown, entry=entry), categories=("Pets", "a < b")))

    assert re.findall(r"<h1>(.*?)</h1>", html) == ["Cats &amp; dogs: 1 &lt; 2"]
    assert '<p class="deck">In short: cats</p>' in html
    assert "Posted on <time" in html and "Friday, 2 January 2026" in html
    assert "Ann Author" in html and "Bob" in html and "2 min" in html
    assert "Pets" in html and "a &lt; b" in html
    assert '<a href="https://example.org/?a=1&amp;b=2">link</a> &amp; an <em>em</em>' in html
    assert 'Published at <a href="https://wire.example.org/1"><bdi>The Wire</bdi></a>' in html
    assert html.count("Published at") == 1 and html.count("Also at") == 0
    assert '<a href="https://blog.example.org/dogs"><bdi>Dogs</bdi></a>' in html
    assert "Texts belong to their &lt;authors&gt;." in html
    assert "© 2026 Ann &amp; Bob" in html
    assert '<a href="https://blog.example.org/1#comments">Comments</a>' in html
    assert '<audio controls preload="none" src="https://media.example.org/one.mp3"' in html
    assert 'lang="de-AT"' in html
    assert '<img class="lead" src="https://media.example.org/cat.jpg"' in html
    assert f'<link rel="canonical" href="https://news.example.org/{SITE.story(article.id)}">' in html


def test_an_article_from_right_to_left_is_set_so() -> None:
    html = shown(story(1, title="שלום עולם", content="<p>זה הטקסט של הכתבה</p>", language="he"))

    assert '<article class="article" lang="he" dir="rtl">' in html


def test_the_deck_is_left_out_where_the_article_begins_so() -> None:
    html = shown(story(1, summary="<p>It begins so …</p>", content="<p><b>It begins</b> so …, and goes on.</p>"))

    assert "deck" not in html
    assert html.count("It begins") == 1


def test_without_an_address_or_a_text_it_says_what_there_is() -> None:
    html = shown(story(1, link="", title="Alone"))
    assert "Published at <bdi>The Blog</bdi>" in html
    assert "This is the only copy that was found." in html
    assert 'href="https://blog.example.org/1">read it there</a>' in shown(story(1))


def test_pictures_of_other_sites_are_links_where_they_are_off() -> None:
    html = shown(full(), replace(SITE, images=False))

    assert "<img" not in html and "<audio" not in html
    assert "https://media.example.org/one.mp3" in html


def test_own_pictures_are_shown_from_where_the_page_is() -> None:
    own = story(1, content='<p>x</p><img src="https://news.example.org/pictures/0/a.png">', image="")
    assert 'src="../pictures/0/a.png"' in shown(own)
    lead = story(1, content="<p>x</p>", image="https://news.example.org/pictures/0/b.png")
    for site in (SITE, replace(SITE, images=False)):
        assert '<img class="lead" src="../pictures/0/b.png"' in shown(lead, site)


def test_copies_have_what_they_share_marked_in_both_texts() -> None:
    beside = along(f"Begin. {LEAD}.", f"{LEAD}! And the end.")
    compared = pages.compared(beside.ours, beside.theirs, beside.bands, beside.share)
    copy = Sighting(
        MIRROR, "A <copy>", "https://m.example/1", 1_767_355_300, 0, pages.recognised("text", 0.824), compared=compared
    )
    html = shown(story(1), copies=[copy])

    assert "It was found in 2 places." in html
    assert '<a href="../source/7">' in html and "The &lt;Mirror&gt;" in html
    assert '<a href="https://m.example/1">A &lt;copy&gt;</a>' in html
    assert "82 % of the shorter is in the longer" in html
    assert html.count(f"<mark>{LEAD}</mark>") == 2
    assert f"Begin. <mark>{LEAD}</mark>.</p>" in html
    assert f"<mark>{LEAD}</mark>! And the end.</p>" in html
    assert 'role="img" aria-label="86 % of this copy&#39;s words run along the article."' in html
    assert html.count('<rect class="band"') == 2


def test_edits_are_marked_and_said() -> None:
    edit = pages.edit(1_767_355_300, difference("Same", "Same"), difference("It costs 3 euros", "It costs <4> euros"))
    html = shown(story(1), edits=[edit], earlier=2)

    assert edit.title == ()
    assert 'It costs <del><span class="unseen">[removed: </span>3<span class="unseen">]</span></del>' in html
    assert "&lt;4&gt;" in html
    assert "There were 2 more edits before." in html
    assert "Edits" not in lines(shown(story(1)))


def test_other_stories_are_named_after_the_article_s_own() -> None:
    html = shown(story(1), alike=[Link("Another", "../story/x")])

    assert '<a href="../story/x"><bdi>Another</bdi></a>' in html


@pytest.mark.parametrize("joined", ["new", "guid", "url", "text", "operator"])
def test_how_a_copy_was_recognised_is_said_in_words(joined: str) -> None:
    assert pages.recognised(joined, 0.5).endswith(".")
    assert "{" not in pages.recognised(joined, 0.5)


@given(STORY, RAW)
def test_whatever_comes_makes_a_page(strange: Story, raw: Entry) -> None:
    """What the sanitiser gives, and what it didn't see."""
    clean = replace(raw, summary=sanitize(raw.summary, ""), content=sanitize(raw.content, "https://e.example/"))
    for each in (strange, replace(strange, shown=replace(strange.shown, entry=clean))):
        html = shown(each)
        assert html.count("<h1>") == 1
        tags = re.sub(r'="[^"]*"', "=", " ".join(re.findall(r"<[a-z][^<>]*>", html)))
        assert not re.search(r"\s(?:on\w+|style)=", tags)
        assert not re.search(r'(?:href|src)="\s*(?:javascript|data):', html)
        if importlib.util.find_spec("html5lib") is not None:
            import html5lib

            html5lib.HTMLParser(strict=True).parse(html)


# ── The address of the page, in the feeds ────────────────────────────────────────────────────────────────────────────


def link(channel: Channel, story: Story) -> str:
    return items.item(items.tidy(channel), story).link


def test_a_story_without_an_address_has_its_page_s() -> None:
    alone = story(3, link="")
    name = alone.id.removeprefix("urn:uuid:")

    assert link(PAGED, alone) == f"https://news.example.org/story/{name}"
    assert link(replace(PAGED, pages="story/{}.html"), alone) == f"https://news.example.org/story/{name}.html"
    assert link(CHANNEL, alone) == ""
    assert link(PAGED, story(3)) == "https://blog.example.org/3"


def test_a_copy_that_stands_by_itself_has_its_story_s_page() -> None:
    alone = replace(story(3, link=""), page="urn:uuid:00000000-0000-4000-8000-000000000009")

    assert link(PAGED, alone).endswith("/story/00000000-0000-4000-8000-000000000009")


def test_the_page_s_address_is_no_title() -> None:
    nameless = replace(story(3), shown=replace(story(3).shown, entry=Entry("3")))

    assert items.item(items.tidy(PAGED), nameless).title == "Untitled"
