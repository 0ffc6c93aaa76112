"""Which copies are one article, and which only look like it."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.model import Entry, Fingerprint
from aggregator.refine import dedupe
from aggregator.refine.alignment import boilerplate
from aggregator.refine.dedupe import Candidate, Decision
from aggregator.refine.shingles import COMPARED, Text, hashes, pack, spelled
from aggregator.text import characters
from tests.refine import articles
from tests.refine.articles import BEES, BREAD, COMET, FOOTER, GARDEN, HARBOUR, HARBOUR_RIVAL, TRAM
from tests.refine.unspaced import PIECES, Piece

HERE, THERE = (1, ""), (2, "")
FERRY = "Ferry to the outer islands sails again from May"
TIME = "Bumblebees can tell the time, and pass it on"
ONE_DAY = "https://one.example/2026/04/ferry"
OTHER_DAY = "https://other.example/news/8812"
JUNK = "New episode out now"


def printed(title: str = "", body: str = "", link: str = "") -> Fingerprint:
    return dedupe.fingerprint(Entry("g", title=title, link=link, content=f"<p>{body}</p>"))


def stored(mark: Fingerprint, story: int = 1, source: tuple[int, str] = THERE) -> Candidate:
    return Candidate(story, mark.title, mark.url, mark.text, source, mark.shingles)


def repeating(source: tuple[int, str], *texts: str) -> dict[tuple[int, str], AbstractSet[int]]:
    return {source: boilerplate(Text(characters).shingles for characters in texts)}


def decided(
    arrival: Fingerprint,
    *candidates: Candidate,
    source: tuple[int, str] = HERE,
    noticed: dict[tuple[int, str], AbstractSet[int]] | None = None,
) -> Decision:
    return dedupe.decide(arrival, source, candidates, lambda feed: (noticed or {}).get(feed, frozenset()))


def joins(arrival: Fingerprint, original: Fingerprint, *, within: bool = False) -> bool:
    """Whether the arrival joins the original, whichever of them comes first."""
    there = HERE if within else THERE
    found = {bool(decided(a, stored(b, source=there)).story) for a, b in ((arrival, original), (original, arrival))}
    assert len(found) == 1, "it depends on which came first"
    return found == {True}


# ── Copies elsewhere ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("body", [HARBOUR, HARBOUR_RIVAL, BEES, BREAD, TRAM, COMET])
@pytest.mark.parametrize("suffix", [" | The Coast Herald", " - Island News", " — Nordic Wire Service", ""])
def test_a_wire_copy_with_the_site_in_its_title_is_the_same_article(body: str, suffix: str) -> None:
    assert joins(printed(FERRY + suffix, body, OTHER_DAY), printed(FERRY, body, ONE_DAY))


@pytest.mark.parametrize("body", [HARBOUR, BEES, TRAM, COMET])
@pytest.mark.parametrize("title", [FERRY, "What you need to know this week"])
def test_a_republication_with_deck_links_attribution_and_notice_is_the_same_article(body: str, title: str) -> None:
    copy = printed(title, articles.republished(body), OTHER_DAY)

    assert joins(copy, printed(FERRY, body, ONE_DAY))


@pytest.mark.parametrize("words", [40, 60, 100])
@pytest.mark.parametrize("body", [HARBOUR, BEES, TRAM, COMET])
def test_a_truncated_lead_under_its_headline_is_the_same_article(body: str, words: int) -> None:
    assert joins(printed(FERRY, articles.first(body, words), OTHER_DAY), printed(FERRY, body, ONE_DAY))


def test_a_truncated_lead_under_another_headline_is_the_same_article() -> None:
    lead = printed("A winter without a boat", articles.first(HARBOUR, 70), OTHER_DAY)

    assert joins(lead, printed(FERRY, HARBOUR, ONE_DAY))


def test_a_new_headline_over_the_same_text_is_the_same_article() -> None:
    assert joins(printed("Brass band for the first boat", HARBOUR, OTHER_DAY), printed(FERRY, HARBOUR, ONE_DAY))


@pytest.mark.parametrize("title", [FERRY, "Islanders get their boat back"])
@pytest.mark.parametrize("body", [HARBOUR, BEES, TRAM])
def test_light_edits_make_no_other_article(body: str, title: str) -> None:
    assert joins(printed(title, articles.edited(body), OTHER_DAY), printed(FERRY, body, ONE_DAY))


def test_an_updated_version_with_more_paragraphs_and_a_mark_in_its_title_is_the_same_article() -> None:
    update = printed(f"UPDATE 1-{FERRY}", f"{HARBOUR} On Wednesday the county confirmed its share.", OTHER_DAY)

    assert joins(update, printed(FERRY, HARBOUR, ONE_DAY))
    assert joins(printed(f"{FERRY} (updated)", HARBOUR), printed(FERRY, HARBOUR))


def test_wrapped_paragraphs_markup_case_and_spacing_make_no_other_text() -> None:
    plain = dedupe.fingerprint(Entry("g", content=f"<p>{HARBOUR}</p>"))
    marked = dedupe.fingerprint(
        Entry("g", content=f"<div><b>{articles.html(HARBOUR).upper()}</b>\n<img src='y'></div>")
    )

    assert (plain.text_hash, plain.words, plain.features) == (marked.text_hash, marked.words, marked.features)


def test_the_summary_is_the_text_where_there_is_no_content() -> None:
    assert dedupe.fingerprint(Entry("g", summary="<p>in short</p>")).text == "in short"
    assert dedupe.fingerprint(Entry("g", summary="<p>in short</p>", content="<p>at length</p>")).text == "at length"


# ── One page, one address ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("piece", ["words of a book ", "bo\u00e9k 漢字 of\u0301 ", "漢字の本"])
@pytest.mark.parametrize("cut", range(8))
def test_of_a_long_text_as_much_is_remembered_as_is_compared(piece: str, cut: int) -> None:
    body = ("x" * cut + " " + piece * (COMPARED // 3)).strip()
    found = dedupe.fingerprint(Entry("g", content=body))

    assert found.words > len(found.shingles) // 4
    assert found.shingles == pack(hashes(spelled(body[:COMPARED])))


def test_one_page_in_two_feeds_in_full_and_as_an_excerpt_is_one_article() -> None:
    full = printed(FERRY, HARBOUR, "https://www.one.example/ferry/?utm_source=rss")
    excerpt = printed(FERRY.upper(), "A harbour board decision […]", "http://one.example/ferry")

    assert decided(excerpt, stored(full, 7)) == Decision(7, "url", 1.0)
    assert decided(full, stored(excerpt, 7)) == Decision(7, "url", 1.0)


def test_one_address_under_two_titles_is_two_articles_as_in_blogs_of_links() -> None:
    original = printed(FERRY, HARBOUR, ONE_DAY)
    link_post = printed("Worth a read", "My aunt lives out there. Good to hear that this comes to an end.", ONE_DAY)

    assert not joins(link_post, original)


def test_a_link_post_that_quotes_a_paragraph_of_what_it_links_to_is_its_own_article() -> None:
    quote = " ".join(articles.sentences(HARBOUR)[3:6])
    post = f"My aunt lives out there, so I followed this closely all winter. “{quote}” What a fine mess that was!"

    assert not joins(printed("Of boats and boards", post, ONE_DAY), printed(FERRY, HARBOUR, ONE_DAY))


def test_one_address_under_a_corrected_title_with_the_same_words_is_one_article() -> None:
    corrected = printed("Car ferry to outer islands resumes in spring", HARBOUR, ONE_DAY)
    original = printed(FERRY, HARBOUR, ONE_DAY)
    decision = decided(corrected, stored(original, 3, HERE))

    assert (decision.story, decision.joined) == (3, "url")


@pytest.mark.parametrize("within", [True, False])
def test_untitled_notes_that_all_link_to_a_home_page_are_as_many_articles(within: bool) -> None:
    home = "https://ann.example.org/"

    assert not joins(printed("", "Had coffee", home), printed("", "Had tea", home), within=within)
    assert not joins(printed("", BEES, home), printed("", TRAM, home), within=within)


def test_entries_without_an_address_have_none_in_common() -> None:
    assert not joins(printed("Comments", JUNK), printed("Comments", JUNK))


@pytest.mark.parametrize("within", [True, False])
def test_fragments_tell_articles_apart(within: bool) -> None:
    now = [printed("Now", f"Reading {book}.", f"https://e.example/now.html#{book}") for book in ("Emma", "Dune")]

    assert not joins(*now, within=within)


@pytest.mark.parametrize("title", ["Open thread", "Weekend open thread"])
def test_open_threads_are_as_many_articles(title: str) -> None:
    bodies = "Talk about whatever you like.", "Talk about whatever you like. Be kind."

    assert not joins(*(printed(title, body, f"https://e.example/{body[-3]}") for body in bodies), within=True)


# ── Two of a series ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("title", ["Type Weekly #{}", "Type Weekly, issue {}", "{}: Type Weekly"])
def test_weekly_notes_12_and_13_are_two_articles(title: str, within: bool) -> None:
    twelve = printed(title.format(12), articles.WEEKLY_FRAME.format(articles.NEWS_12), "https://type.example/12")
    thirteen = printed(title.format(13), articles.WEEKLY_FRAME.format(articles.NEWS_13), "https://type.example/13")

    assert not joins(thirteen, twelve, within=within)


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("changes", [(articles.RELEASE_12, articles.RELEASE_13), (articles.RELEASE_12,) * 2])
def test_versions_1_2_and_1_3_are_two_articles(changes: tuple[str, str], within: bool) -> None:
    old, new = (
        printed(f"Tern v{version} released", articles.RELEASE.format(version=version, changes=said))
        for version, said in zip(("1.2", "1.3"), changes, strict=True)
    )

    assert not joins(new, old, within=within)


@pytest.mark.parametrize(
    "titles", [("Weather for Monday", "Weather for Tuesday"), ("Valley weather", "Valley weather")]
)
def test_a_template_that_is_filled_in_daily_is_a_new_article_every_day(titles: tuple[str, str]) -> None:
    monday = articles.WEATHER.format(sky="clear sky", low=4, high=11, wind="light", mm=0, night=-2, line=1900)
    tuesday = articles.WEATHER.format(sky="grey sky", low=6, high=9, wind="strong", mm=14, night=3, line=2200)

    assert not joins(printed(titles[1], tuesday), printed(titles[0], monday), within=True)
    assert not joins(printed(titles[1], tuesday), printed(titles[0], monday))


def test_a_post_that_comes_every_year_is_a_new_article_every_year() -> None:
    frame = "The garden in August. {} " + GARDEN
    last = printed("August in the garden 2024", frame.format("It was the driest summer since 2018."))
    this = printed("August in the garden 2025", frame.format("It rained on 19 of 31 days, and the hay is lost."))

    assert not joins(this, last, within=True)


def test_podcasts_with_one_boilerplate_are_as_many_episodes() -> None:
    loom = printed("The programmable loom", articles.EPISODE_FRAME.format("A silk weaver's cards and their heirs."))
    tide = printed("The tide predictor", articles.EPISODE_FRAME.format("Brass wheels that knew the moon."))

    assert not joins(tide, loom, within=True)


def test_two_authors_on_one_event_write_two_articles() -> None:
    for title in (FERRY, "Board yields: car ferry returns to the islands"):
        assert not joins(printed(title, HARBOUR_RIVAL, OTHER_DAY), printed(FERRY, HARBOUR, ONE_DAY))


# ── Parts of others ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_long_quotation_makes_no_copy() -> None:
    quote = " ".join(articles.sentences(BEES)[1:4])
    essay = f"I keep thinking of this sentence by the researchers: “{quote}” {GARDEN}"

    assert not joins(printed("What insects teach gardeners", essay), printed(TIME, BEES))


def test_a_digest_is_a_copy_of_none_of_what_it_lists() -> None:
    listed = ((FERRY, HARBOUR), (TIME, BEES), ("Three routes for the tram", TRAM), ("A comet for two weeks", COMET))
    digest = printed("The week in review", " ".join(f"{title} {articles.first(body, 50)}" for title, body in listed))
    originals = [stored(printed(title, body), story) for story, (title, body) in enumerate(listed, 1)]

    assert decided(digest, *originals).story == 0
    for story, (title, body) in enumerate(listed, 1):
        assert decided(printed(title, body), stored(digest, story)).story == 0


def test_two_digests_that_list_one_article_are_two() -> None:
    first = printed("Friday reads", f"{TIME} {articles.first(BEES, 60)} Rye bread {articles.first(BREAD, 60)}")
    second = printed("Our picks", f"The tram {articles.first(TRAM, 60)} {TIME} {articles.first(BEES, 60)}")

    assert not joins(second, first)


def test_boilerplate_that_a_source_repeats_is_no_likeness() -> None:
    long_footer = f"{FOOTER} {GARDEN}"
    bodies = [f"{articles.first(body, 50)} {long_footer}" for body in (HARBOUR, BEES, TRAM, COMET)]
    original, arrival = printed("Ferry in May", bodies[0]), printed("Ferry in May, at last", bodies[1])

    assert decided(arrival, stored(original), noticed=repeating(THERE, *bodies)).story == 0


def test_a_copy_is_recognised_beneath_the_boilerplate_of_its_source() -> None:
    bodies = [f"{articles.first(body, 90)} {FOOTER} {GARDEN}" for body in (HARBOUR, BEES, TRAM, COMET)]
    arrival = printed("Of boats", bodies[0])

    assert decided(arrival, stored(printed(FERRY, HARBOUR)), noticed=repeating(HERE, *bodies)).story == 1


# ── Next to nothing ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("body", ["", JUNK, "Read more", "…", "1"])
def test_very_short_texts_and_empty_bodies_say_nothing_by_themselves(body: str, within: bool) -> None:
    assert not joins(printed("Dogs bark", body, ONE_DAY), printed("Cats purr", body, OTHER_DAY), within=within)
    assert not joins(printed("", body), printed("", body), within=within)
    assert not joins(printed("Podcast", body, ONE_DAY), printed("Podcast", body, OTHER_DAY), within=True)


def test_one_headline_over_two_empty_bodies_is_not_enough() -> None:
    assert not joins(printed(FERRY, "", ONE_DAY), printed(FERRY, "", OTHER_DAY))


def test_without_a_candidate_it_is_new() -> None:
    assert decided(printed(FERRY, HARBOUR)) == Decision()


def test_other_articles_are_other_articles() -> None:
    bodies = [HARBOUR, HARBOUR_RIVAL, BEES, BREAD, TRAM, COMET, GARDEN]
    for at, body in enumerate(bodies):
        rivals = [stored(printed(FERRY, other), n) for n, other in enumerate(bodies, 1) if n != at + 1]
        assert decided(printed(FERRY, body), *rivals).story == 0


# ── What a decision says ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_decision_by_text_tells_how_much_and_which_passage_is_in_both() -> None:
    copy = printed("Of boats", articles.republished(HARBOUR), OTHER_DAY)
    decision = decided(copy, stored(printed(FERRY, HARBOUR, ONE_DAY), 4))

    assert (decision.story, decision.joined, decision.nearest, decision.why) == (4, "text", 0, "")
    assert 0.9 <= decision.score <= 1.0
    assert _plain(decision.passage) in _plain(HARBOUR)
    assert _plain(decision.passage) in _plain(copy.text)
    assert len(decision.passage.split()) >= 20


def _plain(value: str) -> str:
    return " ".join(characters.words(value))


def test_a_refusal_names_the_nearest_story_and_the_reason() -> None:
    twelve = printed("Type Weekly #12", articles.WEEKLY_FRAME.format(articles.NEWS_12))
    thirteen = printed("Type Weekly #13", articles.WEEKLY_FRAME.format(articles.NEWS_13))
    decision = decided(thirteen, stored(printed(TIME, BEES), 8), stored(twelve, 9))

    assert (decision.story, decision.joined, decision.nearest) == (0, "new", 9)
    assert decision.why == "another of a series"
    assert 0.2 < decision.score < 0.9
    assert _plain(decision.passage) in _plain(articles.WEEKLY_FRAME)


def test_without_text_only_the_address_counts() -> None:
    original = stored(printed(FERRY, HARBOUR, ONE_DAY), 5)

    assert dedupe.decide(printed(FERRY, HARBOUR, OTHER_DAY), HERE, [original], by_text=False) == Decision()
    assert dedupe.decide(printed(FERRY, "", ONE_DAY), HERE, [original], by_text=False) == Decision(5, "url", 1.0)


def test_the_page_s_own_story_goes_before_one_with_the_same_words_and_the_older_before_the_younger() -> None:
    arrival = printed(FERRY, HARBOUR, ONE_DAY)
    by_words = printed(FERRY, HARBOUR, OTHER_DAY)
    by_address = printed(FERRY, JUNK, ONE_DAY)

    assert decided(arrival, stored(by_words, 1), stored(by_address, 3), stored(by_address, 2, (3, ""))).story == 2
    assert decided(arrival, stored(by_words, 9), stored(by_words, 8)).story == 8


def test_of_several_it_joins_the_one_that_it_shares_most_with() -> None:
    version = HARBOUR_RIVAL + " " + " ".join(articles.sentences(HARBOUR)[4:])
    arrival = printed("Of boats", articles.edited(HARBOUR, 40))

    assert decided(arrival, stored(printed("Of boats", version), 1), stored(printed(FERRY, HARBOUR), 2)).story == 2


def test_notices_are_asked_for_only_where_they_could_turn_the_scale() -> None:
    asked = []

    def repeated(feed: tuple[int, str]) -> AbstractSet[int]:
        asked.append(feed)
        return frozenset()

    dedupe.decide(printed(FERRY, HARBOUR), HERE, [stored(printed(FERRY, HARBOUR))], repeated)
    dedupe.decide(printed(FERRY, HARBOUR), HERE, [stored(printed(TIME, BEES))], repeated)

    assert not asked


_TITLES = st.lists(st.sampled_from(["cats", "sleep", "all", "day", "12", "13", "v1"]), max_size=8).map(" ".join)

# ── Scripts without spaces ───────────────────────────────────────────────────────────────────────────────────────────

pieces = pytest.mark.parametrize("piece", PIECES, ids=[piece.name for piece in PIECES])


@pieces
def test_without_spaces_a_copy_under_a_site_s_name_is_the_same_article(piece: Piece) -> None:
    assert joins(printed(f"{piece.title} | Example", piece.text), printed(piece.title, piece.text))


@pieces
def test_without_spaces_a_new_headline_makes_no_other_article(piece: Piece) -> None:
    assert joins(printed(piece.retitled, piece.text), printed(piece.title, piece.text))


@pieces
@pytest.mark.parametrize("retitled", [False, True])
def test_without_spaces_an_edit_makes_no_other_article(piece: Piece, retitled: bool) -> None:
    before, after = piece.edit
    assert before in piece.text
    title = piece.retitled if retitled else piece.title

    assert joins(printed(title, piece.text.replace(before, after)), printed(piece.title, piece.text))


@pieces
@pytest.mark.parametrize("part", [0.4, 0.6])
def test_without_spaces_a_truncated_lead_is_the_same_article(piece: Piece, part: float) -> None:
    lead = piece.text[: int(len(piece.text) * part)] + "…"

    assert joins(printed(piece.title, lead), printed(piece.title, piece.text))


@pieces
def test_without_spaces_a_notice_around_it_makes_no_other_article(piece: Piece) -> None:
    around = {
        "zh": "本文转载自示例日报,版权归原作者所有。",
        "ja": "この記事は例新聞の提供です。",
        "th": "ข่าวนี้มาจากหนังสือพิมพ์ตัวอย่าง ",
    }
    notice = around[piece.name[:2]]

    assert joins(printed(piece.title, f"{notice}{piece.text}{notice}"), printed(piece.title, piece.text))


def test_without_spaces_articles_on_one_topic_are_as_many() -> None:
    for piece in PIECES:
        others = [other for other in PIECES if other is not piece]
        for headlines in ([other.title for other in others], [piece.title] * len(others)):
            about = zip(headlines, others, strict=True)
            rivals = [stored(printed(title, other.text), n) for n, (title, other) in enumerate(about, 1)]
            assert decided(printed(piece.title, piece.text), *rivals).story == 0


@pieces
def test_without_spaces_a_copy_meets_its_original_in_the_index(piece: Piece) -> None:
    before, after = piece.edit
    original = set(printed(piece.title, piece.text).features)

    assert original & set(printed(piece.retitled, piece.text.replace(before, after)).features)
    assert original & set(printed(piece.title, piece.text[: len(piece.text) // 2]).features)
    for other in PIECES:
        if other is not piece:
            assert not original & set(printed(other.title, other.text).features)


# ── Whatever comes ───────────────────────────────────────────────────────────────────────────────────────────────────

_WORDS = st.sampled_from([*HARBOUR.split()[:60], "日本語", "ไทย", "💩", "…", "12", "“quoted", "ﬁne", "İ", "ß"])
_BODIES = st.one_of(
    st.text(max_size=300).map(characters.clean),
    st.lists(_WORDS, max_size=120).map(" ".join),
    st.sampled_from([HARBOUR, BEES, articles.republished(HARBOUR), articles.first(HARBOUR, 40), ""]),
    st.sampled_from(PIECES).map(lambda piece: piece.text),
)
_MARKS = st.builds(
    printed, st.one_of(st.text(max_size=40), _TITLES), _BODIES, st.sampled_from(["", ONE_DAY, OTHER_DAY])
)
_FEEDS = st.sampled_from([HERE, THERE, (1, "a.xml")])
_LISTED = st.lists(st.tuples(_MARKS, st.integers(1, 9), _FEEDS), max_size=5, unique_by=lambda about: about[1])


@pytest.mark.slow
@settings(max_examples=150)
@given(_MARKS, _FEEDS, _LISTED, st.randoms(use_true_random=False))
def test_a_decision_never_fails_and_does_not_depend_on_the_order_of_candidates(
    arrival: Fingerprint,
    source: tuple[int, str],
    listed: list[tuple[Fingerprint, int, tuple[int, str]]],
    chance: Random,
) -> None:
    candidates = [stored(*about) for about in listed]
    decision = decided(arrival, *candidates, source=source)
    chance.shuffle(candidates)

    assert decided(arrival, *candidates, source=source) == decision
    assert decision.story in {candidate.story for candidate in candidates} | {0}
    assert (decision.story == 0) == (decision.joined == "new")
    assert bool(decision.why) == bool(decision.nearest)
    assert 0.0 <= decision.score <= 1.0


@given(st.text(max_size=50), st.text(max_size=50), st.one_of(st.text(max_size=400), _BODIES))
def test_fingerprints_are_made_of_anything_and_always_the_same(title: str, link: str, content: str) -> None:
    entry = Entry("g", title=title, link=link, content=content)
    found = dedupe.fingerprint(entry)

    assert dedupe.fingerprint(replace(entry, guid="h")) == found
    assert -(2**63) <= found.text_hash < 2**63, "SQLite's integers"
    assert all(-(2**31) <= feature < 2**31 for feature in found.features)


def huge() -> Iterable[tuple[str, str]]:
    yield "one word", "word " * 200_000
    yield "no spaces", "字" * 300_000
    yield "one letter", "a" * 500_000
    yield "emoji", "💩" * 100_000
    yield "marks", "“«" * 100_000
    yield "mixed", "word字💩 " * 50_000
    yield "combining", "e\u0301\u0327" * 100_000
    yield "numbers", " ".join(map(str, range(50_000)))


@pytest.mark.slow
@pytest.mark.parametrize(("name", "body"), list(huge()), ids=[name for name, _ in huge()])
def test_a_huge_text_is_no_trouble(name: str, body: str) -> None:
    mark = printed(name, body)

    assert len(mark.features) < 40
    assert decided(mark, stored(printed("another", body[: len(body) // 2])), stored(mark, 2)).score >= 0.0
    assert len(Text(body).shingles) <= 20_000
