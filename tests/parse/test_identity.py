"""Guids: there, unique in their document, and the same again tomorrow."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from aggregator.model import Entry
from aggregator.parse.identity import digest, identify


def guids(*entries: Entry) -> list[str]:
    return [entry.guid for entry in identify(entries)]


def named(*entries: Entry) -> dict[str, str]:
    """What each entry's title is known by."""
    return {entry.title: entry.guid for entry in identify(entries)}


def test_a_guid_that_is_unique_stays_as_it_is() -> None:
    assert guids(Entry("urn:1"), Entry(" odd one\n"), Entry("2")) == ["urn:1", " odd one\n", "2"]


def test_without_a_guid_the_link_serves() -> None:
    assert guids(Entry("", title="t", link="https://e.org/1")) == ["https://e.org/1"]


def test_without_both_the_words_serve_and_other_words_are_another_entry() -> None:
    one, other, dated = guids(Entry("", title="a"), Entry("", title="b"), Entry("", title="a", published=1))

    assert len({one, other, dated}) == 3
    assert guids(Entry("", title="a")) == [one], "the same words are the same entry tomorrow"


def test_what_is_listed_twice_is_one_entry_as_it_stands_first() -> None:
    (entry,) = identify([Entry("1", "t", "l", summary="first"), Entry("1", "t", "l", summary="second")])

    assert entry.summary == "first"


def test_articles_that_share_a_guid_are_told_apart_by_their_links() -> None:
    one, other = identify([Entry("x", "One", "https://e.org/1"), Entry("x", "Two", "https://e.org/2")])

    assert one.guid != other.guid
    renamed = named(Entry("x", "Uno", "https://e.org/1"), Entry("x", "Dos", "https://e.org/2"))
    assert renamed == {"Uno": one.guid, "Dos": other.guid}, "a new headline makes no new entry"


def test_articles_that_share_guid_and_link_are_told_apart_by_their_titles() -> None:
    entries = [Entry("x", title, "https://e.org/") for title in ("One", "Two", "Three")]

    assert len(set(guids(*entries))) == 3


def test_a_shared_guid_loses_no_article_whatever_else_is_shared() -> None:
    """Of three with one guid the third was lost where it shared its link with the second."""
    entries = [Entry("x", "One", "https://e.org/1"), Entry("x", "Two", "https://e.org/2"),
               Entry("x", "Three", "https://e.org/2")]  # fmt: skip

    assert len(identify(entries)) == 3


def test_a_new_article_under_a_shared_guid_takes_nobody_s_identity() -> None:
    """The bare guid went to whatever stood first: the new article replaced yesterday's, which came again as new."""
    yesterday = [Entry("x", "B", "https://e.org/b"), Entry("x", "A", "https://e.org/a")]
    before, after = named(*yesterday), named(Entry("x", "C", "https://e.org/c"), *yesterday)

    assert {title: after[title] for title in before} == before
    assert after["C"] not in before.values()


def test_a_link_that_serves_as_guid_does_not_swallow_other_words() -> None:
    log = [Entry("", "Supported again", "https://e.org/log", published=day) for day in (1, 2, 3)]

    assert len(identify(log)) == 3


def test_a_link_that_serves_as_guid_stays_when_the_only_entry_of_it_is_edited() -> None:
    assert guids(Entry("", "a", "https://e.org/1")) == guids(Entry("", "b", "https://e.org/1", summary="c"))


def test_hashes_differ_as_soon_as_anything_differs() -> None:
    entry = Entry("1", "t", "l", "s", "c", published=1)
    others = [replace(entry, **{name: value}) for name, value in
              {"title": "T", "link": "L", "summary": "S", "content": "C", "published": 2, "updated": 1, "image": "i",
               "categories": ("c",), "rights": "r"}.items()]  # fmt: skip

    hashes = {found.hash for one in (entry, *others, replace(entry)) for found in identify([one])}

    assert len(hashes) == 1 + len(others)
    assert {len(hash_) for hash_ in hashes} == {8}


def test_parts_of_a_digest_do_not_run_together() -> None:
    assert digest("a", "b") != digest("ab") != digest("", "ab")


_FEW = st.sampled_from(["", "a", "b", "a#b", "\ud800", "c"])
_ENTRIES = st.lists(
    st.builds(Entry, guid=_FEW, title=_FEW, link=_FEW, summary=_FEW, published=st.integers(0, 2)), max_size=12
)


@given(_ENTRIES)
def test_every_guid_is_there_and_unique_and_the_order_stays(entries: list[Entry]) -> None:
    found = identify(entries)

    assert all(entry.guid for entry in found)
    assert len({entry.guid for entry in found}) == len(found)
    remaining = iter(entries)
    for entry in found:
        assert any(replace(e, guid=entry.guid, hash=entry.hash) == entry for e in remaining)


@given(_ENTRIES)
def test_no_article_is_lost_unless_guid_link_and_title_repeat(entries: list[Entry]) -> None:
    def known_by(entry: Entry) -> tuple[object, ...]:
        if entry.guid:
            return (entry.guid, entry.link, entry.title)
        return (entry.link, entry.title, entry.summary, entry.published)

    assert len(identify(entries)) == len({known_by(entry) for entry in entries})


@given(_ENTRIES)
def test_listing_everything_twice_changes_nothing(entries: list[Entry]) -> None:
    assert identify([*entries, *entries]) == identify(entries)


@given(_ENTRIES.flatmap(lambda entries: st.tuples(st.just(entries), st.permutations(entries))))
def test_another_order_gives_no_other_guids(both: tuple[list[Entry], list[Entry]]) -> None:
    one, other = (set(guids(*entries)) for entries in both)

    assert one == other
