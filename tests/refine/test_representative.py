"""Which copy of an article is shown, and which edits readers hear of."""

from __future__ import annotations

from dataclasses import replace

import pytest

from aggregator.model import Copy, Entry, Origin, Reference
from aggregator.refine import edits, representative

LONG = " ".join(f"word{n}" for n in range(100))


def copy(site: str, body: str = LONG, priority: int = 0, **entry: object) -> Copy:
    """A copy that came through a site's feed."""
    link = entry.pop("link", f"https://{site}/article")
    origin = Origin(site.title(), f"https://{site}/", f"https://{site}/feed")
    return Copy(origin, Entry("1", link=str(link), content=f"<p>{body}</p>", **entry), priority)  # type: ignore[arg-type]


def first(*copies: Copy) -> str:
    return copies[representative.order(copies)[0]].source.title


@pytest.mark.parametrize(
    "pointer",
    [
        {"attribution": Reference("", "https://origin.example/2026/article")},
        {"attribution": Reference("Origin.Example")},
        {"origin": Origin("The origin", "https://www.origin.example/")},
        {"link": "https://origin.example/article"},
    ],
)
def test_the_original_that_the_others_name_is_shown_before_a_preferred_and_a_fuller_one(pointer: dict) -> None:
    reprint = copy("reprint.example", f"{LONG} and {LONG}", priority=5, **pointer)
    assert first(reprint, copy("third.example"), copy("origin.example", "short")) == "Origin.Example"


def test_a_link_in_the_text_to_the_article_names_the_original_and_one_to_its_site_does_not() -> None:
    cites = copy("reprint.example", f'{LONG} <a href="https://origin.example/article?utm_source=x">there</a>')
    mentions = copy("reprint.example", f'{LONG} <a href="https://origin.example/">there</a>')
    assert first(cites, copy("origin.example")) == "Origin.Example"
    assert first(mentions, copy("origin.example")) == "Reprint.Example"


def test_else_the_preferred_else_the_fullest_else_the_earliest() -> None:
    assert first(copy("a.example"), copy("b.example", "short", priority=1)) == "B.Example"
    assert first(copy("a.example", "short"), copy("b.example")) == "B.Example"
    assert first(copy("a.example"), copy("b.example", f"{LONG} and a footer")) == "A.Example"


def test_one_that_is_gone_loses_whatever_else_speaks_for_it() -> None:
    original = replace(copy("origin.example", f"{LONG} {LONG}", priority=9), gone=True)
    reprint = copy("reprint.example", "short", attribution=Reference("", "https://origin.example/"))
    fuller = copy("fuller.example", f"{LONG}", attribution=Reference("", "https://origin.example/"))
    assert first(original, reprint, fuller) == "Fuller.Example", "of those that are there the fullest"
    assert first(original, replace(reprint, gone=True)) == "Origin.Example", "of none that is there the best"


def test_two_that_name_each_other_are_judged_by_the_rest() -> None:
    one = copy("a.example", attribution=Reference("", "https://b.example/"))
    other = copy("b.example", attribution=Reference("", "https://a.example/"), priority=1)
    assert first(one, other) == "B.Example"


@pytest.mark.parametrize(
    "after",
    [
        ("The title", LONG),
        ("THE  title", f"  {LONG.upper()}"),
        ("The titel", LONG),
        ("The title", LONG.replace("word7 ", "wrod7 ")),
        ("The title", f"{LONG} 17 comments".replace("comments", "")),
        ("The title", f"{LONG} read more here"),
    ],
)
def test_small_edits_are_not_substantive(after: tuple[str, str]) -> None:
    assert not edits.is_substantive(("The title", LONG), after)


@pytest.mark.parametrize(
    "after",
    [
        ("Another title", LONG),
        ("The title", f"{LONG} Update: the minister said on Monday that he will go."),
        ("The title", "Gone."),
    ],
)
def test_other_words_are_substantive(after: tuple[str, str]) -> None:
    assert edits.is_substantive(("The title", LONG), after)


def test_a_note_of_a_few_words_has_fewer_to_change() -> None:
    assert edits.is_substantive(("", "They do."), ("", "Other words."))
    assert not edits.is_substantive(("", "They sleep all day long."), ("", "They slepp all day long."))
