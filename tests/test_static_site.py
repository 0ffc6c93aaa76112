"""The static site: where a river's pages begin, what makes them others, and that the daemon's are the same bytes."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urljoin

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html
from test_kept_items import NOON, A, B, Newsroom, entry

from aggregator import outbound
from aggregator.config import Config, OutputTable, Site
from aggregator.model import Entry, Source
from aggregator.outbound import pages, rivers, site
from aggregator.outbound.outputs import site_of
from aggregator.outbound.paging import page
from aggregator.render.html.cards import Card
from aggregator.render.html.filters import Filter
from aggregator.store import overrides, rendered
from aggregator.store import rivers as stored


class Press(Newsroom):
    """Publishes the pages as the engine does, and reads them as a visitor of a plain web server does."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.cards = outbound.Cards()

    def print(self) -> list[str]:
        """Publishes; which files have other bytes now, or are new."""
        before = self.files()
        self.publish()
        made = self.store.now(outbound.publish_pages, self.config, self.folder, NOON, self.cards)
        assert not made.troubles
        self.store.now(rendered.note, made.notes)
        return sorted(name for name, body in self.files().items() if before.get(name) != body)

    def files(self) -> dict[str, bytes]:
        public = self.folder / "public"
        return {str(path.relative_to(public)): path.read_bytes() for path in public.rglob("*.html")}

    def walk(self, start: str = "index.html") -> list[tuple[str, list[str]]]:
        """The pages from this one on to older ones, each with its stories' titles."""
        found = []
        while start:
            tree = html.document_fromstring(self.files()[start])
            found.append((start, [said.text_content() for said in tree.iterfind(".//article/h3")]))
            older = tree.xpath("//a[@rel='next']/@href")
            start = urljoin(start, older[0]) if older else ""
        return found


@pytest.fixture
def press(tmp_path: Path) -> Iterator[Press]:
    made = Press(tmp_path)
    yield made
    made.store.close()


def dated(number: int, published: int) -> Entry:
    return Entry(
        str(number), f"Title of {number}", f"https://a.example/{number}",
        content=f"<p>Something different happened in place {number}.</p>", published=published,
    )  # fmt: skip


def numbers(walked: list[tuple[str, list[str]]]) -> list[int]:
    return [int(title.rpartition(" ")[2]) for _, titles in walked for title in titles]


# ── Where pages begin ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_river_is_read_from_its_newest_story_to_its_oldest_each_once(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(230)))
    press.print()
    walked = press.walk()
    assert numbers(walked) == [*range(230)]
    assert [len(titles) for _, titles in walked] == [80, 50, 50, 50]
    assert numbers(press.walk("feed/index.html")) == [*range(230)]


def test_a_page_stays_what_and_where_it_is_while_new_stories_come(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - 5000 - n) for n in range(120)))
    press.print()
    (_, first), (address, older) = press.walk("feed/index.html")
    body = press.files()[address]
    for n in range(1000, 1020):
        press.deliver(A, dated(n, NOON - 5000 + n))
    assert press.print() == ["feed/index.html", "index.html"]
    assert press.files()[address] == body
    for n in range(1020, 1060):
        press.deliver(A, dated(n, NOON - 5000 + n))
    changed = press.print()
    assert address in changed  # it has a newer page than the first one now
    walked = press.walk("feed/index.html")
    assert walked[-1] == (address, older)
    assert numbers(walked) == [*range(1059, 999, -1), *range(120)]
    assert first == [title for _, titles in walked[:-1] for title in titles][60:]


def test_what_comes_late_is_where_its_time_is_and_a_page_that_grows_too_long_is_parted(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n * 1000) for n in range(150)))
    press.print()
    addresses = {name for name, _ in press.walk("feed/index.html")}
    press.deliver(A, dated(500, NOON - 140 * 1000 - 1))
    old = press.walk("feed/index.html")[-1][0]
    assert press.print() == [old]
    press.deliver(A, *(dated(n, NOON - 140 * 1000 - n) for n in range(501, 560)))
    press.print()
    walked = press.walk("feed/index.html")
    assert addresses < {name for name, _ in walked}
    assert all(50 <= len(titles) < 100 for _, titles in walked)
    assert sorted(numbers(walked)) == sorted([*range(150), *range(500, 560)])


@settings(max_examples=30)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 40), st.integers(1, 60)), min_size=1, max_size=3), min_size=1, max_size=5
    )
)
def test_in_whatever_order_stories_come_each_is_on_one_page_and_addresses_stay(
    tmp_path_factory: pytest.TempPathFactory, rounds: list[list[tuple[int, int]]]
) -> None:
    """Groups of stories at few instants, so that many share one."""
    press = Press(tmp_path_factory.mktemp("press"))
    try:
        count, addresses = 0, set[str]()
        for groups in rounds:
            for at, size in groups:
                press.deliver(A, *(dated(count + n, NOON - at // 2 * 1000) for n in range(size)))
                count += size
            press.print()
            walked = press.walk("feed/index.html")
            names = {name for name, _ in walked}
            assert sorted(numbers(walked)) == [*range(count)]
            assert addresses <= names
            assert all(50 <= len(titles) < 100 for _, titles in walked if len(walked) > 1)
            addresses = names
    finally:
        press.store.close()


def test_what_a_merge_takes_out_of_a_page_is_gone_from_it(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    *_, (address, titles) = press.walk("feed/index.html")
    assert "Title of 125" in titles
    press.store.now(overrides.merge, 1, 126)
    assert address in press.print()
    assert "Title of 125" not in press.walk("feed/index.html")[-1][1]


# ── The same bytes ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_daemon_answers_with_the_bytes_that_lie_there(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="one"), OutputTable(name="two", match="different")])
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    cards = outbound.Cards()
    assert len(press.files()) == 3 * 2
    for name, body in press.files().items():
        river, _, file = name.rpartition("/")
        up = "../" if river else ""
        stem = file.removesuffix(".html")
        read = (
            pages.newest(press.config, cards, river, NOON, up)
            if stem == "index"
            else pages.older(press.config, cards, river, stem, NOON)
        )
        assert pages.answer(press.folder, press.config, up, read).body == body, name


def test_every_link_between_pages_leads_to_a_file(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(230)))
    press.print()
    public = press.folder / "public"
    for name, body in press.files().items():
        tree = html.document_fromstring(body)
        for link in tree.xpath(
            "//a[@rel]/@href | //nav[@class='pager']//a/@href | //link[@rel='stylesheet']/@href | //script/@src"
        ):
            target = urljoin(f"/{name}", link).lstrip("/")
            assert (public / (f"{target}index.html" if not target or target.endswith("/") else target)).exists(), link


# ── What is written when ─────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_made_anew_while_nothing_changes(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    assert len(press.print()) == 3  # with one output the front page is its first page
    assert press.print() == []
    assert press.store.now(stored.changes) == (0, [])


def test_what_was_removed_or_emptied_is_made_again(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    before = press.files()
    for name in before:
        (press.folder / "public" / name).unlink()
    assert sorted(press.print()) == sorted(before)
    (press.folder / "public" / "index.html").write_bytes(b"")
    old = next(name for name in before if re.search(r"\d", name))
    (press.folder / "public" / old).write_bytes(b"")
    press.print()
    assert press.files() == before


def test_under_another_config_all_are_made_anew_and_their_addresses_stay(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    before = press.files()
    press.config = Config(site=Site(title="Another"))
    assert sorted(press.print()) == sorted(before)
    assert all(b"Another" in body for body in press.files().values())


def test_an_output_that_is_no_more_has_no_pages_any_more(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="one"), OutputTable(name="two")])
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    press.config = Config(output=[OutputTable(name="one"), OutputTable(name="three")])
    press.print()
    assert {name.partition("/")[0] for name in press.files() if "/" in name} == {"one", "three"}
    assert not (press.folder / "public" / "two").exists()
    assert sorted(press.store.now(stored.rivers)) == ["", "one", "three"]


def test_without_a_static_site_there_are_no_files_and_the_pages_stay_where_they_are(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    begins = press.store.now(stored.pages, "feed")
    press.config = Config(site=Site(static="none"))
    press.print()
    assert press.files() == {}
    assert [found.first for found in press.store.now(stored.pages, "feed")] == [found.first for found in begins]


def test_a_long_river_is_made_in_parts_the_newest_first(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(1000)))
    course = rivers.courses(press.config, NOON)[1]
    paged = press.store.now(page, course, [], is_other=True)
    assert len(paged.pages) == 19
    config, cards = press.config, press.cards
    made = press.store.now(site.publish_pages, config, press.folder, NOON, cards, room=5)
    press.store.now(rendered.note, made.notes)
    assert len([name for name in press.files() if "index" not in name]) == 5
    assert [found.stale for found in press.store.now(stored.pages, "feed")] == [False] * 5 + [True] * 14
    press.print()
    assert numbers(press.walk("feed/index.html")) == [*range(1000)]


def test_a_folder_that_can_t_be_written_to_costs_the_pages_alone_and_they_follow_later(press: Press) -> None:
    press.deliver(A, dated(1, NOON))
    (press.folder / "public").mkdir()
    (press.folder / "public" / "feed").write_bytes(b"in the way")
    press.publish()
    made = press.store.now(outbound.publish_pages, press.config, press.folder, NOON, press.cards)
    press.store.now(rendered.note, made.notes)
    assert "can't be written to" in made.troubles[0]
    assert (press.folder / "public" / "index.html").exists()
    (press.folder / "public" / "feed").unlink()
    assert press.print() == ["feed/index.html"]


def test_rules_about_the_moment_have_a_first_page_alone(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="few", per_source=7), OutputTable(name="all", dedupe=False)])
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    assert [(name, len(titles)) for name, titles in press.walk("few/index.html")] == [("few/index.html", 7)]
    assert [(name, len(titles)) for name, titles in press.walk("all/index.html")] == [("all/index.html", 100)]
    assert numbers(press.walk()) == [*range(130)]


# ── What is asked for ────────────────────────────────────────────────────────────────────────────────────────────────


def test_paging_through_what_was_searched_for_is_stable_while_stories_come(press: Press) -> None:
    order = [*range(130)]
    random.Random(1).shuffle(order)
    press.deliver(A, *(dated(n, NOON - n // 3) for n in order))
    cards, found, query = outbound.Cards(), [], "?q=happened"
    for turn in range(3):
        asked = Filter.of(dict(part.split("=") for part in query[1:].split("&")))
        read = pages.asked(press.config, cards, "feed", asked, NOON, "../")
        tree = html.document_fromstring(pages.answer(press.folder, press.config, "../", read).body)
        found += [int(said.text_content().rpartition(" ")[2]) for said in tree.iterfind(".//article/h3")]
        older = tree.xpath("//a[@rel='next']/@href")
        query = older[0].removeprefix("./") if older else ""
        press.deliver(A, *(dated(1000 + 10 * turn + n, NOON + 10 + n) for n in range(5)))
    assert query == ""
    assert len(found) == len({*found}) == 130


def test_a_search_does_not_show_what_the_output_keeps_out(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="feed", exclude="title:7")])
    press.deliver(A, entry(7), entry(8))
    for name in ("", "feed"):
        read = pages.asked(press.config, outbound.Cards(), name, Filter(q="happened"), NOON, "")
        body = pages.answer(press.folder, press.config, "", read).body
        assert b"number 8" in body and b"number 7" not in body


# ── Stories' own pages ───────────────────────────────────────────────────────────────────────────────────────────────


def told(press: Press) -> dict[str, bytes]:
    return {name: body for name, body in press.files().items() if name.startswith("story/")}


def test_an_article_without_an_address_has_a_file_of_its_own(press: Press) -> None:
    press.deliver(A, dated(1, NOON), replace(dated(2, NOON - 1), link=""))
    press.print()
    (name,) = told(press)
    links = [html.document_fromstring(press.files()["feed/index.html"]).xpath(f"//a[@href='../{name}']")]
    assert links and b"Title of 2" in told(press)[name]


def test_each_story_has_one_if_it_is_to_and_only_what_changes_is_made_anew(press: Press) -> None:
    press.config = Config(site=Site(static="stories"))
    press.deliver(A, *(dated(n, NOON - n) for n in range(60)))
    press.print()
    assert len(told(press)) == 60
    press.deliver(A, replace(dated(7, NOON - 7), title="Another title altogether"))
    (made,) = (name for name in press.print() if name.startswith("story/"))
    assert b"Another title altogether" in told(press)[made]
    for name, body in press.files().items():
        for link in html.document_fromstring(body).xpath("//a[contains(@href, 'story/')]/@href"):
            assert urljoin(f"/{name}", link).lstrip("/") in press.files(), (name, link)


def test_what_a_source_gave_that_is_configured_no_longer_is_on_no_page(press: Press) -> None:
    """Its operator was perhaps asked to take it down; what other sources have of it stays."""
    press.config = Config(site=Site(static="stories"))
    press.subscribe(Source(A), Source(B))
    press.deliver(A, *(dated(n, NOON - n) for n in range(60)))
    press.deliver(B, dated(7, NOON), dated(100, NOON))
    press.print()
    assert len(told(press)) == 61
    press.subscribe(Source(B))
    press.print()
    assert len(told(press)) == 2
    assert not [name for name, body in press.files().items() if b"Title of 8<" in body]
    press.subscribe(Source(A), Source(B))
    press.print()
    assert len(told(press)) == 61


def test_an_output_may_be_called_as_the_folder_of_the_stories_is(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="story"), OutputTable(name="feed")], site=Site(static="stories"))
    press.deliver(A, *(dated(n, NOON - n) for n in range(130)))
    press.print()
    (public := press.folder / "public" / "story").joinpath("a-note.html").write_text("somebody's own")
    before = {path.name for path in public.iterdir()}
    press.store.now(overrides.merge, 1, 2)
    press.print()
    assert {path.name for path in public.iterdir()} == before
    press.config = Config(output=[OutputTable(name="feed")], site=Site(static="none"))
    press.print()
    assert [path.name for path in public.iterdir()] == ["a-note.html"]


def test_what_can_t_be_removed_is_told_and_tried_again(press: Press) -> None:
    press.config = Config(output=[OutputTable(name="feed"), OutputTable(name="old")])
    press.deliver(A, dated(1, NOON))
    press.print()
    page = press.folder / "public" / "old" / "index.html"
    page.unlink()
    page.mkdir()
    press.config = Config(output=[OutputTable(name="feed")])
    press.publish()
    made = press.store.now(outbound.publish_pages, press.config, press.folder, NOON, press.cards)
    assert len(made.troubles) == 1
    assert "can't be removed" in made.troubles[0]
    press.store.now(rendered.note, made.notes)
    page.rmdir()
    press.print()
    assert not page.parent.exists()


def test_what_was_merged_shows_what_it_is_now_and_what_went_is_gone(press: Press) -> None:
    press.config = Config(site=Site(static="stories"))
    press.deliver(A, dated(1, NOON), dated(2, NOON - 1), dated(3, NOON - 2))
    press.print()
    before = told(press)
    press.store.now(overrides.merge, 1, 2)
    press.print()
    (one,) = (name for name, body in before.items() if b"<h1>Title of 1" in body)
    (two,) = (name for name, body in before.items() if b"<h1>Title of 2" in body)
    assert told(press)[one] == told(press)[two] != before[one]
    assert {*told(press)} == {*before}
    press.config = Config(site=Site(static="none"))
    press.print()
    assert press.files() == {}


def test_the_cards_that_are_shown_again_and_again_are_the_last_to_go(press: Press) -> None:
    press.deliver(A, *(dated(n, NOON - n) for n in range(4)))
    cards, seen = outbound.Cards(size=2), site_of(press.config)

    def shown(number: int) -> Card:
        return press.store.now(cards.of, seen, [number])[0]

    first = shown(1)
    for other in (2, 3, 4):
        assert shown(1) is first
        shown(other)
    shown(2)
    assert shown(1) is not first
