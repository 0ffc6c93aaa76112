"""Nothing is lost: what a source publishes again and again is stored, and shown, as often as it was published."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from aggregator.model import Entry, Origin
from aggregator.store import versions
from tests.refine.articles import BEES, BREAD, COMET, GARDEN, HARBOUR, TRAM, first
from tests.store.conftest import NOON, A, B, Desk

DAY = 86400
NOTICE = "A daily show on what moves the islands, with Ada and Tom. New episodes come out every morning at six o'clock."
LONG_NOTICE = f"{NOTICE} {first(GARDEN, 70)}"
TOPICS = ("Ports", "Elections", "Fish", "Schools", "Ferries", "Weather", "Music", "Roads")


def post(n: int, title: str, body: str, link: str = "", *, dated: bool = True) -> Entry:
    published = NOON - (20 - n) * DAY if dated else 0
    return Entry(f"guid-{n}", title, link, content=f"<p>{body}</p>" if body else "", published=published)


SHOWS: dict[str, Callable[[int], Entry]] = {
    "episodes": lambda n: post(n, f"The Morning Brief – {TOPICS[n]}", NOTICE, f"https://a.example/{n}"),
    "episodes at one address": lambda n: post(n, f"The Morning Brief – {TOPICS[n]}", NOTICE, "https://a.example/show"),
    "photo of the day": lambda n: post(n, "Photo of the day", "", f"https://a.example/photo/{n}"),
    "photo at one address": lambda n: post(n, "Photo of the day", f"By {TOPICS[n]}.", "https://a.example/photo"),
    "open thread": lambda n: post(n, "Open thread", "Talk about whatever you like.", f"https://a.example/{n}"),
    "open thread with rules": lambda n: post(n, "Open thread", LONG_NOTICE, f"https://a.example/{n}"),
    "status": lambda n: post(n, "All systems operational", "All systems operational", "https://a.example/"),
    "status page": lambda n: post(n, "All systems operational", "", "https://a.example/status"),
    "weather": lambda n: post(n, "Weather", f"Wind {n} knots, {10 + n} degrees, rain at {n}.", "https://a.example/now"),
    "undated weather": lambda n: post(
        n, "Weather", f"Wind {n}, {10 + n} degrees", "https://a.example/now", dated=False
    ),
    "weekly notes": lambda n: post(n, f"Weekly notes {n}", LONG_NOTICE, f"https://a.example/{n}"),
    "annual": lambda n: post(n, f"Annual meeting {2010 + n}" if n else "Annual meeting", LONG_NOTICE),
    "untitled": lambda n: post(n, "", f"Had coffee, cup {n}.", "https://a.example/"),
}


@pytest.mark.parametrize("window", [1, 2, 4])
@pytest.mark.parametrize("name", SHOWS)
def test_eight_posts_that_recur_are_eight_articles(desk: Desk, name: str, window: int) -> None:
    posts = [SHOWS[name](n) for n in range(8)]
    for n in range(8):
        at = NOON - (20 - n) * DAY + 600
        desk.deliver(A, *posts[max(0, n + 1 - window) : n + 1], at=at, feed=Origin("A", "https://a.example/"))

    assert len(desk.select()) == desk.rows("SELECT count(*) FROM entry")[0][0] == 8


@pytest.mark.parametrize("dated", [True, False])
def test_a_feed_that_makes_up_its_guids_at_every_visit_has_no_more_entries_for_it(desk: Desk, dated: bool) -> None:
    bodies = (HARBOUR, BEES, TRAM)
    listed = [post(n, body[:30], body, f"https://a.example/{n}", dated=dated) for n, body in enumerate(bodies)]
    for visit in range(4):
        made = [replace(entry, guid=f"{visit}-{n}") for n, entry in enumerate(listed)]
        desk.deliver(A, *made, at=NOON + visit * DAY)

    assert {story.shown.entry.title for story in desk.select()} == {entry.title for entry in listed}
    assert desk.rows("SELECT count(*) FROM entry") == [(3,)]


def test_a_feed_that_makes_up_guids_and_dates_at_every_visit_is_seen_through(desk: Desk) -> None:
    for visit in range(4):
        made = [
            Entry(
                f"{visit}-{n}",
                title,
                f"https://a.example/{n}",
                content=f"<p>{visit} comments</p>",
                published=NOON + visit,
            )
            for n, title in enumerate(("Ferries", "Bees", "Trams"))
        ]
        desk.deliver(A, *made, at=NOON + visit * DAY)

    assert desk.rows("SELECT count(*) FROM entry") == [(3,)]


def test_a_guid_that_is_given_to_ever_new_articles_makes_as_many_and_the_visit_says_so(desk: Desk) -> None:
    articles = [HARBOUR, BEES, TRAM, BREAD, COMET]
    listed = [
        Entry("constant", f"{body.split()[1]} and more of {n}", f"https://a.example/{n}", content=f"<p>{body}</p>")
        for n, body in enumerate(articles)
    ]
    told = []
    for n, entry in enumerate(listed):
        (visit,) = desk.commit(desk.delivery(A, entry, at=NOON + n * DAY))
        told.append(visit.detail)

    assert {story.shown.entry.link for story in desk.select()} == {entry.link for entry in listed}
    assert told[0] == ""
    assert all("guid" in detail for detail in told[1:])
    edited = replace(listed[-1], content=listed[-1].content.replace("comet", "star"))
    assert desk.deliver(A, edited, at=NOON + 9 * DAY) == (0, 1, 0)
    assert desk.deliver(A, edited, at=NOON + 10 * DAY) == (0, 0, 0)


def test_one_batch_with_two_visits_of_a_source_loses_neither(desk: Desk) -> None:
    one = Entry("constant", "Ferries sail again", "https://a.example/1", content=f"<p>{HARBOUR}</p>")
    two = Entry("constant", "Bumblebees tell the time", "https://a.example/2", content=f"<p>{BEES}</p>")

    desk.commit(desk.delivery(A, one), desk.delivery(A, two, at=NOON + 1))

    assert len(desk.select()) == 2


def test_what_an_edit_replaces_is_kept(desk: Desk) -> None:
    entry = Entry("g", "Ferries", "https://a.example/1", content=f"<p>{HARBOUR}</p>")
    for n, body in enumerate((HARBOUR, BEES, TRAM)):
        desk.deliver(A, replace(entry, content=f"<p>{body}</p>"), at=NOON + n)
    desk.deliver(A, replace(entry, content=f"<p>{TRAM}</p>", categories=("boats",)), at=NOON + 9)

    ((row,),) = desk.rows("SELECT id FROM entry")
    kept: Sequence[versions.Version] = desk.ask(lambda stored: list(versions.of(stored, row)))
    assert [(version.at, version.entry.content) for version in kept] == [
        (NOON + 1, f"<p>{HARBOUR}</p>"),
        (NOON + 2, f"<p>{BEES}</p>"),
    ]


def test_of_a_page_that_changes_at_every_visit_the_first_version_and_the_latest_are_kept(desk: Desk) -> None:
    for n in range(versions.MOST + 20):
        desk.deliver(A, Entry("g", "Weather", "https://a.example/now", content=f"<p>{n} degrees</p>"), at=NOON + n)

    kept = desk.ask(lambda stored: [version.entry.content for version in versions.of(stored, 1)])
    assert len(kept) == versions.MOST
    assert kept[0] == "<p>0 degrees</p>"
    assert kept[-1] == f"<p>{versions.MOST + 18} degrees</p>"


def test_the_versions_of_an_entry_go_with_it(desk: Desk) -> None:
    for n, body in enumerate((HARBOUR, BEES)):
        desk.deliver(A, Entry("g", "Ferries", content=f"<p>{body}</p>"), at=NOON + n)
    desk.writer.now(lambda stored: stored.execute("DELETE FROM entry"))

    assert desk.rows("SELECT count(*) FROM version") == [(0,)]


def test_a_series_is_learned_from_what_a_source_published_before(desk: Desk) -> None:
    """Twice within hours is a wire's own story sent again; what comes again and again is a new one each time."""
    thread = [post(n, "Open thread", LONG_NOTICE, f"https://a.example/{n}") for n in range(5)]
    for n, entry in enumerate(thread):
        desk.deliver(A, entry, at=NOON - (20 - n) * DAY + 60)
    again = replace(thread[-1], guid="again", link="https://a.example/again", published=thread[-1].published + 3600)
    desk.deliver(A, again, at=NOON)

    assert len(desk.select()) == 6
    desk.deliver(B, replace(thread[-1], link="https://b.example/copy"), at=NOON)
    assert len(desk.select()) == 6, "a copy elsewhere is recognised all the same"
