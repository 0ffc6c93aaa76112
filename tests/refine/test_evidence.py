"""What time, figures and a source's own habits say of two entries; tests/refine/test_dedupe.py has what texts say."""

from __future__ import annotations

import pytest

from aggregator.model import Entry, Fingerprint
from aggregator.refine import dedupe
from aggregator.refine.dedupe import Candidate, Decision
from tests.refine import articles
from tests.refine.articles import BEES, HARBOUR, TRAM

HERE, THERE = (1, ""), (2, "")
FERRY = "Ferry to the outer islands sails again from May"
ONE_DAY = "https://one.example/2026/04/ferry"
OTHER_DAY = "https://other.example/news/8812"
NOON = 1_775_000_000
HOUR, DAY = 3600, 86400
YEAR = 365 * DAY
BALANCES = (
    "The balances that the islands' treasury keeps with the central bank {verb} on {date} to {now} million crowns "
    "from {before} million on the day before, it said in its daily statement. Its tax and loan accounts {verb} to "
    "{loan} million from {lent} million. The total of all operating accounts was {total} million after {was} million."
)


def balances(verb: str, date: str, *figures: float) -> str:
    names = ("now", "before", "loan", "lent", "total", "was")
    return BALANCES.format(verb=verb, date=date, **dict(zip(names, figures, strict=True)))


def printed(title: str, body: str, link: str = "") -> Fingerprint:
    return dedupe.fingerprint(Entry("g", title=title, link=link, content=f"<p>{body}</p>"))


def decided(
    arrival: Fingerprint, before: Fingerprint, apart: int | None, *, within: bool = True, had: int = 0
) -> Decision:
    """What is decided of an arrival that came so many seconds after another entry; None if there are no dates."""
    at = NOON if apart is not None else 0
    source = HERE if within else THERE
    known = Candidate(7, before.title, before.url, before.text, source, before.shingles, at, at)
    later = NOON + apart if apart is not None else 0
    return dedupe.decide(arrival, HERE, [known], history=lambda _feed, _title: had, at=later, published=later)


def joins(arrival: Fingerprint, before: Fingerprint, apart: int | None, *, within: bool = True, had: int = 0) -> bool:
    found = {decided(*pair, apart, within=within, had=had).story for pair in ((arrival, before), (before, arrival))}
    assert len(found) == 1, "it depends on which came first"
    return found == {7}


# ── A wire that sends its story again ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("title", "body"),
    [
        ("Islanders get their ferry back", HARBOUR),
        (f"CORRECTED - {FERRY}", articles.edited(HARBOUR, 40)),
        (FERRY, f"{HARBOUR} On Wednesday the county confirmed its share, and the shipping company its fares."),
        ("County pays for the pontoon", articles.first(HARBOUR, 90)),
    ],
)
@pytest.mark.parametrize("apart", [60, HOUR, 18 * HOUR])
def test_within_hours_a_source_s_own_story_is_one_under_another_headline(title: str, body: str, apart: int) -> None:
    assert joins(printed(title, body, OTHER_DAY), printed(FERRY, HARBOUR, ONE_DAY), apart)


@pytest.mark.parametrize("apart", [3 * DAY, 30 * DAY, YEAR])
def test_days_later_the_same_words_in_the_same_source_are_another_article(apart: int) -> None:
    assert not joins(printed(FERRY, HARBOUR, OTHER_DAY), printed(FERRY, HARBOUR, ONE_DAY), apart)


def test_an_archive_that_is_published_anew_is_the_same_where_all_of_a_long_text_is() -> None:
    essay = " ".join((HARBOUR, BEES, TRAM))

    assert joins(printed(FERRY, essay, OTHER_DAY), printed(FERRY, essay, ONE_DAY), YEAR)
    assert not joins(printed(FERRY, essay, OTHER_DAY), printed("Of ferries", essay, ONE_DAY), YEAR)
    assert not joins(printed(FERRY, articles.edited(essay, 20), OTHER_DAY), printed(FERRY, essay, ONE_DAY), YEAR)


def test_articles_that_share_their_blurb_are_as_many() -> None:
    """Two books of one author, announced in one hour; a video and the next under their channel's notice."""
    frame = f"{{}} {articles.first(BEES, 110)}"
    one = printed("Folding paper stars", frame.format("Twelve patterns for stars of paper, by the author of Boxes."))
    two = printed("Folding wooden stars", frame.format("Joints and glue for stars of wood, with a chapter on saws."))

    assert not joins(one, two, 600)
    assert not joins(printed("How I built a boat", BEES), printed("How I built a boat, part 2", BEES), 2 * HOUR)


def test_what_is_undone_a_day_later_is_another_article() -> None:
    to = "Packaging: crates and barrels. Reference: https://e.example/22 => https://other.example/2024/crates"
    back = "Packaging: barrels and crates. Reference: https://other.example/2024/crates => https://e.example/22"

    assert not joins(printed("Harbour rules", to), printed("Harbour rules", back), 20 * HOUR)


@pytest.mark.parametrize("body", ["", "Listen", "Comments on the ferry"])
def test_one_document_that_lists_an_article_twice_means_one(body: str) -> None:
    assert joins(printed(FERRY, body, ONE_DAY), printed(FERRY, body, ONE_DAY), 0)
    assert not joins(printed(FERRY, body, ONE_DAY), printed(FERRY, body, OTHER_DAY), 0)
    assert not joins(printed(FERRY, body, ONE_DAY), printed(FERRY, body, ONE_DAY), None), "nothing tells the date"
    assert not joins(printed("", body, "https://one.example/"), printed("", body, "https://one.example/"), 0)


# ── Forms and series ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("apart", [None, HOUR, DAY, 7 * DAY])
def test_a_form_that_is_filled_in_anew_is_another_article(apart: int | None, within: bool) -> None:
    monday = printed("Treasury balances at the bank", balances("fell", "Monday", 4.151, 2.727, 17.2, 13.1, 21.3, 15.8))
    friday = printed("Treasury balances at the bank", balances("fell", "Friday", 3.467, 3.934, 15.4, 15.9, 18.8, 19.8))

    assert not joins(friday, monday, apart, within=within)


def test_offers_of_two_issuers_are_two_articles() -> None:
    offer = (
        "{name} filed a statement with the commission for an offer of up to {sum} million of its {kind} shares, which "
        "it will sell through a group of banks led by Brekke and Sons. Proceeds will be used to repay debt and for "
        "general purposes of the company, it said. The price will be set in the week before they are traded."
    )
    one = printed("Solheim files for share offer", offer.format(name="Solheim Lines", sum=250, kind="common"))
    other = printed("Nordvik files for share offer", offer.format(name="Nordvik Fish", sum=100, kind="preferred"))

    assert not joins(one, other, 3 * DAY, within=False)
    assert not joins(one, other, 3 * DAY)


@pytest.mark.parametrize("within", [True, False])
def test_stages_of_a_release_are_as_many_articles_and_so_is_the_release(within: bool) -> None:
    stages = ["Tern 2.5 beta 1 is out", "Tern 2.5 beta 2 is out", "Tern 2.5 rc 1 is out", "Tern 2.5 is out"]
    marks = [printed(title, articles.RELEASE.format(version="2.5", changes=articles.RELEASE_12)) for title in stages]

    for at, one in enumerate(marks):
        for other in marks[at + 1 :]:
            assert not joins(one, other, 2 * HOUR, within=within)


def test_what_a_source_publishes_again_and_again_is_a_series() -> None:
    standing = f"Talk about whatever you like, but be kind. {articles.first(BEES, 80)}"
    one, next_one = printed("Open thread", standing, ONE_DAY), printed("Open thread", standing, OTHER_DAY)

    assert joins(next_one, one, 18 * HOUR), "twice tells nothing yet"
    assert decided(next_one, one, 18 * HOUR, had=3).why == "another of a series"
    assert joins(next_one, one, HOUR, within=False, had=3), "a copy elsewhere, on the same day and entire"
    assert not joins(next_one, one, 7 * DAY, within=False, had=3)


# ── Time, between sources ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("apart", "edited", "excerpt"),
    [(HOUR, True, True), (40 * HOUR, True, True), (5 * DAY, True, False), (20 * DAY, False, False)],
)
def test_the_later_a_copy_comes_the_more_has_to_agree(apart: int, edited: bool, excerpt: bool) -> None:
    original = printed(FERRY, HARBOUR, ONE_DAY)
    part = " ".join([*articles.sentences(HARBOUR)[:2], "Nobody on the mainland seems to have noticed any of this yet."])

    assert joins(printed(FERRY, HARBOUR, OTHER_DAY), original, apart, within=False)
    assert joins(printed(FERRY, articles.edited(HARBOUR), OTHER_DAY), original, apart, within=False) is edited
    assert joins(printed(FERRY, part, OTHER_DAY), original, apart, within=False) is excerpt


def test_years_later_an_article_under_another_headline_is_another_one() -> None:
    assert not joins(printed("Of boats", HARBOUR, OTHER_DAY), printed(FERRY, HARBOUR, ONE_DAY), 3 * YEAR, within=False)


def test_a_home_page_is_nobody_s_address() -> None:
    home = "https://network.example/"
    one, other = printed("Our trailer", "A show about bees.", home), printed("Our trailer", "A show on trams.", home)

    assert not joins(one, other, HOUR, within=False)


def test_a_page_that_one_feed_gives_to_many_entries_is_no_article_s_address() -> None:
    arrival = printed("Next week's show", "Bees and more.", ONE_DAY)
    listed = [printed("Next week's show", f"{what} and more.", ONE_DAY) for what in ("Trams", "Bread")]
    known = [Candidate(n, m.title, m.url, m.text, THERE, m.shingles) for n, m in enumerate(listed, 1)]

    assert dedupe.decide(arrival, HERE, known).story == 0
    assert dedupe.decide(arrival, HERE, known[:1]).story == 1
